#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/lib/net.h"
#include "core/lib/url.h"

#define N_MADE 20000

static const struct {
	const char *text;
	const char *user; // NULL: none
	const char *host;
	const char *authority;
	unsigned port;
	const char *path;
	const char *query;    // NULL: none
	const char *fragment; // NULL: none
} good[] = {
	{ "ws://h", NULL, "h", "h", 80, "", NULL, NULL },
	{ "WSS://H:8443/a/b?c=d#e", NULL, "H", "H:8443", 8443, "/a/b", "c=d",
	  "e" },
	{ "http://192.0.2.1", NULL, "192.0.2.1", "192.0.2.1", 80, "", NULL,
	  NULL },
	{ "https://u:p%40@[2001:db8::1]:81/", "u:p%40", "2001:db8::1",
	  "[2001:db8::1]:81", 81, "/", NULL, NULL },
	{ "coap://[::1]?x", NULL, "::1", "[::1]", 5683, "", "x", NULL },
	{ "coaps://h#", NULL, "h", "h", 5684, "", NULL, "" },
	{ "mqtt://h//C1?", NULL, "h", "h", 1883, "//C1", "", NULL },
	{ "mqtts://h/@/:?/?#/id-in|^", NULL, "h", "h", 8883, "/@/:", "/?",
	  "/id-in|^" },
	{ "far+1.x-y://a_b-c.d~:65535/%7e", NULL, "a_b-c.d~", "a_b-c.d~:65535",
	  65535, "/%7e", NULL, NULL },
	{ "http://@h/a[0]?b[1]=[]", "", "h", "h", 80, "/a[0]", "b[1]=[]",
	  NULL },
	{ "other://h", NULL, "h", "h", 0, "", NULL, NULL },
};

static const struct {
	const char *text;
	const char *reason;
} bad[] = {
	{ "", "is no URL such as ws://127.0.0.1:8180" },
	{ "127.0.0.1:8180", "is no URL such as ws://127.0.0.1:8180" },
	{ "ws:", "is no URL such as ws://127.0.0.1:8180" },
	{ "ws:/h", "is no URL such as ws://127.0.0.1:8180" },
	{ "://h", "is no URL such as ws://127.0.0.1:8180" },
	{ "1a://h", "is no URL such as ws://127.0.0.1:8180" },
	{ "a_b://h", "is no URL such as ws://127.0.0.1:8180" },
	{ "ws://", "has no host" },
	{ "ws:///x", "has no host" },
	{ "ws://:80", "has no host" },
	{ "ws://u@", "has no host" },
	{ "ws://?q", "has no host" },
	{ "ws://h:", "has a port that is none: 1 to 65535" },
	{ "ws://h:0", "has a port that is none: 1 to 65535" },
	{ "ws://h:65536", "has a port that is none: 1 to 65535" },
	{ "ws://h:8x", "has a port that is none: 1 to 65535" },
	{ "ws://[::1]x", "has a port that is none: 1 to 65535" },
	{ "ws://::1:80", "has an IPv6 address without brackets" },
	{ "ws://[::1", "has brackets that hold no IPv6 address" },
	{ "ws://[]", "has brackets that hold no IPv6 address" },
	{ "ws://[h]", "has brackets that hold no IPv6 address" },
	{ "ws://[127.0.0.1]", "has brackets that hold no IPv6 address" },
	{ "ws://[fe80::1%25eth0]", "has brackets that hold no IPv6 address" },
	{ "ws://a b", "holds a blank or a character that no URL holds" },
	{ "ws://a/\r", "holds a blank or a character that no URL holds" },
	{ "ws://a/\xc3\xa4", "holds a blank or a character that no URL holds" },
	{ "ws://a\\b", "holds a blank or a character that no URL holds" },
	{ "ws://a/\"", "holds a blank or a character that no URL holds" },
	{ "ws://a/?{}", "holds a blank or a character that no URL holds" },
	{ "ws://a/# ", "holds a blank or a character that no URL holds" },
	{ "ws://u@v@h", "holds a blank or a character that no URL holds" },
	{ "ws://u|@h", "holds a blank or a character that no URL holds" },
	{ "ws://%31", "holds a blank or a character that no URL holds" },
	{ "ws://a/%", "holds a % without two hexadecimal digits behind it" },
	{ "ws://a/%4", "holds a % without two hexadecimal digits behind it" },
	{ "ws://a?%4x", "holds a % without two hexadecimal digits behind it" },
};

static void expect_part(struct gw_str part, const char *wanted)
{
	assert_int_equal(gw_str_is_present(part), wanted != NULL);
	assert_true(gw_str_is(part, wanted));
}

static void a_url_comes_apart(void **state)
{
	struct gw_url url;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_null(gw_url_read(&url, gw_str_from(good[i].text)));
		assert_true(gw_url_parse(&url, gw_str_from(good[i].text)));
		expect_part(url.user, good[i].user);
		expect_part(url.host, good[i].host);
		expect_part(url.authority, good[i].authority);
		assert_int_equal(url.port, good[i].port);
		expect_part(url.path, good[i].path);
		expect_part(url.query, good[i].query);
		expect_part(url.fragment, good[i].fragment);
	}
	assert_true(gw_url_parse(&url, GW_STR("Http://h/a?b#c")));
	assert_true(gw_str_is(url.target, "/a?b"));
	assert_true(gw_url_has_scheme(&url, "http"));
	assert_false(gw_url_has_scheme(&url, "https"));
}

static void what_is_no_url_is_told_by_its_reason(void **state)
{
	struct gw_url url;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct gw_str text = gw_str_from(bad[i].text);

		assert_string_equal(gw_url_read(&url, text), bad[i].reason);
		assert_false(gw_url_parse(&url, text));
	}
	assert_false(gw_url_parse(&url, (struct gw_str){ "ws://h\0x", 8 }));
	assert_false(gw_url_parse(&url, (struct gw_str){ 0 }));
}

static void a_host_has_a_bound(void **state)
{
	char text[5 + GW_URL_HOST_MAX + 2] = "ws://";
	struct gw_url url;

	memset(text + 5, 'a', GW_URL_HOST_MAX);
	assert_true(gw_url_parse(&url, gw_str_from(text)));
	text[5 + GW_URL_HOST_MAX] = 'a';
	assert_string_equal(gw_url_read(&url, gw_str_from(text)),
			    "has a host of more than 255 characters");
}

static void an_authority_may_stand_alone(void **state)
{
	struct gw_url url;

	assert_true(gw_url_parse_authority(&url, GW_STR("gw.local")));
	assert_int_equal(url.port, 0);
	assert_true(gw_url_parse_authority(&url, GW_STR("[::1]:80")));
	assert_true(gw_str_is(url.host, "::1"));
	assert_int_equal(url.port, 80);
	assert_false(gw_url_parse_authority(&url, GW_STR("u@h")));
	assert_false(gw_url_parse_authority(&url, GW_STR("h/x")));
	assert_false(gw_url_parse_authority(&url, GW_STR("")));
}

static void what_logs_in_is_not_shown(void **state)
{
	static const struct {
		const char *text;
		const char *shown;
	} cases[] = {
		{ "http://h/a@b", "http://h/a@b" },
		{ "http://me:secret@h/x@y", "http://***@h/x@y" },
		{ "mqtt://me:se cret@h", "mqtt://***@h" },
		{ "mqtt://me:se/cr@et@h:1", "mqtt://***@h:1" },
		{ "me:secret@h", "***@h" },
		{ "ftp", "ftp" },
		{ "", "" },
	};
	char shown[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		gw_url_print(shown, sizeof(shown), gw_str_from(cases[i].text));
		assert_string_equal(shown, cases[i].shown);
	}
	gw_url_print(shown, 8, GW_STR("http://h/abc"));
	assert_string_equal(shown, "http://");
}

/* --- Beside a parser that nobody here wrote. */

static void expect_curl_part(CURLU *curl, CURLUPart part, struct gw_str ours)
{
	char *theirs = NULL;

	if (curl_url_get(curl, part, &theirs, 0) == CURLUE_OK) {
		assert_true(gw_str_is(ours, theirs));
	} else {
		/* It does not tell what is empty from what is absent. */
		assert_int_equal(ours.len, 0);
	}
	curl_free(theirs);
}

/* Numbers that only some take for addresses, such as 127.1, become such. */
static void expect_curl_host(CURLU *curl, struct gw_str ours)
{
	char *text = NULL;
	struct gw_str theirs;
	struct gw_net_address a;
	struct gw_net_address b;

	assert_int_equal(curl_url_get(curl, CURLUPART_HOST, &text, 0),
			 CURLUE_OK);
	theirs = gw_str_from(text);
	if (theirs.at[0] == '[') {
		theirs = gw_str_head(gw_str_skip(theirs, 1), theirs.len - 2);
	}
	if (gw_net_address_parse(&a, theirs)) {
		assert_true(!gw_net_address_parse(&b, ours) ||
			    gw_net_address_eq(&a, &b));
	} else {
		assert_true(gw_str_eq_nocase(ours, theirs));
	}
	curl_free(text);
}

static void expect_same_by_curl(const struct gw_url *url, const char *text)
{
	CURLU *curl = curl_url();
	char *port = NULL;

	assert_int_equal(
		curl_url_set(curl, CURLUPART_URL, text,
			     CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS),
		CURLUE_OK);
	expect_curl_host(curl, url->host);
	expect_curl_part(curl, CURLUPART_QUERY, url->query);
	expect_curl_part(curl, CURLUPART_FRAGMENT, url->fragment);
	expect_curl_part(curl, CURLUPART_PATH,
			 url->path.len > 0 ? url->path : GW_STR("/"));
	if (curl_url_get(curl, CURLUPART_PORT, &port, 0) == CURLUE_OK) {
		assert_int_equal(strtoul(port, NULL, 10), url->port);
	}
	curl_free(port);
	curl_url_cleanup(curl);
}

/* A text of pieces that URLs are made of, in any order. */
static void make(char *to, size_t size)
{
	static const char *const pieces[] = {
		"h", "a.b",  "1",  "127.0.0.1", "[::1]", "[",    "]",
		":", ":80",  "/",  "?",         "#",     "@",    "u:p@",
		"%", "%41",  "..", "//",        "\\",    "-",    "_",
		"~", "&c=d", ";",  " ",         "x",     "\xc3",
	};
	size_t len = (size_t)snprintf(to, size, "%s",
				      rand() % 8 ? "http://h" : "coap://");

	for (int n = rand() % 8; n > 0; n--) {
		len += (size_t)snprintf(
			to + len, size - len, "%s",
			pieces[(size_t)rand() %
			       (sizeof(pieces) / sizeof(*pieces))]);
	}
}

static void what_is_taken_is_read_as_libcurl_reads_it(void **state)
{
	struct gw_url url;
	size_t n_good = 0;
	char text[128];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_true(gw_url_parse(&url, gw_str_from(good[i].text)));
		expect_same_by_curl(&url, good[i].text);
	}
	srand(1);
	for (size_t i = 0; i < N_MADE; i++) {
		make(text, sizeof(text));
		if (gw_url_parse(&url, gw_str_from(text))) {
			n_good++;
			expect_same_by_curl(&url, text);
		}
	}
	assert_in_range(n_good, N_MADE / 20, N_MADE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_comes_apart),
		cmocka_unit_test(what_is_no_url_is_told_by_its_reason),
		cmocka_unit_test(a_host_has_a_bound),
		cmocka_unit_test(an_authority_may_stand_alone),
		cmocka_unit_test(what_logs_in_is_not_shown),
		cmocka_unit_test(what_is_taken_is_read_as_libcurl_reads_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
