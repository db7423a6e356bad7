#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "bindings/http/http_guard.h"

#define HEAD_MAX 512

/* A head in memory, as libmicrohttpd leaves it behind: what it read, with NULs
 * where it cut.  The pieces are found the way it finds them. */
struct parsed {
	char at[HEAD_MAX];
	struct http_field fields[8];
	struct http_guard_head head;
	char folded[64];
};

static char *cut_line(char **at, const char *read_end, size_t *lenp)
{
	char *line = *at;
	char *end = memchr(line, '\n', (size_t)(read_end - line));

	assert_non_null(end);
	*at = end + 1;
	*end = '\0';
	*lenp = (size_t)(end - line);
	if (end > line && end[-1] == '\r') {
		end[-1] = '\0';
		*lenp -= 1;
	}
	return line;
}

static void cut_field(struct parsed *p, char *line)
{
	char *colon = strchr(line, ':');
	struct http_field *field = &p->fields[p->head.n_fields++];

	assert_non_null(colon);
	*colon++ = '\0';
	while (*colon == ' ' || *colon == '\t') {
		colon++;
	}
	field->name = gw_str_from(line);
	field->value = gw_str_from(colon);
}

/* A folded line is appended to the name of the line before, in other memory:
 * that is what the library does. */
static void fold(struct parsed *p, const char *line)
{
	struct http_field *field = &p->fields[p->head.n_fields - 1];

	(void)snprintf(p->folded, sizeof(p->folded), GW_STR_FMT "%s",
		       GW_STR_ARG(field->name), line + 1);
	field->name = gw_str_from(p->folded);
}

static void parse(struct parsed *p, const char *raw, size_t len)
{
	const char *read_end = p->at + len;
	char *at = p->at;
	char *line = NULL;
	size_t line_len = 0;
	char *target = NULL;
	char *version = NULL;

	memset(p, 0, sizeof(*p));
	assert_true(len < HEAD_MAX);
	memcpy(p->at, raw, len);
	line = cut_line(&at, read_end, &line_len);
	target = memchr(line, ' ', line_len);
	assert_non_null(target);
	version = memrchr(line, ' ', line_len);
	assert_non_null(version);
	*target++ = '\0';
	while (*target == ' ') {
		target++;
	}
	*version++ = '\0';
	p->head.method = line;
	p->head.target = target;
	p->head.target_len = strlen(target);
	p->head.version = version;
	p->head.fields = p->fields;
	for (line = cut_line(&at, read_end, &line_len); line[0];
	     line = cut_line(&at, read_end, &line_len)) {
		if (line[0] == ' ' || line[0] == '\t') {
			fold(p, line);
		} else {
			cut_field(p, line);
		}
	}
	p->head.end = at;
}

static struct http_refusal layout(const char *raw, size_t len)
{
	struct parsed p;
	struct http_values values = { 0 };

	parse(&p, raw, len);
	return http_guard_layout(&values, &p.head);
}

#define LAYOUT(raw) layout(raw, sizeof(raw) - 1)
#define FIRST "GET /p?q=1 HTTP/1.1\r\n"

static void a_clean_head_passes(void **state)
{
	assert_null(LAYOUT(FIRST "\r\n").reason);
	assert_null(
		LAYOUT(FIRST "Host: a\r\nX-A:b\r\nX-B: \t c\r\n\r\n").reason);
	assert_null(LAYOUT(FIRST "Host: a\r\nX-M2M-RTU:\r\n\r\n").reason);
	assert_null(LAYOUT(FIRST "X-A: trailing  \r\n\r\n").reason);
}

static void a_blank_that_libmicrohttpd_misreads_is_refused(void **state)
{
	assert_int_equal(
		LAYOUT(FIRST "Transfer-Encoding: chunked \r\n\r\n").status,
		400);
	assert_int_equal(
		LAYOUT(FIRST "transfer-encoding:chunked\t\r\n\r\n").status,
		400);
	assert_int_equal(LAYOUT(FIRST "Expect: 100-continue \r\n\r\n").status,
			 400);
	assert_null(
		LAYOUT(FIRST "Transfer-Encoding: \t chunked\r\n\r\n").reason);
}

static void a_folded_header_is_seen(void **state)
{
	assert_int_equal(LAYOUT(FIRST "X-A: b\r\n c\r\n\r\n").status, 400);
	assert_int_equal(
		LAYOUT(FIRST "X-A: b\r\n\tc\r\nHost: a\r\n\r\n").status, 400);
	assert_int_equal(
		LAYOUT(FIRST "X-M2M-: CAdmin\r\n Origin\r\n\r\n").status, 400);
}

static void a_nul_in_a_value_is_seen(void **state)
{
	assert_int_equal(LAYOUT(FIRST "X-A: b\0c\r\n\r\n").status, 400);
	assert_int_equal(LAYOUT(FIRST "X-A: b\0\r\n\r\n").status, 400);
	assert_int_equal(LAYOUT(FIRST "X-A: \0\r\n\r\n").status, 400);
	assert_int_equal(LAYOUT(FIRST "X-A: b\0\0c\r\nHost: a\r\n\r\n").status,
			 400);
}

static void a_bare_line_feed_is_seen(void **state)
{
	assert_int_equal(LAYOUT("GET /p HTTP/1.1\nHost: a\r\n\r\n").status,
			 400);
	assert_int_equal(LAYOUT(FIRST "Host: a\nX-A: b\r\n\r\n").status, 400);
	assert_int_equal(LAYOUT(FIRST "Host: a\n\r\n").status, 400);
	assert_int_equal(LAYOUT(FIRST "Host: a\r\n\n").status, 400);
	assert_int_equal(LAYOUT("GET /p HTTP/1.1\nHost: a\n\n").status, 400);
}

static void a_request_line_has_single_blanks(void **state)
{
	assert_int_equal(LAYOUT("GET  /p HTTP/1.1\r\n\r\n").status, 400);
	assert_int_equal(LAYOUT("GET /p\0x HTTP/1.1\r\n\r\n").status, 400);
	assert_int_equal(LAYOUT("G\0T /p HTTP/1.1\r\n\r\n").status, 400);
	assert_int_equal(LAYOUT("GET /p HTTP/1.10\r\n\r\n").status, 400);
}

static void headers_are_tokens_and_text_and_stand_once(void **state)
{
	assert_int_equal(LAYOUT(FIRST "Content-Length : 3\r\n\r\n").status,
			 400);
	assert_int_equal(LAYOUT(FIRST "a(b): 3\r\n\r\n").status, 400);
	assert_int_equal(LAYOUT(FIRST ": 3\r\n\r\n").status, 400);
	assert_int_equal(LAYOUT(FIRST "X-A: b\rc\r\n\r\n").status, 400);
	assert_int_equal(LAYOUT(FIRST "X-A: \x01\r\n\r\n").status, 400);
	assert_int_equal(LAYOUT(FIRST "X-A: \x7f\r\n\r\n").status, 400);
	assert_int_equal(
		LAYOUT(FIRST "X-M2M-RI: 1\r\nx-m2m-ri: 1\r\n\r\n").status, 400);
	assert_int_equal(
		LAYOUT(FIRST "Host: a\r\nX-A: b\r\nhost: a\r\n\r\n").status,
		400);
	assert_null(LAYOUT(FIRST "X-A: a\r\nX-A: b\r\n\r\n").reason);
}

/* What a clean head says. */
struct saying {
	const char *method;
	const char *target;
	const char *version;
	struct http_field fields[2];
	unsigned status; // 0: it passes
};

#define FIELD(name, value)                         \
	{                                          \
		{ (name), sizeof(name) - 1 },      \
		{                                  \
			(value), sizeof(value) - 1 \
		}                                  \
	}
#define HOST FIELD("Host", "a:80")

/* What heads say, and the status of the refusal; 0 for none. */
static const struct saying cases[] = {
	{ "GET", "/p", "HTTP/1.1", { HOST }, 0 },
	{ "GET", "/p", "HTTP/1.0", { HOST }, 0 },
	{ "GET", "http://A:80/p", "HTTP/1.1", { HOST }, 0 },
	{ "OPTIONS", "*", "HTTP/1.1", { HOST }, 0 },
	{ "POST", "/p", "HTTP/1.1", { HOST, FIELD("Content-Length", "3") }, 0 },
	{ "POST",
	  "/p",
	  "HTTP/1.1",
	  { HOST, FIELD("Transfer-Encoding", "Chunked") },
	  0 },
	{ "POST",
	  "/p",
	  "HTTP/1.1",
	  { HOST, FIELD("Expect", "100-Continue") },
	  0 },
	{ "GET", "/p", "HTTP/1.1", { FIELD("X-A", "b") }, 400 },
	{ "GET", "/p", "HTTP/1.2", { HOST }, 505 },
	{ "GET", "/p", "HTTP/2.0", { HOST }, 505 },
	{ "G(T", "/p", "HTTP/1.1", { HOST }, 400 },
	{ "GET", "http://b/p", "HTTP/1.1", { HOST }, 400 },
	{ "GET", "https://a:80/p", "HTTP/1.1", { HOST }, 400 },
	{ "GET", "p", "HTTP/1.1", { HOST }, 400 },
	{ "GET", "", "HTTP/1.1", { HOST }, 400 },
	{ "GET", "/p q", "HTTP/1.1", { HOST }, 400 },
	{ "GET", "/p#f", "HTTP/1.1", { HOST }, 400 },
	{ "GET", "/\xff", "HTTP/1.1", { HOST }, 400 },
	{ "GET", "/p", "HTTP/1.1", { FIELD("Host", "a b") }, 400 },
	{ "GET", "/p", "HTTP/1.1", { FIELD("Host", "a/b") }, 400 },
	{ "GET", "/p", "HTTP/1.1", { FIELD("Host", "u@a") }, 400 },
	{ "POST",
	  "/p",
	  "HTTP/1.1",
	  { HOST, FIELD("Content-Length", "+3") },
	  400 },
	{ "POST",
	  "/p",
	  "HTTP/1.1",
	  { HOST, FIELD("Content-Length", "0x3") },
	  400 },
	{ "POST",
	  "/p",
	  "HTTP/1.1",
	  { HOST, FIELD("Content-Length", "3, 3") },
	  400 },
	{ "POST",
	  "/p",
	  "HTTP/1.1",
	  { HOST, FIELD("Content-Length", "") },
	  400 },
	{ "POST",
	  "/p",
	  "HTTP/1.1",
	  { HOST, FIELD("Transfer-Encoding", "gzip, chunked") },
	  501 },
	{ "POST",
	  "/p",
	  "HTTP/1.1",
	  { HOST, FIELD("Transfer-Encoding", "xchunked") },
	  501 },
	{ "POST",
	  "/p",
	  "HTTP/1.0",
	  { HOST, FIELD("Transfer-Encoding", "chunked") },
	  400 },
	{ "POST", "/p", "HTTP/1.1", { HOST, FIELD("Expect", "pony") }, 417 },
	{ "POST",
	  "/p",
	  "HTTP/1.0",
	  { FIELD("Content-Length", "3"),
	    FIELD("Transfer-Encoding", "chunked") },
	  400 },
};

static void what_a_head_says_is_checked(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct saying *c = &cases[i];
		struct http_values values = { 0 };
		struct gw_str target = gw_str_from(c->target);
		struct http_refusal refusal;

		for (size_t f = 0; f < 2; f++) {
			assert_true(http_values_take(&values, c->fields[f]));
		}
		refusal = http_guard_meaning(&target, &values,
					     gw_str_from(c->method),
					     gw_str_from(c->version));
		assert_int_equal(refusal.status, c->status);
		assert_int_equal(refusal.reason != NULL, c->status != 0);
	}
}

static void an_absolute_target_becomes_a_path(void **state)
{
	struct http_values values = { 0 };
	struct http_field host = HOST;
	struct gw_str target = GW_STR("http://a:80/p?q");

	assert_true(http_values_take(&values, host));
	assert_null(http_guard_meaning(&target, &values, GW_STR("GET"),
				       GW_STR("HTTP/1.1"))
			    .reason);
	assert_true(gw_str_is(target, "/p?q"));
}

/* A chunked body of "ab" and "cd" in one read: what lies around the pieces. */
static bool passes(const char *before, const char *between, const char *behind)
{
	char read[128];
	struct http_chunks chunks;
	const char *ab = read + strlen(before);
	const char *cd = ab + 2 + strlen(between);
	bool is_good = true;

	memset(read, 0, sizeof(read));
	(void)snprintf(read, sizeof(read), "%sab%scd%s", before, between,
		       behind);
	http_chunks_begin(&chunks, read);
	is_good = http_chunks_piece(&chunks, 7, ab, 2);
	is_good = http_chunks_piece(&chunks, 7, cd, 2) && is_good;
	return http_chunks_end(&chunks, 7) && is_good;
}

static void a_clean_frame_passes(void **state)
{
	assert_true(passes("2\r\n", "\r\n2\r\n", "\r\n0\r\n\r\n"));
	assert_true(passes("2;a=b\r\n", "\r\n02;c\r\n", "\r\n0;d\r\n\r\n"));
	assert_true(passes("\r\n2\r\n", "\r\n2\r\n", "\r\n000000000000000000"));
	assert_true(passes("", "\r\n2\r\n", "\r\n0\r\n\r\n"));
}

static void a_bare_line_feed_in_the_frame_is_seen(void **state)
{
	assert_false(passes("2\n", "\r\n2\r\n", "\r\n0\r\n\r\n"));
	assert_false(passes("\n2\r\n", "\r\n2\r\n", "\r\n0\r\n\r\n"));
	assert_false(passes("2\r\n", "\n2\r\n", "\r\n0\r\n\r\n"));
	assert_false(passes("2\r\n", "\r\n2\n", "\r\n0\r\n\r\n"));
	assert_false(passes("2\r\n", "\r\n2;a\rb\r\n", "\r\n0\r\n\r\n"));
	assert_false(passes("2\r\n", "\r\n2\r\n", "\n0\r\n\r\n"));
	assert_false(passes("2\r\n", "\r\n2\r\n", "\r\n0\n\r\n"));
}

static void what_came_with_another_read_is_not_judged(void **state)
{
	char read[64] = "cd\n0\r\n\r\n";
	struct http_chunks chunks;

	http_chunks_begin(&chunks, read);
	assert_true(http_chunks_piece(&chunks, 1, read, 2));
	assert_true(http_chunks_end(&chunks, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clean_head_passes),
		cmocka_unit_test(
			a_blank_that_libmicrohttpd_misreads_is_refused),
		cmocka_unit_test(a_folded_header_is_seen),
		cmocka_unit_test(a_nul_in_a_value_is_seen),
		cmocka_unit_test(a_bare_line_feed_is_seen),
		cmocka_unit_test(a_request_line_has_single_blanks),
		cmocka_unit_test(headers_are_tokens_and_text_and_stand_once),
		cmocka_unit_test(what_a_head_says_is_checked),
		cmocka_unit_test(an_absolute_target_becomes_a_path),
		cmocka_unit_test(a_clean_frame_passes),
		cmocka_unit_test(a_bare_line_feed_in_the_frame_is_seen),
		cmocka_unit_test(what_came_with_another_read_is_not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
