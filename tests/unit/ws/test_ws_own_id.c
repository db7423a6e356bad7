/* The link that bears the id of the CSE itself, on real sockets. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bindings/ws/ws_link.h"
#include "bindings/ws/ws_state.h"
#include "core/binding.h"
#include "core/cse.h"
#include "core/lib/log.h"
#include "core/lib/loop.h"
#include "core/profile.h"
#include "tests/unit/ws/wire_rig.h"

#define CLOSE 8
#define FIN_CLOSE 0x88
#define GOODBYE "\x03\xe8" // 1000
#define MINUTE ((int64_t)60000)

static struct rig rig;
static struct gw_conf now;
static struct gw_conf_cse now_cse;
static struct party parties[2];
static struct party *ae;  // the link of C1
static struct party *own; // the one of /id-in
static unsigned n_warned;
static char warned[512];
static char told[256];

static void sink(const struct gw_log_record *r)
{
	if (strcmp(r->event, "own-id-held") == 0) {
		n_warned++;
		(void)snprintf(warned, sizeof(warned), "%s", r->message);
	}
}

static void use_acme(struct rig *r)
{
	r->cse.profile = gw_profile_find(GW_STR("acme"));
}

static void use_acme_without(struct rig *r)
{
	use_acme(r);
	r->cse.lacks_own_id_link = true;
}

static void use_acme_shared(struct rig *r)
{
	use_acme(r);
	r->cse.link = GW_LINK_SHARED;
}

static void begin(rig_adjust_fn *adjust)
{
	rig_init(&rig, adjust);
	gw_log_use(sink, GW_LOG_DEBUG);
	parties[0] = (struct party){ .fd = -1 };
	parties[1] = (struct party){ .fd = -1 };
	ae = &parties[0];
	own = &parties[1];
	n_warned = 0;
}

static int set_up(void **state)
{
	begin(use_acme);
	return 0;
}

static int set_up_off(void **state)
{
	begin(use_acme_without);
	return 0;
}

static int set_up_shared(void **state)
{
	begin(use_acme_shared);
	return 0;
}

static int set_up_standard(void **state)
{
	begin(NULL);
	return 0;
}

static int tear_down(void **state)
{
	party_close(&rig, ae);
	party_close(&rig, own);
	rig_deinit(&rig);
	return 0;
}

static struct ws_cse *links(void)
{
	return gw_relay_cse(rig.relay, 0)->state;
}

static struct ws_state *room(void)
{
	return gw_relay_binding(rig.relay, GW_STR("ws"))->state;
}

static void leave(const char *id)
{
	struct gw_registry *reg = gw_relay_registry(rig.relay);

	gw_registry_forget(reg,
			   gw_registry_find(reg, gw_relay_cse(rig.relay, 0),
					    gw_str_from(id)));
}

static bool bears(const struct party *p, const char *origin)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "\r\nX-M2M-Origin: %s\r\n", origin);
	return strstr(p->hello, line) != NULL;
}

/* Take two connections, whichever comes first. */
static void take_both(const char *other)
{
	party_accept(&rig, &parties[0]);
	party_accept(&rig, &parties[1]);
	own = bears(&parties[0], "/id-in") ? &parties[0] : &parties[1];
	ae = own == &parties[0] ? &parties[1] : &parties[0];
	assert_true(bears(own, "/id-in"));
	assert_true(bears(ae, other));
	party_welcome(&rig, own);
	party_welcome(&rig, ae);
}

/* C1 joins, and both links come up. */
static void open_both(void)
{
	rig_join(&rig, "C1");
	take_both("C1");
	rig_until(&rig, room()->n_open == 2 &&
				links()->own_id->state == WS_LINK_OPEN);
}

/* The CSE closes a link in order, and the gateway has seen it. */
static void close_politely(struct party *p)
{
	party_frame(p, FIN_CLOSE, GOODBYE, 2);
	assert_int_equal(party_hears(&rig, p), CLOSE);
	party_close(&rig, p);
}

static void lose_it(void)
{
	close_politely(own);
	rig_until(&rig, links()->own_id->state == WS_LINK_DOWN);
}

/* The time that it waits is over. */
static void be_patient(void)
{
	links()->rival.until_ms = gw_loop_now_ms(rig.loop);
	ws_link_arm(links()->own_id);
}

static void come_back(void)
{
	party_accept(&rig, own);
	assert_true(bears(own, "/id-in"));
	party_welcome(&rig, own);
	rig_until(&rig, links()->own_id->state == WS_LINK_OPEN);
}

static void registrees_of_acme_open_one_link_with_its_own_id(void **state)
{
	struct party other = { .fd = -1 };

	open_both();
	rig_join(&rig, "C2");
	party_accept(&rig, &other);
	assert_true(bears(&other, "C2"));
	party_welcome(&rig, &other);
	rig_until(&rig, room()->n_open == 3);
	party_close(&rig, &other);
}

static void it_is_there_beside_a_shared_link(void **state)
{
	rig_join(&rig, "C1");
	take_both("/id-gw");
}

static void off_means_that_there_is_none(void **state)
{
	rig_join(&rig, "C1");
	party_accept(&rig, ae);
	party_welcome(&rig, ae);
	rig_until(&rig, room()->n_open == 1);
	assert_null(links()->own_id);
}

static void a_standard_cse_gets_none(void **state)
{
	rig_join(&rig, "C1");
	party_accept(&rig, ae);
	assert_true(bears(ae, "/id-gw"));
	party_welcome(&rig, ae);
	assert_null(links()->own_id);
}

static void it_carries_no_requests_of_ours(void **state)
{
	struct party shared = { .fd = -1 };

	open_both();
	rig_ask(&rig, "r1", "C1");
	party_expects(&rig, ae, "\"rqi\":\"r1\"");
	rig_ask(&rig, "r2", "C2");
	party_accept(&rig, &shared);
	assert_true(bears(&shared, "/id-gw"));
	party_welcome(&rig, &shared);
	party_expects(&rig, &shared, "\"rqi\":\"r2\"");
	assert_true(ws_conn_is_quiet(&links()->own_id->conn));
	party_close(&rig, &shared);
}

static void
a_notification_for_nobody_of_ours_is_4004_with_the_reason(void **state)
{
	open_both();
	party_says(own,
		   "{\"op\":5,\"to\":\"/id-in/Celse\",\"fr\":\"/id-in\","
		   "\"rqi\":\"n1\",\"rvi\":\"3\",\"pc\":{\"m2m:sgn\":{}}}");
	party_expects(&rig, own, "\"rqi\":\"n1\"");
	assert_non_null(strstr(own->text, "\"rsc\":4004"));
	assert_non_null(strstr(own->text, "it may be behind another gateway"));
	/* On the other links nobody else can be meant. */
	party_says(ae, "{\"op\":5,\"to\":\"/id-in/Celse\",\"fr\":\"/id-in\","
		       "\"rqi\":\"n2\",\"rvi\":\"3\",\"pc\":{\"m2m:sgn\":{}}}");
	party_expects(&rig, ae, "\"rqi\":\"n2\"");
	assert_non_null(strstr(ae->text, "\"rsc\":4004"));
	assert_null(strstr(ae->text, "another gateway"));
}

static void one_that_is_closed_alone_is_held_by_another_gateway(void **state)
{
	struct ws_link *l = NULL;

	open_both();
	l = links()->own_id;
	for (unsigned minutes = 1; minutes <= 4; minutes *= 2) {
		char wait[32];

		lose_it();
		assert_true(links()->rival.is_suspected);
		be_patient();
		rig_until(&rig, n_warned == 1);
		n_warned = 0;
		(void)snprintf(wait, sizeof(wait), "tried again in %u min",
			       minutes);
		assert_non_null(strstr(warned, "another gateway holds it"));
		assert_non_null(strstr(warned, wait));
		assert_int_equal(l->state, WS_LINK_DOWN);
		assert_true(gw_timer_is_set(&l->timer));
		assert_true(l->timer.at_ms >
			    gw_loop_now_ms(rig.loop) + (minutes - 1) * MINUTE);
		be_patient();
		come_back();
	}
}

static void other_links_that_are_lost_then_tell_of_a_restart(void **state)
{
	open_both();
	lose_it();
	close_politely(ae);
	take_both("C1");
	assert_int_equal(n_warned, 0);
}

static void other_links_that_were_lost_before_tell_of_a_restart(void **state)
{
	struct party again = { .fd = -1 };

	open_both();
	close_politely(ae);
	party_accept(&rig, &again);
	party_welcome(&rig, &again);
	close_politely(own);
	come_back();
	assert_false(links()->rival.is_suspected);
	assert_int_equal(n_warned, 0);
	party_close(&rig, &again);
}

static void one_that_breaks_is_opened_again_as_any_other(void **state)
{
	open_both();
	party_close(&rig, own);
	come_back();
	assert_false(links()->rival.is_suspected);
}

static void it_closes_when_the_last_registree_leaves(void **state)
{
	open_both();
	leave("C1");
	assert_int_equal(party_hears(&rig, own), CLOSE);
	assert_int_equal(own->code, 1000);
	party_close(&rig, own);
	party_close(&rig, ae);
	rig_until(&rig, room()->n_open == 0);
	/* And what we close ourselves tells nothing. */
	assert_false(links()->rival.is_suspected);
	open_both();
	assert_int_equal(n_warned, 0);
}

static void one_that_is_wanted_again_in_time_stays(void **state)
{
	open_both();
	leave("C1");
	rig_join(&rig, "C2");
	assert_false(links()->own_id->conn.is_retiring);
	assert_int_equal(party_hears(&rig, ae), CLOSE);
	assert_int_equal(links()->own_id->state, WS_LINK_OPEN);
	assert_false(links()->own_id->conn.is_closing);
}

static void reload(bool lacks_it)
{
	now = rig.conf;
	now_cse = rig.cse;
	now_cse.lacks_own_id_link = lacks_it;
	now.cses = &now_cse;
	assert_int_equal(gw_relay_reload(rig.relay, &now), 0);
}

static void a_reload_closes_and_opens_it(void **state)
{
	open_both();
	reload(true);
	assert_int_equal(party_hears(&rig, own), CLOSE);
	assert_int_equal(own->code, 1000);
	party_close(&rig, own);
	rig_until(&rig, room()->n_open == 1);
	rig.cse = now_cse;
	reload(false);
	come_back();
}

static void a_draining_gateway_closes_it_and_opens_it_no_more(void **state)
{
	open_both();
	gw_relay_drain(rig.relay);
	assert_int_equal(party_hears(&rig, own), CLOSE);
	assert_int_equal(own->code, 1001);
	party_frame(own, FIN_CLOSE, "\x03\xe9", 2);
	assert_int_equal(party_hears(&rig, ae), CLOSE);
	party_frame(ae, FIN_CLOSE, "\x03\xe9", 2);
	rig_until(&rig, gw_relay_is_drained(rig.relay));
	assert_false(gw_timer_is_set(&links()->own_id->timer));
}

static void note(void *arg, const char *name, uint64_t value)
{
	size_t n = strlen(told);

	(void)snprintf(told + n, sizeof(told) - n, " %s=%u", name,
		       (unsigned)value);
}

static void expect_told(const char *part)
{
	struct gw_binding *b = gw_relay_binding(rig.relay, GW_STR("ws"));

	told[0] = '\0';
	b->ops->tell(b, note, NULL);
	assert_non_null(strstr(told, part));
}

static void the_state_tells_of_it(void **state)
{
	expect_told(" own-id-links=0 own-ids-held-elsewhere=0");
	open_both();
	expect_told(" own-id-links=1 own-ids-held-elsewhere=0");
	lose_it();
	expect_told(" own-id-links=0 own-ids-held-elsewhere=0");
	be_patient();
	rig_until(&rig, n_warned == 1);
	expect_told(" own-id-links=0 own-ids-held-elsewhere=1");
}

#define CLAIM(test, before) \
	cmocka_unit_test_setup_teardown(test, before, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(registrees_of_acme_open_one_link_with_its_own_id, set_up),
		CLAIM(it_is_there_beside_a_shared_link, set_up_shared),
		CLAIM(off_means_that_there_is_none, set_up_off),
		CLAIM(a_standard_cse_gets_none, set_up_standard),
		CLAIM(it_carries_no_requests_of_ours, set_up),
		CLAIM(a_notification_for_nobody_of_ours_is_4004_with_the_reason,
		      set_up),
		CLAIM(one_that_is_closed_alone_is_held_by_another_gateway,
		      set_up),
		CLAIM(other_links_that_are_lost_then_tell_of_a_restart, set_up),
		CLAIM(other_links_that_were_lost_before_tell_of_a_restart,
		      set_up),
		CLAIM(one_that_breaks_is_opened_again_as_any_other, set_up),
		CLAIM(it_closes_when_the_last_registree_leaves, set_up),
		CLAIM(one_that_is_wanted_again_in_time_stays, set_up),
		CLAIM(a_reload_closes_and_opens_it, set_up),
		CLAIM(a_draining_gateway_closes_it_and_opens_it_no_more,
		      set_up),
		CLAIM(the_state_tells_of_it, set_up),
	};

	return cmocka_run_group_tests_name("ws_own_id", tests, NULL, NULL);
}
