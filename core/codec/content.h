#pragma once

/*
 * Content - the value of pc in one of its serialisations.
 *
 * Content crosses byte for byte where both sides write it the same way, and is
 * converted without loss where they do not.  Core converts before send() and
 * before reply(), so a binding only says which form it needs.
 */

#include "core/codec/codec_json.h"
#include "core/primitive.h"

struct gw_buf;

/* Whether this gateway can write content that way. */
bool gw_content_is_writable(enum gw_media media);

/* Whether what is written that way is text, and not bytes. */
bool gw_content_is_text(enum gw_media media);

/* Check content that came from a peer: one value, well-formed, within bounds.
 * For XML nothing is known yet and nothing checked.  Returns GW_STATUS_NONE, or
 * the status to answer with and why. */
enum gw_status gw_content_check(struct gw_reason *why, enum gw_media media,
				struct gw_bytes content) GW_MUST_CHECK;

/* Whether checked content is an object, as that of requests is (TS-0004
 * 7.2.1).  XML always is. */
bool gw_content_is_object(enum gw_media media, struct gw_bytes content);

/* Whether content says nothing: an empty object or text, well-formed, which
 * some senders put where there is none. */
bool gw_content_is_empty(enum gw_media media, struct gw_bytes content);

/* Bring checked content into another form, in the primitive's arena.  media
 * NONE, and a primitive without content, stay as they are.  Returns
 * GW_STATUS_NONE; or 4015 when there is no way, or 5000 when memory is short,
 * with the primitive unchanged and *why filled in. */
enum gw_status gw_content_become(struct gw_primitive *p, enum gw_media media,
				 struct gw_reason *why) GW_MUST_CHECK;

/* What came from a peer without the blanks around it, a byte order mark in
 * front and NULs behind it, where those mean nothing. */
struct gw_bytes gw_content_trim(enum gw_media media, struct gw_bytes content);

/* Append the content of p in a form that can be written.  Failure shows as a
 * short buffer. */
void gw_content_put(struct gw_buf *buf, const struct gw_primitive *p,
		    enum gw_media media);

/* The address in content that is m2m:uri or m2m:rce, whichever way it is
 * written; absent when it is something else.  In the arena of p. */
struct gw_str gw_content_address(const struct gw_primitive *p);

/* The value of the only member of checked content as JSON text, such as the
 * list of m2m:atrl, whichever way it is written; absent when the member has
 * another name.  In the arena of p. */
struct gw_str gw_content_root(const struct gw_primitive *p, struct gw_str name);

/* What a protocol carries beside the parameters of an answer. */
struct gw_content_body {
	enum gw_media media;                // NONE: its type is not known
	struct gw_bytes bytes;              // in the arena of the answer
	bool is_onem2m;                     // the answer has an rsc of its own
	const struct gw_primitive *request; // what it answers
};

/* Whether an answer of this status is worth something without its content: it
 * says all in one to NOTIFY and DELETE, in an error, and where the request
 * needs no more. */
bool gw_content_is_dispensable(enum gw_status status,
			       const struct gw_primitive *request);

/* Whether an answer that came whole is of use to its request although its
 * content was lost.  Returns GW_STATUS_NONE, or 5000 with *why filled in. */
enum gw_status
gw_content_judge_lost(struct gw_reason *why, const struct gw_primitive *answer,
		      const struct gw_primitive *request) GW_MUST_CHECK;

/* Make a body the content of an answer, or its tqf (see below).  One that
 * cannot be read is dropped where it is dispensable, and from a receiver that
 * is no oneM2M entity.  Else returns 5000, with *why filled in. */
enum gw_status
gw_content_take_body(struct gw_primitive *answer, struct gw_reason *why,
		     const struct gw_content_body *body) GW_MUST_CHECK;

/* Token request information is a parameter of a refusal (tqf), and its body
 * where a protocol has no other place for it (TS-0009 6.5, TS-0008 6.2.5).
 * Make checked content m2m:tqf that parameter; all else stays. */
void gw_content_take_tqf(struct gw_primitive *answer);

/* The body of an answer in such a protocol: its content, else its tqf. */
struct gw_bytes gw_content_with_tqf(enum gw_media *mediap,
				    const struct gw_primitive *answer);

/* What ?ct= in a URL asks for, NONE for nothing: the serialisation that is
 * taken there (TS-0004 7.5.1.2).  False, with NONE, when that is not known. */
bool gw_content_media_of_url(enum gw_media *mediap, struct gw_str url);

/* Whether a field of a query is that, which is not part of the URL that is
 * asked. */
bool gw_content_is_ct(struct gw_str field);

/* The serialisation that a name of oneM2M means, as in ct= and MQTT topics:
 * "json", "cbor", "xml"; NONE for any other; and that name. */
enum gw_media gw_content_media(struct gw_str name);
const char *gw_content_name(enum gw_media media);

/* The serialisation of a media type, such as "application/json" or
 * "application/vnd.onem2m-res+cbor"; NONE when it is none of oneM2M's. */
enum gw_media gw_content_media_of_type(struct gw_str type);
