#pragma once

/*
 * Near - what somebody may have meant by a word that is none.
 */

#include <stddef.h>

/* The word of a list that differs least from this one, or NULL when none is
 * close enough to be meant. */
const char *gw_near(const char *word, const char *const *list, size_t n);
