/*
 * Query - the parameters that travel in Uri-Query options.
 *
 * What would part fields or items ('%', '&', '+', '=') is percent-encoded.
 */

#include "bindings/coap/coap_query.h"

#include <assert.h>
#include <coap3/coap.h>

#include "bindings/coap/coap_value.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

/* Most bytes of one option, and of all fields while they are written. */
#define OPTION_BYTES_MAX ((size_t)255)
#define TEXT_BYTES_MAX ((size_t)4096)

struct sink {
	struct gw_query_sink base;
	struct coap_message *m;
	struct gw_arena *arena;
	bool is_joined;
};

static struct gw_str unescape(struct gw_arena *a, struct gw_str text)
{
	struct gw_str plain = coap_unescape(a, text);

	return gw_str_is_present(plain) && gw_text_is_clean_value(a, plain)
		       ? plain
		       : (struct gw_str){ 0 };
}

enum gw_status coap_query_read(struct gw_primitive *p, struct gw_query *query,
			       struct gw_reason *why,
			       const struct coap_message *m)
{
	struct gw_str texts[COAP_FIELDS_MAX];
	struct gw_query_source source = {
		.texts = texts,
		.unescape = unescape,
		.is_full = true,
	};

	for (size_t i = 0; i < m->n_fields; i++) {
		if (m->fields[i].number == COAP_OPTION_URI_QUERY) {
			texts[source.n_texts++] = m->fields[i].value;
		}
	}
	assert(source.n_texts <= COAP_FIELDS_MAX);
	return source.n_texts > 0 ? gw_query_read(p, query, why, &source)
				  : GW_STATUS_NONE;
}

static void escape(struct gw_buf *text, struct gw_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (memchr("%&+=", s.at[i], 4)) {
			gw_buf_print(text, "%%%02X", (unsigned char)s.at[i]);
		} else {
			gw_buf_add_char(text, s.at[i]);
		}
	}
}

static void begin(struct gw_query_sink *base)
{
	if (gw_buf_str(base->text).len > 0) {
		gw_buf_add_char(base->text, '&');
	}
}

/* Hand what is written over as an option. */
static enum gw_status add_option(struct sink *sink, struct gw_reason *why)
{
	struct gw_str text = gw_buf_str(sink->base.text);

	if (gw_buf_is_short(sink->base.text) || text.len > OPTION_BYTES_MAX) {
		return gw_refuse(why, "a field of the query is longer than an "
				      "option");
	}
	coap_message_add(sink->m, COAP_OPTION_URI_QUERY,
			 gw_arena_str(sink->arena, text));
	gw_buf_clear(sink->base.text);
	return GW_STATUS_NONE;
}

static enum gw_status end(struct gw_query_sink *base, struct gw_reason *why)
{
	struct sink *sink = gw_container(base, struct sink, base);

	return sink->is_joined ? GW_STATUS_NONE : add_option(sink, why);
}

enum gw_status coap_query_write(struct coap_message *m, struct gw_reason *why,
				const struct gw_primitive *p,
				const struct coap_query_style *style)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf text;
	const struct gw_query_extra extra = { .attributes = style->attributes,
					      .op = style->op };
	struct sink sink = {
		.base = { .text = &text,
			  .is_full = true,
			  .begin = begin,
			  .escape = escape,
			  .end = end },
		.m = m,
		.arena = p->arena,
		.is_joined = style->is_joined,
	};
	enum gw_status status = GW_STATUS_NONE;

	gw_buf_init(&text, 0, TEXT_BYTES_MAX);
	status = gw_query_write(&sink.base, why, p, &extra);
	return status == GW_STATUS_NONE && gw_buf_str(&text).len > 0
		       ? add_option(&sink, why)
		       : status;
}
