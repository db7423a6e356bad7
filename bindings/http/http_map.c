/*
 * Map - the tables of the HTTP binding.
 */

#include "bindings/http/http_map.h"

#define BOTH (HTTP_IN_REQUEST | HTTP_IN_ANSWER)
#define REQUEST HTTP_IN_REQUEST
#define ANSWER HTTP_IN_ANSWER
#define TEXT(text)                                    \
	{                                             \
		.at = (text), .len = sizeof(text) - 1 \
	}
#define NONE               \
	{                  \
		.at = NULL \
	}

/* TS-0009 6.4.  OMR, PRPI and MSU are no headers of release 3; they are named
 * as the CoAP options of later releases are. */
static const struct http_header headers[] = {
	[HTTP_HOST] = { TEXT("Host"), NONE, GW_FORM_TEXT, REQUEST },
	[HTTP_CONTENT_LENGTH] = { TEXT("Content-Length"), NONE, GW_FORM_TEXT,
				  BOTH },
	[HTTP_CONTENT_TYPE] = { TEXT("Content-Type"), NONE, GW_FORM_TEXT,
				BOTH },
	[HTTP_TRANSFER_ENCODING] = { TEXT("Transfer-Encoding"), NONE,
				     GW_FORM_TEXT, BOTH },
	[HTTP_EXPECT] = { TEXT("Expect"), NONE, GW_FORM_TEXT, REQUEST },
	[HTTP_ACCEPT] = { TEXT("Accept"), NONE, GW_FORM_TEXT, REQUEST },
	[HTTP_WEB_ORIGIN] = { TEXT("Origin"), NONE, GW_FORM_TEXT, REQUEST },
	[HTTP_CORS_METHOD] = { TEXT("Access-Control-Request-Method"), NONE,
			       GW_FORM_TEXT, REQUEST },
	[HTTP_FROM] = { TEXT("X-M2M-Origin"), NONE, GW_FORM_TEXT, BOTH },
	[HTTP_ID] = { TEXT("X-M2M-RI"), NONE, GW_FORM_TEXT, BOTH },
	[HTTP_RELEASE] = { TEXT("X-M2M-RVI"), NONE, GW_FORM_TEXT, BOTH },
	[HTTP_STATUS] = { TEXT("X-M2M-RSC"), NONE, GW_FORM_NUMBER, ANSWER },
	[HTTP_TARGETS] = { TEXT("X-M2M-RTU"), NONE, GW_FORM_URIS, REQUEST },
	[HTTP_TOKENS] = { TEXT("Authorization"), TEXT("tkns"), GW_FORM_TEXTS,
			  REQUEST },
	[HTTP_OT] = { TEXT("X-M2M-OT"), TEXT("ot"), GW_FORM_TEXT, BOTH },
	[HTTP_RQET] = { TEXT("X-M2M-RET"), TEXT("rqet"), GW_FORM_TIME,
			REQUEST },
	[HTTP_RSET] = { TEXT("X-M2M-RST"), TEXT("rset"), GW_FORM_TIME, BOTH },
	[HTTP_OET] = { TEXT("X-M2M-OET"), TEXT("oet"), GW_FORM_TIME, REQUEST },
	[HTTP_EC] = { TEXT("X-M2M-EC"), TEXT("ec"), GW_FORM_NUMBER, BOTH },
	[HTTP_GID] = { TEXT("X-M2M-GID"), TEXT("gid"), GW_FORM_TEXT, REQUEST },
	[HTTP_ATI] = { TEXT("X-M2M-ATI"), TEXT("ati"), GW_FORM_TOKENS, ANSWER },
	[HTTP_CNST] = { TEXT("X-M2M-CTS"), TEXT("cnst"), GW_FORM_NUMBER,
			ANSWER },
	[HTTP_CNOT] = { TEXT("X-M2M-CTO"), TEXT("cnot"), GW_FORM_NUMBER,
			ANSWER },
	[HTTP_VSI] = { TEXT("X-M2M-VSI"), TEXT("vsi"), GW_FORM_TEXT, BOTH },
	[HTTP_AUS] = { TEXT("X-M2M-AS"), TEXT("aus"), GW_FORM_TEXTS, REQUEST },
	[HTTP_ASRI] = { TEXT("X-M2M-ASRI"), TEXT("asri"), GW_FORM_BOOLEAN,
			ANSWER },
	[HTTP_OMR] = { TEXT("X-M2M-OMR"), TEXT("omr"), GW_FORM_TEXTS, REQUEST },
	[HTTP_PRPI] = { TEXT("X-M2M-PRPI"), TEXT("prpi"), GW_FORM_TEXT,
			REQUEST },
	[HTTP_MSU] = { TEXT("X-M2M-MSU"), TEXT("msu"), GW_FORM_TEXT, REQUEST },
};

/* Names that peers use and no text defines; only ever read. */
static const struct {
	struct gw_str name;
	enum http_header_id id;
} aliases[] = {
	{ TEXT("X-M2M-CNST"), HTTP_CNST },
	{ TEXT("X-M2M-CNOT"), HTTP_CNOT },
	{ TEXT("X-M2M-RQET"), HTTP_RQET },
	{ TEXT("X-M2M-RSET"), HTTP_RSET },
};

static const struct {
	struct gw_str name;
	enum gw_op op;
} methods[] = {
	{ TEXT("POST"), GW_OP_CREATE },
	{ TEXT("GET"), GW_OP_RETRIEVE },
	{ TEXT("PUT"), GW_OP_UPDATE },
	{ TEXT("DELETE"), GW_OP_DELETE },
};

/* TS-0009 6.4.7; the first row of each kind is the one we write.  The types of
 * whole primitives (preq, prsp) are not among them: a body is never one. */
static const struct {
	struct gw_str name;
	enum gw_media media;
} media_types[] = {
	{ TEXT("application/json"), GW_MEDIA_JSON },
	{ TEXT("application/cbor"), GW_MEDIA_CBOR },
	{ TEXT("application/xml"), GW_MEDIA_XML },
	{ TEXT("application/vnd.onem2m-res+json"), GW_MEDIA_JSON },
	{ TEXT("application/vnd.onem2m-res+cbor"), GW_MEDIA_CBOR },
	{ TEXT("application/vnd.onem2m-res+xml"), GW_MEDIA_XML },
	{ TEXT("application/vnd.onem2m-ntfy+json"), GW_MEDIA_JSON },
	{ TEXT("application/vnd.onem2m-ntfy+cbor"), GW_MEDIA_CBOR },
	{ TEXT("application/vnd.onem2m-ntfy+xml"), GW_MEDIA_XML },
};

/* What an answer without X-M2M-RSC means; 200 to 202 depend on the request. */
static const struct {
	unsigned http;
	enum gw_status status;
} derived[] = {
	{ 400, GW_STATUS_BAD_REQUEST },
	{ 401, GW_STATUS_ORIGINATOR_NOT_AUTHENTICATED },
	{ 403, GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE },
	{ 404, GW_STATUS_NOT_FOUND },
	{ 405, GW_STATUS_OPERATION_NOT_ALLOWED },
	{ 406, GW_STATUS_NOT_ACCEPTABLE },
	{ 409, GW_STATUS_CONFLICT },
	{ 415, GW_STATUS_UNSUPPORTED_MEDIA_TYPE },
	{ 500, GW_STATUS_INTERNAL_SERVER_ERROR },
	{ 501, GW_STATUS_NOT_IMPLEMENTED },
	{ 502, GW_STATUS_TARGET_NOT_REACHABLE },
	{ 503, GW_STATUS_TARGET_NOT_REACHABLE },
	{ 504, GW_STATUS_REQUEST_TIMEOUT },
};

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

const struct http_header *http_header(enum http_header_id id)
{
	return &headers[id];
}

/* Most names of one length begin alike, so the last letter is looked at first;
 * and most peers write them in the case of the texts. */
static bool is_name(struct gw_str a, struct gw_str b)
{
	return a.len == b.len && a.len > 0 &&
	       ((a.at[a.len - 1] ^ b.at[b.len - 1]) & ~0x20) == 0 &&
	       (gw_str_eq(a, b) || gw_str_eq_nocase(a, b));
}

enum http_header_id http_header_find(struct gw_str name)
{
	for (size_t i = 0; i < N_OF(headers); i++) {
		if (is_name(headers[i].name, name)) {
			return (enum http_header_id)i;
		}
	}
	for (size_t i = 0; i < N_OF(aliases); i++) {
		if (is_name(aliases[i].name, name)) {
			return aliases[i].id;
		}
	}
	return HTTP_N_HEADERS;
}

enum http_header_id http_header_of(struct gw_str param, unsigned where)
{
	for (size_t i = 0; i < N_OF(headers); i++) {
		if ((headers[i].where & where) != 0 &&
		    gw_str_is_present(headers[i].param) &&
		    gw_str_eq(headers[i].param, param)) {
			return (enum http_header_id)i;
		}
	}
	return HTTP_N_HEADERS;
}

/* A list may be spread over several lines (RFC 9110 5.3). */
static bool take_accept(struct http_values *values, struct gw_str value)
{
	for (size_t i = 0; i < HTTP_ACCEPT_LINES_MAX; i++) {
		if (!gw_str_is_present(values->accept[i])) {
			values->accept[i] = gw_str_trim(value);
			return true;
		}
	}
	return false;
}

bool http_values_take(struct http_values *values, struct http_field field)
{
	enum http_header_id id = http_header_find(field.name);

	if (id == HTTP_N_HEADERS) {
		return true;
	}
	if (id == HTTP_ACCEPT) {
		return take_accept(values, field.value);
	}
	if (gw_str_is_present(values->of[id])) {
		return false;
	}
	values->of[id] = gw_str_trim(field.value);
	return true;
}

enum gw_op http_op_of(struct gw_str method)
{
	for (size_t i = 0; i < N_OF(methods); i++) {
		if (gw_str_eq(methods[i].name, method)) {
			return methods[i].op;
		}
	}
	return GW_OP_NONE;
}

const char *http_method_of(enum gw_op op)
{
	for (size_t i = 0; i < N_OF(methods); i++) {
		if (methods[i].op == op) {
			return methods[i].name.at;
		}
	}
	return "POST"; /* a NOTIFY */
}

enum gw_media http_media_of(struct gw_str type)
{
	for (size_t i = 0; i < N_OF(media_types); i++) {
		if (gw_str_eq_nocase(media_types[i].name, type)) {
			return media_types[i].media;
		}
	}
	return GW_MEDIA_NONE;
}

const char *http_media_name(enum gw_media media)
{
	for (size_t i = 0; i < N_OF(media_types); i++) {
		if (media_types[i].media == media) {
			return media_types[i].name.at;
		}
	}
	return NULL;
}

static unsigned status_of_class(enum gw_status status)
{
	switch ((int)status / 1000) {
	case 1:
		return 202;
	case 2:
		return 200;
	case 4:
		return 400;
	default:
		return 500;
	}
}

unsigned http_status_of(enum gw_status status)
{
	switch ((int)status) {
#define HTTP_STATUS(name, http) \
	case GW_STATUS_##name:  \
		return http;
#include "bindings/http/http_status.def"
#undef HTTP_STATUS
	default:
		return status_of_class(status);
	}
}

static enum gw_status derive_accepted(unsigned response_type)
{
	switch (response_type) {
	case 1:
		return GW_STATUS_ACCEPTED_FOR_NONBLOCKING_SYNCH;
	case 2:
		return GW_STATUS_ACCEPTED_FOR_NONBLOCKING_ASYNCH;
	default:
		return GW_STATUS_ACCEPTED;
	}
}

/* Whether the asker wanted no answer yet (rt 1 and 2). */
static bool is_deferred(unsigned response_type)
{
	return response_type == 1 || response_type == 2;
}

static enum gw_status derive_success(enum gw_op op)
{
	switch (op) {
	case GW_OP_CREATE:
		return GW_STATUS_CREATED;
	case GW_OP_UPDATE:
		return GW_STATUS_UPDATED;
	case GW_OP_DELETE:
		return GW_STATUS_DELETED;
	default:
		return GW_STATUS_OK;
	}
}

static enum gw_status derive_by_class(unsigned status)
{
	if (status < 400) {
		/* A redirection: the target is not where we were told. */
		return GW_STATUS_TARGET_NOT_REACHABLE;
	}
	return status < 500 ? GW_STATUS_BAD_REQUEST
			    : GW_STATUS_INTERNAL_SERVER_ERROR;
}

enum gw_status http_status_derive(unsigned status, enum gw_op op,
				  unsigned response_type)
{
	if (status == 201 && op != GW_OP_NOTIFY) {
		return GW_STATUS_CREATED;
	}
	if (status == 202 &&
	    (op != GW_OP_NOTIFY || is_deferred(response_type))) {
		return derive_accepted(response_type);
	}
	if (status >= 200 && status < 300) {
		return derive_success(op);
	}
	for (size_t i = 0; i < N_OF(derived); i++) {
		if (derived[i].http == status) {
			return derived[i].status;
		}
	}
	return derive_by_class(status);
}
