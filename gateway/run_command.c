/*
 * Run and check commands - the gateway and its configuration file.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "core/lib/net.h"
#include "core/profile.h"
#include "gateway/commands.h"
#include "gateway/config.h"
#include "gateway/daemon.h"
#include "gateway/log_sink.h"
#include "gateway/loop.h"
#include "gateway/options.h"
#include "gateway/process.h"
#include "gateway/try.h"

static const char run_help[] =
	"usage: m2mgate run [FILE]\n"
	"\n"
	"Runs the gateway until SIGTERM or Ctrl-C.  Without a file it listens on\n"
	"127.0.0.1, HTTP on port 8080 and WebSocket on port 8181, and leads to\n"
	"the CSE that `m2mgate sandbox` serves.\n"
	"\n"
	"  FILE, -c FILE, --config FILE  the configuration, in YAML\n"
	"\n"
	"SIGHUP reads the file again, SIGUSR1 logs what there is\n"
	"and what was counted.\n";

static const char check_help[] =
	"usage: m2mgate check [--try] FILE\n"
	"\n"
	"Looks for mistakes in a configuration file, and in the files that it\n"
	"names, as whoever runs this: certificates, keys, the folder of the\n"
	"registry.  Names line, key and reason of each, and warns of listeners\n"
	"that others can reach.\n"
	"\n"
	"With --try it then asks each broker for a connection, and each CSE for\n"
	"its CSEBase, as the gateway itself, and tells what came of it.  Not\n"
	"while the gateway runs: a CSE that takes one WebSocket link from each\n"
	"CSE-ID, as ACME does, closes that of the gateway.\n"
	"\n"
	"Exit codes: 0 it can be used, and all that was asked has answered; 1\n"
	"one has not, or is another CSE; 2 it cannot be used.\n";

/* The daemon unloads what it loaded by its conf; so each is kept with it. */
struct loaded {
	const char *path;
	struct gw_config *newest;
	struct gw_config *older;
};

static const struct gw_conf *load(void *arg, FILE *mistakes)
{
	struct loaded *l = arg;
	struct gw_config *c = NULL;

	if (gw_config_load(&c, l->path, mistakes)) {
		return NULL;
	}
	gw_config_fit(c);
	l->older = l->newest;
	l->newest = c;
	return gw_config_conf(c);
}

static void unload(void *arg, const struct gw_conf *conf)
{
	struct loaded *l = arg;

	if (l->newest && gw_config_conf(l->newest) == conf) {
		l->newest = gw_config_free(l->newest);
		l->newest = l->older;
	} else if (l->older) {
		gw_config_free(l->older);
	}
	l->older = NULL;
}

int gw_command_run(char **words)
{
	struct loaded loaded = { 0 };
	struct gw_daemon_source source = {
		.load = load,
		.unload = unload,
		.arg = &loaded,
	};
	const char *file = NULL;
	const struct gw_option options[] = {
		{ .name = "--config", .letter = "-c", .value = &loaded.path },
		{ .name = NULL },
	};
	const struct gw_usage usage = { .command = "run",
					.help = run_help,
					.options = options,
					.word = &file,
					.is_word_optional = true };
	int exit_code = GW_EXIT_USAGE;

	if (!gw_options_read(&exit_code, words, &usage)) {
		return exit_code;
	}
	if (file && loaded.path) {
		(void)gw_options_wrong("run", "there are two files: %s and %s",
				       loaded.path, file);
		return GW_EXIT_USAGE;
	}
	loaded.path = file ? file : loaded.path;
	source.name = loaded.path ? loaded.path : "the embedded defaults";
	return gw_daemon_run(&source);
}

static void print_listener(const char *name, const struct gw_conf_listen *l)
{
	if (!l->is_on) {
		return;
	}
	(void)printf("  listens for %s on %s ", name, l->address);
	if (l->port == 0) {
		(void)printf("port 0, which the system chooses\n");
	} else {
		(void)printf("port %u\n", l->port);
	}
}

static void print_cse(const struct gw_conf_cse *cse)
{
	(void)printf("  leads to %s%s at %s, profile %s%s%s\n",
		     cse->sp_id ? cse->sp_id : "", cse->id, cse->url,
		     cse->profile->name, cse->is_default ? ", default" : "",
		     cse->registers ? ", registers itself there" : "");
}

/* Whoever tries it out on one machine has devices there. */
static void print_delivery(const struct gw_conf *conf)
{
	static const char *const ends[] = { "127.0.0.1", "::1" };
	struct gw_net_address address;

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (gw_net_address_parse(&address, gw_str_from(ends[i])) &&
		    gw_conf_networks_have(&conf->deliver.allow, &address)) {
			return;
		}
	}
	(void)puts("  notifies nobody at points of access on this machine: "
		   "that needs deliver.allow [127.0.0.0/8, ::1]");
}

static void print_summary(const struct gw_conf *conf)
{
	(void)printf("  is %s%s%s\n", conf->node.cse_id,
		     conf->node.sp_id ? " of " : "",
		     conf->node.sp_id ? conf->node.sp_id : "");
	print_listener("HTTP", &conf->http);
	print_listener("WebSocket", &conf->ws);
	print_listener("CoAP", &conf->coap);
	for (size_t i = 0; i < conf->n_brokers; i++) {
		(void)printf("  is behind the broker at %s, MQTT %s\n",
			     conf->brokers[i].url,
			     conf->brokers[i].version == GW_MQTT_5 ? "5"
								   : "3.1.1");
	}
	for (size_t i = 0; i < conf->n_cses; i++) {
		print_cse(&conf->cses[i]);
	}
	if (!conf->http.is_on && !conf->ws.is_on && !conf->coap.is_on &&
	    conf->n_brokers == 0) {
		(void)puts("  listens nowhere: nobody can reach it");
	}
	if (conf->n_cses == 0) {
		(void)puts("  leads nowhere: all requests are refused");
	}
	print_delivery(conf);
	(void)printf("  keeps registrations %s%s\n",
		     conf->registry_file ? "in " : "until it stops",
		     conf->registry_file ? conf->registry_file : "");
}

/* Returns the exit code. */
static int try_all(const struct gw_conf *conf)
{
	struct gw_loop *loop = NULL;
	int exit_code = GW_EXIT_FAILED;

	(void)fflush(stdout);
	gw_process_prepare();
	gw_log_sink_use(GW_LOG_WARN, false);
	loop = gw_uv_loop_new();
	if (!loop) {
		(void)fprintf(stderr, "m2mgate check: %s\n", strerror(ENOMEM));
		return exit_code;
	}
	if (gw_try(stdout, conf, loop)) {
		exit_code = GW_EXIT_DONE;
	}
	gw_uv_loop_free(loop);
	return exit_code;
}

int gw_command_check(char **words)
{
	gw_cleanup(gw_config_freep) struct gw_config *c = NULL;
	const char *path = NULL;
	const char *tried = NULL;
	const struct gw_option options[] = {
		{ .name = "--try", .value = &tried },
		{ .name = NULL },
	};
	const struct gw_usage usage = { .command = "check",
					.help = check_help,
					.options = options,
					.word = &path,
					.is_word_optional = true };
	int exit_code = GW_EXIT_USAGE;

	if (!gw_options_read(&exit_code, words, &usage)) {
		return exit_code;
	}
	if (!path == !tried) {
		(void)gw_options_wrong("check", "one FILE must be given");
		return GW_EXIT_USAGE;
	}
	path = path ? path : tried;
	if (gw_config_load(&c, path, stderr)) {
		return GW_EXIT_USAGE;
	}
	gw_config_warn(c, path, stderr);
	(void)printf("%s: ok\n", path);
	print_summary(gw_config_conf(c));
	return tried ? try_all(gw_config_conf(c)) : GW_EXIT_DONE;
}
