/*
 * Decode - from HTTP to primitives.
 */

#include "bindings/http/http_decode.h"

#include "bindings/http/http_accept.h"
#include "bindings/http/http_target.h"
#include "core/address.h"
#include "core/codec/content.h"
#include "core/codec/form.h"
#include "core/lib/arena.h"
#include "core/status.h"

#define STATUS_MAX 9999
#define TYPE_MAX 65535

/* A header without a value says nothing and is absent.  Two mean something
 * when they are empty: an originator without a name yet, and a list of no
 * targets (TS-0009 6.4.1, 6.4.10). */
static struct gw_str value_of(const struct http_values *values,
			      enum http_header_id id)
{
	struct gw_str value = values->of[id];
	bool may_be_empty = id == HTTP_FROM || id == HTTP_TARGETS;

	return value.len > 0 || may_be_empty ? value : (struct gw_str){ 0 };
}

/* A header that is a field of the primitive. */
static enum gw_status keep(struct gw_primitive *p, struct gw_str *slot,
			   struct gw_reason *why,
			   const struct http_values *values,
			   enum http_header_id id)
{
	struct gw_str value = value_of(values, id);

	if (!gw_str_is_present(value)) {
		return GW_STATUS_NONE;
	}
	if (!gw_text_is_clean(p->arena, value)) {
		return gw_refuse(why, GW_STR_FMT " is ill-formed",
				 GW_STR_ARG(http_header(id)->name));
	}
	*slot = gw_arena_str(p->arena, value);
	return GW_STATUS_NONE;
}

/* A credential for the next hop, such as "Bearer x", is no list of tokens,
 * which are joined by '+' and may have blanks around it (TS-0009 6.4.19). */
static bool is_credential(enum http_header_id id, struct gw_str value)
{
	struct gw_str scheme = gw_str_cut(&value, ' ');
	struct gw_str rest = gw_str_trim(value);

	return id == HTTP_TOKENS && rest.len > 0 && rest.at[0] != '+' &&
	       !gw_str_ends(scheme, GW_STR("+"));
}

/* A request whose numbers are none is refused; an answer of that kind crosses
 * as it is. */
static enum gw_status add_param(struct gw_primitive *p, struct gw_reason *why,
				enum http_header_id id, struct gw_str value)
{
	const struct http_header *header = http_header(id);

	if (!gw_text_is_clean(p->arena, value) ||
	    (gw_primitive_is_request(p) &&
	     !gw_form_fits(header->form, value))) {
		return gw_refuse(why, GW_STR_FMT " is ill-formed",
				 GW_STR_ARG(header->name));
	}
	if (is_credential(id, value)) {
		return GW_STATUS_NONE;
	}
	gw_primitive_add(p, header->param,
			 gw_form_read(p->arena, header->form, value));
	return GW_STATUS_NONE;
}

/* The parameters that stand in headers, in the order of the table. */
static enum gw_status add_params(struct gw_primitive *p, struct gw_reason *why,
				 const struct http_values *values,
				 unsigned where)
{
	enum gw_status status = GW_STATUS_NONE;

	for (int i = HTTP_TOKENS; i < HTTP_N_HEADERS && !status; i++) {
		enum http_header_id id = (enum http_header_id)i;
		struct gw_str value = value_of(values, id);

		if (gw_str_is_present(value) &&
		    (http_header(id)->where & where) != 0) {
			status = add_param(p, why, id, value);
		}
	}
	return status;
}

/* rt, of which the query has one half and a header the other (TS-0009 6.4.10).
 * A header without a value is an empty list, and that is not the same as none.
 */
static void add_response_type(struct gw_primitive *p, struct gw_str type,
			      struct gw_str targets)
{
	struct gw_str list = { 0 };
	const char *joint = "";

	if (gw_str_is_present(targets)) {
		list = gw_form_read(p->arena, GW_FORM_URIS, targets);
	}
	if (!gw_str_is_present(type) && !gw_str_is_present(list)) {
		return;
	}
	if (gw_str_is_present(type) && gw_str_is_present(list)) {
		joint = ",";
	}
	gw_primitive_add(
		p, GW_STR("rt"),
		gw_arena_print(p->arena, "{%s" GW_STR_FMT "%s%s" GW_STR_FMT "}",
			       gw_str_is_present(type) ? "\"rtv\":" : "",
			       GW_STR_ARG(type), joint,
			       gw_str_is_present(list) ? "\"nu\":" : "",
			       GW_STR_ARG(list)));
}

/* A partial RETRIEVE (TS-0004 7.3.2.4): one attribute belongs to `to`, several
 * are content. */
static enum gw_status take_attributes(struct gw_primitive *p,
				      struct http_asked *asked,
				      struct gw_reason *why,
				      const struct gw_query *query)
{
	struct gw_str list;

	if (!gw_str_is_present(query->attributes)) {
		return GW_STATUS_NONE;
	}
	if (p->op != GW_OP_RETRIEVE ||
	    gw_str_is_present(gw_address_attribute(p->to))) {
		return gw_refuse(why, "atrl does not belong here");
	}
	if (query->attribute.len > 0) {
		p->to = gw_arena_print(p->arena, GW_STR_FMT "#" GW_STR_FMT,
				       GW_STR_ARG(p->to),
				       GW_STR_ARG(query->attribute));
		return GW_STATUS_NONE;
	}
	list = gw_arena_print(p->arena, "{\"m2m:atrl\":" GW_STR_FMT "}",
			      GW_STR_ARG(query->attributes));
	p->content = gw_bytes_of(list);
	p->media = GW_MEDIA_JSON;
	asked->is_content_given = true;
	return GW_STATUS_NONE;
}

static enum gw_status read_target(struct gw_primitive *p,
				  struct http_asked *asked,
				  struct gw_reason *why,
				  const struct http_request_head *head)
{
	struct gw_str text = head->target;
	struct gw_str path = gw_str_cut(&text, '?');
	struct gw_query query = { 0 };
	enum gw_status status = GW_STATUS_NONE;

	p->to = http_path_read(p->arena, path);
	/* A CSE that notifies at the bare listener is told apart by core. */
	if (!gw_str_is_present(p->to) &&
	    !(gw_str_is(path, "/") && gw_str_is(head->method, "POST"))) {
		return gw_refuse(why, "the path names no target");
	}
	if (text.len > 0) {
		status = http_query_read(p, &query, why, text);
	}
	if (status != GW_STATUS_NONE) {
		return status;
	}
	if (!gw_text_is_clean(p->arena, head->values->of[HTTP_TARGETS])) {
		return gw_refuse(why, "X-M2M-RTU is ill-formed");
	}
	add_response_type(p, query.response_type,
			  head->values->of[HTTP_TARGETS]);
	return take_attributes(p, asked, why, &query);
}

/* Content-Type says how content is written, and whether a POST is a CREATE
 * (TS-0009 6.2.1, 6.4.7). */
static enum gw_status read_content_type(struct gw_primitive *p,
					struct http_asked *asked,
					struct gw_reason *why,
					struct gw_str value)
{
	struct http_content_type content = { .media = GW_MEDIA_JSON };
	uint64_t type = 0;

	if (gw_str_is_present(value)) {
		content = http_content_type(value);
	}
	if (content.has_types) {
		return gw_refuse(why, "ty stands twice");
	}
	asked->media = content.media;
	if (p->op != GW_OP_CREATE) {
		return GW_STATUS_NONE;
	}
	if (!gw_str_is_present(content.type)) {
		p->op = GW_OP_NOTIFY;
		return GW_STATUS_NONE;
	}
	if (!gw_str_number(&type, content.type, TYPE_MAX) || type == 0) {
		return gw_refuse(why, "ty is no resource type");
	}
	p->type = (unsigned)type;
	return GW_STATUS_NONE;
}

/* Two names that a proxy has joined are none (TS-0001 7.2). */
static bool is_one_name(struct gw_str from)
{
	return gw_str_find(from, ',') == from.len &&
	       gw_str_find(from, ' ') == from.len &&
	       gw_str_find(from, '\t') == from.len;
}

/* Who asks, and by which name (TS-0004 7.1.1.1: the originator may be missing
 * only from the registration of an AE). */
static enum gw_status check_identity(const struct gw_primitive *p,
				     struct gw_reason *why)
{
	bool is_registration = p->op == GW_OP_CREATE && p->type == GW_TYPE_AE;

	if (p->id.len == 0) {
		return gw_refuse(why, "X-M2M-RI is missing");
	}
	if (!is_one_name(p->from)) {
		return gw_refuse(why, "X-M2M-Origin is no identifier");
	}
	if (p->from.len == 0 && !is_registration) {
		return gw_refuse(why, "X-M2M-Origin is missing");
	}
	return GW_STATUS_NONE;
}

static enum gw_status read_accept(const struct gw_primitive *p,
				  struct http_asked *asked,
				  struct gw_reason *why,
				  const struct http_values *values)
{
	if (http_accept(&asked->wants, values->accept, asked->media)) {
		return GW_STATUS_NONE;
	}
	(void)gw_refuse(why, "nothing in Accept can be had from here");
	return GW_STATUS_NOT_ACCEPTABLE;
}

static enum gw_status read_identity(struct gw_primitive *p,
				    struct gw_reason *why,
				    const struct http_values *values)
{
	enum gw_status status = keep(p, &p->id, why, values, HTTP_ID);

	if (status == GW_STATUS_NONE) {
		status = keep(p, &p->release, why, values, HTTP_RELEASE);
	}
	if (status == GW_STATUS_NONE) {
		status = keep(p, &p->from, why, values, HTTP_FROM);
	}
	return status;
}

enum gw_status http_decode_head(struct gw_primitive *p,
				struct http_asked *asked, struct gw_reason *why,
				const struct http_request_head *head)
{
	const struct http_values *values = head->values;
	enum gw_status status = read_identity(p, why, values);

	*asked = (struct http_asked){ .wants = GW_MEDIA_JSON };
	p->op = http_op_of(head->method);
	if (p->op == GW_OP_NONE) {
		(void)gw_refuse(why, "no operation goes with this method");
		return GW_STATUS_OPERATION_NOT_ALLOWED;
	}
	if (status == GW_STATUS_NONE) {
		status = read_content_type(p, asked, why,
					   value_of(values, HTTP_CONTENT_TYPE));
	}
	if (status == GW_STATUS_NONE) {
		status = check_identity(p, why);
	}
	if (status == GW_STATUS_NONE) {
		status = read_target(p, asked, why, head);
	}
	if (status == GW_STATUS_NONE) {
		status = add_params(p, why, values, HTTP_IN_REQUEST);
	}
	if (status == GW_STATUS_NONE) {
		status = read_accept(p, asked, why, values);
	}
	return status;
}

/* What stands in the content is the business of the CSE: a relay does not read
 * it. */
static enum gw_status check_content(struct gw_reason *why, enum gw_media media,
				    struct gw_bytes body)
{
	enum gw_status status = gw_content_check(why, media, body);

	if (status != GW_STATUS_NONE) {
		return status;
	}
	return gw_content_is_object(media, body)
		       ? GW_STATUS_NONE
		       : gw_refuse(why, "the content is no object");
}

static bool takes_content(enum gw_op op)
{
	return op == GW_OP_CREATE || op == GW_OP_UPDATE || op == GW_OP_NOTIFY;
}

enum gw_status http_decode_content(struct gw_primitive *p,
				   const struct http_asked *asked,
				   struct gw_reason *why, struct gw_bytes body)
{
	enum gw_status status = GW_STATUS_NONE;

	if (!takes_content(p->op)) {
		return gw_content_is_empty(asked->media ? asked->media
							: GW_MEDIA_JSON,
					   body)
			       ? GW_STATUS_NONE
			       : gw_refuse(why,
					   "this method goes without content");
	}
	if (asked->media == GW_MEDIA_NONE) {
		(void)gw_refuse(why, "content of this type is not known here");
		return GW_STATUS_UNSUPPORTED_MEDIA_TYPE;
	}
	body = gw_content_trim(asked->media, body);
	if (body.len == 0) {
		return gw_refuse(why, "the content is missing");
	}
	status = check_content(why, asked->media, body);
	if (status == GW_STATUS_NONE) {
		p->content = body;
		p->media = asked->media;
	}
	return status;
}

static bool read_status(struct gw_primitive *p,
			const struct http_answer *answer)
{
	uint64_t n = 0;

	if (gw_str_number(&n, answer->values->of[HTTP_STATUS], STATUS_MAX) &&
	    n >= 1000) {
		p->status = (enum gw_status)n;
		return true;
	}
	p->status = http_status_derive(
		answer->status, answer->request->op,
		gw_primitive_response_type(answer->request));
	return false;
}

static enum gw_status read_body(struct gw_primitive *p, struct gw_reason *why,
				const struct http_answer *answer,
				bool is_onem2m)
{
	struct gw_str type = value_of(answer->values, HTTP_CONTENT_TYPE);
	const struct gw_content_body body = {
		.media = gw_str_is_present(type) ? http_content_type(type).media
						 : GW_MEDIA_JSON,
		.bytes = answer->body,
		.request = answer->request,
		.is_onem2m = is_onem2m,
	};

	return gw_content_take_body(p, why, &body);
}

enum gw_status http_decode_answer(struct gw_primitive *p, struct gw_reason *why,
				  const struct http_answer *answer)
{
	const struct http_values *values = answer->values;
	bool is_onem2m = read_status(p, answer);
	enum gw_status status = read_identity(p, why, values);

	if (status == GW_STATUS_NONE && gw_str_is_present(p->id) &&
	    !gw_str_eq(p->id, answer->id)) {
		status = gw_refuse(why, "the answer is to another request");
	}
	if (status == GW_STATUS_NONE) {
		status = add_params(p, why, values, HTTP_IN_ANSWER);
	}
	if (status == GW_STATUS_NONE) {
		status = read_body(p, why, answer, is_onem2m);
	}
	p->id = gw_arena_str(p->arena, answer->id);
	return status;
}
