#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/coap/coap_block.h"

#define BLOCK1 27

static struct gw_bytes bytes_of(const char *text)
{
	return gw_bytes_of(gw_str_from(text));
}

static enum coap_taken take(struct gw_buf *body, uint32_t number, bool has_more,
			    const char *text)
{
	const struct coap_block b = { number, has_more, 0 };

	return coap_block_take(body, &b, bytes_of(text));
}

static const char sixteen[] = "0123456789abcdef";

static void blocks_are_put_together_in_order(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf body;

	gw_buf_init(&body, 0, 1024);
	assert_int_equal(take(&body, 0, true, sixteen), COAP_TAKEN);
	assert_int_equal(take(&body, 0, true, sixteen), COAP_TAKEN_BEFORE);
	assert_int_equal(take(&body, 2, true, sixteen), COAP_OUT_OF_ORDER);
	assert_int_equal(take(&body, 1, true, sixteen), COAP_TAKEN);
	assert_int_equal(take(&body, 2, false, "end"), COAP_TAKEN_ALL);
	assert_int_equal(gw_buf_bytes(&body).len, 35);
}

static void a_block_of_another_length_is_ill_formed(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf body;

	gw_buf_init(&body, 0, 1024);
	assert_int_equal(take(&body, 0, true, "short"), COAP_ILL_FORMED);
	assert_int_equal(take(&body, 0, false, "0123456789abcdefg"),
			 COAP_ILL_FORMED);
}

static void nothing_beyond_the_limit_is_taken(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf body;

	gw_buf_init(&body, 0, 40);
	assert_int_equal(take(&body, 0, true, sixteen), COAP_TAKEN);
	assert_int_equal(take(&body, 1, true, sixteen), COAP_TAKEN);
	assert_int_equal(take(&body, 2, true, sixteen), COAP_OVERFLOW);
	assert_int_equal(take(&body, 0xfffff, true, sixteen), COAP_OVERFLOW);
	assert_int_equal(gw_buf_bytes(&body).len, 32);
}

/* The number of a block has 20 bits: no block comes behind the last of them. */
static void no_more_is_taken_than_numbers_can_tell(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf body;
	size_t limit = coap_block_limit(0);

	gw_buf_init(&body, 0, 2 * limit);
	for (size_t n = 0; n < limit - 16; n += 16) {
		gw_buf_add(&body, sixteen, 16);
	}
	assert_int_equal(limit, (size_t)16 * 1024 * 1024);
	assert_int_equal(take(&body, 0xfffff, true, sixteen), COAP_OVERFLOW);
	assert_int_equal(take(&body, 0xfffff, false, sixteen), COAP_TAKEN_ALL);
}

static void what_is_too_large_for_the_size_is_not_cut(void **state)
{
	static uint8_t bytes[((size_t)16 << 20) + 1];
	struct gw_bytes payload = { bytes, sizeof(bytes) };
	struct gw_bytes piece;
	struct coap_block b = { .number = 0 };

	assert_false(coap_block_cut(&piece, &b, payload));
	payload.len--;
	b.number = 0xfffff;
	assert_true(coap_block_cut(&piece, &b, payload));
	assert_false(b.has_more);
	payload.len++;
	b = (struct coap_block){ .number = 0x80000, .size = 1 };
	assert_true(coap_block_cut(&piece, &b, payload));
	assert_int_equal(piece.len, 1);
}

static void a_payload_is_cut_into_blocks(void **state)
{
	struct gw_bytes payload = bytes_of("0123456789abcdef0123");
	struct gw_bytes piece;
	struct coap_block b = { .number = 0 };

	assert_true(coap_block_cut(&piece, &b, payload));
	assert_true(b.has_more);
	assert_int_equal(piece.len, 16);
	b.number = 1;
	assert_true(coap_block_cut(&piece, &b, payload));
	assert_false(b.has_more);
	assert_int_equal(piece.len, 4);
	b.number = 2;
	assert_false(coap_block_cut(&piece, &b, payload));
}

static void options_of_blocks_come_back(void **state)
{
	static const struct coap_block all[] = {
		{ 0, false, 0 }, { 0, true, 6 },       { 1, false, 2 },
		{ 15, true, 6 }, { 0xfffff, true, 5 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct coap_message m;
		struct coap_block b = { 0 };
		bool is_bad = true;

		coap_message_init(&m, COAP_CON, COAP_GET);
		coap_block_add(&m, BLOCK1, &all[i]);
		assert_true(coap_block_get(&b, &is_bad, &m, BLOCK1));
		assert_false(is_bad);
		assert_int_equal(b.number, all[i].number);
		assert_int_equal(b.has_more, all[i].has_more);
		assert_int_equal(b.size, all[i].size);
	}
}

static void an_option_that_means_nothing_is_bad(void **state)
{
	static const struct gw_str values[] = { { "\x07", 1 },
						{ "\x0f", 1 },
						{ "\x01\x02\x03\x04\x05", 5 } };

	for (size_t i = 0; i < 3; i++) {
		struct coap_message m;
		struct coap_block b;
		bool is_bad = false;

		coap_message_init(&m, COAP_CON, COAP_GET);
		coap_message_add(&m, BLOCK1, values[i]);
		assert_false(coap_block_get(&b, &is_bad, &m, BLOCK1));
		assert_true(is_bad);
	}
}

static void the_size_that_fits_is_found(void **state)
{
	assert_int_equal(coap_block_fit(6, 100, 1152), 6);
	assert_int_equal(coap_block_fit(6, 200, 1152), 5);
	assert_int_equal(coap_block_fit(2, 200, 1152), 2);
	assert_int_equal(coap_block_fit(6, 1152, 1152), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_put_together_in_order),
		cmocka_unit_test(a_block_of_another_length_is_ill_formed),
		cmocka_unit_test(nothing_beyond_the_limit_is_taken),
		cmocka_unit_test(no_more_is_taken_than_numbers_can_tell),
		cmocka_unit_test(what_is_too_large_for_the_size_is_not_cut),
		cmocka_unit_test(a_payload_is_cut_into_blocks),
		cmocka_unit_test(options_of_blocks_come_back),
		cmocka_unit_test(an_option_that_means_nothing_is_bad),
		cmocka_unit_test(the_size_that_fits_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
