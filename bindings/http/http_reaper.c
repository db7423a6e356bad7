/*
 * Reaper - absolute deadlines of connections.
 */

#include "bindings/http/http_reaper.h"

#include <assert.h>

static gw_timer_fn look;

void http_reaper_init(struct http_reaper *r, struct gw_loop *loop,
		      http_due_fn *due)
{
	*r = (struct http_reaper){ .loop = loop, .due = due };
	r->timer.fire = look;
	for (size_t i = 0; i < HTTP_WAIT_KINDS; i++) {
		r->queues[i].last = &r->queues[i].first;
	}
}

void http_reaper_deinit(struct http_reaper *r)
{
	for (size_t i = 0; i < HTTP_WAIT_KINDS; i++) {
		assert(!r->queues[i].first);
	}
	if (r->loop) {
		gw_timer_clear(r->loop, &r->timer);
	}
}

void http_reaper_drop(struct http_reaper *r, struct http_wait *w)
{
	if (!w->link) {
		return;
	}
	assert(*w->link == w && w->what < HTTP_WAIT_KINDS);
	*w->link = w->next;
	if (w->next) {
		w->next->link = w->link;
	} else {
		r->queues[w->what].last = w->link;
	}
	w->link = NULL;
	w->next = NULL;
}

static void wake_at(struct http_reaper *r, int64_t at_ms)
{
	if (!gw_timer_is_set(&r->timer) || at_ms < r->timer.at_ms) {
		gw_timer_set(r->loop, &r->timer, at_ms);
	}
}

static void queue(struct http_reaper *r, struct http_wait *w, int64_t now_ms)
{
	struct http_queue *q = &r->queues[w->what];
	int64_t period_ms = r->periods_ms[w->what];

	assert(!w->link && !*q->last);
	w->at_ms = now_ms + (period_ms > 0 ? period_ms : 1);
	w->next = NULL;
	w->link = q->last;
	*q->last = w;
	q->last = &w->next;
	wake_at(r, w->at_ms);
}

void http_reaper_wait(struct http_reaper *r, struct http_wait *w,
		      enum http_wait_for what)
{
	int64_t now_ms = gw_loop_now_ms(r->loop);

	assert(what < HTTP_WAIT_KINDS);
	http_reaper_drop(r, w);
	w->what = what;
	w->since_ms = now_ms;
	queue(r, w, now_ms);
}

void http_reaper_wait_on(struct http_reaper *r, struct http_wait *w)
{
	http_reaper_drop(r, w);
	queue(r, w, gw_loop_now_ms(r->loop));
}

/* Those that due() puts back are due later than now. */
static void look(struct gw_timer *t)
{
	struct http_reaper *r = gw_container(t, struct http_reaper, timer);
	int64_t now_ms = gw_loop_now_ms(r->loop);

	for (size_t i = 0; i < HTTP_WAIT_KINDS; i++) {
		struct http_queue *q = &r->queues[i];

		while (q->first && q->first->at_ms <= now_ms) {
			struct http_wait *w = q->first;

			http_reaper_drop(r, w);
			r->due(r, w);
		}
		if (q->first) {
			wake_at(r, q->first->at_ms);
		}
	}
}
