/*
 * Daemon - a gateway as a process: start, reload, drain, stop.
 */

#include "gateway/daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "core/conf.h"
#include "core/lib/log.h"
#include "core/lib/loop.h"
#include "core/memory.h"
#include "core/registry.h"
#include "core/relay.h"
#include "gateway/builtin.h"
#include "gateway/commands.h"
#include "gateway/log_sink.h"
#include "gateway/loop.h"
#include "gateway/process.h"
#include "gateway/store.h"

#define GW_LOG_TOPIC "gateway"
#define DRAIN_LOOK_MS 10
#define STATE_BYTES 500

struct daemon {
	const struct gw_daemon_source *source;
	const struct gw_conf *conf;
	struct gw_loop *loop;
	struct gw_relay *relay;
	struct gw_store *store;
	uv_signal_t signals[4];
	size_t n_signals;
	struct gw_timer drain_timer;
	int64_t drain_until_ms;
	bool is_stopping;
};

static void log_counts(struct daemon *d)
{
	const struct gw_counts *c = gw_relay_counts(d->relay);

	gw_info("counts",
		"requests=%" PRIu64 " answers=%" PRIu64 " refused=%" PRIu64
		" expired=%" PRIu64 " unreachable=%" PRIu64 " own=%" PRIu64
		" abandoned=%" PRIu64 " unmatched=%" PRIu64
		" unreadable=%" PRIu64 " lost-contents=%" PRIu64,
		c->n_requests, c->n_answers, c->n_refused, c->n_expired,
		c->n_unreachable, c->n_own, c->n_abandoned, c->n_unmatched,
		c->n_unreadable, c->n_lost_contents);
}

static void log_held(struct daemon *d)
{
	gw_info("held", "requests=%zu bytes=%zu",
		gw_relay_accounts(d->relay)->used, gw_memory_used(d->relay));
}

/* What one binding tells, as a line grows. */
struct state_line {
	char text[STATE_BYTES];
	size_t len;
};

static void add_state(void *arg, const char *what, uint64_t n)
{
	struct state_line *line = arg;
	int len = snprintf(line->text + line->len,
			   sizeof(line->text) - line->len, " %s=%" PRIu64, what,
			   n);

	if (len > 0 && (size_t)len < sizeof(line->text) - line->len) {
		line->len += (size_t)len;
	}
}

static void log_states(struct daemon *d)
{
	const char *name = NULL;
	size_t i = 0;

	do {
		struct state_line line = { "", 0 };

		name = gw_relay_tell(d->relay, i++, add_state, &line);
		if (name && line.len > 0) {
			gw_info("state", "%s:%s", name, line.text);
		}
	} while (name);
}

static gw_timer_fn look_drained;

static void look_drained(struct gw_timer *t)
{
	struct daemon *d = gw_container(t, struct daemon, drain_timer);
	int64_t now_ms = gw_loop_now_ms(d->loop);

	if (gw_relay_is_drained(d->relay) || now_ms >= d->drain_until_ms) {
		gw_uv_loop_stop(d->loop);
		return;
	}
	gw_timer_set(d->loop, t, now_ms + DRAIN_LOOK_MS);
}

static void begin_stop(struct daemon *d)
{
	if (d->is_stopping) {
		gw_uv_loop_stop(d->loop);
		return;
	}
	d->is_stopping = true;
	gw_info("stopping", "what is open has %" PRId64 " ms to be answered",
		d->conf->timeouts.drain_ms);
	d->drain_until_ms = gw_loop_now_ms(d->loop) +
			    d->conf->timeouts.drain_ms;
	gw_relay_drain(d->relay);
	d->drain_timer.fire = look_drained;
	look_drained(&d->drain_timer);
}

/* Log what is wrong with a new configuration, line by line. */
static void log_mistakes(const char *text)
{
	struct gw_str rest = gw_str_from(text);

	while (rest.len > 0) {
		struct gw_str line = gw_str_cut(&rest, '\n');

		gw_error("mistake", GW_STR_FMT, GW_STR_ARG(line));
	}
}

static void warn_of_descriptors(const struct gw_conf *conf)
{
	if (conf->limits.descriptors_wanted > 0) {
		gw_warn("descriptors",
			"the bounds of the configuration need %zu descriptors, "
			"and the process may have %zu: listen.http.connections "
			"is %zu, listen.ws.connections %zu, limits.links %zu, "
			"limits.outgoing %zu (lower them, or raise "
			"LimitNOFILE or ulimit -n)",
			conf->limits.descriptors_wanted,
			gw_process_descriptors(), conf->http.connections,
			conf->ws.connections, conf->limits.links,
			conf->limits.outgoing);
	}
}

static const struct gw_conf *load_anew(struct daemon *d)
{
	char *text = NULL;
	size_t len = 0;
	FILE *mistakes = open_memstream(&text, &len);
	const struct gw_conf *conf = NULL;

	if (!mistakes) {
		return NULL;
	}
	conf = d->source->load(d->source->arg, mistakes);
	if (fclose(mistakes) == 0 && text) {
		log_mistakes(text);
	}
	free(text);
	return conf;
}

/* Read everything anew, and only then let go of the old. */
static void reload(struct daemon *d)
{
	const struct gw_conf *old = d->conf;
	const struct gw_conf *conf = load_anew(d);

	if (!conf) {
		gw_error("reload-refused", "the new configuration has mistakes;"
					   " the old one stays in use");
		return;
	}
	if (gw_relay_reload(d->relay, conf)) {
		gw_error("reload-refused", "the new configuration cannot be "
					   "used; the old one stays in use");
		d->source->unload(d->source->arg, conf);
		return;
	}
	d->conf = conf;
	gw_log_sink_use(conf->log_level, conf->has_json_log);
	warn_of_descriptors(conf);
	gw_info("reloaded", "the new configuration is in use");
	d->source->unload(d->source->arg, old);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct daemon *d = handle->data;

	switch (number) {
	case SIGHUP:
		reload(d);
		break;
	case SIGUSR1:
		log_states(d);
		log_held(d);
		log_counts(d);
		break;
	default:
		begin_stop(d);
		break;
	}
}

static int watch_signals(struct daemon *d)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
	uv_loop_t *uv = gw_loop_native(d->loop);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		uv_signal_t *handle = &d->signals[i];
		int error = uv_signal_init(uv, handle);

		if (error) {
			return error;
		}
		handle->data = d;
		d->n_signals = i + 1;
		error = uv_signal_start(handle, on_signal, numbers[i]);
		if (error) {
			return error;
		}
	}
	return 0;
}

/* The handles are part of the daemon, so the loop must be done with them before
 * it goes; gw_uv_loop_free() turns the loop until they are closed. */
static void unwatch_signals(struct daemon *d)
{
	for (size_t i = 0; i < d->n_signals; i++) {
		uv_close((uv_handle_t *)&d->signals[i], NULL);
	}
	d->n_signals = 0;
}

static int start_store(struct daemon *d)
{
	int error = 0;

	if (!d->conf->registry_file) {
		return 0;
	}
	error = gw_store_new(&d->store, d->conf->registry_file);
	return error ? error : gw_store_attach(d->store, d->relay);
}

static struct gw_relay *new_relay(struct daemon *d)
{
	const struct gw_binding_ops *bindings[BUILTIN_ROOM];

	builtin_and(bindings, d->source->more);
	return gw_relay_new(d->loop, d->conf, bindings);
}

static int start(struct daemon *d)
{
	int error = 0;

	d->loop = gw_uv_loop_new();
	if (!d->loop) {
		return -ENOMEM;
	}
	d->relay = new_relay(d);
	if (!d->relay) {
		return -ENOMEM;
	}
	error = watch_signals(d);
	error = error ? error : gw_relay_start(d->relay);
	return error ? error : start_store(d);
}

static void stop(struct daemon *d)
{
	unwatch_signals(d);
	if (d->relay) {
		log_counts(d);
		gw_timer_clear(d->loop, &d->drain_timer);
		gw_relay_stop(d->relay);
		gw_registry_keep(gw_relay_registry(d->relay), NULL);
	}
	d->store = gw_store_free(d->store);
	d->relay = gw_relay_free(d->relay);
	d->loop = gw_uv_loop_free(d->loop);
}

/* What a person can do about it. */
static const char *advice(int error)
{
	switch (error) {
	case -EADDRINUSE:
		return "; stop the program that listens there, or choose "
		       "another port";
	case -EADDRNOTAVAIL:
		return "; no interface of this machine has that address";
	case -EACCES:
		return "; ports below 1024 and files need the permission";
	default:
		return "";
	}
}

/* What is no mistake, but hardly meant. */
static void warn_of_idleness(const struct gw_conf *conf)
{
	if (!conf->http.is_on && !conf->ws.is_on && !conf->coap.is_on &&
	    conf->n_brokers == 0) {
		gw_warn("no-listener", "nobody can reach this gateway: no "
				       "section below listen is given, and no "
				       "broker");
	}
	if (conf->n_cses == 0) {
		gw_warn("no-cse", "all requests are refused: there is nothing "
				  "below cses");
	}
}

int gw_daemon_run(const struct gw_daemon_source *source)
{
	struct daemon d = { .source = source };
	int error = 0;

	gw_process_prepare();
	d.conf = source->load(source->arg, stderr);
	if (!d.conf) {
		return GW_EXIT_USAGE;
	}
	gw_log_sink_use(d.conf->log_level, d.conf->has_json_log);
	gw_info("starting", "m2mgate %s, configured by %s", GW_VERSION,
		source->name);
	warn_of_descriptors(d.conf);
	error = start(&d);
	if (error) {
		gw_error("start-failed", "the gateway cannot start: %s%s",
			 strerror(-error), advice(error));
	} else {
		warn_of_idleness(d.conf);
		gw_info("ready", "%s serves", d.conf->node.cse_id);
		gw_uv_loop_run(d.loop);
	}
	stop(&d);
	gw_info("stopped", "goodbye");
	gw_log_sink_flush();
	source->unload(source->arg, d.conf);
	return error ? GW_EXIT_FAILED : GW_EXIT_DONE;
}
