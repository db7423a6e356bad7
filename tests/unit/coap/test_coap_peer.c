#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>

#include "bindings/coap/coap_peer.h"

static size_t n_gone;

static struct coap_peers peers;

/* Ends what is open, as the server does. */
static void count_gone(void *arg, struct coap_peer *peer)
{
	n_gone++;
	while (peer->n_open > 0) {
		coap_peer_close(&peers, peer);
	}
}

static int set_up(void **state)
{
	peers = (struct coap_peers){
		.n_max = 4,
		.n_max_per_address = 3,
		.lifetime_ms = 1000,
		.gone = count_gone,
	};
	n_gone = 0;
	coap_peers_init(&peers);
	return 0;
}

static int tear_down(void **state)
{
	coap_peers_deinit(&peers);
	return 0;
}

static struct sockaddr_in at(const char *host, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port) };

	assert_int_equal(inet_pton(AF_INET, host, &a.sin_addr), 1);
	return a;
}

static struct coap_peer *get_as(enum coap_proof proof, const char *host,
				uint16_t port, int64_t now_ms)
{
	struct sockaddr_in a = at(host, port);
	struct gw_net_end end = { 0 };

	assert_true(gw_net_end_of(&end, (const struct sockaddr *)&a));
	return coap_peers_get(&peers, &end, proof, now_ms);
}

static struct coap_peer *get(const char *host, uint16_t port, int64_t now_ms)
{
	return get_as(COAP_UNPROVEN, host, port, now_ms);
}

static void heard(const char *host, uint16_t port, int64_t now_ms)
{
	struct sockaddr_in a = at(host, port);

	coap_peers_heard(&peers, (const struct sockaddr *)&a, now_ms);
}

static bool is_there(const char *host, uint16_t port)
{
	struct sockaddr_in a = at(host, port);

	return coap_peers_find(&peers, (const struct sockaddr *)&a) != NULL;
}

static void a_peer_is_found_again(void **state)
{
	struct coap_peer *peer = get("10.0.0.1", 1, 0);

	assert_non_null(peer);
	assert_ptr_equal(get("10.0.0.1", 1, 5), peer);
	assert_ptr_not_equal(get("10.0.0.1", 2, 5), peer);
	assert_string_equal(peer->host->text, "10.0.0.1");
	assert_int_equal(peer->host->n_peers, 2);
}

static void the_most_silent_makes_room(void **state)
{
	for (uint16_t i = 0; i < 4; i++) {
		assert_non_null(get(i < 2 ? "10.0.0.1" : "10.0.0.2", i, i));
	}
	assert_non_null(get("10.0.0.1", 0, 10)); // no longer the oldest
	assert_non_null(get("10.0.0.3", 9, 11));
	assert_int_equal(peers.peers.n_entries, 4);
	assert_int_equal(n_gone, 1);
	assert_non_null(get("10.0.0.1", 0, 12));
	assert_int_equal(n_gone, 1);
}

static void who_waits_for_an_answer_stays(void **state)
{
	struct coap_peer *first = get("10.0.0.1", 0, 0);

	coap_peer_open(&peers, first);
	for (uint16_t i = 1; i < 4; i++) {
		coap_peer_open(&peers,
			       get(i < 2 ? "10.0.0.1" : "10.0.0.2", i, i));
	}
	assert_null(get("10.0.0.3", 9, 11));
	coap_peer_close(&peers, first);
	assert_non_null(get("10.0.0.3", 9, 12));
}

static void an_address_has_so_many_peers_and_no_more(void **state)
{
	for (uint16_t i = 0; i < 3; i++) {
		assert_non_null(get("10.0.0.1", i, 0));
	}
	assert_null(get("10.0.0.1", 3, 0));
	assert_non_null(get("10.0.0.2", 3, 0));
}

static void silent_peers_are_forgotten(void **state)
{
	assert_non_null(get("10.0.0.1", 1, 0));
	assert_non_null(get("10.0.0.1", 2, 500));
	coap_peers_sweep(&peers, 1000);
	assert_int_equal(peers.peers.n_entries, 1);
	coap_peers_sweep(&peers, 1500);
	assert_int_equal(peers.peers.n_entries, 0);
	assert_int_equal(n_gone, 2);
}

static void who_is_proven_or_trusted_stays_so_as_long_as_that_is(void **state)
{
	assert_true(coap_peer_is_unproven(get("10.0.0.1", 1, 0)));
	assert_false(
		coap_peer_is_unproven(get_as(COAP_PROVEN, "10.0.0.1", 1, 1)));
	assert_false(coap_peer_is_unproven(get("10.0.0.1", 1, 2)));
	assert_false(
		coap_peer_is_unproven(get_as(COAP_TRUSTED, "10.0.0.2", 1, 3)));
	assert_true(coap_peer_is_unproven(get("10.0.0.2", 1, 4)));
}

/* Four places, of which it takes none from others: it is one itself. */
static void who_is_not_proven_goes_first(void **state)
{
	assert_non_null(get_as(COAP_PROVEN, "10.0.0.1", 1, 0));
	assert_non_null(get_as(COAP_TRUSTED, "10.0.0.2", 2, 1));
	assert_non_null(get("10.0.0.3", 3, 2));
	assert_non_null(get("10.0.0.4", 4, 3));
	for (uint16_t i = 5; i < 50; i++) {
		assert_non_null(get("10.0.0.5", i, i));
		assert_int_equal(peers.peers.n_entries, 4);
	}
	assert_true(is_there("10.0.0.1", 1) && is_there("10.0.0.2", 2));
	assert_non_null(get_as(COAP_PROVEN, "10.0.0.6", 6, 60));
	assert_non_null(get_as(COAP_PROVEN, "10.0.0.7", 7, 61));
	assert_true(is_there("10.0.0.1", 1) && is_there("10.0.0.2", 2));
	assert_false(is_there("10.0.0.5", 49));
	assert_int_equal(peers.n_unproven, 0);
}

/* One of them is the share of the unproven. */
static void who_is_not_proven_takes_no_more_than_a_share(void **state)
{
	for (uint16_t i = 0; i < 4; i++) {
		assert_non_null(get_as(COAP_PROVEN,
				       i < 2 ? "10.0.0.1" : "10.0.0.2", i, i));
	}
	coap_peer_open(&peers, get("10.0.0.3", 1, 10));
	assert_false(is_there("10.0.0.1", 0)); // it was the most silent
	assert_null(get("10.0.0.3", 2, 11));
	assert_true(is_there("10.0.0.1", 1));
}

static void who_is_proven_is_never_refused_for_who_is_not(void **state)
{
	for (uint16_t i = 0; i < 4; i++) {
		coap_peer_open(&peers,
			       get(i < 2 ? "10.0.0.1" : "10.0.0.2", i, i));
	}
	assert_null(get("10.0.0.3", 9, 10));
	for (uint16_t i = 0; i < 4; i++) {
		struct coap_peer *peer = get_as(
			COAP_PROVEN, i < 2 ? "10.0.0.3" : "10.0.0.4", i, 11);

		assert_non_null(peer);
		coap_peer_open(&peers, peer);
		assert_int_equal(n_gone, i + 1);
	}
	assert_null(get_as(COAP_PROVEN, "10.0.0.5", 1, 12)); // all wait
	assert_true(is_there("10.0.0.3", 0));
}

static void nor_at_the_bound_of_its_address(void **state)
{
	for (uint16_t i = 0; i < 3; i++) {
		coap_peer_open(&peers, get("10.0.0.1", i, i));
	}
	assert_null(get("10.0.0.1", 9, 10));
	for (uint16_t i = 10; i < 13; i++) {
		assert_non_null(get_as(COAP_PROVEN, "10.0.0.1", i, i));
	}
	assert_int_equal(n_gone, 3);
	assert_null(get_as(COAP_PROVEN, "10.0.0.1", 13, 13));
}

static void the_only_one_at_an_address_makes_room_there(void **state)
{
	peers.n_max_per_address = 1;
	assert_non_null(get("10.0.0.1", 1, 0));
	assert_non_null(get_as(COAP_PROVEN, "10.0.0.1", 2, 1));
	assert_int_equal(peers.peers.n_entries, 1);
	assert_int_equal(peers.hosts.n_entries, 1);
}

static void who_answers_is_proven_and_vouches_for_its_address(void **state)
{
	struct coap_peer *other = get("10.0.0.1", 1, 0);

	heard("10.0.0.1", 5683, 1);
	assert_false(coap_peer_is_unproven(get("10.0.0.1", 5683, 2)));
	assert_true(coap_peer_is_unproven(other));
	assert_true(other->host->has_answered);
	assert_false(get("10.0.0.2", 1, 3)->host->has_answered);
}

static void who_answers_puts_nobody_out_who_waits(void **state)
{
	peers.n_max_per_address = 1;
	coap_peer_open(&peers, get("10.0.0.1", 1, 0));
	heard("10.0.0.1", 5683, 1);
	assert_int_equal(n_gone, 0);
	assert_true(get("10.0.0.1", 1, 2)->host->has_answered);
	assert_false(is_there("10.0.0.1", 5683));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_peer_is_found_again),
		TEST(the_most_silent_makes_room),
		TEST(who_waits_for_an_answer_stays),
		TEST(an_address_has_so_many_peers_and_no_more),
		TEST(silent_peers_are_forgotten),
		TEST(who_is_proven_or_trusted_stays_so_as_long_as_that_is),
		TEST(who_is_not_proven_goes_first),
		TEST(who_is_not_proven_takes_no_more_than_a_share),
		TEST(who_is_proven_is_never_refused_for_who_is_not),
		TEST(nor_at_the_bound_of_its_address),
		TEST(the_only_one_at_an_address_makes_room_there),
		TEST(who_answers_is_proven_and_vouches_for_its_address),
		TEST(who_answers_puts_nobody_out_who_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
