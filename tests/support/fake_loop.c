/*
 * Fake loop - the world as a test makes it.
 */

#include "tests/support/fake_loop.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/lib/net.h"

static struct fake_loop *self_of(struct gw_loop *loop)
{
	return gw_container(loop, struct fake_loop, base);
}

static int64_t fake_now_ms(struct gw_loop *loop)
{
	return self_of(loop)->now_ms;
}

static int64_t fake_wall_ms(struct gw_loop *loop)
{
	return self_of(loop)->wall_ms;
}

/* SplitMix64: any seed gives a usable row of numbers. */
static void fake_random(struct gw_loop *loop, void *at, size_t len)
{
	struct fake_loop *self = self_of(loop);
	unsigned char *p = at;

	for (size_t i = 0; i < len; i++) {
		uint64_t z = (self->seed += 0x9e3779b97f4a7c15U);

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
		z = (z ^ z >> 27) * 0x94d049bb133111ebU;
		p[i] = (unsigned char)(z ^ z >> 31);
	}
}

static void fake_alarm(struct gw_loop *loop, int64_t at_ms)
{
	self_of(loop)->alarm_ms = at_ms;
}

static void fake_kick(struct gw_loop *loop)
{
}

static struct gw_watch *fake_watch(struct gw_loop *loop, int fd, int events,
				   gw_ready_fn *ready, void *arg)
{
	return NULL;
}

static void fake_rewatch(struct gw_watch *w, int events)
{
}

static void fake_unwatch(struct gw_watch *w)
{
}

static int fake_post(struct gw_loop *loop, gw_post_fn *fn, void *arg)
{
	return -ENOSYS;
}

static int fake_resolve(struct gw_loop *loop, const char *name,
			gw_resolved_fn *found, void *arg)
{
	struct fake_loop *self = self_of(loop);
	struct fake_lookup *l = &self->lookups[self->n_lookups];

	if (!self->has_names) {
		return -ENOSYS;
	}
	assert(self->n_lookups < FAKE_LOOKUPS_MAX);
	(void)snprintf(l->name, sizeof(l->name), "%s", name);
	l->found = found;
	l->arg = arg;
	self->n_lookups++;
	self->n_looked_up++;
	return 0;
}

static bool fake_is_here(struct gw_loop *loop,
			 const struct gw_net_address *address)
{
	const char *here = self_of(loop)->here;
	struct gw_net_address own;

	return here && gw_net_address_parse(&own, gw_str_from(here)) &&
	       gw_net_address_eq(&own, address);
}

static void *fake_native(struct gw_loop *loop)
{
	return NULL;
}

void fake_loop_init(struct fake_loop *loop)
{
	static const struct gw_loop_ops ops = {
		.now_ms = fake_now_ms,
		.wall_ms = fake_wall_ms,
		.random = fake_random,
		.alarm = fake_alarm,
		.kick = fake_kick,
		.watch = fake_watch,
		.rewatch = fake_rewatch,
		.unwatch = fake_unwatch,
		.post = fake_post,
		.resolve = fake_resolve,
		.is_here = fake_is_here,
		.native = fake_native,
	};

	*loop = (struct fake_loop){
		.now_ms = 1000,
		.wall_ms = 1760000000000,
		.alarm_ms = INT64_MAX,
		.seed = 1,
	};
	gw_loop_init(&loop->base, &ops);
}

/* Out of the row before it is told: it may ask again from inside. */
static void answer(struct fake_loop *loop, size_t i,
		   const struct sockaddr_storage *found, int error)
{
	struct fake_lookup l = loop->lookups[i];

	loop->n_lookups--;
	memmove(&loop->lookups[i], &loop->lookups[i + 1],
		(loop->n_lookups - i) * sizeof(l));
	l.found(l.arg, found, found ? 1 : 0, error);
}

bool fake_loop_find(struct fake_loop *loop, const char *name,
		    const char *address, int error)
{
	struct sockaddr_storage found = { 0 };
	bool is_found = address && gw_net_sockaddr(&found, address, 0);

	assert(is_found == !error);
	for (size_t i = 0; i < loop->n_lookups; i++) {
		if (strcmp(loop->lookups[i].name, name) == 0) {
			answer(loop, i, is_found ? &found : NULL, error);
			fake_loop_turn(loop);
			return true;
		}
	}
	return false;
}

/* As a loop that ends does. */
void fake_loop_deinit(struct fake_loop *loop)
{
	while (loop->n_lookups > 0) {
		answer(loop, 0, NULL, -ECANCELED);
	}
	gw_loop_deinit(&loop->base);
}

void fake_loop_turn(struct fake_loop *loop)
{
	gw_tasks_run(&loop->base);
}

static void move_to(struct fake_loop *loop, int64_t now_ms)
{
	if (now_ms > loop->now_ms) {
		loop->wall_ms += now_ms - loop->now_ms;
		loop->now_ms = now_ms;
	}
}

void fake_loop_pass(struct fake_loop *loop, int64_t ms)
{
	int64_t until_ms = loop->now_ms + ms;
	int64_t next_ms = loop->alarm_ms;

	fake_loop_turn(loop);
	while (loop->alarm_ms <= until_ms) {
		move_to(loop, loop->alarm_ms);
		loop->alarm_ms = INT64_MAX;
		if (gw_timers_run(&loop->base, &next_ms)) {
			loop->alarm_ms = next_ms;
		}
		fake_loop_turn(loop);
	}
	move_to(loop, until_ms);
}

void fake_loop_set_wall(struct fake_loop *loop, int64_t by_ms)
{
	loop->wall_ms += by_ms;
}
