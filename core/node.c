/*
 * Node - requests to the gateway itself.
 *
 * Registrars look after a <remoteCSE> by retrieving the CSEBase of the
 * registree, so there is one to retrieve.  It has no children and nothing
 * about it can be changed.
 */

#include <assert.h>

#include "core/codec/json.h"
#include "core/lib/arena.h"
#include "core/lib/time.h"
#include "core/relay_state.h"

#define LIMIT_BYTES ((size_t)8 * 1024)

static bool is_base(const struct gw_exchange *x)
{
	const struct gw_conf_node *node = &x->relay->conf->node;
	struct gw_str rest = x->to.rest;

	return rest.len == 0 || gw_str_is(rest, "-") ||
	       gw_str_is(rest, node->name) || gw_str_is(rest, node->cse_id + 1);
}

/* The URLs at which our listeners are reached, in quotes and with commas. */
static struct gw_str points_of_access(struct gw_arena *a,
				      const struct gw_conf *conf)
{
	const struct gw_conf_listen *const all[] = { &conf->http, &conf->ws,
						     &conf->coap, NULL };
	struct gw_str list = GW_STR("");

	for (size_t i = 0; all[i]; i++) {
		struct gw_str url = gw_json_quote(
			a, gw_str_from(all[i]->advertise));

		if (all[i]->is_on && gw_str_is_present(url)) {
			list = gw_arena_print(
				a, GW_STR_FMT "%s" GW_STR_FMT, GW_STR_ARG(list),
				list.len > 0 ? "," : "", GW_STR_ARG(url));
		}
	}
	return list;
}

static struct gw_str base_content(struct gw_arena *a,
				  const struct gw_relay *relay)
{
	const struct gw_conf_node *node = &relay->conf->node;
	struct gw_str started = gw_time_print(a, relay->started_ms);
	struct gw_str poa = points_of_access(a, relay->conf);

	return gw_arena_print(
		a,
		"{\"m2m:cb\":{\"ty\":5,\"ri\":\"%s\",\"rn\":\"%s\","
		"\"csi\":\"%s\",\"cst\":2,\"srt\":[2,5,16],"
		"\"srv\":[\"2a\",\"3\",\"4\",\"5\"],\"rr\":true,"
		"\"poa\":[" GW_STR_FMT "],"
		"\"ct\":\"" GW_STR_FMT "\",\"lt\":\"" GW_STR_FMT "\"}}",
		node->cse_id + 1, node->name, node->cse_id, GW_STR_ARG(poa),
		GW_STR_ARG(started), GW_STR_ARG(started));
}

void node_send(struct gw_binding *b, struct gw_exchange *x)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;

	if (!is_base(x)) {
		gw_exchange_fail(x, GW_STATUS_NOT_FOUND,
				 "the gateway has no resource but its CSEBase");
		return;
	}
	if (x->request->op != GW_OP_RETRIEVE) {
		gw_exchange_fail(
			x, GW_STATUS_OPERATION_NOT_ALLOWED,
			"the CSEBase of the gateway can only be retrieved");
		return;
	}
	p = gw_primitive_new(LIMIT_BYTES, LIMIT_BYTES);
	if (p) {
		p->status = GW_STATUS_OK;
		p->release = gw_arena_str(p->arena, x->request->release);
		p->media = GW_MEDIA_JSON;
		p->content = gw_bytes_of(base_content(p->arena, x->relay));
	}
	if (p && gw_arena_is_short(p->arena)) {
		p = gw_primitive_free(p);
	}
	gw_exchange_answer(x, gw_take(&p));
}

/* It is answered from inside send(): nobody comes too late. */
void node_forget(struct gw_binding *b, struct gw_exchange *x)
{
	assert(false);
}
