/* Whom the gateway is at a broker, and whom it meets there. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_place.h"
#include "bindings/mqtt/mqtt_url.h"
#include "tests/support/fake_world.h"

static struct fake_world w;
static struct gw_conf_broker section;
static struct mqtt_places places;

/* /id-in is reached over something else, /id-b and //sp.b/id-in live at the
 * broker, below its prefix. */
static void adjust(struct fake_world *world)
{
	world->cses[1].url = "mqtt://broker/site";
	world->cses[2].url = "mqtt://broker:1883/site/";
}

static void places_at(const char *broker)
{
	struct mqtt_url url;

	assert_true(mqtt_url_parse(&url, gw_str_from(broker)));
	mqtt_places_deinit(&places);
	assert_int_equal(mqtt_places_init(&places, w.relay, &section, &url), 0);
}

static int set_up(void **state)
{
	fake_world_init(&w, adjust);
	gw_conf_broker_init(&section);
	places_at("mqtt://broker/site");
	return 0;
}

static int tear_down(void **state)
{
	mqtt_places_deinit(&places);
	fake_world_deinit(&w);
	return 0;
}

static void is_subscribed(const char *text, bool is_for_answers)
{
	const struct mqtt_filter *f = mqtt_places_filter(&places,
							 gw_str_from(text));

	assert_non_null(f);
	assert_int_equal(f->is_for_answers, is_for_answers);
}

static void who_lives_at_the_broker_is_a_peer(void **state)
{
	assert_int_equal(places.n, 4);
	assert_int_equal(mqtt_places_of(&places, NULL)->role, MQTT_SELF);
	assert_int_equal(mqtt_places_of(&places, w.in)->role, MQTT_SERVED);
	assert_int_equal(mqtt_places_of(&places, w.b)->role, MQTT_PEER);
	assert_int_equal(mqtt_places_of(&places, w.other)->role, MQTT_PEER);
}

static void who_lives_elsewhere_is_nobody_here(void **state)
{
	places_at("mqtt://broker/elsewhere");
	assert_null(mqtt_places_of(&places, w.b));
	assert_null(mqtt_places_peer(&places, GW_STR("id-b")));
	places_at("mqtt://other/site");
	assert_null(mqtt_places_of(&places, w.b));
	assert_non_null(mqtt_places_of(&places, w.in));
}

static void only_cses_of_our_provider_are_served_untold(void **state)
{
	fake_world_deinit(&w);
	fake_world_init(&w, NULL);
	places_at("mqtt://broker/site");
	assert_int_equal(mqtt_places_of(&places, w.in)->role, MQTT_SERVED);
	assert_int_equal(mqtt_places_of(&places, w.b)->role, MQTT_SERVED);
	assert_null(mqtt_places_of(&places, w.other));
}

static void those_of_another_provider_are_absolute_only(void **state)
{
	assert_ptr_equal(mqtt_places_us(&places, GW_STR("id-in"))->cse, w.in);
	assert_ptr_equal(mqtt_places_us(&places, GW_STR(":sp.a:id-in"))->cse,
			 w.in);
	assert_ptr_equal(mqtt_places_peer(&places, GW_STR(":sp.b:id-in"))->cse,
			 w.other);
	assert_null(mqtt_places_peer(&places, GW_STR("id-in")));
	assert_null(mqtt_places_us(&places, GW_STR(":sp.b:id-in")));
}

static void nobody_is_a_peer_and_one_of_us(void **state)
{
	assert_null(mqtt_places_us(&places, GW_STR("id-b")));
	assert_null(mqtt_places_peer(&places, GW_STR("id-gw")));
	assert_null(mqtt_places_us(&places, GW_STR("")));
	assert_null(mqtt_places_us(&places, (struct gw_str){ 0 }));
	assert_null(mqtt_places_peer(&places, (struct gw_str){ 0 }));
	assert_null(mqtt_places_peer(&places, GW_STR("id-")));
}

static void a_section_may_tell_whom_it_serves(void **state)
{
	static const char *both[] = { "/id-b", "//sp.b/id-in" };
	static const char *wrong[] = { "/id-none", "no id", "//sp.c/id-in" };

	section.serves = (struct gw_conf_texts){ both, 2 };
	places_at("mqtt://broker/elsewhere");
	assert_null(mqtt_places_of(&places, w.in));
	assert_int_equal(mqtt_places_of(&places, w.b)->role, MQTT_SERVED);
	assert_int_equal(mqtt_places_of(&places, w.other)->role, MQTT_SERVED);
	section.serves = (struct gw_conf_texts){ wrong, 3 };
	places_at("mqtt://broker/elsewhere");
	assert_int_equal(places.n, 1);
}

static void each_role_hears_what_is_for_it(void **state)
{
	is_subscribed("site/oneM2M/req/+/id-gw/#", false);
	is_subscribed("site/oneM2M/resp/id-gw/#", true);
	is_subscribed("site/oneM2M/req/+/id-in/#", false);
	is_subscribed("site/oneM2M/reg_req/+/id-in/#", false);
	is_subscribed("site/oneM2M/resp/:sp.a:id-in/#", true);
	is_subscribed("site/oneM2M/req/id-b/+/#", false);
	is_subscribed("site/oneM2M/req/:sp.b:id-in/+/#", false);
	assert_null(mqtt_places_filter(
		&places, GW_STR("site/oneM2M/reg_req/+/id-gw/#")));
	assert_null(
		mqtt_places_filter(&places, GW_STR("site/oneM2M/resp/id-b/#")));
}

static void only_a_granted_filter_hears_answers(void **state)
{
	const struct mqtt_place *self = mqtt_places_of(&places, NULL);

	assert_false(mqtt_places_hears(&places, self));
	mqtt_places_filter(&places, GW_STR("site/oneM2M/req/+/id-gw/#"))
		->is_granted = true;
	assert_false(mqtt_places_hears(&places, self));
	mqtt_places_filter(&places, GW_STR("site/oneM2M/resp/id-gw/#"))
		->is_granted = true;
	assert_true(mqtt_places_hears(&places, self));
	assert_false(mqtt_places_hears(&places, mqtt_places_of(&places, w.in)));
}

static void what_was_granted_is_inherited_by_the_same_filter_only(void **state)
{
	struct mqtt_places old = places;

	for (size_t i = 0; i < old.n_filters; i++) {
		old.filters[i].is_granted = true;
		old.filters[i].is_asked_for = true;
	}
	places = (struct mqtt_places){ 0 };
	places_at("mqtt://broker/site");
	mqtt_places_inherit(&places, &old);
	for (size_t i = 0; i < places.n_filters; i++) {
		assert_true(places.filters[i].is_granted);
		assert_true(places.filters[i].is_asked_for);
	}
	places_at("mqtt://broker/another");
	mqtt_places_inherit(&places, &old);
	for (size_t i = 0; i < places.n_filters; i++) {
		assert_false(places.filters[i].is_granted);
		assert_false(places.filters[i].is_asked_for);
	}
	mqtt_places_deinit(&old);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(who_lives_at_the_broker_is_a_peer),
		CLAIM(who_lives_elsewhere_is_nobody_here),
		CLAIM(only_cses_of_our_provider_are_served_untold),
		CLAIM(those_of_another_provider_are_absolute_only),
		CLAIM(nobody_is_a_peer_and_one_of_us),
		CLAIM(a_section_may_tell_whom_it_serves),
		CLAIM(each_role_hears_what_is_for_it),
		CLAIM(only_a_granted_filter_hears_answers),
		CLAIM(what_was_granted_is_inherited_by_the_same_filter_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
