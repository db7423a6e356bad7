/*
 * Call - one request while the sandbox works on it.
 */

#include "bindings/sandbox/sandbox_call.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "bindings/sandbox/sandbox_deliver.h"
#include "bindings/sandbox/sandbox_limits.h"
#include "bindings/sandbox/sandbox_request.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/exchange.h"
#include "core/lib/arena.h"

/* What an answer needs besides its content and its texts. */
#define ANSWER_ROOM ((size_t)512)

static gw_task_fn run_ready;

static void queue_up(struct sandbox_call *call, struct sandbox_calls *queue)
{
	if (call->queue) {
		TAILQ_REMOVE(call->queue, call, queued);
	}
	call->queue = queue;
}

void sandbox_call_wake(struct sandbox_call *call)
{
	struct sandbox *box = call->box;

	assert(call->queue != &box->ready);
	queue_up(call, &box->ready);
	TAILQ_INSERT_TAIL(&box->ready, call, queued);
	box->work.run = run_ready;
	gw_loop_defer(box->tree.loop, &box->work);
}

void sandbox_call_hold(struct sandbox_call *call, struct sandbox_calls *queue)
{
	assert(queue && queue != &call->box->ready);
	queue_up(call, queue);
	TAILQ_INSERT_HEAD(queue, call, queued);
}

static struct sandbox_call *call_new(struct sandbox *box)
{
	struct sandbox_call *call = calloc(1, sizeof(*call));

	if (!call) {
		return NULL;
	}
	call->box = box;
	gw_buf_init(&call->out, 0, box->binding->conf->limits.content_bytes);
	TAILQ_INSERT_TAIL(&box->calls, call, all);
	return call;
}

int sandbox_call_take(struct sandbox *box, struct gw_exchange *x)
{
	struct sandbox_call *call = call_new(box);

	if (!call) {
		return -ENOMEM;
	}
	assert(!x->sent);
	call->x = x;
	call->request = x->request;
	x->sent = call;
	sandbox_call_wake(call);
	return 0;
}

struct sandbox_call *sandbox_call_new(struct sandbox *box,
				      struct gw_primitive *request)
{
	struct sandbox_call *call = call_new(box);

	if (!call) {
		gw_primitive_free(request);
		return NULL;
	}
	call->request = request;
	return call;
}

void sandbox_call_free(struct sandbox_call *call)
{
	struct sandbox *box = call->box;

	queue_up(call, NULL);
	sandbox_deliver_leave(call);
	TAILQ_REMOVE(&box->calls, call, all);
	if (call->x) {
		assert(call->x->sent == call);
		call->x->sent = NULL;
	} else {
		gw_primitive_free(call->request);
	}
	gw_buf_deinit(&call->out);
	free(call);
}

bool sandbox_call_is_wanted(const struct sandbox_call *call)
{
	return call->x && !call->x->is_abandoned;
}

enum gw_status sandbox_refuse(struct sandbox_call *call, enum gw_status status,
			      const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(call->why.text, sizeof(call->why.text), fmt, args);
	va_end(args);
	return status;
}

enum gw_status sandbox_refuse_short(struct sandbox_call *call)
{
	return sandbox_refuse(call, GW_STATUS_INTERNAL_SERVER_ERROR,
			      "memory is short");
}

/* An error answer says why in m2m:dbg. */
static void explain(struct sandbox_call *call)
{
	gw_buf_clear(&call->out);
	if (call->why.text[0]) {
		gw_buf_lit(&call->out, "{\"m2m:dbg\":");
		gw_json_put_text(&call->out, gw_str_from(call->why.text));
		gw_buf_lit(&call->out, "}");
	}
}

/* Where the next part of a partial answer begins (TS-0004 7.2.2.2). */
static void add_offset(struct gw_primitive *answer, int64_t offset)
{
	if (offset > 0) {
		gw_primitive_add(answer, GW_STR("cnst"), GW_STR("1"));
		gw_primitive_add(answer, GW_STR("cnot"),
				 gw_arena_print(answer->arena, "%lld",
						(long long)offset));
	}
}

static struct gw_primitive *answer_new(const struct sandbox_call *call,
				       enum gw_status status)
{
	struct gw_bytes content = gw_buf_bytes(&call->out);
	size_t room = ANSWER_ROOM + content.len + call->request->id.len +
		      call->request->release.len;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *answer =
		gw_primitive_new(room, room);

	if (!answer) {
		return NULL;
	}
	answer->status = status;
	answer->id = gw_arena_str(answer->arena, call->request->id);
	answer->release = gw_arena_str(answer->arena, call->request->release);
	if (content.len > 0) {
		answer->media = GW_MEDIA_JSON;
		answer->content = gw_arena_bytes(answer->arena, content);
	}
	add_offset(answer, call->offset);
	return gw_arena_is_short(answer->arena) ? NULL : gw_take(&answer);
}

void sandbox_call_pass(struct sandbox_call *call, struct gw_primitive *answer)
{
	struct gw_exchange *x = call->x;

	assert(call->request && !(x && call->outcome != SANDBOX_ANSWERED));
	if (!answer) {
		answer = gw_primitive_new_error(call->request,
						GW_STATUS_TARGET_NOT_REACHABLE,
						"the target cannot be reached");
	}
	if (x) {
		gw_exchange_answer(x, answer);
		/* The exchange and its request are the core's again. */
		call->x = NULL;
		call->request = NULL;
	} else {
		sandbox_request_conclude(call, answer);
		gw_primitive_free(answer);
	}
	sandbox_call_free(call);
}

void sandbox_call_finish(struct sandbox_call *call, enum gw_status status)
{
	struct gw_primitive *answer = NULL;

	assert(status != GW_STATUS_NONE);
	if (gw_status_is_success(status) && gw_buf_is_short(&call->out)) {
		status = sandbox_refuse(
			call, GW_STATUS_NOT_ACCEPTABLE,
			"the answer is larger than %zu bytes; ask for less of it",
			call->out.limit_bytes);
	}
	if (!gw_status_is_success(status)) {
		explain(call);
	}
	answer = answer_new(call, status);
	if (!answer) {
		answer = gw_primitive_new_error(call->request,
						GW_STATUS_INTERNAL_SERVER_ERROR,
						"memory is short");
	}
	sandbox_call_pass(call, answer);
}

static enum gw_status carry_out(struct sandbox_call *call)
{
	static enum gw_status (*const operations[])(struct sandbox_call *) = {
		[GW_OP_CREATE] = sandbox_create,
		[GW_OP_RETRIEVE] = sandbox_retrieve,
		[GW_OP_UPDATE] = sandbox_update,
		[GW_OP_DELETE] = sandbox_delete,
		[GW_OP_NOTIFY] = sandbox_notify,
	};
	enum gw_status status = sandbox_params_read(call);

	if (status == GW_STATUS_NONE && call->outcome == SANDBOX_ANSWERED) {
		status = sandbox_request_divert(call);
	}
	if (status == GW_STATUS_NONE) {
		status = sandbox_params_read_target(call);
	}
	if (status == GW_STATUS_NONE) {
		assert(call->request->op >= GW_OP_CREATE &&
		       call->request->op <= GW_OP_NOTIFY);
		status = operations[call->request->op](call);
	}
	return status;
}

/* Make nothing of an earlier run survive. */
static void begin(struct sandbox_call *call)
{
	assert(call->queue == &call->box->ready);
	queue_up(call, NULL);
	gw_buf_clear(&call->out);
	call->why.text[0] = '\0';
	call->offset = 0;
	call->n_waiting = 0;
	call->has_failed = false;
}

static void run_ready(struct gw_task *t)
{
	struct sandbox *box = gw_container(t, struct sandbox, work);
	struct sandbox_call *call = NULL;

	while ((call = TAILQ_FIRST(&box->ready))) {
		enum gw_status status = GW_STATUS_NONE;

		begin(call);
		status = carry_out(call);
		if (status != GW_STATUS_NONE) {
			sandbox_call_finish(call, status);
		}
		sandbox_tree_tidy(&box->tree);
	}
}
