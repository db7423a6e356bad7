/*
 * What a megabyte of content costs, in instructions.
 *
 *	valgrind --tool=callgrind --instr-atstart=yes codec
 *
 * Each kind of content, in each direction, leaves its count in a file of its
 * own, which says "Client Request: KIND DIRECTION".
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "core/codec/codec.h"
#include "core/codec/content.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

#define CONTENT_BYTES ((size_t)1000000)
#define LIMIT_BYTES ((size_t)1 << 28)

/* Append one item of a kind; bits are random ones. */
typedef void put_fn(struct gw_buf *buf, uint64_t bits);

static void put_head(struct gw_buf *buf, unsigned head, uint64_t n,
		     size_t n_bytes)
{
	gw_buf_add_char(buf, (char)head);
	for (size_t i = n_bytes; i > 0; i--) {
		gw_buf_add_char(buf, (char)(n >> (8 * (i - 1))));
	}
}

static void put_integer(struct gw_buf *buf, uint64_t bits)
{
	put_head(buf, (unsigned)(bits % 24), 0, 0);
}

static void put_half(struct gw_buf *buf, uint64_t bits)
{
	put_head(buf, 0xf9, bits % 0x7c00, 2);
}

static void put_single(struct gw_buf *buf, uint64_t bits)
{
	put_head(buf, 0xfa, bits % 0x7f800000, 4);
}

static void put_double(struct gw_buf *buf, uint64_t bits)
{
	put_head(buf, 0xfb, bits % (UINT64_C(0x7ff) << 52), 8);
}

static void put_subnormal(struct gw_buf *buf, uint64_t bits)
{
	put_head(buf, 0xfb, bits >> 12, 8);
}

/* Where the last digit decides. */
static void put_large(struct gw_buf *buf, uint64_t bits)
{
	double d = (double)(bits >> 6);
	uint64_t n = 0;

	memcpy(&n, &d, sizeof(n));
	put_head(buf, 0xfb, n, 8);
}

static void put_bignum(struct gw_buf *buf, uint64_t bits)
{
	put_head(buf, 0xc2, 0x587f, 2);
	for (int i = 0; i < 127; i++) {
		gw_buf_add_char(buf, (char)(bits >> (i % 57)));
	}
}

/* A number times 10^308. */
static void put_decimal(struct gw_buf *buf, uint64_t bits)
{
	put_head(buf, 0xc4, 0x82190134, 4);
	gw_buf_add_char(buf, (char)(bits % 2));
}

static void put_text(struct gw_buf *buf, uint64_t bits)
{
	put_head(buf, 0x61, 1 + bits % 100, 1);
}

static void put_pieces(struct gw_buf *buf, uint64_t bits)
{
	put_head(buf, 0x7f, 0x6161ff, 3);
}

static void put_array(struct gw_buf *buf, uint64_t bits)
{
	put_head(buf, bits % 2 ? 0x80 : 0x9f, 0xff, bits % 2 ? 0 : 1);
}

static void put_map(struct gw_buf *buf, uint64_t bits)
{
	put_head(buf, 0xa1, 0x616100, 3);
}

static void put_nested(struct gw_buf *buf, uint64_t bits)
{
	for (int i = 0; i < 28; i++) {
		gw_buf_add_char(buf, (char)0x81);
	}
	gw_buf_add_char(buf, 0);
}

static const struct {
	const char *name;
	put_fn *put;
} kinds[] = {
	{ "integers", put_integer },     { "halves", put_half },
	{ "singles", put_single },       { "doubles", put_double },
	{ "subnormals", put_subnormal }, { "large doubles", put_large },
	{ "bignums", put_bignum },       { "decimals", put_decimal },
	{ "texts", put_text },           { "pieces", put_pieces },
	{ "arrays", put_array },         { "maps", put_map },
	{ "nested", put_nested },
};

static void die(const char *kind, const char *why)
{
	(void)fprintf(stderr, "codec: %s: %s\n", kind, why);
	exit(1);
}

static uint64_t roll(void)
{
	static uint64_t dice = 88172645463325252;

	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return dice;
}

/* A request in CBOR that holds so much of a kind. */
static struct gw_buf request_of(put_fn *put)
{
	static const char head[] = "\xa5\x62op\x01\x62to\x61x\x62"
				   "fr\x61"
				   "C\x63rqi\x61"
				   "1\x62pc\xa1\x61x\x9f";
	struct gw_buf buf;

	gw_buf_init(&buf, 0, LIMIT_BYTES);
	gw_buf_add(&buf, head, sizeof(head) - 1);
	while (buf.len < CONTENT_BYTES) {
		put(&buf, roll());
	}
	gw_buf_add_char(&buf, (char)0xff);
	return buf;
}

/* Read a request, bring its content into the form of the hop, and write it, as
 * an exchange does.  Returns what was written. */
static struct gw_buf cross(const char *kind, struct gw_bytes message,
			   enum gw_media from, enum gw_media to)
{
	const struct gw_codec_hop hop = { 0 };
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;
	struct gw_reason why = { "" };
	struct gw_buf out;

	gw_buf_init(&out, 0, LIMIT_BYTES);
	if (gw_codec_decode(&p, &why, from, message, LIMIT_BYTES) !=
		    GW_STATUS_NONE ||
	    gw_content_become(p, to, &why) != GW_STATUS_NONE) {
		die(kind, why.text);
	}
	gw_codec_encode(&out, p, &hop, to);
	if (gw_buf_is_short(&out)) {
		die(kind, "it cannot be written");
	}
	return out;
}

/* The same, counted. */
static struct gw_buf count(const char *kind, struct gw_bytes message,
			   enum gw_media from, enum gw_media to)
{
	char name[64];
	struct gw_buf out;

	(void)snprintf(name, sizeof(name), "%zu %s to %s: %s", message.len,
		       gw_content_name(from), gw_content_name(to), kind);
	CALLGRIND_ZERO_STATS;
	out = cross(kind, message, from, to);
	CALLGRIND_DUMP_STATS_AT(name);
	return out;
}

int main(void)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		gw_cleanup(gw_buf_deinit) struct gw_buf cbor = request_of(
			kinds[i].put);
		gw_cleanup(gw_buf_deinit) struct gw_buf json = count(
			kinds[i].name, gw_buf_bytes(&cbor), GW_MEDIA_CBOR,
			GW_MEDIA_JSON);
		struct gw_buf out;

		out = count(kinds[i].name, gw_buf_bytes(&cbor), GW_MEDIA_CBOR,
			    GW_MEDIA_CBOR);
		gw_buf_deinit(&out);
		out = count(kinds[i].name, gw_buf_bytes(&json), GW_MEDIA_JSON,
			    GW_MEDIA_CBOR);
		gw_buf_deinit(&out);
		out = count(kinds[i].name, gw_buf_bytes(&json), GW_MEDIA_JSON,
			    GW_MEDIA_JSON);
		gw_buf_deinit(&out);
	}
	return 0;
}
