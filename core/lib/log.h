#pragma once

/*
 * Log - what a person is told while the gateway runs.
 *
 * One sink for the process, given by gateway/; text or JSON is its choice.
 * Each line has a topic (the room), an event (a stable word that people search
 * for and documents name), and a sentence.  Each .c names its topic once:
 *
 *	#define GW_LOG_TOPIC "ws"
 *	gw_warn("link-lost", "the link to " GW_STR_FMT " is gone", ...);
 *
 * No secrets at any level; no content above debug.  Text from peers may be
 * passed as it is: the sink escapes it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"
#include "core/lib/str.h"

enum gw_log_level {
	GW_LOG_ERROR,
	GW_LOG_WARN,
	GW_LOG_INFO,
	GW_LOG_DEBUG,
};

/* "error", "warn", "info" or "debug" as a level.  False for any other name. */
bool gw_log_level_find(enum gw_log_level *levelp, const char *name);

/* What a line says beside its sentence, so that programs can read it: a text,
 * or a number where that is absent. */
struct gw_log_field {
	const char *name;
	struct gw_str text;
	uint64_t n;
};

/* A line.  All in it is borrowed. */
struct gw_log_record {
	enum gw_log_level level;
	const char *topic; // a literal, as is event
	const char *event;
	const char *message; // a sentence
	const struct gw_log_field *fields;
	size_t n_fields;
	bool is_limited; // its writer sees to it that it floods nothing
};

typedef void gw_log_fn(const struct gw_log_record *record);

/* Send all lines up to this level to sink, from any thread.  NULL keeps
 * silent, which is how a process starts.  Called before threads start. */
void gw_log_use(gw_log_fn *sink, enum gw_log_level level);

bool gw_log_wants(enum gw_log_level level);

/* Write a line with fields, if its level is wanted. */
void gw_log_tell(const struct gw_log_record *record);

/* Lines longer than 1 KiB are cut. */
void gw_log(enum gw_log_level level, const char *topic, const char *event,
	    const char *fmt, ...) GW_PRINTF(4, 5);

#define gw_error(event, ...) gw_log_line(GW_LOG_ERROR, event, __VA_ARGS__)
#define gw_warn(event, ...) gw_log_line(GW_LOG_WARN, event, __VA_ARGS__)
#define gw_info(event, ...) gw_log_line(GW_LOG_INFO, event, __VA_ARGS__)
#define gw_debug(event, ...) gw_log_line(GW_LOG_DEBUG, event, __VA_ARGS__)

/* An expression, so that a line of log adds no depth to the code around it. */
#define gw_log_line(level, event, ...) \
	((void)(gw_log_wants(level) && \
		(gw_log(level, GW_LOG_TOPIC, event, __VA_ARGS__), true)))
