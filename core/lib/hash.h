#pragma once

/*
 * Hash - a keyed hash for tables of names that peers choose.
 *
 * SipHash-1-3: without the key nobody can find names that collide.
 */

#include <stddef.h>
#include <stdint.h>

struct gw_hash_key {
	uint64_t a;
	uint64_t b;
};

uint64_t gw_hash(struct gw_hash_key key, const void *at, size_t len);
