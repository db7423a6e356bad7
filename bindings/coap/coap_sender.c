/*
 * Sender - who sends a notification that does not say it.
 *
 * tinyIoT sends nothing but the path and the content.  What comes from the
 * address of one CSE, of the configuration or registered here, is from it.
 */

#include "bindings/coap/coap_server.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/cse.h"
#include "core/lib/arena.h"
#include "core/registry.h"
#include "core/relay.h"

bool coap_sender_name(const struct coap_server *s, const struct coap_peer *peer,
		      struct gw_primitive *notification)
{
	const struct gw_relay *relay = s->binding->relay;
	struct gw_str host = gw_str_from(peer->host->text);
	struct gw_arena *a = notification->arena;
	const struct gw_cse *cse = gw_cse_at(relay, s->binding, host);
	const struct gw_registree *r = gw_registry_find_cse_at(
		gw_relay_registry(relay), host);

	if (!cse == !r) {
		return false;
	}
	notification->from = r ? gw_arena_str(a, r->id)
			       : gw_arena_print(a, GW_STR_FMT GW_STR_FMT,
						GW_STR_ARG(cse->sp),
						GW_STR_ARG(cse->id));
	/* The CSE-ID without its slash, as in requests of our own. */
	notification->id = gw_arena_print(
		a, "%s/%llx", coap_server_conf(s)->node.cse_id + 1,
		(unsigned long long)gw_loop_random(s->loop));
	return notification->from.len > 0 && notification->id.len > 0;
}
