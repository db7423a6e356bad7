/*
 * Relay: each side of an exchange writes content in its own way, and a
 * registree is reached where it was.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "core/codec/content.h"
#include "core/lib/arena.h"
#include "tests/support/fake_world.h"

static struct fake_world w;

static void convert(struct gw_primitive *p, enum gw_media media)
{
	struct gw_reason why = { "" };

	assert_int_equal(gw_content_become(p, media, &why), GW_STATUS_NONE);
}

static struct gw_primitive *request(enum gw_op op, const char *to,
				    const char *json, enum gw_media media)
{
	struct gw_primitive *p = fake_request(op, "C7", to, json);

	convert(p, media);
	return p;
}

/* A device that writes this way asks. */
static void ask(struct gw_primitive *p, enum gw_media media)
{
	struct gw_asker device = fake_device(&w);

	device.media = media;
	fake_open(&w, &device, p);
}

/* The far side answers what it was sent last. */
static void answer(enum gw_status status, const char *json, enum gw_media media)
{
	struct gw_primitive *p = gw_primitive_new(1024, 4096);

	assert_non_null(p);
	p->status = status;
	p->media = GW_MEDIA_JSON;
	p->content = gw_bytes_of(gw_str_from(json));
	convert(p, media);
	gw_exchange_answer(fake_last(&w), p);
	fake_loop_turn(&w.loop);
}

static void expect_sent(const char *json, enum gw_media media)
{
	struct gw_primitive copy = *fake_last(&w)->request;

	assert_int_equal(copy.media, media);
	convert(&copy, GW_MEDIA_JSON);
	assert_true(gw_str_is(gw_str_of(copy.content), json));
}

static void expect_reply(const char *json, enum gw_media media)
{
	struct gw_primitive *p = gw_primitive_new(1024, 4096);

	assert_non_null(p);
	assert_int_equal(w.media, media);
	p->media = media;
	p->content = gw_bytes_of(gw_str_from(w.content));
	convert(p, GW_MEDIA_JSON);
	assert_true(gw_str_is(gw_str_of(p->content), json));
	gw_primitive_free(p);
}

static void register_device(const char *attributes, enum gw_media media)
{
	char json[256];
	struct gw_primitive *p = NULL;

	(void)snprintf(json, sizeof(json), "{\"m2m:ae\":{%s\"rr\":true}}",
		       attributes);
	p = request(GW_OP_CREATE, "cse-in", json, media);
	p->type = GW_TYPE_AE;
	ask(p, media);
}

static void notify(enum gw_media media)
{
	struct gw_asker in = fake_cse(&w, w.in);
	struct gw_primitive *p = fake_request(GW_OP_NOTIFY, "/id-in", "C7",
					      "{\"m2m:sgn\":{\"vrq\":true}}");

	convert(p, media);
	fake_open(&w, &in, p);
}

static void a_registration_in_cbor_is_learned(void **state)
{
	register_device("\"poa\":[\"near://x\"],", GW_MEDIA_CBOR);
	expect_sent("{\"m2m:ae\":{\"rr\":true}}", GW_MEDIA_CBOR);
	answer(GW_STATUS_CREATED, "{\"m2m:ae\":{\"aei\":\"C7\"}}",
	       GW_MEDIA_CBOR);
	expect_reply("{\"m2m:ae\":{\"poa\":[\"near://x\"],\"aei\":\"C7\"}}",
		     GW_MEDIA_CBOR);
	notify(GW_MEDIA_JSON);
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://x"));
	expect_sent("{\"m2m:sgn\":{\"vrq\":true}}", GW_MEDIA_CBOR);
	answer(GW_STATUS_OK, "{\"m2m:dbg\":\"x\"}", GW_MEDIA_CBOR);
}

static void what_a_registree_asks_for_goes_before_what_it_writes(void **state)
{
	register_device("\"poa\":[\"near://x\"],"
			"\"csz\":[\"application/xml\",\"application/json\"],",
			GW_MEDIA_CBOR);
	answer(GW_STATUS_CREATED, "{\"m2m:ae\":{\"aei\":\"C7\"}}",
	       GW_MEDIA_CBOR);
	notify(GW_MEDIA_CBOR);
	expect_sent("{\"m2m:sgn\":{\"vrq\":true}}", GW_MEDIA_JSON);
	answer(GW_STATUS_OK, "{\"m2m:dbg\":\"x\"}", GW_MEDIA_JSON);
}

static void want_cbor(struct fake_world *world)
{
	world->cses[0].media = GW_MEDIA_CBOR;
}

static void a_cse_is_written_to_as_it_is_configured(void **state)
{
	fake_world_deinit(&w);
	fake_world_init(&w, want_cbor);
	ask(request(GW_OP_UPDATE, "cse-in/x", "{\"m2m:cnt\":{\"mni\":1}}",
		    GW_MEDIA_JSON),
	    GW_MEDIA_JSON);
	expect_sent("{\"m2m:cnt\":{\"mni\":1}}", GW_MEDIA_CBOR);
	answer(GW_STATUS_UPDATED, "{\"m2m:cnt\":{\"mni\":1}}", GW_MEDIA_CBOR);
	expect_reply("{\"m2m:cnt\":{\"mni\":1}}", GW_MEDIA_JSON);
}

static void an_own_refusal_is_written_as_its_asker_reads(void **state)
{
	ask(request(GW_OP_RETRIEVE, "//", NULL, GW_MEDIA_NONE), GW_MEDIA_CBOR);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_BAD_REQUEST);
	assert_int_equal(w.media, GW_MEDIA_CBOR);
}

/* What is asked, and an answer to that which is still to be given. */
static struct gw_primitive *answer_to(enum gw_op op, enum gw_status status)
{
	struct gw_primitive *p = NULL;

	ask(request(op, "cse-in/x", NULL, GW_MEDIA_NONE), GW_MEDIA_JSON);
	p = gw_primitive_new(1024, 4096);
	assert_non_null(p);
	p->status = status;
	return p;
}

static void what_cannot_be_converted_is_refused_either_way(void **state)
{
	struct gw_primitive *p = request(GW_OP_UPDATE, "cse-in/x", "<a/>",
					 GW_MEDIA_NONE);

	fake_world_deinit(&w);
	fake_world_init(&w, want_cbor);
	p->media = GW_MEDIA_XML;
	ask(p, GW_MEDIA_JSON);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_UNSUPPORTED_MEDIA_TYPE);
	assert_int_equal(w.n_sent, 0);
	p = answer_to(GW_OP_RETRIEVE, GW_STATUS_OK);
	p->media = GW_MEDIA_XML;
	p->content = gw_bytes_of(GW_STR("<a/>"));
	gw_exchange_answer(fake_last(&w), p);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_NOT_ACCEPTABLE);
	assert_int_equal(w.media, GW_MEDIA_JSON);
}

static void answer_in_xml(enum gw_op op, enum gw_status status)
{
	struct gw_primitive *p = answer_to(op, status);

	p->media = GW_MEDIA_XML;
	p->content = gw_bytes_of(GW_STR("<a/>"));
	gw_exchange_answer(fake_last(&w), p);
	fake_loop_turn(&w.loop);
}

static void a_status_that_says_all_crosses_without_its_content(void **state)
{
	static const struct {
		enum gw_op op;
		enum gw_status status;
	} all[] = {
		{ GW_OP_NOTIFY, GW_STATUS_OK },
		{ GW_OP_DELETE, GW_STATUS_DELETED },
		{ GW_OP_RETRIEVE, GW_STATUS_NOT_FOUND },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		answer_in_xml(all[i].op, all[i].status);
		assert_int_equal(w.status, all[i].status);
		assert_int_equal(w.media, GW_MEDIA_NONE);
		assert_string_equal(w.content, "");
		assert_int_equal(gw_relay_counts(w.relay)->n_lost_contents,
				 i + 1);
	}
}

static void answer_with_a_fault(enum gw_op op, enum gw_status status)
{
	struct gw_primitive *p = answer_to(op, status);

	p->has_lost_content = true;
	p->content_fault = GW_STR("a member name stands twice");
	gw_exchange_answer(fake_last(&w), p);
	fake_loop_turn(&w.loop);
}

static void content_that_was_lost_is_told_to_who_asked_for_it(void **state)
{
	answer_with_a_fault(GW_OP_RETRIEVE, GW_STATUS_OK);
	assert_int_equal(w.status, GW_STATUS_INTERNAL_SERVER_ERROR);
	assert_non_null(strstr(w.content, "answer to RETRIEVE is unreadable: "
					  "a member name stands twice"));
	assert_int_equal(gw_relay_counts(w.relay)->n_lost_contents, 0);
	answer_with_a_fault(GW_OP_DELETE, GW_STATUS_DELETED);
	assert_int_equal(w.status, GW_STATUS_DELETED);
	answer_with_a_fault(GW_OP_CREATE, GW_STATUS_CONFLICT);
	assert_int_equal(w.status, GW_STATUS_CONFLICT);
	assert_int_equal(gw_relay_counts(w.relay)->n_lost_contents, 2);
}

/* A device that is at a url of its own registers with this poa. */
static void register_at(const char *url, const char *poa)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = NULL;
	char json[128];

	(void)snprintf(json, sizeof(json), "{\"m2m:ae\":{\"rr\":true%s}}", poa);
	p = request(GW_OP_CREATE, "cse-in", json, GW_MEDIA_JSON);
	p->type = GW_TYPE_AE;
	device.url = gw_str_from(url);
	fake_open(&w, &device, p);
	fake_answer(&w, GW_STATUS_CREATED, "{\"m2m:ae\":{\"aei\":\"C7\"}}");
}

static void a_registree_without_poa_is_reached_where_it_was(void **state)
{
	register_at("near://somewhere#C7", "");
	notify(GW_MEDIA_JSON);
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://somewhere#C7"));
	assert_true(gw_str_is(fake_last(&w)->hop.receiver.id, "C7"));
	assert_ptr_equal(fake_last(&w)->hop.receiver.cse, w.in);
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void its_poa_comes_first(void **state)
{
	register_at("near://somewhere#C7", ",\"poa\":[\"near://x\"]");
	notify(GW_MEDIA_JSON);
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://x"));
	gw_exchange_fail(fake_last(&w), GW_STATUS_TARGET_NOT_REACHABLE, "gone");
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://somewhere#C7"));
	fake_answer(&w, GW_STATUS_OK, NULL);
	assert_int_equal(w.status, GW_STATUS_OK);
}

static void a_later_accepted_request_shows_where_it_is_now(void **state)
{
	struct gw_asker device = fake_device(&w);

	register_at("near://old", "");
	device.url = GW_STR("near://forged");
	fake_open(&w, &device,
		  request(GW_OP_RETRIEVE, "cse-in", NULL, GW_MEDIA_NONE));
	fake_answer(&w, GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE, NULL);
	notify(GW_MEDIA_JSON);
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://old"));
	fake_answer(&w, GW_STATUS_OK, NULL);
	device.url = GW_STR("near://new");
	fake_open(&w, &device,
		  request(GW_OP_RETRIEVE, "cse-in", NULL, GW_MEDIA_NONE));
	fake_answer(&w, GW_STATUS_OK, NULL);
	notify(GW_MEDIA_JSON);
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://new"));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void an_ae_of_another_cse_does_not_move_one_of_ours(void **state)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = request(GW_OP_RETRIEVE, "cse-in", NULL,
					 GW_MEDIA_NONE);

	register_at("near://old", "");
	device.url = GW_STR("near://elsewhere");
	p->from = GW_STR("/id-mn/C7");
	fake_open(&w, &device, p);
	fake_answer(&w, GW_STATUS_OK, NULL);
	notify(GW_MEDIA_JSON);
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://old"));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void a_cse_that_is_spoken_to_by_name_gets_the_request(void **state)
{
	struct gw_asker device = fake_device(&w);

	device.at = w.b;
	fake_open(&w, &device,
		  request(GW_OP_RETRIEVE, "cse-in/x", NULL, GW_MEDIA_NONE));
	assert_ptr_equal(fake_last(&w)->hop.cse, w.b);
	fake_answer(&w, GW_STATUS_OK, NULL);
}

#define CASE(test) FAKE_TEST(test, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_registration_in_cbor_is_learned),
		CASE(what_a_registree_asks_for_goes_before_what_it_writes),
		CASE(a_cse_is_written_to_as_it_is_configured),
		CASE(an_own_refusal_is_written_as_its_asker_reads),
		CASE(what_cannot_be_converted_is_refused_either_way),
		CASE(a_status_that_says_all_crosses_without_its_content),
		CASE(content_that_was_lost_is_told_to_who_asked_for_it),
		CASE(a_registree_without_poa_is_reached_where_it_was),
		CASE(its_poa_comes_first),
		CASE(a_later_accepted_request_shows_where_it_is_now),
		CASE(an_ae_of_another_cse_does_not_move_one_of_ours),
		CASE(a_cse_that_is_spoken_to_by_name_gets_the_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
