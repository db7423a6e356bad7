#pragma once

/*
 * Process - what every command that talks to peers sets up first.
 */

#include <stddef.h>

/* Ignore SIGPIPE, forget proxies from the environment, allow as many
 * descriptors as the system does, let standard streams that are closed lead
 * nowhere, and let exit() leave OpenSSL to threads that still use it. */
void gw_process_prepare(void);

/* How many descriptors the process may have at most. */
size_t gw_process_descriptors(void);
