/*
 * Send command - one request by any binding, from the command line.
 *
 * A relay of its own with one CSE, and a binding that asks once and prints.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/http/http_target.h"
#include "core/address.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/exchange.h"
#include "core/lib/arena.h"
#include "core/lib/loop.h"
#include "core/lib/url.h"
#include "core/relay.h"
#include "gateway/builtin.h"
#include "gateway/commands.h"
#include "gateway/config_take.h"
#include "gateway/log_sink.h"
#include "gateway/loop.h"
#include "gateway/options.h"
#include "gateway/process.h"
#include "gateway/send_login.h"
#include "gateway/send_print.h"

#define N_PARAMS_MAX 16
#define ID_BYTES 128
#define ROOM_BYTES ((size_t)4096)
#define MESSAGE_BYTES ((size_t)16 * 1024 * 1024)
#define WORDS_BYTES ((size_t)1024 * 1024)
#define READ_BYTES ((size_t)65536)
#define TIMEOUT_MAX_MS 86400000
#define TYPE_MAX 65535

static const char help_text[] =
	"usage: m2mgate send URL [OPTION VALUE] ...\n"
	"\n"
	"Sends one request and prints the answer.  URL is where the CSE is, such\n"
	"as ws://127.0.0.1:8180 or http://127.0.0.1:8080.  The path of an HTTP\n"
	"or CoAP URL is the target; an MQTT URL is that of the broker, and --to\n"
	"begins with the CSE-ID.\n"
	"\n"
	"  --to ID            the target, in any scope; default \"-\", the CSEBase\n"
	"  --op OPERATION     create, retrieve, update, delete or notify; default\n"
	"                     retrieve; with --content create if there is a\n"
	"                     --type, else notify\n"
	"  --from ID          the originator; default CAdmin\n"
	"  --type N           resource type of a create: 2 AE, 3 container,\n"
	"                     4 contentInstance, 23 subscription\n"
	"  --content JSON     the content; @FILE reads a file, - standard input\n"
	"  --param NAME=JSON  any further parameter; may stand 16 times\n"
	"  --rqi ID           request identifier; default a random one\n"
	"  --rvi VERSION      release version; default 3\n"
	"  --profile NAME     what the CSE is: standard (default), acme, mobius\n"
	"                     or tinyiot\n"
	"  --timeout TIME     how long to wait for the answer; default 12s\n"
	"  --user NAME        who logs in, at the broker or as HTTP and WebSocket\n"
	"                     servers ask it (Basic)\n"
	"  --password TEXT    and the password; @FILE reads it from a file, where\n"
	"                     others on this machine do not see it\n"
	"  --header HEADER    a header of the HTTP request or of the WebSocket\n"
	"                     handshake, \"NAME: VALUE\"; may stand 16 times\n"
	"  --ca FILE          who vouches for the server, as PEM, of https, wss and\n"
	"                     mqtts; default what the system trusts\n"
	"  -v, --verbose      show on standard error what goes over the wire, in\n"
	"                     the form of the protocol: \"> \" sent, \"< \"\n"
	"                     received; secrets and tokens are left out\n"
	"\n"
	"The CSEBase of the sandbox, a new AE there, and all containers, the\n"
	"last through the gateway:\n"
	"\n"
	"  m2mgate send ws://127.0.0.1:8180\n"
	"  m2mgate send ws://127.0.0.1:8180 --from C --type 2 \\\n"
	"    --content '{\"m2m:ae\":{\"api\":\"N.lamp\",\"rr\":true,"
	"\"srv\":[\"3\"]}}'\n"
	"  m2mgate send http://127.0.0.1:8080/sandbox \\\n"
	"    --param fc='{\"fu\":1,\"ty\":[3]}'\n"
	"\n"
	"Exit codes: 0 the request succeeded (1xxx, 2xxx), 1 it did not, 2 wrong\n"
	"usage.\n";

/* What was asked for on the command line; NULL where it was not. */
struct wish {
	const char *url;
	const char *to;
	const char *op;
	const char *from;
	const char *type;
	const char *content;
	const char *params[N_PARAMS_MAX];
	size_t n_params;
	const char *rqi;
	const char *rvi;
	const char *profile;
	const char *timeout;
	struct gw_login login;
	bool is_verbose;
};

struct sending {
	struct gw_conf conf;
	struct gw_conf_cse cse;
	struct gw_conf_broker broker;
	char cse_id[ID_BYTES];  // over MQTT: who is asked
	char node_id[ID_BYTES]; // and who asks
	char *base; // its url, when that is not as it was given; owned
	struct gw_arena *words; // what the options made of theirs
	struct gw_primitive *request;
	struct gw_loop *loop;
	struct gw_relay *relay;
	enum gw_status status; // of the answer
};

static bool wrong(const char *option, const char *reason)
{
	return gw_options_wrong("send", "%s: %s", option, reason);
}

/* Take the value of an option, if it is given. */
static bool take(const char *option, gw_take_fn *taker, void *to,
		 const char *text, uint64_t max)
{
	struct gw_wrong why = { .shown = NULL };

	return !text || taker(&why, to, text, (struct gw_bounds){ 1, max }) ||
	       wrong(option, why.text);
}

static bool set_op(struct gw_primitive *p, const struct wish *wish)
{
	static const char *const names[] = {
		[GW_OP_CREATE] = "create", [GW_OP_RETRIEVE] = "retrieve",
		[GW_OP_UPDATE] = "update", [GW_OP_DELETE] = "delete",
		[GW_OP_NOTIFY] = "notify",
	};

	if (!wish->op && wish->type && !wish->content) {
		return wrong("--type", "is of a create, which has --content");
	}
	if (!wish->op) {
		p->op = !wish->content ? GW_OP_RETRIEVE
			: wish->type   ? GW_OP_CREATE
				       : GW_OP_NOTIFY;
		return true;
	}
	for (enum gw_op op = GW_OP_CREATE; op <= GW_OP_NOTIFY; op++) {
		if (strcmp(names[op], wish->op) == 0) {
			p->op = op;
			return true;
		}
	}
	return gw_options_wrong("send",
				"--op: \"%s\" is none of create, retrieve, "
				"update, delete, notify",
				wish->op);
}

static bool read_stream(struct gw_primitive *p, FILE *f, const char *name)
{
	size_t size = 0;
	char *at = NULL;

	for (;;) {
		size_t n = 0;

		at = gw_arena_grow(p->arena, at, size, size + READ_BYTES);
		if (!at) {
			return gw_options_wrong("send", "%s is too large",
						name);
		}
		n = fread(at + size, 1, READ_BYTES, f);
		size += n;
		if (n == 0) {
			p->content = (struct gw_bytes){ (uint8_t *)at, size };
			return !ferror(f) ||
			       gw_options_wrong("send", "%s: %s", name,
						strerror(errno));
		}
	}
}

static bool read_file(struct gw_primitive *p, const char *path)
{
	FILE *f = fopen(path, "re");
	bool is_read = false;

	if (!f) {
		return gw_options_wrong("send", "%s: %s", path,
					strerror(errno));
	}
	is_read = read_stream(p, f, path);
	(void)fclose(f);
	return is_read;
}

static bool check_json(const char *option, struct gw_str text)
{
	struct gw_json_error error;

	return gw_json_scan(text, NULL, 0, NULL, &error) ||
	       gw_options_wrong("send", "%s is no JSON: %s, at byte %zu",
				option, error.reason, error.at);
}

static bool set_content(struct gw_primitive *p, const char *text)
{
	bool is_read = true;

	if (!text) {
		return true;
	}
	p->media = GW_MEDIA_JSON;
	if (strcmp(text, "-") == 0) {
		is_read = read_stream(p, stdin, "standard input");
	} else if (text[0] == '@') {
		is_read = read_file(p, text + 1);
	} else {
		p->content = gw_bytes_of(gw_str_from(text));
	}
	return is_read && check_json("--content", gw_str_of(p->content));
}

static bool add_params(struct gw_primitive *p, const struct wish *wish)
{
	for (size_t i = 0; i < wish->n_params; i++) {
		struct gw_str value = gw_str_from(wish->params[i]);
		struct gw_str name = gw_str_cut(&value, '=');

		if (name.len == 0 || !gw_str_is_present(value)) {
			return gw_options_wrong("send",
						"--param: \"%s\" is no "
						"NAME=JSON such as rcn=4",
						wish->params[i]);
		}
		if (!check_json(wish->params[i], value)) {
			return false;
		}
		gw_primitive_add(p, name, value);
	}
	return true;
}

static bool has_target(const struct gw_url *url)
{
	return gw_url_has_scheme(url, "http") ||
	       gw_url_has_scheme(url, "https") ||
	       gw_url_has_scheme(url, "coap");
}

/* The path of an HTTP or CoAP URL is the target (TS-0009 6.2.2.1); what remains
 * of the URL is where the CSE is.  A WebSocket URL keeps its path. */
static bool split_url(struct sending *s, const struct wish *wish)
{
	struct gw_str text = gw_str_from(wish->url);
	struct gw_url url;

	s->cse.url = wish->url;
	if (!gw_url_parse(&url, text) || !has_target(&url)) {
		return true;
	}
	if (gw_str_is_present(url.query)) {
		return wrong("URL", "holds a query: use --param instead");
	}
	if (url.path.len <= 1) {
		return true;
	}
	if (wish->to) {
		return wrong("--to", "the path of URL is the target already");
	}
	s->request->to = http_path_read(s->request->arena, url.path);
	s->base = gw_str_dup(
		gw_str_head(text, (size_t)(url.path.at - text.at)));
	s->cse.url = s->base;
	return (gw_str_is_present(s->request->to) && s->base) ||
	       wrong("URL", "the path names no target");
}

static const char *from_of(const struct wish *wish)
{
	return wish->from ? wish->from : "CAdmin";
}

/* Topics name who is asked, which only the target can tell, and who asks. */
static bool meet_at_broker(struct sending *s, const struct wish *wish)
{
	const char *from = from_of(wish);
	struct gw_address to;

	if (strncasecmp(wish->url, "mqtt", 4) != 0) {
		return true;
	}
	if (!wish->to || !gw_address_parse(&to, gw_str_from(wish->to)) ||
	    to.cse.len < 2 || to.cse.len >= ID_BYTES ||
	    strlen(from) >= ID_BYTES - 1) {
		return wrong("--to", "over MQTT the target names its CSE, such "
				     "as /id-in/cse-in");
	}
	(void)snprintf(s->cse_id, sizeof(s->cse_id), GW_STR_FMT,
		       GW_STR_ARG(to.cse));
	(void)snprintf(s->node_id, sizeof(s->node_id), "%s%s",
		       from[0] == '/' ? "" : "/", from);
	gw_conf_broker_init(&s->broker);
	s->broker.url = wish->url;
	s->conf.brokers = &s->broker;
	s->conf.n_brokers = 1;
	s->conf.node.cse_id = s->node_id;
	s->cse.id = s->cse_id;
	return true;
}

static bool fill_conf(struct sending *s, const struct wish *wish)
{
	gw_conf_init(&s->conf);
	gw_conf_cse_init(&s->cse);
	s->cse.id = "/target";
	s->cse.is_default = true;
	s->conf.cses = &s->cse;
	s->conf.n_cses = 1;
	s->conf.node.cse_id = "/m2mgate-send";
	s->conf.limits.content_bytes = MESSAGE_BYTES;
	return meet_at_broker(s, wish) &&
	       take("URL", gw_take_url, &s->cse.url, wish->url, 0) &&
	       take("--profile", gw_take_profile, &s->cse.profile,
		    wish->profile, 0) &&
	       take("--timeout", gw_take_duration, &s->conf.timeouts.request_ms,
		    wish->timeout, TIMEOUT_MAX_MS);
}

static bool fill_request(struct sending *s, const struct wish *wish)
{
	struct gw_primitive *p = s->request;
	int type = 0;

	p->to = gw_str_from(wish->to ? wish->to : "-");
	p->from = gw_str_from(from_of(wish));
	p->release = gw_str_from(wish->rvi ? wish->rvi : "3");
	p->id = gw_str_from(wish->rqi);
	if (!wish->rqi) {
		p->id = gw_arena_print(
			p->arena, "send-%016llx",
			(unsigned long long)gw_loop_random(s->loop));
	}
	if (!take("--type", gw_take_number, &type, wish->type, TYPE_MAX)) {
		return false;
	}
	p->type = (unsigned)type;
	return set_op(p, wish) && split_url(s, wish) && add_params(p, wish) &&
	       set_content(p, wish->content) &&
	       gw_send_login(&s->conf, &wish->login, s->words);
}

static void print_answer(struct gw_binding *b, struct gw_exchange *x)
{
	struct sending *s = x->asker.native;

	if (x->answer) {
		s->status = x->answer->status;
		gw_send_print(stdout, x->answer);
	}
	gw_uv_loop_stop(s->loop);
}

static const struct gw_binding_ops send_ops = {
	.name = "send",
	.reply = print_answer,
};

static int ask(struct sending *s)
{
	struct gw_asker asker = { .native = s,
				  .host = GW_STR("127.0.0.1"),
				  .claim = GW_CLAIM_TRUE };
	struct gw_exchange *x = NULL;
	int error = gw_relay_start(s->relay);

	if (error) {
		return error;
	}
	asker.binding = gw_relay_binding(s->relay, GW_STR("send"));
	error = gw_exchange_open(&x, s->relay, &asker, gw_take(&s->request));
	if (!error) {
		gw_uv_loop_run(s->loop);
	}
	return error;
}

static int run(struct sending *s)
{
	const struct gw_binding_ops *bindings[BUILTIN_ROOM];
	int error = 0;

	builtin_and(bindings, &send_ops);
	s->relay = gw_relay_new(s->loop, &s->conf, bindings);
	error = s->relay ? ask(s) : -ENOMEM;
	if (error) {
		(void)fprintf(stderr, "m2mgate send: %s\n", strerror(-error));
	}
	s->relay = gw_relay_free(s->relay);
	return !error && gw_status_is_success(s->status) ? GW_EXIT_DONE
							 : GW_EXIT_FAILED;
}

static bool read_words(int *exit_codep, char **words, struct wish *wish)
{
	const struct gw_option options[] = {
		{ .name = "--to", .value = &wish->to },
		{ .name = "--op", .value = &wish->op },
		{ .name = "--from", .value = &wish->from },
		{ .name = "--type", .value = &wish->type },
		{ .name = "--content", .value = &wish->content },
		{ .name = "--param",
		  .value = wish->params,
		  .n_values_max = N_PARAMS_MAX,
		  .n_values = &wish->n_params },
		{ .name = "--rqi", .value = &wish->rqi },
		{ .name = "--rvi", .value = &wish->rvi },
		{ .name = "--profile", .value = &wish->profile },
		{ .name = "--timeout", .value = &wish->timeout },
		{ .name = "--user", .value = &wish->login.user },
		{ .name = "--password", .value = &wish->login.password },
		{ .name = "--header",
		  .value = wish->login.headers,
		  .n_values_max = GW_LOGIN_HEADERS_MAX,
		  .n_values = &wish->login.n_headers },
		{ .name = "--ca", .value = &wish->login.ca },
		{ .name = "--verbose",
		  .letter = "-v",
		  .flag = &wish->is_verbose },
		{ .name = NULL },
	};
	const struct gw_usage usage = { .command = "send",
					.help = help_text,
					.options = options,
					.word = &wish->url,
					.word_name = "URL" };

	return gw_options_read(exit_codep, words, &usage);
}

static int send_wish(struct sending *s, const struct wish *wish)
{
	int exit_code = GW_EXIT_USAGE;

	s->request = gw_primitive_new(ROOM_BYTES, MESSAGE_BYTES);
	s->words = gw_arena_new(ROOM_BYTES, WORDS_BYTES);
	s->loop = gw_uv_loop_new();
	if (!s->request || !s->words || !s->loop) {
		(void)fprintf(stderr, "m2mgate send: %s\n", strerror(ENOMEM));
		exit_code = GW_EXIT_FAILED;
	} else if (fill_conf(s, wish) && fill_request(s, wish)) {
		exit_code = run(s);
	}
	s->request = gw_primitive_free(s->request);
	s->words = gw_arena_free(s->words);
	free(s->base);
	return exit_code;
}

/* The wire for a person; beside it what is told without -v. */
static void show(const struct gw_log_record *r)
{
	bool is_received = strcmp(r->event, "received") == 0;

	if (r->level <= GW_LOG_WARN) {
		gw_log_sink_write(r);
	} else if (r->level == GW_LOG_DEBUG &&
		   (is_received || strcmp(r->event, "sent") == 0)) {
		gw_send_print_wire(stderr, is_received, r->message);
	}
}

int gw_command_send(char **words)
{
	struct wish wish = { 0 };
	struct sending sending = { 0 };
	int exit_code = GW_EXIT_USAGE;

	if (!read_words(&exit_code, words, &wish)) {
		return exit_code;
	}
	gw_process_prepare();
	gw_log_sink_use(GW_LOG_WARN, false);
	if (wish.is_verbose) {
		gw_log_use(show, GW_LOG_DEBUG);
	}
	exit_code = send_wish(&sending, &wish);
	gw_uv_loop_free(sending.loop);
	return exit_code;
}
