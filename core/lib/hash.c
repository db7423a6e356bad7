/*
 * Hash - a keyed hash for tables of names that peers choose.
 *
 * SipHash-1-3 as its authors describe it: one round for each word of input,
 * three at the end.
 */

#include "core/lib/hash.h"

#include <assert.h>
#include <string.h>

struct sip {
	uint64_t v[4];
};

static inline uint64_t rotate(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

static inline void sip_round(struct sip *s)
{
	s->v[0] += s->v[1];
	s->v[1] = rotate(s->v[1], 13) ^ s->v[0];
	s->v[0] = rotate(s->v[0], 32);
	s->v[2] += s->v[3];
	s->v[3] = rotate(s->v[3], 16) ^ s->v[2];
	s->v[0] += s->v[3];
	s->v[3] = rotate(s->v[3], 21) ^ s->v[0];
	s->v[2] += s->v[1];
	s->v[1] = rotate(s->v[1], 17) ^ s->v[2];
	s->v[2] = rotate(s->v[2], 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
	s->v[3] ^= word;
	sip_round(s);
	s->v[0] ^= word;
}

uint64_t gw_hash(struct gw_hash_key key, const void *at, size_t len)
{
	const unsigned char *p = at;
	uint64_t word = 0;
	struct sip s = { {
		key.a ^ 0x736f6d6570736575U,
		key.b ^ 0x646f72616e646f6dU,
		key.a ^ 0x6c7967656e657261U,
		key.b ^ 0x7465646279746573U,
	} };

	assert(at || len == 0);
	for (size_t left = len; left >= sizeof(word); left -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		sip_word(&s, word);
		p += sizeof(word);
	}
	word = (uint64_t)len << 56;
	for (size_t i = 0; i < len % sizeof(word); i++) {
		word |= (uint64_t)p[i] << (8 * i);
	}
	sip_word(&s, word);
	s.v[2] ^= 0xff;
	for (int i = 0; i < 3; i++) {
		sip_round(&s);
	}
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}
