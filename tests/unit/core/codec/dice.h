#pragma once

/* Numbers that look random and are the same each time. */

#include <stdint.h>

/* *dice is not 0. */
static inline uint64_t dice_roll(uint64_t *dice)
{
	*dice ^= *dice << 13;
	*dice ^= *dice >> 7;
	*dice ^= *dice << 17;
	return *dice;
}
