/* Poa: points of access as devices write them, toward the CSE and back. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/profile.h"
#include "tests/support/fake_world.h"

static struct fake_world w;

static void asks_for(enum gw_op op, const char *to, const char *poa)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = NULL;
	char content[256];

	(void)snprintf(content, sizeof(content),
		       "{\"m2m:ae\":{\"rr\":true,\"poa\":%s}}", poa);
	p = fake_request(op, "C7", to, content);
	p->type = op == GW_OP_CREATE ? GW_TYPE_AE : 0;
	fake_open(&w, &device, p);
}

static void registers_with(const char *poa)
{
	asks_for(GW_OP_CREATE, "cse-in", poa);
}

static void is_granted(void)
{
	fake_answer(&w, GW_STATUS_CREATED, "{\"m2m:ae\":{\"aei\":\"C7\"}}");
}

static void is_notified_at(const char *url)
{
	struct gw_asker in = fake_cse(&w, w.in);

	fake_open(&w, &in, fake_request(GW_OP_NOTIFY, "/id-in", "C7", NULL));
	assert_true(gw_str_is(fake_last(&w)->hop.url, url));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void a_text_is_a_list_of_one(void **state)
{
	registers_with("\"near://x\"");
	assert_true(fake_sent_content_is(&w, "{\"m2m:ae\":{\"rr\":true}}"));
	is_granted();
	assert_string_equal(
		w.content,
		"{\"m2m:ae\":{\"poa\":[\"near://x\"],\"aei\":\"C7\"}}");
	is_notified_at("near://x");
	asks_for(GW_OP_UPDATE, "C7", "\"near://y\"");
	fake_answer(&w, GW_STATUS_UPDATED, NULL);
	is_notified_at("near://y");
}

static void what_is_no_list_of_texts_is_for_the_cse_to_judge(void **state)
{
	static const char *const odd[] = {
		"{\"url\":\"near://x\"}", "17",   "true",
		"[\"near://x\",1]",       "[{}]",
	};

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		char wanted[256];

		(void)snprintf(wanted, sizeof(wanted),
			       "{\"m2m:ae\":{\"rr\":true,\"poa\":%s}}", odd[i]);
		registers_with(odd[i]);
		assert_true(fake_sent_content_is(&w, wanted));
		fake_answer(&w, GW_STATUS_BAD_REQUEST, NULL);
		assert_int_equal(w.status, GW_STATUS_BAD_REQUEST);
	}
}

static void what_the_cse_has_taken_all_the_same_is_shown(void **state)
{
	registers_with("17");
	is_granted();
	fake_ask(&w, GW_OP_RETRIEVE, "C7", "C7");
	fake_answer(&w, GW_STATUS_OK,
		    "{\"m2m:ae\":{\"aei\":\"C7\",\"poa\":17}}");
	assert_string_equal(w.content,
			    "{\"m2m:ae\":{\"aei\":\"C7\",\"poa\":17}}");
}

static void be_in_this_process(struct fake_world *world)
{
	world->cses[0].profile = gw_profile_find(GW_STR("sandbox"));
}

static void a_text_is_a_list_for_a_cse_that_is_told_it_too(void **state)
{
	fake_world_deinit(&w);
	fake_world_init(&w, be_in_this_process);
	registers_with("\"near://x\"");
	assert_true(fake_sent_content_is(
		&w, "{\"m2m:ae\":{\"rr\":true,\"poa\":[\"near://x\"]}}"));
	is_granted();
	is_notified_at("near://x");
}

/* The CSE notifies C7, or a URL, in JSON. */
static void notifies(const char *to)
{
	struct gw_asker in = fake_cse(&w, w.in);

	in.media = GW_MEDIA_JSON;
	fake_open(&w, &in,
		  fake_request(GW_OP_NOTIFY, "/id-in", to,
			       "{\"m2m:sgn\":{\"sur\":\"/id-in/s\"}}"));
}

static void is_sent(const char *url, enum gw_media media)
{
	struct gw_exchange *x = fake_last(&w);

	assert_true(gw_str_is(x->hop.url, url));
	assert_int_equal(x->hop.media, media);
	assert_int_equal(x->request->media, media);
}

static void a_point_of_access_says_how_content_is_written_there(void **state)
{
	fake_register(&w, "C7", "[\"near://a?ct=cbor\",\"near://b?x=1#f\"]");
	notifies("C7");
	is_sent("near://a?ct=cbor", GW_MEDIA_CBOR);
	gw_exchange_fail(fake_last(&w), GW_STATUS_TARGET_NOT_REACHABLE, "no");
	is_sent("near://b?x=1#f", GW_MEDIA_JSON);
	fake_answer(&w, GW_STATUS_OK, NULL);
	assert_int_equal(w.status, GW_STATUS_OK);
}

static void one_that_asks_for_what_nobody_knows_is_passed_over(void **state)
{
	fake_register(&w, "C7", "[\"near://a?ct=yaml\",\"near://b\"]");
	notifies("C7");
	is_sent("near://b", GW_MEDIA_JSON);
	fake_answer(&w, GW_STATUS_OK, NULL);
	notifies("near://a?ct=yaml");
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_UNSUPPORTED_MEDIA_TYPE);
}

/* A CSE that notifies at points of access as they stand, over links of ours. */
static void notify_as_it_stands(struct fake_world *world)
{
	world->conf.http.is_on = true;
	world->conf.http.advertise = "near://gw/";
	world->cses[0].profile = gw_profile_find(GW_STR("mobius"));
}

static int set_up_as_it_stands(void **state)
{
	fake_world_init(&w, notify_as_it_stands);
	return 0;
}

static void registers_as(const char *from, const char *attributes)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = NULL;
	char content[256];

	(void)snprintf(content, sizeof(content), "{\"m2m:ae\":{%s}}",
		       attributes);
	p = fake_request(GW_OP_CREATE, from, "cse-in", content);
	p->type = GW_TYPE_AE;
	fake_open(&w, &device, p);
}

#define WITH_POA "\"rn\":\"dev\",\"poa\":[\"near://x\"]"

static void an_ae_that_chose_its_id_has_it_in_its_point_of_access(void **state)
{
	size_t n_sent = 0;

	registers_as("C7", WITH_POA);
	assert_true(fake_sent_content_is(&w, "{\"m2m:ae\":{\"rn\":\"dev\","
					     "\"poa\":[\"near://gw/C7\"]}}"));
	n_sent = w.n_sent;
	is_granted();
	assert_string_equal(
		w.content,
		"{\"m2m:ae\":{\"poa\":[\"near://x\"],\"aei\":\"C7\"}}");
	assert_int_equal(w.n_sent, n_sent);
	is_notified_at("near://x");
}

static void the_cse_is_told_once_it_has_chosen(void **state)
{
	struct gw_exchange *x = NULL;

	registers_as("C", WITH_POA);
	assert_true(fake_sent_content_is(
		&w, "{\"m2m:ae\":{\"rn\":\"dev\",\"poa\":[\"near://gw/\"]}}"));
	fake_answer(&w, GW_STATUS_CREATED,
		    "{\"m2m:ae\":{\"aei\":\"C9\",\"rn\":\"dev\"}}");
	x = fake_last(&w);
	assert_int_equal(x->request->op, GW_OP_UPDATE);
	assert_true(gw_str_is(x->hop.from, "C9"));
	assert_true(gw_str_is(x->request->to, "cse-in/dev"));
	assert_true(fake_sent_content_is(
		&w, "{\"m2m:ae\":{\"poa\":[\"near://gw/C9\"]}}"));
	fake_answer(&w, GW_STATUS_UPDATED, NULL);
}

static void an_update_of_its_poa_keeps_its_id_in_it(void **state)
{
	registers_as("C7", WITH_POA);
	is_granted();
	asks_for(GW_OP_UPDATE, "C7", "[\"near://y\"]");
	assert_true(fake_sent_content_is(
		&w, "{\"m2m:ae\":{\"rr\":true,\"poa\":[\"near://gw/C7\"]}}"));
	fake_answer(&w, GW_STATUS_UPDATED, NULL);
	is_notified_at("near://y");
}

static void who_cannot_be_reached_is_not_announced(void **state)
{
	registers_as("C", "\"rn\":\"dev\"");
	assert_true(fake_sent_content_is(&w, "{\"m2m:ae\":{\"rn\":\"dev\"}}"));
	fake_answer(&w, GW_STATUS_CREATED, "{\"m2m:ae\":{\"aei\":\"C9\"}}");
	assert_int_equal(w.n_sent, 1);
}

#define CASE(test) FAKE_TEST(test, w)
#define EACH(test) FAKE_TEST_AFTER(test, set_up_as_it_stands, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_text_is_a_list_of_one),
		CASE(what_is_no_list_of_texts_is_for_the_cse_to_judge),
		CASE(what_the_cse_has_taken_all_the_same_is_shown),
		CASE(a_text_is_a_list_for_a_cse_that_is_told_it_too),
		CASE(a_point_of_access_says_how_content_is_written_there),
		CASE(one_that_asks_for_what_nobody_knows_is_passed_over),
		EACH(an_ae_that_chose_its_id_has_it_in_its_point_of_access),
		EACH(the_cse_is_told_once_it_has_chosen),
		EACH(an_update_of_its_poa_keeps_its_id_in_it),
		EACH(who_cannot_be_reached_is_not_announced),
	};

	return cmocka_run_group_tests_name("poa", tests, NULL, NULL);
}
