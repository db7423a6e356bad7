/*
 * Linger - whether a connection may wait for its answer where it is.
 *
 * Trust grows with each quick answer and falls faster with each slow one, so
 * that a few slow ones among many quick ones change nothing, and a CSE that is
 * slow costs nothing.
 */

#include "bindings/http/http_linger.h"

#include <assert.h>

#include "core/lib/loop.h"

#define TRUST_MAX 64U
#define TRUST_LOST 16U

static gw_timer_fn ring;

void http_linger_init(struct http_linger *l, struct gw_loop *loop,
		      http_bell_fn *rings)
{
	*l = (struct http_linger){
		.loop = loop,
		.rings = rings,
		.trust = TRUST_LOST,
	};
	l->bell.fire = ring;
}

void http_linger_deinit(struct http_linger *l)
{
	assert(l->n == 0);
	if (l->loop) {
		gw_timer_clear(l->loop, &l->bell);
	}
}

static void set_bell(struct http_linger *l)
{
	gw_timer_set(l->loop, &l->bell,
		     gw_loop_now_ms(l->loop) + HTTP_LINGER_BELL_MS);
}

/* The bell is silent while nobody lingers. */
static void ring(struct gw_timer *t)
{
	struct http_linger *l = gw_container(t, struct http_linger, bell);

	assert(l->rings);
	l->round++;
	if (l->n > 0) {
		l->rings(l);
		set_bell(l);
	}
}

bool http_linger_start(struct http_linger *l, struct http_guest *g)
{
	if (l->trust == 0 || l->n >= HTTP_LINGER_MAX) {
		return false;
	}
	assert(!g->is_lingering);
	if (!gw_timer_is_set(&l->bell)) {
		set_bell(l);
	}
	g->is_lingering = true;
	g->round = l->round;
	l->n++;
	return true;
}

void http_linger_stop(struct http_linger *l, struct http_guest *g)
{
	if (g->is_lingering) {
		assert(l->n > 0);
		g->is_lingering = false;
		l->n--;
	}
}

bool http_linger_is_long(const struct http_linger *l,
			 const struct http_guest *g)
{
	return l->round - g->round >= 2;
}

void http_linger_learn(struct http_linger *l, int64_t took_ms)
{
	if (took_ms >= HTTP_LINGER_QUICK_MS) {
		l->trust -= l->trust < TRUST_LOST ? l->trust : TRUST_LOST;
	} else if (l->trust < TRUST_MAX) {
		l->trust++;
	}
	assert(l->trust <= TRUST_MAX);
}
