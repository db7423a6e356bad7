#pragma once

/*
 * Map - the tables of the CoAP binding: options, content formats, codes
 * (TS-0008 clauses 6.2 to 6.4).
 */

#include <stdbool.h>
#include <stddef.h>

#include "bindings/coap/coap_message.h"
#include "core/codec/form.h"
#include "core/primitive.h"

/* The options of oneM2M; each may stand once in a message. */
enum coap_param_id {
	COAP_PARAM_FROM,
	COAP_PARAM_ID,
	COAP_PARAM_RELEASE,
	COAP_PARAM_STATUS,
	COAP_PARAM_TYPE,
	COAP_PARAM_TARGETS, // rt.nu
	COAP_PARAM_OT,      // the first that is only a parameter
	COAP_PARAM_RQET,
	COAP_PARAM_RSET,
	COAP_PARAM_OET,
	COAP_PARAM_EC,
	COAP_PARAM_GID,
	COAP_PARAM_CNOT,
	COAP_PARAM_CNST,
	COAP_PARAM_ATI,
	COAP_PARAM_VSI,
	COAP_PARAM_GRTM,
	COAP_PARAM_AUS,
	COAP_PARAM_ASRI,
	COAP_PARAM_OMR,
	COAP_PARAM_PRPI,
	COAP_PARAM_MSU,
	COAP_N_PARAMS, // also: none of these
};

enum {
	COAP_IN_REQUEST = 1,
	COAP_IN_ANSWER = 2
};

struct coap_param {
	struct gw_str name;     // of the option, for people
	struct gw_str param;    // short name
	uint16_t number;        // TS-0008 from V3.7.0 on
	uint16_t legacy_number; // before; 0: none
	enum gw_form form;      // a number is in binary
	unsigned where;         // COAP_IN_REQUEST, COAP_IN_ANSWER
};

const struct coap_param *coap_param(enum coap_param_id id);

/* The option with that number, of either generation. */
enum coap_param_id coap_param_of_number(uint16_t number);

/* The option that carries a parameter in requests or answers. */
enum coap_param_id coap_param_of_name(struct gw_str name, unsigned where);

/* The values of the oneM2M options of one message; absent ones are absent. */
struct coap_values {
	struct gw_str of[COAP_N_PARAMS];
	bool has_legacy;  // one has a number that only the old texts know
	bool has_current; // or that only the new ones do
	uint16_t unknown; // a critical option that we do not know; 0: none
	bool is_double;   // an option stands twice that may not
};

/* Sort the options of a message. */
void coap_values_take(struct coap_values *values, const struct coap_message *m);

/* What a Content-Format or Accept says (TS-0008 table 6.2.2.2-1). */
struct coap_format {
	enum gw_media media;
	bool is_whole; // a whole primitive, not content (preq, prsp)
};

/* False for a number that is none of oneM2M's. */
bool coap_format_find(struct coap_format *format, uint32_t number);

/* How we write content, and an answer that is a whole primitive. */
uint16_t coap_format_of(enum gw_media media);
uint16_t coap_format_of_whole(enum gw_media media);

/* The code of an answer to a request of this kind; an unknown status gets that
 * of its class. */
uint8_t coap_code_of(enum gw_status status, enum gw_op op);

/* The response status code of an answer without oneM2M-RSC. */
enum gw_status coap_code_derive(uint8_t code, enum gw_op op,
				unsigned response_type);
