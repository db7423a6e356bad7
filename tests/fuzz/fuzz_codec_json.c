/*
 * Fuzz target: any bytes as a primitive.
 *
 * What is read is written so that it reads as the same primitive again, and its
 * content are bytes that were received.  What is left of a refused text is a
 * request with an id, or nothing.
 */

#include <assert.h>
#include <string.h>

#include "core/codec/codec.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

#define LIMIT_BYTES ((size_t)1 << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct gw_primitive *decode(struct gw_str text, size_t limit_bytes)
{
	struct gw_primitive *p = NULL;
	struct gw_reason why = { 0 };
	enum gw_status status = gw_codec_decode(&p, &why, GW_MEDIA_JSON,
						gw_bytes_of(text), limit_bytes);

	if (status == GW_STATUS_NONE) {
		assert(p && !gw_arena_is_short(p->arena));
		assert(!p->has_lost_content ||
		       (!gw_primitive_is_request(p) && !p->content.at));
		return p;
	}
	assert(why.text[0] != '\0');
	assert(!p || (gw_primitive_is_request(p) && p->id.len > 0 &&
		      !p->params && !p->content.at && !p->to.at));
	gw_primitive_free(p);
	return NULL;
}

static void assert_same_text(struct gw_str a, struct gw_str b)
{
	if (!a.at) {
		assert(!b.at);
		return;
	}
	assert(b.at && gw_str_eq(a, b));
}

static void assert_same(const struct gw_primitive *a,
			const struct gw_primitive *b)
{
	const struct gw_param *other = b->params;

	assert(a->op == b->op && a->status == b->status);
	assert(a->type == b->type && a->media == b->media);
	assert_same_text(a->id, b->id);
	assert_same_text(a->from, b->from);
	assert_same_text(a->to, b->to);
	assert_same_text(a->release, b->release);
	assert_same_text(gw_str_of(a->content), gw_str_of(b->content));
	for (const struct gw_param *param = a->params; param;
	     param = param->next, other = other->next) {
		assert(other);
		assert_same_text(param->name, other->name);
		assert_same_text(param->value, other->value);
	}
	assert(!other);
}

static void encode(struct gw_buf *buf, const struct gw_primitive *p,
		   const struct gw_codec_hop *hop)
{
	struct gw_json_error error;

	gw_buf_init(buf, 16, LIMIT_BYTES);
	gw_codec_json_encode(buf, p, hop);
	assert(!gw_buf_is_short(buf));
	assert(gw_json_scan(gw_buf_str(buf), NULL, 0, NULL, &error));
}

static void check_hops(const struct gw_primitive *p)
{
	const struct gw_codec_hop hop = {
		.id = GW_STR("id"),
		.from = GW_STR("from"),
		.is_anonymous = true,
		.has_flat_filters = true,
		.has_single_smf = true,
	};
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	struct gw_str fc = gw_primitive_get(p, GW_STR("fc"));
	struct gw_json_error error;

	encode(&buf, p, &hop);
	if (gw_str_is_present(fc)) {
		fc = gw_codec_filters(p->arena, fc, &hop);
		assert(gw_json_scan(fc, NULL, 0, NULL, &error));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gw_str text = { .at = (const char *)data, .len = size };
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = decode(
		text, LIMIT_BYTES);
	gw_cleanup(gw_primitive_freep) struct gw_primitive *again = NULL;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *tight = decode(
		text, size);
	const struct gw_codec_hop same = { 0 };
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, 0);
	if (!p) {
		assert(!tight);
		return 0;
	}
	assert(!p->content.at ||
	       memmem(data, size, p->content.at, p->content.len));
	encode(&buf, p, &same);
	again = decode(gw_buf_str(&buf), LIMIT_BYTES);
	assert(again);
	assert_same(p, again);
	check_hops(p);
	return 0;
}
