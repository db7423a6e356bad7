/*
 * Loop - the part that all implementations of the loop share: tasks.
 */

#include "core/lib/loop.h"

#include <assert.h>

void gw_loop_init(struct gw_loop *loop, const struct gw_loop_ops *ops)
{
	*loop = (struct gw_loop){ .ops = ops };
	loop->last_task = &loop->tasks;
}

void gw_loop_deinit(struct gw_loop *loop)
{
	assert(!loop->timers.first);
}

void gw_loop_defer(struct gw_loop *loop, struct gw_task *t)
{
	bool was_empty = loop->tasks == NULL;

	assert(t->run);
	if (t->link) {
		return;
	}
	t->next = NULL;
	t->link = loop->last_task;
	*loop->last_task = t;
	loop->last_task = &t->next;
	if (was_empty) {
		loop->ops->kick(loop);
	}
}

void gw_loop_undefer(struct gw_loop *loop, struct gw_task *t)
{
	if (!t->link) {
		return;
	}
	assert(*t->link == t);
	*t->link = t->next;
	if (t->next) {
		t->next->link = t->link;
	} else {
		assert(loop->last_task == &t->next);
		loop->last_task = t->link;
	}
	t->link = NULL;
	t->next = NULL;
}

void gw_tasks_run(struct gw_loop *loop)
{
	while (loop->tasks) {
		struct gw_task *t = loop->tasks;

		gw_loop_undefer(loop, t);
		t->run(t);
	}
}
