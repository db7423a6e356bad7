#pragma once

/*
 * Config source - where the text of a value comes from besides the file itself:
 * the environment, or a file of its own.
 */

#include <stdbool.h>
#include <stddef.h>

struct gw_arena;
struct gw_wrong;

/* Longest secret in a file of its own. */
#define GW_SECRET_BYTES_MAX ((size_t)4096)

/* Whether a text holds what neither a value nor a secret may hold. */
bool gw_source_has_control(const char *text);

/* Replace each ${NAME} in a text by that environment variable, and $${ by ${;
 * all else stays as it is.  False, with what is wrong, when a name is none or
 * is not set, or what comes out cannot be a value.  The text is in the arena
 * where it was changed. */
bool gw_source_expand(struct gw_wrong *wrong, const char **textp,
		      struct gw_arena *a, const char *text);

/* Read a secret: one line, whose end is no part of it.  False, with what is
 * wrong and nothing of the secret in it, when there is none. */
bool gw_source_read(struct gw_wrong *wrong, const char **textp,
		    struct gw_arena *a, const char *file);
