#pragma once

/*
 * Contract - what the tests of the bindings have in common.
 *
 * The state of a test points at the end under test.  Two relays meet over it;
 * or it answers itself, and then there is near alone.  See chain.h.
 */

#include "tests/contract/chain.h"

/* The chain of the test at hand. */
extern struct chain bench;

#define CONTRACT_CASE(test)                                         \
	cmocka_unit_test_prestate_setup_teardown(test, bench_start, \
						 bench_stop, NULL)
int bench_start(void **state);
int bench_stop(void **state);

const struct chain_end *end_of(void **state);

/* The CREATE of an instance with content of that many bytes; 0: none. */
struct gw_primitive *new_request(size_t content_bytes);

/* Have it asked at near, which takes it. */
struct gw_exchange *ask(struct gw_primitive *p);

void await_asked(size_t n);
void await_replies(size_t n);
void await_drained(struct gw_relay *relay);

/* Let the deadline of an exchange pass soon. */
void expire(struct gw_exchange *x);

/* Run them against that end.  Returns the exit code. */
struct CMUnitTest;
int contract_run(const struct chain_end *end, struct CMUnitTest *tests,
		 size_t n_tests);

/* What each end is asked, whether it answers itself or not. */
typedef void contract_test_fn(void **state);
contract_test_fn what_send_refuses_is_answered_once_from_the_loop;
contract_test_fn of_a_thousand_points_of_access_sixteen_are_tried;
contract_test_fn content_that_the_hop_does_not_read_is_4015;

/* contract_loopback.c */
contract_test_fn it_stands_beside_all_others;
contract_test_fn what_it_asks_itself_is_4004;
contract_test_fn a_name_is_taken_once;
contract_test_fn a_whole_url_names_what_is_behind_the_door;

/* Of those that write whole primitives; of those that write CBOR. */
contract_test_fn content_that_no_message_can_hold_is_4015;
contract_test_fn a_number_that_cbor_cannot_hold_is_4015;
