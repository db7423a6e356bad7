/*
 * Sender - who sends a notification that does not say it.
 *
 * tinyIoT sends nothing but the path and the content.  What comes from the
 * address of one CSE, of the configuration or registered here, is from it.
 */

#include <arpa/inet.h>

#include "bindings/coap/coap_server.h"
#include "bindings/coap/coap_url.h"
#include "core/arena.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/relay.h"
#include "core/route.h"

/* Whether the URL of a CSE has this numeric address, however it is written. */
static bool is_at(const struct gw_cse *cse, const char *host)
{
	struct coap_url url;
	uint8_t a[sizeof(struct in6_addr)];
	uint8_t b[sizeof(struct in6_addr)];
	int family = strchr(host, ':') ? AF_INET6 : AF_INET;

	return coap_url_parse(&url, cse->url) && !url.is_name &&
	       inet_pton(family, url.host, a) == 1 &&
	       inet_pton(family, host, b) == 1 &&
	       memcmp(a, b, family == AF_INET ? 4 : sizeof(a)) == 0;
}

/* The one CSE there, of the configuration or registered.  False when there is
 * none, or there are several. */
static bool find(struct gw_cse **csep, const struct gw_registree **rp,
		 const struct gw_relay *relay, const char *host)
{
	const struct gw_registree *r = gw_registry_find_cse_at(
		gw_relay_registry(relay), gw_str_from(host));
	struct gw_cse *found = NULL;
	struct gw_cse *cse = NULL;

	for (size_t i = 0; (cse = gw_relay_cse(relay, i)); i++) {
		if (is_at(cse, host)) {
			if (found || r) {
				return false;
			}
			found = cse;
		}
	}
	*csep = found;
	*rp = r;
	return found || r;
}

bool coap_sender_name(struct gw_cse **csep, const struct coap_server *s,
		      const struct coap_peer *peer,
		      struct gw_primitive *notification)
{
	struct gw_arena *a = notification->arena;
	const struct gw_registree *r = NULL;

	if (!find(csep, &r, s->binding->relay, peer->host->text)) {
		return false;
	}
	notification->from = r ? gw_arena_str(a, r->id)
			       : gw_arena_print(a, GW_STR_FMT GW_STR_FMT,
						GW_STR_ARG((*csep)->sp),
						GW_STR_ARG((*csep)->id));
	/* The CSE-ID without its slash, as in requests of our own. */
	notification->id = gw_arena_print(
		a, "%s/%llx", coap_server_conf(s)->node.cse_id + 1,
		(unsigned long long)gw_loop_random(s->loop));
	return notification->from.len > 0 && notification->id.len > 0;
}
