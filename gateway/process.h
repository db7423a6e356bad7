#pragma once

/*
 * Process - what every command that talks to peers sets up first.
 */

/* Ignore SIGPIPE, forget proxies from the environment, and allow as many
 * descriptors as the system does. */
void gw_process_prepare(void);
