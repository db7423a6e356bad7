/*
 * Sandbox command - a small CSE in memory, served over WebSocket.
 *
 * The same program as the gateway: its WebSocket server stands in front of the
 * sandbox binding.
 */

#include <stdio.h>
#include <stdlib.h>

#include "bindings/sandbox/sandbox.h"
#include "core/conf.h"
#include "core/profile.h"
#include "gateway/commands.h"
#include "gateway/config_take.h"
#include "gateway/daemon.h"
#include "gateway/options.h"

#define DEFAULT_PORT 8180
#define N_ALLOWED 2

static const char usage_text[] =
	"usage: m2mgate sandbox [--port N] [--address A] [--log-level LEVEL]\n"
	"\n"
	"Runs a CSE with the CSE-ID /id-sandbox and the name \"sandbox\" over\n"
	"WebSocket, for `m2mgate run` to lead to.\n"
	"\n"
	"  -p, --port N       default 8180; 0 lets the system choose, and the\n"
	"                     log tells\n"
	"  --address A        numeric; default 127.0.0.1, which only this\n"
	"                     machine reaches\n"
	"  --log-level LEVEL  error, warn, info (default) or debug\n"
	"\n";

struct sandbox_conf {
	struct gw_conf conf;
	struct gw_conf_cse cse;
	const char *allow[N_ALLOWED];
};

static const struct gw_conf *load(void *arg, FILE *mistakes)
{
	struct sandbox_conf *s = arg;

	return &s->conf;
}

static void unload(void *arg, const struct gw_conf *conf)
{
}

static void fill(struct sandbox_conf *s)
{
	gw_conf_init(&s->conf);
	gw_conf_cse_init(&s->cse);
	s->cse.id = "/id-sandbox";
	s->cse.name = "sandbox";
	s->cse.url = "sandbox:";
	s->cse.profile = gw_profile_find(GW_STR("sandbox"));
	s->cse.is_default = true;
	s->conf.cses = &s->cse;
	s->conf.n_cses = 1;
	s->conf.node.cse_id = "/id-sandbox-node";
	s->conf.ws.is_on = true;
	s->conf.ws.port = DEFAULT_PORT;
	/* What is tried on one machine listens on that machine. */
	s->allow[0] = "127.0.0.0/8";
	s->allow[1] = "::1";
	s->conf.deliver.allow = (struct gw_conf_texts){ s->allow, N_ALLOWED };
}

/* Take the value of an option, if it is given. */
static bool take(const char *option, gw_take_fn *taker, void *to,
		 const char *text)
{
	static const struct gw_bounds unbounded;
	struct gw_wrong wrong = { .shown = NULL };

	return !text || taker(&wrong, to, text, unbounded) ||
	       gw_options_wrong("sandbox", "%s: %s", option, wrong.text);
}

static char *whole_help(void)
{
	char *text = NULL;

	return asprintf(&text, "%s%s", usage_text, sandbox_about) < 0 ? NULL
								      : text;
}

int gw_command_sandbox(char **words)
{
	struct sandbox_conf s;
	const struct gw_daemon_source source = {
		.name = "the options of m2mgate sandbox",
		.load = load,
		.unload = unload,
		.arg = &s,
		.more = &sandbox_ops,
	};
	const char *port = NULL;
	const char *address = NULL;
	const char *level = NULL;
	const struct gw_option options[] = {
		{ .name = "--port", .letter = "-p", .value = &port },
		{ .name = "--address", .value = &address },
		{ .name = "--log-level", .value = &level },
		{ .name = NULL },
	};
	char *help = whole_help();
	const struct gw_usage usage = { .command = "sandbox",
					.help = help ? help : usage_text,
					.options = options };
	int exit_code = GW_EXIT_USAGE;
	bool goes_on = gw_options_read(&exit_code, words, &usage);

	free(help);
	if (!goes_on) {
		return exit_code;
	}
	fill(&s);
	if (!take("--port", gw_take_port, &s.conf.ws.port, port) ||
	    !take("--address", gw_take_address, &s.conf.ws.address, address) ||
	    !take("--log-level", gw_take_level, &s.conf.log_level, level)) {
		return GW_EXIT_USAGE;
	}
	return gw_daemon_run(&source);
}
