/*
 * Log - what a person is told while the gateway runs.
 *
 * The sink is the one thing here that belongs to the process and not to a
 * gateway: a process has one standard error.
 */

#include "core/lib/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES 1024

static gw_log_fn *log_sink;
static atomic_int log_level = -1;

bool gw_log_level_find(enum gw_log_level *levelp, const char *name)
{
	static const char *const names[] = {
		[GW_LOG_ERROR] = "error",
		[GW_LOG_WARN] = "warn",
		[GW_LOG_INFO] = "info",
		[GW_LOG_DEBUG] = "debug",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], name) == 0) {
			*levelp = (enum gw_log_level)i;
			return true;
		}
	}
	return false;
}

void gw_log_use(gw_log_fn *sink, enum gw_log_level level)
{
	log_sink = sink;
	log_level = sink ? (int)level : -1;
}

bool gw_log_wants(enum gw_log_level level)
{
	return (int)level <=
	       atomic_load_explicit(&log_level, memory_order_relaxed);
}

void gw_log_tell(const struct gw_log_record *record)
{
	if (gw_log_wants(record->level)) {
		assert(log_sink);
		assert(record->topic && record->event && record->message);
		log_sink(record);
	}
}

void gw_log(enum gw_log_level level, const char *topic, const char *event,
	    const char *fmt, ...)
{
	char message[LINE_BYTES];
	va_list args;

	if (!gw_log_wants(level)) {
		return;
	}
	va_start(args, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	gw_log_tell(&(struct gw_log_record){
		.level = level,
		.topic = topic,
		.event = event,
		.message = message,
	});
}
