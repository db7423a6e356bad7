/*
 * Encode - from primitives to HTTP.
 */

#include "bindings/http/http_encode.h"

#include <assert.h>

#include "bindings/http/http_escape.h"
#include "bindings/http/http_map.h"
#include "bindings/http/http_target.h"
#include "core/address.h"
#include "core/codec/content.h"
#include "core/codec/form.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "core/status.h"

/* Most bytes of one URL, and of one header. */
#define URL_BYTES_MAX ((size_t)16 * 1024)
#define VALUE_BYTES_MAX ((size_t)16 * 1024)

/* ": " and the line end. */
#define LINE_EXTRA_BYTES 4

/* A terminated copy; NULL when the arena is short. */
static char *terminated(struct gw_arena *a, struct gw_str s)
{
	char *copy = gw_arena_alloc(a, s.len + 1);

	if (copy) {
		memcpy(copy, s.at, s.len);
		copy[s.len] = '\0';
	}
	return copy;
}

static void clear(struct http_lines *lines)
{
	lines->n = 0;
	lines->n_bytes = 0;
	lines->n_text = 0;
}

static enum gw_status short_of_memory(struct gw_reason *why)
{
	(void)gw_refuse(why, "the message is too large");
	return GW_STATUS_INTERNAL_SERVER_ERROR;
}

/* The same for a value of a header, which mostly needs no memory. */
static const char *keep(struct http_lines *lines, struct gw_arena *a,
			struct gw_str s)
{
	char *copy = lines->text + lines->n_text;

	assert(lines->n_text <= sizeof(lines->text));
	if (s.len >= sizeof(lines->text) - lines->n_text) {
		return terminated(a, s);
	}
	memcpy(copy, s.at, s.len);
	copy[s.len] = '\0';
	lines->n_text += s.len + 1;
	return copy;
}

/* Add a header whose value is known to be good and terminated. */
static void add_known(struct http_lines *lines, struct gw_str name,
		      struct gw_str value)
{
	assert(lines->n < HTTP_LINES_MAX);
	lines->at[lines->n] = (struct http_line){ name.at, value.at };
	lines->n++;
	lines->n_bytes += name.len + value.len + LINE_EXTRA_BYTES;
}

/* No controls, and no blanks around it, which nobody would read. */
static bool is_for_a_header(struct gw_str text)
{
	if (gw_str_trim(text).len != text.len) {
		return false;
	}
	for (size_t i = gw_str_printable(text); i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c < ' ' || c == 0x7f) {
			return false;
		}
	}
	return true;
}

static enum gw_status add_line(struct http_lines *lines, struct gw_arena *a,
			       struct gw_reason *why, enum http_header_id id,
			       struct gw_str value)
{
	struct gw_str name = http_header(id)->name;
	const char *copy = NULL;

	if (!gw_str_is_present(value)) {
		return GW_STATUS_NONE;
	}
	if (!is_for_a_header(value) || lines->n == HTTP_LINES_MAX) {
		return gw_refuse(
			why, "what would be " GW_STR_FMT " is not for a header",
			GW_STR_ARG(name));
	}
	copy = keep(lines, a, value);
	if (!copy) {
		return short_of_memory(why);
	}
	add_known(lines, name, (struct gw_str){ copy, value.len });
	return GW_STATUS_NONE;
}

/* With a blank it would be taken for a credential, and not cross. */
static bool is_taken_for_tokens(enum http_header_id id, struct gw_str value)
{
	return id != HTTP_TOKENS || gw_str_find(value, ' ') == value.len;
}

/* A parameter whose JSON form a header carries. */
static enum gw_status add_json(struct http_lines *lines, struct gw_arena *a,
			       struct gw_reason *why, enum http_header_id id,
			       struct gw_str json)
{
	const struct http_header *header = http_header(id);
	enum gw_status status = GW_STATUS_NONE;
	struct gw_str text = { 0 };
	struct gw_buf buf;

	if (header->form == GW_FORM_TEXT || header->form == GW_FORM_NUMBER) {
		text = gw_form_text(a, json);
		return gw_str_is_present(text)
			       ? add_line(lines, a, why, id, text)
			       : gw_refuse(why, GW_STR_FMT " has no plain text",
					   GW_STR_ARG(header->name));
	}
	gw_buf_init(&buf, 0, VALUE_BYTES_MAX);
	if (!gw_form_write(&buf, a, header->form, json) ||
	    gw_buf_is_short(&buf) ||
	    !is_taken_for_tokens(id, gw_buf_str(&buf))) {
		status = gw_refuse(why, GW_STR_FMT " has no plain text",
				   GW_STR_ARG(header->name));
	} else {
		status = add_line(lines, a, why, id, gw_buf_str(&buf));
	}
	gw_buf_deinit(&buf);
	return status;
}

static enum gw_status add_params(struct http_lines *lines,
				 struct gw_reason *why,
				 const struct gw_primitive *p, unsigned where)
{
	enum gw_status status = GW_STATUS_NONE;

	for (const struct gw_param *param = p->params; param && !status;
	     param = param->next) {
		enum http_header_id id = http_header_of(param->name, where);

		if (id != HTTP_N_HEADERS) {
			status = add_json(lines, p->arena, why, id,
					  param->value);
		}
	}
	return status;
}

static enum gw_status add_identity(struct http_lines *lines,
				   struct gw_reason *why,
				   const struct gw_primitive *p,
				   struct gw_str from)
{
	enum gw_status status = add_line(lines, p->arena, why, HTTP_ID, p->id);

	if (status == GW_STATUS_NONE) {
		status = add_line(lines, p->arena, why, HTTP_RELEASE,
				  p->release);
	}
	if (status == GW_STATUS_NONE) {
		status = add_line(lines, p->arena, why, HTTP_FROM, from);
	}
	return status;
}

static enum gw_status add_status(struct http_lines *lines, struct gw_arena *a,
				 struct gw_reason *why, enum gw_status status)
{
	unsigned n = (unsigned)status;
	char digits[10];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	return add_line(lines, a, why, HTTP_STATUS,
			(struct gw_str){ digits + i, sizeof(digits) - i });
}

static bool may_have_location(const struct gw_primitive *answer, enum gw_op op)
{
	return op == GW_OP_CREATE ||
	       answer->status == GW_STATUS_ACCEPTED_FOR_NONBLOCKING_SYNCH ||
	       answer->status == GW_STATUS_ACCEPTED_FOR_NONBLOCKING_ASYNCH;
}

/* Content-Location tells the address of what was created, when the content is
 * m2m:uri or m2m:rce (TS-0009 6.4.5). */
static void add_location(struct http_lines *lines,
			 const struct gw_primitive *answer, enum gw_op op)
{
	struct gw_str address = { 0 };
	struct gw_buf buf;
	const char *copy = NULL;

	if (may_have_location(answer, op)) {
		address = gw_content_address(answer);
	}
	if (address.len == 0) {
		return;
	}
	gw_buf_init(&buf, 0, VALUE_BYTES_MAX);
	http_escape(&buf, address, HTTP_PART_PATH);
	copy = gw_buf_is_short(&buf)
		       ? NULL
		       : keep(lines, answer->arena, gw_buf_str(&buf));
	if (copy) {
		add_known(lines, GW_STR("Content-Location"), gw_str_from(copy));
	}
	gw_buf_deinit(&buf);
}

enum gw_status http_encode_answer(struct http_lines *lines,
				  struct gw_bytes *contentp,
				  struct gw_reason *why,
				  const struct gw_primitive *answer,
				  enum gw_op op)
{
	enum gw_media media = GW_MEDIA_NONE;
	const char *type = NULL;
	enum gw_status status = GW_STATUS_NONE;

	clear(lines);
	status = add_status(lines, answer->arena, why, answer->status);
	if (status == GW_STATUS_NONE) {
		status = add_identity(lines, why, answer, answer->from);
	}
	if (status == GW_STATUS_NONE) {
		status = add_params(lines, why, answer, HTTP_IN_ANSWER);
	}
	if (status != GW_STATUS_NONE) {
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	*contentp = gw_content_with_tqf(&media, answer);
	type = contentp->len > 0 ? http_media_name(media) : NULL;
	if (lines->n + 2 > HTTP_LINES_MAX ||
	    (media != GW_MEDIA_NONE && !contentp->at)) {
		return short_of_memory(why);
	}
	if (type) {
		add_known(lines, http_header(HTTP_CONTENT_TYPE)->name,
			  gw_str_from(type));
	}
	add_location(lines, answer, op);
	return GW_STATUS_NONE;
}

static enum gw_status add_content_type(struct http_request *out,
				       struct gw_reason *why,
				       const struct gw_primitive *request)
{
	struct gw_arena *a = request->arena;
	const char *name = http_media_name(request->media);
	struct gw_str value = gw_str_from(name ? name : "application/json");

	/* ty stands alone and without a blank: there are peers that take all
	 * behind the first '=' for it. */
	if (request->op == GW_OP_CREATE && request->type != 0) {
		value = gw_arena_print(a, "%s;ty=%u", value.at, request->type);
	}
	out->body = request->content;
	return add_line(&out->lines, a, why, HTTP_CONTENT_TYPE, value);
}

/* Only the list of a partial RETRIEVE can be written without a body. */
static enum gw_status take_attributes(struct gw_str *listp,
				      struct gw_reason *why,
				      const struct gw_primitive *request)
{
	struct gw_str one = gw_address_attribute(request->to);

	if (gw_str_is_present(one) &&
	    (request->op != GW_OP_RETRIEVE || one.len == 0)) {
		return gw_refuse(why, "an attribute can only be retrieved");
	}
	if (one.len > 0) {
		struct gw_str quoted = gw_json_quote(request->arena, one);

		*listp = gw_arena_print(request->arena, "[" GW_STR_FMT "]",
					GW_STR_ARG(quoted));
	}
	if (request->content.len == 0) {
		return GW_STATUS_NONE;
	}
	if (request->op == GW_OP_RETRIEVE && one.len == 0) {
		*listp = gw_content_root(request, GW_STR("m2m:atrl"));
	}
	return gw_str_is_present(*listp) && one.len == 0
		       ? GW_STATUS_NONE
		       : gw_refuse(why, "a %s has no content in HTTP",
				   gw_op_name(request->op));
}

/* ct= of a notification target names the serialisation and is not part of the
 * URL (TS-0004 7.5.1.2). */
static enum gw_status check_ct(struct gw_reason *why, struct gw_str ct,
			       enum gw_media media)
{
	enum gw_media wanted = gw_content_media(ct);

	if (wanted != GW_MEDIA_NONE &&
	    (media == GW_MEDIA_NONE || media == wanted)) {
		return GW_STATUS_NONE;
	}
	(void)gw_refuse(why, "the target wants content as " GW_STR_FMT,
			GW_STR_ARG(ct));
	return GW_STATUS_UNSUPPORTED_MEDIA_TYPE;
}

/* The URL of a target without its ct=; *jointp is what a further field is
 * joined with. */
static enum gw_status put_whole_url(struct gw_buf *buf, struct gw_reason *why,
				    char *jointp, struct gw_str url,
				    enum gw_media media)
{
	struct gw_str rest = gw_str_head(url, gw_str_find(url, '#'));
	enum gw_status status = GW_STATUS_NONE;

	gw_buf_add_str(buf, gw_str_cut(&rest, '?'));
	*jointp = '?';
	while (rest.len > 0 && status == GW_STATUS_NONE) {
		struct gw_str field = gw_str_cut(&rest, '&');

		if (gw_str_starts(field, GW_STR("ct="))) {
			status = check_ct(why, gw_str_skip(field, 3), media);
			continue;
		}
		gw_buf_add_char(buf, *jointp);
		gw_buf_add_str(buf, field);
		*jointp = '&';
	}
	return status;
}

static enum gw_status put_url(struct gw_buf *buf, struct gw_reason *why,
			      const struct gw_primitive *request,
			      const struct http_hop *hop)
{
	struct gw_str list = { 0 };
	char joint = '?';
	struct gw_str base = hop->url;
	enum gw_status status = take_attributes(&list, why, request);

	if (status != GW_STATUS_NONE) {
		return status;
	}
	if (hop->is_whole_url) {
		status = put_whole_url(buf, why, &joint, base, request->media);
	} else {
		while (gw_str_ends(base, GW_STR("/"))) {
			base.len--;
		}
		gw_buf_add_str(buf, base);
		if (!http_path_write(buf, request->to)) {
			return gw_refuse(why, "the target has no path in HTTP");
		}
	}
	if (status == GW_STATUS_NONE) {
		status = http_query_write(buf, why, request, list, joint);
	}
	if (status == GW_STATUS_NONE && gw_buf_is_short(buf)) {
		return gw_refuse(why, "the URL is too long");
	}
	return status;
}

static enum gw_status build_url(struct http_request *out, struct gw_reason *why,
				const struct gw_primitive *request,
				const struct http_hop *hop)
{
	struct gw_buf buf;
	enum gw_status status = GW_STATUS_NONE;

	gw_buf_init(&buf, 0, URL_BYTES_MAX);
	status = put_url(&buf, why, request, hop);
	if (status == GW_STATUS_NONE) {
		out->url = terminated(request->arena, gw_buf_str(&buf));
		status = out->url ? GW_STATUS_NONE : short_of_memory(why);
	}
	gw_buf_deinit(&buf);
	return status;
}

static enum gw_status add_targets(struct http_request *out,
				  struct gw_reason *why,
				  const struct gw_primitive *request)
{
	struct gw_str rt = gw_primitive_get(request, GW_STR("rt"));
	struct gw_json_member targets;

	if (gw_json_type_of(rt) != GW_JSON_OBJECT ||
	    !gw_json_get(&targets, rt, GW_STR("nu"))) {
		return GW_STATUS_NONE;
	}
	return add_json(&out->lines, request->arena, why, HTTP_TARGETS,
			targets.value);
}

bool http_has_body(enum gw_op op)
{
	return op == GW_OP_CREATE || op == GW_OP_UPDATE || op == GW_OP_NOTIFY;
}

static enum gw_status add_headers(struct http_request *out,
				  struct gw_reason *why,
				  const struct gw_primitive *request,
				  const struct http_hop *hop)
{
	struct gw_str from = gw_str_is_present(hop->from) ? hop->from
							  : request->from;
	const char *media = http_media_name(hop->media ? hop->media
						       : request->media);
	enum gw_status status = add_identity(&out->lines, why, request, from);

	if (status == GW_STATUS_NONE) {
		status = add_targets(out, why, request);
	}
	if (status == GW_STATUS_NONE) {
		status = add_params(&out->lines, why, request, HTTP_IN_REQUEST);
	}
	if (status == GW_STATUS_NONE && http_has_body(request->op)) {
		status = add_content_type(out, why, request);
	}
	if (status == GW_STATUS_NONE) {
		status = add_line(
			&out->lines, request->arena, why, HTTP_ACCEPT,
			gw_str_from(media ? media : "application/json"));
	}
	return status;
}

enum gw_status http_encode_request(struct http_request *out,
				   struct gw_reason *why,
				   const struct gw_primitive *request,
				   const struct http_hop *hop)
{
	/* What may become part of the URL. */
	struct gw_primitive in_url = *request;
	enum gw_status status = GW_STATUS_NONE;

	out->method = http_method_of(request->op);
	out->url = NULL;
	clear(&out->lines);
	out->body = (struct gw_bytes){ 0 };
	if (http_has_body(request->op)) {
		in_url.content = (struct gw_bytes){ 0 };
	}
	if (request->op == GW_OP_CREATE && request->type == 0) {
		return gw_refuse(why, "without ty it would be a NOTIFY");
	}
	if (hop->is_whole_url) {
		in_url.to = (struct gw_str){ 0 };
	}
	status = build_url(out, why, &in_url, hop);
	return status == GW_STATUS_NONE ? add_headers(out, why, request, hop)
					: status;
}
