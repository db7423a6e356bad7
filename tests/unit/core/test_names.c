/*
 * Names: one look-up for all who wait, remembered for a while, and nobody takes
 * the slots of others.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/lib/log.h"
#include "core/relay_state.h"
#include "tests/support/fake_world.h"

#define WAITS_MAX 600
#define SLOTS 32
#define LOOKUPS 64
#define HOST "192.0.2.1"
#define OTHER "192.0.2.2"
#define FOUND_MS 60000
#define NOT_FOUND_MS 5000

static struct fake_world w;
static char line[512]; // the last one about accounts

/* Somebody who waits for a name. */
struct waiter {
	struct gw_name_wait wait;
	struct gw_exchange x;
	struct gw_primitive request;
	enum gw_status status; // it was refused
	struct gw_reason why;
	size_t n_told;
	size_t n_found;
};

static struct waiter all[WAITS_MAX];
static size_t n_all;

static void hear(const struct gw_log_record *r)
{
	if (strcmp(r->topic, "account") == 0) {
		(void)snprintf(line, sizeof(line), "%s %s", r->event,
			       r->message);
	}
}

static void bound_lookups(struct fake_world *world)
{
	world->loop.has_names = true;
	world->conf.limits.lookups = LOOKUPS;
}

static int set_up(void **state)
{
	memset(all, 0, sizeof(all));
	n_all = 0;
	line[0] = '\0';
	fake_world_init(&w, bound_lookups);
	gw_log_use(hear, GW_LOG_INFO);
	return 0;
}

/* Nobody waits when the world ends. */
static int tear_down(void **state)
{
	for (size_t i = 0; i < n_all; i++) {
		gw_name_forget(&all[i].wait);
	}
	return fake_tear_down(state);
}

static void found(struct gw_name_wait *wait, const struct gw_found *found)
{
	struct waiter *one = gw_container(wait, struct waiter, wait);

	assert_int_equal(found->n == 0, found->why != NULL);
	one->n_told++;
	one->n_found = found->n;
	(void)gw_refuse(&one->why, "%s", found->why ? found->why : "");
}

/* A point of access of an AE that has registered from a host; or, with host
 * NULL, the configuration. */
static struct waiter *wait_for(const char *name, const char *host,
			       const char *aei)
{
	struct waiter *one = &all[n_all++];

	assert_true(n_all <= WAITS_MAX);
	one->wait.found = found;
	one->x.relay = w.relay;
	one->x.request = &one->request;
	one->x.hop.host = gw_str_from(host);
	one->x.hop.receiver.cse = w.in;
	one->x.hop.receiver.id = gw_str_from(aei);
	one->status = gw_name_await(&one->wait, w.relay, gw_str_from(name),
				    host ? &one->x : NULL, &one->why);
	assert_int_equal(one->n_told, 0);
	return one;
}

static struct waiter *waits(const char *name, const char *host)
{
	return wait_for(name, host, "C1");
}

/* The numbers from and up to below to, as names. */
static void wait_for_many(const char *host, size_t from, size_t to)
{
	char name[32];

	for (size_t i = from; i < to; i++) {
		(void)snprintf(name, sizeof(name), "slow%zu.example", i);
		(void)waits(name, host);
	}
}

static size_t n_refused(size_t from)
{
	size_t n = 0;

	for (size_t i = from; i < n_all; i++) {
		n += all[i].status != GW_STATUS_NONE;
	}
	return n;
}

static void a_name_is_looked_up_once_for_all_who_wait(void **state)
{
	for (int i = 0; i < 100; i++) {
		(void)waits(i % 2 ? "a.example" : "A.Example", HOST);
	}
	assert_int_equal(w.loop.n_looked_up, 1);
	assert_true(fake_loop_find(&w.loop, "a.example", OTHER, 0));
	for (int i = 0; i < 100; i++) {
		assert_int_equal(all[i].n_told, 1);
		assert_int_equal(all[i].n_found, 1);
	}
}

static void what_was_found_is_remembered_for_a_minute(void **state)
{
	(void)waits("a.example", HOST);
	assert_true(fake_loop_find(&w.loop, "a.example", OTHER, 0));
	fake_loop_pass(&w.loop, FOUND_MS - 1);
	(void)waits("a.example", HOST);
	(void)waits("a.example", NULL);
	fake_loop_turn(&w.loop);
	assert_int_equal(all[1].n_found, 1);
	assert_int_equal(all[2].n_found, 1);
	assert_int_equal(w.loop.n_looked_up, 1);
	fake_loop_pass(&w.loop, 1);
	(void)waits("a.example", HOST);
	assert_int_equal(w.loop.n_looked_up, 2);
}

static void that_nothing_was_found_is_remembered_for_seconds(void **state)
{
	(void)waits("a.example", HOST);
	assert_true(fake_loop_find(&w.loop, "a.example", NULL, -EAGAIN));
	assert_int_equal(all[0].n_told, 1);
	assert_int_equal(all[0].n_found, 0);
	fake_loop_pass(&w.loop, NOT_FOUND_MS - 1);
	assert_int_equal(waits("a.example", HOST)->status,
			 GW_STATUS_TARGET_NOT_REACHABLE);
	assert_non_null(strstr(all[1].why.text, "does not answer"));
	assert_int_equal(w.loop.n_looked_up, 1);
	fake_loop_pass(&w.loop, 1);
	(void)waits("a.example", HOST);
	assert_int_equal(w.loop.n_looked_up, 2);
}

/* It has pauses of its own, and a reload may ask at once. */
static void the_configuration_is_looked_up_all_the_same(void **state)
{
	(void)waits("a.example", HOST);
	assert_true(fake_loop_find(&w.loop, "a.example", NULL, -ENOENT));
	assert_int_equal(waits("a.example", NULL)->status, GW_STATUS_NONE);
	assert_int_equal(w.loop.n_looked_up, 2);
}

static void where_nobody_was_reached_is_looked_up_sooner(void **state)
{
	(void)waits("a.example", HOST);
	assert_true(fake_loop_find(&w.loop, "a.example", OTHER, 0));
	gw_name_doubt(w.relay, GW_STR("A.example"));
	(void)waits("a.example", HOST);
	assert_int_equal(w.loop.n_looked_up, 1);
	fake_loop_pass(&w.loop, NOT_FOUND_MS);
	(void)waits("a.example", HOST);
	assert_int_equal(w.loop.n_looked_up, 2);
}

static void a_number_is_no_name(void **state)
{
	(void)waits(HOST, NULL);
	fake_loop_turn(&w.loop);
	assert_int_equal(all[0].n_found, 1);
	assert_int_equal(w.loop.n_looked_up, 0);
}

static void one_that_is_forgotten_before_it_began_never_begins(void **state)
{
	wait_for_many(HOST, 0, SLOTS);
	assert_true(w.loop.n_lookups < SLOTS);
	for (size_t i = w.loop.n_looked_up; i < SLOTS; i++) {
		gw_name_forget(&all[i].wait);
	}
	while (w.loop.n_lookups > 0) {
		assert_true(fake_loop_find(&w.loop, w.loop.lookups[0].name,
					   NULL, -EAGAIN));
	}
	assert_true(w.loop.n_looked_up < SLOTS);
	assert_int_equal(all[SLOTS - 1].n_told, 0);
}

static void one_that_runs_is_unheard_and_keeps_its_slot(void **state)
{
	size_t n_running = 0;

	wait_for_many(HOST, 0, SLOTS);
	n_running = w.loop.n_lookups;
	for (size_t i = 0; i < n_all; i++) {
		gw_name_forget(&all[i].wait);
	}
	(void)waits("a.example", HOST);
	assert_int_equal(w.loop.n_lookups, n_running);
	assert_true(fake_loop_find(&w.loop, "slow0.example", OTHER, 0));
	assert_int_equal(all[0].n_told, 0);
	assert_string_equal(w.loop.lookups[n_running - 1].name, "a.example");
	/* What it found is of use all the same. */
	(void)waits("slow0.example", HOST);
	fake_loop_turn(&w.loop);
	assert_int_equal(all[n_all - 1].n_found, 1);
}

static void slots_are_left_for_others(void **state)
{
	wait_for_many(HOST, 0, LOOKUPS / 2);
	assert_int_equal(waits("a.example", OTHER)->status, GW_STATUS_NONE);
	assert_true(fake_loop_find(&w.loop, "a.example", HOST, 0));
	assert_int_equal(all[n_all - 1].n_found, 1);
	assert_non_null(strstr(line, HOST " has 16 of 32 look-ups that run"));
}

/* Whatever the greedy one waits for. */
static void who_waits_for_the_same_name_uses_his_own_slot(void **state)
{
	wait_for_many(HOST, 0, SLOTS - 1);
	(void)waits("a.example", HOST);
	assert_false(fake_loop_find(&w.loop, "a.example", OTHER, 0));
	(void)waits("a.example", OTHER);
	assert_true(fake_loop_find(&w.loop, "a.example", OTHER, 0));
}

static void names_of_the_configuration_need_no_slot(void **state)
{
	char host[16];

	for (size_t i = 0; i < LOOKUPS; i++) {
		(void)snprintf(host, sizeof(host), "198.51.100.%zu", i);
		wait_for_many(host, i, i + 1);
	}
	assert_int_equal(w.loop.n_lookups, SLOTS);
	(void)waits("a.example", NULL);
	(void)waits("slow63.example", NULL);
	assert_int_equal(w.loop.n_lookups, SLOTS + 2);
	assert_true(fake_loop_find(&w.loop, "a.example", OTHER, 0));
	assert_true(fake_loop_find(&w.loop, "slow63.example", OTHER, 0));
	assert_int_equal(all[LOOKUPS - 1].n_found, 1);
}

static void an_account_has_a_bound_and_is_told_it(void **state)
{
	const struct waiter *last = NULL;

	wait_for_many(HOST, 0, LOOKUPS);
	last = &all[n_all - 1];
	assert_int_equal(n_refused(0), LOOKUPS / 2);
	assert_int_equal(last->status, GW_STATUS_TARGET_NOT_REACHABLE);
	assert_true(last->x.is_crowded_out);
	assert_non_null(strstr(last->why.text, "has its share of names to "
					       "look up (limits.lookups)"));
	assert_int_equal(waits("a.example", OTHER)->status, GW_STATUS_NONE);
}

/* Of one host one registree does not take what is for the others. */
static void a_registree_has_its_share_of_its_host(void **state)
{
	wait_for_many(OTHER, 0, LOOKUPS / 2);
	wait_for_many(HOST, LOOKUPS / 2, LOOKUPS);
	assert_true(n_refused(LOOKUPS / 2) > 0);
	assert_int_equal(wait_for("a.example", HOST, "C2")->status,
			 GW_STATUS_NONE);
}

static void at_the_brim_the_greediest_gives_one_up(void **state)
{
	char host[16];
	size_t n_lost = 0;

	wait_for_many(HOST, 0, LOOKUPS / 2);
	for (size_t i = LOOKUPS / 2; i < LOOKUPS + 1; i++) {
		(void)snprintf(host, sizeof(host), "198.51.100.%zu", i);
		wait_for_many(host, i, i + 1);
	}
	fake_loop_turn(&w.loop);
	assert_int_equal(n_refused(0), 0);
	for (size_t i = 0; i < LOOKUPS / 2; i++) {
		n_lost += all[i].n_told;
	}
	assert_int_equal(n_lost, 1);
	assert_non_null(strstr(all[LOOKUPS / 2 - 1].why.text, "given up"));
}

/* As many AEs behind one address as there is room for. */
static void fill_from_a_hall(void)
{
	char name[32];
	char aei[16];

	for (size_t i = 0; i < LOOKUPS; i++) {
		(void)snprintf(name, sizeof(name), "slow%zu.example", i);
		(void)snprintf(aei, sizeof(aei), "C%zu", i);
		(void)wait_for(name, HOST, aei);
	}
}

static void a_host_has_its_share_however_many_are_there(void **state)
{
	fill_from_a_hall();
	assert_int_equal(n_refused(0), LOOKUPS / 2);
}

static void one_that_is_trusted_is_bounded_by_all_only(void **state)
{
	static const char *networks[] = { "192.0.2.0/24" };

	w.conf.http.trust = (struct gw_conf_texts){ networks, 1 };
	fill_from_a_hall();
	assert_int_equal(n_refused(0), 0);
	assert_int_equal(w.loop.n_lookups, SLOTS);
}

/* The registree has chosen the name, and not the CSE that notifies it. */
static void a_url_is_charged_to_who_asks_for_it(void **state)
{
	struct waiter *one = NULL;

	wait_for_many(HOST, 0, LOOKUPS);
	one = &all[n_all++];
	one->wait.found = found;
	one->x.relay = w.relay;
	one->x.request = &one->request;
	one->x.hop.host = GW_STR("");
	one->request.from = GW_STR("C1");
	one->x.asker = fake_device(&w);
	one->x.asker.host = GW_STR(HOST);
	assert_int_equal(gw_name_await(&one->wait, w.relay, GW_STR("a.example"),
				       &one->x, &one->why),
			 GW_STATUS_TARGET_NOT_REACHABLE);
	one->x.asker.cse = w.in;
	assert_int_equal(gw_name_await(&one->wait, w.relay, GW_STR("a.example"),
				       &one->x, &one->why),
			 GW_STATUS_NONE);
}

static void more_names_than_are_remembered_are_forgotten_oldest_first(void **s)
{
	char name[32];

	for (size_t i = 0; i < 1025; i++) {
		(void)snprintf(name, sizeof(name), "n%zu.example", i);
		n_all = 0;
		memset(&all[0], 0, sizeof(all[0]));
		(void)waits(name, HOST);
		assert_true(fake_loop_find(&w.loop, name, OTHER, 0));
	}
	assert_int_equal(w.loop.n_looked_up, 1025);
	(void)waits("n1.example", HOST);
	assert_int_equal(w.loop.n_looked_up, 1025);
	(void)waits("n0.example", HOST);
	assert_int_equal(w.loop.n_looked_up, 1026);
}

static void what_is_known_is_told_to_nobody_who_has_left(void **state)
{
	(void)waits("a.example", HOST);
	assert_true(fake_loop_find(&w.loop, "a.example", OTHER, 0));
	(void)waits("a.example", HOST);
	gw_name_forget(&all[1].wait);
	fake_loop_turn(&w.loop);
	assert_int_equal(all[1].n_told, 0);
}

#define CASE(test) \
	cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, &w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_name_is_looked_up_once_for_all_who_wait),
		CASE(what_was_found_is_remembered_for_a_minute),
		CASE(that_nothing_was_found_is_remembered_for_seconds),
		CASE(the_configuration_is_looked_up_all_the_same),
		CASE(where_nobody_was_reached_is_looked_up_sooner),
		CASE(a_number_is_no_name),
		CASE(one_that_is_forgotten_before_it_began_never_begins),
		CASE(one_that_runs_is_unheard_and_keeps_its_slot),
		CASE(slots_are_left_for_others),
		CASE(who_waits_for_the_same_name_uses_his_own_slot),
		CASE(names_of_the_configuration_need_no_slot),
		CASE(an_account_has_a_bound_and_is_told_it),
		CASE(a_registree_has_its_share_of_its_host),
		CASE(at_the_brim_the_greediest_gives_one_up),
		CASE(a_host_has_its_share_however_many_are_there),
		CASE(one_that_is_trusted_is_bounded_by_all_only),
		CASE(a_url_is_charged_to_who_asks_for_it),
		CASE(more_names_than_are_remembered_are_forgotten_oldest_first),
		CASE(what_is_known_is_told_to_nobody_who_has_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
