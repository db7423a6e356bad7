/*
 * Config: what a file means.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "core/profile.h"
#include "gateway/config.h"
#include "gateway/config_schema.h"
#include "tests/unit/gateway/config_rig.h"

static void what_is_not_given_has_its_default(void **state)
{
	struct config_outcome o;
	struct gw_conf defaults;
	const struct gw_conf *conf = expect_good(&o, GOOD);

	gw_conf_init(&defaults);
	assert_string_equal(conf->node.cse_id, "/m2mgate");
	assert_null(conf->node.sp_id);
	assert_true(conf->http.is_on);
	assert_false(conf->ws.is_on);
	assert_int_equal(conf->http.port, 8080);
	assert_int_equal(conf->http.header_ms, 5000);
	assert_memory_equal(&conf->limits, &defaults.limits,
			    sizeof(conf->limits));
	assert_memory_equal(&conf->timeouts, &defaults.timeouts,
			    sizeof(conf->timeouts));
	assert_int_equal(conf->n_cses, 1);
	assert_string_equal(conf->cses[0].name, "-");
	assert_string_equal(conf->cses[0].profile->name, "standard");
	assert_int_equal(conf->cses[0].window, -1);
	assert_int_equal(conf->cses[0].gap_ms, -1);
	assert_int_equal(conf->cses[0].ping_ms, 25000);
	assert_false(conf->cses[0].registers);
	assert_null(conf->registry_file);
	assert_int_equal(conf->log_level, GW_LOG_INFO);
	assert_false(conf->has_json_log);
	gw_config_free(o.config);
}

static const char every_key[] =
	"node: { cse-id: /gw, sp-id: //a.example, name: base }\n"
	"listen:\n"
	"  http:\n"
	"    address: 0.0.0.0\n"
	"    port: 0\n"
	"    advertise: http://gw.example:80\n"
	"    allow-origins: [ 'https://a.example', '*' ]\n"
	"    hosts: [ 'gw.local:81', '[::1]' ]\n"
	"    trust: [ 10.0.0.0/8 ]\n"
	"    connections: 7\n"
	"    connections-per-address: 3\n"
	"    header-timeout: 1s\n"
	"    body-timeout: 2m\n"
	"    idle-timeout: 1h\n"
	"  ws: { address: '::1', port: 9 }\n"
	"  coap: { trust: [ 10.0.0.0/8, '::1' ], sessions: 8 }\n"
	"cses:\n"
	"  - id: /a\n"
	"    name: in\n"
	"    url: ws://[::1]:80/path\n"
	"    profile: acme\n"
	"    default: true\n"
	"    register: true\n"
	"    link: per-originator\n"
	"    own-id-link: off\n"
	"    authorization: Bearer x\n"
	"    headers: [ 'X-API-Key: a:b', 'X-B: c' ]\n"
	"    window: 4\n"
	"    gap: 6ms\n"
	"    from: [ 192.0.2.17, 'fd00::/8' ]\n"
	"    ping: 0s\n"
	"    check: 5s\n"
	"providers:\n"
	"  - { sp-id: //b.example, id: /a, url: 'wss://b.example', "
	"from: [ 10.0.0.0/8 ] }\n"
	"limits: { content: 2MiB, exchanges: 5, share: 1/3, queue: 1GiB, "
	"registrees: 6, links: 7, lookups: 9 }\n"
	"timeouts: { request: 1s, poll: 2s, longest: 4s, connect: 3s, "
	"retry-min: 10ms, retry-max: 20ms, drain: 0s }\n"
	"deliver: { allow: [ 10.0.0.0/8, 'fd00::/8' ] }\n"
	"registry: { file: /tmp/x.db }\n"
	"log: { level: debug, format: json }\n";

static void every_key_of_node_and_listeners_is_read(void **state)
{
	struct config_outcome o;
	const struct gw_conf *conf = expect_good(&o, every_key);

	assert_string_equal(conf->node.sp_id, "//a.example");
	assert_string_equal(conf->http.advertise, "http://gw.example:80");
	assert_int_equal(conf->http.allow_origins.n, 2);
	assert_string_equal(conf->http.allow_origins.at[1], "*");
	assert_int_equal(conf->http.hosts.n, 2);
	assert_string_equal(conf->http.hosts.at[0], "gw.local:81");
	assert_int_equal(conf->http.trust.n, 1);
	assert_int_equal(conf->http.port, 0);
	assert_int_equal(conf->http.connections_per_address, 3);
	assert_int_equal(conf->http.body_ms, 120000);
	assert_int_equal(conf->http.idle_ms, 3600000);
	assert_string_equal(conf->ws.address, "::1");
	assert_int_equal(conf->coap.trust.n, 2);
	assert_string_equal(conf->coap.trust.at[1], "::1");
	assert_int_equal(conf->coap.connections, 8);
	gw_config_free(o.config);
}

static void every_key_of_a_cse_is_read(void **state)
{
	struct config_outcome o;
	const struct gw_conf *conf = expect_good(&o, every_key);

	assert_int_equal(conf->n_cses, 2);
	assert_string_equal(conf->cses[0].profile->name, "acme");
	assert_int_equal(conf->cses[0].link, GW_LINK_PER_ORIGINATOR);
	assert_true(conf->cses[0].lacks_own_id_link);
	assert_false(conf->cses[1].lacks_own_id_link);
	assert_string_equal(conf->cses[0].authorization, "Bearer x");
	assert_int_equal(conf->cses[0].headers.n, 2);
	assert_string_equal(conf->cses[0].headers.at[0], "X-API-Key: a:b");
	assert_int_equal(conf->cses[0].window, 4);
	assert_int_equal(conf->cses[0].gap_ms, 6);
	assert_int_equal(conf->cses[0].ping_ms, 0);
	assert_int_equal(conf->cses[0].from.n, 2);
	assert_string_equal(conf->cses[0].from.at[1], "fd00::/8");
	assert_string_equal(conf->cses[1].sp_id, "//b.example");
	assert_string_equal(conf->cses[1].from.at[0], "10.0.0.0/8");
	assert_false(conf->cses[1].is_default);
	gw_config_free(o.config);
}

static void every_other_key_is_read(void **state)
{
	struct config_outcome o;
	const struct gw_conf *conf = expect_good(&o, every_key);

	assert_int_equal(conf->limits.content_bytes, 2 << 20);
	assert_int_equal(conf->limits.queue_bytes, 1 << 30);
	assert_int_equal(conf->limits.share, 3);
	assert_int_equal(conf->limits.lookups, 9);
	assert_int_equal(conf->timeouts.longest_ms, 4000);
	assert_int_equal(conf->timeouts.drain_ms, 0);
	assert_int_equal(conf->deliver.allow.n, 2);
	assert_string_equal(conf->registry_file, "/tmp/x.db");
	assert_int_equal(conf->log_level, GW_LOG_DEBUG);
	assert_true(conf->has_json_log);
	gw_config_free(o.config);
}

static void the_only_cse_is_the_default(void **state)
{
	struct config_outcome o;
	const struct gw_conf *conf = expect_good(&o, GOOD);

	assert_true(conf->cses[0].is_default);
	gw_config_free(o.config);

	/* A CSE of another provider does not change that. */
	conf = expect_good(&o, GOOD "providers: [ { sp-id: //b, id: /a, "
				    "url: 'ws://b' } ]\n");
	assert_true(conf->cses[0].is_default);
	assert_false(conf->cses[1].is_default);
	gw_config_free(o.config);
}

static void a_section_without_keys_is_all_defaults(void **state)
{
	struct config_outcome o;
	const struct gw_conf *conf = expect_good(
		&o, "listen:\n  http:\n  ws:\nlimits:\nlog:\n"
		    "deliver:\n  allow:\nproviders:\n" GOOD_CSE);

	assert_true(conf->http.is_on);
	assert_true(conf->ws.is_on);
	assert_int_equal(conf->ws.port, 8181);
	gw_config_free(o.config);
}

static void the_embedded_defaults_lead_to_the_sandbox(void **state)
{
	gw_cleanup(gw_config_freep) struct gw_config *c = NULL;

	assert_int_equal(gw_config_load(&c, NULL, stderr), 0);
	const struct gw_conf *conf = gw_config_conf(c);
	assert_true(conf->http.is_on);
	assert_true(conf->ws.is_on);
	assert_string_equal(conf->coap.address, "127.0.0.1");
	assert_int_equal(conf->coap.trust.n, 2);
	assert_string_equal(conf->coap.trust.at[0], "127.0.0.1");
	assert_int_equal(conf->deliver.allow.n, 2);
	assert_string_equal(conf->deliver.allow.at[0], "127.0.0.0/8");
	assert_string_equal(conf->deliver.allow.at[1], "::1");
	assert_string_equal(conf->cses[0].id, "/id-sandbox");
	assert_string_equal(conf->cses[0].url, "ws://127.0.0.1:8180");
	assert_true(conf->cses[0].is_default);
	assert_true(conf->cses[0].registers);
}

static void a_file_without_a_key_is_all_defaults(void **state)
{
	static const char *const yaml[] = { "", "\n", "---\n", "# no key\n" };
	struct config_outcome o;

	for (size_t i = 0; i < sizeof(yaml) / sizeof(*yaml); i++) {
		const struct gw_conf *conf = expect_good(&o, yaml[i]);

		assert_string_equal(conf->node.cse_id, "/m2mgate");
		assert_false(conf->http.is_on);
		assert_int_equal(conf->n_cses, 0);
		gw_config_free(o.config);
	}
}

static void a_large_file_is_refused(void **state)
{
	struct config_outcome o;
	size_t len = (size_t)1024 * 1024 + 1;
	char *yaml = malloc(len);

	assert_non_null(yaml);
	memset(yaml, '#', len);
	load_config(&o, yaml, len);
	free(yaml);
	assert_string_equal(o.said, "F: is larger than 1 MiB\n");
	assert_int_not_equal(o.error, 0);
}

static void a_file_that_cannot_be_read_is_told(void **state)
{
	struct gw_config *c = NULL;
	char *said = NULL;
	size_t n_said = 0;
	FILE *mistakes = open_memstream(&said, &n_said);

	assert_int_equal(gw_config_load(&c, "/nonexistent/x.yaml", mistakes),
			 -ENOENT);
	assert_int_equal(gw_config_load(&c, "/", mistakes), -EISDIR);
	assert_int_equal(fclose(mistakes), 0);
	assert_string_equal(said,
			    "/nonexistent/x.yaml: No such file or directory\n"
			    "/: Is a directory\n");
	free(said);
}

/* Whether the documented file has a line that gives a key, maybe behind a
 * comment sign. */
static bool is_documented(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *hit = strstr(text, key); hit;
	     hit = strstr(hit + 1, key)) {
		if (hit[len] == ':' && hit > text &&
		    strchr(" \n", hit[-1]) != NULL) {
			return true;
		}
	}
	print_error("deploy/m2mgate.yaml lacks %s\n", key);
	return false;
}

static void expect_documented(const char *text,
			      const cyaml_schema_field_t *fields)
{
	for (const cyaml_schema_field_t *f = fields; f->key; f++) {
		const cyaml_schema_value_t *v = &f->value;

		assert_true(is_documented(text, f->key));
		if (v->type == CYAML_SEQUENCE) {
			v = v->sequence.entry;
		}
		if (v->type == CYAML_MAPPING) {
			expect_documented(text, v->mapping.fields);
		}
	}
}

static void the_documented_file_is_good_and_names_every_key(void **state)
{
	const char *path = DOCUMENTED;
	char text[16384] = { 0 };
	struct gw_conf defaults;
	gw_cleanup(gw_config_freep) struct gw_config *c = NULL;
	FILE *f = NULL;

	f = fopen(path, "re");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	(void)fclose(f);
	expect_documented(text, raw_schema.mapping.fields);

	assert_int_equal(gw_config_load(&c, path, stderr), 0);
	const struct gw_conf *conf = gw_config_conf(c);
	gw_conf_init(&defaults);
	assert_memory_equal(&conf->limits, &defaults.limits,
			    sizeof(conf->limits));
	assert_memory_equal(&conf->timeouts, &defaults.timeouts,
			    sizeof(conf->timeouts));
	assert_int_equal(conf->http.port, defaults.http.port);
	assert_int_equal(conf->http.connections, defaults.http.connections);
	assert_int_equal(conf->http.header_ms, defaults.http.header_ms);
	assert_int_equal(conf->http.body_ms, defaults.http.body_ms);
	assert_int_equal(conf->http.idle_ms, defaults.http.idle_ms);
	assert_int_equal(conf->ws.port, defaults.ws.port);
	assert_int_equal(conf->log_level, defaults.log_level);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_given_has_its_default),
		cmocka_unit_test(every_key_of_node_and_listeners_is_read),
		cmocka_unit_test(every_key_of_a_cse_is_read),
		cmocka_unit_test(every_other_key_is_read),
		cmocka_unit_test(the_only_cse_is_the_default),
		cmocka_unit_test(a_section_without_keys_is_all_defaults),
		cmocka_unit_test(the_embedded_defaults_lead_to_the_sandbox),
		cmocka_unit_test(a_file_without_a_key_is_all_defaults),
		cmocka_unit_test(a_large_file_is_refused),
		cmocka_unit_test(a_file_that_cannot_be_read_is_told),
		cmocka_unit_test(
			the_documented_file_is_good_and_names_every_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
