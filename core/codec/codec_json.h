#pragma once

/*
 * JSON codec - a whole primitive to and from its JSON form (TS-0004 8.4).
 *
 * Bare objects, as WebSocket and MQTT carry them.  What is content stays the
 * bytes that arrived.
 */

#include "core/primitive.h"
#include "core/status.h"

struct gw_buf;

/* Members a decoded primitive may have at its top level. */
#define GW_CODEC_MEMBERS_MAX 64

/* The names that a primitive may be wrapped in, as the value of an only member:
 * TS-0004 8.4.2 forbids it, and old texts and peers do it.  Absent behind the
 * last one. */
struct gw_str gw_codec_wrap(size_t i);

/* Whether the name of a member is one of them. */
bool gw_codec_is_wrap(struct gw_str name);

/* The object that is the primitive, in scanned JSON: not what it may be wrapped
 * in. */
struct gw_str gw_codec_json_unwrapped(struct gw_str object);

/*
 * Read one primitive.  The text is borrowed and copied once into the arena of
 * the result.  A lone m2m:rqp or m2m:rsp around the primitive is unwrapped.
 * `rsc` makes an answer, whatever else is there, and `op` without it a request;
 * neither is refused.  What is null is absent.  Numbers may be written as
 * floats or as strings of digits, rvi may be missing, and pc may be any JSON
 * value (seen with real peers); rqi must be a string, an integer or, in an
 * answer, any number, whose text then is the id.  A request needs rqi and to;
 * an answer without rqi, or with an empty one, has no id.
 *
 * Returns GW_STATUS_NONE and the primitive in *pp; or the status that tells a
 * requester what is wrong, with *why filled in.  A refused text that is a
 * request with a readable rqi, or any number, still sets *pp, to a primitive
 * that holds op, id and release only, so that the refusal can be addressed (op
 * is RETRIEVE when it was none of the five); else *pp is NULL.  Whoever calls
 * answers only when *pp is set and is a request: nothing else may ever be
 * answered.  limit_bytes bounds the arena.
 */
enum gw_status gw_codec_json_decode(struct gw_primitive **pp,
				    struct gw_reason *why, struct gw_str text,
				    size_t limit_bytes) GW_MUST_CHECK;

/* What an encoder puts in place of, or leaves out of, a primitive for one
 * hop.  A zeroed struct changes nothing. */
struct gw_codec_hop {
	struct gw_str id;      // rqi on this hop; absent: the primitive's own
	struct gw_str from;    // fr on this hop; absent: the primitive's own
	bool is_anonymous;     // leave to and fr out of answers
	bool has_flat_filters; // fc.atr [{nm,val}] as plain members of fc
	bool has_single_smf;   // fc.smf ["x"] as "x"
};

/* Whether the rqi of p is written on this hop as the number that it is. */
bool gw_codec_has_number_id(const struct gw_primitive *p,
			    const struct gw_codec_hop *hop);

/* Append the JSON form of p, whose content may be JSON or CBOR.  Failure shows
 * as a short buffer. */
void gw_codec_json_encode(struct gw_buf *buf, const struct gw_primitive *p,
			  const struct gw_codec_hop *hop);

/* fc as the hop wants it: with every {nm,val} of atr as a plain member, and smf
 * as one text.  Unchanged where nothing is to change; atr also when it has two
 * for one name, and smf when it has several, which cannot be said so.  In the
 * arena or a slice; absent when the arena is short. */
struct gw_str gw_codec_filters(struct gw_arena *a, struct gw_str fc,
			       const struct gw_codec_hop *hop);
