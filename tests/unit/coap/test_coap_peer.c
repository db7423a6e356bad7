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

static struct coap_peer *get(const char *host, uint16_t port, int64_t now_ms)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port) };

	assert_int_equal(inet_pton(AF_INET, host, &a.sin_addr), 1);
	return coap_peers_get(&peers, (const struct sockaddr *)&a, now_ms);
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

	coap_peer_open(first);
	for (uint16_t i = 1; i < 4; i++) {
		coap_peer_open(get(i < 2 ? "10.0.0.1" : "10.0.0.2", i, i));
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_peer_is_found_again),
		TEST(the_most_silent_makes_room),
		TEST(who_waits_for_an_answer_stays),
		TEST(an_address_has_so_many_peers_and_no_more),
		TEST(silent_peers_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
