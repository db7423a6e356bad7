/*
 * Path - `to` and the path of a URL.
 */

#include "bindings/http/http_path.h"

#include "bindings/http/http_escape.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

/* Whether a name stands here, and not only an attribute. */
static bool is_name(struct gw_str s)
{
	return s.len > 0 && s.at[0] != '/' && s.at[0] != '#';
}

/* The address that a path with its encoding resolved stands for. */
static struct gw_str address_of(struct gw_arena *a, struct gw_str path)
{
	struct gw_str name = gw_str_skip(path, 1);

	if (gw_str_starts(path, GW_STR("/~/"))) {
		name = gw_str_skip(path, 3);
		return is_name(name) ? gw_str_skip(path, 2)
				     : (struct gw_str){ 0 };
	}
	if (gw_str_starts(path, GW_STR("/_/"))) {
		name = gw_str_skip(path, 3);
		return is_name(name) ? gw_arena_print(a, "//" GW_STR_FMT,
						      GW_STR_ARG(name))
				     : (struct gw_str){ 0 };
	}
	return is_name(name) ? name : (struct gw_str){ 0 };
}

struct gw_str http_path_read(struct gw_arena *a, struct gw_str path)
{
	struct gw_str plain = { 0 };

	if (!gw_str_starts(path, GW_STR("/"))) {
		return plain;
	}
	plain = http_unescape(a, path, HTTP_PART_PATH);
	return gw_str_is_present(plain) ? address_of(a, plain) : plain;
}

struct gw_str http_path_attribute(struct gw_str to)
{
	size_t n = gw_str_find(to, '#');

	return n < to.len ? gw_str_skip(to, n + 1) : (struct gw_str){ 0 };
}

bool http_path_write(struct gw_buf *buf, struct gw_str to)
{
	struct gw_str rest = gw_str_head(to, gw_str_find(to, '#'));

	if (gw_str_starts(rest, GW_STR("~/")) ||
	    gw_str_starts(rest, GW_STR("_/"))) {
		return false;
	}
	if (gw_str_starts(rest, GW_STR("//"))) {
		gw_buf_lit(buf, "/_");
		rest = gw_str_skip(rest, 1);
	} else if (gw_str_starts(rest, GW_STR("/"))) {
		gw_buf_lit(buf, "/~");
	} else {
		gw_buf_lit(buf, "/");
	}
	http_escape(buf, rest, HTTP_PART_PATH);
	return true;
}
