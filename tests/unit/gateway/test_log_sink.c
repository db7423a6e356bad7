/*
 * Log sink: lines as people and programs read them, and the rate limit.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cJSON.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/log_limit.h"
#include "gateway/log_sink.h"

static const char *print(char line[GW_LOG_LINE_BYTES + 1], const char *message,
			 bool has_json)
{
	size_t len = gw_log_print(line,
				  &(struct gw_log_entry){
					  .ms = 1795428000123,
					  .level = GW_LOG_INFO,
					  .topic = "http",
					  .event = "listening",
					  .message = message,
				  },
				  has_json);

	assert_true(len <= GW_LOG_LINE_BYTES);
	line[len] = '\0';
	return line;
}

static void expect_text(const char *message, const char *wanted)
{
	char line[GW_LOG_LINE_BYTES + 1];
	const char *head = "2026-11-23T10:00:00.123Z info  http listening: ";

	print(line, message, false);
	assert_memory_equal(line, head, strlen(head));
	assert_string_equal(line + strlen(head), wanted);
}

static void expect_json(const char *message, const char *wanted)
{
	char line[GW_LOG_LINE_BYTES + 1];
	const char *head = "{\"ts\":\"2026-11-23T10:00:00.123Z\","
			   "\"level\":\"info\",\"topic\":\"http\","
			   "\"event\":\"listening\",\"msg\":\"";

	print(line, message, true);
	assert_memory_equal(line, head, strlen(head));
	assert_string_equal(line + strlen(head), wanted);
	cJSON *json = cJSON_Parse(line);
	assert_non_null(json);
	cJSON_Delete(json);
}

static void a_text_line_reads_as_documented(void **state)
{
	expect_text("HTTP on 127.0.0.1:8080", "HTTP on 127.0.0.1:8080\n");
	expect_text("", "\n");
}

static void a_json_line_reads_as_documented(void **state)
{
	expect_json("HTTP on 127.0.0.1:8080", "HTTP on 127.0.0.1:8080\"}\n");
	expect_json("", "\"}\n");
}

static void a_line_feed_cannot_forge_a_line(void **state)
{
	expect_text("a\nb\r\tc", "a\\x0ab\\x0d\\x09c\n");
	expect_json("a\nb\r\tc", "a\\u000ab\\u000d\\u0009c\"}\n");
}

static void terminals_are_not_told_anything(void **state)
{
	expect_text("\x1b[2J\x7f", "\\x1b[2J\\x7f\n");
	expect_text("\xc2\x9b"
		    "2J",
		    "\\x9b2J\n");
	expect_json("\xc2\x9b"
		    "2J",
		    "\\u009b2J\"}\n");
}

static void utf8_crosses_and_what_is_none_is_escaped(void **state)
{
	expect_text("K\xc3\xb6ln \xf0\x9f\x98\x80",
		    "K\xc3\xb6ln \xf0\x9f\x98\x80\n");
	expect_text("\xff|\xc0\xaf|\xed\xa0\x80|\xe2\x82",
		    "\\xff|\\xc0\\xaf|\\xed\\xa0\\x80|\\xe2\\x82\n");
	expect_json("K\xc3\xb6ln \xff", "K\xc3\xb6ln \\ufffd\"}\n");
	expect_json("\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd\"}\n");
}

static void quotes_do_not_end_a_json_text(void **state)
{
	expect_json("\"}, \\", "\\\"}, \\\\\"}\n");
	expect_text("say \"x\\y\"", "say \"x\\y\"\n");
}

static void the_longest_message_fits(void **state)
{
	char line[GW_LOG_LINE_BYTES + 1];
	char message[1024];

	memset(message, '"', sizeof(message));
	message[sizeof(message) - 1] = '\0';
	print(line, message, true);
	assert_int_equal(strlen(strstr(line, "\"msg\"")), 7 + 2 * 1023 + 3);
}

static void of_controls_what_fits_is_written(void **state)
{
	char line[GW_LOG_LINE_BYTES + 1];
	char message[1024];

	memset(message, '\x01', sizeof(message));
	message[sizeof(message) - 1] = '\0';
	print(line, message, true);
	assert_string_equal(line + strlen(line) - 9, "\\u0001\"}\n");
}

static void fifty_lines_of_an_event_a_second_pass(void **state)
{
	struct gw_log_limit limit = { 0 };
	struct gw_log_event told;

	for (int i = 0; i < 50; i++) {
		assert_true(gw_log_limit_allows(&limit, GW_LOG_WARN, "http",
						"refused", 5000 + i));
	}
	assert_false(gw_log_limit_allows(&limit, GW_LOG_WARN, "http", "refused",
					 5900));
	assert_false(gw_log_limit_allows(&limit, GW_LOG_WARN, "http", "refused",
					 5999));
	assert_false(gw_log_limit_next(&limit, &told, 5999));
	assert_true(gw_log_limit_allows(&limit, GW_LOG_WARN, "ws", "refused",
					5999));

	assert_true(gw_log_limit_next(&limit, &told, 6000));
	assert_string_equal(told.topic, "http");
	assert_string_equal(told.event, "refused");
	assert_int_equal(told.level, GW_LOG_WARN);
	assert_int_equal(told.n_suppressed, 2);
	assert_false(gw_log_limit_next(&limit, &told, 6000));
	assert_true(gw_log_limit_allows(&limit, GW_LOG_WARN, "http", "refused",
					6000));
}

static void a_suppressed_count_is_written(void **state)
{
	char line[GW_LOG_LINE_BYTES + 1] = { 0 };
	struct gw_log_entry entry = { .topic = "http",
				      .event = "refused",
				      .level = GW_LOG_WARN,
				      .message = "more of the same",
				      .n_suppressed = 12 };

	(void)gw_log_print(line, &entry, false);
	assert_string_equal(line, "1970-01-01T00:00:00.000Z warn  http refused:"
				  " more of the same suppressed=12\n");
	memset(line, 0, sizeof(line));
	(void)gw_log_print(line, &entry, true);
	assert_non_null(strstr(line, "\"suppressed\":12,"));
}

static void the_journal_gets_priorities_and_stamps_by_itself(void **state)
{
	static const struct {
		enum gw_log_level level;
		const char *line;
	} all[] = {
		{ GW_LOG_ERROR, "<3>http listening: on 80\n" },
		{ GW_LOG_WARN, "<4>http listening: on 80\n" },
		{ GW_LOG_INFO, "<6>http listening: on 80\n" },
		{ GW_LOG_DEBUG, "<7>http listening: on 80\n" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		char line[GW_LOG_LINE_BYTES + 1] = { 0 };
		struct gw_log_entry entry = { .topic = "http",
					      .event = "listening",
					      .level = all[i].level,
					      .message = "on 80" };

		(void)gw_log_print(line, &entry, GW_LOG_FOR_JOURNAL);
		assert_string_equal(line, all[i].line);
		(void)gw_log_print(line, &entry,
				   GW_LOG_FOR_JOURNAL | GW_LOG_AS_JSON);
		assert_memory_equal(line, all[i].line, 3);
		assert_memory_equal(line + 3, "{\"ts\":", 6);
	}
}

static void the_journal_is_known_by_its_stream(void **state)
{
	int ends[2];
	struct stat st;
	char name[64];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fstat(ends[1], &st), 0);
	(void)snprintf(name, sizeof(name), "%ju:%ju", (uintmax_t)st.st_dev,
		       (uintmax_t)st.st_ino);
	assert_true(gw_log_is_journal(name, ends[1]));
	assert_false(gw_log_is_journal("8:1", ends[1]));
	assert_false(gw_log_is_journal("", ends[1]));
	assert_false(gw_log_is_journal(NULL, ends[1]));
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_false(gw_log_is_journal(name, ends[1]));
}

/* The line of an entry with these fields. */
static const char *print_fields(char line[GW_LOG_LINE_BYTES + 1],
				const struct gw_log_field *fields, size_t n,
				bool has_json)
{
	const struct gw_log_entry entry = { .topic = "exchange",
					    .event = "failed",
					    .level = GW_LOG_INFO,
					    .message = "why",
					    .fields = fields,
					    .n_fields = n };
	size_t len = gw_log_print(line, &entry, has_json);

	assert_true(len <= GW_LOG_LINE_BYTES);
	line[len] = '\0';
	return line;
}

static void fields_stand_behind_the_sentence_or_are_members(void **state)
{
	const struct gw_log_field fields[] = {
		{ .name = "peer", .text = GW_STR("192.0.2.9") },
		{ .name = "to", .text = GW_STR("a b=\"c\\\n") },
		{ .name = "fr", .text = GW_STR("") },
		{ .name = "rsc", .n = 4004 },
	};
	char line[GW_LOG_LINE_BYTES + 1];

	print_fields(line, fields, 4, false);
	assert_string_equal(line + 25,
			    "info  exchange failed: why peer=192.0.2.9 "
			    "to=\"a b=\\\"c\\\\\\x0a\" fr=\"\" "
			    "rsc=4004\n");
	print_fields(line, fields, 4, true);
	assert_non_null(strstr(line, "\"event\":\"failed\","
				     "\"peer\":\"192.0.2.9\","
				     "\"to\":\"a b=\\\"c\\\\\\u000a\","
				     "\"fr\":\"\",\"rsc\":4004,"
				     "\"msg\":\"why\"}\n"));
}

/* What does not fit is left out, and the line stays a line. */
static void fields_without_end_leave_a_whole_line(void **state)
{
	char line[GW_LOG_LINE_BYTES + 1];
	char text[4096];
	struct gw_log_field fields[20];
	cJSON *json = NULL;

	memset(text, '\x01', sizeof(text));
	for (size_t i = 0; i < 20; i++) {
		fields[i] = (struct gw_log_field){
			.name = "to",
			.text = { .at = text, .len = sizeof(text) },
		};
	}
	print_fields(line, fields, 20, true);
	json = cJSON_Parse(line);
	assert_non_null(json);
	assert_string_equal(
		cJSON_GetStringValue(cJSON_GetObjectItem(json, "msg")), "why");
	assert_non_null(cJSON_GetObjectItem(json, "to"));
	cJSON_Delete(json);
	print_fields(line, fields, 20, false);
	assert_non_null(strstr(line, "why to=\\x01"));
	assert_int_equal(line[strlen(line) - 1], '\n');
}

/* Two pages: where one is free there is room for a line. */
#define PIPE_BYTES 8192

/* Standard error is a small pipe while a test runs; reader is its other
 * end. */
static int reader = -1;
static int kept_stderr = -1;

static int set_up_pipe(void **state)
{
	int ends[2] = { -1, -1 };

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
	kept_stderr = dup(STDERR_FILENO);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	(void)close(ends[1]);
	reader = ends[0];
	gw_log_sink_use(GW_LOG_INFO, false);
	assert_true(fcntl(STDERR_FILENO, F_SETPIPE_SZ, PIPE_BYTES) >= 0);
	return 0;
}

static int tear_down_pipe(void **state)
{
	gw_log_use(NULL, GW_LOG_ERROR);
	(void)dup2(kept_stderr, STDERR_FILENO);
	(void)close(kept_stderr);
	(void)close(reader);
	return 0;
}

/* Take what is in the pipe. */
static char *take(char *text, size_t size)
{
	ssize_t n = 0;
	size_t len = 0;

	while (len + 1 < size &&
	       (n = read(reader, text + len, size - 1 - len)) > 0) {
		len += (size_t)n;
	}
	text[len] = '\0';
	return text;
}

/* The loop writes these lines, and everybody waits for the loop. */
static void a_reader_that_stalls_stops_nobody(void **state)
{
	static char text[2 * PIPE_BYTES];

	(void)alarm(20); // ends the test where it would wait for ever
	for (int i = 0; i < 49; i++) {
		gw_log(GW_LOG_INFO, "test", "first", "%0100d", i);
		gw_log(GW_LOG_INFO, "test", "second", "%0100d", i);
	}
	(void)alarm(0);
	take(text, sizeof(text));
	assert_non_null(strstr(text, "test first: 0"));
	assert_null(strstr(text, "log lost"));
	assert_int_equal(text[strlen(text) - 1], '\n');
	gw_log(GW_LOG_INFO, "test", "third", "there is room again");
	take(text, sizeof(text));
	assert_non_null(strstr(text, "warn  log lost: "));
	assert_non_null(strstr(text, "lines are lost"));
	assert_non_null(strstr(text, "test third: there is room again\n"));
	gw_log(GW_LOG_INFO, "test", "fourth", "and nothing was lost since");
	assert_null(strstr(take(text, sizeof(text)), "lost: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_line_reads_as_documented),
		cmocka_unit_test(a_json_line_reads_as_documented),
		cmocka_unit_test(a_line_feed_cannot_forge_a_line),
		cmocka_unit_test(terminals_are_not_told_anything),
		cmocka_unit_test(utf8_crosses_and_what_is_none_is_escaped),
		cmocka_unit_test(quotes_do_not_end_a_json_text),
		cmocka_unit_test(the_longest_message_fits),
		cmocka_unit_test(of_controls_what_fits_is_written),
		cmocka_unit_test(fifty_lines_of_an_event_a_second_pass),
		cmocka_unit_test(
			fields_stand_behind_the_sentence_or_are_members),
		cmocka_unit_test(fields_without_end_leave_a_whole_line),
		cmocka_unit_test(a_suppressed_count_is_written),
		cmocka_unit_test(
			the_journal_gets_priorities_and_stamps_by_itself),
		cmocka_unit_test(the_journal_is_known_by_its_stream),
		cmocka_unit_test_setup_teardown(
			a_reader_that_stalls_stops_nobody, set_up_pipe,
			tear_down_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
