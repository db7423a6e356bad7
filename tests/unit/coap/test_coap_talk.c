/* The messages of one request: what the other side may say, and what is done
 * about it.  There is no socket in here. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <coap3/coap.h>

#include "bindings/coap/coap_io.h"
#include "bindings/coap/coap_talk.h"
#include "bindings/coap/coap_url.h"

#define ECHO COAP_OPTION_ECHO
#define BLOCK1 COAP_OPTION_BLOCK1
#define BLOCK2 COAP_OPTION_BLOCK2
#define SIZE1 COAP_OPTION_SIZE1
#define RQI 283
#define RSC_CURRENT 307
#define RSC_LEGACY 265
#define FR_CURRENT 279
#define FR_LEGACY 256

#define CONTENT_BYTES_MAX 10000
#define REQUEST_BYTES 2500
#define TOKEN 0x1122334455667788U

#define CREATED COAP_CODE(2, 1)

static struct coap_url url;
static struct coap_talk talk;
static struct coap_talk_end end;
static struct coap_message m;    // of the other side
static struct coap_message sent; // in pdu
static coap_pdu_t *pdu;
static struct gw_bytes content;
static uint8_t sent_bytes[COAP_TALK_BYTES_MAX];

static void begin(size_t n_bytes)
{
	struct gw_primitive *p = talk.request;
	struct gw_reason why;
	static uint8_t text[2 * CONTENT_BYTES_MAX];

	memset(text, 'a', sizeof(text));
	memcpy(text, "{\"m2m:cin\":\"", 12);
	if (n_bytes > 0) {
		memcpy(text + n_bytes - 2, "\"}", 2);
		p->content = (struct gw_bytes){ text, n_bytes };
		p->media = GW_MEDIA_JSON;
	}
	content = p->content;
	assert_int_equal(coap_talk_begin(&talk, &why), GW_STATUS_NONE);
}

static int set_up(void **state)
{
	struct gw_primitive *p = gw_primitive_new(4096, (size_t)1 << 20);

	assert_non_null(p);
	p->op = GW_OP_CREATE;
	p->type = 4;
	p->id = GW_STR("r1");
	p->from = GW_STR("Cdev");
	p->to = GW_STR("cse-in");
	p->release = GW_STR("3");
	assert_true(coap_url_parse(&url, GW_STR("coap://10.0.0.1")));
	end = (struct coap_talk_end){ .status = GW_STATUS_NONE };
	talk = (struct coap_talk){
		.request = p,
		.hop = { .url = &url, .now_ms = 1760000000000 },
		.content_bytes = CONTENT_BYTES_MAX,
	};
	return 0;
}

static int tear_down(void **state)
{
	coap_delete_pdu(pdu);
	pdu = NULL;
	coap_talk_deinit(&talk);
	gw_primitive_free(talk.request);
	end.answer = gw_primitive_free(end.answer);
	return 0;
}

/* The message that is due, as libcoap reads it. */
static void write_due(void)
{
	size_t len = coap_talk_write(&talk, sent_bytes, 7, TOKEN);

	assert_true(len > 0);
	coap_delete_pdu(pdu);
	pdu = coap_pdu_init(COAP_MESSAGE_CON, 0, 0, len);
	assert_non_null(pdu);
	assert_true(coap_pdu_parse(COAP_PROTO_UDP, sent_bytes, len, pdu));
	coap_io_read(&sent, pdu);
	assert_int_equal(sent.type, COAP_CON);
}

static void ask(size_t n_bytes)
{
	begin(n_bytes);
	write_due();
}

static bool has(uint16_t number)
{
	return gw_str_is_present(coap_message_get(&sent, number));
}

static void wrote_block(uint16_t option, uint32_t number, bool has_more,
			unsigned size)
{
	struct coap_block b;
	bool is_bad = false;

	write_due();
	assert_true(coap_block_get(&b, &is_bad, &sent, option));
	assert_int_equal(b.number, number);
	assert_int_equal(b.has_more, has_more);
	assert_int_equal(b.size, size);
}

/* What the other side says, to be filled in. */
static void say(uint8_t code)
{
	coap_message_init(&m, COAP_ACK, code);
}

static void say_block(uint8_t code, uint16_t option, struct coap_block b)
{
	say(code);
	coap_block_add(&m, option, &b);
}

static int take(void)
{
	end.answer = gw_primitive_free(end.answer);
	end = (struct coap_talk_end){ .status = GW_STATUS_NONE };
	return (int)coap_talk_take(&talk, &end, &m);
}

/* It is an answer with what its code stands for. */
static void is_answered(enum gw_status status)
{
	assert_int_equal(take(), COAP_TALK_ANSWER);
	assert_int_equal(end.answer->status, status);
}

static void say_ok(void)
{
	say(CREATED);
	coap_message_add(&m, RQI, GW_STR("r1"));
	coap_message_add_uint(&m, RSC_CURRENT, 2001);
}

/* A block of an answer, full unless it is the last. */
static int take_block2(uint32_t number, bool has_more, unsigned size)
{
	static uint8_t text[1024];

	memset(text, 'b', sizeof(text));
	if (number == 0) {
		memcpy(text, "{\"m2m:cin\":\"", 12);
	}
	if (!has_more) {
		memcpy(text + 8, "\"}", 2);
	}
	say_ok();
	coap_block_add(&m, BLOCK2,
		       &(struct coap_block){ number, has_more, size });
	m.payload = (struct gw_bytes){ text,
				       has_more ? coap_block_bytes(size) : 10 };
	return take();
}

/* There is more of the answer than one block. */
static void fetch(void)
{
	ask(0);
	assert_int_equal(take_block2(0, true, 6), COAP_TALK_MORE);
}

static void a_small_request_is_one_message(void **state)
{
	ask(100);
	assert_int_equal(sent.code, COAP_POST);
	assert_false(has(BLOCK1));
	assert_false(has(ECHO));
	assert_true(gw_str_eq(gw_str_of(sent.payload), gw_str_of(content)));
	assert_memory_equal(sent_bytes + COAP_HEADER_BYTES,
			    &(uint64_t){ TOKEN }, COAP_TOKEN_BYTES);
	say_ok();
	is_answered(GW_STATUS_CREATED);
}

static void a_message_can_be_written_again(void **state)
{
	uint8_t first[COAP_TALK_BYTES_MAX];
	size_t len = 0;

	begin(REQUEST_BYTES);
	len = coap_talk_write(&talk, first, 7, TOKEN);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(coap_talk_write(&talk, sent_bytes, 7, TOKEN),
				 len);
		assert_memory_equal(first, sent_bytes, len);
	}
}

static void a_large_request_goes_block_by_block(void **state)
{
	size_t n = 0;

	begin(REQUEST_BYTES);
	for (uint32_t i = 0; i < 3; i++) {
		wrote_block(BLOCK1, i, i < 2, 6);
		assert_int_equal(has(SIZE1), i == 0);
		assert_memory_equal(content.at + n, sent.payload.at,
				    sent.payload.len);
		n += sent.payload.len;
		if (i < 2) {
			say_block(COAP_CONTINUE, BLOCK1,
				  (struct coap_block){ i, true, 6 });
			assert_int_equal(take(), COAP_TALK_MORE);
		}
	}
	assert_int_equal(n, REQUEST_BYTES);
	say_ok();
	assert_int_equal(take(), COAP_TALK_ANSWER);
}

static void the_other_side_may_want_smaller_blocks(void **state)
{
	begin(REQUEST_BYTES);
	wrote_block(BLOCK1, 0, true, 6);
	say_block(COAP_CONTINUE, BLOCK1, (struct coap_block){ 0, true, 4 });
	assert_int_equal(take(), COAP_TALK_MORE);
	wrote_block(BLOCK1, 4, true, 4);
	assert_memory_equal(content.at + 1024, sent.payload.at, 256);
}

static void a_request_too_large_begins_anew_with_smaller_blocks(void **state)
{
	ask(REQUEST_BYTES);
	for (unsigned size = 6; size-- > 0;) {
		say_block(COAP_TOO_LARGE, BLOCK1,
			  (struct coap_block){ 0, false, size });
		assert_int_equal(take(), COAP_TALK_ANEW);
		wrote_block(BLOCK1, 0, true, size);
	}
	is_answered(GW_STATUS_BAD_REQUEST);
}

static void a_request_too_large_in_its_middle_is_refused(void **state)
{
	ask(REQUEST_BYTES);
	say(COAP_CONTINUE);
	assert_int_equal(take(), COAP_TALK_MORE);
	say_block(COAP_TOO_LARGE, BLOCK1, (struct coap_block){ 1, false, 2 });
	is_answered(GW_STATUS_BAD_REQUEST);
}

static void a_block_confirmed_again_asks_for_nothing(void **state)
{
	ask(REQUEST_BYTES);
	say_block(COAP_CONTINUE, BLOCK1, (struct coap_block){ 0, true, 6 });
	assert_int_equal(take(), COAP_TALK_MORE);
	write_due();
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(take(), COAP_TALK_WAIT);
	}
	say_block(COAP_CONTINUE, BLOCK1, (struct coap_block){ 9, true, 6 });
	assert_int_equal(take(), COAP_TALK_WAIT);
	wrote_block(BLOCK1, 1, true, 6);
}

static void who_goes_on_without_a_number_ends_with_the_last_block(void **state)
{
	ask(REQUEST_BYTES);
	for (int i = 0; i < 2; i++) {
		say(COAP_CONTINUE);
		assert_int_equal(take(), COAP_TALK_MORE);
		write_due();
	}
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(take(), COAP_TALK_WAIT);
	}
}

static void nobody_is_told_to_continue_what_is_whole(void **state)
{
	ask(100);
	say_block(COAP_CONTINUE, BLOCK1, (struct coap_block){ 0, true, 6 });
	assert_int_equal(take(), COAP_TALK_WAIT);
}

static void an_answer_is_fetched_block_by_block(void **state)
{
	fetch();
	wrote_block(BLOCK2, 1, false, 6);
	assert_int_equal(take_block2(1, true, 6), COAP_TALK_MORE);
	wrote_block(BLOCK2, 2, false, 6);
	assert_int_equal(take_block2(2, false, 6), COAP_TALK_ANSWER);
	assert_int_equal(end.answer->content.len, 2 * 1024 + 10);
}

static void the_blocks_of_an_answer_may_have_any_size(void **state)
{
	ask(0);
	assert_int_equal(take_block2(0, true, 2), COAP_TALK_MORE);
	wrote_block(BLOCK2, 1, false, 2);
	assert_int_equal(take_block2(1, false, 2), COAP_TALK_ANSWER);
	assert_int_equal(end.answer->content.len, 64 + 10);
}

static void a_request_in_blocks_may_have_an_answer_in_blocks(void **state)
{
	ask(REQUEST_BYTES);
	for (int i = 0; i < 2; i++) {
		say(COAP_CONTINUE);
		assert_int_equal(take(), COAP_TALK_MORE);
		write_due();
	}
	assert_int_equal(take_block2(0, true, 6), COAP_TALK_MORE);
	wrote_block(BLOCK2, 1, false, 6);
	assert_false(has(BLOCK1));
	assert_int_equal(sent.payload.len, 0);
	assert_int_equal(take_block2(1, false, 6), COAP_TALK_ANSWER);
}

static void a_block_of_the_answer_that_comes_again_is_dropped(void **state)
{
	fetch();
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(take_block2(0, true, 6), COAP_TALK_WAIT);
	}
	wrote_block(BLOCK2, 1, false, 6);
	assert_int_equal(take_block2(1, false, 6), COAP_TALK_ANSWER);
}

static void fails_with(int step, const char *why)
{
	assert_int_equal(step, COAP_TALK_FAIL);
	assert_int_equal(end.status, GW_STATUS_INTERNAL_SERVER_ERROR);
	assert_string_equal(end.why.text, why);
	assert_null(end.answer);
}

static void a_block_too_far_ends_the_request(void **state)
{
	fetch();
	fails_with(take_block2(2, true, 6),
		   "the blocks of the answer do not fit");
}

static void an_answer_may_not_begin_twice(void **state)
{
	fetch();
	fails_with(take_block2(0, false, 6),
		   "the blocks of the answer do not fit");
}

static void an_answer_may_not_begin_in_its_middle(void **state)
{
	ask(0);
	fails_with(take_block2(1, false, 6),
		   "the blocks of the answer do not fit");
}

static void a_block_of_another_length_ends_the_request(void **state)
{
	ask(0);
	say_ok();
	coap_block_add(&m, BLOCK2, &(struct coap_block){ 0, true, 6 });
	m.payload = (struct gw_bytes){ sent_bytes, 1000 };
	fails_with(take(), "the blocks of the answer do not fit");
}

static void a_block_option_without_a_meaning_ends_the_request(void **state)
{
	ask(0);
	say_ok();
	coap_message_add_uint(&m, BLOCK2, 7);
	fails_with(take(), "the blocks of the answer do not fit");
}

static void an_answer_too_large_ends_the_request(void **state)
{
	uint32_t n = 0;

	ask(0);
	while (take_block2(n, true, 6) == COAP_TALK_MORE) {
		n++;
	}
	assert_int_equal(n, CONTENT_BYTES_MAX / 1024);
	fails_with(take_block2(n, true, 6), "the answer is too large");
}

static void say_echo(uint8_t code, const char *value)
{
	say(code);
	coap_message_add(&m, ECHO, gw_str_from(value));
}

static void an_echo_is_brought_back_once(void **state)
{
	ask(100);
	say_echo(COAP_UNAUTHORIZED, "hello");
	assert_int_equal(take(), COAP_TALK_ANEW);
	write_due();
	assert_true(gw_str_is(coap_message_get(&sent, ECHO), "hello"));
	say_echo(COAP_UNAUTHORIZED, "again");
	is_answered(GW_STATUS_ORIGINATOR_NOT_AUTHENTICATED);
}

static void an_echo_amid_blocks_begins_with_the_first(void **state)
{
	ask(REQUEST_BYTES);
	say(COAP_CONTINUE);
	assert_int_equal(take(), COAP_TALK_MORE);
	wrote_block(BLOCK1, 1, true, 6);
	say_echo(COAP_UNAUTHORIZED, "hello");
	assert_int_equal(take(), COAP_TALK_ANEW);
	wrote_block(BLOCK1, 0, true, 6);
	assert_true(has(ECHO));
}

static void an_echo_beside_a_block_goes_with_the_next(void **state)
{
	ask(REQUEST_BYTES);
	say_echo(COAP_CONTINUE, "hello");
	assert_int_equal(take(), COAP_TALK_MORE);
	wrote_block(BLOCK1, 1, true, 6);
	assert_true(gw_str_is(coap_message_get(&sent, ECHO), "hello"));
}

static void an_echo_that_is_none_is_not_brought_back(void **state)
{
	ask(100);
	say_echo(COAP_UNAUTHORIZED, "");
	is_answered(GW_STATUS_ORIGINATOR_NOT_AUTHENTICATED);
	say_echo(COAP_UNAUTHORIZED,
		 "longer than the forty bytes that an Echo may have");
	is_answered(GW_STATUS_ORIGINATOR_NOT_AUTHENTICATED);
	write_due();
	assert_false(has(ECHO));
}

static void bad_options_are_tried_in_the_other_numbers_once(void **state)
{
	ask(REQUEST_BYTES);
	assert_true(has(FR_CURRENT));
	say(COAP_CONTINUE);
	assert_int_equal(take(), COAP_TALK_MORE);
	say(COAP_BAD_OPTION);
	assert_int_equal(take(), COAP_TALK_ANEW);
	wrote_block(BLOCK1, 0, true, 6);
	assert_true(has(FR_LEGACY));
	assert_false(has(FR_CURRENT));
	say(COAP_BAD_OPTION);
	is_answered(GW_STATUS_BAD_REQUEST);
}

static void other_numbers_amid_an_answer_fetch_it_anew(void **state)
{
	fetch();
	say(COAP_BAD_OPTION);
	assert_int_equal(take(), COAP_TALK_ANEW);
	write_due();
	assert_false(has(BLOCK2));
	assert_int_equal(take_block2(0, true, 6), COAP_TALK_MORE);
	assert_int_equal(take_block2(1, false, 6), COAP_TALK_ANSWER);
	assert_int_equal(end.answer->content.len, 1024 + 10);
}

static void who_speaks_the_old_numbers_is_tried_in_the_new(void **state)
{
	talk.hop.is_legacy = true;
	ask(100);
	assert_true(has(FR_LEGACY));
	say(COAP_BAD_OPTION);
	assert_int_equal(take(), COAP_TALK_ANEW);
	write_due();
	assert_true(has(FR_CURRENT));
}

static void a_refusal_of_onem2m_is_no_trouble_with_numbers(void **state)
{
	ask(100);
	say(COAP_BAD_OPTION);
	coap_message_add_uint(&m, RSC_CURRENT, 4000);
	is_answered(GW_STATUS_BAD_REQUEST);
	write_due();
	assert_true(has(FR_CURRENT));
}

static void nobody_can_have_it_begin_anew_for_ever(void **state)
{
	static const uint8_t codes[] = { COAP_UNAUTHORIZED, COAP_BAD_OPTION,
					 COAP_TOO_LARGE };
	size_t n_anew = 0;

	ask(REQUEST_BYTES);
	for (uint32_t i = 0; i < 1000; i++) {
		say_echo(codes[i % 3], "hello");
		coap_block_add(&m, BLOCK1,
			       &(struct coap_block){ .size = 5 - i / 3 % 6 });
		n_anew += take() == COAP_TALK_ANEW;
		write_due();
	}
	assert_true(n_anew <= 1 + 1 + 2 * COAP_BLOCK_SIZE_MAX);
}

static void an_answer_tells_which_numbers_it_has(void **state)
{
	begin(100);
	say_ok();
	assert_int_equal(take(), COAP_TALK_ANSWER);
	assert_true(end.has_dialect);
	assert_false(end.is_legacy);
	say(CREATED);
	coap_message_add_uint(&m, RSC_LEGACY, 2001);
	assert_int_equal(take(), COAP_TALK_ANSWER);
	assert_true(end.has_dialect);
	assert_true(end.is_legacy);
}

static void a_code_alone_is_an_answer_that_tells_no_numbers(void **state)
{
	begin(100);
	say(CREATED);
	is_answered(GW_STATUS_CREATED);
	assert_false(end.has_dialect);
}

static void an_answer_to_another_request_is_none(void **state)
{
	begin(100);
	say(CREATED);
	coap_message_add(&m, RQI, GW_STR("r2"));
	coap_message_add_uint(&m, RSC_CURRENT, 2001);
	assert_int_equal(take(), COAP_TALK_FAIL);
	assert_string_equal(end.why.text, "the answer is to another request");
}

static void what_cannot_be_encoded_is_never_begun(void **state)
{
	char text[300];
	struct gw_reason why = { "" };

	memset(text, 'x', sizeof(text));
	talk.request->from = (struct gw_str){ text, sizeof(text) };
	assert_int_not_equal(coap_talk_begin(&talk, &why), GW_STATUS_NONE);
	assert_string_not_equal(why.text, "");
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_small_request_is_one_message),
		CLAIM(a_message_can_be_written_again),
		CLAIM(a_large_request_goes_block_by_block),
		CLAIM(the_other_side_may_want_smaller_blocks),
		CLAIM(a_request_too_large_begins_anew_with_smaller_blocks),
		CLAIM(a_request_too_large_in_its_middle_is_refused),
		CLAIM(a_block_confirmed_again_asks_for_nothing),
		CLAIM(who_goes_on_without_a_number_ends_with_the_last_block),
		CLAIM(nobody_is_told_to_continue_what_is_whole),
		CLAIM(an_answer_is_fetched_block_by_block),
		CLAIM(the_blocks_of_an_answer_may_have_any_size),
		CLAIM(a_request_in_blocks_may_have_an_answer_in_blocks),
		CLAIM(a_block_of_the_answer_that_comes_again_is_dropped),
		CLAIM(a_block_too_far_ends_the_request),
		CLAIM(an_answer_may_not_begin_twice),
		CLAIM(an_answer_may_not_begin_in_its_middle),
		CLAIM(a_block_of_another_length_ends_the_request),
		CLAIM(a_block_option_without_a_meaning_ends_the_request),
		CLAIM(an_answer_too_large_ends_the_request),
		CLAIM(an_echo_is_brought_back_once),
		CLAIM(an_echo_amid_blocks_begins_with_the_first),
		CLAIM(an_echo_beside_a_block_goes_with_the_next),
		CLAIM(an_echo_that_is_none_is_not_brought_back),
		CLAIM(bad_options_are_tried_in_the_other_numbers_once),
		CLAIM(other_numbers_amid_an_answer_fetch_it_anew),
		CLAIM(who_speaks_the_old_numbers_is_tried_in_the_new),
		CLAIM(a_refusal_of_onem2m_is_no_trouble_with_numbers),
		CLAIM(nobody_can_have_it_begin_anew_for_ever),
		CLAIM(an_answer_tells_which_numbers_it_has),
		CLAIM(a_code_alone_is_an_answer_that_tells_no_numbers),
		CLAIM(an_answer_to_another_request_is_none),
		CLAIM(what_cannot_be_encoded_is_never_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
