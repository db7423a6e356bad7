/*
 * Sandbox absent - its command in a build that leaves it out.
 */

#include <stdio.h>

#include "gateway/commands.h"

int gw_command_sandbox(char **words)
{
	(void)fputs("m2mgate: the sandbox is not in this build "
		    "(-Dsandbox=false)\n",
		    stderr);
	return GW_EXIT_USAGE;
}
