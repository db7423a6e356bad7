/*
 * CBOR items - one head at a time, as libcbor takes it off the front.
 */

#include "core/codec/cbor_item.h"

#include <assert.h>
#include <cbor/streaming.h>

static void on_uint8(void *arg, uint8_t n)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_UNSIGNED,
						       .n = n };
}

static void on_uint16(void *arg, uint16_t n)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_UNSIGNED,
						       .n = n };
}

static void on_uint32(void *arg, uint32_t n)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_UNSIGNED,
						       .n = n };
}

static void on_uint64(void *arg, uint64_t n)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_UNSIGNED,
						       .n = n };
}

static void on_negint8(void *arg, uint8_t n)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_NEGATIVE,
						       .n = n };
}

static void on_negint16(void *arg, uint16_t n)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_NEGATIVE,
						       .n = n };
}

static void on_negint32(void *arg, uint32_t n)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_NEGATIVE,
						       .n = n };
}

static void on_negint64(void *arg, uint64_t n)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_NEGATIVE,
						       .n = n };
}

static void on_bytes(void *arg, cbor_data at, size_t len)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_BYTES,
						       .bytes = { at, len } };
}

static void on_text(void *arg, cbor_data at, size_t len)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_TEXT,
						       .bytes = { at, len } };
}

static void on_bytes_start(void *arg)
{
	*(struct cbor_item *)arg =
		(struct cbor_item){ .kind = CBOR_BYTES_START };
}

static void on_text_start(void *arg)
{
	*(struct cbor_item *)arg =
		(struct cbor_item){ .kind = CBOR_TEXT_START };
}

static void on_array(void *arg, size_t n)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_ARRAY,
						       .n = n };
}

static void on_array_start(void *arg)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_ARRAY,
						       .is_indefinite = true };
}

static void on_map(void *arg, size_t n)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_MAP,
						       .n = n };
}

static void on_map_start(void *arg)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_MAP,
						       .is_indefinite = true };
}

static void on_tag(void *arg, uint64_t n)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_TAG,
						       .n = n };
}

static void on_float(void *arg, float value)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_FLOAT,
						       .value = (double)value };
}

static void on_double(void *arg, double value)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_FLOAT,
						       .value = value };
}

static void on_undefined(void *arg)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_UNDEFINED };
}

static void on_null(void *arg)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_NIL };
}

static void on_bool(void *arg, bool is_true)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_BOOL,
						       .n = is_true };
}

static void on_break(void *arg)
{
	*(struct cbor_item *)arg = (struct cbor_item){ .kind = CBOR_BREAK };
}

static const struct cbor_callbacks callbacks = {
	.uint8 = on_uint8,
	.uint16 = on_uint16,
	.uint32 = on_uint32,
	.uint64 = on_uint64,
	.negint8 = on_negint8,
	.negint16 = on_negint16,
	.negint32 = on_negint32,
	.negint64 = on_negint64,
	.byte_string_start = on_bytes_start,
	.byte_string = on_bytes,
	.string = on_text,
	.string_start = on_text_start,
	.indef_array_start = on_array_start,
	.array_start = on_array,
	.indef_map_start = on_map_start,
	.map_start = on_map,
	.tag = on_tag,
	.float2 = on_float,
	.float4 = on_float,
	.float8 = on_double,
	.undefined = on_undefined,
	.null = on_null,
	.boolean = on_bool,
	.indef_break = on_break,
};

const char *cbor_item_read(struct cbor_item *item, size_t *n_usedp,
			   struct gw_bytes rest)
{
	struct cbor_decoder_result result;

	assert(rest.at || rest.len == 0);
	result = cbor_stream_decode(rest.at, rest.len, &callbacks, item);
	if (result.status == CBOR_DECODER_NEDATA) {
		return "the content ends too early";
	}
	if (result.status != CBOR_DECODER_FINISHED) {
		return "this is no CBOR, or a simple value that JSON has no "
		       "form for";
	}
	assert(result.read > 0 && result.read <= rest.len);
	*n_usedp = result.read;
	return NULL;
}
