#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/fake_world.h"

static struct fake_world w;

static size_t n_known(void)
{
	return gw_registry_count(gw_relay_registry(w.relay));
}

static struct gw_registree *known(const char *id)
{
	return gw_registry_find(gw_relay_registry(w.relay), w.in,
				gw_str_from(id));
}

/* One request of a device, up to its answer. */
static void passes(enum gw_op op, const char *to, const char *content,
		   enum gw_status status)
{
	struct gw_asker device = fake_device(&w);

	fake_open(&w, &device, fake_request(op, "Cother", to, content));
	fake_answer(&w, status, NULL);
}

/* /id-mn registers, and is granted a resource of another id. */
static void register_cse(const char *dcse)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = NULL;
	char asked[256];

	(void)snprintf(asked, sizeof(asked),
		       "{\"m2m:csr\":{\"csi\":\"/id-mn\","
		       "\"poa\":[\"near://mn\"]%s%s}}",
		       dcse ? ",\"dcse\":" : "", dcse ? dcse : "");
	p = fake_request(GW_OP_CREATE, "/id-mn", "cse-in", asked);
	p->type = GW_TYPE_REMOTE_CSE;
	fake_open(&w, &device, p);
	fake_answer(&w, GW_STATUS_CREATED,
		    "{\"m2m:csr\":{\"csi\":\"/id-mn\",\"ri\":\"csr7\","
		    "\"rn\":\"mn\"}}");
}

/* Who hears what the CSE asks there. */
static void leads_to(const char *to, const char *url)
{
	struct gw_asker in = fake_cse(&w, w.in);

	fake_open(&w, &in, fake_request(GW_OP_RETRIEVE, "/id-in", to, NULL));
	assert_true(gw_str_is(fake_last(&w)->hop.url, url));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void leads_nowhere(const char *to)
{
	struct gw_asker in = fake_cse(&w, w.in);
	size_t n_sent = w.n_sent;

	fake_open(&w, &in, fake_request(GW_OP_RETRIEVE, "/id-in", to, NULL));
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_NOT_FOUND);
	assert_int_equal(w.n_sent, n_sent);
}

static void who_shares_a_name_with_what_is_deleted_stays(void **state)
{
	fake_register(&w, "C1", NULL);
	passes(GW_OP_DELETE, "Cother/C1-name", NULL, GW_STATUS_DELETED);
	passes(GW_OP_DELETE, "cse-in/Cother/C1-name", NULL, GW_STATUS_DELETED);
	assert_int_equal(n_known(), 1);
}

static void who_is_deleted_at_another_cse_stays_here(void **state)
{
	fake_register(&w, "C1", NULL);
	passes(GW_OP_DELETE, "/id-elsewhere/C1", NULL, GW_STATUS_DELETED);
	passes(GW_OP_DELETE, "//sp.c/id-in/C1", NULL, GW_STATUS_DELETED);
	assert_int_equal(n_known(), 1);
	passes(GW_OP_DELETE, "//sp.a/id-in/C1", NULL, GW_STATUS_DELETED);
	assert_int_equal(n_known(), 0);
}

static void be_of_unknown_name(struct fake_world *world)
{
	world->cses[0].name = "-";
}

static void any_base_will_do_where_nobody_told_its_name(void **state)
{
	fake_world_deinit(&w);
	fake_world_init(&w, be_of_unknown_name);
	fake_register(&w, "C1", NULL);
	fake_register(&w, "C2", NULL);
	passes(GW_OP_DELETE, "C2/C1-name", NULL, GW_STATUS_DELETED);
	assert_int_equal(n_known(), 2);
	passes(GW_OP_DELETE, "whatever/C1-name", NULL, GW_STATUS_DELETED);
	assert_int_equal(n_known(), 1);
}

static void a_csr_is_known_by_the_id_of_its_resource(void **state)
{
	register_cse(NULL);
	leads_to("/id-mn/x", "near://mn");
	passes(GW_OP_UPDATE, "csr7", "{\"m2m:csr\":{\"poa\":[\"near://new\"]}}",
	       GW_STATUS_UPDATED);
	leads_to("/id-mn/x", "near://new");
	passes(GW_OP_DELETE, "csr7", NULL, GW_STATUS_DELETED);
	assert_int_equal(n_known(), 0);
}

static void the_cses_below_are_learned_from_updates(void **state)
{
	register_cse("[\"/id-1\",\"/id-2\"]");
	leads_to("/id-2/x", "near://mn");
	passes(GW_OP_UPDATE, "cse-in/mn",
	       "{\"m2m:csr\":{\"dcse\":[\"/id-2\",\"/id-3\"]}}",
	       GW_STATUS_UPDATED);
	leads_nowhere("/id-1/x");
	leads_to("/id-2/x", "near://mn");
	leads_to("/id-3/x", "near://mn");
	passes(GW_OP_DELETE, "cse-in/mn", NULL, GW_STATUS_DELETED);
	leads_nowhere("/id-3/x");
}

static void an_ae_has_no_cses_below_it(void **state)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(
		GW_OP_CREATE, "C1", "cse-in",
		"{\"m2m:ae\":{\"poa\":[\"near://evil\"],"
		"\"dcse\":[\"/id-1\"]}}");

	p->type = GW_TYPE_AE;
	fake_open(&w, &device, p);
	fake_answer(&w, GW_STATUS_CREATED, "{\"m2m:ae\":{\"aei\":\"C1\"}}");
	leads_nowhere("/id-1/x");
}

static void nobody_takes_the_place_of_a_configured_cse(void **state)
{
	register_cse("[\"/id-b\"]");
	fake_ask(&w, GW_OP_RETRIEVE, "Cvictim", "/id-b/secret");
	assert_ptr_equal(fake_last(&w)->hop.cse, w.b);
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void what_a_cse_below_asks_does_not_go_back_to_it(void **state)
{
	register_cse("[\"/id-1\"]");
	w.n_sent = 0;
	fake_ask(&w, GW_OP_RETRIEVE, "/id-mn/C9", "/id-1/x");
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_NOT_FOUND);
	assert_int_equal(w.n_sent, 0);
}

/* The clock of the fake loop stands at 2025-10-09, 08:53:20. */
static void a_refreshed_registration_lives_on_whoever_says_so(void **state)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(GW_OP_CREATE, "C7", "cse-in",
					      "{\"m2m:ae\":{\"rr\":true}}");

	p->type = GW_TYPE_AE;
	fake_open(&w, &device, p);
	fake_answer(&w, GW_STATUS_CREATED,
		    "{\"m2m:ae\":{\"aei\":\"C7\",\"et\":\"20251009T085420\"}}");
	passes(GW_OP_UPDATE, "C7", "{\"m2m:ae\":{\"et\":\"20251009T125420\"}}",
	       GW_STATUS_UPDATED);
	fake_loop_pass(&w.loop, (int64_t)3600 * 1000);
	assert_int_equal(n_known(), 1);
	fake_loop_pass(&w.loop, (int64_t)4 * 3600 * 1000);
	assert_int_equal(n_known(), 0);
}

static void how_content_is_to_be_written_is_learned_from_updates(void **state)
{
	fake_register(&w, "C1", NULL);
	passes(GW_OP_UPDATE, "C1",
	       "{\"m2m:ae\":{\"csz\":[\"application/cbor\"]}}",
	       GW_STATUS_UPDATED);
	assert_int_equal(known("C1")->media, GW_MEDIA_CBOR);
}

static void tokens_and_media_types_name_serialisations(void **state)
{
	static const struct {
		const char *csz;
		enum gw_media media;
	} all[] = {
		{ "[\"cbor\"]", GW_MEDIA_CBOR },
		{ "[\"xml\",\"cbor\"]", GW_MEDIA_CBOR },
		{ "[\"application/xml\",\"cbor\"]", GW_MEDIA_CBOR },
		{ "[\"cbor\",\"json\"]", GW_MEDIA_JSON },
		{ "[\"nothing\",\"application/cbor\"]", GW_MEDIA_CBOR },
		{ "[\"nothing\",7]", GW_MEDIA_JSON },
	};

	fake_register(&w, "C1", NULL);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		char text[96];

		(void)snprintf(text, sizeof(text), "{\"m2m:ae\":{\"csz\":%s}}",
			       all[i].csz);
		passes(GW_OP_UPDATE, "C1", text, GW_STATUS_UPDATED);
		assert_int_equal(known("C1")->media, all[i].media);
	}
}

static void some_attributes_stay_some(void **state)
{
	struct gw_asker device = fake_device(&w);

	fake_register(&w, "C1", "[\"near://x\"]");
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "C1#apn");
	fake_answer(&w, GW_STATUS_OK, "{\"m2m:ae\":{\"apn\":\"x\"}}");
	assert_string_equal(w.content, "{\"m2m:ae\":{\"apn\":\"x\"}}");
	fake_open(&w, &device,
		  fake_request(GW_OP_RETRIEVE, "C1", "C1",
			       "{\"m2m:atrl\":[\"apn\",\"aei\"]}"));
	fake_answer(&w, GW_STATUS_OK,
		    "{\"m2m:ae\":{\"apn\":\"x\",\"aei\":\"C1\"}}");
	assert_string_equal(w.content,
			    "{\"m2m:ae\":{\"apn\":\"x\",\"aei\":\"C1\"}}");
}

static void be_full(struct fake_world *world)
{
	world->conf.limits.registrees = 1;
}

static void who_is_known_registers_again_although_it_is_full(void **state)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(GW_OP_CREATE, "C1", "cse-in",
					      "{\"m2m:ae\":{}}");

	fake_world_deinit(&w);
	fake_world_init(&w, be_full);
	device = fake_device(&w);
	fake_register(&w, "C1", NULL);
	p->type = GW_TYPE_AE;
	fake_open(&w, &device, p);
	fake_answer(&w, GW_STATUS_CREATED, "{\"m2m:ae\":{\"aei\":\"C1\"}}");
	assert_int_equal(w.status, GW_STATUS_CREATED);
	assert_int_equal(n_known(), 1);
}

static void be_few(struct fake_world *world)
{
	world->conf.limits.registrees = 16;
}

/* Whether an AE that asks from this address is let through. */
static bool registers_from(const char *host, int number)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(GW_OP_CREATE, "S", "cse-in",
					      "{\"m2m:ae\":{}}");
	char grant[64];

	p->type = GW_TYPE_AE;
	device.host = gw_str_from(host);
	w.n_sent = 0;
	w.is_overload = false;
	fake_open(&w, &device, p);
	fake_loop_turn(&w.loop);
	if (w.n_sent == 0) {
		assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
		assert_true(w.is_overload);
		assert_non_null(strstr(w.content, "limits.registrees"));
		return false;
	}
	(void)snprintf(grant, sizeof(grant), "{\"m2m:ae\":{\"aei\":\"S%d\"}}",
		       number);
	fake_answer(&w, GW_STATUS_CREATED, grant);
	return true;
}

static void one_address_does_not_take_all_registrations(void **state)
{
	int n = 0;

	fake_world_deinit(&w);
	fake_world_init(&w, be_few);
	while (registers_from("192.0.2.7", n)) {
		n++;
	}
	assert_int_equal(n, 8);
	assert_true(registers_from("192.0.2.8", n++));
	assert_true(registers_from("192.0.2.8", n++));
	assert_false(registers_from("192.0.2.8", n));
	assert_true(registers_from("192.0.2.9", n++));
	gw_registry_forget(gw_relay_registry(w.relay),
			   gw_registry_find(gw_relay_registry(w.relay), w.in,
					    GW_STR("S8")));
	assert_true(registers_from("192.0.2.8", n));
	assert_int_equal(n_known(), 11);
}

static void a_list_that_is_too_long_to_be_kept_is_refused(void **state)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(GW_OP_CREATE, "C1", "cse-in",
					      NULL);
	static char content[20000];

	(void)snprintf(content, sizeof(content),
		       "{\"m2m:ae\":{\"poa\":[\"near://%016400d\"]}}", 1);
	p->type = GW_TYPE_AE;
	p->media = GW_MEDIA_JSON;
	p->content = gw_bytes_of(gw_str_from(content));
	fake_open(&w, &device, p);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_BAD_REQUEST);
	assert_int_equal(w.n_sent, 0);
}

/* A connection registers C1, and is gone before that is granted. */
static void a_grant_that_comes_after_its_connection_has_gone(void **state)
{
	struct gw_registry *reg = gw_relay_registry(w.relay);
	struct gw_asker device = fake_device(&w);
	struct gw_peer first = { 0 };
	struct gw_peer second = { 0 };
	struct gw_primitive *p = fake_request(GW_OP_CREATE, "C", "cse-in",
					      "{\"m2m:ae\":{\"rr\":true}}");

	gw_peer_init(reg, &first, device.binding, GW_STR("/id-node"));
	device.peer = &first;
	p->type = GW_TYPE_AE;
	gw_exchange_abandon(fake_open(&w, &device, p));
	gw_peer_deinit(&first);
	fake_answer(&w, GW_STATUS_CREATED, "{\"m2m:ae\":{\"aei\":\"C1\"}}");
	assert_null(known("C1")->peer);
	gw_peer_init(reg, &second, device.binding, GW_STR("/id-node"));
	assert_ptr_equal(known("C1")->peer, &second);
	gw_peer_deinit(&second);
}

/* An accepted request of C1 on a connection. */
static void speaks_as(struct gw_peer *peer, const char *from)
{
	struct gw_asker device = fake_device(&w);

	device.peer = peer;
	device.claim = GW_CLAIM_TRUE;
	fake_open(&w, &device,
		  fake_request(GW_OP_RETRIEVE, from, "cse-in", NULL));
	fake_loop_turn(&w.loop);
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void a_connection_with_a_name_is_the_way_to_no_other(void **state)
{
	struct gw_registry *reg = gw_relay_registry(w.relay);
	struct gw_asker device = fake_device(&w);
	struct gw_peer own = { 0 };
	struct gw_peer others = { 0 };
	struct gw_peer nobodys = { 0 };

	fake_register(&w, "C1", NULL);
	gw_peer_init(reg, &own, device.binding, GW_STR("C1"));
	gw_peer_init(reg, &others, device.binding, GW_STR("C2"));
	gw_peer_init(reg, &nobodys, device.binding, (struct gw_str){ 0 });
	speaks_as(&others, "C1");
	speaks_as(&nobodys, "C1");
	assert_ptr_equal(known("C1")->peer, &own);
	gw_peer_deinit(&own);
	speaks_as(&others, "C1");
	assert_null(known("C1")->peer);
	speaks_as(&nobodys, "//sp.b/id-in/C1");
	assert_null(known("C1")->peer);
	speaks_as(&nobodys, "C1");
	assert_ptr_equal(known("C1")->peer, &nobodys);
	gw_peer_deinit(&others);
	gw_peer_deinit(&nobodys);
}

static struct gw_peer from(const char *host)
{
	struct gw_peer peer = { 0 };

	(void)snprintf(peer.host, sizeof(peer.host), "%s", host);
	return peer;
}

/* TS-0003 7.2.1: nobody has proven who it is. */
static void
from_elsewhere_nothing_is_taken_while_the_other_is_there(void **state)
{
	static const char *const names[] = { "C1", "" };
	struct gw_registry *reg = gw_relay_registry(w.relay);
	struct gw_asker device = fake_device(&w);

	fake_register(&w, "C1", NULL);
	for (size_t i = 0; i < 2; i++) {
		struct gw_str name = gw_str_from(names[i]);
		struct gw_peer old = from("10.0.0.1");
		struct gw_peer thief = from("10.0.0.2");
		struct gw_peer next = from("10.0.0.1");

		gw_peer_init(reg, &old, device.binding, name);
		speaks_as(&old, "C1");
		assert_ptr_equal(known("C1")->peer, &old);
		w.doubted = NULL;
		gw_peer_init(reg, &thief, device.binding, name);
		speaks_as(&thief, "C1");
		assert_ptr_equal(known("C1")->peer, &old);
		assert_ptr_equal(w.doubted, &old);
		gw_peer_init(reg, &next, device.binding, name);
		speaks_as(&next, "C1");
		assert_ptr_equal(known("C1")->peer, &next);
		gw_peer_deinit(&next);
		speaks_as(&thief, "C1");
		assert_ptr_equal(known("C1")->peer, &thief);
		gw_peer_deinit(&thief);
		gw_peer_deinit(&old);
	}
}

/* An accepted request of C1 by another binding than the one it registered
 * by. */
static void speaks_by_another_protocol(struct gw_peer *peer, const char *url)
{
	struct gw_asker other = fake_cse(&w, NULL);

	other.peer = peer;
	other.url = gw_str_from(url);
	fake_open(&w, &other,
		  fake_request(GW_OP_RETRIEVE, "C1", "cse-in", NULL));
	fake_loop_turn(&w.loop);
	fake_answer(&w, GW_STATUS_OK, NULL);
	assert_int_equal(w.status, GW_STATUS_OK);
}

static void who_speaks_by_another_protocol_takes_nobodys_place(void **state)
{
	struct gw_asker other = fake_cse(&w, NULL);
	struct gw_peer nameless = { 0 };
	struct gw_peer named = { 0 };

	fake_register(&w, "C1", NULL);
	gw_peer_init(gw_relay_registry(w.relay), &nameless, other.binding,
		     (struct gw_str){ 0 });
	gw_peer_init(gw_relay_registry(w.relay), &named, other.binding,
		     GW_STR("C1"));
	speaks_by_another_protocol(&nameless, "far://evil");
	speaks_by_another_protocol(&named, "far://evil");
	speaks_by_another_protocol(NULL, "far://evil");
	assert_null(known("C1")->peer);
	assert_int_equal(known("C1")->url.len, 0);
	gw_peer_deinit(&nameless);
	gw_peer_deinit(&named);
}

/* An accepted request of somebody who can be reached at a url. */
static void speaks_from(const char *url, const char *from,
			enum gw_status status)
{
	struct gw_asker device = fake_device(&w);

	device.url = gw_str_from(url);
	device.claim = GW_CLAIM_TRUE;
	fake_open(&w, &device,
		  fake_request(GW_OP_RETRIEVE, from, "cse-in", NULL));
	fake_loop_turn(&w.loop);
	fake_answer(&w, status, NULL);
}

static void only_what_its_cse_accepts_shows_where_a_registree_is(void **state)
{
	fake_register(&w, "C1", NULL);
	speaks_from("near://evil", "C1", GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE);
	speaks_from("near://evil", "/id-mn/C1", GW_STATUS_OK);
	speaks_from("near://evil", "//sp.b/id-in/C1", GW_STATUS_OK);
	assert_int_equal(known("C1")->url.len, 0);
	speaks_from("near://1", "C1", GW_STATUS_OK);
	assert_true(gw_str_is(known("C1")->url, "near://1"));
	speaks_from("near://2", "/id-in/C1", GW_STATUS_OK);
	assert_true(gw_str_is(known("C1")->url, "near://2"));
	speaks_from("near://3", "//sp.a/id-in/C1", GW_STATUS_OK);
	assert_true(gw_str_is(known("C1")->url, "near://3"));
}

/* Two connections of one name, and two without any: who spoke last is it. */
static void the_newest_connection_that_may_is_the_way(void **state)
{
	struct gw_registry *reg = gw_relay_registry(w.relay);
	struct gw_asker device = fake_device(&w);
	struct gw_peer nameless[2] = { 0 };
	struct gw_peer named[2] = { 0 };

	for (size_t i = 0; i < 2; i++) {
		gw_peer_init(reg, &nameless[i], device.binding,
			     (struct gw_str){ 0 });
		gw_peer_init(reg, &named[i], device.binding, GW_STR("C1"));
	}
	fake_register(&w, "C1", NULL);
	speaks_as(&nameless[0], "C1");
	speaks_as(&nameless[1], "C1");
	assert_ptr_equal(known("C1")->peer, &nameless[1]);
	speaks_as(&named[0], "C1");
	speaks_as(&named[1], "C1");
	assert_ptr_equal(known("C1")->peer, &named[1]);
	for (size_t i = 0; i < 2; i++) {
		gw_peer_deinit(&nameless[i]);
		gw_peer_deinit(&named[i]);
	}
}

static void a_node_reaches_those_who_registered_by_it(void **state)
{
	struct gw_registry *reg = gw_relay_registry(w.relay);
	struct gw_asker device = fake_device(&w);
	struct gw_peer old = { 0 };
	struct gw_peer new = { 0 };
	struct gw_primitive *p = fake_request(GW_OP_CREATE, "C1", "cse-in",
					      "{\"m2m:ae\":{\"rr\":true}}");

	gw_peer_init(reg, &old, device.binding, GW_STR("/id-node"));
	gw_peer_init(reg, &new, device.binding, GW_STR("/id-node"));
	device.peer = &old;
	device.identity = GW_STR("/id-node");
	p->type = GW_TYPE_AE;
	fake_open(&w, &device, p);
	fake_loop_turn(&w.loop);
	fake_answer(&w, GW_STATUS_CREATED, "{\"m2m:ae\":{\"aei\":\"C1\"}}");
	assert_ptr_equal(known("C1")->peer, &old);
	speaks_as(&new, "C1");
	assert_ptr_equal(known("C1")->peer, &new);
	gw_peer_deinit(&old);
	gw_peer_deinit(&new);
}

static void only_the_code_of_its_own_operation_teaches(void **state)
{
	fake_register(&w, "C1", "[\"near://old\"]");
	passes(GW_OP_DELETE, "C1", NULL, GW_STATUS_OK);
	passes(GW_OP_DELETE, "C1", NULL, GW_STATUS_NOT_FOUND);
	passes(GW_OP_RETRIEVE, "C1", NULL, GW_STATUS_DELETED);
	assert_int_equal(n_known(), 1);
	passes(GW_OP_UPDATE, "C1", "{\"m2m:ae\":{\"poa\":[\"near://new\"]}}",
	       GW_STATUS_OK);
	leads_to("C1", "near://old");
}

#define CASE(test) FAKE_TEST(test, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_shares_a_name_with_what_is_deleted_stays),
		CASE(who_is_deleted_at_another_cse_stays_here),
		CASE(any_base_will_do_where_nobody_told_its_name),
		CASE(a_csr_is_known_by_the_id_of_its_resource),
		CASE(the_cses_below_are_learned_from_updates),
		CASE(an_ae_has_no_cses_below_it),
		CASE(nobody_takes_the_place_of_a_configured_cse),
		CASE(what_a_cse_below_asks_does_not_go_back_to_it),
		CASE(a_refreshed_registration_lives_on_whoever_says_so),
		CASE(how_content_is_to_be_written_is_learned_from_updates),
		CASE(tokens_and_media_types_name_serialisations),
		CASE(some_attributes_stay_some),
		CASE(who_is_known_registers_again_although_it_is_full),
		CASE(one_address_does_not_take_all_registrations),
		CASE(a_list_that_is_too_long_to_be_kept_is_refused),
		CASE(a_grant_that_comes_after_its_connection_has_gone),
		CASE(a_connection_with_a_name_is_the_way_to_no_other),
		CASE(from_elsewhere_nothing_is_taken_while_the_other_is_there),
		CASE(who_speaks_by_another_protocol_takes_nobodys_place),
		CASE(only_what_its_cse_accepts_shows_where_a_registree_is),
		CASE(the_newest_connection_that_may_is_the_way),
		CASE(a_node_reaches_those_who_registered_by_it),
		CASE(only_the_code_of_its_own_operation_teaches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
