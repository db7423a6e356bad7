/*
 * Deadline - until when a request is worth anything.
 */

#include "core/deadline.h"

#include <assert.h>

#include "core/codec/json.h"
#include "core/conf.h"
#include "core/lib/time.h"
#include "core/primitive.h"

/* Beyond all times, and small enough to be added to one. */
#define FAR_MS (INT64_MAX / 4)

static bool is_quoted(struct gw_str text)
{
	return text.len >= 2 && text.at[0] == '"' &&
	       text.at[text.len - 1] == '"';
}

/* Whether text is digits, with a sign or without. */
static bool is_decimal(struct gw_str text)
{
	size_t i = text.len > 1 && text.at[0] == '-';

	while (i < text.len && text.at[i] >= '0' && text.at[i] <= '9') {
		i++;
	}
	return text.len > 0 && i == text.len;
}

bool gw_deadline_read(int64_t *ms_p, struct gw_str text, int64_t now_ms)
{
	int64_t relative_ms = 0;

	if (is_quoted(text)) {
		text = gw_str_head(gw_str_skip(text, 1), text.len - 2);
		if (!is_decimal(text)) {
			return gw_time_parse(ms_p, text);
		}
	}
	if (gw_json_integer(&relative_ms, text)) {
		relative_ms = relative_ms < FAR_MS ? relative_ms : FAR_MS;
		relative_ms = relative_ms > -FAR_MS ? relative_ms : -FAR_MS;
		*ms_p = now_ms + relative_ms;
		return true;
	}
	return gw_time_parse(ms_p, text);
}

static bool is_long_poll(const struct gw_primitive *p)
{
	return p->op == GW_OP_RETRIEVE && gw_str_ends(p->to, GW_STR("/pcu"));
}

/* What is left from wall_ms on until a time that the request names, 0 or less
 * when it has passed.  A relative one counts from the originating timestamp, or
 * from now when there is none (TS-0004 6.3.3).  False when the request does not
 * have it, or when it cannot be read: then the CSE is to judge it. */
static bool read_left(int64_t *left_msp, const struct gw_primitive *p,
		      struct gw_str name, int64_t wall_ms)
{
	struct gw_str text = gw_primitive_get(p, name);
	int64_t from_ms = wall_ms;
	int64_t at_ms = 0;

	if (!gw_str_is_present(text)) {
		return false;
	}
	(void)gw_deadline_read(&from_ms, gw_primitive_get(p, GW_STR("ot")),
			       wall_ms);
	if (!gw_deadline_read(&at_ms, text, from_ms)) {
		return false;
	}
	*left_msp = at_ms - wall_ms;
	return true;
}

/* When nobody would want it executed, or answered, any more. */
static bool has_passed(struct gw_reason *why, const struct gw_primitive *p,
		       int64_t wall_ms)
{
	static const char *const names[] = { "rqet", "rset", "oet" };
	int64_t left_ms = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (read_left(&left_ms, p, gw_str_from(names[i]), wall_ms) &&
		    left_ms <= 0) {
			(void)gw_refuse(why, "the request has expired (%s)",
					names[i]);
			return true;
		}
	}
	return false;
}

enum gw_status gw_deadline_find(int64_t *left_msp, struct gw_reason *why,
				const struct gw_primitive *p,
				const struct gw_conf_timeouts *conf,
				int64_t wall_ms)
{
	int64_t default_ms = is_long_poll(p) ? conf->poll_ms : conf->request_ms;
	int64_t left_ms = 0;
	int64_t start_ms = 0;

	if (has_passed(why, p, wall_ms)) {
		return GW_STATUS_REQUEST_TIMEOUT;
	}
	if (!read_left(&left_ms, p, GW_STR("rqet"), wall_ms)) {
		/* Nothing can be answered before it is executed. */
		(void)read_left(&start_ms, p, GW_STR("oet"), wall_ms);
		start_ms = start_ms < FAR_MS ? start_ms : FAR_MS;
		default_ms = default_ms < FAR_MS ? default_ms : FAR_MS;
		left_ms = start_ms + default_ms;
	}
	assert(left_ms >= 0);
	*left_msp = left_ms < conf->longest_ms ? left_ms : conf->longest_ms;
	return GW_STATUS_NONE;
}
