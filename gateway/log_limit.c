/*
 * Log limit - keeps an event that repeats from flooding the log.
 */

#include "gateway/log_limit.h"

#include <string.h>

static size_t first_slot(const char *topic, const char *event)
{
	size_t n = 5381;

	for (; *topic; topic++) {
		n = n * 33 + (unsigned char)*topic;
	}
	for (; *event; event++) {
		n = n * 33 + (unsigned char)*event;
	}
	return n % GW_LOG_LIMIT_EVENTS;
}

/* The event's own entry, or a new one; NULL when all are taken by others. */
static struct gw_log_event *find(struct gw_log_limit *limit, const char *topic,
				 const char *event)
{
	size_t first = first_slot(topic, event);

	for (size_t i = 0; i < GW_LOG_LIMIT_EVENTS; i++) {
		struct gw_log_event *e =
			&limit->events[(first + i) % GW_LOG_LIMIT_EVENTS];

		if (!e->topic) {
			e->topic = topic;
			e->event = event;
			return e;
		}
		if (strcmp(e->event, event) == 0 &&
		    strcmp(e->topic, topic) == 0) {
			return e;
		}
	}
	return NULL;
}

bool gw_log_limit_allows(struct gw_log_limit *limit, enum gw_log_level level,
			 const char *topic, const char *event, int64_t now_ms)
{
	struct gw_log_event *e = find(limit, topic, event);

	if (!e) {
		return true;
	}
	e->level = level;
	if (e->second != now_ms / 1000) {
		e->second = now_ms / 1000;
		e->n_lines = 0;
	}
	if (e->n_lines < GW_LOG_LIMIT_LINES) {
		e->n_lines++;
		return true;
	}
	if (e->n_suppressed++ == 0) {
		limit->n_suppressing++;
	}
	return false;
}

bool gw_log_limit_next(struct gw_log_limit *limit, struct gw_log_event *told,
		       int64_t now_ms)
{
	if (limit->n_suppressing == 0) {
		return false;
	}
	for (size_t i = 0; i < GW_LOG_LIMIT_EVENTS; i++) {
		struct gw_log_event *e = &limit->events[i];

		if (e->n_suppressed > 0 && e->second != now_ms / 1000) {
			*told = *e;
			e->n_suppressed = 0;
			limit->n_suppressing--;
			return true;
		}
	}
	return false;
}
