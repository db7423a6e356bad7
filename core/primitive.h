#pragma once

/*
 * Primitive - the one message shape that every protocol is translated into.
 *
 * A request or an answer of oneM2M (TS-0004 7.1).  A primitive lives in its own
 * arena, with every text it points at, and dies with it.  Nothing here names a
 * protocol: what a binding needs in order to answer is kept in the exchange.
 * What a sender left out stays out: absent is .at == NULL (0 for numbers), and
 * nobody fills in defaults.
 *
 * The parameters that the gateway itself reads are fields; all others, known
 * or unknown, cross in `params` as JSON text, so that a number stays a number
 * and an object stays what it was.
 */

#include "core/codec/json.h"
#include "core/lib/cleanup.h"
#include "core/lib/str.h"
#include "core/status.h"

struct gw_arena;

enum gw_op {
	GW_OP_NONE,
	GW_OP_CREATE,
	GW_OP_RETRIEVE,
	GW_OP_UPDATE,
	GW_OP_DELETE,
	GW_OP_NOTIFY,
};

/* How content is written. */
enum gw_media {
	GW_MEDIA_NONE,
	GW_MEDIA_JSON,
	GW_MEDIA_XML,
	GW_MEDIA_CBOR,
};

/* Resource types the gateway reads (TS-0001 9.6). */
enum gw_resource_type {
	GW_TYPE_NONE = 0,
	GW_TYPE_AE = 2,
	GW_TYPE_CSE_BASE = 5,
	GW_TYPE_REMOTE_CSE = 16,
};

/* A parameter without a field of its own. */
struct gw_param {
	struct gw_str name;  // short name, as in the JSON form
	struct gw_str value; // JSON text
	struct gw_param *next;
};

struct gw_primitive {
	struct gw_arena *arena; // owns this struct and all it points at

	enum gw_op op;         // requests only; NONE marks an answer
	enum gw_status status; // rsc; answers only; NONE marks a request
	unsigned type;         // ty; 0 is absent

	struct gw_str id;      // rqi; the digits of one that came as a number
	struct gw_str from;    // fr
	struct gw_str to;      // to
	struct gw_str release; // rvi
	bool has_number_id;    // rqi of a request came as a number, which is
			       // how its answer gives it back

	struct gw_param *params; // everything else, in order of arrival
	struct gw_param **last;  // where the next one is linked in

	enum gw_media media;     // how content is written; NONE without content
	struct gw_bytes content; // pc: the value, not the member
	bool has_lost_content;  // answers: it came, unreadable, and was dropped
	bool needs_status_only; // requests: nobody reads what is answered
	bool is_overload;       // answers: we have no room now, and may soon

	/* Answers that came whole: why; not yet judged is whether the answer is
	 * worth something without. */
	struct gw_str content_fault;
};

/* An empty primitive whose arena hands out at most limit_bytes, the first
 * room_bytes of them without another allocation.  NULL when memory is short. */
struct gw_primitive *gw_primitive_new(size_t room_bytes,
				      size_t limit_bytes) GW_MUST_CHECK;

/* An answer to a request: its id and release copied, the status set,
 * everything else empty.  NULL when memory is short. */
struct gw_primitive *
gw_primitive_new_answer(const struct gw_primitive *request,
			enum gw_status status) GW_MUST_CHECK;

/* The same with {"m2m:dbg":"..."} as content, for a person to read. */
struct gw_primitive *gw_primitive_new_error(const struct gw_primitive *request,
					    enum gw_status status,
					    const char *reason) GW_MUST_CHECK;

/* Free a primitive and all it points at.  NULL is fine.  Returns NULL. */
struct gw_primitive *gw_primitive_free(struct gw_primitive *p);

GW_DEFINE_CLEANUP(struct gw_primitive, gw_primitive_free);

static inline bool gw_primitive_is_request(const struct gw_primitive *p)
{
	return p->op != GW_OP_NONE;
}

/* Whether it asks for the registration of an AE or a CSE. */
static inline bool gw_primitive_is_registration(const struct gw_primitive *p)
{
	return p->op == GW_OP_CREATE &&
	       (p->type == GW_TYPE_AE || p->type == GW_TYPE_REMOTE_CSE);
}

/* Append a parameter.  name and value are borrowed for the primitive's life:
 * they are literals or live in its arena.  An absent value adds nothing.
 * Failure shows as a short arena. */
void gw_primitive_add(struct gw_primitive *p, struct gw_str name,
		      struct gw_str value);

/* The JSON text of a parameter, or absent. */
struct gw_str gw_primitive_get(const struct gw_primitive *p,
			       struct gw_str name);

/* The only member of JSON content, such as "m2m:ae": its name and value.
 * False when there is no JSON content or it is no object of one member.  The
 * content must have been scanned. */
bool gw_primitive_root(struct gw_json_member *root,
		       const struct gw_primitive *p);

/* The resource in JSON content: that only member, or what m2m:rce (rcn 3) holds
 * beside its address.  False when there is none. */
bool gw_primitive_resource(struct gw_json_member *resource,
			   const struct gw_primitive *p);

/* The rtv of a request's rt, whether that is {rtv,nu} or the number alone; 0:
 * none that it can be. */
unsigned gw_primitive_response_type(const struct gw_primitive *request);

/* Whether the sender of a request wants no answer at all: rt 5 (TS-0004
 * 6.3.4.2.5). */
bool gw_primitive_is_silent(const struct gw_primitive *request);

/* The name that content has for a resource of a type, such as "m2m:cnt"
 * (TS-0004 6.3.4.2.1, 8.2.4); absent when it is not known here. */
struct gw_str gw_type_root(int64_t type);

/* "CREATE" and so on, for logs. */
const char *gw_op_name(enum gw_op op);
