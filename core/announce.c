/*
 * Announce - telling a CSE the point of access of an AE whose id it chose.
 *
 * There are CSEs that notify at the point of access as it stands and name
 * nobody (Mobius, tinyIoT), so that each AE has one of its own, with its id in
 * it.  That is known when the registration is granted, and an UPDATE in the
 * name of the AE follows then.
 */

#include "core/codec/document.h"
#include "core/lib/arena.h"
#include "core/lib/log.h"
#include "core/relay_state.h"

#define GW_LOG_TOPIC "registry"
#define LIMIT_BYTES ((size_t)16 * 1024)

/* By the path of its resource where the CSE has told its name, since not all
 * know resources by their ids. */
static struct gw_str target(struct gw_arena *a, const struct gw_registree *r)
{
	const char *base = r->cse->conf->name;

	if (r->name.len > 0 && strcmp(base, "-") != 0) {
		return gw_arena_print(a, "%s/" GW_STR_FMT, base,
				      GW_STR_ARG(r->name));
	}
	return gw_arena_str(a, r->resource.len > 0 ? r->resource : r->id);
}

/* NULL when memory is short. */
static cJSON *new_update(struct gw_str url)
{
	cJSON *document = cJSON_CreateObject();
	cJSON *ae = cJSON_AddObjectToObject(document, "m2m:ae");
	cJSON *poa = cJSON_AddArrayToObject(ae, "poa");

	if (!poa || !gw_document_append(poa, url)) {
		cJSON_Delete(document);
		return NULL;
	}
	return document;
}

static struct gw_primitive *new_request(const struct gw_registree *r,
					struct gw_loop *loop)
{
	struct gw_primitive *p = gw_primitive_new(LIMIT_BYTES, LIMIT_BYTES);
	struct gw_arena *a = p ? p->arena : NULL;

	if (!p) {
		return NULL;
	}
	p->op = GW_OP_UPDATE;
	p->id = gw_arena_print(a, "poa-%llx",
			       (unsigned long long)gw_loop_random(loop));
	p->from = gw_arena_str(a, r->id);
	p->to = target(a, r);
	p->release = GW_STR("3");
	p->media = GW_MEDIA_JSON;
	p->content = gw_bytes_of(
		gw_document_write(a, new_update(poa_url(a, r->cse, r->id))));
	return p->content.at && !gw_arena_is_short(a) ? p
						      : gw_primitive_free(p);
}

void announce(struct gw_relay *relay, const struct gw_registree *r)
{
	const struct gw_asker asker = { .binding = relay->self,
					.at = r->cse,
					.claim = GW_CLAIM_TRUE,
					.media = GW_MEDIA_JSON };
	struct gw_primitive *p = new_request(r, relay->loop);
	struct gw_exchange *x = NULL;

	if (!p || gw_exchange_open(&x, relay, &asker, p)) {
		gw_warn("no-memory",
			GW_CSE_FMT " is not told the point of access of " //
			GW_STR_FMT,
			GW_CSE_ARG(r->cse), GW_STR_ARG(r->id));
	}
}

void announce_reply(struct gw_exchange *x)
{
	enum gw_status status = x->answer ? x->answer->status
					  : GW_STATUS_INTERNAL_SERVER_ERROR;

	if (!gw_status_is_success(status)) {
		gw_warn("not-announced",
			GW_CSE_FMT
			" does not take the point of access of " GW_STR_FMT
			", and will not notify it: %d %s",
			GW_CSE_ARG(x->asker.at), GW_STR_ARG(x->request->from),
			(int)status, gw_status_name(status));
	}
}
