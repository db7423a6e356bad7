/*
 * Payload - a whole primitive as the payload.
 */

#include "bindings/coap/coap_payload.h"

#include <assert.h>

#include "core/codec/cbor.h"
#include "core/codec/codec.h"
#include "core/codec/codec_cbor.h"
#include "core/codec/content.h"
#include "core/codec/form.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "core/status.h"

/* What the members put in front may add. */
#define HEAD_BYTES_MAX ((size_t)8 * 1024)

/* The type of a CBOR item (RFC 8949 3). */
#define CBOR_MAP 5

static bool is_member_of_primitive(struct gw_str name)
{
	return gw_str_is(name, "rqi") || gw_str_is(name, "rvi") ||
	       gw_str_is(name, "pc") || gw_str_is(name, "fr");
}

static bool is_json_primitive(struct gw_str text)
{
	struct gw_json_error error;
	struct gw_json_member members[GW_CODEC_MEMBERS_MAX];
	size_t n = 0;

	/* Content is told by its first name, without a scan. */
	if (gw_str_find(text, '"') == text.len ||
	    !gw_json_scan(text, members, GW_CODEC_MEMBERS_MAX, &n, &error)) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (gw_str_find(members[i].name, ':') < members[i].name.len) {
			return false;
		}
		if (is_member_of_primitive(members[i].name)) {
			return true;
		}
	}
	return false;
}

/* Whether the first name in the text has a colon. */
static bool begins_with_content(struct gw_str text)
{
	struct gw_str rest = gw_str_skip(text, gw_str_find(text, '"'));
	struct gw_str name = { 0 };

	if (rest.len == 0) {
		return false;
	}
	rest = gw_str_skip(rest, 1);
	name = gw_str_cut(&rest, '"');
	return gw_str_find(name, ':') < name.len;
}

bool coap_payload_is_primitive(enum gw_media media, struct gw_bytes payload)
{
	static const char *const names[] = { "rqi", "rvi", "pc", "fr" };
	struct gw_str text = gw_str_of(gw_content_trim(media, payload));
	struct gw_reason why;

	if (media == GW_MEDIA_JSON) {
		return !begins_with_content(text) && is_json_primitive(text);
	}
	if (media != GW_MEDIA_CBOR || payload.len == 0 ||
	    payload.at[0] >> 5 != CBOR_MAP ||
	    gw_content_check(&why, media, payload) != GW_STATUS_NONE) {
		return false;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (gw_cbor_get(payload, gw_str_from(names[i])).at) {
			return true;
		}
	}
	return false;
}

/* Members as a JSON object, which either codec may be given. */
static void put_text(struct gw_buf *json, struct gw_str name,
		     struct gw_str text)
{
	if (gw_str_is_present(text)) {
		gw_buf_add_char(json, ',');
		gw_json_put_text(json, name);
		gw_buf_add_char(json, ':');
		gw_json_put_text(json, text);
	}
}

/* The value of a member that is not null. */
static bool find(struct gw_json_member *m, struct gw_str object,
		 struct gw_str name)
{
	return gw_json_get(m, object, name) && m->type != GW_JSON_NULL;
}

static bool has_member(struct gw_str object, const char *name)
{
	struct gw_json_member m;

	return find(&m, object, gw_str_from(name));
}

/* One member: written when only the head has it.  False when both have it, and
 * not the same. */
static bool put_missing_text(struct gw_buf *json,
			     const struct gw_primitive *head,
			     struct gw_str object, struct gw_str name,
			     struct gw_str text)
{
	struct gw_json_member m;

	if (!gw_str_is_present(text)) {
		return true;
	}
	if (!find(&m, object, name)) {
		put_text(json, name, text);
		return true;
	}
	return gw_str_eq(gw_form_text(head->arena, m.value), text);
}

static bool put_missing_type(struct gw_buf *json,
			     const struct gw_primitive *head,
			     struct gw_str object)
{
	struct gw_json_member m;
	int64_t type = 0;

	if (head->type == 0) {
		return true;
	}
	if (!find(&m, object, GW_STR("ty"))) {
		gw_buf_print(json, ",\"ty\":%u", head->type);
		return true;
	}
	return gw_json_integer(&type, m.value) && type == head->type;
}

static bool put_missing_params(struct gw_buf *json,
			       const struct gw_primitive *head,
			       struct gw_str object)
{
	struct gw_json_member m;

	for (const struct gw_param *p = head->params; p; p = p->next) {
		if (!find(&m, object, p->name)) {
			gw_buf_add_char(json, ',');
			gw_json_put_text(json, p->name);
			gw_buf_add_char(json, ':');
			gw_buf_add_str(json, p->value);
		} else if (!gw_str_eq(m.value, p->value)) {
			return false;
		}
	}
	return true;
}

/* What the head says and the payload, scanned JSON, does not, each member with
 * a comma before it.  What stands in both must be the same, and the operation
 * and the target of a request stand in the head alone. */
static enum gw_status put_missing(struct gw_buf *json, struct gw_reason *why,
				  const struct coap_payload *payload,
				  struct gw_str object)
{
	const struct gw_primitive *head = payload->head;

	if (head->op != GW_OP_NONE) {
		if (has_member(object, "op") || has_member(object, "to") ||
		    has_member(object, "rsc")) {
			return gw_refuse(why, "op, to and rsc do not belong "
					      "into the payload");
		}
		gw_buf_print(json, ",\"op\":%u", (unsigned)head->op);
	}
	if (head->status != GW_STATUS_NONE && !has_member(object, "rsc")) {
		gw_buf_print(json, ",\"rsc\":%u", (unsigned)head->status);
	}
	if (!put_missing_text(json, head, object, GW_STR("to"), head->to) ||
	    !put_missing_text(json, head, object, GW_STR("rqi"), head->id) ||
	    !put_missing_text(json, head, object, GW_STR("fr"), head->from) ||
	    !put_missing_text(json, head, object, GW_STR("rvi"),
			      head->release) ||
	    !put_missing_type(json, head, object) ||
	    !put_missing_params(json, head, object)) {
		return gw_refuse(why, "the payload contradicts the options");
	}
	return GW_STATUS_NONE;
}

/* What the payload says itself.  What is null is absent, so that the head may
 * say it. */
static void put_members(struct gw_buf *json, struct gw_str object)
{
	struct gw_json_walk walk = gw_json_walk(object);
	struct gw_json_member m;

	while (gw_json_next(&walk, &m)) {
		if (m.type != GW_JSON_NULL) {
			gw_buf_lit(json, ",\"");
			gw_buf_add_str(json, m.name);
			gw_buf_lit(json, "\":");
			gw_buf_add_str(json, m.value);
		}
	}
}

/* Both as one object. */
static enum gw_status join(struct gw_buf *json, struct gw_reason *why,
			   const struct coap_payload *payload,
			   struct gw_str object)
{
	enum gw_status status = put_missing(json, why, payload, object);

	if (status != GW_STATUS_NONE) {
		return status;
	}
	put_members(json, object);
	if (gw_buf_str(json).len == 0) {
		gw_buf_add_char(json, ',');
	}
	gw_buf_add_char(json, '}');
	if (gw_buf_is_short(json)) {
		return gw_refuse(why, "the primitive is too large");
	}
	json->at[0] = '{';
	return GW_STATUS_NONE;
}

static enum gw_status decode_json(struct gw_primitive **pp,
				  struct gw_reason *why,
				  const struct coap_payload *payload)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf json;
	struct gw_str text = gw_str_of(
		gw_content_trim(GW_MEDIA_JSON, payload->bytes));
	struct gw_json_error error = { 0 };
	enum gw_status status = GW_STATUS_NONE;

	gw_buf_init(&json, 0, text.len + HEAD_BYTES_MAX);
	if (!gw_json_scan(text, NULL, 0, NULL, &error) ||
	    gw_json_type_of(text) != GW_JSON_OBJECT) {
		return gw_refuse(why, "the payload is no primitive: %s",
				 error.reason ? error.reason : "no object");
	}
	status = join(&json, why, payload, gw_codec_json_unwrapped(text));
	return status == GW_STATUS_NONE
		       ? gw_codec_json_decode(pp, why, gw_buf_str(&json),
					      payload->limit_bytes)
		       : status;
}

static enum gw_status decode_cbor(struct gw_primitive **pp,
				  struct gw_reason *why,
				  const struct coap_payload *payload)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf text;
	gw_cleanup(gw_buf_deinit) struct gw_buf json;
	size_t limit = payload->bytes.len * GW_CBOR_GROWTH + HEAD_BYTES_MAX;
	struct gw_bytes content = { 0 };
	struct gw_reason wrong = { "" };
	enum gw_status status = GW_STATUS_NONE;

	gw_buf_init(&text, 0, limit);
	gw_buf_init(&json, 0, limit + HEAD_BYTES_MAX);
	if (gw_codec_cbor_head(&text, &content, &wrong, payload->bytes) !=
		    GW_STATUS_NONE ||
	    gw_json_type_of(gw_buf_str(&text)) != GW_JSON_OBJECT) {
		return gw_refuse(why, "the payload is no primitive: %s",
				 wrong.text[0] ? wrong.text : "no map");
	}
	status = join(&json, why, payload, gw_buf_str(&text));
	return status == GW_STATUS_NONE
		       ? gw_codec_cbor_decode_as(pp, why, content,
						 gw_buf_str(&json),
						 payload->limit_bytes)
		       : status;
}

enum gw_status coap_payload_decode(struct gw_primitive **pp,
				   struct gw_reason *why,
				   const struct coap_payload *payload)
{
	assert(payload->head);
	*pp = NULL;
	switch (payload->media) {
	case GW_MEDIA_JSON:
		return decode_json(pp, why, payload);
	case GW_MEDIA_CBOR:
		return decode_cbor(pp, why, payload);
	default:
		(void)gw_refuse(why, "a primitive in XML is not known here");
		return GW_STATUS_UNSUPPORTED_MEDIA_TYPE;
	}
}

enum gw_status coap_payload_encode(struct gw_bytes *payloadp,
				   struct gw_reason *why, enum gw_media media,
				   const struct gw_primitive *p,
				   struct gw_str from)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	struct gw_codec_hop hop = { .from = from, .is_anonymous = true };

	gw_buf_init(&buf, 0,
		    (p->content.len + HEAD_BYTES_MAX) * GW_CBOR_GROWTH);
	gw_codec_encode(&buf, p, &hop, media);
	*payloadp = gw_buf_is_short(&buf)
			    ? (struct gw_bytes){ 0 }
			    : gw_arena_bytes(p->arena, gw_buf_bytes(&buf));
	if (!payloadp->at) {
		(void)gw_refuse(why, "the primitive is too large");
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	return GW_STATUS_NONE;
}
