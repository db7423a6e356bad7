#pragma once

/*
 * Params - the options of oneM2M as parts of a primitive, for requests and
 * answers alike.
 */

#include "bindings/coap/coap_map.h"
#include "core/codec/codec_json.h"

/* rqi, rvi and fr, as far as they are there.  Returns GW_STATUS_NONE, or the
 * status with *why filled in. */
enum gw_status
coap_read_identity(struct gw_primitive *p, struct gw_reason *why,
		   const struct coap_values *values) GW_MUST_CHECK;

/* All that are only parameters, of those that stand in requests or answers.
 * The same. */
enum gw_status coap_read_params(struct gw_primitive *p, struct gw_reason *why,
				const struct coap_values *values,
				unsigned where) GW_MUST_CHECK;
