/*
 * Near - what somebody may have meant by a word that is none.
 */

#include "gateway/near.h"

#include <string.h>

#define WORD_BYTES 32

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* How many letters must be put in, left out or changed (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_BYTES + 1];
	size_t n = strlen(b);

	for (size_t k = 0; k <= n; k++) {
		row[k] = k;
	}
	for (size_t i = 0; a[i]; i++) {
		size_t above_left = row[0];

		row[0] = i + 1;
		for (size_t k = 0; k < n; k++) {
			size_t above = row[k + 1];

			row[k + 1] = least(row[k] + 1, above + 1,
					   above_left + (a[i] != b[k]));
			above_left = above;
		}
	}
	return row[n];
}

const char *gw_near(const char *word, const char *const *list, size_t n)
{
	const char *best = NULL;
	size_t best_distance = strlen(word) / 2 + 1;

	if (strlen(word) > WORD_BYTES) {
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		if (strlen(list[i]) <= WORD_BYTES &&
		    distance(word, list[i]) < best_distance) {
			best = list[i];
			best_distance = distance(word, list[i]);
		}
	}
	return best;
}
