/*
 * URL - what stands between a scheme and a fragment.
 */

#include "core/lib/url.h"

#include <stdio.h>

#include "core/lib/net.h"

#define MARK GW_STR("://")

/* Beside letters and digits, which are the same everywhere (RFC 3986 2). */
#define IN_HOST "-._~"
#define IN_USER "-._~!$&'()*+,;=:%"
#define IN_REST "-._~!$&'()*+,;=:@/?[]%"

static const char no_url[] = "is no URL such as ws://127.0.0.1:8180";
static const char no_character[] = "holds a blank or a character that no URL "
				   "holds";

static const struct {
	const char *scheme;
	uint16_t port;
} usual_ports[] = {
	{ "http", 80 },   { "https", 443 },  { "ws", 80 },
	{ "wss", 443 },   { "coap", 5683 },  { "coaps", 5684 },
	{ "mqtt", 1883 }, { "mqtts", 8883 },
};

static uint16_t usual_port(struct gw_str scheme)
{
	for (size_t i = 0; i < sizeof(usual_ports) / sizeof(*usual_ports);
	     i++) {
		if (gw_str_eq_nocase(scheme,
				     gw_str_from(usual_ports[i].scheme))) {
			return usual_ports[i].port;
		}
	}
	return 0;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') ||
	       (c >= 'a' && c <= 'f');
}

static bool holds_only(struct gw_str s, const char *marks)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!is_alnum(s.at[i]) &&
		    (s.at[i] == '\0' || !strchr(marks, s.at[i]))) {
			return false;
		}
	}
	return true;
}

static bool is_visible(struct gw_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] <= ' ' || s.at[i] > '~') {
			return false;
		}
	}
	return true;
}

/* Whether each % is followed by two hexadecimal digits. */
static bool has_good_escapes(struct gw_str s)
{
	size_t at = gw_str_find(s, '%');

	while (at < s.len) {
		if (s.len - at < 3 || !is_hex(s.at[at + 1]) ||
		    !is_hex(s.at[at + 2])) {
			return false;
		}
		s = gw_str_skip(s, at + 3);
		at = gw_str_find(s, '%');
	}
	return true;
}

/* Where the first of these letters is, or the end. */
static size_t find_any(struct gw_str s, const char *letters)
{
	size_t n = s.len;

	for (; *letters; letters++) {
		n = gw_str_find(gw_str_head(s, n), *letters);
	}
	return n;
}

static bool is_scheme(struct gw_str s)
{
	return s.len > 0 && is_alnum(s.at[0]) && s.at[0] > '9' &&
	       holds_only(s, "+-.");
}

/* [address][:port]: the host, and what follows the bracket. */
static const char *cut_bracketed(struct gw_url *url, struct gw_str *rest)
{
	static const char *const none = "has brackets that hold no IPv6 "
					"address";
	size_t n = gw_str_find(*rest, ']');
	struct gw_net_address numeric;

	if (n == rest->len) {
		return none;
	}
	url->host = gw_str_skip(gw_str_head(*rest, n), 1);
	*rest = gw_str_skip(*rest, n + 1);
	return gw_net_address_parse(&numeric, url->host) &&
			       gw_str_find(url->host, ':') < url->host.len
		       ? NULL
		       : none;
}

static const char *cut_host(struct gw_url *url, struct gw_str *rest)
{
	size_t n = gw_str_find(*rest, ':');

	if (gw_str_starts(*rest, GW_STR("["))) {
		return cut_bracketed(url, rest);
	}
	url->host = gw_str_head(*rest, n);
	*rest = gw_str_skip(*rest, n);
	if (rest->len > 0 &&
	    gw_str_find(gw_str_skip(*rest, 1), ':') < rest->len - 1) {
		return "has an IPv6 address without brackets";
	}
	if (url->host.len == 0) {
		return "has no host";
	}
	if (url->host.len > GW_URL_HOST_MAX) {
		return "has a host of more than 255 characters";
	}
	return holds_only(url->host, IN_HOST) ? NULL : no_character;
}

/* A colon without a port, which RFC 3986 lets stand, is a slip. */
static const char *read_authority(struct gw_url *url)
{
	struct gw_str rest = url->authority;
	const char *reason = cut_host(url, &rest);
	uint64_t port = url->port;

	if (reason) {
		return reason;
	}
	if (rest.len > 0 &&
	    (rest.at[0] != ':' ||
	     !gw_str_number(&port, gw_str_skip(rest, 1), UINT16_MAX) ||
	     port == 0)) {
		return "has a port that is none: 1 to 65535";
	}
	url->port = (uint16_t)port;
	return NULL;
}

/* Cut path, query and fragment apart. */
static const char *read_rest(struct gw_url *url, struct gw_str rest)
{
	size_t n = gw_str_find(rest, '#');

	url->target = gw_str_head(rest, n);
	url->fragment = n < rest.len ? gw_str_skip(rest, n + 1)
				     : (struct gw_str){ 0 };
	n = gw_str_find(url->target, '?');
	url->path = gw_str_head(url->target, n);
	url->query = n < url->target.len ? gw_str_skip(url->target, n + 1)
					 : (struct gw_str){ 0 };
	if (!holds_only(url->target, IN_REST)) {
		return no_character;
	}
	return has_good_escapes(url->target)
		       ? NULL
		       : "holds a % without two hexadecimal digits behind it";
}

static const char *read_parts(struct gw_url *url, struct gw_str text)
{
	size_t n = gw_str_find(text, ':');
	struct gw_str rest = { 0 };
	const char *reason = NULL;

	*url = (struct gw_url){ .scheme = gw_str_head(text, n) };
	if (!is_scheme(url->scheme)) {
		return no_url;
	}
	rest = gw_str_skip(text, n);
	if (!gw_str_starts(rest, MARK)) {
		return no_url;
	}
	if (!is_visible(rest)) {
		return no_character;
	}
	url->port = usual_port(url->scheme);
	rest = gw_str_skip(rest, MARK.len);
	n = find_any(rest, "/?#");
	url->authority = gw_str_head(rest, n);
	reason = read_rest(url, gw_str_skip(rest, n));
	if (reason) {
		return reason;
	}
	n = gw_str_find(url->authority, '@');
	if (n < url->authority.len) {
		url->user = gw_str_head(url->authority, n);
		url->authority = gw_str_skip(url->authority, n + 1);
	}
	if (!holds_only(url->user, IN_USER) || !has_good_escapes(url->user)) {
		return no_character;
	}
	return read_authority(url);
}

const char *gw_url_read(struct gw_url *url, struct gw_str text)
{
	struct gw_url parsed;
	const char *reason = read_parts(&parsed, text);

	if (!reason) {
		*url = parsed;
	}
	return reason;
}

bool gw_url_parse(struct gw_url *url, struct gw_str text)
{
	return gw_url_read(url, text) == NULL;
}

bool gw_url_parse_authority(struct gw_url *url, struct gw_str text)
{
	struct gw_url parsed = { .authority = text };

	if (read_authority(&parsed)) {
		return false;
	}
	*url = parsed;
	return true;
}

bool gw_url_has_scheme(const struct gw_url *url, const char *scheme)
{
	return gw_str_eq_nocase(url->scheme, gw_str_from(scheme));
}

/* Where the last @ is that may end a user's name, or the end.  In what is no
 * URL each of them may. */
static size_t find_user_end(struct gw_str text)
{
	struct gw_url url;
	size_t at = text.len;

	if (gw_url_parse(&url, text)) {
		return gw_str_is_present(url.user)
			       ? (size_t)(url.authority.at - text.at) - 1
			       : text.len;
	}
	for (size_t i = 0; i < text.len; i++) {
		at = text.at[i] == '@' ? i : at;
	}
	return at;
}

void gw_url_print(char *to, size_t size, struct gw_str text)
{
	size_t end = find_user_end(text);
	size_t n = gw_str_find(text, ':');
	struct gw_str scheme = { 0 };

	if (end == text.len) {
		(void)snprintf(to, size, GW_STR_FMT, GW_STR_ARG(text));
		return;
	}
	if (n < end && gw_str_starts(gw_str_skip(text, n), MARK)) {
		scheme = gw_str_head(text, n + MARK.len);
	}
	(void)snprintf(to, size, GW_STR_FMT "***" GW_STR_FMT,
		       GW_STR_ARG(scheme), GW_STR_ARG(gw_str_skip(text, end)));
}
