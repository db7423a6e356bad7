/*
 * Target - the path and the query of a URL.
 */

#include "bindings/http/http_target.h"

#include "bindings/http/http_escape.h"
#include "core/address.h"
#include "core/lib/buf.h"

/* Fields are parted by '&', and from the URL by '?'. */
struct sink {
	struct gw_query_sink base;
	char joint; // before the next field
};

static struct gw_str unescape(struct gw_arena *a, struct gw_str text)
{
	return http_unescape(a, text, HTTP_PART_QUERY);
}

static void escape(struct gw_buf *text, struct gw_str s)
{
	http_escape(text, s, HTTP_PART_QUERY);
}

static void begin(struct gw_query_sink *base)
{
	struct sink *sink = gw_container(base, struct sink, base);

	gw_buf_add_char(base->text, sink->joint);
	sink->joint = '&';
}

struct gw_str http_path_read(struct gw_arena *a, struct gw_str path)
{
	struct gw_str plain = { 0 };

	if (!gw_str_starts(path, GW_STR("/"))) {
		return plain;
	}
	plain = http_unescape(a, path, HTTP_PART_PATH);
	return gw_str_is_present(plain) ? gw_address_of_path(a, plain) : plain;
}

bool http_path_write(struct gw_buf *buf, struct gw_str to)
{
	struct gw_str mark;
	struct gw_str segments;

	if (!gw_address_to_path(&mark, &segments, to)) {
		return false;
	}
	gw_buf_lit(buf, "/");
	if (gw_str_is_present(mark)) {
		gw_buf_add_str(buf, mark);
		gw_buf_lit(buf, "/");
	}
	http_escape(buf, segments, HTTP_PART_PATH);
	return true;
}

enum gw_status http_query_read(struct gw_primitive *p, struct gw_query *query,
			       struct gw_reason *why, struct gw_str text)
{
	const struct gw_query_source source = {
		.texts = &text,
		.n_texts = 1,
		.unescape = unescape,
	};

	return gw_query_read(p, query, why, &source);
}

enum gw_status http_query_write(struct gw_buf *text, struct gw_reason *why,
				const struct gw_primitive *p,
				struct gw_str attributes, char joint)
{
	const struct gw_query_extra extra = { .attributes = attributes };
	struct sink sink = {
		.base = { .text = text, .begin = begin, .escape = escape },
		.joint = joint,
	};

	return gw_query_write(&sink.base, why, p, &extra);
}
