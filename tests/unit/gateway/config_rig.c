/*
 * Config rig - loads texts as configuration files and compares what is said.
 */

#include "tests/unit/gateway/config_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/config.h"

static void write_file(char path[32], const char *yaml, size_t len)
{
	int fd = -1;

	(void)snprintf(path, 32, "/tmp/m2mgate-config-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	while (len > 0) {
		ssize_t n = write(fd, yaml, len);

		assert_true(n > 0);
		yaml += n;
		len -= (size_t)n;
	}
	close(fd);
}

/* Put what was said into o->said, each file name as "F". */
static void keep_said(struct config_outcome *o, const char *said,
		      const char *path)
{
	size_t len = 0;

	while (*said) {
		if (strncmp(said, path, strlen(path)) == 0) {
			o->said[len++] = 'F';
			said += strlen(path);
		} else {
			o->said[len++] = *said++;
		}
		assert_true(len < sizeof(o->said));
	}
	o->said[len] = '\0';
}

void load_config(struct config_outcome *o, const char *yaml, size_t len)
{
	char path[32];
	char *said = NULL;
	size_t n_said = 0;
	FILE *mistakes = open_memstream(&said, &n_said);

	*o = (struct config_outcome){ 0 };
	write_file(path, yaml, len);
	assert_non_null(mistakes);
	o->error = gw_config_load(&o->config, path, mistakes);
	assert_int_equal(fclose(mistakes), 0);
	keep_said(o, said, path);
	free(said);
	assert_int_equal(unlink(path), 0);
}

void expect_mistake(const char *yaml, const char *said)
{
	struct config_outcome o;

	load_config(&o, yaml, strlen(yaml));
	o.config = gw_config_free(o.config);
	assert_string_equal(o.said, said);
	assert_int_equal(o.error, -EINVAL);
}

void expect_among(const char *yaml, const char *said)
{
	struct config_outcome o;

	load_config(&o, yaml, strlen(yaml));
	if (!strstr(o.said, said)) {
		fail_msg("\"%s\" is not among:\n%s", said, o.said);
	}
	assert_int_equal(o.error, -EINVAL);
}

const struct gw_conf *expect_good(struct config_outcome *o, const char *yaml)
{
	load_config(o, yaml, strlen(yaml));
	assert_string_equal(o->said, "");
	assert_int_equal(o->error, 0);
	return gw_config_conf(o->config);
}
