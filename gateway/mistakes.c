/*
 * Mistakes - what is wrong with a configuration, line by line.
 */

#include "gateway/mistakes.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

/* What a file holds must not steer the terminal it is shown on. */
static void make_harmless(char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f) {
			*text = '?';
		}
	}
}

void gw_mistake(struct gw_mistakes *m, size_t line, const char *key,
		const char *fmt, ...)
{
	struct gw_mistake *one = NULL;
	va_list args;

	m->n++;
	if (m->n > GW_MISTAKES_MAX) {
		return;
	}
	one = &m->at[m->n - 1];
	one->line = line;
	(void)snprintf(one->key, sizeof(one->key), "%s", key);
	va_start(args, fmt);
	(void)vsnprintf(one->reason, sizeof(one->reason), fmt, args);
	va_end(args);
	make_harmless(one->key);
	make_harmless(one->reason);
}

/* The next mistake behind this place: the lowest line, and in one line the
 * order in which they were found.  What concerns the whole file comes last. */
static const struct gw_mistake *next(const struct gw_mistakes *m, size_t n,
				     const struct gw_mistake *last)
{
	const struct gw_mistake *best = NULL;
	size_t after = last ? last->line - 1 : 0;

	for (size_t i = 0; i < n; i++) {
		const struct gw_mistake *one = &m->at[i];
		size_t line = one->line - 1; // line 0 becomes the highest

		if (last && (line < after || (line == after && one <= last))) {
			continue;
		}
		if (!best || line < best->line - 1) {
			best = one;
		}
	}
	return best;
}

static void tell(const struct gw_mistake *one, const char *file, FILE *to)
{
	(void)fprintf(to, "%s:", file);
	if (one->line > 0) {
		(void)fprintf(to, "%zu:", one->line);
	}
	(void)fprintf(to, " %s%s%s\n", one->key, one->key[0] ? ": " : "",
		      one->reason);
}

void gw_mistakes_tell(const struct gw_mistakes *m, const char *file, FILE *to)
{
	size_t n = m->n < GW_MISTAKES_MAX ? m->n : GW_MISTAKES_MAX;
	const struct gw_mistake *one = next(m, n, NULL);

	for (; one; one = next(m, n, one)) {
		tell(one, file, to);
	}
	if (m->n > n) {
		(void)fprintf(to, "%s: and %zu more mistakes\n", file,
			      m->n - n);
	}
}
