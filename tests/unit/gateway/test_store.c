/*
 * Store: registrations outlive the process, and what becomes of the file.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <glob.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/store.h"
#include "tests/support/fake_world.h"

static struct fake_world w;
static char directory[] = "/tmp/test-store-XXXXXX";
static char path[64];

static int make_directory(void **state)
{
	if (!mkdtemp(directory)) {
		return -1;
	}
	(void)snprintf(path, sizeof(path), "%s/registry.db", directory);
	return 0;
}

static size_t remove_all(const char *ending)
{
	char pattern[96];
	glob_t found;
	size_t n = 0;

	(void)snprintf(pattern, sizeof(pattern), "%s/%s", directory, ending);
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (n = 0; n < found.gl_pathc; n++) {
			(void)unlink(found.gl_pathv[n]);
		}
	}
	globfree(&found);
	return n;
}

static int remove_directory(void **state)
{
	(void)remove_all("*");
	return rmdir(directory);
}

static struct gw_store *open_store(void)
{
	struct gw_store *s = NULL;

	assert_int_equal(gw_store_new(&s, path), 0);
	assert_int_equal(gw_store_attach(s, w.relay), 0);
	return s;
}

static void close_store(struct gw_store *s)
{
	gw_registry_keep(gw_relay_registry(w.relay), NULL);
	gw_store_free(s);
	fake_world_deinit(&w);
}

static void registrations_outlive_the_process(void **state)
{
	struct gw_registree *r = NULL;
	struct gw_store *s = NULL;

	fake_world_init(&w, NULL);
	s = open_store();
	fake_register(&w, "C1", "[\"near://192.0.2.9/a\"]");
	fake_register(&w, "C2", NULL);
	fake_ask(&w, GW_OP_DELETE, "C2", "C2");
	fake_answer(&w, GW_STATUS_DELETED, NULL);
	close_store(s);

	fake_world_init(&w, NULL);
	s = open_store();
	assert_int_equal(gw_registry_count(gw_relay_registry(w.relay)), 1);
	r = gw_registry_find(gw_relay_registry(w.relay), w.in, GW_STR("C1"));
	assert_non_null(r);
	assert_true(gw_str_is(r->poa, "[\"near://192.0.2.9/a\"]"));
	assert_true(gw_str_is(r->name, "C1-name"));
	assert_string_equal(r->host, "192.0.2.9");
	close_store(s);
}

static void the_file_is_for_its_owner_only(void **state)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_file_in_use_is_refused(void **state)
{
	struct gw_store *first = NULL;
	struct gw_store *second = NULL;

	assert_int_equal(gw_store_new(&first, path), 0);
	assert_int_equal(gw_store_new(&second, path), -EBUSY);
	assert_null(second);
	gw_store_free(first);
}

static void a_damaged_file_is_set_aside(void **state)
{
	struct gw_store *s = NULL;
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	for (int i = 0; i < 1000; i++) {
		assert_true(fputs("this is no database\n", f) >= 0);
	}
	assert_int_equal(fclose(f), 0);
	fake_world_init(&w, NULL);
	s = open_store();
	assert_int_equal(gw_registry_count(gw_relay_registry(w.relay)), 0);
	close_store(s);
	assert_int_equal(remove_all("*.corrupt-*"), 1);
}

static void a_file_that_cannot_be_opened_is_no_damage(void **state)
{
	struct gw_store *s = NULL;
	char other[96];

	(void)snprintf(other, sizeof(other), "%s/nowhere/x.db", directory);
	assert_int_equal(gw_store_new(&s, other), -EIO);
	assert_int_equal(gw_store_new(&s, directory), -EIO);
	assert_null(s);
	assert_int_equal(access(directory, R_OK), 0);
}

static void a_file_that_all_may_read_is_closed_to_them(void **state)
{
	struct gw_store *s = NULL;

	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(gw_store_new(&s, path), 0);
	the_file_is_for_its_owner_only(state);
	gw_store_free(s);
}

static void run_sql(const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int count(void *arg, int n_columns, char **values, char **names)
{
	*(long *)arg = strtol(values[0], NULL, 10);
	return 0;
}

static void what_has_expired_is_not_granted_and_not_kept(void **state)
{
	sqlite3 *db = NULL;
	struct gw_store *s = NULL;
	long n = -1;

	fake_world_init(&w, NULL);
	s = open_store();
	fake_register(&w, "C7", NULL);
	fake_register(&w, "C8", NULL);
	close_store(s);
	run_sql("UPDATE registree SET expires = 1 WHERE id = 'C7'");

	fake_world_init(&w, NULL);
	s = open_store();
	assert_null(gw_registry_find(gw_relay_registry(w.relay), w.in,
				     GW_STR("C7")));
	assert_non_null(gw_registry_find(gw_relay_registry(w.relay), w.in,
					 GW_STR("C8")));
	close_store(s);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "SELECT count(*) FROM registree WHERE "
				      "id = 'C7'",
				      count, &n, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(n, 0);
}

static void rows_of_an_unknown_cse_are_left_alone(void **state)
{
	struct gw_store *s = NULL;

	run_sql("UPDATE registree SET cse = '/id-gone' WHERE id = 'C8'");
	fake_world_init(&w, NULL);
	s = open_store();
	assert_null(gw_registry_find(gw_relay_registry(w.relay), NULL,
				     GW_STR("C8")));
	close_store(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registrations_outlive_the_process),
		cmocka_unit_test(the_file_is_for_its_owner_only),
		cmocka_unit_test(a_file_in_use_is_refused),
		cmocka_unit_test(a_damaged_file_is_set_aside),
		cmocka_unit_test(a_file_that_cannot_be_opened_is_no_damage),
		cmocka_unit_test(a_file_that_all_may_read_is_closed_to_them),
		cmocka_unit_test(what_has_expired_is_not_granted_and_not_kept),
		cmocka_unit_test(rows_of_an_unknown_cse_are_left_alone),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
