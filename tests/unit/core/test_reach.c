/* Reach: what cannot be reached is told in time, and once. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/lib/log.h"
#include "core/profile.h"
#include "core/relay_state.h"
#include "tests/support/fake_world.h"

static struct fake_world w;

/* The last line about reach, as "event message". */
static char line[512];
static size_t n_lines;

static void hear(const struct gw_log_record *r)
{
	if (strcmp(r->topic, "reach") == 0) {
		n_lines++;
		(void)snprintf(line, sizeof(line), "%s %s", r->event,
			       r->message);
	}
}

static int set_up(void **state)
{
	n_lines = 0;
	gw_log_use(hear, GW_LOG_INFO);
	return fake_set_up(state);
}

static void expect_none(void)
{
	fake_loop_turn(&w.loop);
	assert_int_equal(n_lines, 0);
}

static void expect_line(const char *event, const char *containing)
{
	fake_loop_turn(&w.loop);
	assert_int_equal(n_lines, 1);
	assert_int_equal(strncmp(line, event, strlen(event)), 0);
	if (!strstr(line, containing)) {
		print_error("no \"%s\" in: %s\n", containing, line);
	}
	assert_non_null(strstr(line, containing));
	n_lines = 0;
}

static void a_point_of_access_that_is_never_used_is_told_at_once(void **state)
{
	fake_register(&w, "C1", "[\"near://10.0.0.9:80/x\"]");
	expect_line("not-reachable", "C1 of /id-in");
	assert_non_null(strstr(line, "near://10.0.0.9:80/x: "));
	assert_non_null(strstr(line, "deliver.allow"));
	fake_register(&w, "C2", "[\"near://name/x\",\"gopher://u:pw@h/p\"]");
	expect_line("not-reachable", "gopher://***@h/p: ");
	assert_null(strstr(line, "pw"));
	fake_register(&w, "C3", "[\"near://\"]");
	expect_line("not-reachable", "has no host");
}

static void
one_that_is_ourselves_is_told_and_counted_and_passed_on(void **state)
{
	w.at.port = 80;
	assert_true(gw_net_address_parse(&w.at.address, GW_STR("192.0.2.9")));
	fake_register(&w, "C1", "[\"near://192.0.2.9:80/x\"]");
	expect_line("not-reachable", "near://192.0.2.9:80/x: ");
	assert_non_null(strstr(line, "the gateway itself"));
	assert_int_equal(w.relay->counts.n_own, 1);
	assert_non_null(
		gw_registry_find(w.relay->registry, w.in, GW_STR("C1")));
	fake_register(&w, "C2", "[\"near://gopher\",\"far://192.0.2.9:80\"]");
	expect_line("not-reachable", "far://192.0.2.9:80: ");
	assert_int_equal(w.relay->counts.n_own, 2);
}

static void it_is_told_before_all_others(void **state)
{
	w.at.port = 80;
	assert_true(gw_net_address_parse(&w.at.address, GW_STR("192.0.2.9")));
	fake_register(&w, "C1",
		      "[\"near://10.0.0.9:1\",\"near://192.0.2.9:80\"]");
	expect_line("not-reachable", "near://192.0.2.9:80: ");
	assert_int_equal(w.relay->counts.n_own, 1);
}

static void one_that_may_be_used_is_not_spoken_of(void **state)
{
	fake_register(&w, "C1", "[\"near://192.0.2.9/x\",\"near://a.name\"]");
	fake_register(&w, "C2", NULL);
	fake_register(&w, "C3", "[\"far://10.0.0.9/\"]");
	expect_none();
}

static void one_that_is_told_is_not_told_again(void **state)
{
	fake_register(&w, "C1", "[\"near://10.0.0.9\"]");
	expect_line("not-reachable", "10.0.0.9");
	fake_register(&w, "C1", "[\"near://10.0.0.9\"]");
	expect_none();
	fake_register(&w, "C1", "[\"near://10.0.0.8\"]");
	expect_line("not-reachable", "10.0.0.8");
}

static void a_new_one_is_looked_at_as_well(void **state)
{
	struct gw_asker device = fake_device(&w);

	fake_register(&w, "C1", "[\"near://192.0.2.9\"]");
	fake_open(&w, &device,
		  fake_request(GW_OP_UPDATE, "C1", "C1",
			       "{\"m2m:ae\":{\"poa\":[\"near://10.0.0.9\"]}}"));
	fake_answer(&w, GW_STATUS_UPDATED, "{\"m2m:ae\":{}}");
	expect_line("not-reachable", "10.0.0.9");
}

/* The CSE notifies C1. */
static struct gw_exchange *notify(void)
{
	struct gw_asker cse = fake_cse(&w, w.in);
	struct gw_exchange *x = fake_open(
		&w, &cse,
		fake_request(GW_OP_NOTIFY, "/id-in", "C1", "{\"m2m:sgn\":{}}"));

	fake_loop_turn(&w.loop);
	return x;
}

static void the_first_notification_that_is_lost_is_told(void **state)
{
	fake_register(&w, "C1", "[\"near://192.0.2.9:9/x\"]");
	w.refusal = GW_STATUS_TARGET_NOT_REACHABLE;
	(void)notify();
	expect_line("notification-lost",
		    "near://192.0.2.9:9/x: refused at once");
	(void)notify();
	expect_none();
	w.refusal = GW_STATUS_NONE;
	(void)notify();
	fake_answer(&w, GW_STATUS_OK, NULL);
	expect_none();
	w.refusal = GW_STATUS_TARGET_NOT_REACHABLE;
	(void)notify();
	expect_line("notification-lost", "C1 of /id-in");
}

static void one_that_nobody_answers_is_lost_too(void **state)
{
	fake_register(&w, "C1", "[\"near://192.0.2.9\"]");
	(void)notify();
	fake_loop_pass(&w.loop, w.conf.timeouts.request_ms);
	expect_line("notification-lost", "did not answer");
}

static void one_for_somebody_without_a_point_of_access_says_so(void **state)
{
	fake_register(&w, "C1", NULL);
	(void)notify();
	expect_line("notification-lost", "point of access");
}

static void a_cse_that_is_away_is_told_once_and_when_it_is_back(void **state)
{
	w.in->via = gw_relay_binding_for(w.relay, GW_STR("near://x"));
	w.refusal = GW_STATUS_TARGET_NOT_REACHABLE;
	(void)fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	expect_line("cse-away", "/id-in is not reached");
	(void)fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	expect_none();
	w.refusal = GW_STATUS_NONE;
	(void)fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	fake_answer(&w, GW_STATUS_NOT_FOUND, NULL);
	expect_line("cse-back", "/id-in is reached again");
}

static void a_cse_with_a_connection_tells_of_that(void **state)
{
	w.refusal = GW_STATUS_TARGET_NOT_REACHABLE;
	(void)fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	expect_none();
}

/* The CSE answers with these parameters beside what it must have. */
static void is_answered(const char *name, const char *release,
			const char *content)
{
	struct gw_exchange *x = fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	struct gw_primitive *answer = NULL;

	fake_loop_turn(&w.loop);
	answer = gw_primitive_new_answer(x->request, GW_STATUS_OK);
	assert_non_null(answer);
	if (name) {
		gw_primitive_add(answer, gw_str_from(name), GW_STR("1"));
	}
	if (content) {
		answer->media = GW_MEDIA_JSON;
		answer->content = gw_bytes_of(gw_str_from(content));
	}
	answer->release = gw_str_from(release);
	gw_exchange_answer(x, answer);
	fake_loop_turn(&w.loop);
}

static void a_profile_that_does_not_fit_is_told_once(void **state)
{
	is_answered("x", "3", "{\"m2m:cb\":{}}");
	expect_none();
	is_answered("drt", "3", "{\"m2m:cb\":{}}");
	expect_line("profile", "/id-in answers as CSEs of profile acme do");
	assert_non_null(strstr(line, "its profile is standard"));
	is_answered("drt", "3", NULL);
	expect_none();
}

static void each_kind_of_cse_has_its_sign(void **state)
{
	is_answered(NULL, "2a", NULL);
	expect_line("profile", "profile mobius");
	w.in->n_seen = 0;
	is_answered(NULL, "3", "{\"general\":{}}");
	expect_line("profile", "profile tinyiot");
}

static void one_that_fits_is_not_spoken_of(void **state)
{
	w.cses[0].profile = gw_profile_find(GW_STR("acme"));
	is_answered("drt", "3", NULL);
	expect_none();
	is_answered(NULL, "2a", NULL);
	expect_none();
}

#define CASE(test) FAKE_TEST_AFTER(test, set_up, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_point_of_access_that_is_never_used_is_told_at_once),
		CASE(one_that_is_ourselves_is_told_and_counted_and_passed_on),
		CASE(it_is_told_before_all_others),
		CASE(one_that_may_be_used_is_not_spoken_of),
		CASE(one_that_is_told_is_not_told_again),
		CASE(a_new_one_is_looked_at_as_well),
		CASE(the_first_notification_that_is_lost_is_told),
		CASE(one_that_nobody_answers_is_lost_too),
		CASE(one_for_somebody_without_a_point_of_access_says_so),
		CASE(a_cse_that_is_away_is_told_once_and_when_it_is_back),
		CASE(a_cse_with_a_connection_tells_of_that),
		CASE(a_profile_that_does_not_fit_is_told_once),
		CASE(each_kind_of_cse_has_its_sign),
		CASE(one_that_fits_is_not_spoken_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
