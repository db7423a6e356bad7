/*
 * JSON codec - reading a primitive.
 *
 * One scan lists the members of the borrowed text, which tells how
 * much room the primitive needs; one copy then holds all that its fields,
 * parameters and content are slices of.
 */

#include "core/codec/codec_json.h"

#include <assert.h>
#include <stdio.h>

#include "core/lib/arena.h"

#define TYPE_MAX UINT16_MAX
#define STATUS_MAX 9999

/* What the arena takes for itself beside the bytes of one allocation. */
#define ALIGNMENT_BYTES sizeof(max_align_t)

/* The parameters with a field of their own, and those without. */
enum field {
	OP,
	RSC,
	TO,
	FR,
	RQI,
	RVI,
	TY,
	PC,
	N_FIELDS,
	OTHER = N_FIELDS,
};

static const char field_names[N_FIELDS][4] = {
	[OP] = "op",   [RSC] = "rsc", [TO] = "to", [FR] = "fr",
	[RQI] = "rqi", [RVI] = "rvi", [TY] = "ty", [PC] = "pc",
};

/* Content of at least so many bytes is kept apart from the rest, so that it can
 * be freed before that is. */
#define APART_BYTES ((size_t)4096)

/* A message as it was scanned; all texts are slices of what was received. */
struct message {
	struct gw_str text; // the object, without what it is wrapped in
	struct gw_json_member members[GW_CODEC_MEMBERS_MAX];
	enum field kinds[GW_CODEC_MEMBERS_MAX];
	size_t n_members;
	size_t n_others;
	struct gw_str fields[N_FIELDS]; // values; absent when they are missing
	bool is_request;
};

/* Where a message becomes a primitive. */
struct reader {
	const struct message *message;
	struct gw_primitive *p;
	const char *copy;    // of message->text, in the arena, but for
	struct gw_str apart; // what of it stands elsewhere
	struct gw_reason *why;
};

static enum gw_status refuse(struct gw_reason *why, const char *reason)
{
	(void)snprintf(why->text, sizeof(why->text), "%s", reason);
	return GW_STATUS_BAD_REQUEST;
}

static enum gw_status refuse_field(struct gw_reason *why, enum field field,
				   const char *reason)
{
	(void)snprintf(why->text, sizeof(why->text), "%s %s",
		       field_names[field], reason);
	return GW_STATUS_BAD_REQUEST;
}

static enum gw_status refuse_short(struct gw_reason *why)
{
	(void)refuse(why, "memory is short");
	return GW_STATUS_INTERNAL_SERVER_ERROR;
}

static bool has_escape(struct gw_str text)
{
	return gw_str_find(text, '\\') < text.len;
}

static enum field escaped_field(struct gw_str name)
{
	for (size_t i = 0; i < N_FIELDS; i++) {
		if (gw_json_is_name(name, gw_str_from(field_names[i]))) {
			return (enum field)i;
		}
	}
	return OTHER;
}

/* Two or three letters in one number. */
#define KEY(a, b, c) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16)

static enum field field_of(struct gw_str name)
{
	if (name.len != 2 && name.len != 3) {
		return has_escape(name) ? escaped_field(name) : OTHER;
	}
	switch (KEY((uint8_t)name.at[0], (uint8_t)name.at[1],
		    name.len == 3 ? (uint8_t)name.at[2] : 0)) {
	case KEY('o', 'p', 0):
		return OP;
	case KEY('r', 's', 'c'):
		return RSC;
	case KEY('t', 'o', 0):
		return TO;
	case KEY('f', 'r', 0):
		return FR;
	case KEY('r', 'q', 'i'):
		return RQI;
	case KEY('r', 'v', 'i'):
		return RVI;
	case KEY('t', 'y', 0):
		return TY;
	case KEY('p', 'c', 0):
		return PC;
	default:
		return OTHER;
	}
}

static enum gw_status scan(struct message *m, struct gw_reason *why,
			   struct gw_str text)
{
	struct gw_json_error error;

	m->text = text;
	if (gw_json_scan(text, m->members, GW_CODEC_MEMBERS_MAX, &m->n_members,
			 &error)) {
		return GW_STATUS_NONE;
	}
	if (error.is_short) {
		return refuse_short(why);
	}
	(void)snprintf(why->text, sizeof(why->text), "%s, at byte %zu",
		       error.reason, error.at);
	return GW_STATUS_BAD_REQUEST;
}

struct gw_str gw_codec_wrap(size_t i)
{
	static const char *const wraps[] = { "m2m:rqp", "m2m:rsp" };

	return i < sizeof(wraps) / sizeof(*wraps) ? gw_str_from(wraps[i])
						  : (struct gw_str){ 0 };
}

bool gw_codec_is_wrap(struct gw_str name)
{
	for (size_t i = 0; gw_str_is_present(gw_codec_wrap(i)); i++) {
		if (gw_json_is_name(name, gw_codec_wrap(i))) {
			return true;
		}
	}
	return false;
}

static bool is_wrap(const struct gw_json_member *only)
{
	return only->type == GW_JSON_OBJECT && gw_codec_is_wrap(only->name);
}

struct gw_str gw_codec_json_unwrapped(struct gw_str object)
{
	struct gw_json_walk walk = gw_json_walk(object);
	struct gw_json_member only;
	struct gw_json_member second;

	return gw_json_next(&walk, &only) && !gw_json_next(&walk, &second) &&
			       is_wrap(&only)
		       ? only.value
		       : object;
}

/* A parameter that is null is absent. */
static void sort_members(struct message *m)
{
	assert(m->n_members <= GW_CODEC_MEMBERS_MAX);
	m->n_others = 0;
	memset(m->fields, 0, sizeof(m->fields));
	for (size_t i = 0; i < m->n_members; i++) {
		enum field field = field_of(m->members[i].name);

		m->kinds[i] = field;
		if (m->members[i].type == GW_JSON_NULL) {
			continue;
		}
		if (field == OTHER) {
			m->n_others++;
		} else {
			m->fields[field] = m->members[i].value;
		}
	}
}

static bool has(const struct message *m, enum field field)
{
	return gw_str_is_present(m->fields[field]);
}

static enum gw_status read_message(struct message *m, struct gw_reason *why,
				   struct gw_str text)
{
	enum gw_status status = scan(m, why, text);

	if (status == GW_STATUS_NONE && m->n_members == 1 &&
	    is_wrap(&m->members[0])) {
		status = scan(m, why, m->members[0].value);
	}
	if (status != GW_STATUS_NONE) {
		return status;
	}
	sort_members(m);
	if (!has(m, OP) && !has(m, RSC)) {
		return refuse(why, "op or rsc must be present");
	}
	m->is_request = !has(m, RSC);
	return GW_STATUS_NONE;
}

/* A slice of the message as a slice of its copy. */
static struct gw_str copied(const struct reader *r, struct gw_str slice)
{
	const struct gw_str *text = &r->message->text;
	bool is_behind = r->apart.at && slice.at > r->apart.at;

	assert(slice.at >= text->at);
	assert(slice.at + slice.len <= text->at + text->len);
	assert(!is_behind || slice.at >= r->apart.at + r->apart.len);
	slice.at = r->copy + (slice.at - text->at) -
		   (is_behind ? r->apart.len : 0);
	return slice;
}

/* Of a message, what is copied apart from the rest: large content. */
static struct gw_str apart_of(const struct message *m)
{
	struct gw_str content = m->fields[PC];

	return content.len >= APART_BYTES ? content : (struct gw_str){ 0 };
}

/* Copy the message but for what stands apart. */
static bool copy(struct reader *r)
{
	struct gw_str text = r->message->text;
	size_t before = 0;
	char *at = NULL;

	r->apart = apart_of(r->message);
	if (!r->apart.at) {
		r->copy = gw_arena_str(r->p->arena, text).at;
		return r->copy != NULL;
	}
	at = gw_arena_alloc(r->p->arena, text.len - r->apart.len);
	if (at) {
		before = (size_t)(r->apart.at - text.at);
		memcpy(at, text.at, before);
		memcpy(at + before, r->apart.at + r->apart.len,
		       text.len - before - r->apart.len);
	}
	r->copy = at;
	return at != NULL;
}

static bool has_control(struct gw_str text)
{
	for (size_t i = gw_str_printable(text); i < text.len; i++) {
		if ((uint8_t)text.at[i] < 0x20 || text.at[i] == 0x7f) {
			return true;
		}
	}
	return false;
}

/* Whether a number is written as an integer, so that its text is the only one
 * that it has. */
static bool is_integer(struct gw_str number)
{
	for (size_t i = number.at[0] == '-'; i < number.len; i++) {
		if (number.at[i] < '0' || number.at[i] > '9') {
			return false;
		}
	}
	return true;
}

/* Whether a number may stand where a text should: some peers have numbers for
 * request ids, or echo one that looks like a number as such. */
static bool may_be_number(const struct message *m, enum field field)
{
	if (m->is_request) {
		return field == RQI && is_integer(m->fields[field]);
	}
	return field == RQI || field == RVI;
}

/* What an answer may do without is not worth losing it: `to` and `fr` of an
 * answer lead nowhere, it finds its way by its id. */
static bool may_be_ignored(const struct message *m, enum field field)
{
	return !m->is_request && (field == TO || field == FR);
}

static enum gw_status read_text(struct gw_str *textp, const struct reader *r,
				enum field field)
{
	struct gw_str value = r->message->fields[field];
	struct gw_str text = { 0 };

	if (!gw_str_is_present(value)) {
		return GW_STATUS_NONE;
	}
	value = copied(r, value);
	switch (gw_json_type_of(value)) {
	case GW_JSON_STRING:
		text = gw_json_text(r->p->arena, value);
		break;
	case GW_JSON_NUMBER:
		text = may_be_number(r->message, field) ? value : text;
		break;
	default:
		break;
	}
	if (gw_arena_is_short(r->p->arena)) {
		return GW_STATUS_NONE;
	}
	if (!gw_str_is_present(text)) {
		return may_be_ignored(r->message, field)
			       ? GW_STATUS_NONE
			       : refuse_field(r->why, field, "is no string");
	}
	if (has_control(text)) {
		return may_be_ignored(r->message, field)
			       ? GW_STATUS_NONE
			       : refuse_field(r->why, field,
					      "holds a control character");
	}
	*textp = text;
	return GW_STATUS_NONE;
}

static bool is_number(const struct message *m, enum field field)
{
	return has(m, field) &&
	       gw_json_type_of(m->fields[field]) == GW_JSON_NUMBER;
}

static enum gw_status read_texts(struct reader *r)
{
	struct gw_primitive *p = r->p;
	enum gw_status status = read_text(&p->id, r, RQI);

	p->has_number_id = r->message->is_request && is_number(r->message, RQI);
	if (status == GW_STATUS_NONE) {
		status = read_text(&p->from, r, FR);
	}
	if (status == GW_STATUS_NONE) {
		status = read_text(&p->to, r, TO);
	}
	if (status == GW_STATUS_NONE) {
		status = read_text(&p->release, r, RVI);
	}
	/* Mobius leaves the id of an answer empty when it could not read it. */
	if (p->id.len == 0 && !r->message->is_request) {
		p->id = (struct gw_str){ 0 };
	}
	return status;
}

static enum gw_status read_number(int *np, const struct reader *r,
				  enum field field, int max)
{
	struct gw_str value = r->message->fields[field];
	int64_t n = 0;

	if (!gw_str_is_present(value)) {
		return GW_STATUS_NONE;
	}
	if (!gw_json_integer(&n, value) || n < 1 || n > max) {
		return refuse_field(r->why, field,
				    "is no number that it can be");
	}
	assert(field == OP || field == RSC || field == TY);
	*np = (int)n;
	return GW_STATUS_NONE;
}

static enum gw_status read_numbers(struct reader *r)
{
	int op = GW_OP_NONE;
	int rsc = GW_STATUS_NONE;
	int type = GW_TYPE_NONE;
	enum gw_status status = GW_STATUS_NONE;

	if (r->message->is_request) {
		status = read_number(&op, r, OP, GW_OP_NOTIFY);
	}
	if (status == GW_STATUS_NONE) {
		status = read_number(&rsc, r, RSC, STATUS_MAX);
	}
	if (status == GW_STATUS_NONE) {
		status = read_number(&type, r, TY, TYPE_MAX);
	}
	r->p->op = (enum gw_op)op;
	r->p->status = (enum gw_status)rsc;
	r->p->type = (unsigned)type;
	return status;
}

/* The name of a parameter with its escapes resolved. */
static struct gw_str param_name(const struct reader *r, struct gw_str name)
{
	struct gw_str copy = copied(r, name);
	struct gw_str quoted = { .at = copy.at - 1, .len = copy.len + 2 };

	assert(copy.at[-1] == '"' && copy.at[copy.len] == '"');
	return has_escape(name) ? gw_json_text(r->p->arena, quoted) : copy;
}

static void read_params(struct reader *r)
{
	const struct message *m = r->message;

	for (size_t i = 0; i < m->n_members; i++) {
		const struct gw_json_member *member = &m->members[i];

		if (m->kinds[i] == OTHER && member->type != GW_JSON_NULL) {
			gw_primitive_add(r->p, param_name(r, member->name),
					 copied(r, member->value));
		}
	}
}

static enum gw_status check_request(const struct reader *r)
{
	if (r->p->id.len == 0) {
		return refuse_field(r->why, RQI, "is missing");
	}
	if (!gw_str_is_present(r->p->to)) {
		return refuse_field(r->why, TO, "is missing");
	}
	return GW_STATUS_NONE;
}

static enum gw_status read_primitive(struct reader *r)
{
	struct gw_primitive *p = r->p;
	const struct message *m = r->message;
	enum gw_status status = GW_STATUS_NONE;

	if (copy(r)) {
		status = read_numbers(r);
		if (status == GW_STATUS_NONE) {
			status = read_texts(r);
		}
		read_params(r);
	}
	if (r->copy && has(m, PC)) {
		p->content = gw_bytes_of(
			r->apart.at ? gw_arena_str(p->arena, r->apart)
				    : copied(r, m->fields[PC]));
		p->media = GW_MEDIA_JSON;
	}
	if (gw_arena_is_short(p->arena)) {
		return refuse(r->why, "the primitive is too large");
	}
	if (status == GW_STATUS_NONE && m->is_request) {
		assert(p->op != GW_OP_NONE);
		status = check_request(r);
	}
	return status;
}

/* A text in the arena of its own; absent when it could not be one. */
static struct gw_str own_text(struct gw_arena *a, struct gw_str value)
{
	struct gw_str text = gw_json_text(a, value);

	return has_control(text) ? (struct gw_str){ 0 } : gw_arena_str(a, text);
}

/* What is left of a request that is refused: enough to answer it.  NULL when
 * it cannot be answered. */
static struct gw_primitive *new_head(const struct message *m,
				     size_t limit_bytes)
{
	struct gw_str id = m->fields[RQI];
	size_t room = id.len + m->fields[RVI].len + 2 * ALIGNMENT_BYTES;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p =
		m->is_request ? gw_primitive_new(room, limit_bytes) : NULL;
	int64_t op = 0;

	if (!p) {
		return NULL;
	}
	if (!gw_json_integer(&op, m->fields[OP]) || op < GW_OP_CREATE ||
	    op > GW_OP_NOTIFY) {
		op = GW_OP_RETRIEVE;
	}
	p->op = (enum gw_op)op;
	p->has_number_id = is_number(m, RQI);
	p->id = p->has_number_id ? gw_arena_str(p->arena, id)
				 : own_text(p->arena, id);
	p->release = own_text(p->arena, m->fields[RVI]);
	return p->id.len > 0 ? gw_take(&p) : NULL;
}

static size_t room_for(const struct message *m)
{
	size_t param = sizeof(struct gw_param) + ALIGNMENT_BYTES;

	return m->text.len - apart_of(m).len + ALIGNMENT_BYTES +
	       m->n_others * param;
}

enum gw_status gw_codec_json_decode(struct gw_primitive **pp,
				    struct gw_reason *why, struct gw_str text,
				    size_t limit_bytes)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;
	struct message m;
	struct reader r = { .message = &m, .why = why };
	enum gw_status status = read_message(&m, why, text);

	*pp = NULL;
	if (status != GW_STATUS_NONE) {
		return status;
	}
	p = gw_primitive_new(room_for(&m), limit_bytes);
	if (!p) {
		return refuse_short(why);
	}
	r.p = p;
	status = read_primitive(&r);
	*pp = status == GW_STATUS_NONE ? gw_take(&p)
				       : new_head(&m, limit_bytes);
	return status;
}
