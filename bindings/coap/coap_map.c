/*
 * Map - the tables of the CoAP binding.
 */

#include "bindings/coap/coap_map.h"

#include <assert.h>

#define TEXT(lit)                      \
	{                              \
		(lit), sizeof(lit) - 1 \
	}
#define BOTH (COAP_IN_REQUEST | COAP_IN_ANSWER)
#define REQUEST COAP_IN_REQUEST
#define ANSWER COAP_IN_ANSWER
#define ROW(name, param, number, legacy, form, where)                  \
	{                                                              \
		TEXT("oneM2M-" name), TEXT(param), (number), (legacy), \
			GW_FORM_##form, (where)                        \
	}

/* TS-0008 table 6.2.2.4.0-1.  Legacy numbers of VSI, GTM and AUS follow the row
 * of the others; the texts that had them were not seen. */
static const struct coap_param params[COAP_N_PARAMS] = {
	[COAP_PARAM_FROM] = ROW("FR", "fr", 279, 256, TEXT, BOTH),
	[COAP_PARAM_ID] = ROW("RQI", "rqi", 283, 257, TEXT, BOTH),
	[COAP_PARAM_RELEASE] = ROW("RVI", "rvi", 271, 271, TEXT, BOTH),
	[COAP_PARAM_STATUS] = ROW("RSC", "rsc", 307, 265, NUMBER, ANSWER),
	[COAP_PARAM_TYPE] = ROW("TY", "ty", 267, 267, NUMBER, REQUEST),
	[COAP_PARAM_TARGETS] = ROW("RTURI", "", 263, 263, URIS, REQUEST),
	[COAP_PARAM_OT] = ROW("OT", "ot", 259, 259, TIME, BOTH),
	[COAP_PARAM_RQET] = ROW("RQET", "rqet", 291, 260, TIME, REQUEST),
	[COAP_PARAM_RSET] = ROW("RSET", "rset", 295, 261, TIME, BOTH),
	[COAP_PARAM_OET] = ROW("OET", "oet", 299, 262, TIME, REQUEST),
	[COAP_PARAM_EC] = ROW("EC", "ec", 303, 264, NUMBER, BOTH),
	[COAP_PARAM_GID] = ROW("GID", "gid", 311, 266, TEXT, REQUEST),
	[COAP_PARAM_CNOT] = ROW("CTO", "cnot", 319, 268, NUMBER, ANSWER),
	[COAP_PARAM_CNST] = ROW("CTS", "cnst", 323, 269, NUMBER, ANSWER),
	[COAP_PARAM_ATI] = ROW("ATI", "ati", 327, 270, TOKENS, ANSWER),
	[COAP_PARAM_VSI] = ROW("VSI", "vsi", 331, 272, TEXT, BOTH),
	[COAP_PARAM_GRTM] = ROW("GTM", "grtm", 335, 273, TEXTS, REQUEST),
	[COAP_PARAM_AUS] = ROW("AUS", "aus", 339, 274, TEXTS, REQUEST),
	[COAP_PARAM_ASRI] = ROW("ASRI", "asri", 275, 275, BOOLEAN, ANSWER),
	[COAP_PARAM_OMR] = ROW("OMR", "omr", 343, 0, TEXTS, REQUEST),
	[COAP_PARAM_PRPI] = ROW("PRPI", "prpi", 347, 0, TEXT, REQUEST),
	[COAP_PARAM_MSU] = ROW("MSU", "msu", 351, 0, TEXT, REQUEST),
};

#define FIRST_NUMBER 256
#define LAST_NUMBER 351

/* What we write stands first of its kind.  10001 and 10000 are numbers of old
 * texts, 10015 and 10016 what they became. */
static const struct {
	uint16_t number;
	enum gw_media media;
} contents[] = {
	{ 50, GW_MEDIA_JSON },    { 60, GW_MEDIA_CBOR },
	{ 41, GW_MEDIA_XML },     { 10001, GW_MEDIA_JSON },
	{ 10015, GW_MEDIA_JSON }, { 10003, GW_MEDIA_JSON },
	{ 10010, GW_MEDIA_CBOR }, { 10011, GW_MEDIA_CBOR },
	{ 10014, GW_MEDIA_XML },  { 10000, GW_MEDIA_XML },
	{ 10002, GW_MEDIA_XML },  { 10016, GW_MEDIA_XML },
};

static const struct {
	uint16_t request;
	uint16_t answer;
	enum gw_media media;
} wholes[] = {
	{ 10007, 10009, GW_MEDIA_JSON },
	{ 10012, 10013, GW_MEDIA_CBOR },
	{ 10006, 10008, GW_MEDIA_XML },
};

/* What an answer without RSC means; success depends on the request. */
static const struct {
	uint8_t code;
	enum gw_status status;
} derived[] = {
	{ COAP_CODE(4, 0), GW_STATUS_BAD_REQUEST },
	{ COAP_CODE(4, 1), GW_STATUS_ORIGINATOR_NOT_AUTHENTICATED },
	{ COAP_CODE(4, 2), GW_STATUS_BAD_REQUEST },
	{ COAP_CODE(4, 3), GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE },
	{ COAP_CODE(4, 4), GW_STATUS_NOT_FOUND },
	{ COAP_CODE(4, 5), GW_STATUS_OPERATION_NOT_ALLOWED },
	{ COAP_CODE(4, 6), GW_STATUS_NOT_ACCEPTABLE },
	{ COAP_CODE(4, 8), GW_STATUS_BAD_REQUEST },
	{ COAP_CODE(4, 9), GW_STATUS_CONFLICT },
	{ COAP_CODE(4, 13), GW_STATUS_BAD_REQUEST },
	{ COAP_CODE(4, 15), GW_STATUS_UNSUPPORTED_MEDIA_TYPE },
	{ COAP_CODE(5, 0), GW_STATUS_INTERNAL_SERVER_ERROR },
	{ COAP_CODE(5, 1), GW_STATUS_NOT_IMPLEMENTED },
	{ COAP_CODE(5, 2), GW_STATUS_TARGET_NOT_REACHABLE },
	{ COAP_CODE(5, 3), GW_STATUS_TARGET_NOT_REACHABLE },
	{ COAP_CODE(5, 4), GW_STATUS_REQUEST_TIMEOUT },
	{ COAP_CODE(5, 5), GW_STATUS_TARGET_NOT_REACHABLE },
};

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

const struct coap_param *coap_param(enum coap_param_id id)
{
	assert(id < COAP_N_PARAMS);
	return &params[id];
}

enum coap_param_id coap_param_of_number(uint16_t number)
{
	if (number < FIRST_NUMBER || number > LAST_NUMBER) {
		return COAP_N_PARAMS;
	}
	for (size_t i = 0; i < N_OF(params); i++) {
		if (params[i].number == number ||
		    params[i].legacy_number == number) {
			return (enum coap_param_id)i;
		}
	}
	return COAP_N_PARAMS;
}

enum coap_param_id coap_param_of_name(struct gw_str name, unsigned where)
{
	for (size_t i = 0; i < N_OF(params); i++) {
		if ((params[i].where & where) != 0 && params[i].param.len > 0 &&
		    gw_str_eq(params[i].param, name)) {
			return (enum coap_param_id)i;
		}
	}
	return COAP_N_PARAMS;
}

/* Whether there is a parameter in an option without a value: zero, an empty
 * list of targets, or an originator whose name is to be chosen.  Any other is a
 * text that some clients write although they have none. */
static bool may_be_empty(enum coap_param_id id)
{
	return params[id].form == GW_FORM_NUMBER || id == COAP_PARAM_TARGETS ||
	       id == COAP_PARAM_FROM;
}

static void take(struct coap_values *values, enum coap_param_id id,
		 const struct coap_field *f)
{
	const struct coap_param *param = &params[id];

	if (gw_str_is_present(values->of[id])) {
		values->is_double = true;
	}
	if (f->value.len > 0 || may_be_empty(id)) {
		values->of[id] = f->value;
	}
	if (param->number != param->legacy_number) {
		values->has_current |= f->number == param->number;
		values->has_legacy |= f->number == param->legacy_number;
	}
}

/* The options of RFC 7252 and its kin that one has to understand and that we
 * do; the others that they know are elective. */
static bool is_understood(uint16_t number)
{
	static const uint16_t numbers[] = {
		3,  // Uri-Host
		7,  // Uri-Port
		11, // Uri-Path
		15, // Uri-Query
		17, // Accept
		23, // Block2
		27, // Block1
	};

	for (size_t i = 0; i < N_OF(numbers); i++) {
		if (numbers[i] == number) {
			return true;
		}
	}
	return false;
}

/* Options that may stand several times; all others are bad options when they
 * do (RFC 7252 5.4.5), and elective ones are then passed over. */
static bool is_repeatable(uint16_t number)
{
	return number == 11 || number == 15;
}

void coap_values_take(struct coap_values *values, const struct coap_message *m)
{
	uint16_t last = 0;

	assert(m->n_fields <= COAP_FIELDS_MAX);
	*values = (struct coap_values){ 0 };
	for (size_t i = 0; i < m->n_fields; i++) {
		const struct coap_field *f = &m->fields[i];
		enum coap_param_id id = coap_param_of_number(f->number);

		if (id != COAP_N_PARAMS) {
			take(values, id, f);
		} else if (f->number % 2 == 1 &&
			   (!is_understood(f->number) ||
			    (f->number == last && !is_repeatable(last)))) {
			values->unknown = f->number;
		}
		last = f->number;
	}
}

bool coap_format_find(struct coap_format *format, uint32_t number)
{
	for (size_t i = 0; i < N_OF(contents); i++) {
		if (contents[i].number == number) {
			*format = (struct coap_format){ contents[i].media,
							false };
			return true;
		}
	}
	for (size_t i = 0; i < N_OF(wholes); i++) {
		if (wholes[i].request == number || wholes[i].answer == number) {
			*format = (struct coap_format){ wholes[i].media, true };
			return true;
		}
	}
	return false;
}

uint16_t coap_format_of(enum gw_media media)
{
	for (size_t i = 0; i < N_OF(contents); i++) {
		if (contents[i].media == media) {
			return contents[i].number;
		}
	}
	return contents[0].number;
}

uint16_t coap_format_of_whole(enum gw_media media)
{
	size_t i = 0;

	while (i + 1 < N_OF(wholes) && wholes[i].media != media) {
		i++;
	}
	return wholes[i].answer;
}

static uint8_t code_of_class(enum gw_status status)
{
	switch ((int)status / 1000) {
	case 1:
	case 2:
		return COAP_CODE(2, 4);
	case 4:
		return COAP_CODE(4, 0);
	default:
		return COAP_CODE(5, 0);
	}
}

/* 2.05 has a content, and that of a notification's answer is empty. */
static uint8_t code_of_ok(enum gw_op op)
{
	return op == GW_OP_RETRIEVE ? COAP_CODE(2, 5) : COAP_CODE(2, 4);
}

uint8_t coap_code_of(enum gw_status status, enum gw_op op)
{
	if (status == GW_STATUS_OK) {
		return code_of_ok(op);
	}
	switch ((int)status) {
#define COAP_STATUS(name, code) \
	case GW_STATUS_##name:  \
		return COAP_CODE((code) / 100, (code) % 100);
#include "bindings/coap/coap_status.def"
#undef COAP_STATUS
	default:
		return code_of_class(status);
	}
}

static enum gw_status derive_changed(enum gw_op op)
{
	return op == GW_OP_UPDATE ? GW_STATUS_UPDATED : GW_STATUS_OK;
}

static enum gw_status derive_success(uint8_t code, enum gw_op op)
{
	if (op == GW_OP_NOTIFY) {
		return GW_STATUS_OK;
	}
	switch (code) {
	case COAP_CODE(2, 1):
		return GW_STATUS_CREATED;
	case COAP_CODE(2, 2):
		return GW_STATUS_DELETED;
	case COAP_CODE(2, 4):
		return derive_changed(op);
	default:
		return GW_STATUS_OK;
	}
}

/* What a 2.01 or 2.04 stands for when the request was non-blocking. */
static enum gw_status derive_accepted(unsigned response_type)
{
	return response_type == 1 ? GW_STATUS_ACCEPTED_FOR_NONBLOCKING_SYNCH
				  : GW_STATUS_ACCEPTED_FOR_NONBLOCKING_ASYNCH;
}

enum gw_status coap_code_derive(uint8_t code, enum gw_op op,
				unsigned response_type)
{
	if (code >> 5 == 2) {
		return response_type == 1 || response_type == 2
			       ? derive_accepted(response_type)
			       : derive_success(code, op);
	}
	for (size_t i = 0; i < N_OF(derived); i++) {
		if (derived[i].code == code) {
			return derived[i].status;
		}
	}
	return code >> 5 == 4 ? GW_STATUS_BAD_REQUEST
			      : GW_STATUS_INTERNAL_SERVER_ERROR;
}
