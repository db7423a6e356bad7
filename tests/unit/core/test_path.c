/* Path: in which order exchanges take the steps of the road, and who may call
 * whom from inside what. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/lib/arena.h"
#include "tests/support/crime.h"
#include "tests/support/fake_world.h"

static struct fake_world w;

static struct gw_primitive *new_answer(enum gw_status status,
				       const char *content)
{
	struct gw_primitive *p = gw_primitive_new(1024, 4096);

	assert_non_null(p);
	p->status = status;
	if (content) {
		p->media = GW_MEDIA_JSON;
		p->content = gw_bytes_of(gw_str_from(content));
	}
	return p;
}

static struct gw_exchange *notify(const char *to)
{
	struct gw_asker in = fake_cse(&w, w.in);

	return fake_open(&w, &in,
			 fake_request(GW_OP_NOTIFY, "/id-in", to, NULL));
}

static struct gw_exchange *ask_to_register(const struct gw_asker *asker)
{
	struct gw_primitive *p = fake_request(
		GW_OP_CREATE, "C", "cse-in",
		"{\"m2m:ae\":{\"poa\":[\"near://a\"]}}");

	p->type = GW_TYPE_AE;
	return fake_open(&w, asker, p);
}

static void nothing_is_sent_or_answered_from_inside_a_call(void **state)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "a b");
	assert_int_equal(w.n_sent, 0);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.n_sent, 1);
	assert_int_equal(w.n_replies, 1);
	gw_exchange_answer(w.sent[0], new_answer(GW_STATUS_OK, NULL));
	assert_int_equal(w.n_replies, 1);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.n_replies, 2);
}

/* A registree may be gone at any time after send(). */
static void who_asks_is_told_inside_send_only(void **state)
{
	fake_register(&w, "C1", NULL);
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in/x");
	assert_null(fake_last(&w)->hop.originator);
	assert_non_null(w.originator);
	assert_true(gw_str_is(w.originator->id, "C1"));
}

/* A CSE may write both into one segment. */
static void a_notification_behind_a_grant_finds_the_registree(void **state)
{
	struct gw_asker device = fake_device(&w);

	ask_to_register(&device);
	gw_exchange_answer(
		fake_last(&w),
		new_answer(GW_STATUS_CREATED, "{\"m2m:ae\":{\"aei\":\"C1\"}}"));
	notify("C1");
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://a"));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void what_fails_from_inside_send_is_answered(void **state)
{
	w.refusal = GW_STATUS_TARGET_NOT_REACHABLE;
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	fake_loop_turn(&w.loop);
	assert_int_equal(w.n_sent, 1);
	assert_int_equal(w.n_forgotten, 0);
	assert_int_equal(w.n_replies, 1);
	assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
	assert_string_equal(w.content, "{\"m2m:dbg\":\"refused at once\"}");
	fake_loop_pass(&w.loop, w.conf.timeouts.request_ms);
	assert_int_equal(w.n_replies, 1);
}

static void a_failure_that_is_none_of_reaching_ends_at_once(void **state)
{
	fake_register(&w, "C1", "[\"near://a\",\"near://b\"]");
	w.n_sent = 0;
	w.refusal = GW_STATUS_BAD_REQUEST;
	notify("C1");
	fake_loop_turn(&w.loop);
	assert_int_equal(w.n_sent, 1);
	assert_int_equal(w.status, GW_STATUS_BAD_REQUEST);
}

static void the_deadline_is_kept_from_one_way_to_the_next(void **state)
{
	int64_t half_ms = w.conf.timeouts.request_ms / 2;

	fake_register(&w, "C1", "[\"near://a\",\"near://b\"]");
	notify("C1");
	fake_loop_pass(&w.loop, half_ms);
	gw_exchange_fail(fake_last(&w), GW_STATUS_TARGET_NOT_REACHABLE, "no");
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://b"));
	fake_loop_pass(&w.loop, half_ms - 1);
	assert_int_equal(w.n_forgotten, 0);
	fake_loop_pass(&w.loop, 1);
	assert_int_equal(w.n_forgotten, 1);
	assert_int_equal(w.status, GW_STATUS_REQUEST_TIMEOUT);
}

static void an_abandoned_one_goes_on_to_the_next_way(void **state)
{
	struct gw_exchange *x = NULL;

	fake_register(&w, "C1", "[\"near://a\",\"near://b\"]");
	w.n_replies = 0;
	x = notify("C1");
	gw_exchange_abandon(x);
	gw_exchange_fail(fake_last(&w), GW_STATUS_TARGET_NOT_REACHABLE, "no");
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://b"));
	fake_answer(&w, GW_STATUS_OK, NULL);
	assert_int_equal(w.n_replies, 0);
}

static void what_has_no_room_is_refused_when_no_other_way_is_left(void **state)
{
	const struct gw_counts *counts = gw_relay_counts(w.relay);

	fake_register(&w, "C1", "[\"near://a\",\"near://b\"]");
	notify("C1");
	gw_exchange_crowd_out(fake_last(&w), "full");
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://b"));
	gw_exchange_crowd_out(fake_last(&w), "full");
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
	assert_string_equal(w.content, "{\"m2m:dbg\":\"full\"}");
	assert_int_equal(counts->n_refused, 1);
	assert_int_equal(counts->n_unreachable, 0);
}

static void what_had_no_room_on_one_way_is_lost_on_another(void **state)
{
	const struct gw_counts *counts = gw_relay_counts(w.relay);

	fake_register(&w, "C1", "[\"near://a\",\"near://b\"]");
	notify("C1");
	gw_exchange_crowd_out(fake_last(&w), "full");
	gw_exchange_fail(fake_last(&w), GW_STATUS_TARGET_NOT_REACHABLE, "no");
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
	assert_int_equal(counts->n_refused, 0);
	assert_int_equal(counts->n_unreachable, 1);
}

static void each_request_is_counted_once_however_it_ends(void **state)
{
	const struct gw_counts *counts = gw_relay_counts(w.relay);

	fake_ask(&w, GW_OP_RETRIEVE, "C1", "a b");
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	fake_answer(&w, GW_STATUS_NOT_FOUND, NULL);
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	gw_exchange_fail(fake_last(&w), GW_STATUS_BAD_REQUEST, "no such form");
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	gw_exchange_fail(fake_last(&w), GW_STATUS_TARGET_NOT_REACHABLE, "no");
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	fake_loop_turn(&w.loop);
	fake_loop_pass(&w.loop, w.conf.timeouts.request_ms);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_REQUEST_TIMEOUT);
	assert_int_equal(counts->n_requests, 5);
	assert_int_equal(counts->n_answers, 1);
	assert_int_equal(counts->n_refused, 2);
	assert_int_equal(counts->n_unreachable, 1);
	assert_int_equal(counts->n_expired, 1);
}

static void take_two(struct fake_world *world)
{
	world->conf.limits.exchanges = 2;
}

static int set_up_small(void **state)
{
	fake_world_init(*state, take_two);
	return 0;
}

/* In all that it hands up, whatever the receiver confirmed with. */
static void an_answer_names_the_release_that_its_request_named(void **state)
{
	struct gw_primitive *answer = new_answer(GW_STATUS_OK, NULL);

	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	gw_exchange_answer(fake_last(&w), answer);
	fake_loop_turn(&w.loop);
	assert_string_equal(w.release, "3");
	answer = new_answer(GW_STATUS_NOT_FOUND, NULL);
	answer->release = GW_STR("2a");
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	gw_exchange_answer(fake_last(&w), answer);
	fake_loop_turn(&w.loop);
	assert_string_equal(w.release, "2a");
}

static void a_request_without_a_release_is_answered_without(void **state)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(GW_OP_RETRIEVE, "C1", "cse-in",
					      NULL);

	p->release = (struct gw_str){ 0 };
	fake_open(&w, &device, p);
	gw_exchange_answer(fake_last(&w), new_answer(GW_STATUS_OK, NULL));
	fake_loop_turn(&w.loop);
	assert_string_equal(w.release, "");
}

static void expect_release(const char *content, const char *release)
{
	struct gw_asker in = fake_cse(&w, w.in);
	struct gw_primitive *p = fake_request(GW_OP_NOTIFY, "/id-in", "C1",
					      content);

	fake_register(&w, "C1", "[\"near://x\"]");
	p->release = (struct gw_str){ 0 };
	fake_open(&w, &in, p);
	assert_true(gw_str_eq(fake_last(&w)->request->release,
			      gw_str_from(release)));
	gw_exchange_answer(fake_last(&w), new_answer(GW_STATUS_OK, NULL));
	fake_loop_turn(&w.loop);
	assert_string_equal(w.release, release);
}

static void a_notification_may_name_its_release_inside(void **state)
{
	expect_release("{\"m2m:sgn\":{\"rvi\":\"2a\"}}", "2a");
	expect_release("{\"m2m:sgn\":{\"vrq\":true}}", "");
	expect_release("{\"m2m:sgn\":{\"rvi\":3}}", "");
	expect_release("{\"m2m:sgn\":[]}", "");
	expect_release("{\"m2m:rsp\":{\"rvi\":\"3\"}}", "");
}

static void send_content(enum gw_op op, enum gw_media media,
			 const char *content)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(op, "C1", "cse-in", content);

	p->media = media;
	fake_open(&w, &device, p);
	(void)fake_last(&w);
}

static void nothing_at_all_is_no_content(void **state)
{
	static const struct {
		enum gw_media media;
		const char *content;
	} all[] = {
		{ GW_MEDIA_JSON, "{}" },
		{ GW_MEDIA_JSON, "\"\"" },
		{ GW_MEDIA_CBOR, "\xa0" },
		{ GW_MEDIA_CBOR, "\x60" },
	};
	const enum gw_op ops[] = { GW_OP_RETRIEVE, GW_OP_DELETE };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		for (size_t k = 0; k < 2; k++) {
			send_content(ops[k], all[i].media, all[i].content);
			assert_null(fake_last(&w)->request->content.at);
			assert_int_equal(fake_last(&w)->request->media,
					 GW_MEDIA_NONE);
		}
	}
	send_content(GW_OP_NOTIFY, GW_MEDIA_JSON, "{}");
	assert_true(
		gw_str_is(gw_str_of(fake_last(&w)->request->content), "{}"));
	send_content(GW_OP_RETRIEVE, GW_MEDIA_JSON, "{\"m2m:atrl\":[]}");
	assert_int_equal(fake_last(&w)->request->content.len, 15);
}

static void a_number_as_id_is_given_back(void **state)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(GW_OP_RETRIEVE, "C1", "cse-in",
					      NULL);
	struct gw_primitive *answer = new_answer(GW_STATUS_OK, NULL);

	p->id = GW_STR("7");
	p->has_number_id = true;
	fake_open(&w, &device, p);
	gw_exchange_answer(fake_last(&w), answer);
	assert_true(answer->has_number_id);
	assert_true(gw_str_is(answer->id, "7"));
	fake_loop_turn(&w.loop);
}

/* Those that come in one turn of the loop count one by one. */
static void only_what_is_above_the_limit_is_refused(void **state)
{
	for (size_t i = 0; i < 5; i++) {
		fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	}
	fake_loop_turn(&w.loop);
	assert_int_equal(w.n_sent, 2);
	assert_int_equal(w.n_replies, 3);
	assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
}

/* What "/id-b" says for others over the protocol that leads there is from it,
 * and over a connection that somebody opened it is not. */
static void who_leaves_a_connection_is_not_taken_for_a_cse(void **state)
{
	static const char *from[] = { "192.0.2.9" };
	struct gw_asker asker = fake_device(&w);
	struct gw_peer peer = { 0 };
	struct gw_exchange *x = NULL;

	w.cses[1].from = (struct gw_conf_texts){ from, 1 };
	asker.binding = w.b->via;
	gw_peer_init(gw_relay_registry(w.relay), &peer, asker.binding,
		     (struct gw_str){ 0 });
	asker.peer = &peer;
	x = fake_open(
		&w, &asker,
		fake_request(GW_OP_RETRIEVE, "/id-b/C7", "cse-in/x", NULL));
	gw_exchange_abandon(x);
	gw_peer_deinit(&peer);
	assert_null(fake_last(&w)->asker.cse);
}

static void stopping_ends_what_is_queued_as_well(void **state)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	fake_loop_turn(&w.loop);
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	gw_exchange_fail(w.sent[0], GW_STATUS_TARGET_NOT_REACHABLE, "no");
	gw_relay_stop(w.relay);
	assert_int_equal(w.n_replies, 2);
	assert_int_equal(w.n_sent, 1);
	assert_int_equal(w.n_forgotten, 0);
}

/* --- What only a bug of ours can do ends the process where it happens. */

static void answer_twice(void)
{
	gw_exchange_answer(w.sent[0], new_answer(GW_STATUS_OK, NULL));
	gw_exchange_answer(w.sent[0], new_answer(GW_STATUS_OK, NULL));
}

static void fail_what_is_answered(void)
{
	gw_exchange_answer(w.sent[0], new_answer(GW_STATUS_OK, NULL));
	gw_exchange_fail(w.sent[0], GW_STATUS_BAD_REQUEST, "no");
}

static void answer_what_is_forgotten(void)
{
	fake_loop_pass(&w.loop, w.conf.timeouts.request_ms - 1);
	w.loop.now_ms++;
	(void)gw_timers_run(&w.loop.base, &(int64_t){ 0 });
	gw_exchange_answer(w.sent[0], new_answer(GW_STATUS_OK, NULL));
}

static void abandon_twice(void)
{
	gw_exchange_abandon(w.sent[0]);
	gw_exchange_abandon(w.sent[0]);
}

static void answer_with_a_request(void)
{
	gw_exchange_answer(w.sent[0],
			   fake_request(GW_OP_RETRIEVE, "C1", "x", NULL));
}

static void each_of_our_own_mistakes_ends_the_process(void **state)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	fake_loop_turn(&w.loop);
	expect_abort(answer_twice);
	expect_abort(fail_what_is_answered);
	expect_abort(answer_what_is_forgotten);
	expect_abort(abandon_twice);
	expect_abort(answer_with_a_request);
}

#define CASE(test) FAKE_TEST(test, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_sent_or_answered_from_inside_a_call),
		CASE(who_asks_is_told_inside_send_only),
		CASE(a_notification_behind_a_grant_finds_the_registree),
		CASE(what_fails_from_inside_send_is_answered),
		CASE(a_failure_that_is_none_of_reaching_ends_at_once),
		CASE(the_deadline_is_kept_from_one_way_to_the_next),
		CASE(an_abandoned_one_goes_on_to_the_next_way),
		CASE(what_has_no_room_is_refused_when_no_other_way_is_left),
		CASE(what_had_no_room_on_one_way_is_lost_on_another),
		CASE(each_request_is_counted_once_however_it_ends),
		FAKE_TEST(an_answer_names_the_release_that_its_request_named,
			  w),
		FAKE_TEST(a_request_without_a_release_is_answered_without, w),
		FAKE_TEST(a_notification_may_name_its_release_inside, w),
		CASE(nothing_at_all_is_no_content),
		CASE(a_number_as_id_is_given_back),
		FAKE_TEST_AFTER(only_what_is_above_the_limit_is_refused,
				set_up_small, w),
		CASE(who_leaves_a_connection_is_not_taken_for_a_cse),
		CASE(stopping_ends_what_is_queued_as_well),
		CASE(each_of_our_own_mistakes_ends_the_process),
	};

	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
