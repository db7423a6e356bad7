/* Ids in flight and ids in use: who may be meant by an answer. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/ws/ws_pending.h"
#include "core/lib/mint.h"

#define NOW 1000

/* Any hash will do here, but it has to be spread. */
static uint64_t hash_of(struct gw_str s)
{
	uint64_t h = 14695981039346656037ULL;

	for (size_t i = 0; i < s.len; i++) {
		h = (h ^ (uint8_t)s.at[i]) * 1099511628211ULL;
	}
	return h;
}

static int add(struct ws_pending *p, struct ws_entry *e, struct gw_str id,
	       int64_t now_ms)
{
	return ws_pending_add(p, e, id, hash_of(id), now_ms);
}

static struct ws_entry *find(const struct ws_pending *p, struct gw_str id)
{
	return ws_pending_find(p, id, hash_of(id));
}

static void an_answer_finds_its_request(void **state)
{
	struct ws_pending p;
	struct ws_entry a = { 0 };
	struct ws_entry b = { 0 };

	ws_pending_init(&p, 64);
	assert_null(find(&p, GW_STR("a")));
	assert_int_equal(add(&p, &a, GW_STR("a"), NOW), 0);
	assert_int_equal(add(&p, &b, GW_STR("b"), NOW), 0);
	assert_ptr_equal(find(&p, GW_STR("b")), &b);
	assert_ptr_equal(find(&p, GW_STR("a")), &a);
	assert_null(find(&p, GW_STR("c")));
	ws_pending_deinit(&p);
}

static void an_id_in_flight_is_taken(void **state)
{
	struct ws_pending p;
	struct ws_entry a = { 0 };
	struct ws_entry b = { 0 };

	ws_pending_init(&p, 64);
	assert_int_equal(add(&p, &a, GW_STR("1"), NOW), 0);
	assert_int_equal(add(&p, &b, GW_STR("1"), NOW), -EEXIST);
	ws_pending_deinit(&p);
}

static void a_doubled_answer_finds_nobody(void **state)
{
	struct ws_pending p;
	struct ws_entry a = { 0 };

	ws_pending_init(&p, 64);
	assert_int_equal(add(&p, &a, GW_STR("1"), NOW), 0);
	ws_pending_answered(&p, &a, NOW);
	assert_null(find(&p, GW_STR("1")));
	ws_pending_deinit(&p);
}

static void an_id_stays_taken_after_its_answer(void **state)
{
	struct ws_pending p;
	struct ws_entry a = { 0 };
	struct ws_entry b = { 0 };

	ws_pending_init(&p, 64);
	assert_int_equal(add(&p, &a, GW_STR("1"), NOW), 0);
	ws_pending_answered(&p, &a, NOW + 5);
	assert_int_equal(add(&p, &b, GW_STR("1"), NOW + 4 + WS_USED_MS),
			 -EEXIST);
	assert_int_equal(add(&p, &b, GW_STR("1"), NOW + 5 + WS_USED_MS), 0);
	ws_pending_deinit(&p);
}

static void a_late_answer_to_a_forgotten_request_finds_nobody(void **state)
{
	struct ws_pending p;
	struct ws_entry a = { 0 };
	struct ws_entry b = { 0 };

	ws_pending_init(&p, 64);
	assert_int_equal(add(&p, &a, GW_STR("1"), NOW), 0);
	ws_pending_forget(&p, &a, NOW + 10000);
	assert_null(find(&p, GW_STR("1")));
	assert_int_equal(add(&p, &b, GW_STR("1"), NOW + 10001), -EEXIST);
	ws_pending_deinit(&p);
}

static void without_room_to_remember_no_id_is_kept(void **state)
{
	struct ws_pending p;
	struct ws_entry e[4] = { 0 };
	struct gw_mint mint;
	char minted[GW_MINT_BYTES];

	ws_pending_init(&p, 2);
	gw_mint_init(&mint, GW_STR("gw"), 12345);
	assert_int_equal(add(&p, &e[0], GW_STR("a"), NOW), 0);
	assert_int_equal(add(&p, &e[1], GW_STR("b"), NOW), 0);
	assert_int_equal(add(&p, &e[2], GW_STR("c"), NOW), -ENOSPC);
	ws_pending_answered(&p, &e[0], NOW);
	assert_int_equal(add(&p, &e[2], GW_STR("c"), NOW), -ENOSPC);
	e[2].is_minted = true;
	assert_int_equal(add(&p, &e[2], gw_mint_next(&mint, minted), NOW), 0);
	/* Time makes room again. */
	assert_int_equal(add(&p, &e[3], GW_STR("d"), NOW + WS_USED_MS), 0);
	ws_pending_deinit(&p);
}

static void the_first_written_is_the_oldest(void **state)
{
	struct ws_pending p;
	struct ws_entry e[3] = { 0 };

	ws_pending_init(&p, 64);
	assert_int_equal(add(&p, &e[0], GW_STR("a"), NOW), 0);
	assert_int_equal(add(&p, &e[1], GW_STR("b"), NOW), 0);
	assert_int_equal(add(&p, &e[2], GW_STR("c"), NOW), 0);
	assert_ptr_equal(p.oldest, &e[0]);
	ws_pending_answered(&p, &e[1], NOW);
	ws_pending_answered(&p, &e[0], NOW);
	assert_ptr_equal(p.oldest, &e[2]);
	assert_int_equal(p.n_in_flight, 1);
	ws_pending_deinit(&p);
}

static void an_error_without_id_belongs_to_the_only_request(void **state)
{
	struct ws_pending p;
	struct ws_entry a = { 0 };
	struct ws_entry b = { 0 };

	ws_pending_init(&p, 64);
	assert_null(ws_pending_only(&p, NOW));
	assert_int_equal(add(&p, &a, GW_STR("a"), NOW), 0);
	assert_ptr_equal(ws_pending_only(&p, NOW), &a);
	assert_int_equal(add(&p, &b, GW_STR("b"), NOW), 0);
	assert_null(ws_pending_only(&p, NOW));
	ws_pending_answered(&p, &a, NOW);
	assert_ptr_equal(ws_pending_only(&p, NOW), &b);
	ws_pending_deinit(&p);
}

static void an_error_without_id_may_be_a_late_one(void **state)
{
	struct ws_pending p;
	struct ws_entry a = { 0 };
	struct ws_entry b = { 0 };

	ws_pending_init(&p, 64);
	assert_int_equal(add(&p, &a, GW_STR("a"), NOW), 0);
	ws_pending_forget(&p, &a, NOW);
	assert_int_equal(add(&p, &b, GW_STR("b"), NOW), 0);
	assert_null(ws_pending_only(&p, NOW + 1));
	assert_ptr_equal(ws_pending_only(&p, NOW + WS_USED_MS), &b);
	ws_pending_deinit(&p);
}

static void what_is_settled_no_longer_counts(void **state)
{
	struct ws_pending p;
	struct ws_entry e[3] = { 0 };

	ws_pending_init(&p, 64);
	assert_int_equal(add(&p, &e[0], GW_STR("a"), NOW), 0);
	assert_int_equal(add(&p, &e[1], GW_STR("b"), NOW + 100), 0);
	assert_int_equal(ws_pending_count(&p, NOW + 249, 250), 2);
	assert_int_equal(ws_pending_count(&p, NOW + 250, 250), 1);
	assert_int_equal(add(&p, &e[2], GW_STR("c"), NOW + 300), 0);
	assert_int_equal(ws_pending_count(&p, NOW + 350, 250), 1);
	ws_pending_answered(&p, &e[0], NOW);
	ws_pending_answered(&p, &e[2], NOW);
	assert_int_equal(ws_pending_count(&p, NOW + 350, 250), 0);
	assert_int_equal(p.n_in_flight, 1);
	/* Without a settling time all count. */
	assert_int_equal(add(&p, &e[0], GW_STR("d"), NOW + 400), 0);
	assert_int_equal(ws_pending_count(&p, NOW + 999999, 0), 1);
	ws_pending_deinit(&p);
}

/* Against a plain model: thousands of ids, added and removed in any order. */
static void a_thousand_ids_come_and_go(void **state)
{
	enum {
		N = 3000,
		STEPS = 60000
	};
	struct ws_pending p;
	struct ws_entry *e = calloc(N, sizeof(*e));
	char(*ids)[16] = calloc(N, sizeof(*ids));
	char *is_in = calloc(N, 1);
	uint64_t seed = 88172645463325252ULL;

	assert_true(e && ids && is_in);
	ws_pending_init(&p, 1024);
	for (size_t i = 0; i < STEPS; i++) {
		size_t k = 0;
		struct gw_str id = { 0 };

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		k = seed % N;
		(void)snprintf(ids[k], sizeof(ids[k]), "id%zu", k);
		id = gw_str_from(ids[k]);
		assert_ptr_equal(find(&p, id), is_in[k] ? &e[k] : NULL);
		if (is_in[k]) {
			ws_pending_answered(&p, &e[k], (int64_t)i * 100);
			is_in[k] = 0;
		} else if (add(&p, &e[k], id, (int64_t)i * 100) == 0) {
			is_in[k] = 1;
		}
		assert_true(p.flying.n_taken == p.n_in_flight);
		assert_true(p.known.n_taken == p.n_used);
		assert_true(p.n_kept + p.n_used <= 1024);
	}
	for (size_t k = 0; k < N; k++) {
		if (is_in[k]) {
			ws_pending_answered(&p, &e[k], 0);
		}
	}
	ws_pending_tidy(&p, INT64_MAX);
	assert_null(p.flying.slots);
	assert_null(p.known.slots);
	ws_pending_deinit(&p);
	free(e);
	free(ids);
	free(is_in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_finds_its_request),
		cmocka_unit_test(an_id_in_flight_is_taken),
		cmocka_unit_test(a_doubled_answer_finds_nobody),
		cmocka_unit_test(an_id_stays_taken_after_its_answer),
		cmocka_unit_test(
			a_late_answer_to_a_forgotten_request_finds_nobody),
		cmocka_unit_test(without_room_to_remember_no_id_is_kept),
		cmocka_unit_test(the_first_written_is_the_oldest),
		cmocka_unit_test(
			an_error_without_id_belongs_to_the_only_request),
		cmocka_unit_test(an_error_without_id_may_be_a_late_one),
		cmocka_unit_test(what_is_settled_no_longer_counts),
		cmocka_unit_test(a_thousand_ids_come_and_go),
	};

	return cmocka_run_group_tests_name("ws_pending", tests, NULL, NULL);
}
