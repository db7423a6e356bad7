#pragma once

/*
 * Address - identifiers of oneM2M and their three scopes (TS-0004 6.2.3).
 *
 *	cse-in/ae1          CSE-relative    rest = "cse-in/ae1"
 *	/id-in/cse-in/ae1   SP-relative     cse = "/id-in"
 *	//sp.org/id-in/ae1  absolute        sp = "//sp.org"
 *	http://host/path    a URL           rest = the whole text
 *
 * Everything here slices and compares; nothing is ever rewritten but `fr`,
 * whose scope changes at a border.
 */

#include <stdbool.h>

#include "core/lib/str.h"

struct gw_arena;

enum gw_scope {
	GW_SCOPE_NONE, // no identifier at all
	GW_SCOPE_CSE_RELATIVE,
	GW_SCOPE_SP_RELATIVE,
	GW_SCOPE_ABSOLUTE,
	GW_SCOPE_URL,
};

struct gw_address {
	enum gw_scope scope;
	struct gw_str text; // as it was written
	struct gw_str sp;   // "//sp.org"; absent below absolute scope
	struct gw_str cse;  // "/id-in", or "/S77"; absent in CSE-relative scope
	struct gw_str rest; // what follows, without its leading slash; may be
			    // empty, never absent
};

/* Take an identifier apart.  False, with GW_SCOPE_NONE and the text, when it is
 * empty or holds what no identifier may hold: controls, blanks, or bytes beyond
 * ASCII. */
bool gw_address_parse(struct gw_address *a, struct gw_str text);

/* Whether an AE-ID-Stem, "C..." or "S...", without any slash. */
bool gw_address_is_stem(struct gw_str text);

/* Which reference point a hop is; decides how `fr` is written there. */
enum gw_border {
	GW_BORDER_MCA,  // an AE's own registrar: the stem
	GW_BORDER_MCC,  // another CSE of the provider: SP-relative
	GW_BORDER_MCCP, // a CSE of another provider: absolute
};

/* Where an originator is at home: the CSE it is registered with, and our
 * provider.  Texts may be absent when not known. */
struct gw_home {
	struct gw_str cse; // "/id-in"
	struct gw_str sp;  // "//sp.org"
};

/* `fr` as it is written at a border (TS-0004 7.3.2.6).  What cannot be written
 * that way, such as an absolute id of another provider or what is no
 * identifier, stays as it is.  A slice of fr where that is enough, else in the
 * arena. */
struct gw_str gw_address_rescope(struct gw_arena *arena,
				 const struct gw_address *from,
				 enum gw_border border,
				 const struct gw_home *home);

/*
 * `to` as the path of a URL, and of options that are one (TS-0009 6.2.2.1,
 * TS-0008 6.2.2.2): a mark tells the scope.
 *
 *	cse-in/ae1           /cse-in/ae1
 *	/id-in/cse-in/ae1    /~/id-in/cse-in/ae1
 *	//sp.org/id-in/ae1   /_/sp.org/id-in/ae1
 *
 * Percent-encoding is the business of the protocol.
 */

/* Whether a path begins with such a mark. */
bool gw_address_is_marked(struct gw_str path);

/* The `to` that a path, with its encoding resolved, stands for: a slice where
 * that is enough, else in the arena.  Absent when it names none. */
struct gw_str gw_address_of_path(struct gw_arena *arena, struct gw_str path);

/* The mark of an address, absent when it has none, and the segments behind it,
 * without its "#attribute".  False when it would be read as another address: a
 * CSE-relative one that begins with a mark. */
bool gw_address_to_path(struct gw_str *markp, struct gw_str *segmentsp,
			struct gw_str to);

/* The attribute behind '#' in `to`, or absent. */
struct gw_str gw_address_attribute(struct gw_str to);
