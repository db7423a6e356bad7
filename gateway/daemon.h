#pragma once

/*
 * Daemon - a gateway as a process: start, reload, drain, stop.
 *
 *	SIGTERM, SIGINT	answer what is open, say goodbye, exit; again: at once
 *	SIGHUP		read the configuration again
 *	SIGUSR1		log the counts
 */

#include <stdio.h>

#include "core/lib/cleanup.h"

struct gw_binding_ops;
struct gw_conf;

/* Where the configuration comes from. */
struct gw_daemon_source {
	/* What people call it, such as the name of the file. */
	const char *name;

	/* A new configuration, or NULL with its mistakes told, one a line.
	 * Called at start and at each SIGHUP. */
	const struct gw_conf *(*load)(void *arg, FILE *mistakes);
	void (*unload)(void *arg, const struct gw_conf *conf);
	void *arg;

	/* One binding beside those of builtin.h; NULL: none. */
	const struct gw_binding_ops *more;
};

/* Run until a signal ends it.  Returns the exit code of the process: 0 done,
 * 1 failed to start, 2 wrong configuration. */
int gw_daemon_run(const struct gw_daemon_source *source) GW_MUST_CHECK;
