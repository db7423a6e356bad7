/*
 * Timer - run something at a time.
 *
 * A pairing heap: each timer has those that are due after it below itself, as a
 * list.  The links are in the timers, so that setting one takes no memory.
 */

#include "core/lib/timer.h"

#include <assert.h>

#include "core/lib/loop.h"

static void hang(struct gw_timer **at, struct gw_timer *t,
		 struct gw_timer *next)
{
	t->link = at;
	t->next = next;
	*at = t;
	if (next) {
		next->link = &t->next;
	}
}

/* One heap of two that hang nowhere: its first timer. */
static struct gw_timer *join(struct gw_timer *a, struct gw_timer *b)
{
	struct gw_timer *first = b->at_ms < a->at_ms ? b : a;
	struct gw_timer *other = first == a ? b : a;

	hang(&first->later, other, first->later);
	return first;
}

/* One heap of a list of them; NULL of none.  In pairs first, because each would
 * have all others below it otherwise, and would have to be taken apart again
 * when it is due. */
static struct gw_timer *join_all(struct gw_timer *list)
{
	struct gw_timer *pairs = NULL;
	struct gw_timer *all = NULL;

	while (list) {
		struct gw_timer *a = list;
		struct gw_timer *b = a->next;

		list = b ? b->next : NULL;
		a = b ? join(a, b) : a;
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct gw_timer *pair = pairs;

		pairs = pair->next;
		all = all ? join(all, pair) : pair;
	}
	return all;
}

/* Its place is that of the first of those below it. */
static void take_out(struct gw_timer *t)
{
	struct gw_timer *heir = join_all(t->later);

	assert(*t->link == t);
	if (heir) {
		hang(t->link, heir, t->next);
	} else {
		*t->link = t->next;
		if (t->next) {
			t->next->link = t->link;
		}
	}
	t->link = NULL;
	t->next = NULL;
	t->later = NULL;
}

static int64_t first_ms(const struct gw_timers *ts)
{
	return ts->first ? ts->first->at_ms : INT64_MAX;
}

void gw_timer_set(struct gw_loop *loop, struct gw_timer *t, int64_t at_ms)
{
	struct gw_timers *ts = &loop->timers;
	int64_t was_ms = first_ms(ts);

	if (gw_timer_is_set(t)) {
		take_out(t);
	}
	t->at_ms = at_ms;
	hang(&ts->first, ts->first ? join(ts->first, t) : t, NULL);
	if (first_ms(ts) < was_ms) {
		loop->ops->alarm(loop, first_ms(ts));
	}
}

/* An alarm that has become too early is left: it costs one wake-up, and setting
 * a new one for each answered request would cost more. */
void gw_timer_clear(struct gw_loop *loop, struct gw_timer *t)
{
	if (gw_timer_is_set(t)) {
		take_out(t);
	}
}

bool gw_timers_run(struct gw_loop *loop, int64_t *next_msp)
{
	struct gw_timers *ts = &loop->timers;
	int64_t now_ms = gw_loop_now_ms(loop);

	while (first_ms(ts) <= now_ms) {
		struct gw_timer *t = ts->first;

		take_out(t);
		assert(t->fire);
		t->fire(t);
	}
	if (!ts->first) {
		return false;
	}
	*next_msp = ts->first->at_ms;
	return true;
}
