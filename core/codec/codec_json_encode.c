/*
 * JSON codec - writing a primitive.
 *
 * Never wrapped (TS-0004 8.4.2), and pc comes last, so that a person sees the
 * parameters first.
 */

#include "core/codec/codec_json.h"

#include <assert.h>

#include "core/codec/content.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

/* The names, quotes and commas of the parameters with a field of their own. */
#define ENVELOPE_BYTES ((size_t)80)

/* A filter by attribute, {"nm":"cr","val":"Sam"}, as the member "cr":"Sam". */
static bool put_filter(struct gw_buf *flat, struct gw_str filter)
{
	struct gw_json_member name;
	struct gw_json_member value;

	if (!gw_json_get(&name, filter, GW_STR("nm")) ||
	    !gw_json_get(&value, filter, GW_STR("val")) ||
	    name.type != GW_JSON_STRING) {
		return false;
	}
	gw_buf_add_char(flat, ',');
	gw_buf_add_str(flat, name.value);
	gw_buf_add_char(flat, ':');
	gw_buf_add_str(flat, value.value);
	return true;
}

static bool put_filters(struct gw_buf *flat, struct gw_str filters)
{
	struct gw_json_walk walk = gw_json_walk(filters);
	struct gw_json_member filter;

	while (gw_json_next(&walk, &filter)) {
		if (!put_filter(flat, filter.value)) {
			return false;
		}
	}
	return true;
}

/* The only item of a list; absent when it is no list of one. */
static struct gw_str only_item(struct gw_str list)
{
	struct gw_json_walk walk = gw_json_walk(list);
	struct gw_json_member item = { 0 };
	struct gw_json_member more;
	bool has_one = gw_json_type_of(list) == GW_JSON_ARRAY &&
		       gw_json_next(&walk, &item);

	return has_one && !gw_json_next(&walk, &more) ? item.value
						      : (struct gw_str){ 0 };
}

static void put_member(struct gw_buf *flat, const struct gw_json_member *member,
		       bool has_single_smf)
{
	struct gw_str one = { 0 };

	if (has_single_smf && gw_json_is_name(member->name, GW_STR("smf"))) {
		one = only_item(member->value);
	}
	gw_buf_lit(flat, ",\"");
	gw_buf_add_str(flat, member->name);
	gw_buf_lit(flat, "\":");
	gw_buf_add_str(flat, gw_str_is_present(one) ? one : member->value);
}

/* All members of fc, each behind a comma. */
static bool put_members(struct gw_buf *flat, struct gw_str fc,
			const struct gw_codec_hop *hop)
{
	struct gw_json_walk walk = gw_json_walk(fc);
	struct gw_json_member member;

	assert(gw_buf_bytes(flat).len == 0);
	while (gw_json_next(&walk, &member)) {
		if (!hop->has_flat_filters || member.type != GW_JSON_ARRAY ||
		    !gw_json_is_name(member.name, GW_STR("atr"))) {
			put_member(flat, &member, hop->has_single_smf);
		} else if (!put_filters(flat, member.value)) {
			return false;
		}
	}
	return true;
}

/* Whether fc has anything that this hop wants otherwise. */
static bool is_changed(struct gw_str fc, const struct gw_codec_hop *hop)
{
	struct gw_json_member member;

	return (hop->has_flat_filters &&
		gw_json_get(&member, fc, GW_STR("atr")) &&
		member.type == GW_JSON_ARRAY) ||
	       (hop->has_single_smf &&
		gw_json_get(&member, fc, GW_STR("smf")) &&
		gw_str_is_present(only_item(member.value)));
}

/* Write fc as the hop wants it.  False when it cannot be said so, such as two
 * filters for one attribute. */
static bool rewrite(struct gw_buf *flat, struct gw_str fc,
		    const struct gw_codec_hop *hop)
{
	struct gw_json_error error;
	uint8_t *first = NULL;

	if (!put_members(flat, fc, hop)) {
		return false;
	}
	if (gw_buf_bytes(flat).len == 0) {
		gw_buf_add_char(flat, ',');
	}
	gw_buf_add_char(flat, '}');
	if (gw_buf_is_short(flat)) {
		return false;
	}
	first = flat->at + flat->headroom;
	assert(*first == ',');
	*first = '{';
	return gw_json_scan(gw_buf_str(flat), NULL, 0, NULL, &error);
}

/* fc for this hop, in flat, or itself.  What atr cannot say leaves smf its
 * chance. */
static struct gw_str filters(struct gw_buf *flat, struct gw_str fc,
			     const struct gw_codec_hop *hop)
{
	struct gw_codec_hop left = *hop;

	if (is_changed(fc, &left) && rewrite(flat, fc, &left)) {
		return gw_buf_str(flat);
	}
	left.has_flat_filters = false;
	gw_buf_clear(flat);
	return is_changed(fc, &left) && rewrite(flat, fc, &left)
		       ? gw_buf_str(flat)
		       : fc;
}

struct gw_str gw_codec_filters(struct gw_arena *a, struct gw_str fc,
			       const struct gw_codec_hop *hop)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf room;
	struct gw_str found = { 0 };

	gw_buf_init(&room, 0, fc.len);
	found = filters(&room, fc, hop);
	return found.at == fc.at ? fc : gw_arena_str(a, found);
}

static void put_filtered(struct gw_buf *buf, struct gw_str fc,
			 const struct gw_codec_hop *hop)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf room;

	gw_buf_init(&room, 0, fc.len);
	gw_buf_add_str(buf, filters(&room, fc, hop));
}

static void put_text(struct gw_buf *buf, struct gw_str name, struct gw_str text)
{
	if (gw_str_is_present(text)) {
		gw_buf_add_str(buf, name);
		gw_json_put_text(buf, text);
	}
}

/* As it came, in the answer to who sent a number. */
static void put_id(struct gw_buf *buf, const struct gw_primitive *p,
		   const struct gw_codec_hop *hop)
{
	if (gw_codec_has_number_id(p, hop)) {
		gw_buf_lit(buf, ",\"rqi\":");
		gw_buf_add_str(buf, p->id);
		return;
	}
	put_text(buf, GW_STR(",\"rqi\":"),
		 gw_str_is_present(hop->id) ? hop->id : p->id);
}

bool gw_codec_has_number_id(const struct gw_primitive *p,
			    const struct gw_codec_hop *hop)
{
	return p->has_number_id && !gw_primitive_is_request(p) &&
	       !gw_str_is_present(hop->id);
}

static void put_params(struct gw_buf *buf, const struct gw_primitive *p,
		       const struct gw_codec_hop *hop)
{
	for (const struct gw_param *param = p->params; param;
	     param = param->next) {
		gw_buf_add_char(buf, ',');
		gw_json_put_text(buf, param->name);
		gw_buf_add_char(buf, ':');
		if (gw_str_is(param->name, "fc")) {
			put_filtered(buf, param->value, hop);
		} else {
			gw_buf_add_str(buf, param->value);
		}
	}
}

/* Let buf grow once, to about what the JSON form needs.  A guess must not make
 * the buffer short, so what would not fit is left to the appends. */
static void reserve(struct gw_buf *buf, const struct gw_primitive *p)
{
	size_t n = ENVELOPE_BYTES + p->id.len + p->from.len + p->to.len +
		   p->release.len + p->content.len;

	for (const struct gw_param *param = p->params; param;
	     param = param->next) {
		n += param->name.len + param->value.len + sizeof("\"\":,");
	}
	if (n <= buf->limit_bytes && buf->len <= buf->limit_bytes - n) {
		(void)gw_buf_reserve(buf, n);
	}
}

void gw_codec_json_encode(struct gw_buf *buf, const struct gw_primitive *p,
			  const struct gw_codec_hop *hop)
{
	bool is_request = gw_primitive_is_request(p);
	struct gw_str from = gw_str_is_present(hop->from) ? hop->from : p->from;

	assert((p->op == GW_OP_NONE) != (p->status == GW_STATUS_NONE));
	reserve(buf, p);
	if (is_request) {
		gw_buf_lit(buf, "{\"op\":");
		gw_buf_add_number(buf, (uint64_t)p->op);
	} else {
		gw_buf_lit(buf, "{\"rsc\":");
		gw_buf_add_number(buf, (uint64_t)p->status);
	}
	if (is_request || !hop->is_anonymous) {
		put_text(buf, GW_STR(",\"to\":"), p->to);
		put_text(buf, GW_STR(",\"fr\":"), from);
	}
	put_id(buf, p, hop);
	put_text(buf, GW_STR(",\"rvi\":"), p->release);
	if (p->type != 0) {
		gw_buf_lit(buf, ",\"ty\":");
		gw_buf_add_number(buf, p->type);
	}
	put_params(buf, p, hop);
	if (p->content.at) {
		gw_buf_lit(buf, ",\"pc\":");
		gw_content_put(buf, p, GW_MEDIA_JSON);
	}
	gw_buf_add_char(buf, '}');
}
