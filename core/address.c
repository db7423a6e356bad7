/*
 * Address - identifiers of oneM2M and their three scopes.
 */

#include "core/address.h"

#include "core/lib/arena.h"

static bool is_identifier(struct gw_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c <= ' ' || c >= 0x7f) {
			return false;
		}
	}
	return text.len > 0;
}

/* A scheme (RFC 3986 3.1) before "://".  No resource name holds a colon. */
static bool is_url(struct gw_str text)
{
	size_t n = gw_str_find(text, ':');

	return n > 0 && n < text.len && n < gw_str_find(text, '/') &&
	       gw_str_starts(gw_str_skip(text, n), GW_STR("://"));
}

/* Cut "/segment" off the front of *rest, and step over the slash behind. */
static struct gw_str cut_cse(struct gw_str *rest)
{
	size_t n = 1 + gw_str_find(gw_str_skip(*rest, 1), '/');
	struct gw_str cse = gw_str_head(*rest, n);

	*rest = gw_str_skip(*rest, n < rest->len ? n + 1 : n);
	return cse;
}

static bool parse_absolute(struct gw_address *a, struct gw_str text)
{
	size_t n = 2 + gw_str_find(gw_str_skip(text, 2), '/');
	struct gw_str rest = gw_str_skip(text, n);

	if (n == 2) {
		return false;
	}
	a->scope = GW_SCOPE_ABSOLUTE;
	a->sp = gw_str_head(text, n);
	a->cse = rest.len > 0 ? cut_cse(&rest) : a->cse;
	a->rest = rest;
	return !gw_str_is_present(a->cse) || a->cse.len > 1;
}

static bool parse_sp_relative(struct gw_address *a, struct gw_str text)
{
	a->scope = GW_SCOPE_SP_RELATIVE;
	a->cse = cut_cse(&text);
	a->rest = text;
	return a->cse.len > 1;
}

static bool parse(struct gw_address *a, struct gw_str text)
{
	if (!is_identifier(text)) {
		return false;
	}
	if (gw_str_starts(text, GW_STR("//"))) {
		return parse_absolute(a, text);
	}
	if (text.at[0] == '/') {
		return parse_sp_relative(a, text);
	}
	a->scope = is_url(text) ? GW_SCOPE_URL : GW_SCOPE_CSE_RELATIVE;
	a->rest = text;
	return true;
}

bool gw_address_parse(struct gw_address *a, struct gw_str text)
{
	*a = (struct gw_address){ .text = text };
	if (!parse(a, text)) {
		*a = (struct gw_address){ .text = text };
	}
	return a->scope != GW_SCOPE_NONE;
}

bool gw_address_is_stem(struct gw_str text)
{
	return text.len > 1 && (text.at[0] == 'C' || text.at[0] == 'S') &&
	       gw_str_find(text, '/') == text.len && is_identifier(text);
}

static bool is_home(const struct gw_address *a, const struct gw_home *home)
{
	return !gw_str_is_present(a->sp) || gw_str_eq(a->sp, home->sp);
}

/* The stem of an AE of the home CSE; absent when fr is none. */
static struct gw_str stem_of(const struct gw_address *a,
			     const struct gw_home *home)
{
	if (a->scope == GW_SCOPE_CSE_RELATIVE) {
		return a->rest;
	}
	if (a->rest.len == 0 && a->cse.len > 1 &&
	    gw_address_is_stem(gw_str_skip(a->cse, 1)) && a->cse.at[1] == 'S') {
		return gw_str_skip(a->cse, 1);
	}
	if (gw_str_eq(a->cse, home->cse) && gw_address_is_stem(a->rest)) {
		return a->rest;
	}
	return (struct gw_str){ 0 };
}

/* From the start of the CSE-ID to the end: "/id-in/C1" of "//sp/id-in/C1". */
static struct gw_str without_sp(const struct gw_address *a)
{
	return gw_str_skip(a->text, a->sp.len);
}

static struct gw_str to_sp_relative(struct gw_arena *arena,
				    const struct gw_address *a,
				    const struct gw_home *home)
{
	struct gw_str from = a->text;

	if (a->scope == GW_SCOPE_ABSOLUTE) {
		return is_home(a, home) ? without_sp(a) : from;
	}
	if (a->scope == GW_SCOPE_SP_RELATIVE) {
		return from;
	}
	if (from.at[0] == 'S' && gw_address_is_stem(from)) {
		return gw_arena_print(arena, "/" GW_STR_FMT, GW_STR_ARG(from));
	}
	if (home->cse.len == 0) {
		return from;
	}
	return gw_arena_print(arena, GW_STR_FMT "/" GW_STR_FMT,
			      GW_STR_ARG(home->cse), GW_STR_ARG(from));
}

static struct gw_str to_absolute(struct gw_arena *arena,
				 const struct gw_address *a,
				 const struct gw_home *home)
{
	struct gw_str relative = { 0 };

	if (a->scope == GW_SCOPE_ABSOLUTE || home->sp.len == 0) {
		return a->text;
	}
	relative = to_sp_relative(arena, a, home);
	if (relative.len == 0 || relative.at[0] != '/') {
		return a->text;
	}
	return gw_arena_print(arena, GW_STR_FMT GW_STR_FMT,
			      GW_STR_ARG(home->sp), GW_STR_ARG(relative));
}

struct gw_str gw_address_rescope(struct gw_arena *arena,
				 const struct gw_address *from,
				 enum gw_border border,
				 const struct gw_home *home)
{
	struct gw_str stem = { 0 };

	/* "C" and "S" ask for an identifier and are none (TS-0001 10.2.2.2). */
	if (from->text.len <= 1 || from->scope == GW_SCOPE_NONE ||
	    from->scope == GW_SCOPE_URL) {
		return from->text;
	}
	if (border == GW_BORDER_MCCP) {
		return to_absolute(arena, from, home);
	}
	if (border == GW_BORDER_MCC) {
		return to_sp_relative(arena, from, home);
	}
	stem = is_home(from, home) ? stem_of(from, home) : stem;
	return gw_str_is_present(stem) ? stem
				       : to_sp_relative(arena, from, home);
}

/* Whether a name stands here, and not only an attribute. */
static bool is_name(struct gw_str s)
{
	return s.len > 0 && s.at[0] != '/' && s.at[0] != '#';
}

bool gw_address_is_marked(struct gw_str path)
{
	return gw_str_starts(path, GW_STR("/~/")) ||
	       gw_str_starts(path, GW_STR("/_/"));
}

struct gw_str gw_address_of_path(struct gw_arena *arena, struct gw_str path)
{
	bool is_marked = gw_address_is_marked(path);
	struct gw_str name = { 0 };

	if (!gw_str_starts(path, GW_STR("/"))) {
		return name;
	}
	name = gw_str_skip(path, is_marked ? 3 : 1);
	if (!is_name(name)) {
		return (struct gw_str){ 0 };
	}
	if (!is_marked) {
		return name;
	}
	return path.at[1] == '~' ? gw_str_skip(path, 2)
				 : gw_arena_print(arena, "//" GW_STR_FMT,
						  GW_STR_ARG(name));
}

bool gw_address_to_path(struct gw_str *markp, struct gw_str *segmentsp,
			struct gw_str to)
{
	struct gw_str rest = gw_str_head(to, gw_str_find(to, '#'));

	if (gw_str_starts(rest, GW_STR("~/")) ||
	    gw_str_starts(rest, GW_STR("_/"))) {
		return false;
	}
	*markp = (struct gw_str){ 0 };
	if (gw_str_starts(rest, GW_STR("//"))) {
		*markp = GW_STR("_");
		rest = gw_str_skip(rest, 2);
	} else if (gw_str_starts(rest, GW_STR("/"))) {
		*markp = GW_STR("~");
		rest = gw_str_skip(rest, 1);
	}
	*segmentsp = rest;
	return true;
}

struct gw_str gw_address_attribute(struct gw_str to)
{
	size_t n = gw_str_find(to, '#');

	return n < to.len ? gw_str_skip(to, n + 1) : (struct gw_str){ 0 };
}
