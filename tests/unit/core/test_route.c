/*
 * Route: who it is that speaks, over a protocol without links.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/fake_world.h"

#define AT_B "192.0.2.1"
#define ELSEWHERE "192.0.2.7"

static struct fake_world w;

/* /id-b is where devices are too, at an address that is known. */
static void have_b_without_a_link(struct fake_world *world)
{
	world->cses[1].url = "near://" AT_B ":8080/b";
}

/* C1 is registered with /id-b. */
static int set_up(void **state)
{
	struct gw_grant g = {
		.id = GW_STR("C1"),
		.resource = GW_STR("ae17"),
		.name = GW_STR("nn"),
		.poa = GW_STR("[\"near://of-c1\"]"),
	};

	fake_world_init(&w, have_b_without_a_link);
	g.cse = w.b;
	g.via = fake_device(&w).binding;
	return gw_registry_grant(gw_relay_registry(w.relay), &g);
}

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

static void a_cse_speaks_from_its_own_address(void **state)
{
	is_heard_as_b("/id-b", AT_B);
	is_heard_as_b("//sp.a/id-b", AT_B);
	is_heard_as_a_device("/id-b", ELSEWHERE);
	is_heard_as_a_device("/id-b", NULL);
	is_heard_as_a_device("/id-b/C7", ELSEWHERE);
}

static void it_speaks_for_others_too_but_not_for_aes_beside_it(void **state)
{
	is_heard_as_b("/id-b/C7", AT_B);
	is_heard_as_b("/id-far/C7", AT_B);
	is_heard_as_a_device("/id-far/C7", ELSEWHERE);
	is_heard_as_a_device("C7", AT_B);
	is_heard_as_a_device("/", AT_B);
}

static void a_registree_beside_it_is_no_cse_of_the_configuration(void **state)
{
	const struct gw_grant g = {
		.kind = GW_REGISTREE_CSE,
		.id = GW_STR("/id-mn"),
		.cse = w.in,
		.dcse = GW_STR("[\"/id-below\"]"),
		.via = fake_device(&w).binding,
	};

	is_heard_as_b("/id-mn", AT_B);
	is_heard_as_b("/id-below/C1", AT_B);
	assert_int_equal(gw_registry_grant(gw_relay_registry(w.relay), &g), 0);
	is_heard_as_a_device("/id-mn", AT_B);
	is_heard_as_a_device("/id-below/C1", AT_B);
}

/* What a CSE says as itself never goes to that CSE. */
static void who_says_to_be_a_cse_is_not_passed_on_to_it(void **state)
{
	asks("/id-in", ELSEWHERE, NULL);
	assert_int_equal(w.status, GW_STATUS_NOT_FOUND);
	assert_int_equal(w.n_sent, 0);
	is_heard_as_a_device("/id-in/C7", ELSEWHERE);
}

/* Over a connection that it opens, whose name is what it says it is. */
static void asks_on_connection(const char *from, const char *host,
			       const char *name, struct gw_peer *peer)
{
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
		{ "/id-b", AT_B, "C1" },
		{ "/id-b/C7", AT_B, NULL },
		{ "/id-far", AT_B, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct gw_peer peer = { 0 };

		asks_on_connection(cases[i].from, cases[i].host, cases[i].name,
				   &peer);
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
	fake_open(&w, &asker, fake_request(GW_OP_NOTIFY, "/id-b", "C1", NULL));
	assert_ptr_equal(fake_last(&w)->hop.cse, w.in);
	fake_answer(&w, GW_STATUS_OK, NULL);
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
	const struct gw_grant g = {
		.kind = GW_REGISTREE_CSE,
		.id = GW_STR("/id-mn"),
		.cse = w.in,
		.dcse = GW_STR("[\"/id-below\"]"),
		.via = fake_device(&w).binding,
	};

	is_passed_on_unproven("/id-mn", ELSEWHERE, GW_TYPE_NONE);
	is_to_prove_its_address("/id-mn", ELSEWHERE, GW_TYPE_REMOTE_CSE);
	is_passed_on_unproven("C", ELSEWHERE, GW_TYPE_AE);
	assert_int_equal(gw_registry_grant(gw_relay_registry(w.relay), &g), 0);
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

	is_heard_as_a_device("/id-b", ELSEWHERE);
	w.cses[1].from = (struct gw_conf_texts){ from, 2 };
	is_heard_as_b("/id-b", ELSEWHERE);
	is_heard_as_b("/id-b/C7", "198.51.100.9");
	is_heard_as_b("/id-b", AT_B);
	is_heard_as_a_device("/id-b", "198.51.101.9");
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
	asks("/id-in", ELSEWHERE, NULL);
	assert_int_equal(w.status, GW_STATUS_NOT_FOUND);
}

/* What the default CSE is sent, or nobody. */
static void creates(unsigned type, const char *content, enum gw_status status)
{
	struct gw_asker asker = fake_device(&w);
	struct gw_primitive *p = fake_request(GW_OP_CREATE, "/id-new", "cse-in",
					      content);
	size_t n_sent = w.n_sent;

	w.status = GW_STATUS_NONE;
	p->type = type;
	asker.host = GW_STR(AT_B);
	fake_open(&w, &asker, p);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, status);
	if (status == GW_STATUS_NONE) {
		assert_int_equal(w.n_sent, n_sent + 1);
		assert_ptr_equal(fake_last(&w)->hop.cse, w.in);
		fake_answer(&w, GW_STATUS_CONFLICT, NULL);
	}
}

/* A CSE and an AE that live beside /id-b register with the default CSE. */
static void nobody_registers_by_way_of_the_registrar(void **state)
{
	creates(GW_TYPE_REMOTE_CSE, "{\"m2m:csr\":{\"csi\":\"/id-new\"}}",
		GW_STATUS_NONE);
	creates(GW_TYPE_AE, "{\"m2m:ae\":{\"rr\":true}}", GW_STATUS_NONE);
	creates(3, "{\"m2m:cnt\":{}}", GW_STATUS_NOT_FOUND);
}

static const char *const paths[] = {
	"cse-in/nn",       "-/nn",       "id-b/nn",
	"/id-b/cse-in/nn", "/id-b/-/nn", "//sp.a/id-b/cse-in/nn",
	"/id-b/ae17",      "ae17",
};

#define N_PATHS (sizeof(paths) / sizeof(*paths))

static void asks_at(struct gw_cse *cse, enum gw_op op, const char *to)
{
	struct gw_asker asker = cse ? fake_cse(&w, cse) : fake_device(&w);
	const char *from = cse == w.b ? "/id-b" : "/id-in";

	w.status = GW_STATUS_NONE;
	fake_open(&w, &asker, fake_request(op, cse ? from : "C1", to, NULL));
	fake_loop_turn(&w.loop);
}

static void a_cse_notifies_by_the_path_of_what_it_hosts(void **state)
{
	for (size_t i = 0; i < N_PATHS; i++) {
		asks_at(w.b, GW_OP_NOTIFY, paths[i]);
		assert_true(gw_str_is(fake_last(&w)->hop.url, "near://of-c1"));
		assert_true(gw_str_is(fake_last(&w)->request->to, paths[i]));
		fake_answer(&w, GW_STATUS_OK, NULL);
	}
}

/* What it hosts is not at the registree. */
static void nothing_else_of_it_is_asked_by_that_path(void **state)
{
	static const enum gw_op ops[] = { GW_OP_CREATE, GW_OP_RETRIEVE,
					  GW_OP_UPDATE, GW_OP_DELETE };

	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops) * N_PATHS; i++) {
		asks_at(w.b, ops[i / N_PATHS], paths[i % N_PATHS]);
		assert_int_equal(w.status, GW_STATUS_NOT_FOUND);
	}
	asks_at(w.b, GW_OP_NOTIFY, "cse-in/nn/cnt");
	assert_int_equal(w.status, GW_STATUS_NOT_FOUND);
	assert_int_equal(w.n_sent, 0);
}

static void nobody_else_reaches_it_by_that_path(void **state)
{
	asks_at(w.in, GW_OP_NOTIFY, "cse-in/nn");
	assert_int_equal(w.status, GW_STATUS_NOT_FOUND);
	asks_at(w.in, GW_OP_NOTIFY, "/id-b/cse-in/nn");
	assert_ptr_equal(fake_last(&w)->hop.cse, w.b);
	fake_answer(&w, GW_STATUS_OK, NULL);
	for (size_t i = 0; i < N_PATHS; i++) {
		asks_at(NULL, GW_OP_NOTIFY, paths[i]);
		assert_ptr_equal(fake_last(&w)->hop.cse, w.b);
		fake_answer(&w, GW_STATUS_OK, NULL);
	}
}

#define CASE(test) FAKE_TEST_AFTER(test, set_up, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_cse_speaks_from_its_own_address),
		CASE(it_speaks_for_others_too_but_not_for_aes_beside_it),
		CASE(a_registree_beside_it_is_no_cse_of_the_configuration),
		CASE(who_says_to_be_a_cse_is_not_passed_on_to_it),
		CASE(a_cse_speaks_over_a_connection_that_it_opens),
		CASE(nobody_else_does_over_a_connection),
		CASE(a_cse_speaks_over_any_protocol_for_itself),
		CASE(a_cse_is_asked_to_prove_its_address),
		CASE(so_is_one_that_is_registered_or_wants_to_be),
		CASE(a_cse_speaks_from_the_networks_that_are_named_too),
		CASE(from_there_it_is_known_by_its_name_only),
		CASE(nobody_registers_by_way_of_the_registrar),
		CASE(a_cse_notifies_by_the_path_of_what_it_hosts),
		CASE(nothing_else_of_it_is_asked_by_that_path),
		CASE(nobody_else_reaches_it_by_that_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
