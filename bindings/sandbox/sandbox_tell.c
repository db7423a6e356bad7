/*
 * Tell - notifications.
 *
 * Each is sent once and its answer is not looked at: a target that cannot be
 * reached has missed it.
 */

#include "bindings/sandbox/sandbox_attrs.h"
#include "bindings/sandbox/sandbox_deliver.h"
#include "bindings/sandbox/sandbox_limits.h"
#include "bindings/sandbox/sandbox_map.h"
#include "bindings/sandbox/sandbox_print.h"
#include "bindings/sandbox/sandbox_subscribe.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/lib/arena.h"
#include "core/lib/log.h"

#define GW_LOG_TOPIC "sandbox"

/* notificationContentType. */
enum {
	CONTENT_ALL = 1,
	CONTENT_MODIFIED = 2,
	CONTENT_ID = 3,
};

/* What is told. */
struct news {
	struct sandbox *box;
	enum sandbox_event event;
	const struct sandbox_node *subject;
	const struct sandbox_call *call; // the UPDATE that caused it, or NULL
};

static struct sandbox *box_of(const struct sandbox_node *node)
{
	return gw_container(node->tree, struct sandbox, tree);
}

/* Say once that notifications are lost, until one gets through again. */
static void note_flood(struct sandbox *box, bool is_sent)
{
	if (!is_sent && !box->is_flooded) {
		gw_warn("notification-lost",
			"notifications are dropped: %zu requests with %zu "
			"bytes are on their way",
			box->n_sends, box->n_sends_bytes);
	}
	box->is_flooded = !is_sent;
}

/* "?ct=json" at the end of a URL is meant for us (TS-0004 7.5.1.2). */
static struct gw_str without_media(struct gw_str target)
{
	struct gw_str json = GW_STR("?ct=json");

	return gw_str_ends(target, json)
		       ? gw_str_head(target, target.len - json.len)
		       : target;
}

static void tell_target(struct sandbox *box, struct gw_str target,
			struct gw_str content)
{
	struct gw_primitive *p = NULL;

	target = without_media(target);
	p = sandbox_deliver_new(box, target, content.len);
	if (p) {
		p->content = gw_arena_bytes(p->arena, gw_bytes_of(content));
		p->media = GW_MEDIA_JSON;
	}
	if (p && gw_arena_is_short(p->arena)) {
		p = gw_primitive_free(p);
	}
	note_flood(box, sandbox_deliver(box, p, NULL, NULL));
}

void sandbox_tell_targets(struct sandbox *box, struct gw_str targets,
			  struct gw_str content)
{
	struct gw_arena *a = sandbox_tree_scratch(&box->tree);
	struct gw_json_walk walk = gw_json_walk(targets);
	struct gw_json_member m;
	size_t n = 0;

	while (a && n < SANDBOX_TARGETS_MAX && gw_json_next(&walk, &m)) {
		if (!sandbox_subscription_repeats(targets, m.value)) {
			tell_target(box, gw_json_text(a, m.value), content);
		}
		n++;
	}
}

/* Whether a list of numbers has this one. */
static bool has_number(struct gw_str list, int64_t number)
{
	struct gw_json_walk walk = gw_json_walk(list);
	struct gw_json_member m;
	int64_t n = 0;

	while (gw_json_next(&walk, &m)) {
		if (gw_json_integer(&n, m.value) && n == number) {
			return true;
		}
	}
	return false;
}

/* Whether the UPDATE names one of these attributes. */
static bool touches(const struct sandbox_call *call, struct gw_str attributes)
{
	struct gw_json_walk walk = gw_json_walk(attributes);
	struct gw_json_member wanted;
	struct gw_json_member m;

	while (gw_json_next(&walk, &wanted)) {
		if (wanted.type == GW_JSON_STRING &&
		    gw_json_get(&m, call->resource.value,
				gw_str_head(gw_str_skip(wanted.value, 1),
					    wanted.value.len - 2))) {
			return true;
		}
	}
	return false;
}

static bool wants(const struct sandbox_node *sub, const struct news *news)
{
	struct gw_str enc = sandbox_node_get(sub, "enc");
	bool is_of_child = news->event == SANDBOX_CHILD_MADE ||
			   news->event == SANDBOX_CHILD_DELETED;
	struct gw_json_member m;

	/* Without net a subscription is about updates (TS-0001 9.6.8). */
	if (!gw_str_is_present(enc) || !gw_json_get(&m, enc, GW_STR("net"))) {
		if (news->event != SANDBOX_UPDATED) {
			return false;
		}
	} else if (!has_number(m.value, news->event)) {
		return false;
	}
	if (!gw_str_is_present(enc)) {
		return true;
	}
	if (is_of_child && gw_json_get(&m, enc, GW_STR("chty")) &&
	    !has_number(m.value, news->subject->type->number)) {
		return false;
	}
	return !news->call || !gw_json_get(&m, enc, GW_STR("atr")) ||
	       touches(news->call, m.value);
}

static void put_reference(struct gw_buf *buf, const struct sandbox_node *node)
{
	gw_buf_print(buf, "\"" GW_STR_FMT "/" GW_STR_FMT "\"",
		     GW_STR_ARG(box_of(node)->csi), GW_STR_ARG(node->id));
}

static void put_representation(struct gw_buf *buf, const struct news *news,
			       int64_t content)
{
	if (content == CONTENT_ID) {
		gw_buf_lit(buf, "{\"m2m:uri\":");
		put_reference(buf, news->subject);
		gw_buf_lit(buf, "}");
	} else if (content == CONTENT_MODIFIED && news->call) {
		sandbox_attrs_print(buf, news->call, news->subject);
	} else {
		sandbox_print_resource(buf, news->subject);
	}
}

static void tell_subscription(const struct sandbox_node *sub,
			      const struct news *news)
{
	struct gw_str nct = sandbox_node_get(sub, "nct");
	struct gw_buf buf;
	int64_t content = CONTENT_ALL;

	if (gw_str_is_present(nct) && !gw_json_integer(&content, nct)) {
		content = CONTENT_ALL;
	}
	gw_buf_init(&buf, 0, news->box->binding->conf->limits.content_bytes);
	gw_buf_lit(&buf, "{\"m2m:sgn\":{\"nev\":{\"rep\":");
	put_representation(&buf, news, content);
	gw_buf_print(&buf, ",\"net\":%d},\"sur\":", (int)news->event);
	put_reference(&buf, sub);
	gw_buf_lit(&buf, "}}");
	if (gw_buf_is_short(&buf)) {
		gw_warn("notification-lost",
			"a notification is larger than %zu bytes",
			buf.limit_bytes);
	} else {
		sandbox_tell_targets(news->box, sandbox_node_get(sub, "nu"),
				     gw_buf_str(&buf));
	}
	gw_buf_deinit(&buf);
}

void sandbox_tell(struct sandbox_node *node, enum sandbox_event event,
		  const struct sandbox_node *subject,
		  const struct sandbox_call *call)
{
	const struct sandbox_node *sub = NULL;
	struct news news = {
		.box = box_of(node),
		.event = event,
		.subject = subject,
		.call = call,
	};

	TAILQ_FOREACH(sub, &node->kids[SANDBOX_SUBSCRIPTIONS], peers)
	{
		if (sub != subject && wants(sub, &news)) {
			tell_subscription(sub, &news);
		}
	}
}

static void tell_subscriber(const struct sandbox_node *sub)
{
	struct gw_arena *a = sandbox_tree_scratch(sub->tree);
	struct gw_str su = sandbox_node_get(sub, "su");
	struct gw_str content = { 0 };

	if (!gw_str_is_present(su) || !a) {
		return;
	}
	content = gw_arena_print(
		a,
		"{\"m2m:sgn\":{\"sud\":true,\"sur\":\"" GW_STR_FMT
		"/" GW_STR_FMT "\"}}",
		GW_STR_ARG(box_of(sub)->csi), GW_STR_ARG(sub->id));
	if (gw_str_is_present(content)) {
		tell_target(box_of(sub), gw_json_text(a, su), content);
	}
}

void sandbox_tell_removal(struct sandbox_node *node)
{
	sandbox_tell(node, SANDBOX_DELETED, node, NULL);
	if (node->type->number == SANDBOX_SUBSCRIPTION) {
		tell_subscriber(node);
	}
}
