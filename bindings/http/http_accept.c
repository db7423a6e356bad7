/*
 * Accept - media types as headers write them.
 */

#include "bindings/http/http_accept.h"

#include "bindings/http/http_map.h"
#include "core/codec/content.h"

/* Whether an answer can be had in a serialisation.  Content crosses as it is
 * written by the CSE, and that is JSON. */
static bool is_ours(enum gw_media media)
{
	return gw_content_is_writable(media);
}

/* Cut one parameter off the front of *rest; *valuep without its quotes. */
static struct gw_str cut_param(struct gw_str *rest, struct gw_str *valuep)
{
	struct gw_str value = gw_str_cut(rest, ';');
	struct gw_str name = gw_str_trim(gw_str_cut(&value, '='));

	value = gw_str_trim(value);
	if (value.len >= 2 && value.at[0] == '"' &&
	    value.at[value.len - 1] == '"') {
		value = gw_str_head(gw_str_skip(value, 1), value.len - 2);
	}
	*valuep = value;
	return name;
}

struct http_content_type http_content_type(struct gw_str value)
{
	struct http_content_type found = { 0 };
	struct gw_str rest = value;

	found.media = http_media_of(gw_str_trim(gw_str_cut(&rest, ';')));
	while (rest.len > 0) {
		struct gw_str text = { 0 };
		struct gw_str name = cut_param(&rest, &text);

		if (gw_str_eq_nocase(name, GW_STR("ty"))) {
			found.has_types = gw_str_is_present(found.type);
			found.type = gw_str_is_present(text) ? text
							     : GW_STR("");
		}
	}
	return found;
}

/* A weight in thousandths; one that is ill-formed counts in full. */
static unsigned weight_of(struct gw_str params)
{
	struct gw_str rest = params;
	unsigned weight = 1000;

	while (rest.len > 0) {
		struct gw_str text = { 0 };
		struct gw_str name = cut_param(&rest, &text);
		unsigned unit = 100;

		if (!gw_str_eq_nocase(name, GW_STR("q")) || text.len == 0 ||
		    text.at[0] != '0') {
			continue;
		}
		weight = 0;
		for (size_t i = 2; i < text.len && i < 5; i++, unit /= 10) {
			weight += (unsigned)(text.at[i] - '0') % 10 * unit;
		}
	}
	return weight;
}

/* What one entry of an Accept header asks for; NONE when it is not ours. */
static enum gw_media media_of_range(struct gw_str range,
				    enum gw_media otherwise)
{
	enum gw_media media = http_media_of(range);

	if (is_ours(media)) {
		return media;
	}
	return gw_str_is(range, "*/*") ||
			       gw_str_eq_nocase(range, GW_STR("application/*"))
		       ? otherwise
		       : GW_MEDIA_NONE;
}

/* The best so far. */
struct choice {
	enum gw_media media;
	unsigned weight;
};

static void choose(struct choice *best, struct gw_str line, enum gw_media usual)
{
	while (line.len > 0) {
		struct gw_str params = gw_str_cut(&line, ',');
		struct gw_str range = gw_str_trim(gw_str_cut(&params, ';'));
		enum gw_media media = media_of_range(range, usual);
		unsigned weight = weight_of(params);

		if (media != GW_MEDIA_NONE && weight > best->weight) {
			*best = (struct choice){ media, weight };
		}
	}
}

bool http_accept(enum gw_media *mediap,
		 const struct gw_str lines[HTTP_ACCEPT_LINES_MAX],
		 enum gw_media otherwise)
{
	enum gw_media usual = is_ours(otherwise) ? otherwise : GW_MEDIA_JSON;
	struct choice best = { GW_MEDIA_NONE, 0 };
	bool has_any = false;

	for (size_t i = 0; i < HTTP_ACCEPT_LINES_MAX; i++) {
		has_any = has_any || lines[i].len > 0;
		choose(&best, lines[i], usual);
	}
	if (has_any && best.media == GW_MEDIA_NONE) {
		return false;
	}
	*mediap = has_any ? best.media : usual;
	return true;
}
