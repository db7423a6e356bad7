/*
 * Content - the value of pc in one of its serialisations.
 */

#include "core/codec/content.h"

#include <assert.h>
#include <stdio.h>

#include "core/codec/media.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

#define SLACK_BYTES ((size_t)64)

bool gw_content_is_writable(enum gw_media media)
{
	const struct gw_media_row *row = gw_media_row(media);

	return row && row->encode;
}

bool gw_content_is_text(enum gw_media media)
{
	const struct gw_media_row *row = gw_media_row(media);

	return !row || row->is_text;
}

const char *gw_content_name(enum gw_media media)
{
	const struct gw_media_row *row = gw_media_row(media);

	return row ? row->name : NULL;
}

enum gw_media gw_content_media(struct gw_str name)
{
	const struct gw_media_row *row = NULL;

	for (int i = GW_MEDIA_NONE + 1; (row = gw_media_row((enum gw_media)i));
	     i++) {
		if (gw_str_is(name, row->name)) {
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

bool gw_content_is_ct(struct gw_str field)
{
	return gw_str_starts(field, GW_STR("ct="));
}

bool gw_content_media_of_url(enum gw_media *mediap, struct gw_str url)
{
	struct gw_str rest = gw_str_head(url, gw_str_find(url, '#'));
	struct gw_str field = { 0 };

	(void)gw_str_cut(&rest, '?');
	while (rest.len > 0 && !gw_content_is_ct(field)) {
		field = gw_str_cut(&rest, '&');
	}
	*mediap = GW_MEDIA_NONE;
	if (gw_content_is_ct(field)) {
		*mediap = gw_content_media(gw_str_skip(field, 3));
		return *mediap != GW_MEDIA_NONE;
	}
	return true;
}

enum gw_status gw_content_check(struct gw_reason *why, enum gw_media media,
				struct gw_bytes content)
{
	const struct gw_media_row *row = gw_media_row(media);

	return row && row->check ? row->check(why, content) : GW_STATUS_NONE;
}

bool gw_content_is_object(enum gw_media media, struct gw_bytes content)
{
	const struct gw_media_row *row = gw_media_row(media);

	return !row || !row->is_object || row->is_object(content);
}

/* Some senders put a byte order mark in front of JSON, which may be passed over
 * (RFC 8259 8.1), and others send the NUL that ends their text. */
struct gw_bytes gw_content_trim(enum gw_media media, struct gw_bytes content)
{
	static const char blanks[] = " \t\r\n"; // with the NUL behind them
	const struct gw_media_row *row = gw_media_row(media);
	const struct gw_str mark = GW_STR("\xef\xbb\xbf");
	struct gw_str text = gw_str_of(content);

	if (!row || !row->is_trimmed) {
		return content;
	}
	if (gw_str_starts(text, mark)) {
		text = gw_str_skip(text, mark.len);
	}
	while (text.len > 0 && memchr(blanks, text.at[0], sizeof(blanks) - 1)) {
		text = gw_str_skip(text, 1);
	}
	while (text.len > 0 &&
	       memchr(blanks, text.at[text.len - 1], sizeof(blanks))) {
		text.len--;
	}
	return gw_bytes_of(text);
}

bool gw_content_is_empty(enum gw_media media, struct gw_bytes content)
{
	const struct gw_media_row *row = gw_media_row(media);

	content = gw_content_trim(media, content);
	return content.len == 0 ||
	       (row && row->is_empty && row->is_empty(content));
}

/* What buf holds as the content of p. */
static enum gw_status take(struct gw_primitive *p, enum gw_media media,
			   struct gw_reason *why, struct gw_buf *buf)
{
	struct gw_bytes content = gw_buf_bytes(buf);
	size_t size = buf->size;

	assert(!gw_buf_is_short(buf) && gw_media_row(media));
	if (!gw_arena_keep(p->arena, gw_buf_release(buf), size)) {
		*why = (struct gw_reason){ "the gateway is short of memory" };
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	p->content = content;
	p->media = media;
	return GW_STATUS_NONE;
}

static enum gw_status to_json(struct gw_primitive *p, struct gw_reason *why)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	const struct gw_media_row *row = gw_media_row(p->media);
	enum gw_status status = GW_STATUS_NONE;

	assert(row->to_json && p->media != GW_MEDIA_JSON);
	gw_buf_init(&buf, 0,
		    p->content.len * row->to_json_growth + SLACK_BYTES);
	status = row->to_json(&buf, why, p->content);
	return status == GW_STATUS_NONE ? take(p, GW_MEDIA_JSON, why, &buf)
					: status;
}

static enum gw_status from_json(struct gw_primitive *p, enum gw_media media,
				struct gw_reason *why)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	const struct gw_media_row *row = gw_media_row(media);
	enum gw_status status = GW_STATUS_NONE;

	assert(row->from_json && p->media == GW_MEDIA_JSON);
	gw_buf_init(&buf, 0,
		    p->content.len * row->from_json_growth + SLACK_BYTES);
	status = row->from_json(&buf, why, gw_str_of(p->content));
	return status == GW_STATUS_NONE ? take(p, media, why, &buf) : status;
}

/* Whether there is a way from one to the other, neither being NONE. */
static bool has_way(enum gw_media from, enum gw_media to)
{
	return gw_media_row(from)->to_json && gw_media_row(to)->from_json;
}

enum gw_status gw_content_become(struct gw_primitive *p, enum gw_media media,
				 struct gw_reason *why)
{
	const struct gw_bytes content = p->content;
	const enum gw_media own = p->media;
	enum gw_status status = GW_STATUS_NONE;

	if (media == GW_MEDIA_NONE || p->media == GW_MEDIA_NONE ||
	    p->media == media || p->content.len == 0) {
		return GW_STATUS_NONE;
	}
	assert(gw_media_row(p->media) && gw_media_row(media));
	if (!has_way(p->media, media)) {
		(void)snprintf(why->text, sizeof(why->text),
			       "content in %s cannot be written as %s",
			       gw_content_name(p->media),
			       gw_content_name(media));
		return GW_STATUS_UNSUPPORTED_MEDIA_TYPE;
	}
	if (p->media != GW_MEDIA_JSON) {
		status = to_json(p, why);
	}
	if (status == GW_STATUS_NONE && media != GW_MEDIA_JSON) {
		status = from_json(p, media, why);
	}
	if (status != GW_STATUS_NONE) {
		p->content = content;
		p->media = own;
	}
	return status;
}

static enum gw_status convert(struct gw_buf *buf, struct gw_bytes content,
			      enum gw_media from, enum gw_media to)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf json;
	const struct gw_media_row *row = gw_media_row(from);
	struct gw_str text = gw_str_of(content);
	struct gw_reason why;
	enum gw_status status = GW_STATUS_NONE;

	gw_buf_init(&json, 0, content.len * row->to_json_growth + SLACK_BYTES);
	if (to == GW_MEDIA_JSON) {
		return row->to_json(buf, &why, content);
	}
	if (from != GW_MEDIA_JSON) {
		status = row->to_json(&json, &why, content);
		text = gw_buf_str(&json);
	}
	return status == GW_STATUS_NONE
		       ? gw_media_row(to)->from_json(buf, &why, text)
		       : status;
}

void gw_content_put(struct gw_buf *buf, const struct gw_primitive *p,
		    enum gw_media media)
{
	enum gw_media own = p->media == GW_MEDIA_NONE ? GW_MEDIA_JSON
						      : p->media;

	if (own == media) {
		gw_buf_add(buf, p->content.at, p->content.len);
	} else if (!has_way(own, media) ||
		   convert(buf, p->content, own, media) != GW_STATUS_NONE) {
		buf->is_short = true;
	}
}

/* Whether content begins like an object whose only member has this name: only
 * then is it worth a walk. */
static bool begins_with(const struct gw_primitive *p, struct gw_str name)
{
	const struct gw_media_row *row = gw_media_row(p->media);

	return row && row->from_name &&
	       gw_str_starts(row->from_name(p->content), name);
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

void gw_content_take_tqf(struct gw_primitive *answer)
{
	struct gw_str tqf = { 0 };

	if (!gw_status_is_success(answer->status)) {
		tqf = gw_content_root(answer, GW_STR("m2m:tqf"));
	}
	if (!gw_str_is_present(tqf)) {
		return;
	}
	gw_primitive_add(answer, GW_STR("tqf"), tqf);
	answer->content = (struct gw_bytes){ 0 };
	answer->media = GW_MEDIA_NONE;
}

bool gw_content_is_dispensable(enum gw_status status,
			       const struct gw_primitive *request)
{
	return !gw_status_is_success(status) || request->op == GW_OP_NOTIFY ||
	       request->op == GW_OP_DELETE || request->needs_status_only;
}

static enum gw_status refuse_lost(struct gw_reason *why,
				  const struct gw_primitive *request,
				  struct gw_str fault)
{
	(void)gw_refuse(
		why,
		"the content of the answer to %s is unreadable: " GW_STR_FMT,
		gw_op_name(request->op), GW_STR_ARG(fault));
	return GW_STATUS_INTERNAL_SERVER_ERROR;
}

enum gw_status gw_content_judge_lost(struct gw_reason *why,
				     const struct gw_primitive *answer,
				     const struct gw_primitive *request)
{
	struct gw_str fault = answer->content_fault;

	return !gw_str_is_present(fault) || gw_content_is_dispensable(
						    answer->status, request)
		       ? GW_STATUS_NONE
		       : refuse_lost(why, request, fault);
}

enum gw_status gw_content_take_body(struct gw_primitive *answer,
				    struct gw_reason *why,
				    const struct gw_content_body *body)
{
	struct gw_reason wrong = { "its type is not known" };
	struct gw_bytes content = gw_content_trim(body->media, body->bytes);

	if (content.len == 0) {
		return GW_STATUS_NONE;
	}
	if (body->media != GW_MEDIA_NONE &&
	    gw_content_check(&wrong, body->media, content) == GW_STATUS_NONE) {
		answer->content = content;
		answer->media = body->media;
		gw_content_take_tqf(answer);
		return GW_STATUS_NONE;
	}
	if (!body->is_onem2m ||
	    gw_content_is_dispensable(answer->status, body->request)) {
		answer->has_lost_content = true;
		return GW_STATUS_NONE;
	}
	return refuse_lost(why, body->request, gw_str_from(wrong.text));
}

struct gw_bytes gw_content_with_tqf(enum gw_media *mediap,
				    const struct gw_primitive *answer)
{
	struct gw_str tqf = { 0 };

	*mediap = answer->media;
	if (answer->content.len > 0 || !answer->params) {
		return answer->content;
	}
	tqf = gw_primitive_get(answer, GW_STR("tqf"));
	if (!gw_str_is_present(tqf)) {
		return answer->content;
	}
	*mediap = GW_MEDIA_JSON;
	return gw_bytes_of(gw_arena_print(answer->arena,
					  "{\"m2m:tqf\":" GW_STR_FMT "}",
					  GW_STR_ARG(tqf)));
}
