/*
 * Content - the value of pc in one of its serialisations.
 */

#include "core/codec/content.h"

#include <stdio.h>

#include "core/codec/cbor.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

/* Room for what JSON takes less than CBOR: nothing is more than three bytes
 * longer there for each byte of JSON. */
#define JSON_GROWTH 4
#define SLACK_BYTES ((size_t)64)

static const char *const names[] = {
	[GW_MEDIA_JSON] = "json",
	[GW_MEDIA_XML] = "xml",
	[GW_MEDIA_CBOR] = "cbor",
};

#define N_NAMES (sizeof(names) / sizeof(*names))

bool gw_content_is_writable(enum gw_media media)
{
	return media == GW_MEDIA_JSON || media == GW_MEDIA_CBOR;
}

const char *gw_content_name(enum gw_media media)
{
	return media < N_NAMES ? names[media] : NULL;
}

enum gw_media gw_content_media(struct gw_str name)
{
	for (size_t i = 0; i < N_NAMES; i++) {
		if (names[i] && gw_str_is(name, names[i])) {
			return (enum gw_media)i;
		}
	}
	return GW_MEDIA_NONE;
}

enum gw_media gw_content_media_of_type(struct gw_str type)
{
	static const char family[] = "application/";
	struct gw_str name = gw_str_head(type, gw_str_find(type, ';'));

	if (!gw_str_starts(name, GW_STR("application/"))) {
		return GW_MEDIA_NONE;
	}
	name = gw_str_skip(name, sizeof(family) - 1);
	if (gw_str_starts(name, GW_STR("vnd.onem2m-")) &&
	    gw_str_find(name, '+') < name.len) {
		name = gw_str_skip(name, gw_str_find(name, '+') + 1);
	}
	return gw_content_media(name);
}

enum gw_media gw_content_media_of_url(struct gw_str url)
{
	struct gw_str rest = gw_str_head(url, gw_str_find(url, '#'));

	(void)gw_str_cut(&rest, '?');
	while (rest.len > 0) {
		struct gw_str field = gw_str_cut(&rest, '&');

		if (gw_str_starts(field, GW_STR("ct="))) {
			return gw_content_media(gw_str_skip(field, 3));
		}
	}
	return GW_MEDIA_NONE;
}

static enum gw_status refuse(struct gw_reason *why, const char *reason,
			     size_t at)
{
	(void)snprintf(why->text, sizeof(why->text),
		       "the content is refused: %s, at byte %zu", reason, at);
	return GW_STATUS_BAD_REQUEST;
}

static enum gw_status refuse_short(struct gw_reason *why)
{
	*why = (struct gw_reason){ "the gateway is short of memory" };
	return GW_STATUS_INTERNAL_SERVER_ERROR;
}

static enum gw_status check_json(struct gw_reason *why, struct gw_str text)
{
	struct gw_json_error error = { 0 };

	if (gw_json_scan(text, NULL, 0, NULL, &error)) {
		return GW_STATUS_NONE;
	}
	return error.is_short ? refuse_short(why)
			      : refuse(why, error.reason, error.at);
}

/* Convert, and leave the text in buf. */
static enum gw_status read_cbor(struct gw_buf *buf, struct gw_reason *why,
				struct gw_bytes content)
{
	struct gw_cbor_error error = { 0 };

	if (!gw_cbor_to_json(buf, content, &error)) {
		return error.is_short ? refuse_short(why)
				      : refuse(why, error.reason, error.at);
	}
	return check_json(why, gw_buf_str(buf));
}

enum gw_status gw_content_check(struct gw_reason *why, enum gw_media media,
				struct gw_bytes content)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, content.len * GW_CBOR_GROWTH + SLACK_BYTES);
	switch (media) {
	case GW_MEDIA_JSON:
		return check_json(why, gw_str_of(content));
	case GW_MEDIA_CBOR:
		return read_cbor(&buf, why, content);
	default:
		return GW_STATUS_NONE;
	}
}

bool gw_content_is_object(enum gw_media media, struct gw_bytes content)
{
	struct gw_json_walk walk = { 0 };

	switch (media) {
	case GW_MEDIA_JSON:
		walk = gw_json_walk(gw_str_of(content));
		return walk.end && *walk.end == '}';
	case GW_MEDIA_CBOR:
		return gw_cbor_is_map(content);
	default:
		return true;
	}
}

/* What buf holds as the content of p. */
static enum gw_status take(struct gw_primitive *p, enum gw_media media,
			   struct gw_reason *why, struct gw_buf *buf)
{
	struct gw_bytes content = gw_buf_bytes(buf);

	if (!gw_arena_keep(p->arena, gw_buf_release(buf))) {
		return refuse_short(why);
	}
	p->content = content;
	p->media = media;
	return GW_STATUS_NONE;
}

static enum gw_status cbor_to_json(struct gw_primitive *p,
				   struct gw_reason *why)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	enum gw_status status = GW_STATUS_NONE;

	gw_buf_init(&buf, 0, p->content.len * GW_CBOR_GROWTH + SLACK_BYTES);
	status = read_cbor(&buf, why, p->content);
	return status == GW_STATUS_NONE ? take(p, GW_MEDIA_JSON, why, &buf)
					: status;
}

static enum gw_status json_to_cbor(struct gw_primitive *p,
				   struct gw_reason *why)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, p->content.len * JSON_GROWTH + SLACK_BYTES);
	if (!gw_cbor_from_json(&buf, gw_str_of(p->content))) {
		*why = (struct gw_reason){ "the content holds a number of too "
					   "many digits for CBOR" };
		return GW_STATUS_UNSUPPORTED_MEDIA_TYPE;
	}
	return take(p, GW_MEDIA_CBOR, why, &buf);
}

enum gw_status gw_content_become(struct gw_primitive *p, enum gw_media media,
				 struct gw_reason *why)
{
	if (media == GW_MEDIA_NONE || p->media == GW_MEDIA_NONE ||
	    p->media == media || p->content.len == 0) {
		return GW_STATUS_NONE;
	}
	if (p->media == GW_MEDIA_CBOR && media == GW_MEDIA_JSON) {
		return cbor_to_json(p, why);
	}
	if (p->media == GW_MEDIA_JSON && media == GW_MEDIA_CBOR) {
		return json_to_cbor(p, why);
	}
	(void)snprintf(why->text, sizeof(why->text),
		       "content in %s cannot be written as %s",
		       gw_content_name(p->media), gw_content_name(media));
	return GW_STATUS_UNSUPPORTED_MEDIA_TYPE;
}

/* Whether content begins like an object whose only member has this name: only
 * then is it worth a walk. */
static bool begins_with(const struct gw_primitive *p, struct gw_str name)
{
	struct gw_str text = gw_str_of(p->content);
	size_t n_before = 2; // the heads of a small map and a short string

	if (p->media == GW_MEDIA_JSON) {
		n_before = gw_str_find(text, '"') + 1;
	}
	return n_before < text.len &&
	       gw_str_starts(gw_str_skip(text, n_before), name);
}

struct gw_str gw_content_root(const struct gw_primitive *p, struct gw_str name)
{
	struct gw_primitive copy = *p;
	struct gw_json_member root;
	struct gw_reason why = { "" };

	if (!begins_with(p, name) ||
	    gw_content_become(&copy, GW_MEDIA_JSON, &why) != GW_STATUS_NONE ||
	    !gw_primitive_root(&root, &copy) ||
	    !gw_json_is_name(root.name, name)) {
		return (struct gw_str){ 0 };
	}
	return root.value;
}

struct gw_str gw_content_address(const struct gw_primitive *p)
{
	struct gw_str value = gw_content_root(p, GW_STR("m2m:uri"));
	struct gw_json_member uri;

	if (!gw_str_is_present(value)) {
		value = gw_content_root(p, GW_STR("m2m:rce"));
		value = gw_json_type_of(value) == GW_JSON_OBJECT &&
					gw_json_get(&uri, value, GW_STR("uri"))
				? uri.value
				: (struct gw_str){ 0 };
	}
	return gw_json_text(p->arena, value);
}
