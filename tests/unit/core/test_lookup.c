/*
 * Lookup: where the CSEs are whose url has a name.
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

#define NAME "b.example"
#define AT_B "192.0.2.1"
#define MOVED "192.0.2.2"
#define LATER_MS ((int64_t)5 * 60 * 1000)

static struct fake_world w;
static char line[512]; // the last one about CSEs, as "event message"
static size_t n_lines;

static void hear(const struct gw_log_record *r)
{
	if (strcmp(r->topic, "cse") == 0) {
		n_lines++;
		(void)snprintf(line, sizeof(line), "%s %s", r->event,
			       r->message);
	}
}

/* /id-b alone has a name. */
static void name_b(struct fake_world *world)
{
	world->loop.has_names = true;
	world->conf.http.is_on = true;
	world->cses[0].url = "far://198.51.100.1:80";
	world->cses[1].url = "near://" NAME ":8080/b";
	world->cses[2].url = "far://[2001:db8::1]";
}

static int begin(fake_adjust_fn *adjust)
{
	n_lines = 0;
	gw_log_use(hear, GW_LOG_INFO);
	fake_world_init(&w, adjust);
	return 0;
}

static int set_up(void **state)
{
	return begin(name_b);
}

/* Another beginning than the usual one. */
static void begin_anew(fake_adjust_fn *adjust)
{
	fake_world_deinit(&w);
	(void)begin(adjust);
}

static void is_it(const char *host, bool is_believed)
{
	struct gw_asker asker = fake_device(&w);
	size_t n_sent = w.n_sent;

	w.status = GW_STATUS_NONE;
	asker.host = gw_str_from(host);
	fake_open(&w, &asker,
		  fake_request(GW_OP_RETRIEVE, "/id-b", "/id-in/x", NULL));
	fake_loop_turn(&w.loop);
	if (!is_believed) {
		assert_int_equal(w.status,
				 GW_STATUS_SECURITY_ASSOCIATION_REQUIRED);
		assert_int_equal(w.n_sent, n_sent);
		return;
	}
	assert_ptr_equal(fake_last(&w)->asker.cse, w.b);
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void each_name_is_looked_up_at_the_start_and_no_number_is(void **state)
{
	assert_int_equal(w.loop.n_lookups, 1);
	assert_string_equal(w.loop.lookups[0].name, NAME);
}

static void nobody_is_a_cse_whose_address_is_not_known(void **state)
{
	is_it(AT_B, false);
	assert_non_null(strstr(w.content, "address is not known yet"));
	assert_true(fake_loop_find(&w.loop, NAME, AT_B, 0));
	is_it(AT_B, true);
	is_it(MOVED, false);
	assert_int_equal(n_lines, 0);
}

static void name_in(struct fake_world *world)
{
	name_b(world);
	world->cses[0].url = "far://in.example";
}

/* A CSE may speak before anything has led to it. */
static void it_is_so_whatever_protocol_leads_there(void **state)
{
	begin_anew(name_in);
	assert_int_equal(w.loop.n_lookups, 2);
	assert_true(fake_loop_find(&w.loop, "in.example", AT_B, 0));
	assert_true(gw_cse_is_at(w.in, GW_STR(AT_B)));
	assert_false(gw_cse_is_at(w.b, GW_STR(AT_B)));
}

static void why_it_is_not_found_is_told_once(void **state)
{
	assert_true(fake_loop_find(&w.loop, NAME, NULL, -ENOENT));
	assert_int_equal(n_lines, 1);
	assert_non_null(strstr(line, "name-not-found /id-b "));
	assert_non_null(strstr(line, "\"" NAME "\""));
	assert_non_null(strstr(line, "is not known to the name server"));
	fake_loop_pass(&w.loop, w.conf.timeouts.retry_max_ms);
	assert_true(fake_loop_find(&w.loop, NAME, NULL, -EAGAIN));
	assert_int_equal(n_lines, 1);
	fake_loop_pass(&w.loop, w.conf.timeouts.retry_max_ms);
	assert_true(fake_loop_find(&w.loop, NAME, AT_B, 0));
	assert_int_equal(n_lines, 2);
	assert_non_null(strstr(line, "name-found /id-b "));
	is_it(AT_B, true);
}

static void a_name_server_that_is_down_is_named_as_the_reason(void **state)
{
	assert_true(fake_loop_find(&w.loop, NAME, NULL, -EAGAIN));
	assert_non_null(strstr(line, "the name server does not answer"));
}

static void it_is_looked_for_again_with_pauses_that_grow(void **state)
{
	int64_t longest_ms = 0;

	for (int i = 0; i < 40; i++) {
		int64_t begun_ms = w.loop.now_ms;

		assert_true(fake_loop_find(&w.loop, NAME, NULL, -EAGAIN));
		assert_int_equal(w.loop.n_lookups, 0);
		while (w.loop.n_lookups == 0) {
			fake_loop_pass(&w.loop, 1);
		}
		if (w.loop.now_ms - begun_ms > longest_ms) {
			longest_ms = w.loop.now_ms - begun_ms;
		}
		if (i == 0) {
			assert_true(longest_ms <=
				    2 * w.conf.timeouts.retry_min_ms + 1);
		}
	}
	assert_true(longest_ms > w.conf.timeouts.retry_max_ms / 2);
	assert_true(longest_ms <= w.conf.timeouts.retry_max_ms + 1);
}

static void no_second_one_begins_while_nobody_answers(void **state)
{
	fake_loop_pass(&w.loop, 10 * LATER_MS);
	assert_int_equal(w.loop.n_looked_up, 1);
}

static void what_has_moved_is_found_later(void **state)
{
	assert_true(fake_loop_find(&w.loop, NAME, AT_B, 0));
	fake_loop_pass(&w.loop, LATER_MS - 1);
	assert_int_equal(w.loop.n_lookups, 0);
	fake_loop_pass(&w.loop, 1);
	assert_true(fake_loop_find(&w.loop, NAME, MOVED, 0));
	is_it(MOVED, true);
	is_it(AT_B, false);
}

static void what_is_known_stays_when_it_is_not_found_again(void **state)
{
	assert_true(fake_loop_find(&w.loop, NAME, AT_B, 0));
	fake_loop_pass(&w.loop, LATER_MS);
	assert_true(fake_loop_find(&w.loop, NAME, NULL, -EAGAIN));
	is_it(AT_B, true);
	assert_int_equal(n_lines, 0);
	fake_loop_pass(&w.loop, w.conf.timeouts.retry_max_ms);
	assert_int_equal(w.loop.n_lookups, 1);
}

static void have_no_listener(struct fake_world *world)
{
	name_b(world);
	world->conf.http.is_on = false;
}

/* Such as a program that sends one request. */
static void where_nobody_listens_nothing_is_looked_up(void **state)
{
	begin_anew(have_no_listener);
	fake_loop_pass(&w.loop, LATER_MS);
	assert_int_equal(w.loop.n_looked_up, 0);
}

static void have_no_names(struct fake_world *world)
{
	name_b(world);
	world->loop.has_names = false;
}

static void one_that_cannot_even_be_asked_for_is_tried_again(void **state)
{
	begin_anew(have_no_names);
	fake_loop_turn(&w.loop);
	assert_int_equal(n_lines, 1);
	assert_non_null(strstr(line, "cannot be looked up; until"));
	w.loop.has_names = true;
	fake_loop_pass(&w.loop, w.conf.timeouts.retry_max_ms);
	assert_true(fake_loop_find(&w.loop, NAME, AT_B, 0));
	is_it(AT_B, true);
}

static void what_a_reload_adds_is_looked_up_and_the_failed_again(void **state)
{
	struct gw_conf conf = w.conf;
	struct gw_conf_cse cses[4];

	assert_true(fake_loop_find(&w.loop, NAME, NULL, -EAGAIN));
	memcpy(cses, w.cses, sizeof(w.cses));
	gw_conf_cse_init(&cses[3]);
	cses[3].id = "/id-new";
	cses[3].url = "far://new.example";
	conf.cses = cses;
	conf.n_cses = 4;
	assert_int_equal(gw_relay_reload(w.relay, &conf), 0);
	assert_int_equal(w.loop.n_lookups, 2);
	assert_int_equal(gw_relay_reload(w.relay, &conf), 0);
	assert_int_equal(w.loop.n_lookups, 2);
	assert_true(fake_loop_find(&w.loop, "new.example", AT_B, 0));
	assert_true(fake_loop_find(&w.loop, NAME, MOVED, 0));
	assert_int_equal(gw_relay_reload(w.relay, &conf), 0);
	assert_int_equal(w.loop.n_lookups, 0);
	gw_relay_stop(w.relay);
}

/* Nobody waits for a name at the end, nor asks for one. */
static void who_goes_down_looks_for_nothing(void **state)
{
	gw_relay_drain(w.relay);
	assert_true(gw_relay_is_drained(w.relay));
	assert_int_equal(gw_relay_reload(w.relay, &w.conf), 0);
	assert_true(fake_loop_find(&w.loop, NAME, NULL, -EAGAIN));
	fake_loop_pass(&w.loop, LATER_MS);
	assert_int_equal(w.loop.n_looked_up, 1);
	assert_int_equal(n_lines, 0);
}

static void what_comes_after_the_end_is_taken_by_nobody(void **state)
{
	gw_relay_stop(w.relay);
	assert_true(fake_loop_find(&w.loop, NAME, AT_B, 0));
	assert_int_equal(w.b->n_addresses, 0);
}

#define CASE(test) FAKE_TEST_AFTER(test, set_up, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(each_name_is_looked_up_at_the_start_and_no_number_is),
		CASE(nobody_is_a_cse_whose_address_is_not_known),
		CASE(it_is_so_whatever_protocol_leads_there),
		CASE(why_it_is_not_found_is_told_once),
		CASE(a_name_server_that_is_down_is_named_as_the_reason),
		CASE(it_is_looked_for_again_with_pauses_that_grow),
		CASE(no_second_one_begins_while_nobody_answers),
		CASE(what_has_moved_is_found_later),
		CASE(what_is_known_stays_when_it_is_not_found_again),
		CASE(where_nobody_listens_nothing_is_looked_up),
		CASE(one_that_cannot_even_be_asked_for_is_tried_again),
		CASE(what_a_reload_adds_is_looked_up_and_the_failed_again),
		CASE(who_goes_down_looks_for_nothing),
		CASE(what_comes_after_the_end_is_taken_by_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
