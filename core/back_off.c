/*
 * Back-off - how long to wait before something is tried again.
 */

#include "core/back_off.h"

#include "core/conf.h"
#include "core/lib/loop.h"

int64_t gw_back_off_ms(struct gw_loop *loop, const struct gw_conf_timeouts *t,
		       unsigned n_failures)
{
	int64_t span_ms = t->retry_min_ms;

	for (unsigned i = 0; i < n_failures && span_ms < t->retry_max_ms; i++) {
		span_ms *= 2;
	}
	if (span_ms > t->retry_max_ms) {
		span_ms = t->retry_max_ms;
	}
	return (int64_t)(gw_loop_random(loop) % (uint64_t)(span_ms + 1));
}
