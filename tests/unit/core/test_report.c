/* Report: who runs the gateway is told of each request that came to nothing,
 * and is not flooded. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/lib/arena.h"
#include "core/lib/log.h"
#include "core/report.h"
#include "tests/support/fake_world.h"

#define MINUTE_MS 60000
#define LINES_MAX ((size_t)8192)

static struct fake_world w;

/* What was logged, as "event message name=value name=value". */
static char lines[LINES_MAX][512];
static size_t n_lines;

static void hear(const struct gw_log_record *r)
{
	char *line = lines[n_lines];
	size_t len = 0;

	if (strcmp(r->topic, "exchange") != 0) {
		return;
	}
	assert_true(r->is_limited);
	assert_true(++n_lines < LINES_MAX);
	len = (size_t)snprintf(line, sizeof(lines[0]), "%s %s", r->event,
			       r->message);
	for (size_t i = 0; i < r->n_fields && len < sizeof(lines[0]); i++) {
		const struct gw_log_field *f = &r->fields[i];

		len += (size_t)(gw_str_is_present(f->text)
					? snprintf(line + len,
						   sizeof(lines[0]) - len,
						   " %s=" GW_STR_FMT, f->name,
						   GW_STR_ARG(f->text))
					: snprintf(line + len,
						   sizeof(lines[0]) - len,
						   " %s=%llu", f->name,
						   (unsigned long long)f->n));
	}
}

static int set_up(void **state)
{
	n_lines = 0;
	gw_log_use(hear, GW_LOG_INFO);
	return fake_set_up(state);
}

static void expect_line(const char *line)
{
	assert_int_equal(n_lines, 1);
	assert_string_equal(lines[0], line);
	n_lines = 0;
}

/* A request of this device that is refused at once: its target is none. */
static void fail_of(const char *host, bool is_unproven)
{
	struct gw_asker device = fake_device(&w);

	device.host = gw_str_from(host);
	device.is_unproven = is_unproven;
	fake_open(&w, &device, fake_request(GW_OP_RETRIEVE, "C1", "a b", NULL));
	fake_loop_turn(&w.loop);
}

static size_t count(const char *text)
{
	size_t n = 0;

	for (size_t i = 0; i < n_lines; i++) {
		n += strstr(lines[i], text) != NULL;
	}
	return n;
}

static void what_is_refused_is_told_with_who_asked_for_what(void **state)
{
	fail_of("192.0.2.9", false);
	assert_int_equal(w.status, GW_STATUS_BAD_REQUEST);
	assert_int_equal(count("peer=192.0.2.9 op=RETRIEVE fr=C1 to=a b rqi=r1 "
			       "rsc=4000"),
			 1);
	assert_int_equal(n_lines, 1);
}

static void what_a_cse_refuses_is_told_with_its_reason(void **state)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in/x");
	(void)fake_last(&w);
	fake_loop_pass(&w.loop, 7);
	fake_answer(&w, GW_STATUS_NOT_FOUND, "{\"m2m:dbg\":\"no x here\"}");
	fake_loop_turn(&w.loop);
	expect_line("failed no x here binding=near-side peer=192.0.2.9 "
		    "op=RETRIEVE fr=C1 to=cse-in/x rqi=r1 hop=far://somewhere "
		    "rsc=4004 ms=7");
}

static void an_answer_without_a_reason_has_the_name_of_its_status(void **state)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in/x");
	(void)fake_last(&w);
	fake_answer(&w, GW_STATUS_NOT_FOUND, NULL);
	fake_loop_turn(&w.loop);
	assert_int_equal(count("failed NOT_FOUND binding="), 1);
}

static void what_expires_is_told(void **state)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in/x");
	(void)fake_last(&w);
	fake_loop_pass(&w.loop, w.conf.timeouts.request_ms);
	fake_loop_turn(&w.loop);
	assert_int_equal(count("expired: the target did not answer"), 1);
	assert_int_equal(count("rsc=4008"), 1);
}

static void what_expires_is_told_with_what_it_waited_for(void **state)
{
	w.waits_for = "its turn has not come";
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in/x");
	(void)fake_last(&w);
	fake_loop_pass(&w.loop, w.conf.timeouts.request_ms);
	fake_loop_turn(&w.loop);
	assert_int_equal(count("failed the request expired: its turn has not "
			       "come binding="),
			 1);
	assert_non_null(strstr(w.content, "expired: its turn has not come\""));
}

static void what_nobody_waits_for_any_more_is_told(void **state)
{
	struct gw_exchange *x = fake_ask(&w, GW_OP_RETRIEVE, "C1", "a b");

	gw_exchange_abandon(x);
	fake_loop_turn(&w.loop);
	assert_int_equal(n_lines, 1);
}

static void succeed(void)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in/x");
	(void)fake_last(&w);
	fake_answer(&w, GW_STATUS_OK, NULL);
	fake_loop_turn(&w.loop);
}

static void the_configuration_chooses_what_is_told(void **state)
{
	succeed();
	assert_int_equal(n_lines, 0);
	w.conf.told = GW_TOLD_ALL;
	for (size_t i = 0; i < 3 * GW_REPORT_LINES; i++) {
		succeed();
	}
	assert_int_equal(count("answered OK"), 3 * GW_REPORT_LINES);
	n_lines = 0;
	w.conf.told = GW_TOLD_NONE;
	succeed();
	fail_of("192.0.2.9", false);
	assert_int_equal(n_lines, 0);
}

static void use_a_password(struct fake_world *world)
{
	world->cses[0].url = "far://me:secret@somewhere:1/x@y";
}

static void a_password_is_not_told(void **state)
{
	fake_world_deinit(&w);
	fake_world_init(&w, use_a_password);
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in/x");
	(void)fake_last(&w);
	fake_answer(&w, GW_STATUS_NOT_FOUND, NULL);
	fake_loop_turn(&w.loop);
	assert_int_equal(count("secret"), 0);
	assert_int_equal(count("hop=far://***@somewhere:1/x@y "), 1);
}

static void of_one_peer_a_few_lines_are_told_and_how_many_more(void **state)
{
	for (size_t i = 0; i < 100; i++) {
		fail_of("192.0.2.1", false);
	}
	assert_int_equal(n_lines, GW_REPORT_LINES);
	fail_of("192.0.2.2", false);
	assert_int_equal(count("peer=192.0.2.2 "), 1);
	n_lines = 0;
	fake_loop_pass(&w.loop, MINUTE_MS);
	expect_line("failed more of the same binding=near-side peer=192.0.2.1 "
		    "rsc=4000 left-out=95");
	fail_of("192.0.2.1", false);
	assert_int_equal(n_lines, 1);
}

static void another_status_of_the_same_peer_is_told_apart(void **state)
{
	for (size_t i = 0; i < 100; i++) {
		fail_of("192.0.2.9", false);
	}
	n_lines = 0;
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in/x");
	(void)fake_last(&w);
	fake_answer(&w, GW_STATUS_NOT_FOUND, NULL);
	fake_loop_turn(&w.loop);
	assert_int_equal(count("rsc=4004"), 1);
}

static void who_may_be_forged_counts_as_one(void **state)
{
	char host[32];

	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(host, sizeof(host), "198.51.%u.%u", i / 250,
			       i % 250);
		fail_of(host, true);
	}
	assert_int_equal(n_lines, GW_REPORT_LINES);
	fail_of("192.0.2.2", false);
	assert_int_equal(count("peer=192.0.2.2 "), 1);
}

static void who_has_a_whole_network_of_ipv6_counts_as_one(void **state)
{
	char host[64];

	for (unsigned i = 0; i < 3000; i++) {
		(void)snprintf(host, sizeof(host), "2001:db8:1:2:%x::%x", i,
			       i % 7);
		fail_of(host, false);
	}
	assert_int_equal(n_lines, GW_REPORT_LINES);
	assert_int_equal(count("peer=2001:db8:1:2:1::1 "), 1);
	fail_of("2001:db8:1:3::1", false);
	fail_of("::ffff:192.0.2.1", false);
	fail_of("::ffff:192.0.2.2", false);
	fail_of("192.0.2.3", false);
	assert_int_equal(n_lines, GW_REPORT_LINES + 4);
	n_lines = 0;
	fake_loop_pass(&w.loop, MINUTE_MS);
	expect_line("failed more of the same binding=near-side "
		    "peer=2001:db8:1:2::/64 rsc=4000 left-out=2995");
}

static void a_hundred_networks_are_told_apart(void **state)
{
	char host[64];

	for (unsigned i = 0; i < 20000; i++) {
		(void)snprintf(host, sizeof(host), "2001:db8:1:2::%x", i);
		fail_of(host, false);
		if (i % 200 == 0) {
			(void)snprintf(host, sizeof(host), "2001:db8:2:%x::1",
				       i / 200);
			fail_of(host, false);
			assert_int_equal(count(host), 1);
		}
	}
	assert_int_equal(n_lines, GW_REPORT_LINES + 100);
}

static void more_peers_than_are_told_apart_share_what_is_left(void **state)
{
	char host[32];

	for (unsigned i = 0; i < 3000; i++) {
		(void)snprintf(host, sizeof(host), "198.51.%u.%u", i / 250,
			       i % 250);
		fail_of(host, false);
	}
	assert_int_equal(n_lines, GW_REPORT_PEERS_MAX + GW_REPORT_LINES);
	n_lines = 0;
	fake_loop_pass(&w.loop, MINUTE_MS);
	assert_int_equal(count("peer=other peers"), 1);
	assert_int_equal(n_lines, 1);
}

static void a_hundred_are_seen_beside_ten_that_fail_without_end(void **state)
{
	char host[32];
	size_t n_single = 0;

	for (unsigned i = 0; i < 1000000; i++) {
		(void)snprintf(host, sizeof(host), "192.0.2.%u", i % 10);
		fail_of(host, false);
		if (i % 10000 == 0) {
			(void)snprintf(host, sizeof(host), "203.0.113.%u",
				       i / 10000);
			fail_of(host, false);
			fake_loop_pass(&w.loop, 1200);
		}
	}
	fake_loop_pass(&w.loop, MINUTE_MS);
	for (unsigned i = 0; i < 100; i++) {
		(void)snprintf(host, sizeof(host), "peer=203.0.113.%u ", i);
		n_single += count(host) == 1;
	}
	assert_int_equal(n_single, 100);
	assert_true(n_lines < 1000);
}

static void what_was_left_out_is_told_when_the_gateway_stops(void **state)
{
	for (size_t i = 0; i < 100; i++) {
		fail_of("192.0.2.1", false);
	}
	n_lines = 0;
	gw_relay_stop(w.relay);
	assert_int_equal(count("left-out=95"), 1);
}

static void what_a_binding_refuses_by_itself_is_told_alike(void **state)
{
	const struct gw_asker device = fake_device(&w);
	struct gw_refusal refusal = {
		.binding = device.binding,
		.peer = GW_STR("192.0.2.9"),
		.status = GW_STATUS_BAD_REQUEST,
		.code = "403",
		.reason = "this page is foreign",
	};

	gw_report_refusal(&refusal);
	expect_line("failed this page is foreign binding=near-side "
		    "peer=192.0.2.9 rsc=4000 code=403");
	for (size_t i = 0; i < 100; i++) {
		gw_report_refusal(&refusal);
	}
	assert_int_equal(n_lines, GW_REPORT_LINES - 1);
}

static void an_answer_that_cannot_be_written_is_told_and_replaced(void **state)
{
	struct gw_primitive *request = fake_request(GW_OP_RETRIEVE, "C1",
						    "cse-in/x", NULL);
	struct gw_primitive *answer = gw_primitive_new_answer(request,
							      GW_STATUS_OK);
	struct gw_primitive *error = NULL;

	assert_non_null(answer);
	error = gw_report_unwritable(
		&(struct gw_refusal){
			.binding = fake_device(&w).binding,
			.peer = GW_STR("192.0.2.9"),
			.request = request,
			.reason = "vsi has a line break",
		},
		answer);
	assert_non_null(error);
	expect_line("failed the answer (2000) cannot be written over "
		    "near-side: vsi has a line break binding=near-side "
		    "peer=192.0.2.9 op=RETRIEVE fr=C1 to=cse-in/x rqi=r1 "
		    "rsc=5000");
	assert_int_equal(error->status, GW_STATUS_INTERNAL_SERVER_ERROR);
	assert_true(gw_str_is(error->id, "r1"));
	assert_non_null(memmem(error->content.at, error->content.len,
			       "near-side: vsi has a line break", 31));
	gw_primitive_free(error);
	gw_primitive_free(answer);
	gw_primitive_free(request);
}

/* An answer that nobody asked for. */
static void stray(enum gw_status status, const char *content)
{
	struct gw_primitive *request = fake_request(GW_OP_RETRIEVE, "C1", "x",
						    NULL);
	struct gw_primitive *answer = gw_primitive_new_error(request, status,
							     content);

	assert_non_null(answer);
	gw_report_stray(&(struct gw_stray){
		.binding = fake_device(&w).binding,
		.peer = GW_STR("/id-in"),
		.answer = answer,
	});
	gw_primitive_free(answer);
	gw_primitive_free(request);
}

static void an_answer_to_nobody_is_told_with_what_it_says(void **state)
{
	stray(GW_STATUS_NOT_FOUND, "no x here");
	expect_line("unmatched an answer belongs to no request: no x here "
		    "binding=near-side peer=/id-in rqi=r1 rsc=4004");
	assert_int_equal(gw_relay_counts(w.relay)->n_unmatched, 1);
	gw_report_stray(&(struct gw_stray){
		.binding = fake_device(&w).binding,
		.peer = GW_STR("/id-in"),
	});
	assert_int_equal(count("it cannot be read"), 1);
}

static void answers_to_nobody_flood_nothing_and_are_told_apart(void **state)
{
	for (size_t i = 0; i < 1000; i++) {
		stray(GW_STATUS_BAD_REQUEST, "what?");
	}
	assert_int_equal(n_lines, GW_REPORT_LINES);
	fail_of("/id-in", false);
	assert_int_equal(n_lines, GW_REPORT_LINES + 1);
	n_lines = 0;
	fake_loop_pass(&w.loop, MINUTE_MS);
	expect_line("unmatched more of the same binding=near-side "
		    "peer=/id-in rsc=4000 left-out=995");
	assert_int_equal(gw_relay_counts(w.relay)->n_unmatched, 1000);
}

static void what_an_answer_says_of_itself_is_bounded(void **state)
{
	char text[4000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	stray(GW_STATUS_NOT_FOUND, text);
	assert_int_equal(n_lines, 1);
	assert_non_null(strstr(lines[0], "rsc=4004"));
}

#define CLAIM(test) FAKE_TEST_AFTER(test, set_up, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(what_is_refused_is_told_with_who_asked_for_what),
		CLAIM(what_a_cse_refuses_is_told_with_its_reason),
		CLAIM(an_answer_without_a_reason_has_the_name_of_its_status),
		CLAIM(what_expires_is_told),
		CLAIM(what_expires_is_told_with_what_it_waited_for),
		CLAIM(what_nobody_waits_for_any_more_is_told),
		CLAIM(the_configuration_chooses_what_is_told),
		CLAIM(a_password_is_not_told),
		CLAIM(of_one_peer_a_few_lines_are_told_and_how_many_more),
		CLAIM(another_status_of_the_same_peer_is_told_apart),
		CLAIM(who_may_be_forged_counts_as_one),
		CLAIM(who_has_a_whole_network_of_ipv6_counts_as_one),
		CLAIM(a_hundred_networks_are_told_apart),
		CLAIM(more_peers_than_are_told_apart_share_what_is_left),
		CLAIM(a_hundred_are_seen_beside_ten_that_fail_without_end),
		CLAIM(what_was_left_out_is_told_when_the_gateway_stops),
		CLAIM(what_a_binding_refuses_by_itself_is_told_alike),
		CLAIM(an_answer_to_nobody_is_told_with_what_it_says),
		CLAIM(answers_to_nobody_flood_nothing_and_are_told_apart),
		CLAIM(what_an_answer_says_of_itself_is_bounded),
		CLAIM(an_answer_that_cannot_be_written_is_told_and_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
