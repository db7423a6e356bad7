/*
 * Guard - what libmicrohttpd lets through and RFC 9112 does not.
 */

#include "bindings/http/http_guard.h"

#define VERSION_LEN 8

static const struct http_refusal clean = { 0 };

static struct http_refusal bad(const char *reason)
{
	return (struct http_refusal){ 400, reason };
}

static bool is_visible(struct gw_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] <= ' ' || s.at[i] >= 0x7f) {
			return false;
		}
	}
	return true;
}

static bool has_controls(struct gw_str s)
{
	for (size_t i = gw_str_printable(s); i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if ((c < ' ' && c != '\t') || c == 0x7f) {
			return true;
		}
	}
	return false;
}

/* Whether a line end, as libmicrohttpd leaves it, is at this place. */
static bool ends_line(const char *at, const char *end)
{
	return end - at >= 2 && at[0] == '\0' && at[1] == '\0';
}

/* The end of the request line, or NULL when its pieces do not stand one behind
 * the other. */
static const char *walk_request_line(const struct http_guard_head *head)
{
	const char *version_end = head->version + VERSION_LEN;

	if (head->method + strlen(head->method) + 1 != head->target ||
	    head->target + head->target_len + 1 != head->version ||
	    strlen(head->version) != VERSION_LEN ||
	    !ends_line(version_end, head->end)) {
		return NULL;
	}
	return version_end + 2;
}

/* The end of a header line that begins at this place, or NULL. */
static const char *walk_line(const struct http_field *field, const char *at,
			     const char *end)
{
	const char *value = at + field->name.len + 1;

	if (field->name.at != at) {
		return NULL;
	}
	while (value < end && (*value == ' ' || *value == '\t')) {
		value++;
	}
	if (field->value.at != value ||
	    !ends_line(value + field->value.len, end)) {
		return NULL;
	}
	return value + field->value.len + 2;
}

/* The blanks behind a value do not belong to it (RFC 9110 5.5), but
 * libmicrohttpd compares with them: it would take "chunked " for a coding that
 * ends with the connection, and leave a client without the 100 it waits for. */
static bool is_misread(const struct http_field *field)
{
	enum http_header_id id = HTTP_TRANSFER_ENCODING;

	if (!gw_str_ends(field->value, GW_STR(" ")) &&
	    !gw_str_ends(field->value, GW_STR("\t"))) {
		return false; // hardly anybody writes one
	}
	id = http_header_find(field->name);
	return id == HTTP_TRANSFER_ENCODING || id == HTTP_EXPECT;
}

static struct http_refusal check_field(struct http_values *values,
				       const struct http_field *field)
{
	if (!gw_str_is_token(field->name)) {
		return bad("the name of a header is no token");
	}
	if (has_controls(field->value)) {
		return bad("a header holds control characters");
	}
	if (is_misread(field)) {
		return bad("a blank stands behind Transfer-Encoding or Expect");
	}
	if (!http_values_take(values, *field)) {
		return bad("a header stands twice");
	}
	return clean;
}

struct http_refusal http_guard_layout(struct http_values *values,
				      const struct http_guard_head *head)
{
	struct http_refusal refusal = clean;
	const char *at = walk_request_line(head);

	if (!at) {
		return bad("the request line is ill-formed");
	}
	for (size_t i = 0; i < head->n_fields && !refusal.reason; i++) {
		at = walk_line(&head->fields[i], at, head->end);
		if (!at) {
			return bad("a header is folded, holds a NUL or ends "
				   "without CRLF");
		}
		refusal = check_field(values, &head->fields[i]);
	}
	if (!refusal.reason &&
	    (!ends_line(at, head->end) || at + 2 != head->end)) {
		return bad("the head ends without an empty line");
	}
	return refusal;
}

struct http_refusal http_guard_fields(struct http_values *values,
				      const struct http_field *fields,
				      size_t n_fields)
{
	struct http_refusal refusal = clean;

	for (size_t i = 0; i < n_fields && !refusal.reason; i++) {
		refusal = check_field(values, &fields[i]);
	}
	return refusal;
}

int http_guard_strictness(enum http_guard_way way)
{
	return way == HTTP_GUARD_STRICT ? 1 : 0;
}

/* Visible letters that no host holds. */
static const bool not_in_host[256] = {
	['/'] = true, ['?'] = true, ['#'] = true, ['@'] = true, ['\\'] = true,
	[','] = true, ['"'] = true, ['<'] = true, ['>'] = true, ['^'] = true,
	['`'] = true, ['{'] = true, ['|'] = true, ['}'] = true,
};

/* host[:port] as far as letters go; what it names is not our business. */
static bool is_host(struct gw_str host)
{
	for (size_t i = 0; i < host.len; i++) {
		if (not_in_host[(unsigned char)host.at[i]]) {
			return false;
		}
	}
	return is_visible(host);
}

static struct http_refusal check_host(const struct http_values *values,
				      struct gw_str version)
{
	struct gw_str host = values->of[HTTP_HOST];

	if (!gw_str_is_present(host)) {
		return gw_str_is(version, "HTTP/1.1") ? bad("Host is missing")
						      : clean;
	}
	return is_host(host) ? clean : bad("Host is ill-formed");
}

/* How long the message is (RFC 9112 6.3), without any doubt. */
static struct http_refusal check_length(const struct http_values *values,
					struct gw_str version)
{
	struct gw_str coding = values->of[HTTP_TRANSFER_ENCODING];
	struct gw_str length = values->of[HTTP_CONTENT_LENGTH];
	uint64_t n = 0;

	if (gw_str_is_present(length) &&
	    !gw_str_number(&n, length, INT64_MAX)) {
		return bad("Content-Length is no number");
	}
	if (!gw_str_is_present(coding)) {
		return clean;
	}
	if (gw_str_is_present(length)) {
		return bad("Content-Length and Transfer-Encoding stand "
			   "together");
	}
	if (!gw_str_is(version, "HTTP/1.1")) {
		return bad("Transfer-Encoding does not go with HTTP/1.0");
	}
	if (!gw_str_eq_nocase(coding, GW_STR("chunked"))) {
		return (struct http_refusal){
			501, "a transfer coding but chunked is not known here"
		};
	}
	return clean;
}

/* A target with scheme and host must name the host that Host names (RFC 9112
 * 3.2.2); what is left is the origin form. */
static struct http_refusal take_origin_form(struct gw_str *targetp,
					    struct gw_str host)
{
	struct gw_str rest = *targetp;
	size_t n = 0;

	if (gw_str_starts(rest, GW_STR("/")) || gw_str_is(rest, "*")) {
		return clean;
	}
	if (rest.len < 7 ||
	    !gw_str_eq_nocase(gw_str_head(rest, 7), GW_STR("http://"))) {
		return bad("the target is no path");
	}
	rest = gw_str_skip(rest, 7);
	n = gw_str_find(rest, '/');
	if (!gw_str_eq_nocase(gw_str_head(rest, n), host)) {
		return bad("the target is on another host");
	}
	*targetp = n < rest.len ? gw_str_skip(rest, n) : GW_STR("/");
	return clean;
}

struct http_refusal http_guard_meaning(struct gw_str *targetp,
				       const struct http_values *values,
				       struct gw_str method,
				       struct gw_str version)
{
	struct http_refusal refusal = clean;
	struct gw_str expect = values->of[HTTP_EXPECT];

	if (!gw_str_is(version, "HTTP/1.1") &&
	    !gw_str_is(version, "HTTP/1.0")) {
		return (struct http_refusal){ 505, "this HTTP is not known" };
	}
	if (!gw_str_is_token(method)) {
		return bad("the method is no token");
	}
	if (!is_visible(*targetp) ||
	    gw_str_find(*targetp, '#') < targetp->len) {
		return bad("the target is ill-formed");
	}
	if (gw_str_is_present(expect) &&
	    !gw_str_eq_nocase(expect, GW_STR("100-continue"))) {
		return (struct http_refusal){ 417, "Expect is not known" };
	}
	refusal = check_host(values, version);
	if (!refusal.reason) {
		refusal = check_length(values, version);
	}
	if (!refusal.reason) {
		refusal = take_origin_form(targetp, values->of[HTTP_HOST]);
	}
	return refusal;
}

void http_chunks_begin(struct http_chunks *c, const char *base)
{
	*c = (struct http_chunks){ .base = base };
}

/* Whether a frame before data is "[CRLF] size [;extension] CRLF".  Before the
 * data that continues a chunk lies nothing.  That the size is a number has been
 * checked. */
static bool is_frame(struct gw_str s)
{
	if (s.len == 0) {
		return true;
	}
	if (gw_str_starts(s, GW_STR("\r\n"))) {
		s = gw_str_skip(s, 2);
	}
	return gw_str_ends(s, GW_STR("\r\n")) &&
	       !has_controls(gw_str_head(s, s.len - 2));
}

/* Whether what lay behind a piece can be "CRLF size [;extension] CRLF", of
 * which only the beginning may have been kept. */
static bool begins_frame(struct gw_str s)
{
	size_t n = 0;

	if (!gw_str_starts(s, GW_STR("\r\n"))) {
		return false;
	}
	s = gw_str_skip(s, 2);
	n = gw_str_find(s, '\n');
	return n == s.len || (n > 0 && s.at[n - 1] == '\r');
}

bool http_chunks_piece(struct http_chunks *c, unsigned turn, const char *at,
		       size_t len)
{
	const char *from = c->after && c->turn == turn ? c->after : c->base;
	bool is_good = false;

	if (!c->base) {
		return true;
	}
	is_good = at < from ||
		  is_frame((struct gw_str){ from, (size_t)(at - from) });
	c->after = at + len;
	c->turn = turn;
	memcpy(c->next, c->after, sizeof(c->next));
	return is_good;
}

bool http_chunks_end(const struct http_chunks *c, unsigned turn)
{
	return !c->after || c->turn != turn ||
	       begins_frame((struct gw_str){ c->next, sizeof(c->next) });
}
