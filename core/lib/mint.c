/*
 * Mint - ids of our own, which nobody else can guess and which never repeat.
 */

#include "core/lib/mint.h"

#include <assert.h>
#include <stdio.h>

#define STEM_MAX 32
#define SALT_CHARS 12
#define DECIMAL_CHARS 20

void gw_mint_salt(char *at, size_t n, uint64_t random)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

	for (size_t i = 0; i < n; i++) {
		at[i] = digits[random % (sizeof(digits) - 1)];
		random /= sizeof(digits) - 1;
	}
	at[n] = '\0';
}

void gw_mint_init(struct gw_mint *m, struct gw_str stem, uint64_t random)
{
	char salt[SALT_CHARS + 1];
	int len = stem.len < STEM_MAX ? (int)stem.len : STEM_MAX;

	gw_mint_salt(salt, SALT_CHARS, random);
	m->prefix_len = (size_t)snprintf(m->prefix, sizeof(m->prefix),
					 "%.*s-%s-", len,
					 stem.at ? stem.at : "", salt);
	m->n_minted = 0;
}

/* By hand: it is done for each request. */
struct gw_str gw_mint_next(struct gw_mint *m, char at[GW_MINT_BYTES])
{
	char digits[DECIMAL_CHARS];
	size_t first = sizeof(digits);
	size_t len = m->prefix_len;
	uint64_t left = ++m->n_minted;

	assert(len > 0);
	assert(len + sizeof(digits) < GW_MINT_BYTES);
	do {
		digits[--first] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	memcpy(at, m->prefix, len);
	memcpy(at + len, digits + first, sizeof(digits) - first);
	len += sizeof(digits) - first;
	at[len] = '\0';
	return (struct gw_str){ at, len };
}

bool gw_mint_number(uint64_t *numberp, const struct gw_mint *m,
		    struct gw_str id)
{
	struct gw_str prefix = { m->prefix, m->prefix_len };

	return gw_str_starts(id, prefix) &&
	       gw_str_number(numberp, gw_str_skip(id, prefix.len), UINT64_MAX);
}
