/*
 * Query - the parameters that travel in the query string.
 */

#include "bindings/http/http_query.h"

#include "bindings/http/http_escape.h"
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
