/*
 * Speaker: who it is that asks, and who only says so.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "tests/support/fake_world.h"

#define AT_B FAKE_B
#define ELSEWHERE "192.0.2.7"

static struct fake_world w;
static size_t n_heard; // what was sent before somebody is to be refused

static void asks(const char *from, const char *host, struct gw_peer *peer)
{
	struct gw_asker asker = fake_device(&w);

	asker.host = gw_str_from(host);
	asker.peer = peer;
	fake_open(&w, &asker, fake_request(GW_OP_RETRIEVE, from, "C1", NULL));
	fake_loop_turn(&w.loop);
}

/* A stem is that of C1 when /id-b says it, and else a resource of the default
 * CSE. */
static void is_heard_as_b(const char *from, const char *host)
{
	asks(from, host, NULL);
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://of-c1"));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void is_heard_as_a_device(const char *from, const char *host)
{
	asks(from, host, NULL);
	assert_ptr_equal(fake_last(&w)->hop.cse, w.in);
	fake_answer(&w, GW_STATUS_OK, NULL);
}

/* And nobody hears of it. */
static void is_refused_with(enum gw_status status, const char *why)
{
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, status);
	assert_non_null(strstr(w.content, why));
	assert_int_equal(w.n_sent, n_heard);
	w.status = GW_STATUS_NONE;
}

static void is_believed_by_nobody(const char *from, const char *host)
{
	n_heard = w.n_sent;
	asks(from, host, NULL);
	is_refused_with(GW_STATUS_SECURITY_ASSOCIATION_REQUIRED, "fr names ");
}

/* /id-mn, with those below it. */
static void mn_is_registered(const char *dcse)
{
	const struct gw_grant g = {
		.kind = GW_REGISTREE_CSE,
		.id = GW_STR("/id-mn"),
		.cse = w.in,
		.dcse = gw_str_from(dcse),
		.via = fake_device(&w).binding,
	};

	assert_int_equal(gw_registry_grant(gw_relay_registry(w.relay), &g), 0);
}

static void a_cse_speaks_from_its_own_address(void **state)
{
	is_heard_as_b("/id-b", AT_B);
	is_heard_as_b("//sp.a/id-b", AT_B);
	is_believed_by_nobody("/id-b", ELSEWHERE);
	is_believed_by_nobody("/id-b", NULL);
	is_believed_by_nobody("/id-b/C7", ELSEWHERE);
}

static void it_speaks_for_others_too_but_not_for_aes_beside_it(void **state)
{
	is_heard_as_b("/id-b/C7", AT_B);
	is_heard_as_b("/id-far/C7", AT_B);
	is_heard_as_b("/id-in/C7", AT_B);
	is_heard_as_a_device("/id-far/C7", ELSEWHERE);
	is_heard_as_a_device("C7", AT_B);
	is_heard_as_a_device("/", AT_B);
}

static void a_registree_beside_it_is_no_cse_of_the_configuration(void **state)
{
	is_heard_as_b("/id-mn", AT_B);
	is_heard_as_b("/id-below/C1", AT_B);
	mn_is_registered("[\"/id-below\"]");
	is_heard_as_a_device("/id-mn", AT_B);
	is_heard_as_a_device("/id-below/C1", AT_B);
}

/* In whatever scope it is written, and with whatever behind. */
static void nobody_says_to_be_a_cse_or_an_entity_of_it(void **state)
{
	static const char *const names[] = {
		"/id-in",        "/id-in/",
		"/id-in/CAdmin", "/id-in/cse-in",
		"/id-in//C7",    "//sp.a/id-in",
		"//SP.A/id-in",  "//sp.a/id-in/CAdmin",
		"//sp.b/id-in",  "//sp.b/id-in/C7",
		" /id-in",       "/id-in ",
		"/id-in\t",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		is_believed_by_nobody(names[i], ELSEWHERE);
		is_believed_by_nobody(names[i], NULL);
	}
	is_heard_as_a_device("//sp.c/id-in", ELSEWHERE);
	is_heard_as_a_device("/id-inn", ELSEWHERE);
	is_heard_as_a_device("/S77", ELSEWHERE);
	is_heard_as_a_device("id-in", ELSEWHERE);
	is_heard_as_a_device("CAdmin", ELSEWHERE);
}

/* Not even a CSE, from where it is. */
static void nobody_says_to_be_the_gateway(void **state)
{
	static const char *const names[] = { "/id-gw", "/id-gw/C1",
					     "//sp.a/id-gw", "//sp.a/id-gw/" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		is_believed_by_nobody(names[i], ELSEWHERE);
		is_believed_by_nobody(names[i], AT_B);
	}
	is_heard_as_a_device("//sp.c/id-gw", ELSEWHERE);
}

static void forget_own_provider(struct fake_world *world)
{
	fake_have_b_near(world);
	world->conf.node.sp_id = NULL;
}

static void where_no_provider_is_ours_each_that_is_nobodys_is(void **state)
{
	fake_world_deinit(&w);
	fake_world_init(&w, forget_own_provider);
	is_believed_by_nobody("//sp.any/id-gw", ELSEWHERE);
	is_believed_by_nobody("//sp.any/id-in", ELSEWHERE);
	asks("//sp.b/id-gw", ELSEWHERE, NULL);
	assert_int_equal(w.n_sent, 1);
	fake_answer(&w, GW_STATUS_OK, NULL);
}

/* TS-0004 7.3.2.1: who it is is known there, so it is not authenticated. */
static void who_is_known_to_be_another_is_told_so(void **state)
{
	struct gw_asker asker = fake_device(&w);
	struct gw_peer peer = { 0 };

	n_heard = w.n_sent;
	asker.claim = GW_CLAIM_OF_ANOTHER;
	fake_open(&w, &asker,
		  fake_request(GW_OP_RETRIEVE, "/id-in", "C1", NULL));
	is_refused_with(GW_STATUS_ORIGINATOR_NOT_AUTHENTICATED,
			"fr names a CSE");
	asker.claim = GW_CLAIM_UNPROVEN;
	gw_peer_init(gw_relay_registry(w.relay), &peer, asker.binding,
		     GW_STR("C1"));
	assert_non_null(peer.reached);
	asker.peer = &peer;
	fake_open(&w, &asker,
		  fake_request(GW_OP_DELETE, "/id-gw", "/id-in/x", NULL));
	is_refused_with(GW_STATUS_ORIGINATOR_NOT_AUTHENTICATED,
			"fr names the gateway");
	gw_peer_deinit(&peer);
}

static void who_is_named_by_what_carries_it_is_believed(void **state)
{
	struct gw_asker asker = fake_device(&w);

	asker.claim = GW_CLAIM_TRUE;
	fake_open(&w, &asker,
		  fake_request(GW_OP_RETRIEVE, "/id-b/C1", "/id-in/x", NULL));
	assert_ptr_equal(fake_last(&w)->hop.cse, w.in);
	fake_answer(&w, GW_STATUS_OK, NULL);
}

/* What is named in the registration of another does not change whose it is. */
static void no_registree_stands_above_a_cse_of_the_configuration(void **state)
{
	mn_is_registered("[\"/id-b\",\"/id-gw\",\"/id-below\"]");
	is_believed_by_nobody("/id-b", ELSEWHERE);
	is_believed_by_nobody("/id-gw", ELSEWHERE);
	is_heard_as_a_device("/id-mn", ELSEWHERE);
	is_heard_as_a_device("/id-mn/C7", ELSEWHERE);
	is_heard_as_a_device("/id-below/C7", ELSEWHERE);
}

/* What a CSE says as itself never goes to that CSE. */
static void what_a_cse_registers_does_not_come_back_to_it(void **state)
{
	struct gw_asker asker = fake_device(&w);
	struct gw_primitive *p = fake_request(GW_OP_CREATE, "/id-b", "/id-b/-",
					      "{\"m2m:csr\":{}}");

	n_heard = w.n_sent;
	p->type = GW_TYPE_REMOTE_CSE;
	asker.host = GW_STR(AT_B);
	fake_open(&w, &asker, p);
	is_refused_with(GW_STATUS_NOT_FOUND, "leads back");
}

/* From that address; the default CSE, which has the identifier already, is sent
 * it, or nobody is. */
static void registers(struct gw_primitive *p, const char *host,
		      enum gw_status status)
{
	struct gw_asker asker = fake_device(&w);
	size_t n_sent = w.n_sent;

	w.status = GW_STATUS_NONE;
	asker.host = gw_str_from(host);
	fake_open(&w, &asker, p);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, status);
	if (status == GW_STATUS_NONE) {
		assert_int_equal(w.n_sent, n_sent + 1);
		assert_ptr_equal(fake_last(&w)->hop.cse, w.in);
		fake_answer(&w, GW_STATUS_CONFLICT, NULL);
	}
}

static void registers_as(const char *from, const char *host,
			 enum gw_status status)
{
	struct gw_primitive *p = fake_request(GW_OP_CREATE, from, "/id-in/-",
					      "{\"m2m:csr\":{}}");

	p->type = GW_TYPE_REMOTE_CSE;
	registers(p, host, status);
}

static void nobody_registers_in_place_of_a_cse_or_of_the_gateway(void **state)
{
	const enum gw_status refused = GW_STATUS_SECURITY_ASSOCIATION_REQUIRED;

	registers_as("/id-b", AT_B, GW_STATUS_NONE);
	registers_as("/id-new", ELSEWHERE, GW_STATUS_NONE);
	registers_as("/id-b", ELSEWHERE, refused);
	registers_as("//sp.a/id-in", ELSEWHERE, refused);
	registers_as("/id-gw", AT_B, refused);
	registers_as("//sp.a/id-gw", ELSEWHERE, refused);
}

/* Over a connection that it opens, whose name is what it says it is. */
static void asks_on_connection(const char *from, const char *host,
			       const char *name, struct gw_peer *peer)
{
	n_heard = w.n_sent;
	gw_peer_init(gw_relay_registry(w.relay), peer, w.in->via,
		     gw_str_from(name));
	asks(from, host, peer);
}

static void a_cse_speaks_over_a_connection_that_it_opens(void **state)
{
	static const char *const names[] = { NULL, "/id-b", "//sp.a/id-b" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct gw_peer peer = { 0 };

		asks_on_connection(names[i] ? names[i] : "/id-b", AT_B,
				   names[i], &peer);
		assert_true(gw_str_is(fake_last(&w)->hop.url, "near://of-c1"));
		fake_answer(&w, GW_STATUS_OK, NULL);
		gw_peer_deinit(&peer);
	}
}

static void nobody_else_does_over_a_connection(void **state)
{
	static const struct {
		const char *from;
		const char *host;
		const char *name;
	} cases[] = {
		{ "/id-b", ELSEWHERE, NULL },
		{ "/id-b", ELSEWHERE, "/id-b" },
		{ "/id-b/C7", ELSEWHERE, NULL },
		{ "/id-b", AT_B, "C2" },
		{ "/id-b/C7", AT_B, "/id-mn" },
		{ "/id-gw", AT_B, "/id-b" },
		{ "/id-in", AT_B, "/id-b" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct gw_peer peer = { 0 };

		asks_on_connection(cases[i].from, cases[i].host, cases[i].name,
				   &peer);
		is_refused_with(GW_STATUS_SECURITY_ASSOCIATION_REQUIRED,
				"fr names ");
		gw_peer_deinit(&peer);
	}
}

/* Such as ACME, which opens one for each request. */
static void there_an_entity_of_a_cse_is_no_cse(void **state)
{
	static const struct {
		const char *from;
		const char *name;
	} cases[] = {
		{ "/id-b/C7", NULL },
		{ "/id-b/C7", "/id-b" },
		{ "/id-far", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct gw_peer peer = { 0 };

		asks_on_connection(cases[i].from, AT_B, cases[i].name, &peer);
		assert_ptr_equal(fake_last(&w)->hop.cse, w.in);
		fake_answer(&w, GW_STATUS_OK, NULL);
		gw_peer_deinit(&peer);
	}
}

/* /id-b is led to over "near", and speaks over "far". */
static void a_cse_speaks_over_any_protocol_for_itself(void **state)
{
	struct gw_asker asker = fake_device(&w);

	asker.binding = w.in->via;
	asker.host = GW_STR(AT_B);
	fake_open(&w, &asker, fake_request(GW_OP_NOTIFY, "/id-b", "C1", NULL));
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://of-c1"));
	fake_answer(&w, GW_STATUS_OK, NULL);
	fake_open(&w, &asker,
		  fake_request(GW_OP_NOTIFY, "/id-b/C7", "C1", NULL));
	assert_ptr_equal(fake_last(&w)->hop.cse, w.in);
	fake_answer(&w, GW_STATUS_OK, NULL);
	asker.host = GW_STR(ELSEWHERE);
	n_heard = w.n_sent;
	fake_open(&w, &asker, fake_request(GW_OP_NOTIFY, "/id-b", "C1", NULL));
	is_refused_with(GW_STATUS_SECURITY_ASSOCIATION_REQUIRED,
			"url, or from");
}

/* Over a protocol that lets anybody write any sender. */
static void asks_unproven(const char *from, const char *host, unsigned type)
{
	struct gw_asker asker = fake_device(&w);
	enum gw_op op = type ? GW_OP_CREATE : GW_OP_RETRIEVE;
	struct gw_primitive *p = fake_request(op, from, "C1", NULL);

	w.status = GW_STATUS_NONE;
	p->type = type;
	asker.host = gw_str_from(host);
	asker.is_unproven = true;
	fake_open(&w, &asker, p);
	fake_loop_turn(&w.loop);
}

static void is_to_prove_its_address(const char *from, const char *host,
				    unsigned type)
{
	size_t n_sent = w.n_sent;

	asks_unproven(from, host, type);
	assert_int_equal(w.status, GW_STATUS_SECURITY_ASSOCIATION_REQUIRED);
	assert_true(w.wants_proof);
	assert_int_equal(w.n_sent, n_sent);
}

static void is_passed_on_unproven(const char *from, const char *host,
				  unsigned type)
{
	size_t n_sent = w.n_sent;

	asks_unproven(from, host, type);
	assert_int_equal(w.status, GW_STATUS_NONE);
	assert_int_equal(w.n_sent, n_sent + 1);
	fake_answer(&w, GW_STATUS_OK, NULL);
	assert_false(w.wants_proof);
}

static void a_cse_is_asked_to_prove_its_address(void **state)
{
	is_to_prove_its_address("/id-b", AT_B, GW_TYPE_NONE);
	is_to_prove_its_address("//sp.a/id-b", AT_B, GW_TYPE_NONE);
	is_to_prove_its_address("/id-b/C7", AT_B, GW_TYPE_NONE);
	is_to_prove_its_address("/id-far/C7", AT_B, GW_TYPE_NONE);
	is_passed_on_unproven("C1", AT_B, GW_TYPE_NONE);
	is_passed_on_unproven("/id-far/C7", ELSEWHERE, GW_TYPE_NONE);
}

static void so_is_one_that_is_registered_or_wants_to_be(void **state)
{
	is_passed_on_unproven("/id-mn", ELSEWHERE, GW_TYPE_NONE);
	is_to_prove_its_address("/id-mn", ELSEWHERE, GW_TYPE_REMOTE_CSE);
	is_passed_on_unproven("C", ELSEWHERE, GW_TYPE_AE);
	mn_is_registered("[\"/id-below\"]");
	is_to_prove_its_address("/id-mn", ELSEWHERE, GW_TYPE_NONE);
	is_to_prove_its_address("/id-mn/C7", ELSEWHERE, GW_TYPE_NONE);
	is_to_prove_its_address("/id-below/C7", ELSEWHERE, GW_TYPE_NONE);
	is_passed_on_unproven("C1", ELSEWHERE, GW_TYPE_NONE);
}

/* Further addresses of it, which the operator names. */
static void a_cse_speaks_from_the_networks_that_are_named_too(void **state)
{
	static const char *from[] = { "198.51.100.0/24", ELSEWHERE };
	struct gw_asker asker = fake_device(&w);

	is_believed_by_nobody("/id-b", ELSEWHERE);
	w.cses[1].from = (struct gw_conf_texts){ from, 2 };
	is_heard_as_b("/id-b", ELSEWHERE);
	is_heard_as_b("/id-b/C7", "198.51.100.9");
	is_heard_as_b("/id-b", AT_B);
	is_believed_by_nobody("/id-b", "198.51.101.9");
	asker.binding = w.in->via;
	asker.host = GW_STR(ELSEWHERE);
	fake_open(&w, &asker, fake_request(GW_OP_NOTIFY, "/id-b", "C1", NULL));
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://of-c1"));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

/* Others may be there, too. */
static void from_there_it_is_known_by_its_name_only(void **state)
{
	static const char *from[] = { ELSEWHERE };

	w.cses[1].from = (struct gw_conf_texts){ from, 1 };
	is_heard_as_a_device("/id-far/C7", ELSEWHERE);
	is_heard_as_a_device("C7", ELSEWHERE);
	is_believed_by_nobody("/id-in", ELSEWHERE);
}

static void creates(unsigned type, const char *content, enum gw_status status)
{
	struct gw_primitive *p = fake_request(GW_OP_CREATE, "/id-new", "cse-in",
					      content);

	p->type = type;
	registers(p, AT_B, status);
}

/* A CSE and an AE that live beside /id-b register with the default CSE. */
static void nobody_registers_by_way_of_the_registrar(void **state)
{
	creates(GW_TYPE_REMOTE_CSE, "{\"m2m:csr\":{\"csi\":\"/id-new\"}}",
		GW_STATUS_NONE);
	creates(GW_TYPE_AE, "{\"m2m:ae\":{\"rr\":true}}", GW_STATUS_NONE);
	creates(3, "{\"m2m:cnt\":{}}", GW_STATUS_NOT_FOUND);
}

#define CASE(test) FAKE_TEST_AFTER(test, fake_set_up_b_near, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_cse_speaks_from_its_own_address),
		CASE(it_speaks_for_others_too_but_not_for_aes_beside_it),
		CASE(a_registree_beside_it_is_no_cse_of_the_configuration),
		CASE(nobody_says_to_be_a_cse_or_an_entity_of_it),
		CASE(nobody_says_to_be_the_gateway),
		CASE(where_no_provider_is_ours_each_that_is_nobodys_is),
		CASE(who_is_known_to_be_another_is_told_so),
		CASE(who_is_named_by_what_carries_it_is_believed),
		CASE(no_registree_stands_above_a_cse_of_the_configuration),
		CASE(what_a_cse_registers_does_not_come_back_to_it),
		CASE(nobody_registers_in_place_of_a_cse_or_of_the_gateway),
		CASE(a_cse_speaks_over_a_connection_that_it_opens),
		CASE(nobody_else_does_over_a_connection),
		CASE(there_an_entity_of_a_cse_is_no_cse),
		CASE(a_cse_speaks_over_any_protocol_for_itself),
		CASE(a_cse_is_asked_to_prove_its_address),
		CASE(so_is_one_that_is_registered_or_wants_to_be),
		CASE(a_cse_speaks_from_the_networks_that_are_named_too),
		CASE(from_there_it_is_known_by_its_name_only),
		CASE(nobody_registers_by_way_of_the_registrar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
