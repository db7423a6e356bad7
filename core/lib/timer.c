/*
 * Timer - run something at a time.
 *
 * A binary heap of pointers; each timer knows its slot, so that clearing one in
 * the middle costs what moving it to an end costs.
 */

#include "core/lib/timer.h"

#include <errno.h>
#include <stdlib.h>

#include "core/lib/loop.h"

#define FIRST_SIZE ((size_t)64)

/* Slots count from 1, which makes 0 "not set" and 2i, 2i+1 the children. */
static struct gw_timer **slot_at(const struct gw_timers *ts, size_t slot)
{
	return &ts->heap[slot - 1];
}

static void put(struct gw_timers *ts, size_t slot, struct gw_timer *t)
{
	*slot_at(ts, slot) = t;
	t->slot = slot;
}

static void rise(struct gw_timers *ts, struct gw_timer *t)
{
	size_t slot = t->slot;

	while (slot > 1 && (*slot_at(ts, slot / 2))->at_ms > t->at_ms) {
		put(ts, slot, *slot_at(ts, slot / 2));
		slot /= 2;
	}
	put(ts, slot, t);
}

static size_t earlier_child(const struct gw_timers *ts, size_t slot)
{
	size_t child = slot * 2;

	if (child < ts->n_set &&
	    (*slot_at(ts, child + 1))->at_ms < (*slot_at(ts, child))->at_ms) {
		child++;
	}
	return child;
}

static void sink(struct gw_timers *ts, struct gw_timer *t)
{
	size_t slot = t->slot;

	while (slot * 2 <= ts->n_set) {
		size_t child = earlier_child(ts, slot);

		if ((*slot_at(ts, child))->at_ms >= t->at_ms) {
			break;
		}
		put(ts, slot, *slot_at(ts, child));
		slot = child;
	}
	put(ts, slot, t);
}

static int make_room(struct gw_timers *ts)
{
	size_t size = ts->size ? ts->size * 2 : FIRST_SIZE;
	struct gw_timer **heap = NULL;

	if (ts->n_set < ts->size) {
		return 0;
	}
	heap = realloc(ts->heap, size * sizeof(struct gw_timer *));
	if (!heap) {
		return -ENOMEM;
	}
	ts->heap = heap;
	ts->size = size;
	return 0;
}

static int64_t first_ms(const struct gw_timers *ts)
{
	return ts->n_set ? ts->heap[0]->at_ms : INT64_MAX;
}

int gw_timer_set(struct gw_loop *loop, struct gw_timer *t, int64_t at_ms)
{
	struct gw_timers *ts = &loop->timers;
	int64_t was_ms = first_ms(ts);

	if (!gw_timer_is_set(t)) {
		int error = make_room(ts);

		if (error) {
			return error;
		}
		t->slot = ++ts->n_set;
	}
	t->at_ms = at_ms;
	rise(ts, t);
	sink(ts, t);
	if (first_ms(ts) < was_ms) {
		loop->ops->alarm(loop, first_ms(ts));
	}
	return 0;
}

static void take_out(struct gw_timers *ts, struct gw_timer *t)
{
	size_t slot = t->slot;
	struct gw_timer *tail = *slot_at(ts, ts->n_set);

	ts->n_set--;
	t->slot = 0;
	if (tail != t) {
		put(ts, slot, tail);
		rise(ts, tail);
		sink(ts, tail);
	}
}

/* An alarm that has become too early is left: it costs one wake-up, and setting
 * a new one for each answered request would cost more. */
void gw_timer_clear(struct gw_loop *loop, struct gw_timer *t)
{
	if (gw_timer_is_set(t)) {
		take_out(&loop->timers, t);
	}
}

bool gw_timers_run(struct gw_loop *loop, int64_t *next_msp)
{
	struct gw_timers *ts = &loop->timers;
	int64_t now_ms = gw_loop_now_ms(loop);

	while (ts->n_set > 0 && ts->heap[0]->at_ms <= now_ms) {
		struct gw_timer *t = ts->heap[0];

		take_out(ts, t);
		t->fire(t);
	}
	if (ts->n_set == 0) {
		return false;
	}
	*next_msp = ts->heap[0]->at_ms;
	return true;
}

void gw_timers_deinit(struct gw_timers *ts)
{
	free(ts->heap);
	*ts = (struct gw_timers){ 0 };
}
