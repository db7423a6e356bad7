/*
 * Poa - points of access of a registration that passes through.
 *
 * The next hop must reach the gateway and not the registree, so the attribute
 * is replaced toward the CSE as the profile says.  What the registree gave is
 * kept for delivery, and put back in what it sees.
 */

#include <assert.h>
#include <errno.h>

#include "core/lib/arena.h"
#include "core/profile.h"
#include "core/relay_state.h"

/* The bytes of a text from `from` up to `to`. */
struct cut {
	const char *from;
	const char *to;
};

/* A member of an object with the comma that it does not need when it is gone:
 * the one behind it, else the one before. */
static struct cut member_extent(struct gw_str object,
				const struct gw_json_member *m)
{
	const char *end = object.at + object.len;
	struct cut cut = { m->name.at - 1, m->value.at + m->value.len };
	const char *c = cut.to;

	while (c < end &&
	       (*c == ' ' || *c == '\t' || *c == '\n' || *c == '\r')) {
		c++;
	}
	if (c < end && *c == ',') {
		cut.to = c + 1;
		return cut;
	}
	c = cut.from;
	while (c > object.at && *c != ',' && *c != '{') {
		c--;
	}
	if (*c == ',') {
		cut.from = c;
	}
	return cut;
}

/* The text with a cut replaced.  Absent when the arena is short. */
static struct gw_str splice(struct gw_arena *a, struct gw_str text,
			    struct cut cut, struct gw_str with)
{
	size_t head = (size_t)(cut.from - text.at);
	size_t tail = (size_t)(text.at + text.len - cut.to);
	char *at = NULL;

	assert(cut.from >= text.at && cut.from <= cut.to);
	assert(cut.to <= text.at + text.len);
	at = gw_arena_alloc(a, head + with.len + tail);
	if (!at) {
		return (struct gw_str){ 0 };
	}
	memcpy(at, text.at, head);
	if (with.len > 0) {
		memcpy(at + head, with.at, with.len);
	}
	memcpy(at + head + with.len, cut.to, tail);
	return (struct gw_str){ .at = at, .len = head + with.len + tail };
}

/* Put poa into the object in p's content, in place of what is there; absent
 * takes it out.  Returns 0 or -ENOMEM. */
static int set_poa(struct gw_primitive *p, struct gw_str object,
		   struct gw_str poa)
{
	struct gw_str text = gw_str_of(p->content);
	struct gw_json_member m;
	struct cut cut = { object.at + 1, object.at + 1 };
	struct gw_json_walk walk = gw_json_walk(object);
	bool is_empty = !gw_json_next(&walk, &m);

	if (gw_json_get(&m, object, GW_STR("poa"))) {
		cut = gw_str_is_present(poa)
			      ? (struct cut){ m.value.at,
					      m.value.at + m.value.len }
			      : member_extent(object, &m);
	} else if (gw_str_is_present(poa)) {
		poa = gw_arena_print(p->arena, "\"poa\":" GW_STR_FMT "%s",
				     GW_STR_ARG(poa), is_empty ? "" : ",");
	} else {
		return 0;
	}
	text = splice(p->arena, text, cut, poa);
	if (!gw_str_is_present(text)) {
		return -ENOMEM;
	}
	p->content = gw_bytes_of(text);
	return 0;
}

/* Whether text begins with the name of what may hold a poa, and behind it with
 * this. */
static bool begins_with_holder(struct gw_str text, struct gw_str behind)
{
	static const char *const names[] = { "m2m:ae", "m2m:csr", "m2m:rce" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct gw_str name = gw_str_from(names[i]);

		if (gw_str_starts(text, name)) {
			return gw_str_starts(gw_str_skip(text, name.len),
					     behind);
		}
	}
	return false;
}

/* Nearly all content is something else; its first name shows it. */
bool poa_may_stand_in(const struct gw_primitive *p)
{
	struct gw_str text = gw_str_of(p->content);
	size_t quote = 0;

	switch (p->media) {
	case GW_MEDIA_JSON:
		quote = gw_str_find(text, '"');
		return quote < text.len &&
		       begins_with_holder(gw_str_skip(text, quote + 1),
					  GW_STR("\""));
	case GW_MEDIA_CBOR:
		/* The heads of a small map and a short string. */
		return text.len > 2 &&
		       begins_with_holder(gw_str_skip(text, 2), GW_STR(""));
	default:
		return false;
	}
}

/* The object that may hold a poa: m2m:ae or m2m:csr. */
static bool find_object(struct gw_str *objectp, const struct gw_primitive *p)
{
	struct gw_json_member m = { 0 };

	if (p->media != GW_MEDIA_JSON || !poa_may_stand_in(p) ||
	    !gw_primitive_resource(&m, p) ||
	    (!gw_str_is(m.name, "m2m:ae") && !gw_str_is(m.name, "m2m:csr"))) {
		return false;
	}
	*objectp = m.value;
	return true;
}

static bool has_one_each(const struct gw_cse *cse)
{
	return cse->conf->profile->poa == GW_POA_EACH;
}

/* The first listener that can be connected to on demand, and else the one of
 * the protocol that leads to the CSE. */
static struct gw_str listener_for(const struct gw_cse *cse)
{
	const struct gw_relay *relay = cse->relay;

	for (size_t i = 0; i < relay->n_bindings; i++) {
		struct gw_binding *b = relay->bindings[i];
		struct gw_str url = relay_address(b, NULL);

		if (!b->ops->is_two_way && gw_str_is_present(url)) {
			return url;
		}
	}
	return relay_address(cse->via, NULL);
}

struct gw_str poa_base(const struct gw_cse *cse)
{
	bool is_two_way = cse->via->ops->is_two_way;

	if (is_two_way && cse->conf->profile->poa == GW_POA_OMIT) {
		return (struct gw_str){ 0 };
	}
	return is_two_way && has_one_each(cse) ? listener_for(cse)
					       : relay_address(cse->via, cse);
}

struct gw_str poa_url(struct gw_arena *a, const struct gw_cse *cse,
		      struct gw_str id)
{
	struct gw_str base = poa_base(cse);

	if (!gw_str_is_present(base) || id.len == 0 || !has_one_each(cse)) {
		return base;
	}
	while (gw_str_ends(base, GW_STR("/"))) {
		base.len--;
	}
	return gw_arena_print(a, GW_STR_FMT "/" GW_STR_FMT, GW_STR_ARG(base),
			      GW_STR_ARG(id));
}

/* The AE that a registration or its update is about; absent when that is not
 * known yet, and for a CSE. */
static struct gw_str ae_of(const struct gw_exchange *x)
{
	const struct gw_registree *r = NULL;

	if (x->request->op == GW_OP_CREATE) {
		return gw_address_is_stem(x->hop.from) ? x->hop.from
						       : (struct gw_str){ 0 };
	}
	r = gw_registry_find_resource(x->relay->registry, x->hop.cse,
				      x->to.rest);
	return r && r->kind == GW_REGISTREE_AE ? r->id : (struct gw_str){ 0 };
}

bool poa_names(const struct gw_exchange *x, struct gw_str id)
{
	return !x->has_replaced_poa || !has_one_each(x->hop.cse) ||
	       !gw_str_is_present(poa_base(x->hop.cse)) ||
	       gw_str_eq(ae_of(x), id);
}

/* What stands for us in a poa at this CSE: a JSON array, or absent. */
static struct gw_str poa_of_gateway(const struct gw_exchange *x)
{
	struct gw_arena *a = x->request->arena;
	struct gw_str url = gw_json_quote(a, poa_url(a, x->hop.cse, ae_of(x)));

	return gw_str_is_present(url)
		       ? gw_arena_print(a, "[" GW_STR_FMT "]", GW_STR_ARG(url))
		       : url;
}

/* What stands for the poa toward the CSE; absent takes it out.  An update of
 * nothing but the poa would be one of nothing at all then, which CSEs
 * refuse. */
static struct gw_str stand_in(const struct gw_exchange *x, struct gw_str object)
{
	struct gw_str ours = poa_of_gateway(x);
	struct gw_json_walk walk = gw_json_walk(object);
	struct gw_json_member m;
	bool is_only = gw_json_next(&walk, &m) && !gw_json_next(&walk, &m);

	return !gw_str_is_present(ours) && is_only &&
			       x->request->op == GW_OP_UPDATE
		       ? GW_STR("[]")
		       : ours;
}

/* Whether a registree that gives no point of access can be reached back. */
static bool is_reached_anyway(const struct gw_exchange *x)
{
	return x->asker.peer || x->asker.url.len > 0;
}

struct gw_str poa_list(struct gw_arena *a, struct gw_str value)
{
	switch (gw_json_type_of(value)) {
	case GW_JSON_ARRAY:
		return value;
	case GW_JSON_STRING:
		return gw_arena_print(a, "[" GW_STR_FMT "]", GW_STR_ARG(value));
	default:
		return (struct gw_str){ 0 };
	}
}

/* Whether nothing but points of access can be meant: a text, a list of texts,
 * or that there is none.  All else is for the CSE to judge. */
static bool is_well_formed(const struct gw_json_member *poa)
{
	struct gw_json_walk walk;
	struct gw_json_member m;

	if (poa->type != GW_JSON_ARRAY) {
		return poa->type == GW_JSON_STRING || poa->type == GW_JSON_NULL;
	}
	walk = gw_json_walk(poa->value);
	while (gw_json_next(&walk, &m)) {
		if (m.type != GW_JSON_STRING) {
			return false;
		}
	}
	return true;
}

/* A CSE in this process is told what the registree gave, as a list. */
static int write_as_list(struct gw_exchange *x, struct gw_str object,
			 const struct gw_json_member *given)
{
	return given->type == GW_JSON_STRING
		       ? set_poa(x->request, object, x->poa_given)
		       : 0;
}

int poa_replace(struct gw_exchange *x)
{
	enum gw_poa_rule rule = x->hop.cse->conf->profile->poa;
	struct gw_json_member given = { 0 };
	struct gw_str object = { 0 };
	bool has_poa = false;

	assert(!x->has_replaced_poa);
	if (!find_object(&object, x->request)) {
		return 0;
	}
	has_poa = gw_json_get(&given, object, GW_STR("poa"));
	if (!has_poa &&
	    (rule == GW_POA_KEEP || x->request->op == GW_OP_UPDATE ||
	     !is_reached_anyway(x))) {
		return 0;
	}
	if (has_poa && !is_well_formed(&given)) {
		return 0;
	}
	x->poa_given = gw_arena_str(x->request->arena,
				    poa_list(x->request->arena, given.value));
	if (gw_arena_is_short(x->request->arena)) {
		return -ENOMEM;
	}
	if (rule == GW_POA_KEEP) {
		return write_as_list(x, object, &given);
	}
	x->has_replaced_poa = true;
	return set_poa(x->request, object, stand_in(x, object));
}

/* Whether an answer shows a resource as a whole, so that a poa which the CSE
 * does not have is missing in it: not some attributes that were asked for, nor
 * only what has changed (rcn 9). */
static bool is_whole(const struct gw_exchange *x)
{
	const struct gw_primitive *p = x->request;
	bool is_partial = p->op == GW_OP_RETRIEVE &&
			  (gw_str_find(p->to, '#') < p->to.len ||
			   p->content.len > 0);

	return !is_partial &&
	       !gw_str_is(gw_primitive_get(p, GW_STR("rcn")), "9");
}

/* The registree that the object describes, or NULL. */
static struct gw_registree *described(const struct gw_exchange *x,
				      struct gw_str object)
{
	static const char *const names[] = { "aei", "csi" };
	struct gw_json_member m;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (gw_json_get(&m, object, gw_str_from(names[i]))) {
			return gw_registry_find(
				x->relay->registry, x->hop.cse,
				gw_json_text(x->answer->arena, m.value));
		}
	}
	return NULL;
}

void poa_restore(struct gw_exchange *x)
{
	struct gw_registree *r = NULL;
	struct gw_str object = { 0 };
	struct gw_str poa = x->poa_given;
	struct gw_json_member m;
	bool has_poa = false;

	if (x->hop.cse->conf->profile->poa == GW_POA_KEEP ||
	    !find_object(&object, x->answer)) {
		return;
	}
	has_poa = gw_json_get(&m, object, GW_STR("poa"));
	if (!has_poa && !is_whole(x)) {
		return;
	}
	if (!x->has_replaced_poa) {
		/* What we put there is a list. */
		r = has_poa && m.type != GW_JSON_ARRAY ? NULL
						       : described(x, object);
		if (!r) {
			return;
		}
		poa = r->poa;
	}
	/* Short of memory the registree sees what the CSE said. */
	(void)set_poa(x->answer, object, poa);
}
