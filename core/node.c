/*
 * Node - requests to the gateway itself.
 *
 * Registrars look after a <remoteCSE> by retrieving the CSEBase of the
 * registree, so there is one to retrieve.  It has no children and nothing
 * about it can be changed.
 */

#include <assert.h>

#include "core/codec/document.h"
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

/* Where each binding is reached that listens. */
static bool add_points_of_access(cJSON *list, const struct gw_relay *relay)
{
	bool fits = list != NULL;

	for (size_t i = 0; i < relay->n_bindings; i++) {
		struct gw_str url = relay_address(relay->bindings[i], NULL);

		if (gw_str_is_present(url)) {
			fits = fits && gw_document_append(list, url);
		}
	}
	return fits;
}

static bool add_types(cJSON *cb)
{
	static const int types[] = { GW_TYPE_AE, GW_TYPE_CSE_BASE,
				     GW_TYPE_REMOTE_CSE };
	cJSON *list = cJSON_CreateIntArray(
		types, (int)(sizeof(types) / sizeof(*types)));

	if (!cJSON_AddItemToObject(cb, "srt", list)) {
		cJSON_Delete(list);
		return false;
	}
	return true;
}

/* The attributes of <CSEBase> (TS-0001 9.6.3). */
static bool describe(cJSON *cb, const struct gw_relay *relay,
		     struct gw_str started)
{
	static const char *const releases[] = { "2a", "3", "4", "5", NULL };
	const struct gw_conf_node *node = &relay->conf->node;

	return cJSON_AddNumberToObject(cb, "ty", GW_TYPE_CSE_BASE) &&
	       cJSON_AddStringToObject(cb, "ri", node->cse_id + 1) &&
	       cJSON_AddStringToObject(cb, "rn", node->name) &&
	       cJSON_AddStringToObject(cb, "csi", node->cse_id) &&
	       cJSON_AddNumberToObject(cb, "cst", GW_CSE_TYPE_MN) &&
	       add_types(cb) && gw_document_add_list(cb, "srv", releases) &&
	       cJSON_AddBoolToObject(cb, "rr", true) &&
	       add_points_of_access(cJSON_AddArrayToObject(cb, "poa"), relay) &&
	       gw_document_add(cb, "ct", started) &&
	       gw_document_add(cb, "lt", started);
}

/* NULL when memory is short. */
static cJSON *new_base(const struct gw_relay *relay, struct gw_str started)
{
	cJSON *document = cJSON_CreateObject();
	cJSON *cb = cJSON_AddObjectToObject(document, "m2m:cb");

	if (!cb || !describe(cb, relay, started)) {
		cJSON_Delete(document);
		return NULL;
	}
	return document;
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
		p->content = gw_bytes_of(gw_document_write(
			p->arena,
			new_base(x->relay,
				 gw_time_print(p->arena,
					       x->relay->started_ms))));
	}
	if (p && !p->content.at) {
		p = gw_primitive_free(p);
	}
	gw_exchange_answer(x, gw_take(&p));
}

/* It is answered from inside send(): nobody comes too late. */
void node_forget(struct gw_binding *b, struct gw_exchange *x)
{
	assert(false);
}
