#pragma once

/*
 * Target - what `to` names (TS-0004 6.2.4).
 */

#include "core/codec/codec_json.h"
#include "core/lib/str.h"
#include "core/status.h"

struct sandbox;
struct sandbox_node;

/* Virtual resources: below a real one, without attributes of their own. */
enum sandbox_virtual {
	SANDBOX_REAL,
	SANDBOX_LATEST, // la: the newest instance
	SANDBOX_OLDEST, // ol
	SANDBOX_POLL,   // pcu
};

struct sandbox_target {
	struct sandbox_node *node; // for a virtual one: the resource above it
	enum sandbox_virtual kind;
	struct gw_str attr; // behind '#'; absent: the whole resource
};

/* Find what an identifier names here: CSE-relative, SP-relative or absolute,
 * structured or not, from the CSEBase by its name, by "-" or by its CSE-ID
 * alone.  Returns NONE; 4000 for what is no identifier; 4004 for what is not
 * here; and then why. */
enum gw_status sandbox_target_find(struct sandbox_target *target,
				   const struct sandbox *box, struct gw_str to,
				   struct gw_reason *why);

/* An originator as this CSE knows it: an AE of ours by its bare stem,
 * everything else as it came. */
struct gw_str sandbox_target_stem(const struct sandbox *box,
				  struct gw_str from);
