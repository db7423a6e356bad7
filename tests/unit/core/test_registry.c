/*
 * Registry: short of memory it keeps what it had.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/fake_world.h"

#define N_REGISTREES 200

/* Keys of such a length have an allocation of their own. */
#define ID "Cwhose-id-is-longer-than-usual-%03d"

static struct fake_world w;

/* Memory runs short at so many calls from now; 0: never. */
static size_t short_at;

static bool is_short(void)
{
	return short_at > 0 && --short_at == 0;
}

/* The linker puts the wraps in the place of the real ones (--wrap). */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_malloc(size_t size)
{
	return is_short() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return is_short() ? NULL : __real_calloc(n, size);
}

static struct gw_registry *registry(void)
{
	return gw_relay_registry(w.relay);
}

/* Grant it, with the n-th allocation failing, for each n that there is: after
 * each failure is_untouched() holds, and in the end it is granted. */
static void grant(const struct gw_grant *g, void (*is_untouched)(void))
{
	for (size_t n = 1;; n++) {
		int error = 0;

		short_at = n;
		error = gw_registry_grant(registry(), g);
		short_at = 0;
		if (error == 0) {
			/* A table that cannot grow keeps its size. */
			assert_true(n > 2);
			return;
		}
		assert_int_equal(error, -ENOMEM);
		is_untouched();
	}
}

static struct gw_grant first_grant(void)
{
	return (struct gw_grant){
		.kind = GW_REGISTREE_CSE,
		.id = GW_STR("/id-mn-whose-name-is-longer-than-usual"),
		.cse = w.in,
		.resource = GW_STR("csr-first"),
		.name = GW_STR("name-first"),
		.poa = GW_STR("[\"near://first\"]"),
		.dcse = GW_STR("[\"/id-1\",\"/id-2\"]"),
		.identity = GW_STR("/node-first"),
		.host = GW_STR("192.0.2.1"),
		.via = fake_device(&w).binding,
	};
}

static struct gw_grant second_grant(void)
{
	struct gw_grant g = first_grant();

	g.resource = GW_STR("csr-second");
	g.name = GW_STR("name-second");
	g.poa = GW_STR("[\"near://second\"]");
	g.dcse = GW_STR("[\"/id-2\",\"/id-3\",\"/id-3\"]");
	g.identity = GW_STR("/node-second");
	g.host = GW_STR("192.0.2.2");
	return g;
}

/* Every way leads to g's registree. */
static void is_there(const struct gw_grant *g)
{
	struct gw_registree *r = gw_registry_find(registry(), g->cse, g->id);
	struct gw_peer peer = { 0 };
	char path[64];

	(void)snprintf(path, sizeof(path), "cse-in/" GW_STR_FMT,
		       GW_STR_ARG(g->name));
	assert_non_null(r);
	assert_true(gw_str_eq(r->poa, g->poa));
	assert_ptr_equal(
		gw_registry_find_resource(registry(), g->cse, g->resource), r);
	assert_ptr_equal(gw_registry_find_resource(registry(), g->cse,
						   gw_str_from(path)),
			 r);
	assert_ptr_equal(gw_registry_find_above(registry(), GW_STR("/id-2")),
			 r);
	assert_ptr_equal(gw_registry_find_cse_at(registry(), g->host), r);
	gw_peer_init(registry(), &peer, g->via, g->identity);
	assert_ptr_equal(r->peer, &peer);
	gw_peer_deinit(&peer);
	assert_null(r->peer);
}

/* No way leads anywhere, but for its id. */
static void is_not_there(const struct gw_grant *g)
{
	struct gw_peer peer = { 0 };
	char path[64];

	(void)snprintf(path, sizeof(path), "cse-in/" GW_STR_FMT,
		       GW_STR_ARG(g->name));
	assert_null(gw_registry_find_resource(registry(), g->cse, g->resource));
	assert_null(gw_registry_find_resource(registry(), g->cse,
					      gw_str_from(path)));
	assert_null(gw_registry_find_cse_at(registry(), g->host));
	gw_peer_init(registry(), &peer, g->via, g->identity);
	assert_null(peer.reached);
	gw_peer_deinit(&peer);
}

static void nobody_is_there(void)
{
	struct gw_grant g = first_grant();

	assert_int_equal(gw_registry_count(registry()), 0);
	assert_null(gw_registry_find(registry(), g.cse, g.id));
	assert_null(gw_registry_find_above(registry(), GW_STR("/id-1")));
	assert_null(gw_registry_find_above(registry(), GW_STR("/id-2")));
	is_not_there(&g);
}

static void the_first_is_there_alone(void)
{
	struct gw_grant first = first_grant();
	struct gw_grant second = second_grant();

	assert_int_equal(gw_registry_count(registry()), 1);
	is_there(&first);
	assert_non_null(gw_registry_find_above(registry(), GW_STR("/id-1")));
	assert_null(gw_registry_find_above(registry(), GW_STR("/id-3")));
	is_not_there(&second);
}

static void who_cannot_be_kept_leaves_nothing_behind(void **state)
{
	struct gw_grant g = first_grant();

	grant(&g, nobody_is_there);
	the_first_is_there_alone();
}

static void who_cannot_be_renewed_stays_as_it_was(void **state)
{
	struct gw_grant first = first_grant();
	struct gw_grant second = second_grant();

	assert_int_equal(gw_registry_grant(registry(), &first), 0);
	grant(&second, the_first_is_there_alone);
	assert_int_equal(gw_registry_count(registry()), 1);
	is_there(&second);
	assert_non_null(gw_registry_find_above(registry(), GW_STR("/id-3")));
	assert_null(gw_registry_find_above(registry(), GW_STR("/id-1")));
	is_not_there(&first);
}

/* A CSE below it is taken along by a renewal, but not from another. */
static void who_said_first_that_a_cse_is_below_has_it(void **state)
{
	struct gw_grant first = first_grant();
	struct gw_grant other = second_grant();

	other.id = GW_STR("/id-other");
	assert_int_equal(gw_registry_grant(registry(), &first), 0);
	assert_int_equal(gw_registry_grant(registry(), &other), 0);
	assert_int_equal(gw_registry_grant(registry(), &first), 0);
	assert_int_equal(gw_registry_grant(registry(), &other), 0);
	assert_ptr_equal(gw_registry_find_above(registry(), GW_STR("/id-2")),
			 gw_registry_find(registry(), w.in, first.id));
}

static size_t n_granted;

/* All that were granted so far, and the next is not. */
static void so_many_are_there(void)
{
	char id[64];

	assert_int_equal(gw_registry_count(registry()), n_granted);
	for (size_t i = 0; i <= n_granted; i++) {
		(void)snprintf(id, sizeof(id), ID, (int)i);
		assert_true(
			!gw_registry_find(registry(), w.in, gw_str_from(id)) ==
			(i == n_granted));
	}
}

/* The tables grow meanwhile. */
static void many_come_while_memory_is_short(void **state)
{
	char id[64];
	char name[64];

	for (n_granted = 0; n_granted < N_REGISTREES; n_granted++) {
		struct gw_grant g = { .cse = w.in,
				      .via = fake_device(&w).binding };

		(void)snprintf(id, sizeof(id), ID, (int)n_granted);
		(void)snprintf(name, sizeof(name), "name%d", (int)n_granted);
		g.id = gw_str_from(id);
		g.name = gw_str_from(name);
		g.identity = gw_str_from(name);
		grant(&g, so_many_are_there);
	}
	so_many_are_there();
}

#define CASE(test) FAKE_TEST(test, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_cannot_be_kept_leaves_nothing_behind),
		CASE(who_cannot_be_renewed_stays_as_it_was),
		CASE(who_said_first_that_a_cse_is_below_has_it),
		CASE(many_come_while_memory_is_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
