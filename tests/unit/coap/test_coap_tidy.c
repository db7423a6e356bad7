#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <coap3/coap.h>

#include "bindings/coap/coap_io.h"
#include "bindings/coap/coap_tidy.h"

#define BYTES_MAX 2048

static struct coap_message m;
static struct coap_message back;
static uint8_t bytes[BYTES_MAX];
static uint8_t tidy[BYTES_MAX];
static coap_pdu_t *pdu;

static int set_up(void **state)
{
	coap_message_init(&m, COAP_CON, COAP_POST);
	m.id = 0xabcd;
	m.token_len = 2;
	memcpy(m.token, "tk", 2);
	return 0;
}

static int tear_down(void **state)
{
	coap_delete_pdu(pdu);
	pdu = NULL;
	return 0;
}

/* What libcoap makes of the message when this process asks it, as it does for
 * datagrams.  False: it would be answered with a reset. */
static bool arrives(void)
{
	size_t len = coap_message_bytes(&m);

	assert_true(len <= sizeof(bytes));
	coap_message_put(&m, bytes);
	coap_delete_pdu(pdu);
	pdu = coap_pdu_init(COAP_MESSAGE_CON, 0, 0, len - COAP_HEADER_BYTES);
	coap_set_log_level(LOG_EMERG);
	if (!coap_pdu_parse(COAP_PROTO_UDP, bytes, len, pdu)) {
		return false;
	}
	coap_io_read(&back, pdu);
	return true;
}

static size_t n_of(uint16_t number)
{
	size_t n = 0;

	for (size_t i = 0; i < back.n_fields; i++) {
		n += back.fields[i].number == number;
	}
	return n;
}

static void add(uint16_t number, size_t len)
{
	static const char text[BYTES_MAX];

	coap_message_add(&m, number, (struct gw_str){ text, len });
}

static void an_empty_query_is_passed_over(void **state)
{
	coap_message_add(&m, 11, GW_STR("cse-in"));
	add(15, 0);
	coap_message_add(&m, 15, GW_STR("rcn=1"));
	add(15, 0);
	coap_message_add(&m, 283, GW_STR("r1"));
	m.payload = gw_bytes_of(GW_STR("{}"));
	assert_true(arrives());
	assert_int_equal(back.n_fields, 3);
	assert_true(gw_str_is(back.fields[0].value, "cse-in"));
	assert_true(gw_str_is(back.fields[1].value, "rcn=1"));
	assert_true(gw_str_is(coap_message_get(&back, 283), "r1"));
	assert_true(gw_str_is(gw_str_of(back.payload), "{}"));
	assert_int_equal(back.id, 0xabcd);
	assert_memory_equal(back.token, "tk", 2);
}

/* RFC 7252 5.4.3: each is treated as an option that is not known. */
static void a_length_that_cannot_be_makes_an_option_unknown(void **state)
{
	static const struct {
		size_t len;
		uint16_t number;
		bool is_critical;
	} all[] = {
		{ 9, 1, true },     { 0, 3, true },     { 256, 3, true },
		{ 0, 4, false },    { 9, 4, false },    { 1, 5, true },
		{ 4, 6, false },    { 3, 7, true },     { 256, 8, false },
		{ 256, 9, true },   { 256, 11, true },  { 3, 12, false },
		{ 5, 14, false },   { 256, 15, true },  { 0, 16, false },
		{ 3, 17, true },    { 256, 20, false }, { 4, 23, true },
		{ 4, 27, true },    { 5, 28, false },   { 0, 35, true },
		{ 1035, 35, true }, { 0, 39, true },    { 5, 60, false },
		{ 41, 252, false }, { 2, 258, false },  { 9, 292, false },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		(void)set_up(state);
		coap_message_add(&m, 283, GW_STR("r1"));
		add(all[i].number, all[i].len);
		assert_true(arrives());
		assert_int_equal(n_of(1), all[i].is_critical);
		assert_int_equal(back.n_fields, 1 + all[i].is_critical);
		assert_true(gw_str_is(coap_message_get(&back, 283), "r1"));
	}
}

/* An option that is taken out may make the next one longer. */
static void a_bad_message_never_grows(void **state)
{
	for (uint16_t next = 3; next < 600; next++) {
		(void)set_up(state);
		add(3, 0);
		add(next, next == 3 ? 0 : 1);
		assert_true(arrives());
		assert_true(n_of(1) == 1);
		assert_true(back.n_fields <= 2);
	}
}

static void too_many_options_beside_a_bad_one_are_refused(void **state)
{
	static const uint8_t head[] = { 0x40, COAP_GET, 0, 1, 0x30 };
	size_t len = sizeof(head);
	size_t n_bytes = 0;

	memcpy(bytes, head, sizeof(head));
	bytes[len++] = 0x80; // Uri-Path, and as many again as no message has
	memset(bytes + len, 0, 300);
	len += 300;
	n_bytes = coap_tidy(tidy, bytes, len);
	assert_true(n_bytes > 0 && n_bytes <= len);
	assert_int_equal(tidy[4], 0x10); // If-Match
}

static void what_is_no_message_stays_none(void **state)
{
	static const struct gw_str all[] = {
		GW_STR(""),
		GW_STR("\x40\x01\x00"),
		GW_STR("\x80\x01\x00\x01\x30"),             // another version
		GW_STR("\x49\x01\x00\x01\x30xxxxxxxx"),     // long token
		GW_STR("\x42\x01\x00\x01x"),                // no room for it
		GW_STR("\x40\x01\x00\x01\x30\xff"),         // nothing behind
		GW_STR("\x40\x01\x00\x01\x30\xf0"),         // no such delta
		GW_STR("\x40\x01\x00\x01\x30\x0f"),         // no such length
		GW_STR("\x40\x01\x00\x01\x30\xe0\x00"),     // ends in a delta
		GW_STR("\x40\x01\x00\x01\x30\x0e\x00"),     // ends in a length
		GW_STR("\x40\x01\x00\x01\x30\xb4xyz"),      // ends in a value
		GW_STR("\x40\x01\x00\x01\x30\xe0\xff\xff"), // beyond all numbers
		GW_STR("\x40\x01\x00\x01\xb6"
		       "cse-in"), // nothing is wrong
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		assert_int_equal(
			coap_tidy(tidy, (const uint8_t *)all[i].at, all[i].len),
			0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_query_is_passed_over),
		TEST(a_length_that_cannot_be_makes_an_option_unknown),
		TEST(a_bad_message_never_grows),
		TEST(too_many_options_beside_a_bad_one_are_refused),
		TEST(what_is_no_message_stays_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
