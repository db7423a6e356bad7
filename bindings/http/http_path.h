#pragma once

/*
 * Path - `to` and the path of a URL (TS-0009 6.2.2.1).
 *
 *	cse-in/ae1           /cse-in/ae1
 *	/id-in/cse-in/ae1    /~/id-in/cse-in/ae1
 *	//sp.org/id-in/ae1   /_/sp.org/id-in/ae1
 *	cse-in/ae1#lbl       /cse-in/ae1?atrl=lbl
 */

#include "core/lib/str.h"

struct gw_arena;
struct gw_buf;

/* The `to` that a path names, in the arena or a slice.  Absent when it names
 * none. */
struct gw_str http_path_read(struct gw_arena *a, struct gw_str path);

/* Append the path of an address, without its "#attribute".  False when it would
 * be read as another address: a CSE-relative one that begins with ~ or _. */
bool http_path_write(struct gw_buf *buf, struct gw_str to);
