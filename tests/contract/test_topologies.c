/*
 * Topologies - gateways that lead to each other in any way: a request ends,
 * however it goes round, and soon.
 *
 * Up to six relays in this process meet over the loopback.  Each leads to some
 * of the others as its CSEs, and some of the others have registered with it.
 * TOPOLOGIES is how many are tried, TOPOLOGIES_SEED the seed of the first; each
 * has its own, one more than the one before, and a failure tells which.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "bindings/loopback/loopback.h"
#include "core/conf.h"
#include "core/cse.h"
#include "core/exchange.h"
#include "core/registry.h"
#include "core/relay.h"
#include "tests/support/fake_loop.h"

#define RELAYS_MAX 6
#define CSES_MAX 3
#define FEW 2000

/* What is beyond any bound, and would never end. */
#define SENDS_MAX 500

/* Longer than any timeout. */
#define QUIET_MS 60000

struct node {
	char id[16];
	char poa[40];
	char url[32];
	struct gw_conf conf;
	struct gw_conf_cse cses[CSES_MAX];
	struct gw_relay *relay;
};

static struct town {
	struct fake_loop loop;
	struct loopback_hall hall;
	struct node nodes[RELAYS_MAX];
	unsigned n;
	bool leads[RELAYS_MAX][RELAYS_MAX];
	unsigned n_sends;
	unsigned n_replies;
	enum gw_status status;
} town;

static unsigned long long seed_now;

static unsigned below(unsigned n)
{
	return (unsigned)((gw_loop_random(&town.loop.base) >> 32) * n >> 32);
}

static void count_reply(struct gw_binding *b, struct gw_exchange *x)
{
	town.n_replies++;
	town.status = x->answer->status;
}

static const struct gw_binding_ops device_ops = {
	.name = "device",
	.reply = count_reply,
};

static struct gw_binding_ops watched; // the loopback, counted

static void count_send(struct gw_binding *b, struct gw_exchange *x)
{
	town.n_sends++;
	assert_true(town.n_sends < SENDS_MAX);
	loopback_ops.send(b, x);
}

/* The first is the default one, and each is named only once. */
static void lead_to(struct node *node, unsigned self, unsigned other)
{
	struct gw_conf_cse *cse = &node->cses[node->conf.n_cses];

	if (other == self || town.leads[self][other]) {
		return;
	}
	gw_conf_cse_init(cse);
	cse->id = town.nodes[other].id;
	cse->name = "gw";
	cse->url = town.nodes[other].url;
	cse->is_default = node->conf.n_cses == 0;
	town.leads[self][other] = true;
	node->conf.n_cses++;
}

static void lead_to_some(struct node *node, unsigned self)
{
	unsigned n = below(CSES_MAX + 1);

	for (unsigned i = 0; i < n; i++) {
		lead_to(node, self, below(town.n));
	}
}

static void node_init(struct node *node)
{
	gw_conf_init(&node->conf);
	node->conf.node.cse_id = node->id;
	node->conf.node.name = "gw";
	node->conf.node.sp_id = below(2) ? "//sp.a" : NULL;
	node->conf.cses = node->cses;
}

static void node_start(struct node *node)
{
	const struct gw_binding_ops *ops[] = { &watched, &device_ops, NULL };

	node->relay = gw_relay_new(&town.loop.base, &node->conf, ops);
	assert_non_null(node->relay);
	loopback_enter(&town.hall,
		       gw_relay_binding(node->relay, GW_STR("loopback")));
	assert_int_equal(gw_relay_start(node->relay), 0);
}

/* Some have registered, with something below them that may be no one's. */
static void take_registree(struct node *node, unsigned self, unsigned other)
{
	static const char *const below_it[] = { "[\"/id-d0\"]", "[\"/id-d1\"]",
						"[\"/id-d0\",\"/id-d2\"]",
						NULL };
	struct gw_grant g = {
		.kind = GW_REGISTREE_CSE,
		.id = gw_str_from(town.nodes[other].id),
		.cse = gw_relay_cse(node->relay, 0),
		.via = gw_relay_binding(node->relay, GW_STR("loopback")),
		.poa = gw_str_from(town.nodes[other].poa),
		.dcse = gw_str_from(below_it[below(4)]),
	};

	if (g.cse && self != other && !town.leads[self][other] &&
	    below(3) == 0) {
		town.leads[self][other] = true;
		assert_int_equal(
			gw_registry_grant(gw_relay_registry(node->relay), &g),
			0);
	}
}

static void town_init(unsigned long long seed)
{
	memset(&town, 0, sizeof(town));
	watched = loopback_ops;
	watched.send = count_send;
	fake_loop_init(&town.loop);
	town.loop.seed = seed;
	for (unsigned i = 0; i < RELAYS_MAX; i++) {
		struct node *node = &town.nodes[i];

		(void)snprintf(node->id, sizeof(node->id), "/id-g%u", i);
		(void)snprintf(node->url, sizeof(node->url),
			       "loopback://id-g%u", i);
		(void)snprintf(node->poa, sizeof(node->poa),
			       "[\"loopback://id-g%u\"]", i);
	}
}

static void town_build(unsigned long long seed)
{
	town_init(seed);
	town.n = 1 + below(RELAYS_MAX);
	for (unsigned i = 0; i < town.n; i++) {
		node_init(&town.nodes[i]);
		lead_to_some(&town.nodes[i], i);
		node_start(&town.nodes[i]);
	}
	for (unsigned i = 0; i < town.n * town.n; i++) {
		take_registree(&town.nodes[i / town.n], i / town.n, i % town.n);
	}
}

static void town_end(void)
{
	for (unsigned i = 0; i < town.n; i++) {
		town.nodes[i].relay = gw_relay_free(town.nodes[i].relay);
	}
	fake_loop_deinit(&town.loop);
}

/* Hops of the longest way from here that never comes to a relay twice; by
 * trying all of them. */
static unsigned longest_from(unsigned at, unsigned been)
{
	unsigned longest = 0;

	been |= 1U << at;
	for (unsigned i = 0; i < town.n; i++) {
		unsigned n = 0;

		if (town.leads[at][i] && !(been & 1U << i)) {
			n = 1 + longest_from(i, been);
			longest = n > longest ? n : longest;
		}
	}
	return longest;
}

static const char *const targets[] = {
	"/id-g0/gw",      "/id-g1/gw",     "/id-g2/-",
	"/id-g3/gw",      "/id-g4/gw",     "/id-g5",
	"//sp.a/id-g1/-", "/id-d0/x",      "/id-d1/x",
	"/id-d2",         "/id-unknown/x", "x/y",
	"//sp.c/id-in/x", "/S77",          "C1",
};
static const char *const names[] = { "C1",     "S1",         "/id-d0/C1",
				     "/id-d1", "/id-far/C1", "C" };

#define PICK(all) ((all)[below(sizeof(all) / sizeof(*(all)))])

static void ask(unsigned at, const char *from, const char *to, enum gw_op op)
{
	struct gw_relay *relay = town.nodes[at].relay;
	const struct gw_asker asker = {
		.binding = gw_relay_binding(relay, GW_STR("device")),
		.host = GW_STR("192.0.2.9"),
	};
	struct gw_primitive *p = gw_primitive_new(1024, 65536);
	struct gw_exchange *x = NULL;

	assert_non_null(p);
	p->op = op;
	p->id = GW_STR("1");
	p->from = gw_str_from(from);
	p->to = gw_str_from(to);
	p->type = op == GW_OP_CREATE ? GW_TYPE_AE : 0;
	assert_int_equal(gw_exchange_open(&x, relay, &asker, p), 0);
}

/* All messages are requests and as many answers.  What no CSE of the
 * configuration brings comes back once before it is known. */
static void each_request_is_answered_once_and_soon(void)
{
	unsigned at = below(town.n);
	unsigned n_askers = 1 + below(4) / 3;
	const char *from = PICK(names);
	const char *to = PICK(targets);
	enum gw_op op = below(4) ? GW_OP_RETRIEVE : GW_OP_CREATE;
	unsigned n_hops = longest_from(at, 0) + 1;
	unsigned most = n_askers * n_hops * 4;

	for (unsigned i = 0; i < n_askers; i++) {
		ask(at, from, to, op);
	}
	fake_loop_turn(&town.loop);
	assert_int_equal(town.n_replies, n_askers);
	if (2 * town.n_sends > most) {
		print_error("%u messages, at most %u: %s from %s\n",
			    2 * town.n_sends, most, to, from);
	}
	assert_true(2 * town.n_sends <= most);
}

static void nothing_is_sent_after_that(void)
{
	unsigned n_sends = town.n_sends;
	unsigned n_replies = town.n_replies;

	fake_loop_pass(&town.loop, QUIET_MS);
	assert_int_equal(town.n_sends, n_sends);
	assert_int_equal(town.n_replies, n_replies);
}

static unsigned long long number_of(const char *name, unsigned long long usual)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : usual;
}

static void requests_end_wherever_gateways_lead(void **state)
{
	unsigned long long seed = number_of("TOPOLOGIES_SEED",
					    1 + arc4random());
	unsigned long long n = number_of("TOPOLOGIES", FEW);

	print_message("# %llu topologies from TOPOLOGIES_SEED=%llu on\n", n,
		      seed);
	for (unsigned long long i = 0; i < n; i++) {
		seed_now = seed + i;
		town_build(seed_now);
		for (unsigned j = 0; j < 4; j++) {
			town.n_sends = 0;
			town.n_replies = 0;
			each_request_is_answered_once_and_soon();
			nothing_is_sent_after_that();
		}
		town_end();
	}
	seed_now = 0;
}

static int tell_seed(void **state)
{
	if (seed_now) {
		print_error("again with TOPOLOGIES=1 TOPOLOGIES_SEED=%llu\n",
			    seed_now);
	}
	return 0;
}

/* Each has the next as its only CSE. */
static void build_ring(unsigned n)
{
	town_init(n);
	town.n = n;
	for (unsigned i = 0; i < n; i++) {
		node_init(&town.nodes[i]);
		lead_to(&town.nodes[i], i, (i + 1) % n);
		node_start(&town.nodes[i]);
	}
}

/* On the second lap: over the loopback nobody tells which CSE it is. */
static void a_ring_is_found_on_the_second_lap(void **state)
{
	for (unsigned n = 2; n <= RELAYS_MAX; n++) {
		build_ring(n);
		ask(0, "C1", "/id-unknown/x", GW_OP_RETRIEVE);
		fake_loop_turn(&town.loop);
		assert_int_equal(town.status, GW_STATUS_NOT_FOUND);
		assert_in_range(town.n_sends, 1, 2 * n);
		town.n_sends = 0;
		ask(0, "C", "/id-unknown/x", GW_OP_CREATE);
		fake_loop_turn(&town.loop);
		assert_int_equal(town.status, GW_STATUS_NOT_FOUND);
		assert_in_range(town.n_sends, 1, 2 * n);
		town_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring_is_found_on_the_second_lap),
		cmocka_unit_test_teardown(requests_end_wherever_gateways_lead,
					  tell_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
