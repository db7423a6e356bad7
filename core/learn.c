/*
 * Learn - what registrations that pass through teach the gateway.
 *
 * A registration counts from the answer that grants it: the granted AE-ID may
 * differ from the one asked for (TS-0001 10.2.2.2).
 */

#include <assert.h>

#include "core/address.h"
#include "core/codec/content.h"
#include "core/lib/arena.h"
#include "core/lib/log.h"
#include "core/lib/time.h"
#include "core/relay_state.h"

#define GW_LOG_TOPIC "registry"

/* Of each list that is kept. */
#define KEPT_BYTES_MAX ((size_t)16 * 1024)

/* Whether it is the gateway itself that asks. */
static bool is_own(const struct gw_exchange *x)
{
	return x->asker.binding == x->relay->self;
}

/* Whether an identifier of any scope belongs to this CSE. */
static bool is_at(const struct gw_exchange *x, const struct gw_address *a,
		  const struct gw_cse *cse)
{
	return gw_str_is_present(a->cse) ? cse_is_named(x->relay, cse, a)
					 : cse_has_sp(x->relay, cse, a->sp);
}

/* The registree whose own resource the request is about; NULL: none. */
static struct gw_registree *subject_of(const struct gw_exchange *x)
{
	if (!x->hop.cse || !is_at(x, &x->to, x->hop.cse)) {
		return NULL;
	}
	return gw_registry_find_resource(x->relay->registry, x->hop.cse,
					 x->to.rest);
}

/* Whether the originator of a registration is registered there already. */
static bool is_known(const struct gw_exchange *x)
{
	return gw_registry_find(x->relay->registry, x->hop.cse,
				x->from.rest.len > 0 ? x->from.rest
						     : x->from.cse) != NULL;
}

/* Whether what is kept of a registree, and written to disk, is more than any
 * would need. */
static bool is_too_long(const struct gw_exchange *x)
{
	struct gw_json_member root;
	struct gw_json_member m;

	return gw_primitive_root(&root, x->request) &&
	       ((gw_json_get(&m, root.value, GW_STR("poa")) &&
		 m.value.len > KEPT_BYTES_MAX) ||
		(gw_json_get(&m, root.value, GW_STR("dcse")) &&
		 m.value.len > KEPT_BYTES_MAX));
}

enum gw_status learn_request(struct gw_exchange *x, struct gw_reason *why)
{
	enum gw_op op = x->request->op;
	bool is_new = gw_primitive_is_registration(x->request);
	enum gw_status status = GW_STATUS_NONE;

	if (is_own(x) || (!is_new && op != GW_OP_UPDATE)) {
		return GW_STATUS_NONE;
	}
	if (is_new && !is_known(x) &&
	    !gw_registry_has_room(x->relay->registry, x->asker.host, why)) {
		x->is_crowded_out = true;
		return GW_STATUS_TARGET_NOT_REACHABLE;
	}
	if (!is_new && !subject_of(x)) {
		return GW_STATUS_NONE;
	}
	status = gw_content_become(x->request, GW_MEDIA_JSON, why);
	if (status == GW_STATUS_NONE && is_too_long(x)) {
		*why = (struct gw_reason){ "poa or dcse is too long" };
		return GW_STATUS_BAD_REQUEST;
	}
	if (status == GW_STATUS_NONE && poa_replace(x)) {
		*why = (struct gw_reason){ "the gateway is short of memory" };
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	return status;
}

static struct gw_str text_of(struct gw_arena *a, struct gw_str object,
			     struct gw_str name)
{
	struct gw_json_member m;

	return gw_json_get(&m, object, name) ? gw_json_text(a, m.value)
					     : (struct gw_str){ 0 };
}

static struct gw_str value_of(struct gw_str object, struct gw_str name)
{
	struct gw_json_member m;

	return gw_json_get(&m, object, name) ? m.value : (struct gw_str){ 0 };
}

/* The resource in an answer; absent when it carries none. */
static struct gw_str resource_in(const struct gw_primitive *p)
{
	struct gw_json_member m;

	return gw_primitive_resource(&m, p) ? m.value : (struct gw_str){ 0 };
}

/* The last segment: identifiers in content may come in any scope. */
static struct gw_str last_segment(struct gw_str id)
{
	while (gw_str_find(id, '/') < id.len) {
		id = gw_str_skip(id, gw_str_find(id, '/') + 1);
	}
	return id;
}

/* The id under which a new registree is known: what the answer says, else what
 * was asked for, if that was a whole identifier. */
static struct gw_str granted_id(const struct gw_exchange *x,
				struct gw_str resource)
{
	struct gw_arena *a = x->answer->arena;
	struct gw_str id = { 0 };

	if (x->request->type == GW_TYPE_REMOTE_CSE) {
		id = text_of(a, resource, GW_STR("csi"));
		return gw_str_is_present(id) ? id : x->request->from;
	}
	id = last_segment(text_of(a, resource, GW_STR("aei")));
	if (id.len == 0) {
		id = last_segment(x->request->from);
	}
	return gw_address_is_stem(id) ? id : (struct gw_str){ 0 };
}

/* 0 when it does not say. */
static int64_t expiry_of(const struct gw_exchange *x, struct gw_str resource)
{
	struct gw_str et = text_of(x->answer->arena, resource, GW_STR("et"));
	int64_t ms = 0;

	return gw_time_parse(&ms, et) ? ms : 0;
}

/* The resource that a request carries, which went out in the form that its hop
 * wanted; absent when it carries none. */
static struct gw_str asked_of(const struct gw_exchange *x)
{
	struct gw_primitive request = *x->request;
	struct gw_json_member asked;
	struct gw_reason why = { "" };

	return gw_content_become(&request, GW_MEDIA_JSON, &why) ==
				       GW_STATUS_NONE &&
			       gw_primitive_root(&asked, &request)
		       ? asked.value
		       : (struct gw_str){ 0 };
}

/* CSEs stand below a CSE only. */
static struct gw_str dcse_of(enum gw_registree_kind kind, struct gw_str asked)
{
	return kind == GW_REGISTREE_CSE ? value_of(asked, GW_STR("dcse"))
					: (struct gw_str){ 0 };
}

/* What an item of contentSerialization means: a token, as the standard has
 * them, or a media type, as some write it. */
static enum gw_media named_media(struct gw_str item)
{
	enum gw_media media = gw_content_media(item);

	return media == GW_MEDIA_NONE ? gw_content_media_of_type(item) : media;
}

/* How a registree wants content written: as it writes itself, if it says
 * nothing else (contentSerialization, TS-0001 9.6.5). */
static enum gw_media wanted_media(struct gw_arena *a, struct gw_str object,
				  enum gw_media own)
{
	struct gw_json_walk walk = gw_json_walk(
		value_of(object, GW_STR("csz")));
	enum gw_media first = GW_MEDIA_NONE;
	struct gw_json_member m;

	while (gw_json_next(&walk, &m)) {
		enum gw_media media = named_media(gw_json_text(a, m.value));

		if (media == own && own != GW_MEDIA_NONE) {
			return own;
		}
		if (first == GW_MEDIA_NONE && gw_content_is_writable(media)) {
			first = media;
		}
	}
	return first == GW_MEDIA_NONE ? own : first;
}

/* Whether a registration that is granted again names other points of access
 * than before. */
static bool is_elsewhere(const struct gw_exchange *x,
			 const struct gw_grant *grant)
{
	const struct gw_registree *r = gw_registry_find(x->relay->registry,
							grant->cse, grant->id);

	return !r || !gw_str_eq(r->poa, grant->poa) ||
	       !gw_str_eq(gw_str_from(r->host), grant->host);
}

/* It is in the registry now. */
static void welcome(struct gw_exchange *x, const struct gw_grant *grant,
		    bool is_new)
{
	const struct gw_registree *r = gw_registry_find(x->relay->registry,
							grant->cse, grant->id);

	if (is_new) {
		reach_check(x->relay, x->answer->arena, r);
	}
	if (grant->kind == GW_REGISTREE_AE && !poa_names(x, grant->id)) {
		announce(x->relay, r);
	}
}

static void learn_grant(struct gw_exchange *x)
{
	struct gw_arena *a = x->answer->arena;
	struct gw_str resource = resource_in(x->answer);
	struct gw_str asked = asked_of(x);
	struct gw_grant grant = {
		.kind = x->request->type == GW_TYPE_AE ? GW_REGISTREE_AE
						       : GW_REGISTREE_CSE,
		.id = granted_id(x, resource),
		.cse = x->hop.cse,
		.resource = last_segment(text_of(a, resource, GW_STR("ri"))),
		.name = text_of(a, resource, GW_STR("rn")),
		.poa = x->poa_given,
		.identity = x->asker.identity,
		.host = x->asker.host,
		.via = x->asker.binding,
		.url = x->asker.url,
		.media = wanted_media(a, asked, x->media_given),
		.peer = x->asker.peer,
		.expires_ms = expiry_of(x, resource),
	};
	bool is_new = false;

	grant.dcse = dcse_of(grant.kind, asked);
	if (!gw_str_is_present(grant.name)) {
		grant.name = text_of(a, asked, GW_STR("rn"));
	}
	if (!x->has_replaced_poa) {
		grant.poa = poa_list(a, value_of(asked, GW_STR("poa")));
	}
	is_new = grant.id.len > 0 && is_elsewhere(x, &grant);
	if (grant.id.len > 0 &&
	    gw_registry_grant(x->relay->registry, &grant) == 0) {
		welcome(x, &grant, is_new);
	} else {
		gw_warn("not-learned",
			"a registration at " GW_CSE_FMT
			" was granted, but its registree cannot be reached "
			"back: the answer does not name it, or memory is short",
			GW_CSE_ARG(x->hop.cse));
	}
}

/* What an update says of a registree; the answer decides where both do. */
static void learn_update(struct gw_exchange *x, struct gw_registree *r)
{
	struct gw_registry *reg = x->relay->registry;
	struct gw_str asked = asked_of(x);
	int64_t expires_ms = expiry_of(x, resource_in(x->answer));
	struct gw_str before = gw_arena_str(x->answer->arena, r->poa);
	struct gw_json_member m;
	int error = 0;

	if (x->has_replaced_poa) {
		error = gw_registry_set_poa(reg, r, x->poa_given);
	} else if (gw_json_get(&m, asked, GW_STR("poa"))) {
		error = gw_registry_set_poa(
			reg, r, poa_list(x->answer->arena, m.value));
	}
	if (!error && r->kind == GW_REGISTREE_CSE &&
	    gw_json_get(&m, asked, GW_STR("dcse"))) {
		error = gw_registry_set_dcse(reg, r, m.value);
	}
	if (error) {
		gw_warn("no-memory",
			"what " GW_STR_FMT " has changed is not kept",
			GW_STR_ARG(r->id));
	} else if (!gw_str_eq(r->poa, before)) {
		reach_check(x->relay, x->answer->arena, r);
	}
	if (gw_json_get(&m, asked, GW_STR("csz"))) {
		gw_registry_set_media(
			reg, r,
			wanted_media(x->answer->arena, asked, x->media_given));
	}
	expires_ms = expires_ms > 0 ? expires_ms : expiry_of(x, asked);
	if (expires_ms > 0) {
		gw_registry_set_expiry(reg, r, expires_ms);
	}
}

/* Whether a connection that spoke for a registree may be the way to it.  One
 * that has a name is for who has that name, or had it when it registered; one
 * without does not take from one with (TS-0003 7.2.1). */
static bool may_reach(const struct gw_peer *peer, const struct gw_registree *r)
{
	if (peer->identity.len > 0) {
		return gw_str_eq(peer->identity, r->id) ||
		       gw_str_eq(peer->identity, r->identity);
	}
	return !r->peer || r->peer->identity.len == 0;
}

/* A request that the CSE has accepted shows where its originator is, and that
 * its connection reaches it (TS-0020 leaves open how a server knows). */
static void learn_place(struct gw_exchange *x)
{
	struct gw_address from = x->from;
	struct gw_registree *r = NULL;

	/* "/id-mn/C5" is an AE of another CSE, and "//sp-b.org/id-in/C5" one of
	 * another provider: not the C5 that is registered here. */
	if (from.rest.len == 0) {
		from.rest = from.cse;
		from.cse = (struct gw_str){ 0 };
	}
	if (!is_at(x, &from, x->hop.cse)) {
		return;
	}
	r = gw_registry_find(x->relay->registry, x->hop.cse, from.rest);
	if (!r || r->via != x->asker.binding) {
		return;
	}
	if (x->asker.peer && may_reach(x->asker.peer, r)) {
		gw_peer_claim(x->relay->registry, x->asker.peer, r);
	}
	if (x->asker.url.len > 0 && !gw_str_eq(x->asker.url, r->url) &&
	    gw_registry_set_url(x->relay->registry, r, x->asker.url)) {
		gw_warn("no-memory", "a new address is not kept");
	}
}

/* What core has to read must be JSON.  False when it cannot become that. */
static bool read_answer(struct gw_exchange *x)
{
	struct gw_reason why = { "" };

	return (!gw_primitive_is_registration(x->request) &&
		!poa_may_stand_in(x->answer)) ||
	       gw_content_become(x->answer, GW_MEDIA_JSON, &why) ==
		       GW_STATUS_NONE;
}

void learn_answer(struct gw_exchange *x)
{
	struct gw_registree *subject = NULL;

	assert(x->answer);
	if (!x->hop.cse || is_own(x)) {
		return;
	}
	if (!read_answer(x)) {
		return;
	}
	poa_restore(x);
	if (!gw_status_is_success(x->answer->status)) {
		return;
	}
	if (gw_primitive_is_registration(x->request)) {
		if (x->answer->status == GW_STATUS_CREATED) {
			learn_grant(x);
		}
		return;
	}
	if (x->request->op == GW_OP_UPDATE || x->request->op == GW_OP_DELETE) {
		subject = subject_of(x);
	}
	if (subject && x->answer->status == GW_STATUS_UPDATED) {
		learn_update(x, subject);
	}
	if (subject && x->answer->status == GW_STATUS_DELETED) {
		gw_registry_forget(x->relay->registry, subject);
	}
	if (x->asker.peer || x->asker.url.len > 0) {
		learn_place(x);
	}
}
