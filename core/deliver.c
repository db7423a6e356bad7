/*
 * Deliver - where the gateway may connect to.
 */

#include "core/deliver.h"

#include <sys/socket.h>

#include "core/lib/net.h"
#include "core/lib/url.h"
#include "core/relay_state.h"

/* From the one that is told first to the one that is told last, where several
 * addresses are behind a name. */
enum verdict {
	OURSELVES,
	OWN_MACHINE,
	ELSEWHERE,
	FINE,
};

static const char *const reasons[] = {
	[OURSELVES] = "that is the gateway itself",
	[OWN_MACHINE] = "that is the machine of the gateway: set deliver.allow "
			"to [127.0.0.0/8, ::1] if it may be connected to",
	[ELSEWHERE] = "the gateway connects only to where a registration came "
		      "from, and to what deliver.allow names",
	[FINE] = NULL,
};

static const char *tell(const struct gw_hop *hop, enum verdict verdict)
{
	hop->via->relay->counts.n_own += verdict == OURSELVES;
	return reasons[verdict];
}

static enum verdict judge(const struct gw_hop *hop, const struct gw_url *url,
			  const struct gw_net_address *address)
{
	const struct gw_relay *relay = hop->via->relay;
	struct gw_net_end at = { .address = *address, .port = url->port };
	bool is_own_machine = gw_net_is_loopback(address) ||
			      gw_net_is_unspecified(address);
	struct gw_net_address host;
	char text[GW_NET_TEXT_BYTES];

	gw_net_address_print(text, address);
	if (own_is_listener(hop->via, &at) ||
	    own_is_advertised(hop->via, gw_str_from(text), url->port)) {
		return OURSELVES;
	}
	/* There the other end opens the connections. */
	if (hop->via->ops->is_two_way ||
	    gw_conf_networks_have(&relay->conf->deliver.allow, address)) {
		return FINE;
	}
	if (is_own_machine) {
		return OWN_MACHINE;
	}
	return gw_net_address_parse(&host, hop->host) &&
			       gw_net_address_eq(&host, address)
		       ? FINE
		       : ELSEWHERE;
}

/* What a name is known to mean (RFC 6761 6.3). */
static bool is_own_name(const struct gw_hop *hop, const struct gw_url *url)
{
	static const char *const numbers[] = { "127.0.0.1", "::1" };
	struct gw_net_end at = { .port = url->port };

	if (!gw_str_eq_nocase(url->host, GW_STR("localhost"))) {
		return false;
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		(void)gw_net_address_parse(&at.address,
					   gw_str_from(numbers[i]));
		if (own_is_listener(hop->via, &at)) {
			return true;
		}
	}
	return false;
}

const char *gw_deliver_objection(const struct gw_hop *hop)
{
	struct gw_net_address address;
	struct gw_url url;
	const char *why = NULL;

	/* From the configuration. */
	if (!gw_str_is_present(hop->host)) {
		return NULL;
	}
	why = gw_url_read(&url, hop->url);
	if (why) {
		return why;
	}
	if (gw_net_address_parse(&address, url.host)) {
		return tell(hop, judge(hop, &url, &address));
	}
	return own_is_advertised(hop->via, url.host, url.port) ||
			       is_own_name(hop, &url)
		       ? tell(hop, OURSELVES)
		       : NULL;
}

/* Judge one that was found. */
static enum verdict judge_found(const struct gw_hop *hop,
				const struct gw_url *url,
				const struct sockaddr_storage *found)
{
	struct gw_net_end end;

	if (!gw_net_end_of(&end, (const void *)found)) {
		return ELSEWHERE;
	}
	return gw_str_is_present(hop->host) ? judge(hop, url, &end.address)
					    : FINE;
}

const struct sockaddr_storage *gw_deliver_choose(const char **whyp,
						 const struct gw_hop *hop,
						 const struct gw_found *found)
{
	enum verdict worst = ELSEWHERE;
	struct gw_url url = { .port = 0 };

	if (found->n == 0) {
		*whyp = found->why;
		return NULL;
	}
	(void)gw_url_parse(&url, hop->url);
	for (size_t i = 0; i < found->n; i++) {
		enum verdict verdict = judge_found(hop, &url, &found->at[i]);

		if (verdict == FINE) {
			gw_cse_found(hop->cse, found->at, found->n);
			return &found->at[i];
		}
		worst = verdict < worst ? verdict : worst;
	}
	*whyp = tell(hop, worst);
	return NULL;
}
