/*
 * Options: the words behind a command, and what is said about wrong ones.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/commands.h"
#include "gateway/near.h"
#include "gateway/options.h"

#define N_MANY 2

static const char *config;
static const char *many[N_MANY];
static size_t n_many;
static const char *word;
static bool flag;

/* Read words with standard error and output going to `said`. */
static bool read_words(char said[512], int *exit_codep, const char *const *all,
		       bool has_word)
{
	const struct gw_option options[] = {
		{ .name = "--config", .letter = "-c", .value = &config },
		{ .name = "--many",
		  .value = many,
		  .n_values_max = N_MANY,
		  .n_values = &n_many },
		{ .name = "--flag", .letter = "-f", .flag = &flag },
		{ .name = NULL },
	};
	const struct gw_usage usage = { .command = "try",
					.help = "usage: try\n",
					.options = options,
					.word = has_word ? &word : NULL,
					.word_name = "FILE" };
	static char copies[8][32];
	char *words[8] = { NULL };
	FILE *old_err = stderr;
	FILE *old_out = stdout;
	bool goes_on = false;

	config = NULL;
	word = NULL;
	flag = false;
	n_many = 0;
	for (size_t i = 0; all[i]; i++) {
		(void)snprintf(copies[i], 32, "%s", all[i]);
		words[i] = copies[i];
	}
	memset(said, 0, 512);
	stderr = fmemopen(said, 511, "w");
	assert_non_null(stderr);
	stdout = stderr;
	goes_on = gw_options_read(exit_codep, words, &usage);
	(void)fclose(stderr);
	stderr = old_err;
	stdout = old_out;
	return goes_on;
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void expect_wrong(const char *const *all, bool has_word,
			 const char *wanted)
{
	char said[512];
	char whole[512];
	int exit_code = -1;

	assert_false(read_words(said, &exit_code, all, has_word));
	assert_int_equal(exit_code, GW_EXIT_USAGE);
	(void)snprintf(whole, sizeof(whole),
		       "m2mgate try: %s\n"
		       "m2mgate try --help tells how it is used\n",
		       wanted);
	assert_string_equal(said, whole);
}

static void values_stand_behind_their_option_or_its_sign(void **state)
{
	char said[512];
	int exit_code = -1;

	assert_true(read_words(said, &exit_code, WORDS("-c", "a"), false));
	assert_string_equal(config, "a");
	assert_true(
		read_words(said, &exit_code, WORDS("--config", "-"), false));
	assert_string_equal(config, "-");
	assert_true(read_words(said, &exit_code,
			       WORDS("--many=x=1", "--many", "y=2"), false));
	assert_int_equal(n_many, 2);
	assert_string_equal(many[0], "x=1");
	assert_string_equal(many[1], "y=2");
	assert_string_equal(said, "");
}

static void a_flag_has_no_value(void **state)
{
	char said[512];
	int exit_code = -1;

	assert_true(read_words(said, &exit_code, WORDS("-f", "a"), true));
	assert_true(flag);
	assert_string_equal(word, "a");
	assert_true(read_words(said, &exit_code, WORDS("a", "--flag"), true));
	assert_true(flag);
	expect_wrong(WORDS("--flag=yes"), false, "--flag takes no value");
}

static void a_word_may_look_like_an_option_behind_two_dashes(void **state)
{
	char said[512];
	int exit_code = -1;

	assert_true(
		read_words(said, &exit_code, WORDS("--", "--config"), true));
	assert_string_equal(word, "--config");
	assert_true(read_words(said, &exit_code, WORDS("-"), true));
	assert_string_equal(word, "-");
}

static void help_is_printed_wherever_it_is_asked_for(void **state)
{
	char said[512];
	int exit_code = -1;

	assert_false(read_words(said, &exit_code, WORDS("x", "--help"), true));
	assert_int_equal(exit_code, GW_EXIT_DONE);
	assert_string_equal(said, "usage: try\n");
}

static void wrong_words_are_told_with_what_may_be_meant(void **state)
{
	expect_wrong(WORDS("--confg", "a"), false,
		     "there is no option \"--confg\"; is it --config?");
	expect_wrong(WORDS("--something-else"), false,
		     "there is no option \"--something-else\"");
	expect_wrong(WORDS("--config"), false,
		     "--config needs a value behind it");
	expect_wrong(WORDS("-c", "a", "--config", "b"), false,
		     "--config stands more than 1 time");
	expect_wrong(WORDS("--many", "a", "--many", "b", "--many", "c"), false,
		     "--many stands more than 2 times");
	expect_wrong(WORDS("a"), false, "\"a\" is one word too many");
	expect_wrong(WORDS("a", "b"), true, "\"b\" is one word too many");
	expect_wrong(WORDS("-c", "a"), true, "FILE is missing");
}

static void the_nearest_word_is_found_and_no_far_one(void **state)
{
	static const char *const list[] = { "run", "check", "sandbox", "send" };

	assert_string_equal(gw_near("checks", list, 4), "check");
	assert_string_equal(gw_near("sned", list, 4), "send");
	assert_string_equal(gw_near("Sandbox", list, 4), "sandbox");
	assert_null(gw_near("start", list, 4));
	assert_null(gw_near("x", list, 4));
	assert_null(gw_near("", list, 4));
	assert_null(gw_near("a very long word that is no word at all, not even "
			    "nearly",
			    list, 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_stand_behind_their_option_or_its_sign),
		cmocka_unit_test(a_flag_has_no_value),
		cmocka_unit_test(
			a_word_may_look_like_an_option_behind_two_dashes),
		cmocka_unit_test(help_is_printed_wherever_it_is_asked_for),
		cmocka_unit_test(wrong_words_are_told_with_what_may_be_meant),
		cmocka_unit_test(the_nearest_word_is_found_and_no_far_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
