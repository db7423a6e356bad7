/*
 * Reload: a configuration that cannot be used changes nothing.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/fake_world.h"

static struct fake_world world;

/* Memory runs short at so many calls of realloc() from now; 0: never. */
static size_t short_at;

/* The linker puts the wrap in the place of realloc() (--wrap). */
void *__real_realloc(void *at, size_t size);
void *__wrap_realloc(void *at, size_t size);

void *__wrap_realloc(void *at, size_t size)
{
	if (short_at > 0 && --short_at == 0) {
		return NULL;
	}
	return __real_realloc(at, size);
}

/* The second of two new CSEs finds no memory, and the first goes with it: the
 * configuration that it is from is freed. */
static void a_cse_of_a_refused_configuration_does_not_stay(void **state)
{
	struct gw_conf *conf = malloc(sizeof(*conf));
	struct gw_conf_cse *cses = calloc(5, sizeof(*cses));

	assert_non_null(conf);
	assert_non_null(cses);
	*conf = world.conf;
	conf->cses = cses;
	conf->n_cses = 5;
	memcpy(cses, world.cses, sizeof(world.cses));
	cses[3] = cses[1];
	cses[3].id = "/id-new";
	cses[4] = cses[1];
	cses[4].id = "/id-newer";
	short_at = 2;
	assert_true(gw_relay_reload(world.relay, conf) < 0);
	free(cses);
	free(conf);
	assert_null(gw_relay_cse(world.relay, 3));
	fake_ask(&world, GW_OP_RETRIEVE, "C1", "/id-new/x");
	assert_ptr_equal(fake_last(&world)->hop.cse, world.in);
}

#define CLAIM(test) FAKE_TEST(test, world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_cse_of_a_refused_configuration_does_not_stay),
	};

	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
