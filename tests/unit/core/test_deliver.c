/* Deliver: where the gateway may connect to, and that it is not itself. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sys/socket.h>

#include "core/deliver.h"
#include "core/lib/net.h"
#include "core/relay_state.h"
#include "tests/support/fake_world.h"

static struct fake_world w;
static const char *networks[] = { "10.0.0.0/8" };
static const char *own_machine[] = { "127.0.0.0/8", "::1" };
static const char *everything[] = { "0.0.0.0/0", "::/0" };

static void allow_one_network(struct fake_world *world)
{
	world->conf.deliver.allow = (struct gw_conf_texts){ networks, 1 };
	world->conf.http.is_on = true;
	world->conf.http.advertise = "near://gw.example:8080/base";
}

static int set_up(void **state)
{
	fake_world_init(&w, allow_one_network);
	return 0;
}

static void allow(const char **texts, size_t n)
{
	w.conf.deliver.allow = (struct gw_conf_texts){ texts, n };
}

static struct gw_hop hop_to(const char *url, const char *host)
{
	return (struct gw_hop){
		.via = gw_relay_binding_for(w.relay, GW_STR("near://x")),
		.url = gw_str_from(url),
		.host = gw_str_from(host),
	};
}

/* Why a registree that came from 192.0.2.9 is not asked there; "" when it may
 * be. */
static const char *why_not(const char *url)
{
	const struct gw_hop hop = hop_to(url, "192.0.2.9");
	const char *why = gw_deliver_objection(&hop);

	return why ? why : "";
}

static void may(const char *url)
{
	assert_string_equal(why_not(url), "");
}

static void may_not(const char *url, const char *containing)
{
	uint64_t n_own = w.relay->counts.n_own;

	if (!strstr(why_not(url), containing)) {
		print_error("%s: \"%s\"\n", url, why_not(url));
	}
	assert_non_null(strstr(why_not(url), containing));
	assert_int_equal(w.relay->counts.n_own > n_own,
			 strcmp(containing, "itself") == 0);
}

static void
delivery_goes_to_the_registering_host_or_an_allowed_network(void **state)
{
	const struct gw_hop anywhere = hop_to("near://127.0.0.1:1", NULL);
	const struct gw_hop nowhere = hop_to("near://192.0.2.9:1", "");

	may("near://192.0.2.9:1");
	may("near://[::ffff:192.0.2.9]:1");
	may("near://10.1.1.1:1");
	may("near://some.name:1");
	may_not("near://192.0.2.8:1", "deliver.allow");
	assert_null(gw_deliver_objection(&anywhere));
	assert_non_null(gw_deliver_objection(&nowhere));
}

static const char *const own_machines[] = {
	"near://127.0.0.1:1",          "near://127.9.9.9:1", "near://[::1]:1",
	"near://[::ffff:127.0.0.1]:1", "near://0.0.0.0:1",   "near://[::]:1"
};

static void nobody_has_the_machine_of_the_gateway_for_its_host(void **state)
{
	for (size_t i = 0; i < sizeof(own_machines) / sizeof(*own_machines);
	     i++) {
		const struct gw_hop hop = hop_to(own_machines[i], "127.0.0.1");
		const char *why = gw_deliver_objection(&hop);

		assert_non_null(why);
		assert_non_null(strstr(why, "deliver.allow"));
		may_not(own_machines[i], "127.0.0.0/8");
	}
}

static void it_is_reached_where_that_is_allowed(void **state)
{
	allow(own_machine, 2);
	for (size_t i = 0; i < 4; i++) {
		may(own_machines[i]);
	}
	may_not(own_machines[4], "deliver.allow");
	allow(everything, 2);
	for (size_t i = 0; i < 6; i++) {
		may(own_machines[i]);
	}
}

/* A listener of ours that is bound here; port 0: none. */
static void listen_at(const char *address, uint16_t port)
{
	w.at.port = port;
	assert_true(gw_net_address_parse(&w.at.address, gw_str_from(address)));
}

static void a_listener_of_ours_is_never_connected_to(void **state)
{
	allow(everything, 2);
	listen_at("10.0.0.1", 80);
	may_not("near://10.0.0.1:80", "itself");
	may_not("near://[::ffff:10.0.0.1]:80/path?query", "itself");
	may("near://10.0.0.1:81");
	may("near://10.0.0.2:80");
	may("near://127.0.0.1:80");
	listen_at("127.0.0.1", 80);
	may_not("near://127.0.0.1:80", "itself");
	may_not("near://0.0.0.0:80", "itself");
	may_not("near://[::ffff:0.0.0.0]:80", "itself");
	may_not("near://localhost:80", "itself");
	may_not("near://LocalHost:80", "itself");
	may("near://127.0.0.2:80");
	may("near://[::]:80");
	listen_at("::1", 80);
	may_not("near://[::]:80", "itself");
	may_not("near://localhost:80", "itself");
}

static void one_at_all_addresses_is_at_each_of_this_machine(void **state)
{
	static const char *const all[] = { "0.0.0.0", "::" };

	allow(everything, 2);
	w.loop.here = "10.0.0.7";
	for (size_t i = 0; i < 2; i++) {
		listen_at(all[i], 80);
		may_not("near://10.0.0.7:80", "itself");
		may_not("near://127.9.9.9:80", "itself");
		may_not("near://0.0.0.0:80", "itself");
		may_not("near://[::]:80", "itself");
		may_not("near://localhost:80", "itself");
		may("near://10.0.0.8:80");
		may("near://10.0.0.7:81");
	}
}

static void who_speaks_another_transport_is_somebody_else(void **state)
{
	struct gw_binding_ops ops;
	struct gw_binding udp;
	struct gw_hop hop = hop_to("near://10.0.0.1:80", "");

	listen_at("10.0.0.1", 80);
	assert_non_null(gw_deliver_objection(&hop));
	ops = *hop.via->ops;
	ops.is_datagram = true;
	udp = *hop.via;
	udp.ops = &ops;
	hop.via = &udp;
	assert_null(gw_deliver_objection(&hop));
}

static void what_is_advertised_is_ours_however_it_is_written(void **state)
{
	allow(everything, 2);
	may_not("near://gw.example:8080", "itself");
	may_not("near://GW.Example:8080/other?x", "itself");
	may_not("near://gw.example.:8080", "itself");
	may("near://gw.example:8081");
	may("near://my.gw.example:8080");
	w.conf.http.advertise = "near://192.0.2.77:8080";
	may_not("near://192.0.2.77:8080", "itself");
	may_not("near://[::ffff:192.0.2.77]:8080", "itself");
	may("near://192.0.2.77:8081");
}

static void over_a_connection_of_theirs_only_we_ourselves_matter(void **state)
{
	struct gw_hop hop = hop_to("far://127.0.0.1:81", "192.0.2.9");

	hop.via = gw_relay_binding_for(w.relay, GW_STR("far://x"));
	assert_null(gw_deliver_objection(&hop));
	listen_at("127.0.0.1", 81);
	assert_non_null(gw_deliver_objection(&hop));
}

/* What stands behind a name. */
static const struct sockaddr_storage *found(const char *first,
					    const char *second)
{
	static struct sockaddr_storage all[2];

	assert_true(gw_net_sockaddr(&all[0], first, 0));
	assert_true(gw_net_sockaddr(&all[1], second, 0));
	return all;
}

static const struct sockaddr_storage *choose(const char **why,
					     const struct gw_hop *hop,
					     const struct sockaddr_storage *all,
					     size_t n)
{
	const struct gw_found known = { .at = all,
					.n = n,
					.why = n == 0 ? "is not known" : NULL };

	return gw_deliver_choose(why, hop, &known);
}

static void of_many_addresses_the_first_allowed_is_chosen(void **state)
{
	const struct gw_hop hop = hop_to("near://name:80", "192.0.2.9");
	const struct sockaddr_storage *all = found("127.0.0.1", "192.0.2.9");
	const char *why = NULL;

	assert_ptr_equal(choose(&why, &hop, all, 2), &all[1]);
	all = found("::ffff:10.1.1.1", "192.0.2.9");
	assert_ptr_equal(choose(&why, &hop, all, 2), &all[0]);
	listen_at("10.1.1.1", 80);
	assert_ptr_equal(choose(&why, &hop, all, 2), &all[1]);
	assert_null(why);
	assert_int_equal(w.relay->counts.n_own, 0);
}

static void expect_none(const struct gw_hop *hop,
			const struct sockaddr_storage *all, size_t n,
			const char *containing)
{
	const char *why = NULL;

	assert_null(choose(&why, hop, all, n));
	assert_non_null(why);
	assert_non_null(strstr(why, containing));
}

static void of_addresses_that_are_not_allowed_none_is_chosen(void **state)
{
	const struct gw_hop hop = hop_to("near://name:80", "192.0.2.9");
	const struct sockaddr_storage strange = { .ss_family = AF_UNIX };

	expect_none(&hop, found("192.0.2.7", "192.0.2.8"), 2, "deliver.allow");
	expect_none(&hop, found("192.0.2.8", "::1"), 2, "127.0.0.0/8");
	expect_none(&hop, NULL, 0, "not known");
	expect_none(&hop, &strange, 1, "deliver.allow");
}

static void a_name_of_ours_is_ours_and_counted_once(void **state)
{
	const struct gw_hop hop = hop_to("near://name:80", "127.0.0.1");

	allow(everything, 2);
	listen_at("::", 80);
	expect_none(&hop, found("127.0.0.1", "::1"), 2, "itself");
	assert_int_equal(w.relay->counts.n_own, 1);
}

static void a_name_that_leads_to_what_is_advertised_is_ours(void **state)
{
	struct gw_hop hop = hop_to("near://name:8080", "");

	allow(everything, 2);
	w.conf.http.advertise = "near://192.0.2.77:8080";
	expect_none(&hop, found("192.0.2.77", "::ffff:192.0.2.77"), 2,
		    "itself");
	assert_int_equal(w.relay->counts.n_own, 1);
}

static void a_cse_is_known_to_be_at_all_that_its_name_leads_to(void **state)
{
	const struct gw_conf_cse conf = { 0 };
	struct gw_cse cse = { .conf = &conf };
	struct gw_hop hop = hop_to("near://name:80", NULL);
	const struct sockaddr_storage *all = found("127.0.0.1", "fd00::9");
	const char *why = NULL;

	hop.cse = &cse;
	expect_none(&hop, NULL, 0, "not known");
	assert_int_equal(cse.n_addresses, 0);
	assert_ptr_equal(choose(&why, &hop, all, 2), &all[0]);
	assert_true(gw_cse_is_at(&cse, GW_STR("127.0.0.1")));
	assert_true(gw_cse_is_at(&cse, GW_STR("fd00:0::9")));
	assert_false(gw_cse_is_at(&cse, GW_STR("127.0.0.2")));
	assert_false(gw_cse_is_at(&cse, (struct gw_str){ 0 }));
}

static void what_was_found_before_counts_no_more(void **state)
{
	const struct gw_conf_cse conf = { 0 };
	struct gw_cse cse = { .conf = &conf };

	gw_cse_found(&cse, found("192.0.2.1", "192.0.2.2"), 2);
	gw_cse_found(&cse, found("192.0.2.2", "192.0.2.2"), 2);
	gw_cse_found(&cse, NULL, 0);
	gw_cse_found(NULL, found("192.0.2.2", "192.0.2.3"), 2);
	assert_int_equal(cse.n_addresses, 1);
	assert_true(gw_cse_is_at(&cse, GW_STR("192.0.2.2")));
	assert_false(gw_cse_is_at(&cse, GW_STR("192.0.2.1")));
}

static void of_very_many_addresses_the_first_are_known(void **state)
{
	const struct gw_conf_cse conf = { 0 };
	struct gw_cse cse = { .conf = &conf };
	struct sockaddr_storage all[GW_CSE_ADDRESSES_MAX + 1];
	char text[32];

	for (int i = 0; i <= GW_CSE_ADDRESSES_MAX; i++) {
		(void)snprintf(text, sizeof(text), "192.0.2.%d", i);
		assert_true(gw_net_sockaddr(&all[i], text, 0));
	}
	gw_cse_found(&cse, all, GW_CSE_ADDRESSES_MAX + 1);
	assert_int_equal(cse.n_addresses, GW_CSE_ADDRESSES_MAX);
	assert_true(gw_cse_is_at(&cse, GW_STR("192.0.2.0")));
	assert_false(gw_cse_is_at(&cse, gw_str_from(text)));
}

#define CASE(test) FAKE_TEST_AFTER(test, set_up, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(delivery_goes_to_the_registering_host_or_an_allowed_network),
		CASE(nobody_has_the_machine_of_the_gateway_for_its_host),
		CASE(it_is_reached_where_that_is_allowed),
		CASE(a_listener_of_ours_is_never_connected_to),
		CASE(one_at_all_addresses_is_at_each_of_this_machine),
		CASE(who_speaks_another_transport_is_somebody_else),
		CASE(what_is_advertised_is_ours_however_it_is_written),
		CASE(over_a_connection_of_theirs_only_we_ourselves_matter),
		CASE(of_many_addresses_the_first_allowed_is_chosen),
		CASE(of_addresses_that_are_not_allowed_none_is_chosen),
		CASE(a_name_of_ours_is_ours_and_counted_once),
		CASE(a_name_that_leads_to_what_is_advertised_is_ours),
		CASE(a_cse_is_known_to_be_at_all_that_its_name_leads_to),
		CASE(what_was_found_before_counts_no_more),
		CASE(of_very_many_addresses_the_first_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
