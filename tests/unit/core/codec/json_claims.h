#pragma once

/*
 * JSON claims - what tests of the scanner and the codec say about a text.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/codec/codec_json.h"
#include "core/codec/json.h"

/* Scan a copy of just the size of text, so that the sanitizer sees a read
 * beyond it. */
bool json_scans(struct gw_str text, struct gw_json_error *error);

/* The text passes, and cJSON takes it too. */
void json_passes_text(struct gw_str text);

/* The value passes, alone and as a member, whose value is then the same
 * bytes. */
void json_passes(const char *value);

/* The text is refused for this reason, at this byte. */
void json_refused_text(struct gw_str text, const char *reason, size_t at);
void json_refused(const char *text, const char *reason, size_t at);

/* The primitive that the text is read as.  The caller frees it. */
struct gw_primitive *json_primitive(const char *text);

/* It is written as this text. */
void json_written(const struct gw_primitive *p, const struct gw_codec_hop *hop,
		  const char *json);
