/*
 * Decode - requests.
 */

#include "bindings/coap/coap_decode.h"

#include <assert.h>
#include <coap3/coap.h>

#include "bindings/coap/coap_path.h"
#include "bindings/coap/coap_payload.h"
#include "bindings/coap/coap_query.h"
#include "bindings/coap/coap_type.h"
#include "bindings/coap/coap_value.h"
#include "core/address.h"
#include "core/codec/content.h"
#include "core/lib/arena.h"

/* Room for the texts of a usual request and a content of a few hundred bytes,
 * so that it is one allocation. */
#define ROOM_BYTES ((size_t)2048)
#define TYPE_MAX 65535

struct reader {
	struct gw_primitive *p;
	struct coap_asked *asked;
	struct gw_reason *why;
	const struct coap_message *m;
	struct coap_values values;
	struct gw_query query;
	struct coap_format format; // of the payload
	uint16_t number;           // of that format; 0: not told
	uint16_t accept;           // number of what is accepted; 0: not told
	bool is_op_open;           // ty in the payload would tell it
};

/* rt, of which the query has one half and an option the other.  An option
 * without a value is an empty list, and that is not the same as none. */
static enum gw_status add_response_type(struct reader *r)
{
	struct gw_arena *a = r->p->arena;
	struct gw_str type = r->query.response_type;
	struct gw_str targets = r->values.of[COAP_PARAM_TARGETS];
	bool has_both = gw_str_is_present(type) && gw_str_is_present(targets);
	struct gw_str list = { 0 };

	if (!gw_str_is_present(type) && !gw_str_is_present(targets)) {
		return GW_STATUS_NONE;
	}
	if (gw_str_is_present(targets)) {
		if (!gw_text_is_clean(a, targets)) {
			return gw_refuse(r->why, "oneM2M-RTURI is ill-formed");
		}
		list = coap_value_read(a, GW_FORM_URIS, targets);
	}
	gw_primitive_add(
		r->p, GW_STR("rt"),
		gw_arena_print(a, "{%s" GW_STR_FMT "%s%s" GW_STR_FMT "}",
			       gw_str_is_present(type) ? "\"rtv\":" : "",
			       GW_STR_ARG(type), has_both ? "," : "",
			       gw_str_is_present(list) ? "\"nu\":" : "",
			       GW_STR_ARG(list)));
	return GW_STATUS_NONE;
}

static enum gw_op op_of_method(uint8_t code)
{
	switch (code) {
	case COAP_GET:
	case COAP_FETCH:
		return GW_OP_RETRIEVE;
	case COAP_POST:
		return GW_OP_CREATE;
	case COAP_PUT:
		return GW_OP_UPDATE;
	case COAP_DELETE:
		return GW_OP_DELETE;
	default:
		return GW_OP_NONE;
	}
}

/* TS-0008 6.2.1: a POST may tell its operation in the query; else it is a
 * CREATE with a resource type and a NOTIFY without one. */
static enum gw_status read_op(struct reader *r)
{
	enum gw_op method = op_of_method(r->m->code);
	bool has_type = gw_str_is_present(r->values.of[COAP_PARAM_TYPE]);
	uint64_t op = 0;

	if (method == GW_OP_NONE) {
		(void)gw_refuse(r->why, "no operation goes with this method");
		return GW_STATUS_OPERATION_NOT_ALLOWED;
	}
	if (!gw_str_is_present(r->query.op)) {
		r->is_op_open = r->m->code == COAP_POST && !has_type;
		r->p->op = r->is_op_open ? GW_OP_NOTIFY : method;
		return GW_STATUS_NONE;
	}
	if (!gw_str_number(&op, r->query.op, GW_OP_NOTIFY) || op == 0 ||
	    (r->m->code != COAP_POST && op != method)) {
		return gw_refuse(r->why, "op does not go with this method");
	}
	r->p->op = (enum gw_op)op;
	return GW_STATUS_NONE;
}

static enum gw_status read_type(struct reader *r)
{
	struct gw_str value = r->values.of[COAP_PARAM_TYPE];
	uint32_t type = 0;

	if (!gw_str_is_present(value)) {
		return GW_STATUS_NONE;
	}
	/* Old peers write digits; in binary one would be one of the types 48 to
	 * 57, which came later than their numbers, and two are none. */
	if (value.len == 2 || (value.len == 1 && r->values.has_legacy)) {
		type = coap_type_in_digits(value);
	}
	if ((type == 0 && !coap_value_number(&type, value)) || type == 0 ||
	    type > TYPE_MAX) {
		return gw_refuse(r->why, "ty is no resource type");
	}
	r->p->type = type;
	return GW_STATUS_NONE;
}

/* New peers may write a digit, too: then the content tells. */
static enum gw_status settle_type(struct reader *r)
{
	struct gw_str value = r->values.of[COAP_PARAM_TYPE];
	uint32_t digit = value.len == 1 ? coap_type_in_digits(value) : 0;
	struct gw_primitive *p = r->p;

	if (value.len != 1 || value.at[0] < '0' || value.at[0] > '9' ||
	    p->op != GW_OP_CREATE || p->type != (uint8_t)value.at[0] ||
	    !gw_content_is_writable(p->media)) {
		return GW_STATUS_NONE;
	}
	if (digit > 0 && coap_type_is_of(digit, p)) {
		p->type = digit;
		return GW_STATUS_NONE;
	}
	return p->type > COAP_TYPE_TOLD_MAX || coap_type_is_of(p->type, p)
		       ? GW_STATUS_NONE
		       : gw_refuse(r->why,
				   "ty is %u in binary and '%c' as text, and "
				   "the content is neither",
				   p->type, value.at[0]);
}

/* A partial RETRIEVE (TS-0004 7.3.2.4): one attribute belongs to `to`, several
 * are content. */
static enum gw_status take_attributes(struct reader *r)
{
	struct gw_primitive *p = r->p;
	struct gw_str list = r->query.attributes;

	if (!gw_str_is_present(list)) {
		return GW_STATUS_NONE;
	}
	if (p->op != GW_OP_RETRIEVE ||
	    gw_str_is_present(gw_address_attribute(p->to))) {
		return gw_refuse(r->why, "atrl does not belong here");
	}
	if (r->query.attribute.len > 0) {
		p->to = gw_arena_print(p->arena, GW_STR_FMT "#" GW_STR_FMT,
				       GW_STR_ARG(p->to),
				       GW_STR_ARG(r->query.attribute));
		return GW_STATUS_NONE;
	}
	p->content = gw_bytes_of(gw_arena_print(
		p->arena, "{\"m2m:atrl\":" GW_STR_FMT "}", GW_STR_ARG(list)));
	p->media = GW_MEDIA_JSON;
	return GW_STATUS_NONE;
}

static enum gw_status read_target(struct reader *r)
{
	struct gw_primitive *p = r->p;

	p->to = coap_path_read(p->arena, r->m);
	/* A CSE that notifies at the bare listener is told apart by core. */
	if (!gw_str_is_present(p->to) &&
	    !(r->m->code == COAP_POST &&
	      !coap_message_get(r->m, COAP_OPTION_URI_PATH).at)) {
		return gw_refuse(r->why, "the path names no target");
	}
	return GW_STATUS_NONE;
}

/* What a method does not define is passed over (RFC 7252 5.5). */
static struct gw_bytes payload_of(const struct reader *r)
{
	bool is_defined = r->m->code != COAP_GET && r->m->code != COAP_DELETE;

	return is_defined ? r->m->payload : (struct gw_bytes){ 0 };
}

static enum gw_status read_format(struct reader *r)
{
	uint32_t number = 0;

	r->format = (struct coap_format){ .media = GW_MEDIA_JSON };
	if (coap_message_get_uint(&number, r->m, COAP_OPTION_CONTENT_FORMAT)) {
		if (coap_format_find(&r->format, number)) {
			r->number = (uint16_t)number;
		} else if (payload_of(r).len > 0) {
			(void)gw_refuse(r->why,
					"content of this format is not known "
					"here");
			return GW_STATUS_UNSUPPORTED_MEDIA_TYPE;
		}
	}
	r->asked->wants = gw_content_is_writable(r->format.media)
				  ? r->format.media
				  : GW_MEDIA_JSON;
	return GW_STATUS_NONE;
}

/* The answer to a primitive is one, too: in the number that is accepted, which
 * is critical, else in the one that goes with that of the request. */
static void want_whole(struct reader *r)
{
	uint16_t number = r->accept ? r->accept : r->number;
	struct coap_format format = { 0 };

	if (!coap_format_find(&format, number)) {
		number = coap_format_of(r->asked->wants);
	} else if (format.is_whole) {
		number = coap_format_of_whole(r->asked->wants);
	}
	r->asked->whole_format = number;
}

/* Without an Accept the answer is written as the request is. */
static enum gw_status read_formats(struct reader *r)
{
	struct coap_format accepts = { 0 };
	uint32_t number = 0;
	enum gw_status status = read_format(r);

	if (status != GW_STATUS_NONE) {
		return status;
	}
	if (coap_message_get_uint(&number, r->m, COAP_OPTION_ACCEPT)) {
		if (!coap_format_find(&accepts, number) ||
		    !gw_content_is_writable(accepts.media)) {
			(void)gw_refuse(r->why,
					"what is accepted cannot be had here");
			return GW_STATUS_NOT_ACCEPTABLE;
		}
		r->asked->wants = accepts.media;
		r->accept = (uint16_t)number;
	}
	if (r->format.is_whole || accepts.is_whole) {
		want_whole(r);
	}
	return GW_STATUS_NONE;
}

/* Who asks, and by which name (TS-0004 7.1.1.1: the originator may be missing
 * only from the registration of an AE). */
static enum gw_status check_identity(const struct gw_primitive *p,
				     struct gw_reason *why)
{
	bool is_registration = p->op == GW_OP_CREATE && p->type == GW_TYPE_AE;

	if (p->id.len == 0) {
		return gw_refuse(why, "oneM2M-RQI is missing");
	}
	if (p->from.len == 0 && !is_registration) {
		return gw_refuse(why, "oneM2M-FR is missing");
	}
	return GW_STATUS_NONE;
}

/* tinyIoT says of a notification only where it goes. */
static bool is_bare(const struct gw_primitive *p)
{
	return p->op == GW_OP_NOTIFY && p->id.len == 0 && p->from.len == 0 &&
	       p->media != GW_MEDIA_NONE &&
	       gw_str_is_present(gw_content_root(p, GW_STR("m2m:sgn")));
}

static bool takes_content(enum gw_op op)
{
	return op == GW_OP_CREATE || op == GW_OP_UPDATE || op == GW_OP_NOTIFY;
}

static enum gw_status read_content(struct reader *r)
{
	struct gw_primitive *p = r->p;
	enum gw_media media = r->format.media;
	struct gw_bytes body = gw_content_trim(media, payload_of(r));
	enum gw_status status = GW_STATUS_NONE;

	if (!takes_content(p->op)) {
		return gw_content_is_empty(media, body)
			       ? GW_STATUS_NONE
			       : gw_refuse(r->why,
					   "this method goes without content");
	}
	if (body.len == 0) {
		return gw_refuse(r->why, "the content is missing");
	}
	status = gw_content_check(r->why, media, body);
	if (status != GW_STATUS_NONE) {
		return status;
	}
	if (!gw_content_is_object(media, body)) {
		return gw_refuse(r->why, "the content is no object");
	}
	p->content = gw_arena_bytes(p->arena, body);
	p->media = media;
	return GW_STATUS_NONE;
}

static enum gw_status read_options(struct reader *r)
{
	const struct coap_values *values = &r->values;

	if (r->m->is_short) {
		return gw_refuse(r->why, "the message has too many options");
	}
	if (values->unknown == 0 && !values->is_double) {
		return GW_STATUS_NONE;
	}
	r->asked->code = COAP_BAD_OPTION;
	if (values->is_double) {
		return gw_refuse(r->why, "an option stands twice");
	}
	if (values->unknown == COAP_OPTION_IF_MATCH) { // see coap_tidy.h
		return gw_refuse(r->why, "an option has a length that it "
					 "cannot have, or is If-Match");
	}
	return gw_refuse(r->why, "the critical option %u is not known here",
			 values->unknown);
}

/* Everything but the payload. */
static enum gw_status read_head(struct reader *r)
{
	enum gw_status status = coap_read_identity(r->p, r->why, &r->values);

	if (status == GW_STATUS_NONE) {
		status = read_options(r);
	}
	if (status == GW_STATUS_NONE) {
		status = coap_query_read(r->p, &r->query, r->why, r->m);
	}
	if (status == GW_STATUS_NONE) {
		status = read_op(r);
	}
	if (status == GW_STATUS_NONE) {
		status = read_type(r);
	}
	if (status == GW_STATUS_NONE) {
		status = read_target(r);
	}
	if (status == GW_STATUS_NONE) {
		status = add_response_type(r);
	}
	if (status == GW_STATUS_NONE) {
		status = coap_read_params(r->p, r->why, &r->values,
					  COAP_IN_REQUEST);
	}
	if (status == GW_STATUS_NONE) {
		status = take_attributes(r);
	}
	return status == GW_STATUS_NONE ? read_formats(r) : status;
}

/* The release-5 form.  Content from the query and from the payload exclude
 * each other. */
static enum gw_status read_whole(struct gw_primitive **pp, struct reader *r,
				 size_t limit_bytes)
{
	struct gw_primitive *q = NULL;
	struct coap_payload payload = {
		.media = r->format.media,
		.bytes = r->m->payload,
		.head = r->p,
		.limit_bytes = limit_bytes,
	};
	enum gw_status status = coap_payload_decode(&q, r->why, &payload);

	if (!q) {
		return status;
	}
	if (r->p->content.len > 0 && q->content.len == 0) {
		q->content = gw_arena_bytes(q->arena, r->p->content);
		q->media = r->p->media;
	}
	if (r->is_op_open && q->type != 0) {
		q->op = GW_OP_CREATE; // TS-0008 6.2.1, with ty in the payload
	}
	gw_primitive_free(*pp);
	*pp = q;
	r->p = q;
	want_whole(r);
	return status;
}

static enum gw_status read_payload(struct gw_primitive **pp, struct reader *r,
				   size_t limit_bytes)
{
	struct gw_bytes payload = payload_of(r);
	bool is_whole = payload.len > 0 &&
			(r->format.is_whole ||
			 coap_payload_is_primitive(r->format.media, payload));

	return is_whole ? read_whole(pp, r, limit_bytes) : read_content(r);
}

enum gw_status coap_decode_request(struct gw_primitive **pp,
				   struct coap_asked *asked,
				   struct gw_reason *why,
				   const struct coap_message *m,
				   size_t limit_bytes)
{
	struct reader r = { .asked = asked, .why = why, .m = m };
	enum gw_status status = GW_STATUS_NONE;

	assert(m->n_fields <= COAP_FIELDS_MAX);
	*asked = (struct coap_asked){ .wants = GW_MEDIA_JSON };
	*pp = gw_primitive_new(ROOM_BYTES, limit_bytes);
	if (!*pp) {
		(void)gw_refuse(why, "the gateway is short of memory");
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	r.p = *pp;
	coap_values_take(&r.values, m);
	asked->has_dialect = r.values.has_legacy || r.values.has_current;
	asked->is_legacy = r.values.has_legacy && !r.values.has_current;
	status = read_head(&r);
	if (status == GW_STATUS_NONE) {
		status = read_payload(pp, &r, limit_bytes);
	}
	if (status == GW_STATUS_NONE) {
		status = settle_type(&r);
	}
	assert(r.p == *pp);
	asked->op = r.p->op;
	asked->is_bare = status == GW_STATUS_NONE && is_bare(r.p);
	if (status == GW_STATUS_NONE && !asked->is_bare) {
		status = check_identity(r.p, why);
	}
	if (status == GW_STATUS_NONE && gw_arena_is_short(r.p->arena)) {
		(void)gw_refuse(why, "the message is too large");
		status = GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	if (r.p->op == GW_OP_NONE) {
		r.p->op = GW_OP_RETRIEVE; // a refusal answers a request
	}
	return status;
}
