/*
 * Main - find the command and run it.
 */

#include <stdio.h>
#include <string.h>

#include "gateway/commands.h"
#include "gateway/near.h"

static const char help[] =
	"usage: m2mgate COMMAND ...\n"
	"\n"
	"A protocol translation gateway for oneM2M: devices that speak HTTP, CoAP or\n"
	"MQTT reach CSEs over WebSocket, and are reached back.\n"
	"\n"
	"  run      run the gateway\n"
	"  check    look for mistakes in a configuration file\n"
	"  sandbox  run a small CSE to try things with\n"
	"  send     send one request and print the answer\n"
	"\n"
	"  --help     print this; with a command, what that takes\n"
	"  --version  print the version\n"
	"\n"
	"Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.\n";

static const struct {
	const char *name;
	gw_command_fn *run;
} commands[] = {
	{ "run", gw_command_run },
	{ "check", gw_command_check },
	{ "sandbox", gw_command_sandbox },
	{ "send", gw_command_send },
};

#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

static int unknown_command(const char *name)
{
	const char *names[N_COMMANDS];
	const char *near = NULL;

	for (size_t i = 0; i < N_COMMANDS; i++) {
		names[i] = commands[i].name;
	}
	near = gw_near(name, names, N_COMMANDS);
	(void)fprintf(stderr,
		      "m2mgate: there is no command \"%s\"%s%s%s\n"
		      "m2mgate --help lists them\n",
		      name, near ? "; is it " : "", near ? near : "",
		      near ? "?" : "");
	return GW_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(name, commands[i].name) == 0) {
			return commands[i].run(argv + 2);
		}
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
		(void)puts("m2mgate " GW_VERSION);
		return GW_EXIT_DONE;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
	    strcmp(name, "help") == 0) {
		(void)fputs(help, stdout);
		return GW_EXIT_DONE;
	}
	if (argc > 1) {
		return unknown_command(name);
	}
	(void)fputs(help, stderr);
	return GW_EXIT_USAGE;
}
