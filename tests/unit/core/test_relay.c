#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/lib/arena.h"
#include "core/profile.h"
#include "tests/support/fake_world.h"

static struct fake_world w;

static void is_refused(enum gw_status status)
{
	size_t n_before = w.n_replies;

	fake_loop_turn(&w.loop);
	assert_int_equal(w.n_replies, n_before + 1);
	assert_int_equal(w.status, status);
	assert_int_equal(w.n_sent, 0);
}

static void
an_answer_comes_from_the_loop_and_has_the_rqi_of_its_request(void **state)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in/a");
	assert_int_equal(w.n_replies, 0);
	assert_ptr_equal(fake_last(&w)->hop.cse, w.in);
	fake_answer(&w, GW_STATUS_OK, "{\"m2m:cnt\":{}}");
	assert_int_equal(w.n_replies, 1);
	assert_string_equal(w.id, "r1");
	assert_string_equal(w.content, "{\"m2m:cnt\":{}}");
}

static void a_request_ends_with_4008_at_the_default_deadline(void **state)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in/a");
	fake_loop_pass(&w.loop, w.conf.timeouts.request_ms - 1);
	assert_int_equal(w.n_replies, 0);
	fake_loop_pass(&w.loop, 1);
	assert_int_equal(w.n_replies, 1);
	assert_int_equal(w.n_forgotten, 1);
	assert_int_equal(w.status, GW_STATUS_REQUEST_TIMEOUT);
}

static void ask_with_rqet(const char *rqet)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(GW_OP_RETRIEVE, "C1", "cse-in/a",
					      NULL);

	gw_primitive_add(p, GW_STR("rqet"), gw_str_from(rqet));
	fake_open(&w, &device, p);
}

static void rqet_sets_the_deadline(void **state)
{
	ask_with_rqet("500");
	fake_loop_pass(&w.loop, 499);
	assert_int_equal(w.n_replies, 0);
	fake_loop_pass(&w.loop, 1);
	assert_int_equal(w.status, GW_STATUS_REQUEST_TIMEOUT);
}

static void a_past_rqet_is_4008_and_nothing_is_sent(void **state)
{
	ask_with_rqet("\"20200101T000000\"");
	is_refused(GW_STATUS_REQUEST_TIMEOUT);
}

static void an_rqet_that_is_no_time_crosses_and_the_default_counts(void **state)
{
	ask_with_rqet("\"soon\"");
	assert_true(gw_str_is(
		gw_primitive_get(fake_last(&w)->request, GW_STR("rqet")),
		"\"soon\""));
	fake_loop_pass(&w.loop, w.conf.timeouts.request_ms - 1);
	assert_int_equal(w.n_replies, 0);
	fake_loop_pass(&w.loop, 1);
	assert_int_equal(w.status, GW_STATUS_REQUEST_TIMEOUT);
}

static void an_abandoned_exchange_gets_no_reply(void **state)
{
	gw_exchange_abandon(fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in"));
	fake_answer(&w, GW_STATUS_OK, NULL);
	assert_int_equal(w.n_replies, 0);
}

static void a_request_without_fr_is_4000_unless_it_creates_an_ae(void **state)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(GW_OP_CREATE, NULL, "cse-in",
					      NULL);

	fake_ask(&w, GW_OP_RETRIEVE, NULL, "cse-in");
	is_refused(GW_STATUS_BAD_REQUEST);
	p->type = GW_TYPE_AE;
	fake_open(&w, &device, p);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.n_sent, 1);
}

static void a_target_that_is_no_identifier_is_4000(void **state)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "a b");
	is_refused(GW_STATUS_BAD_REQUEST);
}

static void a_device_cannot_make_the_gateway_connect_to_a_url(void **state)
{
	fake_ask(&w, GW_OP_NOTIFY, "C1", "near://192.0.2.1/x");
	is_refused(GW_STATUS_NOT_FOUND);
}

static void goes_to(const char *to, const struct gw_cse *cse, const char *from)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", to);
	assert_ptr_equal(fake_last(&w)->hop.cse, cse);
	assert_true(gw_str_is(fake_last(&w)->hop.from, from));
	assert_true(gw_str_is(fake_last(&w)->request->to, to));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void the_scope_of_to_chooses_the_cse_and_the_scope_of_fr(void **state)
{
	fake_register(&w, "C1", NULL);
	goes_to("cse-in/x", w.in, "C1");
	goes_to("/id-in/cse-in/x", w.in, "C1");
	goes_to("//sp.a/id-in/cse-in/x", w.in, "C1");
	goes_to("/id-b/-/x", w.b, "/id-in/C1");
	goes_to("/id-unknown/x", w.in, "C1");
	goes_to("//sp.b/id-in/x", w.other, "//sp.a/id-in/C1");
	goes_to("//sp.c/id-x/x", w.in, "C1");
}

static void nothing_goes_back_to_where_it_came_from(void **state)
{
	struct gw_asker in = fake_cse(&w, w.in);

	fake_open(&w, &in,
		  fake_request(GW_OP_RETRIEVE, "/id-in", "/id-in/x", NULL));
	is_refused(GW_STATUS_NOT_FOUND);
	fake_open(&w, &in,
		  fake_request(GW_OP_RETRIEVE, "/id-in", "/id-none/x", NULL));
	is_refused(GW_STATUS_NOT_FOUND);
}

static void
a_notification_reaches_a_registree_at_its_point_of_access(void **state)
{
	struct gw_asker in = fake_cse(&w, w.in);

	fake_register(&w, "C1", "[\"near://192.0.2.9/a\"]");
	fake_open(
		&w, &in,
		fake_request(GW_OP_NOTIFY, "/id-in", "C1", "{\"m2m:sgn\":{}}"));
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://192.0.2.9/a"));
	assert_true(gw_str_is(fake_last(&w)->hop.host, "192.0.2.9"));
	assert_true(gw_str_is(fake_last(&w)->hop.from, "/id-in"));
	fake_answer(&w, GW_STATUS_OK, NULL);
	assert_int_equal(w.status, GW_STATUS_OK);
}

static void the_next_point_of_access_is_tried_when_one_fails(void **state)
{
	struct gw_asker in = fake_cse(&w, w.in);

	fake_register(&w, "C1", "[\"near://a\",\"odd://b\",\"near://c\"]");
	fake_open(&w, &in, fake_request(GW_OP_NOTIFY, "/id-in", "C1", NULL));
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://a"));
	gw_exchange_fail(fake_last(&w), GW_STATUS_TARGET_NOT_REACHABLE, "no");
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://c"));
	gw_exchange_fail(fake_last(&w), GW_STATUS_TARGET_NOT_REACHABLE, "no");
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
}

#define N_POA ((size_t)50000)

/* ["near://x","near://x",...] in the arena of p. */
static struct gw_str many_points_of_access(struct gw_primitive *p)
{
	static const char one[] = "\"near://x\",";
	size_t len = sizeof(one) - 1;
	char *at = gw_arena_alloc(p->arena, N_POA * len + 1);

	assert_non_null(at);
	at[0] = '[';
	for (size_t i = 0; i < N_POA; i++) {
		memcpy(at + 1 + i * len, one, len);
	}
	at[N_POA * len] = ']';
	return (struct gw_str){ at, N_POA * len + 1 };
}

static void only_so_many_points_of_access_are_tried(void **state)
{
	struct gw_asker in = fake_cse(&w, w.in);
	struct gw_primitive *p = gw_primitive_new(1024, (size_t)4 << 20);
	const struct gw_grant grant = {
		.id = GW_STR("C1"),
		.cse = w.in,
		.poa = many_points_of_access(p),
		.via = in.binding,
	};

	assert_int_equal(gw_registry_grant(gw_relay_registry(w.relay), &grant),
			 0);
	w.refusal = GW_STATUS_TARGET_NOT_REACHABLE;
	p->op = GW_OP_NOTIFY;
	p->id = GW_STR("r1");
	p->from = GW_STR("/id-in");
	p->to = GW_STR("C1");
	fake_open(&w, &in, p);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
	assert_true(w.n_sent < FAKE_SENT_MAX);
}

static void a_registree_without_a_way_to_reach_it_is_5103(void **state)
{
	struct gw_asker in = fake_cse(&w, w.in);

	fake_register(&w, "C1", NULL);
	w.n_sent = 0;
	fake_open(&w, &in, fake_request(GW_OP_NOTIFY, "/id-in", "C1", NULL));
	is_refused(GW_STATUS_TARGET_NOT_REACHABLE);
}

static void a_stranger_is_not_reached_before_its_registration(void **state)
{
	struct gw_asker in = fake_cse(&w, w.in);

	fake_open(&w, &in, fake_request(GW_OP_NOTIFY, "/id-in", "C1", NULL));
	is_refused(GW_STATUS_NOT_FOUND);
}

static void register_asking(const char *content)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(GW_OP_CREATE, "C", "cse-in",
					      content);

	p->type = GW_TYPE_AE;
	fake_open(&w, &device, p);
}

static void
poa_is_left_out_toward_the_cse_and_restored_to_the_device(void **state)
{
	register_asking("{\"m2m:ae\":{\"poa\":[\"near://x\"],\"rr\":true}}");
	assert_true(fake_sent_content_is(&w, "{\"m2m:ae\":{\"rr\":true}}"));
	fake_answer(&w, GW_STATUS_CREATED,
		    "{\"m2m:ae\":{\"aei\":\"C7\",\"rr\":true}}");
	assert_string_equal(w.content, "{\"m2m:ae\":{\"poa\":[\"near://x\"],"
				       "\"aei\":\"C7\",\"rr\":true}}");
	fake_ask(&w, GW_OP_RETRIEVE, "C7", "C7");
	fake_answer(&w, GW_STATUS_OK, "{\"m2m:ae\":{\"aei\":\"C7\"}}");
	assert_string_equal(w.content, "{\"m2m:ae\":{\"poa\":[\"near://x\"],"
				       "\"aei\":\"C7\"}}");
}

static void use_acme(struct fake_world *world)
{
	world->cses[0].profile = gw_profile_find(GW_STR("acme"));
}

static void
poa_becomes_the_connection_where_the_profile_asks_for_it(void **state)
{
	fake_world_deinit(&w);
	fake_world_init(&w, use_acme);
	register_asking("{\"m2m:ae\":{\"rr\":true,\"poa\":[\"near://x\"]}}");
	assert_true(fake_sent_content_is(&w, "{\"m2m:ae\":{\"rr\":true,"
					     "\"poa\":[\"ws://default\"]}}"));
	fake_answer(&w, GW_STATUS_CREATED,
		    "{\"m2m:ae\":{\"aei\":\"C7\",\"poa\":[\"ws://default\"]}}");
	assert_string_equal(
		w.content,
		"{\"m2m:ae\":{\"aei\":\"C7\",\"poa\":[\"near://x\"]}}");
}

static void the_granted_id_counts_and_not_the_one_asked_for(void **state)
{
	register_asking("{\"m2m:ae\":{\"rr\":true}}");
	fake_answer(&w, GW_STATUS_CREATED,
		    "{\"m2m:ae\":{\"aei\":\"Cgranted\",\"ri\":\"Cgranted\"}}");
	assert_non_null(gw_registry_find(gw_relay_registry(w.relay), w.in,
					 GW_STR("Cgranted")));
	assert_int_equal(gw_registry_count(gw_relay_registry(w.relay)), 1);
}

static void a_refused_registration_is_not_learned(void **state)
{
	register_asking("{\"m2m:ae\":{\"rr\":true}}");
	fake_answer(&w, GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE, NULL);
	assert_int_equal(gw_registry_count(gw_relay_registry(w.relay)), 0);
}

static void a_deleted_registree_is_forgotten_by_either_name(void **state)
{
	fake_register(&w, "C1", NULL);
	fake_register(&w, "C2", NULL);
	fake_ask(&w, GW_OP_DELETE, "C1", "cse-in/C1-name");
	fake_answer(&w, GW_STATUS_DELETED, NULL);
	assert_int_equal(gw_registry_count(gw_relay_registry(w.relay)), 1);
	fake_ask(&w, GW_OP_DELETE, "Cadmin", "C2");
	fake_answer(&w, GW_STATUS_DELETED, NULL);
	assert_int_equal(gw_registry_count(gw_relay_registry(w.relay)), 0);
}

static void a_registration_that_expires_is_forgotten(void **state)
{
	register_asking("{\"m2m:ae\":{\"rr\":true}}");
	fake_answer(&w, GW_STATUS_CREATED,
		    "{\"m2m:ae\":{\"aei\":\"C7\",\"et\":\"20251009T085420\"}}");
	assert_int_equal(gw_registry_count(gw_relay_registry(w.relay)), 1);
	fake_loop_pass(&w.loop, (int64_t)3600 * 1000);
	assert_int_equal(gw_registry_count(gw_relay_registry(w.relay)), 0);
}

/* It is granted for a minute, and the clock is set back by an hour. */
static void an_expiry_is_a_time_of_day_although_the_clock_is_set(void **state)
{
	const int64_t hour_ms = (int64_t)3600 * 1000;

	register_asking("{\"m2m:ae\":{\"rr\":true}}");
	fake_loop_turn(&w.loop);
	fake_answer(&w, GW_STATUS_CREATED,
		    "{\"m2m:ae\":{\"aei\":\"C7\",\"et\":\"20251009T085420\"}}");
	fake_loop_set_wall(&w.loop, -hour_ms);
	fake_loop_pass(&w.loop, hour_ms + 59999);
	assert_int_equal(gw_registry_count(gw_relay_registry(w.relay)), 1);
	fake_loop_pass(&w.loop, 1);
	assert_int_equal(gw_registry_count(gw_relay_registry(w.relay)), 0);
}

static void an_updated_poa_is_used_from_then_on(void **state)
{
	struct gw_asker device = fake_device(&w);
	struct gw_asker in = fake_cse(&w, w.in);

	fake_register(&w, "C1", "[\"near://old\"]");
	fake_open(&w, &device,
		  fake_request(GW_OP_UPDATE, "C1", "C1",
			       "{\"m2m:ae\":{\"poa\":[\"near://new\"]}}"));
	assert_true(fake_sent_content_is(&w, "{\"m2m:ae\":{\"poa\":[]}}"));
	fake_answer(&w, GW_STATUS_UPDATED, "{\"m2m:ae\":{\"aei\":\"C1\"}}");
	assert_string_equal(w.content, "{\"m2m:ae\":{\"poa\":[\"near://new\"],"
				       "\"aei\":\"C1\"}}");
	fake_open(&w, &in, fake_request(GW_OP_NOTIFY, "/id-in", "C1", NULL));
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://new"));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void two_cses_may_grant_the_same_stem(void **state)
{
	struct gw_asker in = fake_cse(&w, w.in);
	struct gw_asker b = fake_cse(&w, w.b);
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(
		GW_OP_CREATE, "C", "/id-b/-",
		"{\"m2m:ae\":{\"poa\":[\"near://of-b\"]}}");

	fake_register(&w, "C1", "[\"near://of-in\"]");
	p->type = GW_TYPE_AE;
	fake_open(&w, &device, p);
	fake_answer(&w, GW_STATUS_CREATED, "{\"m2m:ae\":{\"aei\":\"C1\"}}");
	fake_open(&w, &in, fake_request(GW_OP_NOTIFY, "/id-in", "C1", NULL));
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://of-in"));
	fake_answer(&w, GW_STATUS_OK, NULL);
	fake_open(&w, &b, fake_request(GW_OP_NOTIFY, "/id-b", "C1", NULL));
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://of-b"));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void a_connection_of_known_identity_reaches_its_registrees(void **state)
{
	struct gw_asker device = fake_device(&w);
	struct gw_asker in = fake_cse(&w, w.in);
	struct gw_registry *reg = gw_relay_registry(w.relay);
	struct gw_peer first = { 0 };
	struct gw_peer second = { 0 };
	struct gw_primitive *p = fake_request(GW_OP_CREATE, "C", "cse-in",
					      "{\"m2m:ae\":{\"rr\":true}}");

	gw_peer_init(reg, &first, device.binding, GW_STR("/id-mn"));
	device.peer = &first;
	p->type = GW_TYPE_AE;
	fake_open(&w, &device, p);
	fake_answer(&w, GW_STATUS_CREATED, "{\"m2m:ae\":{\"aei\":\"C1\"}}");
	fake_open(&w, &in, fake_request(GW_OP_NOTIFY, "/id-in", "C1", NULL));
	assert_ptr_equal(fake_last(&w)->hop.peer, &first);
	fake_answer(&w, GW_STATUS_OK, NULL);
	gw_peer_deinit(&first);
	w.n_sent = 0;
	fake_open(&w, &in, fake_request(GW_OP_NOTIFY, "/id-in", "C1", NULL));
	is_refused(GW_STATUS_TARGET_NOT_REACHABLE);
	gw_peer_init(reg, &second, in.binding, GW_STR("/id-mn"));
	fake_open(&w, &in, fake_request(GW_OP_NOTIFY, "/id-in", "C1", NULL));
	is_refused(GW_STATUS_TARGET_NOT_REACHABLE);
	gw_peer_deinit(&second);
	gw_peer_init(reg, &second, device.binding, GW_STR("/id-mn"));
	fake_open(&w, &in, fake_request(GW_OP_NOTIFY, "/id-in", "C1", NULL));
	assert_ptr_equal(fake_last(&w)->hop.peer, &second);
	fake_answer(&w, GW_STATUS_OK, NULL);
	gw_peer_deinit(&second);
}

static void the_gateway_answers_for_its_own_base(void **state)
{
	struct gw_asker in = fake_cse(&w, w.in);

	fake_open(
		&w, &in,
		fake_request(GW_OP_RETRIEVE, "/id-in", "/id-gw/m2mgate", NULL));
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_OK);
	assert_non_null(strstr(w.content, "\"csi\":\"/id-gw\""));
	fake_open(&w, &in,
		  fake_request(GW_OP_DELETE, "/id-in", "/id-gw/-", NULL));
	is_refused(GW_STATUS_OPERATION_NOT_ALLOWED);
	fake_open(&w, &in,
		  fake_request(GW_OP_RETRIEVE, "/id-in", "/id-gw/x/y", NULL));
	is_refused(GW_STATUS_NOT_FOUND);
}

static void registers(struct fake_world *world)
{
	world->cses[0].registers = true;
}

static void the_gateway_registers_itself_and_renews_what_is_gone(void **state)
{
	fake_world_deinit(&w);
	fake_world_init(&w, registers);
	fake_loop_pass(&w.loop, 0);
	assert_int_equal(fake_last(&w)->request->op, GW_OP_RETRIEVE);
	fake_answer(&w, GW_STATUS_NOT_FOUND, NULL);
	assert_int_equal(fake_last(&w)->request->op, GW_OP_CREATE);
	assert_int_equal(fake_last(&w)->request->type, GW_TYPE_REMOTE_CSE);
	assert_true(gw_str_is(fake_last(&w)->request->to, "/id-in/cse-in"));
	assert_true(gw_str_is(fake_last(&w)->hop.from, "/id-gw"));
	fake_answer(&w, GW_STATUS_CREATED, NULL);
	assert_int_equal(w.n_sent, 2);
	fake_loop_pass(&w.loop, w.cses[0].check_ms);
	assert_int_equal(w.n_sent, 3);
	fake_answer(&w, GW_STATUS_OK, NULL);
	fake_loop_pass(&w.loop, w.cses[0].check_ms);
	fake_answer(&w, GW_STATUS_NOT_FOUND, NULL);
	assert_int_equal(fake_last(&w)->request->op, GW_OP_CREATE);
	fake_answer(&w, GW_STATUS_CREATED, NULL);
	assert_int_equal(w.n_replies, 0);
}

static void be_small(struct fake_world *world)
{
	world->conf.limits.exchanges = 2;
	world->conf.limits.registrees = 1;
}

static void what_is_too_much_is_refused_and_nothing_else_is_lost(void **state)
{
	fake_world_deinit(&w);
	fake_world_init(&w, be_small);
	fake_register(&w, "C1", NULL);
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	w.n_replies = 0;
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
	assert_int_equal(w.n_sent, 3);
	fake_answer(&w, GW_STATUS_OK, NULL);
	assert_int_equal(w.status, GW_STATUS_OK);
	register_asking("{\"m2m:ae\":{}}");
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
	assert_int_equal(w.n_sent, 3);
}

static void stopping_fails_what_is_open(void **state)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	fake_loop_turn(&w.loop);
	gw_relay_drain(w.relay);
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in");
	fake_loop_turn(&w.loop);
	assert_int_equal(w.n_replies, 1);
	assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
	gw_relay_stop(w.relay);
	assert_int_equal(w.n_replies, 2);
	assert_int_equal(w.n_forgotten, 1);
}

#define CASE(test) FAKE_TEST(test, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_answer_comes_from_the_loop_and_has_the_rqi_of_its_request),
		CASE(a_request_ends_with_4008_at_the_default_deadline),
		CASE(rqet_sets_the_deadline),
		CASE(a_past_rqet_is_4008_and_nothing_is_sent),
		CASE(an_rqet_that_is_no_time_crosses_and_the_default_counts),
		CASE(an_abandoned_exchange_gets_no_reply),
		CASE(a_request_without_fr_is_4000_unless_it_creates_an_ae),
		CASE(a_target_that_is_no_identifier_is_4000),
		CASE(a_device_cannot_make_the_gateway_connect_to_a_url),
		CASE(the_scope_of_to_chooses_the_cse_and_the_scope_of_fr),
		CASE(nothing_goes_back_to_where_it_came_from),
		CASE(a_notification_reaches_a_registree_at_its_point_of_access),
		CASE(the_next_point_of_access_is_tried_when_one_fails),
		CASE(only_so_many_points_of_access_are_tried),
		CASE(a_registree_without_a_way_to_reach_it_is_5103),
		CASE(a_stranger_is_not_reached_before_its_registration),
		CASE(poa_is_left_out_toward_the_cse_and_restored_to_the_device),
		CASE(poa_becomes_the_connection_where_the_profile_asks_for_it),
		CASE(the_granted_id_counts_and_not_the_one_asked_for),
		CASE(a_refused_registration_is_not_learned),
		CASE(a_deleted_registree_is_forgotten_by_either_name),
		CASE(a_registration_that_expires_is_forgotten),
		CASE(an_expiry_is_a_time_of_day_although_the_clock_is_set),
		CASE(an_updated_poa_is_used_from_then_on),
		CASE(two_cses_may_grant_the_same_stem),
		CASE(a_connection_of_known_identity_reaches_its_registrees),
		CASE(the_gateway_answers_for_its_own_base),
		CASE(the_gateway_registers_itself_and_renews_what_is_gone),
		CASE(what_is_too_much_is_refused_and_nothing_else_is_lost),
		CASE(stopping_fails_what_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
