#pragma once

/*
 * File - a whole file, read into memory.
 */

#include <stddef.h>

#include "core/lib/cleanup.h"

/* Read a file of at most max bytes; *textp is the caller's, to be freed, and
 * has a terminator behind its *np bytes.  Returns 0; -EFBIG when it is larger;
 * or another negative errno. */
int gw_file_read(char **textp, size_t *np, const char *path,
		 size_t max) GW_MUST_CHECK;

/* The same for a file that a configuration names, which is a file on a disk, so
 * that reading it ends.  Folders are -EISDIR, pipes and devices -EINVAL. */
int gw_file_read_named(char **textp, size_t *np, const char *path,
		       size_t max) GW_MUST_CHECK;

/* What went wrong, as the end of a sentence.  error is what the above
 * returned. */
const char *gw_file_reason(int error);
