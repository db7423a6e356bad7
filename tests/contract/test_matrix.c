/*
 * Matrix - each binding to each binding, in each serialisation.
 *
 * What a request and an answer say is compared at the other end of two hops.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/codec/content.h"
#include "tests/contract/matrix.h"

#define CASE(test)                                                    \
	cmocka_unit_test_prestate_setup_teardown(test, matrix_set_up, \
						 matrix_tell_seed, NULL)
#define N_OF(list) (sizeof(list) / sizeof(*(list)))

/* Random primitives come first, so that they can be had alone. */
static struct CMUnitTest tests[] = {
	CASE(random_primitives_cross_or_are_refused),
	CASE(each_operation_crosses),
	CASE(discovery_crosses_with_its_lists),
	CASE(attributes_are_retrieved_by_name),
	CASE(each_address_scope_crosses),
	CASE(each_status_crosses),
	CASE(one_mebibyte_crosses_both_ways),
	CASE(unknown_parameters_cross_where_they_can),
	CASE(each_response_type_crosses),
	CASE(no_response_is_asked_for),
	CASE(each_filter_crosses),
	CASE(filters_of_old_peers_cross),
	CASE(what_has_expired_is_4008),
	CASE(a_time_that_is_none_crosses),
	CASE(a_near_deadline_is_carried_across),
	CASE(what_would_change_its_meaning_is_refused),
	CASE(the_same_rqi_twice_is_two_exchanges),
	CASE(a_registree_is_reached_through_its_poa),
	CASE(an_unreachable_target_is_5103),
};

static int run(struct cell *cell, size_t n_tests)
{
	int n_failed = 0;

	for (size_t t = 0; t < N_OF(tests); t++) {
		tests[t].initial_state = cell;
	}
	print_message("# %s, %s -> %s, %s\n", cell->left->scheme,
		      gw_content_name(cell->media_left), cell->right->scheme,
		      gw_content_name(cell->media_right));
	n_failed = _cmocka_run_group_tests("matrix", tests, n_tests, NULL,
					   NULL);
	chain_stop(&matrix_chain);
	return n_failed;
}

int main(int argc, char **argv)
{
	static const enum gw_media media[] = { GW_MEDIA_JSON, GW_MEDIA_CBOR };
	bool is_random = argc == 4 && strcmp(argv[3], "random") == 0;
	bool is_good = argc == 3 || is_random;
	const struct chain_end *left = is_good ? chain_end_find(argv[1]) : NULL;
	const struct chain_end *right = is_good ? chain_end_find(argv[2])
						: NULL;
	int n_failed = 0;

	if (!left || !right) {
		(void)fprintf(stderr,
			      "usage: test_matrix SCHEME SCHEME [random]\n");
		return 2;
	}
	for (size_t i = 0; i < 4; i++) {
		struct cell cell = { left, right, media[i / 2], media[i % 2] };

		n_failed += run(&cell, is_random ? 1 : N_OF(tests));
	}
	return n_failed ? 1 : 0;
}
