#pragma once

/*
 * Query - the parameters that travel in Uri-Query options (TS-0008 6.2.2.3).
 *
 * One field stands in each option; several may stand in one, joined by '&', as
 * tinyIoT writes them.
 */

#include "bindings/coap/coap_message.h"
#include "core/codec/query.h"

/* Read the Uri-Query options of m into the parameters of p.  Returns
 * GW_STATUS_NONE, or the status with *why filled in. */
enum gw_status coap_query_read(struct gw_primitive *p, struct gw_query *query,
			       struct gw_reason *why,
			       const struct coap_message *m) GW_MUST_CHECK;

/* How a query is to be written. */
struct coap_query_style {
	bool is_joined;           // all fields in one option, joined by '&'
	enum gw_op op;            // to be told in op=; NONE: not
	struct gw_str attributes; // JSON array to be written as atrl, or absent
};

/* Add the parameters of p that travel in a query to m.  Their text is in the
 * arena of p.  Returns like coap_query_read(). */
enum gw_status
coap_query_write(struct coap_message *m, struct gw_reason *why,
		 const struct gw_primitive *p,
		 const struct coap_query_style *style) GW_MUST_CHECK;
