/*
 * Deadline - until when a request is worth anything.
 */

#include "core/deadline.h"

#include <assert.h>

#include "core/codec/json.h"
#include "core/conf.h"
#include "core/lib/time.h"
#include "core/primitive.h"

/* However far off rqet is, nobody waits longer for an answer. */
#define LONGEST_MS ((int64_t)24 * 3600 * 1000)

/* Beyond all times, and small enough to be added to one. */
#define FAR_MS (INT64_MAX / 4)

static bool is_quoted(struct gw_str text)
{
	return text.len >= 2 && text.at[0] == '"' &&
	       text.at[text.len - 1] == '"';
}

bool gw_deadline_read(int64_t *ms_p, struct gw_str text, int64_t now_ms)
{
	int64_t relative_ms = 0;

	if (gw_json_integer(&relative_ms, text)) {
		relative_ms = relative_ms < FAR_MS ? relative_ms : FAR_MS;
		relative_ms = relative_ms > -FAR_MS ? relative_ms : -FAR_MS;
		*ms_p = now_ms + relative_ms;
		return true;
	}
	if (is_quoted(text)) {
		text = gw_str_head(gw_str_skip(text, 1), text.len - 2);
	}
	return gw_time_parse(ms_p, text);
}

static bool is_long_poll(const struct gw_primitive *p)
{
	return p->op == GW_OP_RETRIEVE && gw_str_ends(p->to, GW_STR("/pcu"));
}

/* Set *left_msp to what is left from wall_ms on, if the request has the
 * parameter.  A relative time counts from the originating timestamp, or
 * from now when there is none (TS-0004 6.3.3). */
static enum gw_status read_expiry(int64_t *left_msp, struct gw_reason *why,
				  const struct gw_primitive *p,
				  struct gw_str name, int64_t wall_ms)
{
	struct gw_str value = gw_primitive_get(p, name);
	struct gw_str ot = gw_primitive_get(p, GW_STR("ot"));
	int64_t from_ms = wall_ms;
	int64_t at_ms = 0;

	if (!gw_str_is_present(value)) {
		return GW_STATUS_NONE;
	}
	(void)gw_deadline_read(&from_ms, ot, wall_ms);
	if (!gw_deadline_read(&at_ms, value, from_ms)) {
		return gw_refuse(why, GW_STR_FMT " is no time",
				 GW_STR_ARG(name));
	}
	if (at_ms <= wall_ms) {
		(void)gw_refuse(why, "the request has expired (" GW_STR_FMT ")",
				GW_STR_ARG(name));
		return GW_STATUS_REQUEST_TIMEOUT;
	}
	*left_msp = at_ms - wall_ms;
	return GW_STATUS_NONE;
}

/* What cannot be read as a time is for the CSE to judge. */
static bool has_passed(struct gw_reason *why, const struct gw_primitive *p,
		       struct gw_str name, int64_t wall_ms)
{
	int64_t left_ms = 0;

	return read_expiry(&left_ms, why, p, name, wall_ms) ==
	       GW_STATUS_REQUEST_TIMEOUT;
}

enum gw_status gw_deadline_find(int64_t *left_msp, struct gw_reason *why,
				const struct gw_primitive *p,
				const struct gw_conf_timeouts *conf,
				int64_t wall_ms)
{
	int64_t left_ms = is_long_poll(p) ? conf->poll_ms : conf->request_ms;
	enum gw_status status = read_expiry(&left_ms, why, p, GW_STR("rqet"),
					    wall_ms);

	if (status != GW_STATUS_NONE) {
		return status;
	}
	if (has_passed(why, p, GW_STR("rset"), wall_ms) ||
	    has_passed(why, p, GW_STR("oet"), wall_ms)) {
		return GW_STATUS_REQUEST_TIMEOUT;
	}
	assert(left_ms >= 0);
	*left_msp = left_ms < LONGEST_MS ? left_ms : LONGEST_MS;
	return GW_STATUS_NONE;
}
