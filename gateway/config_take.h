#pragma once

/*
 * Config take - what a text in the configuration means.
 *
 * Each taker writes the value to where it goes, or tells what is wrong and
 * what is allowed, as a sentence that begins with the text.  Texts are
 * borrowed, and never empty.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"

struct gw_bounds {
	uint64_t min;
	uint64_t max;
};

/* What is wrong with a value. */
struct gw_wrong {
	const char *shown; // given: how its text is shown; NULL: as it is
	char text[256];    // set where something is
};

typedef bool gw_take_fn(struct gw_wrong *wrong, void *to, const char *text,
			struct gw_bounds bounds);

gw_take_fn gw_take_text;           // const char *
gw_take_fn gw_take_cse_id;         // const char *
gw_take_fn gw_take_sp_id;          // const char *
gw_take_fn gw_take_name;           // const char *
gw_take_fn gw_take_address;        // const char *
gw_take_fn gw_take_url;            // const char *; a scheme some binding has
gw_take_fn gw_take_broker_url;     // const char *; mqtt or mqtts
gw_take_fn gw_take_header;         // const char *
gw_take_fn gw_take_boolean;        // bool
gw_take_fn gw_take_port;           // uint16_t
gw_take_fn gw_take_count;          // size_t
gw_take_fn gw_take_number;         // int
gw_take_fn gw_take_share;          // size_t: 1/N is N
gw_take_fn gw_take_size;           // size_t, bytes
gw_take_fn gw_take_duration;       // int64_t, milliseconds
gw_take_fn gw_take_short_duration; // int, milliseconds
gw_take_fn gw_take_profile;        // const struct gw_profile *
gw_take_fn gw_take_media;          // enum gw_media
gw_take_fn gw_take_mqtt_version;   // enum gw_conf_mqtt
gw_take_fn gw_take_link;           // enum gw_conf_link
gw_take_fn gw_take_own_id_link;    // bool: auto is false, off true
gw_take_fn gw_take_level;          // enum gw_log_level
gw_take_fn gw_take_format;         // bool: whether JSON
gw_take_fn gw_take_told;           // enum gw_told

/* Entries of lists; nothing is written. */
gw_take_fn gw_take_network;
gw_take_fn gw_take_served;
gw_take_fn gw_take_origin;
gw_take_fn gw_take_host;
gw_take_fn gw_take_header_line; // "NAME: VALUE"

/* Note what is wrong with a text.  Returns false. */
bool gw_wrong(struct gw_wrong *wrong, const char *text, const char *fmt, ...)
	GW_PRINTF(3, 4);

/* Room for what the printers below make. */
#define GW_MEASURE_BYTES 32

/* A duration or a size in the largest unit that fits, such as "90s". */
const char *gw_print_duration(char to[GW_MEASURE_BYTES], uint64_t ms);
const char *gw_print_size(char to[GW_MEASURE_BYTES], uint64_t bytes);

/* Words as a list for a sentence: "a, b or c" with " or " as last.  What does
 * not fit is left out. */
void gw_print_list(char *to, size_t size, const char *const *words, size_t n,
		   const char *last);
