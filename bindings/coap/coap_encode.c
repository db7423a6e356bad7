/*
 * Encode - from primitives to CoAP.
 */

#include "bindings/coap/coap_encode.h"

#include <assert.h>
#include <coap3/coap.h>

#include "bindings/coap/coap_path.h"
#include "bindings/coap/coap_payload.h"
#include "bindings/coap/coap_query.h"
#include "bindings/coap/coap_url.h"
#include "bindings/coap/coap_value.h"
#include "core/address.h"
#include "core/codec/content.h"
#include "core/lib/arena.h"
#include "core/status.h"

/* TS-0008 table 6.2.2.4.0-1. */
#define VALUE_BYTES_MAX 255
#define TARGETS_BYTES_MAX 512

struct writer {
	struct coap_message *m;
	struct gw_reason *why;
	struct gw_arena *arena;
	bool is_legacy;
	int64_t now_ms;
};

static enum gw_status short_of_memory(struct gw_reason *why)
{
	(void)gw_refuse(why, "the message is too large");
	return GW_STATUS_INTERNAL_SERVER_ERROR;
}

static uint16_t number_of(const struct writer *w, enum coap_param_id id)
{
	const struct coap_param *param = coap_param(id);

	return w->is_legacy && param->legacy_number ? param->legacy_number
						    : param->number;
}

static enum gw_status cannot(struct writer *w, enum coap_param_id id)
{
	return gw_refuse(w->why, GW_STR_FMT " has no form in an option",
			 GW_STR_ARG(coap_param(id)->param));
}

static enum gw_status add_text(struct writer *w, enum coap_param_id id,
			       struct gw_str value)
{
	size_t max = id == COAP_PARAM_GRTM ? TARGETS_BYTES_MAX
					   : VALUE_BYTES_MAX;

	if (!gw_str_is_present(value)) {
		return GW_STATUS_NONE;
	}
	if (value.len > max || !gw_text_is_clean(w->arena, value)) {
		return gw_refuse(w->why,
				 "what would be " GW_STR_FMT " is not for it",
				 GW_STR_ARG(coap_param(id)->name));
	}
	coap_message_add(w->m, number_of(w, id), value);
	return GW_STATUS_NONE;
}

static enum gw_status add_number(struct writer *w, enum coap_param_id id,
				 struct gw_str json)
{
	int64_t n = 0;

	if (!gw_json_integer(&n, json) || n < 0 || n > UINT16_MAX) {
		return cannot(w, id);
	}
	coap_message_add_uint(w->m, number_of(w, id), (uint32_t)n);
	return GW_STATUS_NONE;
}

/* A parameter whose JSON form an option carries. */
static enum gw_status add_json(struct writer *w, enum coap_param_id id,
			       struct gw_str json)
{
	enum gw_form form = coap_param(id)->form;
	struct gw_str text = { 0 };

	switch (form) {
	case GW_FORM_NUMBER:
		return add_number(w, id, json);
	case GW_FORM_TEXTS:
	case GW_FORM_NUMBERS:
	case GW_FORM_URIS:
	case GW_FORM_TOKENS:
		text = coap_value_list(w->arena, form, json);
		break;
	case GW_FORM_TIME:
		text = coap_value_time(w->arena, json, w->now_ms);
		break;
	default:
		text = gw_form_text(w->arena, json);
		break;
	}
	return gw_str_is_present(text) ? add_text(w, id, text) : cannot(w, id);
}

static enum gw_status add_params(struct writer *w, const struct gw_primitive *p,
				 unsigned where)
{
	enum gw_status status = GW_STATUS_NONE;

	for (const struct gw_param *param = p->params; param && !status;
	     param = param->next) {
		enum coap_param_id id = coap_param_of_name(param->name, where);

		if (id != COAP_N_PARAMS) {
			status = add_json(w, id, param->value);
		}
	}
	return status;
}

static enum gw_status
add_identity(struct writer *w, const struct gw_primitive *p, struct gw_str from)
{
	enum gw_status status = add_text(w, COAP_PARAM_ID, p->id);

	if (status == GW_STATUS_NONE) {
		status = add_text(w, COAP_PARAM_RELEASE, p->release);
	}
	return status == GW_STATUS_NONE ? add_text(w, COAP_PARAM_FROM, from)
					: status;
}

static enum gw_status check_size(struct writer *w)
{
	if (!w->m->is_short &&
	    coap_message_head_bytes(w->m) <= COAP_HEAD_BYTES_MAX) {
		return GW_STATUS_NONE;
	}
	return gw_refuse(w->why, "its parameters do not fit into a datagram");
}

static bool may_have_location(const struct gw_primitive *answer, enum gw_op op)
{
	return op == GW_OP_CREATE ||
	       answer->status == GW_STATUS_ACCEPTED_FOR_NONBLOCKING_SYNCH ||
	       answer->status == GW_STATUS_ACCEPTED_FOR_NONBLOCKING_ASYNCH;
}

/* Location-Path tells the address of what was created, when the content is
 * m2m:uri or m2m:rce (TS-0008 6.2.3). */
static bool add_location(struct writer *w, const struct gw_primitive *answer)
{
	struct coap_message path;
	struct gw_str address = gw_content_address(answer);

	coap_message_init(&path, COAP_CON, COAP_EMPTY);
	if (address.len == 0 || !coap_path_write(&path, address)) {
		return false;
	}
	for (size_t i = 0; i < path.n_fields; i++) {
		coap_message_add(w->m, COAP_OPTION_LOCATION_PATH,
				 path.fields[i].value);
	}
	return true;
}

static enum gw_status add_payload(struct writer *w, struct gw_bytes *payloadp,
				  const struct gw_primitive *answer,
				  const struct coap_asked *asked)
{
	enum gw_media media = GW_MEDIA_NONE;
	enum gw_status status = GW_STATUS_NONE;

	if (asked->whole_format) {
		status = coap_payload_encode(payloadp, w->why, asked->wants,
					     answer, answer->from);
		coap_message_add_uint(w->m, COAP_OPTION_CONTENT_FORMAT,
				      asked->whole_format);
		return status;
	}
	*payloadp = gw_content_with_tqf(&media, answer);
	if (media != GW_MEDIA_NONE && !payloadp->at) {
		return short_of_memory(w->why);
	}
	if (payloadp->len > 0) {
		coap_message_add_uint(w->m, COAP_OPTION_CONTENT_FORMAT,
				      coap_format_of(media));
	}
	return GW_STATUS_NONE;
}

enum gw_status coap_encode_answer(struct coap_message *m,
				  struct gw_bytes *payloadp,
				  struct gw_reason *why,
				  const struct gw_primitive *answer,
				  const struct coap_asked *asked)
{
	struct writer w = { m, why, answer->arena, asked->is_legacy,
			    asked->now_ms };
	enum gw_status status = GW_STATUS_NONE;
	bool has_location = false;

	assert(!gw_primitive_is_request(answer) && m->n_fields == 0);
	status = add_identity(&w, answer, answer->from);
	m->code = coap_code_of(answer->status, asked->op);
	coap_message_add_uint(m, number_of(&w, COAP_PARAM_STATUS),
			      (uint32_t)answer->status);
	if (status == GW_STATUS_NONE) {
		status = add_params(&w, answer, COAP_IN_ANSWER);
	}
	if (status == GW_STATUS_NONE) {
		status = add_payload(&w, payloadp, answer, asked);
	}
	if (status != GW_STATUS_NONE) {
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	if (answer->is_overload) {
		m->code = COAP_CODE(5, 3);
		coap_message_add_uint(m, COAP_OPTION_MAXAGE, COAP_OVERLOAD_S);
	}
	if (asked->op == GW_OP_RETRIEVE && m->code == COAP_CODE(2, 5)) {
		coap_message_add_uint(m, COAP_OPTION_MAXAGE, 0);
	}
	if (may_have_location(answer, asked->op)) {
		has_location = add_location(&w, answer);
	}
	/* Without a request resource nothing was created (TS-0008 6.4.2). */
	if (answer->status == GW_STATUS_ACCEPTED_FOR_NONBLOCKING_ASYNCH &&
	    !has_location) {
		m->code = COAP_CODE(2, 4);
	}
	return check_size(&w);
}

static bool has_content(enum gw_op op)
{
	return op == GW_OP_CREATE || op == GW_OP_UPDATE || op == GW_OP_NOTIFY;
}

static bool is_blocking(const struct gw_primitive *request)
{
	unsigned type = gw_primitive_response_type(request);

	return type == 0 || type == 3 || type == 5;
}

static uint8_t method_of(enum gw_op op)
{
	switch (op) {
	case GW_OP_RETRIEVE:
		return COAP_GET;
	case GW_OP_UPDATE:
		return COAP_PUT;
	case GW_OP_DELETE:
		return COAP_DELETE;
	default:
		return COAP_POST;
	}
}

/* A POST with ty is a CREATE, and one without a NOTIFY. */
static bool is_unclear(const struct gw_primitive *request)
{
	return request->op == GW_OP_CREATE
		       ? request->type == 0
		       : request->op == GW_OP_NOTIFY && request->type != 0;
}

/* The method, and the operation that the query has to tell (TS-0008 6.2.1). */
static enum gw_op choose_method(struct coap_message *m,
				const struct gw_primitive *request,
				const struct coap_hop *hop)
{
	enum gw_op op = request->op;

	m->code = method_of(op);
	if (hop->ignores_op || (is_blocking(request) && !is_unclear(request))) {
		return GW_OP_NONE;
	}
	m->code = COAP_POST;
	return op;
}

/* Only the list of a partial RETRIEVE can be written without a payload. */
static enum gw_status take_attributes(struct gw_str *listp,
				      struct gw_reason *why,
				      const struct gw_primitive *request,
				      bool is_whole_url)
{
	struct gw_str one = is_whole_url ? (struct gw_str){ 0 }
					 : gw_address_attribute(request->to);

	if (gw_str_is_present(one) &&
	    (request->op != GW_OP_RETRIEVE || one.len == 0)) {
		return gw_refuse(why, "an attribute can only be retrieved");
	}
	if (one.len > 0) {
		struct gw_str quoted = gw_json_quote(request->arena, one);

		*listp = gw_arena_print(request->arena, "[" GW_STR_FMT "]",
					GW_STR_ARG(quoted));
	}
	if (request->content.len == 0 || has_content(request->op)) {
		return GW_STATUS_NONE;
	}
	if (request->op == GW_OP_RETRIEVE && one.len == 0) {
		*listp = gw_content_root(request, GW_STR("m2m:atrl"));
	}
	return gw_str_is_present(*listp) && one.len == 0
		       ? GW_STATUS_NONE
		       : gw_refuse(why, "a %s has no content in CoAP",
				   gw_op_name(request->op));
}

/* ct= of a notification target names the serialisation and is not part of the
 * URL (TS-0004 7.5.1.2). */
static bool add_url_query(struct coap_message *m, struct gw_arena *a,
			  struct gw_str query)
{
	struct gw_str rest = query;

	while (rest.len > 0) {
		struct gw_str field = gw_str_cut(&rest, '&');

		if (!gw_content_is_ct(field) &&
		    !coap_path_add_fields(m, a, field)) {
			return false;
		}
	}
	return true;
}

static enum gw_status add_target(struct writer *w,
				 const struct gw_primitive *request,
				 const struct coap_hop *hop)
{
	const struct coap_url *url = hop->url;
	bool is_good = true;

	if (url->is_name) {
		coap_message_add(w->m, COAP_OPTION_URI_HOST,
				 gw_str_from(url->host));
	}
	is_good = coap_path_add_segments(w->m, w->arena, url->path);
	if (is_good && !hop->is_whole_url) {
		is_good = gw_text_is_clean(w->arena, request->to) &&
			  coap_path_write(w->m, request->to);
	}
	is_good = is_good && add_url_query(w->m, w->arena, url->query);
	return is_good ? GW_STATUS_NONE
		       : gw_refuse(w->why, "the target has no path in CoAP");
}

static enum gw_status add_targets(struct writer *w,
				  const struct gw_primitive *request)
{
	struct gw_str rt = gw_primitive_get(request, GW_STR("rt"));
	struct gw_json_member targets;

	if (gw_json_type_of(rt) != GW_JSON_OBJECT ||
	    !gw_json_get(&targets, rt, GW_STR("nu")) ||
	    targets.type == GW_JSON_NULL) {
		return GW_STATUS_NONE;
	}
	return add_json(w, COAP_PARAM_TARGETS, targets.value);
}

static void add_formats(struct writer *w, const struct gw_primitive *request,
			const struct coap_hop *hop)
{
	enum gw_media wants = hop->accepts ? hop->accepts : request->media;

	if (has_content(request->op)) {
		coap_message_add_uint(w->m, COAP_OPTION_CONTENT_FORMAT,
				      coap_format_of(request->media));
	}
	/* What comes back in XML could not be turned into anything else. */
	if (!gw_content_is_writable(wants)) {
		wants = GW_MEDIA_JSON;
	}
	/* The answer to a notification has no content, and Accept is critical.
	 */
	if (request->op != GW_OP_NOTIFY) {
		coap_message_add_uint(w->m, COAP_OPTION_ACCEPT,
				      coap_format_of(wants));
	}
}

static enum gw_status add_query(struct writer *w,
				const struct gw_primitive *request,
				const struct coap_hop *hop, enum gw_op op)
{
	struct coap_query_style style = {
		.is_joined = hop->has_joined_query,
		.op = op,
	};
	enum gw_status status = take_attributes(&style.attributes, w->why,
						request, hop->is_whole_url);

	return status == GW_STATUS_NONE
		       ? coap_query_write(w->m, w->why, request, &style)
		       : status;
}

enum gw_status coap_encode_request(struct coap_message *m,
				   struct gw_bytes *payloadp,
				   struct gw_reason *why,
				   const struct gw_primitive *request,
				   const struct coap_hop *hop)
{
	struct writer w = { m, why, request->arena, hop->is_legacy,
			    hop->now_ms };
	enum gw_op op = choose_method(m, request, hop);
	struct gw_str from = gw_str_is_present(hop->from) ? hop->from
							  : request->from;
	enum gw_status status = GW_STATUS_NONE;

	assert(gw_primitive_is_request(request) && m->n_fields == 0);
	assert(hop->url);
	*payloadp = (struct gw_bytes){ 0 };
	if (hop->ignores_op && is_unclear(request)) {
		return gw_refuse(why, "it would become another operation");
	}
	status = add_target(&w, request, hop);
	if (status == GW_STATUS_NONE) {
		status = add_query(&w, request, hop, op);
	}
	if (status == GW_STATUS_NONE) {
		status = add_identity(&w, request, from);
	}
	if (status == GW_STATUS_NONE && request->type != 0) {
		coap_message_add_uint(m, number_of(&w, COAP_PARAM_TYPE),
				      request->type);
	}
	if (status == GW_STATUS_NONE) {
		status = add_targets(&w, request);
	}
	if (status == GW_STATUS_NONE) {
		status = add_params(&w, request, COAP_IN_REQUEST);
	}
	if (status != GW_STATUS_NONE) {
		return status;
	}
	add_formats(&w, request, hop);
	if (has_content(request->op)) {
		*payloadp = request->content;
	}
	return check_size(&w);
}
