#pragma once

/*
 * Mistakes - what is wrong with a configuration, line by line.
 */

#include <stdio.h>

#include "core/lib/cleanup.h"

/* Mistakes that are told; those beyond are only counted. */
#define GW_MISTAKES_MAX 50

#define GW_MISTAKE_KEY_BYTES 128
#define GW_MISTAKE_REASON_BYTES 320

struct gw_mistake {
	size_t line;                    // from 1 on; 0: the file as a whole
	char key[GW_MISTAKE_KEY_BYTES]; // such as "cses[1].url", or ""
	char reason[GW_MISTAKE_REASON_BYTES];
};

/* Zeroed to begin with. */
struct gw_mistakes {
	struct gw_mistake at[GW_MISTAKES_MAX];
	size_t n; // may be above GW_MISTAKES_MAX
};

/* Note a mistake.  Controls in it come out as "?". */
void gw_mistake(struct gw_mistakes *m, size_t line, const char *key,
		const char *fmt, ...) GW_PRINTF(4, 5);

/* One line each, in the order of the file:
 *	FILE:LINE: KEY: reason */
void gw_mistakes_tell(const struct gw_mistakes *m, const char *file, FILE *to);
