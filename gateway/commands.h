#pragma once

/*
 * Commands - what `m2mgate NAME` does.
 *
 * Each gets the words behind its name, ended by NULL, and returns the exit
 * code of the process.
 */

enum {
	GW_EXIT_DONE = 0,
	GW_EXIT_FAILED = 1,
	GW_EXIT_USAGE = 2, // wrong usage or configuration
};

typedef int gw_command_fn(char **words);

gw_command_fn gw_command_run;
gw_command_fn gw_command_check;
gw_command_fn gw_command_sandbox;
gw_command_fn gw_command_send;
