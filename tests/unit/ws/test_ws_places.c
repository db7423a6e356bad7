/* Places: links of registrees where there are fewer than registrees. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bindings/ws/ws_link.h"
#include "bindings/ws/ws_state.h"
#include "core/profile.h"
#include "tests/unit/ws/wire_rig.h"

#define AWAY 1001
#define CLOSE 8

static struct rig rig;
static struct party parties[3];

static void with_links(struct rig *r, size_t n_of_registrees)
{
	r->cse.profile = gw_profile_find(GW_STR("acme"));
	r->cse.lacks_own_id_link = true;
	r->conf.limits.links = n_of_registrees + 1; // the shared one
}

static void one_place(struct rig *r)
{
	with_links(r, 1);
}

static void two_places(struct rig *r)
{
	with_links(r, 2);
}

static void eight_places(struct rig *r)
{
	with_links(r, 8);
}

static int set_up_one(void **state)
{
	rig_init(&rig, one_place);
	return 0;
}

static int set_up_two(void **state)
{
	rig_init(&rig, two_places);
	return 0;
}

static int set_up_eight(void **state)
{
	rig_init(&rig, eight_places);
	return 0;
}

static int tear_down(void **state)
{
	for (size_t i = 0; i < sizeof(parties) / sizeof(*parties); i++) {
		party_close(&rig, &parties[i]);
	}
	rig_deinit(&rig);
	return 0;
}

static struct ws_state *ws(void)
{
	return gw_relay_binding(rig.relay, GW_STR("ws"))->state;
}

static struct ws_link *link_as(const char *origin)
{
	struct ws_link *l = ws()->links;

	while (l && !gw_str_is(l->origin, origin)) {
		l = l->next;
	}
	assert_non_null(l);
	return l;
}

/* The next link that the gateway opens says this. */
static void opens(struct party *p, const char *line)
{
	party_accept(&rig, p);
	assert_non_null(strstr(p->hello, line));
	party_welcome(&rig, p);
}

static void joins(struct party *p, const char *id, const char *line)
{
	rig_join(&rig, id);
	opens(p, line);
	rig_until(&rig, link_as(id)->state == WS_LINK_OPEN);
}

static void is_displaced(struct party *p)
{
	assert_int_equal(party_hears(&rig, p), CLOSE);
	assert_int_equal(p->code, AWAY);
	party_ends(&rig, p);
}

static void three_join(void)
{
	joins(&parties[0], "C1", "\r\nX-M2M-Origin: C1\r\n");
	joins(&parties[1], "C2", "\r\nX-M2M-Origin: C2\r\n");
	/* Whatever the clock says, the first is that which was used first. */
	link_as("C1")->opened_ms--;
	joins(&parties[2], "C3", "\r\nX-M2M-Origin: C3\r\n");
}

static void the_link_that_was_idle_for_longest_closes(void **state)
{
	three_join();
	is_displaced(&parties[0]);
	assert_int_equal(link_as("C1")->state, WS_LINK_DOWN);
	assert_int_equal(link_as("C2")->state, WS_LINK_OPEN);
	assert_int_equal(link_as("C3")->state, WS_LINK_OPEN);
}

static void a_message_makes_a_link_used(void **state)
{
	joins(&parties[0], "C1", "\r\nX-M2M-Origin: C1\r\n");
	joins(&parties[1], "C2", "\r\nX-M2M-Origin: C2\r\n");
	link_as("C1")->opened_ms--;
	rig_ask(&rig, "r1", "C1");
	party_expects(&rig, &parties[0], "\"rqi\":\"r1\"");
	party_says(&parties[0], "{\"rsc\":2000,\"rqi\":\"r1\"}");
	rig_is_answered(&rig, 0, "r1", GW_STATUS_OK);
	link_as("C2")->opened_ms--;
	joins(&parties[2], "C3", "\r\nX-M2M-Origin: C3\r\n");
	is_displaced(&parties[1]);
	assert_int_equal(link_as("C1")->state, WS_LINK_OPEN);
}

static void who_was_displaced_comes_back_when_it_asks(void **state)
{
	three_join();
	is_displaced(&parties[0]);
	party_close(&rig, &parties[0]);
	link_as("C2")->opened_ms--;
	rig_ask(&rig, "r1", "C1");
	opens(&parties[0], "\r\nX-M2M-Origin: C1\r\n");
	is_displaced(&parties[1]);
	party_expects(&rig, &parties[0], "\"rqi\":\"r1\"");
	party_says(&parties[0], "{\"rsc\":2000,\"rqi\":\"r1\"}");
	rig_is_answered(&rig, 0, "r1", GW_STATUS_OK);
}

static void who_was_displaced_displaces_nobody_unasked(void **state)
{
	three_join();
	is_displaced(&parties[0]);
	rig_until(&rig, ws()->n_held_back > 0);
	assert_int_equal(link_as("C1")->state, WS_LINK_DOWN);
	assert_int_equal(link_as("C2")->state, WS_LINK_OPEN);
	assert_int_equal(link_as("C3")->state, WS_LINK_OPEN);
}

static void where_all_are_in_use_the_shared_one_serves(void **state)
{
	joins(&parties[0], "C1", "\r\nX-M2M-Origin: C1\r\n");
	rig_ask(&rig, "r1", "C1");
	party_expects(&rig, &parties[0], "\"rqi\":\"r1\"");
	rig_join(&rig, "C2");
	rig_until(&rig, ws()->n_held_back > 0);
	rig_ask(&rig, "r2", "C2");
	opens(&parties[1], "\r\nX-M2M-Origin: /id-gw\r\n");
	party_expects(&rig, &parties[1], "\"rqi\":\"r2\"");
	party_says(&parties[1], "{\"rsc\":2000,\"rqi\":\"r2\"}");
	rig_is_answered(&rig, 0, "r2", GW_STATUS_OK);
	party_says(&parties[0], "{\"rsc\":2000,\"rqi\":\"r1\"}");
	rig_is_answered(&rig, 1, "r1", GW_STATUS_OK);
}

static void joins_from(const char *id, const char *host)
{
	const struct gw_grant grant = {
		.kind = GW_REGISTREE_AE,
		.id = gw_str_from(id),
		.cse = gw_relay_cse(rig.relay, 0),
		.resource = gw_str_from(id),
		.name = gw_str_from(id),
		.host = gw_str_from(host),
		.via = gw_relay_binding(rig.relay, GW_STR("devices")),
	};

	assert_int_equal(
		gw_registry_grant(gw_relay_registry(rig.relay), &grant), 0);
}

static void one_address_takes_no_more_than_its_share(void **state)
{
	static const char *const greedy[] = {
		"C1", "C2", "C3", "C4", "C5", "C6"
	};

	for (size_t i = 0; i < sizeof(greedy) / sizeof(*greedy); i++) {
		joins_from(greedy[i], "10.0.0.1");
	}
	rig_until(&rig, ws()->n_held_back == 2);
	assert_int_equal(ws()->places.used, 4);
	joins_from("Chonest", "10.0.0.2");
	rig_until(&rig, gw_charge_is_taken(&link_as("Chonest")->place));
	assert_int_equal(ws()->places.used, 5);
}

static void who_leaves_gives_its_place_back(void **state)
{
	joins(&parties[0], "C1", "\r\nX-M2M-Origin: C1\r\n");
	assert_int_equal(ws()->places.used, 1);
	gw_registry_forget(gw_relay_registry(rig.relay),
			   gw_registry_find(gw_relay_registry(rig.relay), NULL,
					    GW_STR("C1")));
	party_ends(&rig, &parties[0]);
	rig_until(&rig, ws()->places.used == 0);
}

#define CLAIM(name, set_up) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(the_link_that_was_idle_for_longest_closes, set_up_two),
		CLAIM(a_message_makes_a_link_used, set_up_two),
		CLAIM(who_was_displaced_comes_back_when_it_asks, set_up_two),
		CLAIM(who_was_displaced_displaces_nobody_unasked, set_up_two),
		CLAIM(where_all_are_in_use_the_shared_one_serves, set_up_one),
		CLAIM(one_address_takes_no_more_than_its_share, set_up_eight),
		CLAIM(who_leaves_gives_its_place_back, set_up_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
