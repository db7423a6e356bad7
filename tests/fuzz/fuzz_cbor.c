/*
 * Fuzz target: any bytes as CBOR, alone and as a primitive.
 *
 * What is read is JSON that the scanner takes; written again it reads as the
 * same text.  A primitive keeps its content byte for byte.
 */

#include <assert.h>
#include <string.h>

#include "core/codec/cbor.h"
#include "core/codec/codec.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

#define LIMIT_BYTES ((size_t)1 << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Text as CBOR and back.  False when a number has digits without end. */
static bool go_round(struct gw_buf *out, struct gw_str text)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf bytes;
	struct gw_cbor_error error;

	gw_buf_init(&bytes, 0, LIMIT_BYTES);
	gw_buf_init(out, 0, LIMIT_BYTES);
	if (!gw_cbor_from_json(&bytes, text)) {
		return false;
	}
	assert(gw_cbor_to_json(out, gw_buf_bytes(&bytes), &error));
	return true;
}

static void check_item(struct gw_bytes cbor)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf text;
	gw_cleanup(gw_buf_deinit) struct gw_buf again = { 0 };
	gw_cleanup(gw_buf_deinit) struct gw_buf more = { 0 };
	struct gw_cbor_error error;
	struct gw_json_error wrong = { 0 };

	gw_buf_init(&text, 0, cbor.len * GW_CBOR_GROWTH + 64);
	if (!gw_cbor_to_json(&text, cbor, &error)) {
		assert(error.reason && error.at <= cbor.len);
		assert(!error.is_short);
		assert(!gw_cbor_check(cbor, &error));
		return;
	}
	(void)gw_cbor_get(cbor, GW_STR("pc"));
	assert(gw_cbor_check(cbor, &error));
	assert(gw_json_scan(gw_buf_str(&text), NULL, 0, NULL, &wrong));
	assert(gw_cbor_is_map(cbor) ==
	       (gw_json_type_of(gw_buf_str(&text)) == GW_JSON_OBJECT));
	/* A number may be written in another way once, "1e5" as "100000.0". */
	if (go_round(&again, gw_buf_str(&text))) {
		assert(gw_json_scan(gw_buf_str(&again), NULL, 0, NULL, &wrong));
		assert(go_round(&more, gw_buf_str(&again)));
		assert(gw_str_eq(gw_buf_str(&again), gw_buf_str(&more)));
	}
}

static void check_primitive(struct gw_bytes message)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *again = NULL;
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	const struct gw_codec_hop same = { 0 };
	struct gw_reason why = { "" };

	gw_buf_init(&buf, 0, LIMIT_BYTES);
	if (gw_codec_decode(&p, &why, GW_MEDIA_CBOR, message, LIMIT_BYTES) !=
	    GW_STATUS_NONE) {
		assert(why.text[0] != '\0');
		assert(!p || (gw_primitive_is_request(p) && p->id.len > 0));
		return;
	}
	assert(!p->content.at ||
	       memmem(message.at, message.len, p->content.at, p->content.len));
	assert(!p->has_lost_content ||
	       (!gw_primitive_is_request(p) && !p->content.at));
	gw_codec_encode(&buf, p, &same, GW_MEDIA_CBOR);
	if (gw_buf_is_short(&buf)) {
		return;
	}
	assert(gw_codec_decode(&again, &why, GW_MEDIA_CBOR, gw_buf_bytes(&buf),
			       LIMIT_BYTES) == GW_STATUS_NONE);
	assert(again->op == p->op && again->status == p->status);
	assert(gw_str_eq(again->id, p->id) && gw_str_eq(again->to, p->to));
	assert(again->content.len == p->content.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct gw_bytes bytes = { data, size };

	check_item(bytes);
	check_primitive(bytes);
	return 0;
}
