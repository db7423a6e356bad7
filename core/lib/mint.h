#pragma once

/*
 * Mint - ids of our own, which nobody else can guess and which never repeat.
 *
 *	id-gw-4k0q7x2zam1b-17
 *	stem  salt         number
 *
 * The stem says to people whose they are, the salt keeps them apart from those
 * of anybody else, and the number from each other.  Pure: the caller gives the
 * random numbers.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/str.h"

/* Room for an id and its terminator. */
#define GW_MINT_BYTES 80

struct gw_mint {
	char prefix[GW_MINT_BYTES - 24];
	size_t prefix_len;
	uint64_t n_minted;
};

/* Ids minted from now on begin with the stem, of which 32 bytes are taken, and
 * with what the random number gives. */
void gw_mint_init(struct gw_mint *m, struct gw_str stem, uint64_t random);

/* A new id, written to at with a terminator. */
struct gw_str gw_mint_next(struct gw_mint *m, char at[GW_MINT_BYTES]);

/* False when an id was not minted here.  The first has number 1. */
bool gw_mint_number(uint64_t *numberp, const struct gw_mint *m,
		    struct gw_str id);

/* So many letters and digits from a random number, at most 12, and a
 * terminator. */
void gw_mint_salt(char *at, size_t n, uint64_t random);
