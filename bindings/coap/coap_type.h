#pragma once

/*
 * Type - a resource type that an option has in digits.
 *
 * oneM2M-TY is a number in binary, but old peers, and people at a command line,
 * write digits.  One digit is a number in binary, too: then it is the content
 * that tells.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/primitive.h"

/* The last type whose content is known here; that of 52 to 57 is not, so that
 * those are believed. */
#define COAP_TYPE_TOLD_MAX 51

/* The type that one or two digits write; 0: they are none. */
uint32_t coap_type_in_digits(struct gw_str value);

/* Whether the content of p, checked and in JSON or CBOR, is a resource of this
 * type, which is one that a digit may be: 1 to 9, or 48 to 51. */
bool coap_type_is_of(uint32_t type, const struct gw_primitive *p);
