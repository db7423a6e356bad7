/*
 * Bounds: who has left takes no place, and nothing is sent without measure.
 */

#include "tests/unit/sandbox/sandbox_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/sandbox/sandbox_limits.h"
#include "core/lib/str.h"

#define HEAD "'fr':'Cone','rqi':'mine','rvi':'3'"
#define C "'to':'sandbox/one/c'," HEAD
#define PCU "'to':'sandbox/one/p/pcu'," HEAD

/* Of one instance. */
#define MUCH ((size_t)200 * 1024)

static void polls_whose_askers_have_left_take_no_place(void **state)
{
	struct world *w = *state;

	register_ae(w, "one");
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox/one'," HEAD ",'ty':15,"
				"'pc':{'m2m:pch':{'rn':'p'}}}"),
			 2001);
	for (size_t i = 0; i < 3 * SANDBOX_POLLS_MAX; i++) {
		gw_exchange_abandon(ask_and_wait(w, "{'op':2," PCU "}"));
	}
	(void)ask_and_wait(w, "{'op':2," PCU "}");
}

static void a_target_that_is_named_twice_is_told_once(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	register_ae(w, "two");
	assert_int_equal(
		ask(w,
		    "{'op':1," C ",'ty':23,'pc':{'m2m:sub':{"
		    "'nu':['Ctwo','Cone','Ctwo'],'enc':{'net':[3],'chty':[4]}}}}"),
		2001);
	assert_int_equal(w->n_sent, 1);
	assert_told(w, 0, "'vrq':true");
	assert_int_equal(ask(w, "{'op':1," C ",'ty':4,"
				"'pc':{'m2m:cin':{'con':'x'}}}"),
			 2001);
	assert_int_equal(w->n_sent, 3);
	assert_told(w, 1, "'to':'Ctwo'");
	assert_told(w, 2, "'to':'Cone'");
}

static size_t n_on_their_way(const struct world *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n_sent; i++) {
		n += w->open[i] ? 1 : 0;
	}
	return n;
}

static void bytes_on_their_way_are_bounded(void **state)
{
	struct world *w = *state;
	char *text = malloc(MUCH + 1);

	assert_non_null(text);
	memset(text, 'x', MUCH);
	text[MUCH] = '\0';
	w->conf.limits.content_bytes = WORLD_TEXT_MAX;
	make_container(w, "");
	for (size_t i = 0; i < SANDBOX_SUBSCRIPTIONS_MAX; i++) {
		assert_int_equal(
			ask(w, "{'op':1," C ",'ty':23,'pc':{'m2m:sub':{"
			       "'nu':['Cone'],'enc':{'net':[3],'chty':[4]}}}}"),
			2001);
	}
	w->obeys = GW_STATUS_NONE;
	assert_int_equal(ask_with(w,
				  "{'op':1," C ",'ty':4,"
				  "'pc':{'m2m:cin':{'con':'%s'}}}",
				  text),
			 2001);
	assert_true(n_on_their_way(w) * MUCH <
		    SANDBOX_SENDS_BYTES_MAX + 2 * MUCH);
	assert_true(n_on_their_way(w) > 10);
	/* What has arrived makes room. */
	for (size_t i = 0; i < w->n_sent; i++) {
		if (w->open[i]) {
			ae_answers(w, i, GW_STATUS_OK);
		}
	}
	assert_int_equal(ask(w, "{'op':1," C ",'ty':4,"
				"'pc':{'m2m:cin':{'con':'x'}}}"),
			 2001);
	assert_int_equal(n_on_their_way(w), SANDBOX_SUBSCRIPTIONS_MAX);
	free(text);
}

static void listens_on_ipv6(struct world *w)
{
	w->conf.ws.is_on = true;
	w->conf.ws.address = "::1";
	w->conf.ws.port = 8180;
}

static int set_up_on_ipv6(void **state)
{
	return world_setup_as(state, listens_on_ipv6);
}

/* RFC 3986 3.2.2 */
static void an_ipv6_address_is_told_in_brackets(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':2,'to':'sandbox'," HEAD "}"), 2000);
	assert_says(w, "'poa':['ws://[::1]:8180']");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(polls_whose_askers_have_left_take_no_place),
		claim(a_target_that_is_named_twice_is_told_once),
		claim(bytes_on_their_way_are_bounded),
		cmocka_unit_test_setup_teardown(
			an_ipv6_address_is_told_in_brackets, set_up_on_ipv6,
			world_teardown),
	};

	return cmocka_run_group_tests_name("sandbox bounds", tests, NULL, NULL);
}
