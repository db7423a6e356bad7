/*
 * Config files: what is said of the files that a configuration names.
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
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/config.h"
#include "gateway/file.h"
#include "tests/unit/gateway/config_rig.h"

#define BROKER(key, file) \
	GOOD "brokers:\n  - url: mqtts://h\n    " key ": " file "\n"

static char folder[] = "/tmp/m2mgate-files-XXXXXX";

static int make_folder(void **state)
{
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)unlink("text");
	return chdir("/") == 0 ? rmdir(folder) : -1;
}

static void write_text(const char *text)
{
	FILE *f = fopen("text", "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void a_certificate_is_one(void **state)
{
	write_text("-----BEGIN CERTIFICATE-----\nAAAA\n"
		   "-----END CERTIFICATE-----\n");
	expect_mistake(BROKER("ca", "text"),
		       "F:7: brokers[0].ca: \"text\" holds no certificate in "
		       "PEM\n");
	expect_mistake(BROKER("certificate", "text"),
		       "F:7: brokers[0].certificate: \"text\" holds no "
		       "certificate in PEM\n");
	write_text("");
	expect_mistake(BROKER("ca", "text"),
		       "F:7: brokers[0].ca: \"text\" holds no certificate in "
		       "PEM\n");
}

static void what_cannot_be_read_is_told_with_its_reason(void **state)
{
	expect_mistake(BROKER("ca", "none"),
		       "F:7: brokers[0].ca: \"none\" cannot be read: No such "
		       "file or directory\n");
	expect_mistake(BROKER("ca", "/"),
		       "F:7: brokers[0].ca: \"/\" cannot be read: Is a "
		       "directory\n");
	expect_mistake(
		BROKER("ca", "/dev/zero"),
		"F:7: brokers[0].ca: \"/dev/zero\" cannot be read: it is "
		"a pipe or a device\n");
}

static void a_key_needs_a_certificate(void **state)
{
	expect_mistake(BROKER("key", "none"),
		       "F:7: brokers[0].key: \"none\" is a key without a "
		       "certificate\n");
}

static void the_folder_of_the_registry_is_there(void **state)
{
	struct config_outcome o;

	expect_mistake(GOOD "registry: { file: none/x.db }\n",
		       "F:5: registry.file: \"none/x.db\" is in a folder where "
		       "the gateway cannot write: No such file or directory\n");
	expect_mistake(GOOD "registry: { file: /proc/none.db/x.db }\n",
		       "F:5: registry.file: \"/proc/none.db/x.db\" is in a "
		       "folder where the gateway cannot write: No such file or "
		       "directory\n");
	(void)expect_good(&o, GOOD "registry: { file: x.db }\n");
	gw_config_free(o.config);
	(void)expect_good(&o, GOOD "registry: { file: ./x.db }\n");
	gw_config_free(o.config);
}

static void a_file_is_read_up_to_a_bound(void **state)
{
	char *text = NULL;
	size_t n = 0;

	write_text("12345");
	assert_int_equal(gw_file_read_named(&text, &n, "text", 5), 0);
	assert_int_equal(n, 5);
	assert_string_equal(text, "12345");
	free(text);
	text = NULL;
	assert_int_equal(gw_file_read_named(&text, &n, "text", 4), -EFBIG);
	assert_null(text);
	assert_int_equal(gw_file_read(&text, &n, "none", 4), -ENOENT);
	assert_int_equal(gw_file_read(&text, &n, "/dev/zero", 100000), -EFBIG);
	assert_null(text);
}

static void a_warning_is_no_mistake(void **state)
{
	struct config_outcome o;
	char *said = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&said, &n);

	assert_non_null(to);
	(void)expect_good(&o, "listen: { ws: { }, http: { address: '::' },\n"
			      "  coap: { address: 127.8.8.8 } }\n" GOOD_CSE);
	gw_config_warn(o.config, "F", to);
	assert_int_equal(fclose(to), 0);
	assert_string_equal(said,
			    "F:1: listen.http.address: warning: whoever can "
			    "reach :: may speak for any device: nothing is "
			    "encrypted here, and nobody is asked for a "
			    "password\n");
	free(said);
	gw_config_free(o.config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_is_one),
		cmocka_unit_test(what_cannot_be_read_is_told_with_its_reason),
		cmocka_unit_test(a_key_needs_a_certificate),
		cmocka_unit_test(the_folder_of_the_registry_is_there),
		cmocka_unit_test(a_file_is_read_up_to_a_bound),
		cmocka_unit_test(a_warning_is_no_mistake),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
