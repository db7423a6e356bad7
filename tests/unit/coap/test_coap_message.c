#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <coap3/coap.h>

#include "bindings/coap/coap_filter.h"
#include "bindings/coap/coap_io.h"

static void what_is_written_libcoap_reads(void **state)
{
	static const char long_text[] =
		"0123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789";
	struct coap_message m;
	struct coap_message back;
	uint8_t bytes[256];
	coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, 0, 0, sizeof(bytes));

	coap_message_init(&m, COAP_NON, COAP_POST);
	m.id = 0xabcd;
	m.token_len = 3;
	memcpy(m.token, "tok", 3);
	coap_message_add(&m, 331, gw_str_from(long_text));
	coap_message_add(&m, 11, GW_STR("a"));
	coap_message_add(&m, 11, GW_STR("b"));
	coap_message_add(&m, 1, GW_STR(""));
	coap_message_add_uint(&m, 12, 10015);
	m.payload = gw_bytes_of(GW_STR("payload"));
	assert_true(coap_message_bytes(&m) <= sizeof(bytes));
	coap_message_put(&m, bytes);
	assert_int_equal(coap_pdu_parse(COAP_PROTO_UDP, bytes,
					coap_message_bytes(&m), pdu),
			 1);
	coap_io_read(&back, pdu);
	assert_int_equal(back.type, COAP_NON);
	assert_int_equal(back.code, COAP_POST);
	assert_int_equal(back.id, 0xabcd);
	assert_int_equal(back.token_len, 3);
	assert_memory_equal(back.token, "tok", 3);
	assert_int_equal(back.n_fields, m.n_fields);
	for (size_t i = 0; i < m.n_fields; i++) {
		assert_int_equal(back.fields[i].number, m.fields[i].number);
		assert_true(gw_str_eq(back.fields[i].value, m.fields[i].value));
	}
	assert_true(gw_str_is(gw_str_of(back.payload), "payload"));
	coap_delete_pdu(pdu);
}

static void numbers_are_as_short_as_can_be(void **state)
{
	static const struct {
		uint32_t n;
		size_t len;
	} all[] = { { 0, 0 },        { 1, 1 },         { 255, 1 },
		    { 256, 2 },      { 2001, 2 },      { 65536, 3 },
		    { 1U << 24, 4 }, { UINT32_MAX, 4 } };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct coap_message m;
		uint32_t back = 1;

		coap_message_init(&m, COAP_CON, COAP_GET);
		coap_message_add_uint(&m, 60, all[i].n);
		assert_int_equal(coap_message_get(&m, 60).len, all[i].len);
		assert_true(coap_message_get_uint(&back, &m, 60));
		assert_int_equal(back, all[i].n);
	}
}

static void one_option_too_many_is_told(void **state)
{
	struct coap_message m;

	coap_message_init(&m, COAP_CON, COAP_GET);
	for (size_t i = 0; i < COAP_FIELDS_MAX; i++) {
		coap_message_add(&m, 11, GW_STR("x"));
	}
	assert_false(m.is_short);
	coap_message_add(&m, 11, GW_STR("x"));
	assert_true(m.is_short);
	assert_int_equal(m.n_fields, COAP_FIELDS_MAX);
}

static void options_are_taken_out(void **state)
{
	struct coap_message m;

	coap_message_init(&m, COAP_CON, COAP_GET);
	coap_message_add(&m, 11, GW_STR("a"));
	coap_message_add(&m, 23, GW_STR("b"));
	coap_message_add(&m, 11, GW_STR("c"));
	coap_message_remove(&m, 11);
	assert_int_equal(m.n_fields, 1);
	assert_null(coap_message_get(&m, 11).at);
	assert_true(gw_str_is(coap_message_get(&m, 23), "b"));
}

static uint64_t key_of(uint16_t number, const char *value)
{
	struct coap_message m;

	coap_message_init(&m, COAP_CON, COAP_GET);
	coap_message_add(&m, 11, GW_STR("path"));
	if (number) {
		coap_message_add(&m, number, gw_str_from(value));
	}
	return coap_message_key(&m, 42).head;
}

static void a_block_has_the_key_of_its_request(void **state)
{
	static const uint16_t blocks[] = { 23, 27, 28, 60, 252 };

	for (size_t i = 0; i < 5; i++) {
		assert_true(key_of(blocks[i], "x") == key_of(0, NULL));
	}
	assert_true(key_of(292, "tag") != key_of(0, NULL));
	assert_true(key_of(11, "more") != key_of(0, NULL));
	assert_true(key_of(283, "r1") != key_of(283, "r2"));
}

static void libcoap_asks_this_program_for_options(void **state)
{
	assert_true(coap_filter_is_open());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_libcoap_reads),
		cmocka_unit_test(numbers_are_as_short_as_can_be),
		cmocka_unit_test(one_option_too_many_is_told),
		cmocka_unit_test(options_are_taken_out),
		cmocka_unit_test(a_block_has_the_key_of_its_request),
		cmocka_unit_test(libcoap_asks_this_program_for_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
