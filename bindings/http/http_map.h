#pragma once

/*
 * Map - the tables of the HTTP binding: methods, headers, media types, status
 * codes (TS-0009 clauses 6.2 to 6.4).
 *
 * Plain data and look-ups.  All names of headers are compared without regard
 * to case; everything else as it is written.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/codec/form.h"
#include "core/lib/str.h"
#include "core/primitive.h"

/* The headers that mean something here; each may stand once in a message,
 * but for Accept. */
enum http_header_id {
	HTTP_HOST,
	HTTP_CONTENT_LENGTH,
	HTTP_CONTENT_TYPE,
	HTTP_TRANSFER_ENCODING,
	HTTP_EXPECT,
	HTTP_ACCEPT,
	HTTP_WEB_ORIGIN, // of a web page; X-M2M-Origin is HTTP_FROM
	HTTP_CORS_METHOD,
	HTTP_FROM,
	HTTP_ID,
	HTTP_RELEASE,
	HTTP_STATUS,
	HTTP_TARGETS, // rt.nu
	HTTP_TOKENS,  // Authorization
	HTTP_FIRST_PARAM,
	HTTP_OT = HTTP_FIRST_PARAM,
	HTTP_RQET,
	HTTP_RSET,
	HTTP_OET,
	HTTP_EC,
	HTTP_GID,
	HTTP_ATI,
	HTTP_CNST,
	HTTP_CNOT,
	HTTP_VSI,
	HTTP_AUS,
	HTTP_ASRI,
	HTTP_OMR,
	HTTP_PRPI,
	HTTP_MSU,
	HTTP_N_HEADERS, // also: none of these
};

enum {
	HTTP_IN_REQUEST = 1,
	HTTP_IN_ANSWER = 2
};

struct http_header {
	struct gw_str name;  // as we write it; terminated
	struct gw_str param; // short name; absent: no parameter of its own
	enum gw_form form;
	unsigned where; // HTTP_IN_REQUEST, HTTP_IN_ANSWER
};

const struct http_header *http_header(enum http_header_id id);

/* The header of that name, aliases included; HTTP_N_HEADERS for all others. */
enum http_header_id http_header_find(struct gw_str name);

/* The header that carries a parameter in requests or answers, or
 * HTTP_N_HEADERS. */
enum http_header_id http_header_of(struct gw_str param, unsigned where);

/* One line of a head as it came. */
struct http_field {
	struct gw_str name;
	struct gw_str value;
};

/* As many lines of Accept as one message may have. */
#define HTTP_ACCEPT_LINES_MAX 4

/* The values of the known headers of one message; absent ones are absent. */
struct http_values {
	struct gw_str of[HTTP_N_HEADERS];
	struct gw_str accept[HTTP_ACCEPT_LINES_MAX]; // of[HTTP_ACCEPT] is none
};

/* Keep the value if the header is a known one, without blanks around it.
 * False when it stands more often than it may. */
bool http_values_take(struct http_values *values, struct http_field field);

/* Methods (TS-0009 6.2.1).  POST is a CREATE; without ty it is a NOTIFY, which
 * only the decoder can tell. */
enum gw_op http_op_of(struct gw_str method);
const char *http_method_of(enum gw_op op);

/* The media type of content; NONE when it is none of oneM2M's. */
enum gw_media http_media_of(struct gw_str type);

/* How content of this kind is named by us; NULL for NONE. */
const char *http_media_name(enum gw_media media);

/* The HTTP status of a response status code (TS-0009 table 6.3.2-1); one
 * without a row gets that of its class. */
unsigned http_status_of(enum gw_status status);

/* What an answer is written with that says that there is no room, and when who
 * asked may try again. */
#define HTTP_OVERLOAD "503"
#define HTTP_OVERLOAD_STATUS 503U
#define HTTP_RETRY_AFTER_S "2"

/* The response status code of an HTTP answer without X-M2M-RSC. */
enum gw_status http_status_derive(unsigned status, enum gw_op op,
				  unsigned response_type);
