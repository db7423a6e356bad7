#pragma once

/*
 * Tidy - a datagram with options of lengths that they cannot have.
 *
 * Such an option is to be treated as one that is not known (RFC 7252 5.4.3): an
 * elective one is passed over, a critical one is a bad option.  libcoap resets
 * the whole message instead.  So it is given one without them.  An empty
 * Uri-Query is passed over, too: ACME writes one into each request.
 *
 * Where a critical option is taken out, an empty If-Match stands in front: it
 * is critical, too, known to nobody here (coap_map.c), and there is room for
 * its byte.
 */

#include <stddef.h>
#include <stdint.h>

/* Write a message without those options to `to`, which has room for len bytes.
 * Returns its bytes, never more than len; 0 when this is no message, or has
 * none of them. */
size_t coap_tidy(uint8_t *to, const uint8_t *at, size_t len);
