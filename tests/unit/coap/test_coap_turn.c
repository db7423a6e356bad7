#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/coap/coap_transfer.h"
#include "bindings/coap/coap_turn.h"

#define MEMORY_BYTES ((size_t)1 << 20)

static struct coap_turns turns;
static struct coap_transfers transfers;
static struct coap_peer peer;

static bool has_room;

static bool may_hold(void *arg, struct coap_peer *of)
{
	assert_ptr_equal(arg, &peer);
	assert_ptr_equal(of, &peer);
	return has_room;
}

static int set_up(void **state)
{
	turns = (struct coap_turns){ 0 };
	transfers = (struct coap_transfers){ 0 };
	peer = (struct coap_peer){ 0 };
	coap_ring_init(&peer.turns);
	coap_ring_init(&peer.transfers);
	has_room = true;
	coap_transfers_init(&transfers, may_hold, &peer);
	coap_turns_init(&turns, MEMORY_BYTES);
	return 0;
}

static int tear_down(void **state)
{
	while (!coap_ring_is_empty(&peer.turns)) {
		coap_turn_free(&turns, gw_container(peer.turns.next,
						    struct coap_turn, of_peer));
	}
	while (!coap_ring_is_empty(&peer.transfers)) {
		coap_transfer_free(&transfers,
				   gw_container(peer.transfers.next,
						struct coap_transfer, of_peer));
	}
	assert_int_equal(turns.n_kept, 0);
	assert_int_equal(turns.n_kept_bytes, 0);
	assert_int_equal(transfers.n, 0);
	assert_int_equal(transfers.n_bytes, 0);
	coap_turns_deinit(&turns);
	return 0;
}

static struct coap_message message(uint16_t id, char token)
{
	struct coap_message m;

	coap_message_init(&m, COAP_CON, COAP_GET);
	m.id = id;
	m.token_len = 1;
	m.token[0] = (uint8_t)token;
	return m;
}

static void a_turn_is_found_by_id_and_token(void **state)
{
	struct coap_message m = message(7, 'a');
	struct coap_message other = message(7, 'b');
	struct coap_turn *turn = coap_turn_new(&turns, &peer, &m, 0);

	assert_ptr_equal(coap_turns_find(&turns, &peer, &m, 0), turn);
	assert_null(coap_turns_find(&turns, &peer, &other, 0));
}

static void an_answer_is_kept_for_the_exchange_lifetime(void **state)
{
	struct coap_message m = message(7, 'a');
	struct coap_turn *turn = coap_turn_new(&turns, &peer, &m, 0);

	coap_turn_keep(&turns, turn, NULL, 0, 1000);
	coap_turns_sweep(&turns, 1000 + COAP_EXCHANGE_LIFETIME_MS - 1);
	assert_ptr_equal(coap_turns_find(&turns, &peer, &m, 2000), turn);
	assert_null(coap_turns_find(&turns, &peer, &m,
				    1000 + COAP_EXCHANGE_LIFETIME_MS));
	assert_int_equal(turns.n_kept, 0);
}

static void a_peer_keeps_its_newest_answers(void **state)
{
	struct coap_message first = message(0, 'a');
	struct coap_message open = message(9999, 'a');

	(void)coap_turn_new(&turns, &peer, &open, 0);
	for (uint16_t i = 0; i < 2 * COAP_KEPT_PER_PEER; i++) {
		struct coap_message m = message(i, 'a');

		coap_turn_keep(&turns, coap_turn_new(&turns, &peer, &m, 0),
			       NULL, 0, 0);
		assert_non_null(coap_turns_find(&turns, &peer, &m, 0));
	}
	assert_int_equal(peer.n_kept, COAP_KEPT_PER_PEER);
	assert_null(coap_turns_find(&turns, &peer, &first, 0));
	assert_non_null(coap_turns_find(&turns, &peer, &open, 0));
}

/* It is its own answer that a peer may ask for again, however late it came. */
static void the_newest_answer_is_kept_whenever_its_request_came(void **state)
{
	struct coap_message late = message(9999, 'a');
	struct coap_turn *turn = coap_turn_new(&turns, &peer, &late, 0);

	for (uint16_t i = 0; i < COAP_KEPT_PER_PEER; i++) {
		struct coap_message m = message(i, 'a');

		coap_turn_keep(&turns, coap_turn_new(&turns, &peer, &m, 0),
			       NULL, 0, 0);
	}
	coap_turn_keep(&turns, turn, NULL, 0, 0);
	assert_non_null(coap_turns_find(&turns, &peer, &late, 0));
}

/* However many peers there are. */
static void kept_answers_are_a_part_of_the_memory_for_all(void **state)
{
	for (uint16_t i = 0; i < COAP_KEPT_PER_PEER / 2; i++) {
		struct coap_message m = message(i, 'a');
		size_t len = MEMORY_BYTES / COAP_KEPT_SHARE / 10;

		coap_turn_keep(&turns, coap_turn_new(&turns, &peer, &m, 0),
			       calloc(1, len), len, 0);
		assert_non_null(coap_turns_find(&turns, &peer, &m, 0));
		assert_true(turns.n_kept_bytes <=
			    MEMORY_BYTES / COAP_KEPT_SHARE);
	}
	assert_int_equal(peer.n_kept, 9);
}

static struct coap_transfer *receive(uint64_t key)
{
	return coap_transfer_receive(&transfers, &peer,
				     (struct coap_key){ .head = key }, 1024);
}

static struct coap_transfer *find(uint64_t head, uint64_t payload,
				  bool is_answer)
{
	return coap_transfer_find(&peer, (struct coap_key){ head, payload },
				  is_answer);
}

static void transfers_of_a_peer_are_bounded(void **state)
{
	for (uint64_t key = 0; key <= COAP_UPLOADS_PER_PEER; key++) {
		assert_non_null(receive(key));
	}
	assert_int_equal(peer.n_uploads, COAP_UPLOADS_PER_PEER);
	assert_null(find(0, 0, false));
	assert_non_null(find(1, 0, false));
	assert_non_null(find(COAP_UPLOADS_PER_PEER, 0, false));
	assert_null(find(1, 0, true));
}

static void a_transfer_that_takes_too_long_is_given_up(void **state)
{
	peer.seen_ms = 1000;
	assert_non_null(receive(1));
	peer.seen_ms = 5000;
	assert_non_null(receive(2));
	coap_transfers_sweep(&transfers, 11000, 10000);
	assert_null(find(1, 0, false));
	assert_non_null(find(2, 0, false));
}

static void what_grows_makes_others_go(void **state)
{
	size_t third = COAP_TRANSFER_BYTES_MAX / 3;
	struct coap_transfer *newest = NULL;

	assert_true(coap_transfer_grew(&transfers, receive(1), third));
	assert_true(coap_transfer_grew(&transfers, receive(2), third));
	newest = receive(3);
	assert_true(coap_transfer_grew(&transfers, newest, third));
	assert_non_null(find(1, 0, false));
	assert_true(coap_transfer_grew(&transfers, newest, third));
	assert_null(find(1, 0, false));
	assert_non_null(find(2, 0, false));
	assert_true(transfers.n_bytes <= COAP_TRANSFER_BYTES_MAX);
	assert_false(coap_transfer_grew(&transfers, newest, 2 * third));
	assert_null(find(2, 0, false));
}

static void what_a_peer_may_not_hold_is_not_kept(void **state)
{
	struct coap_transfer *t = receive(1);

	assert_true(coap_transfer_grew(&transfers, t, 1000));
	assert_int_equal(peer.n_bytes, 1000);
	has_room = false;
	assert_false(coap_transfer_grew(&transfers, t, 1000));
	coap_transfer_free(&transfers, t);
	assert_int_equal(peer.n_bytes, 0);
}

/* An answer as a message, in numbers; the message goes away. */
static struct coap_transfer *offer(uint64_t head, uint64_t payload)
{
	struct coap_message m = message(1, 'a');

	coap_message_add_uint(&m, 307, 2000);
	coap_message_add(&m, 283, GW_STR("r1"));
	m.payload = gw_bytes_of(GW_STR("content"));
	return coap_transfer_offer(&transfers, &peer,
				   (struct coap_key){ head, payload },
				   gw_primitive_new(64, 1024), &m);
}

static void
uploads_and_answers_of_a_peer_do_not_make_each_other_go(void **state)
{
	assert_non_null(receive(1));
	for (uint64_t key = 1; key <= COAP_OFFERS_PER_PEER + 1; key++) {
		assert_non_null(offer(key, 0));
	}
	assert_int_equal(peer.n_offers, COAP_OFFERS_PER_PEER);
	assert_null(find(1, 0, true));
	assert_non_null(find(2, 0, true));
	assert_non_null(find(1, 0, false));
}

static void an_answer_is_for_the_payload_it_answers(void **state)
{
	struct coap_transfer *first = offer(1, 10);
	struct coap_transfer *second = offer(1, 11);

	assert_ptr_equal(find(1, 10, true), first);
	assert_ptr_equal(find(1, 11, true), second);
	assert_null(find(1, 12, true));
	assert_ptr_equal(find(1, 0, true), second);
}

static void what_is_kept_of_an_answer_is_a_copy(void **state)
{
	const struct coap_transfer *t = offer(1, 0);
	uint32_t status = 0;

	assert_true(coap_message_get_uint(&status, t->message, 307));
	assert_int_equal(status, 2000);
	assert_true(gw_str_is(coap_message_get(t->message, 283), "r1"));
	assert_int_equal(t->payload.len, 7);
	assert_true(t->n_bytes >= 7);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_turn_is_found_by_id_and_token),
		TEST(an_answer_is_kept_for_the_exchange_lifetime),
		TEST(a_peer_keeps_its_newest_answers),
		TEST(the_newest_answer_is_kept_whenever_its_request_came),
		TEST(kept_answers_are_a_part_of_the_memory_for_all),
		TEST(transfers_of_a_peer_are_bounded),
		TEST(a_transfer_that_takes_too_long_is_given_up),
		TEST(what_a_peer_may_not_hold_is_not_kept),
		TEST(what_grows_makes_others_go),
		TEST(uploads_and_answers_of_a_peer_do_not_make_each_other_go),
		TEST(an_answer_is_for_the_payload_it_answers),
		TEST(what_is_kept_of_an_answer_is_a_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
