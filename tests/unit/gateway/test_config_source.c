/*
 * Config source: values from the environment, and secrets in files of their
 * own.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/conf.h"
#include "gateway/config.h"
#include "gateway/config_source.h"
#include "tests/unit/gateway/config_rig.h"

#define BROKER GOOD "brokers:\n  - url: mqtt://h\n"

static char folder[] = "/tmp/m2mgate-secret-XXXXXX";

static int prepare(void **state)
{
	assert_int_equal(setenv("GW_TEST_NAME", "id-gw", 1), 0);
	assert_int_equal(setenv("GW_TEST_PORT", "8090", 1), 0);
	assert_int_equal(setenv("GW_TEST_SECRET", "s3c${r}$3t", 1), 0);
	assert_int_equal(setenv("GW_TEST_EMPTY", "", 1), 0);
	assert_int_equal(setenv("GW_TEST_LINES", "a\nb", 1), 0);
	assert_int_equal(unsetenv("GW_TEST_NONE"), 0);
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int clean(void **state)
{
	(void)unlink("secret");
	return chdir("/") == 0 ? rmdir(folder) : -1;
}

static void write_secret(const char *at, size_t n)
{
	FILE *f = fopen("secret", "we");

	assert_non_null(f);
	assert_int_equal(fwrite(at, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void any_value_may_come_from_the_environment(void **state)
{
	struct config_outcome o;
	const struct gw_conf *conf = expect_good(
		&o, "node: { cse-id: '/${GW_TEST_NAME}' }\n"
		    "listen:\n"
		    "  http:\n"
		    "    port: ${GW_TEST_PORT}\n"
		    "    hosts: [ 'gw-${GW_TEST_NAME}:${GW_TEST_PORT}' ]\n"
		    "deliver:\n"
		    "  allow:\n"
		    "    - 10.0.0.0/8\n" GOOD_CSE
		    "    authorization: Bearer ${GW_TEST_SECRET}\n");

	assert_string_equal(conf->node.cse_id, "/id-gw");
	assert_int_equal(conf->http.port, 8090);
	assert_string_equal(conf->http.hosts.at[0], "gw-id-gw:8090");
	assert_string_equal(conf->deliver.allow.at[0], "10.0.0.0/8");
	assert_string_equal(conf->cses[0].authorization, "Bearer s3c${r}$3t");
	gw_config_free(o.config);
}

static void a_dollar_alone_is_itself(void **state)
{
	struct config_outcome o;
	const struct gw_conf *conf = expect_good(
		&o, BROKER "    user: $a$$b{$}$\n"
			   "    password: $${x}$$${GW_TEST_PORT}$\n");

	assert_string_equal(conf->brokers[0].user, "$a$$b{$}$");
	assert_string_equal(conf->brokers[0].password, "${x}$${GW_TEST_PORT}$");
	gw_config_free(o.config);
}

static void what_is_not_set_is_a_mistake(void **state)
{
	expect_mistake(
		BROKER "    password: a${GW_TEST_NONE}\n",
		"F:7: brokers[0].password: \"a${GW_TEST_NONE}\" names an "
		"environment variable that is not set: GW_TEST_NONE\n");
	expect_mistake(GOOD "deliver:\n  allow:\n    - ${GW_TEST_NONE}\n",
		       "F:7: deliver.allow[0]: \"${GW_TEST_NONE}\" names an "
		       "environment variable that is not set: GW_TEST_NONE\n");
}

static void what_is_no_value_is_a_mistake(void **state)
{
	expect_mistake(BROKER "    password: ${GW_TEST_EMPTY}\n",
		       "F:7: brokers[0].password: \"${GW_TEST_EMPTY}\" is "
		       "empty\n");
	expect_mistake(BROKER "    password: ${GW_TEST_LINES}\n",
		       "F:7: brokers[0].password: \"${GW_TEST_LINES}\" holds a "
		       "control character\n");
}

static void a_name_that_is_none_is_a_mistake(void **state)
{
	static const char *const texts[] = { "${",     "${}", "${1A}",
					     "${A-B}", "${A", "${A:-b}",
					     "x${ A}" };
	char yaml[256];
	char said[256];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		(void)snprintf(yaml, sizeof(yaml),
			       BROKER "    password: '%s'\n", texts[i]);
		(void)snprintf(said, sizeof(said),
			       "F:7: brokers[0].password: \"%s\" has a ${ that "
			       "begins no name of an environment variable such "
			       "as ${NAME}; $${ writes it as it stands\n",
			       texts[i]);
		expect_mistake(yaml, said);
	}
}

/* What a variable holds may be a secret that stands in the wrong place. */
static void a_mistake_shows_the_name_and_not_the_value(void **state)
{
	expect_mistake(GOOD "    profile: ${GW_TEST_SECRET}\n",
		       "F:5: cses[0].profile: \"${GW_TEST_SECRET}\" is none of "
		       "standard, acme, mobius, tinyiot\n");
	expect_mistake(GOOD "deliver:\n  allow: [ '${GW_TEST_SECRET}' ]\n",
		       "F:6: deliver.allow[0]: \"${GW_TEST_SECRET}\" is no "
		       "network such as 10.0.0.0/8 or fd00::/8\n");
	expect_mistake(
		"listen: { http: { advertise: '${GW_TEST_SECRET}' } }\n" GOOD_CSE,
		"F:1: listen.http.advertise: \"${GW_TEST_SECRET}\" is no "
		"URL such as ws://127.0.0.1:8180\n");
}

static void expect_password(const char *content, size_t n, const char *wanted)
{
	struct config_outcome o;
	const struct gw_conf *conf = NULL;

	write_secret(content, n);
	conf = expect_good(&o, BROKER "    password-file: secret\n");
	assert_string_equal(conf->brokers[0].password, wanted);
	gw_config_free(o.config);
}

static void a_secret_may_be_in_a_file(void **state)
{
	struct config_outcome o;
	const struct gw_conf *conf = NULL;
	char longest[GW_SECRET_BYTES_MAX + 1] = "";

	expect_password("s3cret", 6, "s3cret");
	expect_password("s3cret\n", 7, "s3cret");
	expect_password("s3cret\r\n", 8, "s3cret");
	expect_password(" a ${B} \n", 9, " a ${B} ");
	memset(longest, 'x', GW_SECRET_BYTES_MAX);
	expect_password(longest, GW_SECRET_BYTES_MAX, longest);
	write_secret("Bearer x\n", 9);
	assert_int_equal(setenv("GW_TEST_FOLDER", folder, 1), 0);
	conf = expect_good(
		&o, GOOD "    authorization-file: ${GW_TEST_FOLDER}/secret\n");
	assert_string_equal(conf->cses[0].authorization, "Bearer x");
	gw_config_free(o.config);
}

static void expect_secret_mistake(const char *content, size_t n,
				  const char *reason)
{
	char said[256];

	write_secret(content, n);
	(void)snprintf(said, sizeof(said),
		       "F:7: brokers[0].password-file: \"secret\" %s\n",
		       reason);
	expect_mistake(BROKER "    password-file: secret\n", said);
}

static void what_is_no_secret_is_a_mistake(void **state)
{
	static const char large[GW_SECRET_BYTES_MAX + 1];

	expect_secret_mistake("", 0, "is empty");
	expect_secret_mistake("\n", 1, "is empty");
	expect_secret_mistake("a\nb\n", 4, "holds a control character");
	expect_secret_mistake("a\0b", 3, "holds a control character");
	expect_secret_mistake(large, sizeof(large),
			      "cannot be read: it is too large");
	expect_mistake(GOOD "    authorization-file: none\n",
		       "F:5: cses[0].authorization-file: \"none\" cannot be "
		       "read: No such file or directory\n");
	write_secret("Bearer \xc3\xa4", 9);
	expect_mistake(GOOD "    authorization-file: secret\n",
		       "F:5: cses[0].authorization-file: holds what no header "
		       "may hold\n");
}

static void a_secret_is_given_once(void **state)
{
	write_secret("x", 1);
	expect_mistake(
		BROKER "    password-file: secret\n    password: y\n",
		"F:7: brokers[0].password-file: \"secret\" stands beside "
		"brokers[0].password: give one\n");
	expect_mistake(GOOD "    authorization: y\n"
			    "    authorization-file: secret\n",
		       "F:6: cses[0].authorization-file: \"secret\" stands "
		       "beside cses[0].authorization: give one\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_value_may_come_from_the_environment),
		cmocka_unit_test(a_dollar_alone_is_itself),
		cmocka_unit_test(what_is_not_set_is_a_mistake),
		cmocka_unit_test(what_is_no_value_is_a_mistake),
		cmocka_unit_test(a_name_that_is_none_is_a_mistake),
		cmocka_unit_test(a_mistake_shows_the_name_and_not_the_value),
		cmocka_unit_test(a_secret_may_be_in_a_file),
		cmocka_unit_test(what_is_no_secret_is_a_mistake),
		cmocka_unit_test(a_secret_is_given_once),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
