/* Places of requests whose sender may be forged. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/coap/coap_pot.h"

#define N_MAX ((size_t)2)

static struct coap_pot pot;
static struct coap_host host;
static struct coap_peer peer;
static struct coap_turn turns[COAP_VOUCHED_MAX + N_MAX + 1];

static int set_up(void **state)
{
	host = (struct coap_host){ .n_peers = 1 };
	peer = (struct coap_peer){ .host = &host };
	for (size_t i = 0; i < sizeof(turns) / sizeof(*turns); i++) {
		turns[i] = (struct coap_turn){ .peer = &peer,
					       .at_ms = (int64_t)i };
	}
	coap_pot_init(&pot, N_MAX * COAP_UNPROVEN_SHARE);
	return 0;
}

static void enter(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_true(coap_pot_has_room(&pot, &peer));
		coap_pot_enter(&pot, &turns[i]);
	}
}

static void a_few_sessions_are_enough_for_one_place(void **state)
{
	coap_pot_init(&pot, 1);
	assert_true(coap_pot_has_room(&pot, &peer));
	assert_int_equal(pot.n_max, 1);
}

static void a_full_pot_has_no_room_until_somebody_leaves(void **state)
{
	enter(N_MAX);
	assert_false(coap_pot_has_room(&pot, &peer));
	coap_pot_leave(&pot, &turns[0]);
	coap_pot_leave(&pot, &turns[0]);
	assert_int_equal(pot.n, N_MAX - 1);
	assert_true(coap_pot_has_room(&pot, &peer));
}

static void who_is_proven_or_trusted_is_not_in_it(void **state)
{
	enter(N_MAX);
	peer.is_proven = true;
	assert_true(coap_pot_has_room(&pot, &peer));
	coap_pot_enter(&pot, &turns[N_MAX]);
	peer.is_proven = false;
	peer.is_trusted = true;
	assert_true(coap_pot_has_room(&pot, &peer));
	assert_int_equal(pot.n, N_MAX);
	coap_pot_leave(&pot, &turns[N_MAX]);
	assert_int_equal(pot.n, N_MAX);
}

static void the_oldest_makes_room_when_it_has_had_its_time(void **state)
{
	enter(N_MAX);
	assert_null(coap_pot_overdue(&pot, COAP_POT_MS - 1));
	assert_ptr_equal(coap_pot_overdue(&pot, COAP_POT_MS), &turns[0]);
	coap_pot_leave(&pot, &turns[0]);
	assert_null(coap_pot_overdue(&pot, COAP_POT_MS));
	assert_ptr_equal(coap_pot_overdue(&pot, COAP_POT_MS + 1), &turns[1]);
	coap_pot_leave(&pot, &turns[1]);
	assert_null(coap_pot_overdue(&pot, INT64_MAX));
}

static void who_is_proven_meanwhile_makes_no_room(void **state)
{
	struct coap_peer other = { .host = &host };

	turns[1].peer = &other;
	enter(N_MAX);
	peer.is_proven = true;
	assert_ptr_equal(coap_pot_overdue(&pot, INT64_MAX), &turns[1]);
	assert_int_equal(pot.n, 1);
	assert_true(coap_pot_has_room(&pot, &other));
}

static void an_address_that_has_answered_has_places_beside_it(void **state)
{
	host.has_answered = true;
	enter(COAP_VOUCHED_MAX);
	assert_int_equal(pot.n, 0);
	assert_null(coap_pot_overdue(&pot, INT64_MAX));
	for (size_t i = COAP_VOUCHED_MAX; i < COAP_VOUCHED_MAX + N_MAX; i++) {
		assert_true(coap_pot_has_room(&pot, &peer));
		coap_pot_enter(&pot, &turns[i]);
	}
	assert_int_equal(pot.n, N_MAX);
	assert_false(coap_pot_has_room(&pot, &peer));
	coap_pot_leave(&pot, &turns[0]);
	coap_pot_leave(&pot, &turns[0]);
	assert_int_equal(host.n_vouched, COAP_VOUCHED_MAX - 1);
	assert_true(coap_pot_has_room(&pot, &peer));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_few_sessions_are_enough_for_one_place),
		TEST(a_full_pot_has_no_room_until_somebody_leaves),
		TEST(who_is_proven_or_trusted_is_not_in_it),
		TEST(the_oldest_makes_room_when_it_has_had_its_time),
		TEST(who_is_proven_meanwhile_makes_no_room),
		TEST(an_address_that_has_answered_has_places_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
