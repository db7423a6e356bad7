/*
 * Request - requests that are not answered at once.
 */

#include "bindings/sandbox/sandbox_request.h"

#include "bindings/sandbox/sandbox_limits.h"
#include "bindings/sandbox/sandbox_map.h"
#include "bindings/sandbox/sandbox_subscribe.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/deadline.h"
#include "core/lib/arena.h"

/* responseType. */
enum {
	RT_SYNCH = 1,
	RT_ASYNCH = 2,
	RT_BLOCKING = 3,
	RT_NONE = 5,
};

/* requestStatus. */
enum {
	STATUS_COMPLETED = 1,
	STATUS_FAILED = 2,
	STATUS_PENDING = 3,
};

/* What a primitive may have besides its content. */
#define PARAMS_ROOM ((size_t)64 * 1024)

struct gw_primitive *sandbox_request_copy(const struct sandbox *box,
					  const struct gw_primitive *request,
					  struct gw_str id, struct gw_str from)
{
	size_t limit = box->binding->conf->limits.content_bytes + PARAMS_ROOM;
	struct gw_codec_hop hop = { .id = id, .from = from };
	struct gw_primitive *copy = NULL;
	struct gw_reason why;
	struct gw_buf buf;

	gw_buf_init(&buf, 0, limit);
	gw_codec_json_encode(&buf, request, &hop);
	if (gw_buf_is_short(&buf) ||
	    gw_codec_json_decode(&copy, &why, gw_buf_str(&buf), limit * 2) !=
		    GW_STATUS_NONE) {
		copy = gw_primitive_free(copy);
	}
	gw_buf_deinit(&buf);
	return copy;
}

static enum gw_status read_type(struct sandbox_call *call, int64_t *rtvp)
{
	struct gw_str rt = gw_primitive_get(call->request, GW_STR("rt"));
	struct gw_json_member m;

	*rtvp = RT_BLOCKING;
	if (!gw_str_is_present(rt)) {
		return GW_STATUS_NONE;
	}
	if (gw_json_type_of(rt) != GW_JSON_OBJECT ||
	    !gw_json_get(&m, rt, GW_STR("rtv")) ||
	    !gw_json_integer(rtvp, m.value) || *rtvp < RT_SYNCH ||
	    *rtvp > RT_NONE) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "rt is no {rtv,nu} with rtv 1 to 5");
	}
	if (gw_json_get(&m, rt, GW_STR("nu")) && m.type != GW_JSON_ARRAY) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "rt.nu is no array");
	}
	return GW_STATUS_NONE;
}

static int put(struct sandbox_node *node, const char *name, struct gw_str json)
{
	if (!gw_str_is_present(json)) {
		return 0;
	}
	return sandbox_node_put(
		node, sandbox_rule_find(node->type, gw_str_from(name)), json);
}

static int put_number(struct sandbox_node *node, struct gw_arena *a,
		      const char *name, int number)
{
	return put(node, name, gw_arena_print(a, "%d", number));
}

/* mi: the parameters of the request, as they came. */
static struct gw_str meta_of(struct gw_arena *a,
			     const struct gw_primitive *request)
{
	struct gw_buf buf;
	struct gw_str meta = { 0 };

	gw_buf_init(&buf, 0, PARAMS_ROOM);
	gw_buf_lit(&buf, "{\"rvi\":");
	gw_json_put_text(&buf, request->release);
	for (const struct gw_param *p = request->params; p; p = p->next) {
		gw_buf_lit(&buf, ",");
		gw_json_put_text(&buf, p->name);
		gw_buf_lit(&buf, ":");
		gw_buf_add_str(&buf, p->value);
	}
	gw_buf_lit(&buf, "}");
	meta = gw_buf_is_short(&buf) ? GW_STR("{}")
				     : gw_arena_str(a, gw_buf_str(&buf));
	gw_buf_deinit(&buf);
	return meta;
}

static int describe(struct sandbox_node *node,
		    const struct gw_primitive *request, struct gw_arena *a)
{
	int err = put_number(node, a, "op", (int)request->op);

	err = err ? err : put(node, "tg", gw_json_quote(a, request->to));
	err = err ? err : put(node, "or", gw_json_quote(a, request->from));
	err = err ? err : put(node, "rid", gw_json_quote(a, request->id));
	err = err ? err : put(node, "mi", meta_of(a, request));
	if (!err && request->content.len > 0) {
		err = put(node, "pc", gw_str_of(request->content));
	}
	return err ? err : put_number(node, a, "rs", STATUS_PENDING);
}

/* How long the result is kept: rp, where it is a time (TS-0004 7.3.2.3). */
static int64_t life_of(const struct sandbox_call *call)
{
	int64_t now = gw_loop_wall_ms(call->box->tree.loop);
	struct gw_str rp = gw_primitive_get(call->request, GW_STR("rp"));
	int64_t at = 0;

	return gw_str_is_present(rp) && gw_deadline_read(&at, rp, now) &&
			       at > now
		       ? at
		       : now + SANDBOX_REQUEST_LIFE_MS;
}

static struct sandbox_node *request_new(struct sandbox_call *call)
{
	struct sandbox_tree *tree = &call->box->tree;
	struct gw_arena *a = sandbox_tree_scratch(tree);
	struct gw_str id = sandbox_tree_mint(tree, "req");
	struct sandbox_plan plan = {
		.type = sandbox_type_find(SANDBOX_REQUEST),
		.id = id,
		.name = id,
	};
	gw_cleanup(sandbox_node_freep) struct sandbox_node *node = NULL;

	if (!a || !gw_str_is_present(id)) {
		return NULL;
	}
	node = sandbox_node_new(tree, &plan);
	if (!node || describe(node, call->request, a)) {
		return NULL;
	}
	sandbox_node_expire_at(node, life_of(call));
	sandbox_tree_add(node, tree->base);
	return gw_take(&node);
}

static enum gw_status store_later(struct sandbox_call *call,
				  struct sandbox_call *later)
{
	struct sandbox_tree *tree = &call->box->tree;
	struct sandbox_node *node = NULL;

	if (tree->n_requests >= SANDBOX_REQUESTS_MAX ||
	    sandbox_tree_is_full(tree, call->request->content.len)) {
		return sandbox_refuse(call, GW_STATUS_NOT_ACCEPTABLE,
				      "too many requests are kept");
	}
	node = request_new(call);
	if (!node) {
		return sandbox_refuse_short(call);
	}
	later->stored_in = gw_arena_str(later->request->arena, node->id);
	gw_buf_lit(&call->out, "{\"m2m:uri\":");
	gw_json_put_text(&call->out, node->id);
	gw_buf_lit(&call->out, "}");
	return GW_STATUS_ACCEPTED_FOR_NONBLOCKING_SYNCH;
}

enum gw_status sandbox_request_divert(struct sandbox_call *call)
{
	int64_t rtv = RT_BLOCKING;
	enum gw_status status = read_type(call, &rtv);
	struct gw_primitive *copy = NULL;
	struct sandbox_call *later = NULL;

	if (status != GW_STATUS_NONE || rtv > RT_ASYNCH) {
		return status;
	}
	copy = sandbox_request_copy(call->box, call->request,
				    (struct gw_str){ 0 }, (struct gw_str){ 0 });
	later = copy ? sandbox_call_new(call->box, copy) : NULL;
	if (!later) {
		return sandbox_refuse_short(call);
	}
	later->outcome = rtv == RT_SYNCH ? SANDBOX_STORED : SANDBOX_NOTIFIED;
	status = rtv == RT_SYNCH ? store_later(call, later)
				 : GW_STATUS_ACCEPTED_FOR_NONBLOCKING_ASYNCH;
	if (!gw_status_is_success(status)) {
		sandbox_call_free(later);
		return status;
	}
	sandbox_call_wake(later);
	return status;
}

/* The answer as it stands in ors and m2m:rsp, with the rqi of the request. */
static struct gw_str result_of(struct gw_buf *buf,
			       const struct sandbox_call *call,
			       const struct gw_primitive *answer)
{
	struct gw_codec_hop hop = { .id = call->request->id };

	gw_codec_json_encode(buf, answer, &hop);
	return gw_buf_is_short(buf) ? GW_STR("{\"rsc\":5207}")
				    : gw_buf_str(buf);
}

static void store(const struct sandbox_call *call,
		  const struct gw_primitive *answer, struct gw_str result)
{
	struct sandbox_tree *tree = &call->box->tree;
	struct sandbox_node *node = sandbox_tree_find(tree, call->stored_in);
	struct gw_arena *a = sandbox_tree_scratch(tree);
	bool is_done = gw_status_is_success(answer->status);

	/* It may have been deleted, or have expired, in the meantime. */
	if (!node || !a || put(node, "ors", result) ||
	    put_number(node, a, "rs",
		       is_done ? STATUS_COMPLETED : STATUS_FAILED)) {
		return;
	}
	sandbox_node_touch(node);
}

static void send_result(const struct sandbox_call *call, struct gw_str result)
{
	struct gw_str rt = gw_primitive_get(call->request, GW_STR("rt"));
	struct gw_arena *a = sandbox_tree_scratch(&call->box->tree);
	struct gw_str targets = { 0 };
	struct gw_str content = { 0 };
	struct gw_json_member nu;

	if (!a) {
		return;
	}
	content = gw_arena_print(a, "{\"m2m:rsp\":" GW_STR_FMT "}",
				 GW_STR_ARG(result));
	if (gw_json_get(&nu, rt, GW_STR("nu"))) {
		targets = nu.value;
	} else if (call->from.len > 0) {
		targets = gw_json_quote(a, call->from);
		targets = gw_arena_print(a, "[" GW_STR_FMT "]",
					 GW_STR_ARG(targets));
	}
	if (gw_str_is_present(targets) && gw_str_is_present(content)) {
		sandbox_tell_targets(call->box, targets, content);
	}
}

void sandbox_request_conclude(struct sandbox_call *call,
			      const struct gw_primitive *answer)
{
	struct gw_buf buf;
	struct gw_str result;

	if (!answer) {
		return;
	}
	gw_buf_init(&buf, 0, call->out.limit_bytes + PARAMS_ROOM);
	result = result_of(&buf, call, answer);
	if (call->outcome == SANDBOX_STORED) {
		store(call, answer, result);
	} else {
		send_result(call, result);
	}
	gw_buf_deinit(&buf);
}
