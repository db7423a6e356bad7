/* Peers who may not be where they say. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/coap/coap_proof.h"
#include "bindings/coap/coap_server.h"
#include "tests/support/fake_loop.h"

#define ECHO_NUMBER 252

static struct fake_loop loop;
static struct coap_server server;
static struct coap_peer peer;

static int set_up(void **state)
{
	fake_loop_init(&loop);
	server = (struct coap_server){ .loop = &loop.base, .secret = { 1, 2 } };
	peer = (struct coap_peer){ .credit = 100, .end = { .port = 5683 } };
	return 0;
}

static int tear_down(void **state)
{
	fake_loop_deinit(&loop);
	return 0;
}

static void no_more_goes_to_a_stranger_than_is_allowed(void **state)
{
	assert_true(coap_proof_pay(&peer, 60));
	assert_false(coap_proof_allows(&peer, 41));
	assert_false(coap_proof_pay(&peer, 41));
	assert_false(coap_proof_pay(&peer, SIZE_MAX));
	assert_int_equal(peer.credit, 40);
	assert_true(coap_proof_pay(&peer, 40));
	assert_int_equal(peer.credit, 0);
	assert_false(coap_proof_pay(&peer, 1));
	assert_true(coap_proof_pay(&peer, 0));
}

/* Two requests of ten bytes, each of which may be answered with thirty. */
static void what_a_request_earns_is_for_its_own_answer(void **state)
{
	struct coap_turn first = { .peer = &peer, .n_bytes = 10 };
	struct coap_turn second = { .peer = &peer, .n_bytes = 10 };

	peer.credit = 60;
	coap_proof_reserve(&first);
	coap_proof_reserve(&second);
	assert_false(coap_proof_pay(&peer, 1));
	coap_proof_release(&first, 4);
	assert_true(coap_proof_pay(&peer, 4));
	coap_proof_release(&first, first.reserved);
	assert_int_equal(coap_proof_free(&peer), 26);
	assert_false(coap_proof_pay(&peer, 27));
	assert_true(coap_proof_pay(&peer, 26));
	coap_proof_release(&first, first.reserved);
	assert_int_equal(coap_proof_free(&peer), 0);
	coap_proof_release(&second, 100);
	assert_int_equal(coap_proof_free(&peer), 30);
	assert_int_equal(peer.reserved, 0);
}

static void who_is_proven_pays_nothing(void **state)
{
	peer.is_proven = true;
	assert_true(coap_proof_pay(&peer, SIZE_MAX));
	assert_int_equal(peer.credit, 100);
}

static void who_is_in_a_trusted_network_pays_nothing(void **state)
{
	peer.is_trusted = true;
	assert_true(coap_proof_pay(&peer, SIZE_MAX));
	assert_int_equal(peer.credit, 100);
	peer.is_trusted = false;
	assert_false(coap_proof_allows(&peer, 101));
}

/* What the peer is given, and who brings it back after a while. */
static bool is_proven_by(const struct coap_peer *given,
			 const struct coap_peer *from, int64_t after_ms)
{
	uint8_t value[COAP_ECHO_BYTES];
	struct coap_message m;

	coap_message_init(&m, COAP_CON, COAP_GET);
	coap_proof_add(&m, value, &server, &given->end);
	fake_loop_pass(&loop, after_ms);
	return coap_proof_is_brought(&server, &from->end, &m);
}

static void who_brings_its_echo_back_is_proven(void **state)
{
	assert_true(is_proven_by(&peer, &peer, COAP_ECHO_MS));
}

static void an_old_echo_proves_nothing(void **state)
{
	assert_false(is_proven_by(&peer, &peer, COAP_ECHO_MS + 1000));
}

static void the_echo_of_another_address_proves_nothing(void **state)
{
	struct coap_peer other = peer;

	other.end.address.at[15]++;
	assert_false(is_proven_by(&other, &peer, 0));
}

static void the_echo_of_another_process_proves_nothing(void **state)
{
	uint8_t value[COAP_ECHO_BYTES];
	struct coap_message m;

	coap_message_init(&m, COAP_CON, COAP_GET);
	coap_proof_add(&m, value, &server, &peer.end);
	server.secret[1]++;
	assert_false(coap_proof_is_brought(&server, &peer.end, &m));
}

static void an_echo_of_a_time_to_come_proves_nothing(void **state)
{
	uint8_t value[COAP_ECHO_BYTES];
	struct coap_message m;

	coap_message_init(&m, COAP_CON, COAP_GET);
	loop.now_ms = 5000;
	coap_proof_add(&m, value, &server, &peer.end);
	loop.now_ms = 3000;
	assert_false(coap_proof_is_brought(&server, &peer.end, &m));
}

/* Brings back the first bytes of an Echo, with one of them changed. */
static bool is_proven_by_part(size_t len, size_t changed, uint8_t change)
{
	uint8_t value[COAP_ECHO_BYTES];
	struct coap_message m;

	coap_message_init(&m, COAP_CON, COAP_GET);
	coap_proof_add(&m, value, &server, &peer.end);
	value[changed] ^= change;
	m.fields[0].value.len = len;
	return coap_proof_is_brought(&server, &peer.end, &m);
}

static void an_echo_that_was_changed_proves_nothing(void **state)
{
	for (size_t i = 0; i < COAP_ECHO_BYTES; i++) {
		assert_false(is_proven_by_part(COAP_ECHO_BYTES, i, 1));
	}
	for (size_t len = 0; len < COAP_ECHO_BYTES; len++) {
		assert_false(is_proven_by_part(len, 0, 0));
	}
	assert_true(is_proven_by_part(COAP_ECHO_BYTES, 0, 0));
}

static void other_values_prove_nothing(void **state)
{
	static const char zeros[40];
	struct coap_message m;

	coap_message_init(&m, COAP_CON, COAP_GET);
	assert_false(coap_proof_is_brought(&server, &peer.end, &m));
	for (size_t len = 0; len <= sizeof(zeros); len++) {
		coap_message_init(&m, COAP_CON, COAP_GET);
		coap_message_add(&m, ECHO_NUMBER,
				 (struct gw_str){ zeros, len });
		assert_false(coap_proof_is_brought(&server, &peer.end, &m));
	}
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(no_more_goes_to_a_stranger_than_is_allowed),
		CLAIM(what_a_request_earns_is_for_its_own_answer),
		CLAIM(who_is_proven_pays_nothing),
		CLAIM(who_is_in_a_trusted_network_pays_nothing),
		CLAIM(who_brings_its_echo_back_is_proven),
		CLAIM(an_old_echo_proves_nothing),
		CLAIM(the_echo_of_another_address_proves_nothing),
		CLAIM(the_echo_of_another_process_proves_nothing),
		CLAIM(an_echo_of_a_time_to_come_proves_nothing),
		CLAIM(an_echo_that_was_changed_proves_nothing),
		CLAIM(other_values_prove_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
