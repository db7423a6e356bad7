/*
 * What an account costs an exchange, in instructions.
 *
 *	valgrind --tool=callgrind exchange
 *
 * The same exchanges of a device that has an account and of one that has none,
 * each opened, sent, answered and replied to by core; each leaves its count in
 * a file of its own, which says "Client Request: N with" or "N without".
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <valgrind/callgrind.h>

#include <cmocka.h>

#include "core/account.h"
#include "core/memory.h"
#include "tests/support/fake_world.h"

#define WARMUP 100U
#define EXCHANGES 10000U
#define CONNECTION_BYTES ((size_t)12 * 1024)

static struct fake_world w;

static void cross(struct gw_account *a)
{
	struct gw_asker asker = fake_device(&w);

	asker.account = a;
	w.n_sent = 0;
	(void)fake_open(&w, &asker,
			fake_request(GW_OP_CREATE, "C1", "cse-in/cnt",
				     "{\"m2m:cin\":{\"con\":\"x\"}}"));
	fake_answer(&w, GW_STATUS_CREATED, "{\"m2m:cin\":{\"rn\":\"x\"}}");
}

static void count(struct gw_account *a, const char *what)
{
	char name[64];

	for (unsigned i = 0; i < WARMUP; i++) {
		cross(a);
	}
	CALLGRIND_ZERO_STATS;
	for (unsigned i = 0; i < EXCHANGES; i++) {
		cross(a);
	}
	(void)snprintf(name, sizeof(name), "%u %s", EXCHANGES, what);
	CALLGRIND_DUMP_STATS_AT(name);
}

/* A connection of an address, as listeners have it, and charge for it. */
static void count_both(void **state)
{
	struct gw_account *home = gw_account_at(gw_relay_accounts(w.relay),
						GW_STR("192.0.2.9"), false);
	struct gw_account *a = gw_account_new(home);
	struct gw_load load = { .give_up = NULL };

	assert_non_null(a);
	gw_memory_owe(w.relay, &load, a, CONNECTION_BYTES);
	count(a, "with");
	count(NULL, "without");
	gw_memory_give(w.relay, &load);
	(void)gw_account_leave(a);
	(void)gw_account_leave(home);
}

int main(void)
{
	const struct CMUnitTest counted[] = { FAKE_TEST(count_both, w) };

	return cmocka_run_group_tests(counted, NULL, NULL);
}
