/*
 * Decode - answers.
 */

#include <assert.h>
#include <coap3/coap.h>

#include "bindings/coap/coap_decode.h"
#include "bindings/coap/coap_payload.h"
#include "bindings/coap/coap_value.h"
#include "core/codec/content.h"
#include "core/lib/arena.h"

#define ROOM_BYTES ((size_t)1024)
#define STATUS_MAX 9999
#define STATUS_MIN 1000

static bool read_status(struct gw_primitive *p,
			const struct coap_values *values,
			const struct coap_answer *answer)
{
	struct gw_str value = values->of[COAP_PARAM_STATUS];
	uint32_t n = 0;

	if (value.len > 0 && coap_value_number(&n, value) && n >= STATUS_MIN &&
	    n <= STATUS_MAX) {
		p->status = (enum gw_status)n;
		return true;
	}
	p->status = coap_code_derive(
		answer->m->code, answer->request->op,
		gw_primitive_response_type(answer->request));
	return false;
}

/* The release-5 form.  What the options say becomes part of it.  False when it
 * is no answer. */
static bool read_whole(struct gw_primitive **pp,
		       const struct coap_answer *answer, enum gw_media media)
{
	struct gw_primitive *q = NULL;
	struct gw_reason why = { "" };
	struct coap_payload payload = {
		.media = media,
		.bytes = answer->m->payload,
		.head = *pp,
		.limit_bytes = answer->limit_bytes,
	};

	if (coap_payload_decode(&q, &why, &payload) != GW_STATUS_NONE ||
	    (int)q->status < STATUS_MIN || (int)q->status > STATUS_MAX) {
		gw_primitive_free(q);
		return false;
	}
	gw_primitive_free(*pp);
	*pp = q;
	return true;
}

static enum gw_status read_body(struct gw_primitive **pp, struct gw_reason *why,
				const struct coap_answer *answer,
				bool is_onem2m)
{
	struct coap_format format = { .media = GW_MEDIA_JSON };
	struct gw_content_body body = {
		.request = answer->request,
		.is_onem2m = is_onem2m,
	};
	uint32_t number = 0;
	bool is_known = true;

	if (answer->m->payload.len == 0) {
		return GW_STATUS_NONE;
	}
	if (coap_message_get_uint(&number, answer->m,
				  COAP_OPTION_CONTENT_FORMAT)) {
		is_known = coap_format_find(&format, number);
	}
	if (is_known &&
	    (format.is_whole ||
	     coap_payload_is_primitive(format.media, answer->m->payload))) {
		if (read_whole(pp, answer, format.media)) {
			return GW_STATUS_NONE;
		}
		/* Who writes primitives is a oneM2M entity. */
		body.is_onem2m = true;
		is_known = false;
	}
	body.media = is_known ? format.media : GW_MEDIA_NONE;
	body.bytes = gw_arena_bytes((*pp)->arena, answer->m->payload);
	return gw_content_take_body(*pp, why, &body);
}

static enum gw_status read_answer(struct gw_primitive **pp,
				  struct gw_reason *why,
				  const struct coap_answer *answer)
{
	struct gw_primitive *p = *pp;
	struct coap_values values;
	bool is_onem2m = false;
	enum gw_status status = GW_STATUS_NONE;

	coap_values_take(&values, answer->m);
	if (values.unknown != 0 || values.is_double || answer->m->is_short) {
		(void)gw_refuse(why, "the answer has a critical option that is "
				     "not known here, or one twice");
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	is_onem2m = read_status(p, &values, answer);
	status = coap_read_identity(p, why, &values);
	if (status == GW_STATUS_NONE) {
		status = coap_read_params(p, why, &values, COAP_IN_ANSWER);
	}
	if (status == GW_STATUS_NONE) {
		status = read_body(pp, why, answer, is_onem2m);
	}
	if (status == GW_STATUS_NONE && (*pp)->id.len > 0 &&
	    gw_str_is_present(answer->id) &&
	    !gw_str_eq((*pp)->id, answer->id)) {
		status = gw_refuse(why, "the answer is to another request");
	}
	return status;
}

enum gw_status coap_decode_answer(struct gw_primitive **pp,
				  struct gw_reason *why,
				  const struct coap_answer *answer)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p =
		gw_primitive_new(ROOM_BYTES, answer->limit_bytes);
	enum gw_status status = GW_STATUS_NONE;

	assert(answer->m && answer->request);
	if (!p) {
		(void)gw_refuse(why, "the gateway is short of memory");
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	status = read_answer(&p, why, answer);
	if (status == GW_STATUS_NONE && gw_arena_is_short(p->arena)) {
		(void)gw_refuse(why, "the answer is too large");
		status = GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	if (status == GW_STATUS_NONE) {
		if (gw_str_is_present(answer->id)) {
			p->id = gw_arena_str(p->arena, answer->id);
		}
		*pp = gw_take(&p);
	}
	return status;
}
