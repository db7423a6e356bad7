/*
 * Relay - one gateway: the context that everything hangs on.
 */

#include "core/relay.h"

#include "core/relay_state.h"

struct gw_loop *gw_relay_loop(const struct gw_relay *relay)
{
	return relay->loop;
}

const struct gw_conf *gw_relay_conf(const struct gw_relay *relay)
{
	return relay->conf;
}

struct gw_registry *gw_relay_registry(const struct gw_relay *relay)
{
	return relay->registry;
}

struct gw_accounts *gw_relay_accounts(struct gw_relay *relay)
{
	return &relay->accounts;
}

static bool is_trusted(const struct gw_conf_listen *at, struct gw_str address)
{
	struct gw_net_address a;

	return gw_net_address_parse(&a, address) &&
	       gw_conf_networks_have(&at->trust, &a);
}

bool relay_trusts(const struct gw_relay *relay, struct gw_str host)
{
	return is_trusted(&relay->conf->http, host) ||
	       is_trusted(&relay->conf->ws, host) ||
	       is_trusted(&relay->conf->coap, host);
}

struct gw_account *gw_relay_account(struct gw_relay *relay,
				    const struct gw_conf_listen *at,
				    struct gw_str address)
{
	return gw_account_at(&relay->accounts, address,
			     is_trusted(at, address));
}

struct gw_account *gw_relay_account_new(struct gw_relay *relay,
					const struct gw_conf_listen *at,
					struct gw_str address)
{
	struct gw_account *home = gw_relay_account(relay, at, address);
	struct gw_account *own = gw_account_new(home);

	(void)gw_account_leave(home);
	return own;
}

void gw_relay_open_sockets(const struct gw_relay *relay,
			   struct gw_accounts *sockets, const char *what)
{
	gw_accounts_init(sockets);
	sockets->key = relay->key;
	sockets->what = what;
}

bool gw_relay_take_socket(const struct gw_relay *relay,
			  struct gw_accounts *sockets, struct gw_charge *charge,
			  const struct gw_conf_listen *at,
			  struct gw_str address)
{
	struct gw_account *a = gw_account_at(sockets, address,
					     is_trusted(at, address));
	struct gw_reason why;
	bool is_taken = false;

	sockets->size = at->connections;
	sockets->share = relay->conf->limits.share;
	sockets->each = at->connections_per_address;
	is_taken = gw_account_take(sockets, charge, a, &why) == GW_STATUS_NONE;
	(void)gw_account_leave(a);
	return is_taken;
}

struct gw_counts *gw_relay_counts(struct gw_relay *relay)
{
	return &relay->counts;
}

struct gw_cse *gw_relay_cse(const struct gw_relay *relay, size_t i)
{
	return i < relay->n_cses ? relay->cses[i] : NULL;
}

bool gw_binding_sends_to(const struct gw_binding_ops *ops, struct gw_str scheme)
{
	for (const char *const *s = ops->schemes; s && *s; s++) {
		if (gw_str_eq_nocase(scheme, gw_str_from(*s))) {
			return true;
		}
	}
	return false;
}

struct gw_binding *gw_relay_binding(const struct gw_relay *relay,
				    struct gw_str name)
{
	for (size_t i = 0; i < relay->n_bindings; i++) {
		struct gw_binding *b = relay->bindings[i];

		if (gw_str_is(name, b->ops->name) ||
		    gw_binding_sends_to(b->ops, name)) {
			return b;
		}
	}
	return NULL;
}

struct gw_binding *gw_relay_binding_for(const struct gw_relay *relay,
					struct gw_str url)
{
	struct gw_str scheme = gw_str_head(url, gw_str_find(url, ':'));

	return scheme.len < url.len ? gw_relay_binding(relay, scheme) : NULL;
}

bool relay_can_send(const struct gw_binding *b)
{
	return b && b->ops->send;
}

struct gw_str relay_address(struct gw_binding *b, const struct gw_cse *cse)
{
	return b && b->ops->address ? b->ops->address(b, cse)
				    : (struct gw_str){ 0 };
}

const char *gw_relay_tell(const struct gw_relay *relay, size_t i,
			  gw_say_fn *say, void *arg)
{
	struct gw_binding *b = NULL;

	if (i >= relay->n_started) {
		return NULL;
	}
	b = relay->bindings[i];
	if (b->ops->tell) {
		b->ops->tell(b, say, arg);
	}
	return b->ops->name;
}

uint64_t gw_relay_hash(const struct gw_relay *relay, const void *at, size_t len)
{
	return gw_hash(relay->key, at, len);
}
