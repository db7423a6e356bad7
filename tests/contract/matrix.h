#pragma once

/*
 * Matrix - what the tests of each pair of bindings have in common.
 */

#include "core/primitive.h"
#include "tests/contract/chain.h"

/* One cell: two bindings and how content is written on either hop. */
struct cell {
	const struct chain_end *left;
	const struct chain_end *right;
	enum gw_media media_left;
	enum gw_media media_right;
};

/* The chain of the cell at hand; its tests share it. */
extern struct chain matrix_chain;

/* JSON content; NULL is none. */
struct gw_primitive *matrix_request(enum gw_op op, const char *json);
struct gw_primitive *matrix_answer(int status, const char *json);

void matrix_expect_content(const struct gw_primitive *got, const char *json);

void matrix_print_answer(void);

/* One exchange from end to end. */
void matrix_exchange(const struct cell *cell, enum gw_op op, const char *asks,
		     int status, const char *answers);

/* Run before and after each test. */
int matrix_set_up(void **state);
int matrix_tell_seed(void **state);

typedef void matrix_test_fn(void **state);

/* matrix_basics.c */
matrix_test_fn each_operation_crosses;
matrix_test_fn discovery_crosses_with_its_lists;
matrix_test_fn attributes_are_retrieved_by_name;
matrix_test_fn each_address_scope_crosses;
matrix_test_fn each_status_crosses;
matrix_test_fn one_mebibyte_crosses_both_ways;
matrix_test_fn unknown_parameters_cross_where_they_can;

/* matrix_params.c */
matrix_test_fn each_response_type_crosses;
matrix_test_fn no_response_is_asked_for;
matrix_test_fn each_filter_crosses;
matrix_test_fn filters_of_old_peers_cross;
matrix_test_fn what_has_expired_is_4008;
matrix_test_fn a_time_that_is_none_crosses;
matrix_test_fn a_near_deadline_is_carried_across;
matrix_test_fn what_would_change_its_meaning_is_refused;

/* matrix_delivery.c */
matrix_test_fn the_same_rqi_twice_is_two_exchanges;
matrix_test_fn a_registree_is_reached_through_its_poa;
matrix_test_fn an_unreachable_target_is_5103;

/* matrix_random.c */
matrix_test_fn random_primitives_cross_or_are_refused;
