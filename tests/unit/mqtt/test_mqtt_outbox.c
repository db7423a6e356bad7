/* Publications without a broker: the client is one that only keeps them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_client.h"
#include "bindings/mqtt/mqtt_event.h"
#include "bindings/mqtt/mqtt_outbox.h"
#include "core/account.h"
#include "tests/support/fake_world.h"

#define N_ENDS 6
#define MAX_BYTES 1000
#define TRIES 16

/* --- The client, in place of the one that is linked else. */

struct mqtt_client {
	struct mqtt_out *first; // oldest first
	struct mqtt_out **last;
};

void mqtt_client_publish(struct mqtt_client *c, struct mqtt_out *out)
{
	out->next = NULL;
	*c->last = out;
	c->last = &out->next;
}

struct mqtt_out *mqtt_client_take_back(struct mqtt_client *c)
{
	c->last = &c->first;
	return gw_take(&c->first);
}

/* --- What the tests say. */

struct rig {
	struct mqtt_outbox outbox; // first
	struct mqtt_client client;
	struct fake_world world;
	unsigned n_ended[N_ENDS];
	unsigned n_all;
	char last_topic[8];
	const void *last_sent;
	char last_why[32];
	char requests[4]; // whose addresses stand for requests
};

static void ended(struct mqtt_outbox *o, const struct mqtt_out *out,
		  enum mqtt_end how, const char *why)
{
	struct rig *r = (struct rig *)o;

	r->n_ended[how]++;
	r->n_all++;
	(void)snprintf(r->last_topic, sizeof(r->last_topic), "%s", out->topic);
	(void)snprintf(r->last_why, sizeof(r->last_why), "%s", why);
	r->last_sent = out->sent;
}

static struct gw_accounts all;

static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	all = (struct gw_accounts){ .what = "requests", .size = 1 };
	gw_accounts_init(&all);
	r->client.last = &r->client.first;
	fake_world_init(&r->world, NULL);
	mqtt_outbox_init(&r->outbox, r->world.relay, ended);
	*state = r;
	return 0;
}

static void free_all(struct mqtt_out *out)
{
	while (out) {
		struct mqtt_out *next = out->next;

		mqtt_out_free(out);
		out = next;
	}
}

static int teardown(void **state)
{
	struct rig *r = *state;

	mqtt_outbox_fail_requests(&r->outbox, "");
	mqtt_outbox_deinit(&r->outbox, NULL);
	assert_int_equal(gw_memory_used(r->world.relay), 0);
	fake_world_deinit(&r->world);
	gw_accounts_deinit(&all);
	free_all(r->client.first);
	free(r);
	return 0;
}

static struct mqtt_out *put(struct rig *r, const char *topic, void *request)
{
	struct mqtt_out *out = mqtt_out_new(gw_str_from(topic),
					    (struct gw_bytes){ 0 });

	assert_non_null(out);
	out->sent = request;
	mqtt_outbox_put(&r->outbox, out);
	return out;
}

/* The oldest that the client has comes back like this. */
static void comes_back(struct rig *r, enum mqtt_event_kind kind,
		       const char *why)
{
	struct mqtt_event *e = mqtt_event_new(kind, (struct gw_str){ 0 },
					      (struct gw_bytes){ 0 });
	struct mqtt_out *out = r->client.first;

	assert_non_null(e);
	assert_non_null(out);
	r->client.first = out->next;
	if (!out->next) {
		r->client.last = &r->client.first;
	}
	e->out = out;
	e->text = why;
	mqtt_outbox_came_back(&r->outbox, e);
	assert_null(e->out);
	mqtt_event_free(e);
}

static void assert_topics(const struct mqtt_out *out, const char *topics)
{
	char text[64] = "";
	size_t len = 0;

	for (; out; out = out->next) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ",
					out->topic);
	}
	assert_string_equal(text, topics);
}

static void assert_empty(const struct rig *r)
{
	assert_int_equal(r->outbox.n_outs, 0);
	assert_int_equal(r->outbox.n_bytes, 0);
	assert_int_equal(r->outbox.n_waiting, 0);
	assert_int_equal(r->outbox.requests.n_waiting, 0);
}

/* --- The tests. */

static void what_comes_while_it_is_down_waits_answers_first(void **state)
{
	struct rig *r = *state;

	put(r, "a", NULL);
	put(r, "b", &r->requests[0]);
	put(r, "c", NULL);
	assert_null(r->client.first);
	assert_int_equal(r->outbox.n_waiting, 3);
	assert_int_equal(r->outbox.requests.n_waiting, 1);
	mqtt_outbox_start(&r->outbox, &r->client);
	put(r, "d", NULL);
	assert_topics(r->client.first, "a c b d ");
	assert_int_equal(r->outbox.n_waiting, 0);
	assert_int_equal(r->outbox.n_outs, 4);
	assert_int_equal(r->n_all, 0);
	mqtt_outbox_stop(&r->outbox);
	put(r, "e", NULL);
	assert_topics(r->client.first, "a c b d ");
	assert_topics(r->outbox.waiting, "e ");
}

static void what_the_broker_has_is_told_once(void **state)
{
	struct rig *r = *state;

	mqtt_outbox_start(&r->outbox, &r->client);
	put(r, "a", &r->requests[0]);
	put(r, "b", NULL);
	comes_back(r, MQTT_PUBLISHED, "");
	assert_int_equal(r->n_ended[MQTT_END_PUBLISHED], 1);
	assert_string_equal(r->last_topic, "a");
	assert_ptr_equal(r->last_sent, &r->requests[0]);
	comes_back(r, MQTT_PUBLISHED, "");
	assert_int_equal(r->n_ended[MQTT_END_PUBLISHED], 2);
	assert_null(r->last_sent);
	assert_int_equal(r->n_all, 2);
	assert_empty(r);
}

/* --- Requests. */

static struct gw_account *account(const char *name)
{
	struct gw_account *a = gw_account_of(&all, gw_str_from(name), false);

	assert_non_null(a);
	return a;
}

static struct mqtt_out *ask(struct rig *r, const char *topic,
			    const struct gw_account *a)
{
	struct mqtt_out *out = mqtt_out_new(gw_str_from(topic),
					    (struct gw_bytes){ 0 });

	assert_non_null(out);
	out->sent = (void *)r->requests;
	out->account = a;
	mqtt_outbox_put(&r->outbox, out);
	return out;
}

static void each_asker_has_its_turn(void **state)
{
	struct rig *r = *state;
	struct gw_account *greedy = account("greedy");
	struct gw_account *honest = account("honest");

	ask(r, "a", greedy);
	ask(r, "b", greedy);
	ask(r, "c", greedy);
	ask(r, "x", honest);
	put(r, "!", NULL);
	mqtt_outbox_start(&r->outbox, &r->client);
	assert_topics(r->client.first, "! a x b c ");
	(void)gw_account_leave(greedy);
	(void)gw_account_leave(honest);
}

static void the_client_has_no_more_than_its_window(void **state)
{
	struct rig *r = *state;
	struct gw_account *greedy = account("greedy");
	struct gw_account *honest = account("honest");

	mqtt_outbox_start(&r->outbox, &r->client);
	for (int i = 0; i < MQTT_FLYING_MAX + 2; i++) {
		ask(r, "g", greedy);
	}
	put(r, "!", NULL);
	ask(r, "x", honest);
	assert_int_equal(r->outbox.n_flying, MQTT_FLYING_MAX);
	assert_int_equal(r->outbox.requests.n_waiting, 3);
	comes_back(r, MQTT_PUBLISHED, "");
	comes_back(r, MQTT_PUBLISHED, "");
	assert_int_equal(r->outbox.n_flying, MQTT_FLYING_MAX);
	for (int i = 2; i < MQTT_FLYING_MAX; i++) {
		comes_back(r, MQTT_PUBLISHED, "");
	}
	assert_topics(r->client.first, "! g x g ");
	(void)gw_account_leave(greedy);
	(void)gw_account_leave(honest);
}

static void it_has_no_more_bytes_than_may_wait(void **state)
{
	struct rig *r = *state;
	size_t n_bytes = 0;

	mqtt_outbox_start(&r->outbox, &r->client);
	n_bytes = ask(r, "a", NULL)->n_bytes;
	assert_true(
		mqtt_outbox_make_room(&r->outbox, NULL, n_bytes, 2 * n_bytes));
	ask(r, "b", NULL);
	ask(r, "c", NULL);
	assert_topics(r->client.first, "a b ");
	comes_back(r, MQTT_PUBLISHED, "");
	assert_topics(r->client.first, "b c ");
	assert_true(mqtt_outbox_make_room(&r->outbox, NULL, 1, 1));
	ask(r, "d", NULL);
	comes_back(r, MQTT_PUBLISHED, "");
	assert_topics(r->client.first, "c ");
	comes_back(r, MQTT_PUBLISHED, "");
	assert_topics(r->client.first, "d ");
}

static void who_has_most_waiting_makes_room(void **state)
{
	struct rig *r = *state;
	struct gw_account *greedy = account("greedy");
	struct gw_account *honest = account("honest");
	size_t n_bytes = ask(r, "a", greedy)->n_bytes;

	ask(r, "b", greedy);
	ask(r, "c", greedy);
	put(r, "!", NULL);
	assert_false(mqtt_outbox_make_room(&r->outbox, greedy, n_bytes,
					   3 * n_bytes));
	assert_int_equal(r->n_all, 0);
	assert_true(mqtt_outbox_make_room(&r->outbox, honest, n_bytes,
					  3 * n_bytes));
	assert_int_equal(r->n_ended[MQTT_END_NO_ROOM], 1);
	assert_string_equal(r->last_topic, "c");
	assert_int_equal(r->n_all, 1);
	(void)gw_account_leave(greedy);
	(void)gw_account_leave(honest);
}

static void what_comes_back_is_before_what_came_later(void **state)
{
	struct rig *r = *state;

	mqtt_outbox_start(&r->outbox, &r->client);
	ask(r, "a", NULL);
	ask(r, "b", NULL);
	mqtt_outbox_stop(&r->outbox);
	ask(r, "c", NULL);
	comes_back(r, MQTT_FAILED, "lost");
	comes_back(r, MQTT_FAILED, "lost");
	mqtt_outbox_start(&r->outbox, &r->client);
	assert_topics(r->client.first, "a b c ");
}

static void one_that_is_forgotten_is_not_published_again(void **state)
{
	struct rig *r = *state;

	mqtt_outbox_start(&r->outbox, &r->client);
	mqtt_outbox_forget(&r->outbox, ask(r, "a", NULL));
	mqtt_outbox_stop(&r->outbox);
	comes_back(r, MQTT_FAILED, "lost");
	assert_int_equal(r->n_ended[MQTT_END_FORGOTTEN], 1);
	assert_empty(r);
}

/* --- Answers, and both. */

/* Those that are with the client count as those that wait. */
static void
answers_that_are_not_acknowledged_count_against_the_bound(void **state)
{
	struct rig *r = *state;
	size_t n_bytes = 0;

	assert_false(mqtt_outbox_is_full(&r->outbox, MAX_BYTES, MAX_BYTES));
	assert_false(mqtt_outbox_is_full(&r->outbox, MAX_BYTES + 1, MAX_BYTES));
	n_bytes = put(r, "a", NULL)->n_bytes;
	assert_false(mqtt_outbox_is_full(&r->outbox, MAX_BYTES - n_bytes,
					 MAX_BYTES));
	assert_true(mqtt_outbox_is_full(&r->outbox, MAX_BYTES - n_bytes + 1,
					MAX_BYTES));
	mqtt_outbox_start(&r->outbox, &r->client);
	assert_true(mqtt_outbox_is_full(&r->outbox, MAX_BYTES - n_bytes + 1,
					MAX_BYTES));
	comes_back(r, MQTT_PUBLISHED, "");
	assert_false(mqtt_outbox_is_full(&r->outbox, MAX_BYTES, MAX_BYTES));
}

static void a_request_is_forgotten_while_it_waits(void **state)
{
	struct rig *r = *state;
	struct mqtt_out *outs[3] = {
		put(r, "a", &r->requests[0]),
		put(r, "b", &r->requests[1]),
		put(r, "c", &r->requests[2]),
	};

	put(r, "d", &r->requests[3]);
	mqtt_outbox_forget(&r->outbox, outs[1]);
	mqtt_outbox_forget(&r->outbox, outs[2]);
	assert_int_equal(r->n_ended[MQTT_END_FORGOTTEN], 2);
	assert_null(r->last_sent);
	assert_int_equal(r->outbox.n_outs, 2);
	mqtt_outbox_start(&r->outbox, &r->client);
	assert_topics(r->client.first, "a d ");
}

static void
a_request_that_is_forgotten_with_the_client_goes_its_way(void **state)
{
	struct rig *r = *state;

	mqtt_outbox_start(&r->outbox, &r->client);
	mqtt_outbox_forget(&r->outbox, put(r, "a", &r->requests[0]));
	assert_int_equal(r->n_all, 0);
	assert_topics(r->client.first, "a ");
	comes_back(r, MQTT_PUBLISHED, "");
	assert_int_equal(r->n_ended[MQTT_END_PUBLISHED], 1);
	assert_null(r->last_sent);
	assert_empty(r);
}

static void what_the_broker_refuses_is_given_up(void **state)
{
	struct rig *r = *state;

	mqtt_outbox_start(&r->outbox, &r->client);
	put(r, "a", &r->requests[0]);
	comes_back(r, MQTT_REFUSED, "no rights");
	assert_int_equal(r->n_ended[MQTT_END_GIVEN_UP], 1);
	assert_ptr_equal(r->last_sent, &r->requests[0]);
	assert_string_equal(r->last_why, "no rights");
	assert_int_equal(r->n_all, 1);
	assert_empty(r);
}

static void what_failed_is_published_again(void **state)
{
	struct rig *r = *state;

	mqtt_outbox_start(&r->outbox, &r->client);
	put(r, "a", NULL);
	put(r, "b", NULL);
	comes_back(r, MQTT_FAILED, "busy");
	assert_topics(r->client.first, "b a ");
	mqtt_outbox_stop(&r->outbox);
	comes_back(r, MQTT_FAILED, "the connection is gone");
	assert_topics(r->client.first, "a ");
	assert_topics(r->outbox.waiting, "b ");
	assert_int_equal(r->n_all, 0);
}

static void after_sixteen_tries_it_is_given_up(void **state)
{
	struct rig *r = *state;

	put(r, "a", &r->requests[0]);
	for (int i = 1; i < TRIES; i++) {
		mqtt_outbox_start(&r->outbox, &r->client);
		mqtt_outbox_stop(&r->outbox);
		comes_back(r, MQTT_FAILED, "lost");
		assert_int_equal(r->n_all, 0);
		assert_int_equal(r->outbox.requests.n_waiting, 1);
	}
	mqtt_outbox_start(&r->outbox, &r->client);
	comes_back(r, MQTT_FAILED, "lost again");
	assert_int_equal(r->n_ended[MQTT_END_GIVEN_UP], 1);
	assert_string_equal(r->last_why, "lost again");
	assert_int_equal(r->n_all, 1);
	assert_empty(r);
}

static void what_has_expired_is_not_published_again(void **state)
{
	struct rig *r = *state;

	mqtt_outbox_start(&r->outbox, &r->client);
	mqtt_out_expire_in(put(r, "a", &r->requests[0]), -1);
	comes_back(r, MQTT_FAILED, "it expired");
	assert_int_equal(r->n_ended[MQTT_END_EXPIRED], 1);
	assert_int_equal(r->n_all, 1);
	assert_empty(r);
}

static void what_the_client_did_not_publish_is_taken_back(void **state)
{
	struct rig *r = *state;

	mqtt_outbox_start(&r->outbox, &r->client);
	put(r, "a", NULL);
	put(r, "b", &r->requests[0]);
	mqtt_outbox_stop(&r->outbox);
	put(r, "c", NULL);
	mqtt_outbox_take_back(&r->outbox, &r->client);
	assert_null(r->client.first);
	assert_topics(r->outbox.waiting, "c a ");
	assert_int_equal(r->outbox.requests.n_waiting, 1);
	assert_int_equal(r->n_all, 0);
	mqtt_outbox_start(&r->outbox, &r->client);
	assert_topics(r->client.first, "c a b ");
	assert_int_equal(r->outbox.n_outs, 3);
}

static void only_requests_that_wait_fail(void **state)
{
	struct rig *r = *state;

	mqtt_outbox_start(&r->outbox, &r->client);
	put(r, "a", &r->requests[0]);
	mqtt_outbox_stop(&r->outbox);
	put(r, "b", &r->requests[1]);
	put(r, "c", NULL);
	put(r, "d", &r->requests[2]);
	mqtt_outbox_fail_requests(&r->outbox, "no connection");
	assert_int_equal(r->n_ended[MQTT_END_FAILED], 2);
	assert_ptr_equal(r->last_sent, &r->requests[2]);
	assert_string_equal(r->last_why, "no connection");
	put(r, "e", NULL);
	assert_topics(r->outbox.waiting, "c e ");
	assert_topics(r->client.first, "a ");
	assert_int_equal(r->outbox.n_outs, 3);
}

static void what_waits_at_the_end_goes_to_the_last_client(void **state)
{
	struct rig *r = *state;

	put(r, "a", NULL);
	put(r, "b", NULL);
	mqtt_outbox_deinit(&r->outbox, &r->client);
	assert_topics(r->client.first, "a b ");
	assert_null(r->outbox.waiting);
	assert_int_equal(r->n_all, 0);
}

static void without_a_client_it_is_forgotten_at_the_end(void **state)
{
	struct rig *r = *state;

	put(r, "a", NULL);
	put(r, "b", NULL);
	mqtt_outbox_deinit(&r->outbox, NULL);
	assert_int_equal(r->n_ended[MQTT_END_FORGOTTEN], 2);
	assert_int_equal(r->n_all, 2);
	assert_empty(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_comes_while_it_is_down_waits_answers_first),
		TEST(what_the_broker_has_is_told_once),
		TEST(each_asker_has_its_turn),
		TEST(the_client_has_no_more_than_its_window),
		TEST(it_has_no_more_bytes_than_may_wait),
		TEST(who_has_most_waiting_makes_room),
		TEST(what_comes_back_is_before_what_came_later),
		TEST(one_that_is_forgotten_is_not_published_again),
		TEST(answers_that_are_not_acknowledged_count_against_the_bound),
		TEST(a_request_is_forgotten_while_it_waits),
		TEST(a_request_that_is_forgotten_with_the_client_goes_its_way),
		TEST(what_the_broker_refuses_is_given_up),
		TEST(what_failed_is_published_again),
		TEST(after_sixteen_tries_it_is_given_up),
		TEST(what_has_expired_is_not_published_again),
		TEST(what_the_client_did_not_publish_is_taken_back),
		TEST(only_requests_that_wait_fail),
		TEST(what_waits_at_the_end_goes_to_the_last_client),
		TEST(without_a_client_it_is_forgotten_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
