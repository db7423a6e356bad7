#pragma once

/*
 * Back-off - how long to wait before something is tried again: exponential,
 * with full jitter, so that those who failed together do not come back
 * together.
 */

#include <stdint.h>

struct gw_conf_timeouts;
struct gw_loop;

/* Drawn from 0 to a span that is retry_min_ms after no failure, doubles with
 * each, and ends at retry_max_ms. */
int64_t gw_back_off_ms(struct gw_loop *loop, const struct gw_conf_timeouts *t,
		       unsigned n_failures);
