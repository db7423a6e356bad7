/* Memory: what peers make the gateway hold has a bound. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/lib/arena.h"
#include "core/memory.h"
#include "core/status.h"
#include "tests/support/fake_world.h"

#define KIB ((size_t)1024)
#define POT (256 * KIB)
#define SHARE (POT / 8)

static struct fake_world w;

static void take_little(struct fake_world *world)
{
	world->conf.limits.memory_bytes = POT;
	world->conf.limits.content_bytes = POT / 2;
}

static int set_up(void **state)
{
	fake_world_init(*state, take_little);
	return 0;
}

static struct gw_account *account_of(const char *name)
{
	struct gw_account *a = gw_account_of(gw_relay_accounts(w.relay),
					     gw_str_from(name), false);

	assert_non_null(a);
	return a;
}

/* A JSON object of about n bytes. */
static const char *content(size_t n)
{
	static char text[POT];

	assert_true(n < sizeof(text));
	(void)snprintf(text, sizeof(text), "{\"m2m:cin\":{\"con\":\"%0*d\"}}",
		       (int)n, 7);
	return text;
}

/* A message with content of so many bytes. */
static struct gw_primitive *message(size_t n)
{
	struct gw_primitive *p = gw_primitive_new(0, POT);

	assert_non_null(p);
	if (n > 0) {
		p->media = GW_MEDIA_JSON;
		p->content = gw_bytes_of(
			gw_arena_str(p->arena, gw_str_from(content(n))));
		assert_non_null(p->content.at);
	}
	return p;
}

static struct gw_primitive *request(enum gw_op op, const char *from,
				    const char *to, size_t n)
{
	struct gw_primitive *p = message(n);

	p->op = op;
	p->id = GW_STR("r1");
	p->from = gw_str_from(from);
	p->to = gw_str_from(to);
	p->release = GW_STR("3");
	return p;
}

/* A request of this peer, with content of so many bytes. */
static struct gw_exchange *ask(struct gw_account *a, enum gw_op op, size_t n)
{
	struct gw_asker asker = fake_device(&w);

	asker.account = a;
	return fake_open(&w, &asker, request(op, "C1", "cse-in/x", n));
}

static void a_request_is_charged_until_it_is_answered(void **state)
{
	struct gw_account *a = account_of("a");

	ask(a, GW_OP_RETRIEVE, 0);
	fake_loop_turn(&w.loop);
	assert_in_range(gw_memory_used(w.relay), KIB, 8 * KIB);
	fake_answer(&w, GW_STATUS_OK, NULL);
	fake_loop_turn(&w.loop);
	assert_int_equal(gw_memory_used(w.relay), 0);
	gw_account_leave(a);
}

static void beyond_its_part_a_peer_is_refused_and_others_are_not(void **state)
{
	struct gw_account *greedy = account_of("greedy");
	struct gw_account *other = account_of("other");
	size_t n_sent = 0;

	for (int i = 0; i < 10; i++) {
		ask(greedy, GW_OP_CREATE, POT / 8);
	}
	fake_loop_turn(&w.loop);
	n_sent = w.n_sent;
	assert_in_range(n_sent, 3, 5);
	assert_int_equal(w.n_replies, 10 - n_sent);
	assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
	assert_non_null(strstr(w.content, "limits.memory"));
	ask(other, GW_OP_CREATE, KIB);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.n_sent, n_sent + 1);
	gw_account_leave(greedy);
	gw_account_leave(other);
}

static void what_is_written_is_held_no_more(void **state)
{
	struct gw_account *a = account_of("a");
	struct gw_exchange *x = NULL;

	ask(a, GW_OP_CREATE, 50 * KIB);
	x = fake_last(&w);
	assert_true(gw_memory_used(w.relay) > 50 * KIB);
	gw_exchange_is_written(x);
	assert_in_range(gw_memory_used(w.relay), KIB, 8 * KIB);
	assert_true(gw_str_is(x->request->to, "cse-in/x"));
	fake_answer(&w, GW_STATUS_CREATED, NULL);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_CREATED);
	gw_account_leave(a);
}

/* A registree may be reached another way, with the same content. */
static void what_may_be_sent_again_stays(void **state)
{
	struct gw_asker in = fake_cse(&w, w.in);
	struct gw_exchange *x = NULL;

	fake_register(&w, "C1", "[\"near://a\",\"near://b\"]");
	fake_open(&w, &in, request(GW_OP_NOTIFY, "/id-in", "C1", 20 * KIB));
	x = fake_last(&w);
	gw_exchange_is_written(x);
	assert_true(x->request->content.len > 20 * KIB);
	gw_exchange_fail(x, GW_STATUS_TARGET_NOT_REACHABLE, "no");
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://b"));
	assert_true(fake_last(&w)->request->content.len > 20 * KIB);
}

static struct gw_primitive *answer(enum gw_status status, size_t n)
{
	struct gw_primitive *p = message(n);

	p->status = status;
	return p;
}

/* Others hold what is left, up to `left`. */
static void fill(struct gw_load *load, size_t left)
{
	gw_memory_owe(w.relay, load, NULL,
		      POT - left - gw_memory_used(w.relay));
}

static void an_answer_without_room_may_be_asked_for_again(void **state)
{
	struct gw_account *a = account_of("a");
	struct gw_load load = { .give_up = NULL };

	ask(a, GW_OP_RETRIEVE, 0);
	fake_last(&w);
	fill(&load, 10 * KIB);
	gw_exchange_answer(fake_last(&w), answer(GW_STATUS_OK, 50 * KIB));
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
	assert_non_null(strstr(w.content, "limits.memory"));
	gw_memory_give(w.relay, &load);
	gw_account_leave(a);
}

/* It was carried out: to ask again would do it twice. */
static void what_was_created_is_told_without_its_content(void **state)
{
	struct gw_account *a = account_of("a");
	struct gw_load load = { .give_up = NULL };

	ask(a, GW_OP_CREATE, 0);
	fake_last(&w);
	fill(&load, 10 * KIB);
	gw_exchange_answer(fake_last(&w), answer(GW_STATUS_CREATED, 50 * KIB));
	fake_loop_turn(&w.loop);
	assert_int_equal(w.status, GW_STATUS_CREATED);
	assert_string_equal(w.content, "");
	assert_int_equal(gw_relay_counts(w.relay)->n_lost_contents, 1);
	gw_memory_give(w.relay, &load);
	gw_account_leave(a);
}

static void an_answer_that_is_received_counts_for_who_asked(void **state)
{
	struct gw_account *a = account_of("a");
	struct gw_load load = { .give_up = NULL };
	size_t before = 0;

	ask(a, GW_OP_RETRIEVE, 0);
	fake_last(&w);
	before = gw_memory_used(w.relay);
	assert_true(gw_exchange_receives(fake_last(&w), 50 * KIB));
	assert_int_equal(gw_memory_used(w.relay), before + 50 * KIB);
	fill(&load, KIB);
	assert_false(gw_exchange_receives(fake_last(&w), 60 * KIB));
	gw_exchange_lose(fake_last(&w), "no room");
	fake_loop_turn(&w.loop);
	gw_memory_give(w.relay, &load);
	gw_account_leave(a);
}

struct given_up {
	struct gw_load load;
	unsigned n;
	bool is_refused;
};

static bool give_up(struct gw_load *load)
{
	struct given_up *g = gw_container(load, struct given_up, load);

	g->n++;
	return !g->is_refused;
}

static void who_holds_most_gives_up_its_youngest(void **state)
{
	struct gw_account *most = account_of("most");
	struct gw_account *little = account_of("little");
	struct given_up old = { .load = { .give_up = give_up } };
	struct given_up stuck = { .load = { .give_up = give_up },
				  .is_refused = true };
	struct gw_load mine = { .give_up = NULL };
	struct gw_reason why;

	gw_memory_owe(w.relay, &old.load, most, POT / 2);
	gw_memory_owe(w.relay, &stuck.load, most, POT / 2);
	assert_int_equal(
		gw_memory_take(w.relay, &mine, little, SHARE / 2, &why),
		GW_STATUS_NONE);
	assert_int_equal(stuck.n, 1);
	assert_int_equal(old.n, 1);
	assert_int_equal(gw_load_bytes(&old.load), 0);
	assert_int_equal(gw_load_bytes(&stuck.load), POT / 2);
	gw_memory_give(w.relay, &stuck.load);
	gw_memory_give(w.relay, &mine);
	gw_account_leave(most);
	gw_account_leave(little);
}

static void an_open_request_is_given_up_with_the_reason(void **state)
{
	struct gw_account *most = account_of("most");
	struct gw_account *little = account_of("little");
	struct gw_load load = { .give_up = NULL };
	struct gw_load mine = { .give_up = NULL };
	struct gw_reason why;

	ask(most, GW_OP_CREATE, 60 * KIB);
	fake_last(&w);
	fill(&load, KIB);
	assert_int_equal(gw_memory_take(w.relay, &mine, little, 10 * KIB, &why),
			 GW_STATUS_NONE);
	fake_loop_turn(&w.loop);
	assert_int_equal(w.n_forgotten, 1);
	assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
	assert_non_null(strstr(w.content, "given up"));
	gw_memory_give(w.relay, &load);
	gw_memory_give(w.relay, &mine);
	gw_account_leave(most);
	gw_account_leave(little);
}

/* What the gateway needs for itself is not refused. */
static void the_gateway_itself_is_not_bounded(void **state)
{
	struct gw_load load = { .give_up = NULL };
	struct gw_asker asker = fake_device(&w);

	fill(&load, 0);
	assert_null(asker.account);
	fake_open(&w, &asker, request(GW_OP_RETRIEVE, "C1", "cse-in", 0));
	assert_non_null(fake_last(&w));
	assert_int_equal(w.n_sent, 1);
	gw_memory_give(w.relay, &load);
}

#define TEST(test) FAKE_TEST_AFTER(test, set_up, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_is_charged_until_it_is_answered),
		TEST(beyond_its_part_a_peer_is_refused_and_others_are_not),
		TEST(what_is_written_is_held_no_more),
		TEST(what_may_be_sent_again_stays),
		TEST(an_answer_without_room_may_be_asked_for_again),
		TEST(what_was_created_is_told_without_its_content),
		TEST(an_answer_that_is_received_counts_for_who_asked),
		TEST(who_holds_most_gives_up_its_youngest),
		TEST(an_open_request_is_given_up_with_the_reason),
		TEST(the_gateway_itself_is_not_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
