#pragma once

/*
 * Value - parameters between the bytes of options and their JSON form, where
 * that differs from plain text (core/codec/form.h), and the primitive.
 */

#include "bindings/coap/coap_map.h"
#include "core/codec/codec_json.h"

struct gw_arena;

/* The JSON form of an option's value, in the arena or a slice.  Absent when it
 * has none, or the arena is short. */
struct gw_str coap_value_read(struct gw_arena *a, enum gw_form form,
			      struct gw_str value);

/* A number as an option carries it: binary, or in digits as old peers write
 * it.  False when it is neither. */
bool coap_value_number(uint32_t *np, struct gw_str value);

/* The text of a JSON list as an option writes it, in the arena.  Absent when
 * there is no such text: another type, or an item that holds the letter that
 * joins items. */
struct gw_str coap_value_list(struct gw_arena *a, enum gw_form form,
			      struct gw_str json);

/* A timestamp without its fraction (TS-0008 6.2.2.4), which is what those
 * options hold: the next full second of a timestamp, or of milliseconds from
 * now_ms on.  What is neither stays as it is. */
struct gw_str coap_value_time(struct gw_arena *a, struct gw_str json,
			      int64_t now_ms);

/* Text with its percent-encoding resolved; a '%' that stands for nothing stays.
 * Absent when the arena is short. */
struct gw_str coap_unescape(struct gw_arena *a, struct gw_str text);

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
