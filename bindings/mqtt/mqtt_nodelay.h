#pragma once

/*
 * Nodelay - no waiting for full segments toward a broker.
 *
 * An answer that is published right behind an acknowledgement waits 40 ms and
 * more when Nagle's algorithm (RFC 896) meets delayed acknowledgements
 * (RFC 1122 4.2.3.2).  Paho neither turns it off nor tells its sockets, so they
 * are looked for among all descriptors.
 */

#include <stdint.h>

/* Turn Nagle's algorithm off on every socket of this process that is connected
 * to this port somewhere.  From any thread: what is closed meanwhile, or is
 * somebody else's, comes to no harm. */
void mqtt_nodelay(uint16_t port);
