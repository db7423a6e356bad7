/*
 * Send - the client side of the HTTP binding, on libcurl.
 *
 *	encode -> look the name up -> check the address -> wait for its turn
 *	       -> libcurl -> decode
 *
 * libcurl asks for sockets to be watched and for one timer; both hang in the
 * loop.
 */

#include "bindings/http/http_send.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "bindings/http/http_decode.h"
#include "bindings/http/http_encode.h"
#include "bindings/http/http_wire.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/cse.h"
#include "core/deliver.h"
#include "core/exchange.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "core/lib/log.h"
#include "core/lib/loop.h"
#include "core/lib/net.h"
#include "core/lib/url.h"
#include "core/names.h"
#include "core/relay.h"

#define GW_LOG_TOPIC "http"
#define HEAD_BYTES_MAX ((size_t)32 * 1024)
#define ANSWER_ROOM_BYTES ((size_t)1024)
#define URL_BYTES_MAX ((size_t)4096)
#define PLACE_BYTES 512

struct job {
	struct http_client *client;
	struct job *next;
	struct job **link; // who points at us
	struct gw_exchange *x;
	struct http_request request;     // in the arena of x->request
	char host[GW_URL_HOST_MAX + 1];  // without brackets
	char address[GW_NET_TEXT_BYTES]; // that it goes to, once that is known
	struct http_turn turn;
	CURL *easy; // NULL until it is its turn
	int64_t begun_ms;
	struct curl_slist *headers;
	struct curl_slist *connect_to;
	struct gw_primitive *answer; // being received
	struct http_values values;   // in its arena
	size_t head_bytes;
	struct gw_buf body;
	struct http_wire wire;
	struct gw_name_wait name; // of its host
	bool has_no_room;         // for the answer
	char error[CURL_ERROR_SIZE];
};

static gw_found_fn resolved;

static void job_unlink(struct job *j)
{
	if (!j->link) {
		return;
	}
	assert(*j->link == j && j->client->n_open > 0);
	*j->link = j->next;
	if (j->next) {
		j->next->link = j->link;
	}
	j->link = NULL;
	j->client->n_open--;
}

static struct job *job_free(struct job *j)
{
	if (!j) {
		return NULL;
	}
	gw_name_forget(&j->name);
	if (j->easy) {
		(void)curl_multi_remove_handle(j->client->multi.native,
					       j->easy);
		curl_easy_cleanup(j->easy);
	}
	http_turns_give(&j->client->turns, &j->turn);
	curl_slist_free_all(j->headers);
	curl_slist_free_all(j->connect_to);
	gw_primitive_free(j->answer);
	gw_buf_deinit(&j->body);
	http_wire_deinit(&j->wire);
	job_unlink(j);
	free(j);
	return NULL;
}

GW_DEFINE_CLEANUP(struct job, job_free);

static struct job *job_new(struct http_client *c, struct gw_exchange *x)
{
	size_t limit = c->binding->conf->limits.content_bytes;
	struct job *j = calloc(1, sizeof(*j));

	assert(c->multi.native && !x->sent);
	if (!j) {
		return NULL;
	}
	j->client = c;
	j->name.found = resolved;
	j->x = x;
	gw_buf_init(&j->body, 0, limit);
	j->next = c->jobs;
	j->link = &c->jobs;
	if (c->jobs) {
		c->jobs->link = &j->next;
	}
	c->jobs = j;
	c->n_open++;
	return j;
}

static void job_lose(struct job *j, const char *reason)
{
	assert(j->x && j->x->sent == j);
	gw_debug("lost", "%s: %s", j->host, reason);
	gw_exchange_lose(j->x, reason);
	job_free(j);
}

static void job_fail(struct job *j, enum gw_status status, const char *reason)
{
	assert(j->x && j->x->sent == j);
	gw_debug("not-sent", "%s: %s", j->host, reason);
	gw_exchange_fail(j->x, status, reason);
	job_free(j);
}

static size_t take_body(const char *at, size_t size, size_t n, void *arg)
{
	struct job *j = arg;
	struct gw_str piece = { at, size * n };

	assert(j->easy && j->answer);
	gw_buf_add_str(&j->body, piece);
	if (gw_buf_is_short(&j->body)) {
		return 0;
	}
	j->has_no_room = j->x && !gw_exchange_receives(j->x, j->body.size);
	return j->has_no_room ? 0 : size * n;
}

/* A line of the head.  A status line begins a new one: 1xx is forgotten. */
static size_t take_header(const char *at, size_t size, size_t n, void *arg)
{
	struct job *j = arg;
	struct gw_str line = { at, size * n };
	struct http_field field = { { 0 }, { 0 } };

	assert(j->easy && j->answer);
	j->head_bytes += line.len;
	if (j->head_bytes > HEAD_BYTES_MAX) {
		return 0;
	}
	if (gw_str_starts(line, GW_STR("HTTP/"))) {
		j->values = (struct http_values){ 0 };
		return line.len;
	}
	while (line.len > 0 && (line.at[line.len - 1] == '\n' ||
				line.at[line.len - 1] == '\r')) {
		line.len--;
	}
	line = gw_arena_str(j->answer->arena, line);
	if (gw_str_find(line, ':') == line.len) {
		return size * n;
	}
	field.name = gw_str_cut(&line, ':');
	field.value = line;
	return http_values_take(&j->values, field) ? size * n : 0;
}

static bool add_text(struct job *j, const char *text)
{
	struct curl_slist *more = curl_slist_append(j->headers, text);

	j->headers = more ? more : j->headers;
	return more != NULL;
}

static bool add_header(struct job *j, const char *name, const char *value)
{
	bool is_added = false;
	char *text = NULL;

	/* libcurl writes "Name;" as a header with an empty value. */
	if (asprintf(&text, value[0] ? "%s: %s" : "%s;", name, value) >= 0) {
		is_added = add_text(j, text);
		free(text);
	}
	return is_added;
}

/* What the configuration adds toward a CSE.  Tokens of the request itself are
 * what it is to be judged by. */
static bool add_configured(struct job *j, bool has_tokens)
{
	const struct gw_cse *cse = j->x->hop.cse;
	bool is_good = true;

	if (cse && cse->conf->authorization && !has_tokens) {
		is_good = add_header(j, "Authorization",
				     cse->conf->authorization);
	}
	for (size_t i = 0; cse && is_good && i < cse->conf->headers.n; i++) {
		is_good = add_text(j, cse->conf->headers.at[i]);
	}
	return is_good;
}

static bool add_headers(struct job *j)
{
	const struct http_lines *lines = &j->request.lines;
	bool has_tokens = false;

	for (size_t i = 0; i < lines->n; i++) {
		const struct http_line *h = &lines->at[i];

		has_tokens |= strcmp(h->name, "Authorization") == 0;
		if (!add_header(j, h->name, h->value)) {
			return false;
		}
	}
	return add_configured(j, has_tokens) && add_text(j, "Expect:");
}

static bool set_options(struct job *j)
{
	const struct gw_conf *conf = j->client->binding->conf;
	struct gw_bytes body = j->request.body;
	CURL *e = j->easy;
	CURLcode rc = CURLE_OK;

	rc |= curl_easy_setopt(e, CURLOPT_URL, j->request.url);
	rc |= curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, j->request.method);
	rc |= curl_easy_setopt(e, CURLOPT_HTTPHEADER, j->headers);
	rc |= curl_easy_setopt(e, CURLOPT_CONNECT_TO, j->connect_to);
	rc |= curl_easy_setopt(e, CURLOPT_PRIVATE, j);
	rc |= curl_easy_setopt(e, CURLOPT_ERRORBUFFER, j->error);
	rc |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	rc |= curl_easy_setopt(e, CURLOPT_PROXY, "");
	rc |= curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	if (conf->ca_file) {
		rc |= curl_easy_setopt(e, CURLOPT_CAINFO, conf->ca_file);
	}
	rc |= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	rc |= curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
			       (long)CURL_HTTP_VERSION_1_1);
	rc |= curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
			       (long)conf->timeouts.connect_ms);
	rc |= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
	rc |= curl_easy_setopt(e, CURLOPT_WRITEDATA, j);
	rc |= curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_header);
	rc |= curl_easy_setopt(e, CURLOPT_HEADERDATA, j);
	if (body.len > 0 || http_has_body(j->x->request->op)) {
		rc |= curl_easy_setopt(e, CURLOPT_POSTFIELDS,
				       body.at ? (const char *)body.at : "");
		rc |= curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
				       (curl_off_t)body.len);
	}
	return rc == CURLE_OK;
}

static bool job_start(struct job *j)
{
	bool is_ipv6 = strchr(j->address, ':') != NULL;
	char to[PLACE_BYTES];

	assert(!j->easy && !j->answer && !j->connect_to);
	(void)snprintf(to, sizeof(to), "::%s%s%s:", is_ipv6 ? "[" : "",
		       j->address, is_ipv6 ? "]" : "");
	j->connect_to = curl_slist_append(NULL, to);
	j->answer = gw_primitive_new(
		ANSWER_ROOM_BYTES,
		HEAD_BYTES_MAX * 2 +
			2 * j->client->binding->conf->limits.content_bytes);
	j->begun_ms = gw_loop_now_ms(j->client->loop);
	j->easy = curl_easy_init();
	if (!j->connect_to || !j->answer || !j->easy || !add_headers(j) ||
	    !set_options(j)) {
		return false;
	}
	http_wire_watch(&j->wire, j->easy, j->request.body);
	return curl_multi_add_handle(j->client->multi.native, j->easy) ==
	       CURLM_OK;
}

static void go(struct http_turn *t)
{
	struct job *j = gw_container(t, struct job, turn);

	assert(j->x && !gw_name_is_awaited(&j->name));
	if (!job_start(j)) {
		job_fail(j, GW_STATUS_INTERNAL_SERVER_ERROR,
			 "the gateway cannot send it: memory is short");
	}
}

static void line_up(struct job *j, const char *address)
{
	const struct gw_conf *conf = j->client->binding->conf;
	struct gw_net_address numeric;
	struct gw_reason why = { "" };
	bool is_trusted = gw_net_address_parse(&numeric,
					       gw_str_from(address)) &&
			  gw_conf_networks_have(&conf->http.trust, &numeric);
	enum gw_status status = GW_STATUS_NONE;

	(void)snprintf(j->address, sizeof(j->address), "%s", address);
	j->turn.is_patient = j->x->hop.cse != NULL;
	status = http_turns_take(&j->client->turns, &j->turn, j->address,
				 is_trusted, &why);
	if (status != GW_STATUS_NONE) {
		job_fail(j, status, why.text);
	} else if (!http_turn_waits(&j->turn)) {
		go(&j->turn);
	}
}

static void resolved(struct gw_name_wait *w, const struct gw_found *found)
{
	struct job *j = gw_container(w, struct job, name);
	const struct sockaddr_storage *to = NULL;
	const char *why = NULL;
	char address[GW_NET_TEXT_BYTES];

	assert(j->x && !j->easy);
	to = gw_deliver_choose(&why, &j->x->hop, found);
	if (to) {
		(void)gw_net_print_of(address, (const struct sockaddr *)to);
		line_up(j, address);
	} else {
		job_fail(j, GW_STATUS_TARGET_NOT_REACHABLE, why);
	}
}

static enum gw_status encode(struct job *j, struct gw_reason *why)
{
	const struct gw_hop *hop = &j->x->hop;
	const struct http_hop to = { .url = hop->url,
				     .is_whole_url = hop->is_whole_url,
				     .from = hop->from,
				     .media = hop->media };

	return http_encode_request(&j->request, why, j->x->request, &to);
}

static bool find_host(struct job *j)
{
	struct gw_url url;

	if (!gw_url_parse(&url, gw_str_from(j->request.url)) ||
	    gw_str_is_present(url.user)) {
		return false;
	}
	memcpy(j->host, url.host.at, url.host.len);
	j->host[url.host.len] = '\0';
	return true;
}

/* Everything but where it leads in numbers. */
static enum gw_status prepare(struct job *j, struct gw_reason *why)
{
	enum gw_status status = GW_STATUS_NONE;
	const char *objection = NULL;

	if (j->x->hop.url.len > URL_BYTES_MAX) {
		*why = (struct gw_reason){ "the point of access is too long" };
		return GW_STATUS_TARGET_NOT_REACHABLE;
	}
	status = encode(j, why);
	if (status != GW_STATUS_NONE) {
		return status;
	}
	objection = find_host(j) ? gw_deliver_objection(&j->x->hop)
				 : "the point of access is no URL";
	if (!objection) {
		return GW_STATUS_NONE;
	}
	(void)gw_refuse(why, "%s", objection);
	return GW_STATUS_TARGET_NOT_REACHABLE;
}

static void look_up(struct job *j)
{
	struct gw_reason why;
	enum gw_status status = gw_name_await(&j->name, j->x->relay,
					      gw_str_from(j->host), j->x, &why);

	if (status != GW_STATUS_NONE) {
		job_fail(j, status, why.text);
	}
}

void http_client_send(struct http_client *c, struct gw_exchange *x)
{
	struct job *j = job_new(c, x);
	struct gw_reason why = { "" };
	struct gw_net_address numeric;
	enum gw_status status = GW_STATUS_NONE;

	if (!j) {
		gw_exchange_fail(x, GW_STATUS_INTERNAL_SERVER_ERROR,
				 "the gateway is short of memory");
		return;
	}
	assert(!x->sent);
	x->sent = j;
	status = prepare(j, &why);
	if (status != GW_STATUS_NONE) {
		job_fail(j, status, why.text);
	} else if (gw_net_address_parse(&numeric, gw_str_from(j->host))) {
		line_up(j, j->host);
	} else {
		look_up(j);
	}
}

static const char *wait_of(const struct job *j)
{
	if (j->easy) {
		return "its connection is not open yet";
	}
	return http_turn_waits(&j->turn)
		       ? "its turn has not come: as many requests as may are "
			 "out to its host, which does not answer "
			 "(limits.outgoing)"
		       : "the name of its host is looked up";
}

/* Whether not a byte of the request was written. */
static bool is_unsent(const struct job *j)
{
	long n_bytes = 0;

	return !j->easy || (curl_easy_getinfo(j->easy, CURLINFO_REQUEST_SIZE,
					      &n_bytes) == CURLE_OK &&
			    n_bytes == 0);
}

bool http_client_holds(const struct gw_exchange *x, struct gw_reason *why)
{
	const struct job *j = x->sent;
	curl_off_t us = 0; // until libcurl began to write it

	if (!j) {
		return false;
	}
	if (!is_unsent(j)) {
		(void)curl_easy_getinfo(j->easy, CURLINFO_PRETRANSFER_TIME_T,
					&us);
		gw_exchange_is_out(why, x, j->begun_ms + us / 1000);
		return false;
	}
	(void)gw_refuse(why, "%s", wait_of(j));
	return true;
}

void http_client_forget(struct gw_exchange *x)
{
	struct job *j = x->sent;

	if (!j) {
		return;
	}
	assert(j->x == x);
	j->x = NULL;
	job_free(j);
}

static void job_answer(struct job *j)
{
	struct gw_exchange *x = j->x;
	struct gw_primitive *p = j->answer;
	struct gw_reason why = { "" };
	long http_status = 0;
	struct http_answer answer = { .values = &j->values,
				      .request = x->request,
				      .id = x->request->id };

	assert(p && x->sent == j);
	(void)curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &http_status);
	answer.status = (unsigned)http_status;
	answer.body = gw_buf_bytes(&j->body);
	if (!gw_arena_keep(p->arena, gw_buf_release(&j->body),
			   answer.body.len)) {
		job_fail(j, GW_STATUS_INTERNAL_SERVER_ERROR,
			 "the gateway is short of memory");
		return;
	}
	if (http_decode_answer(p, &why, &answer) != GW_STATUS_NONE) {
		job_fail(j, GW_STATUS_INTERNAL_SERVER_ERROR, why.text);
		return;
	}
	gw_exchange_answer(x, gw_take(&j->answer));
	job_free(j);
}

static void job_done(void *arg, CURLcode rc)
{
	struct job *j = arg;
	char reason[CURL_ERROR_SIZE + 32];

	assert(j->easy && j->x);
	http_wire_end(&j->wire, gw_buf_bytes(&j->body));
	if (rc == CURLE_OK) {
		job_answer(j);
		return;
	}
	if (j->has_no_room) {
		job_lose(j, "there is no room for its answer now "
			    "(limits.memory)");
		return;
	}
	if (rc == CURLE_WRITE_ERROR) {
		job_fail(j, GW_STATUS_INTERNAL_SERVER_ERROR,
			 "the answer is too large or has doubled headers");
		return;
	}
	(void)snprintf(reason, sizeof(reason), "no answer over HTTP: %s",
		       j->error[0] ? j->error : curl_easy_strerror(rc));
	if (is_unsent(j)) {
		gw_name_doubt(j->x->relay, gw_str_from(j->host));
		job_fail(j, GW_STATUS_TARGET_NOT_REACHABLE, reason);
	} else {
		job_lose(j, reason);
	}
}

/* It has given its place to a host with fewer. */
static void yield(struct http_turn *t)
{
	static const char why[] = "it was given up for a host that has fewer "
				  "requests out (limits.outgoing)";
	struct job *j = gw_container(t, struct job, turn);

	assert(j->x && j->easy);
	if (is_unsent(j)) {
		job_fail(j, GW_STATUS_TARGET_NOT_REACHABLE, why);
	} else {
		job_lose(j, why);
	}
}

void http_client_bound(struct http_client *c, const struct gw_conf *conf)
{
	http_multi_bound(&c->multi, conf->limits.outgoing);
	http_turns_bound(&c->turns, conf);
}

int http_client_start(struct http_client *c, struct gw_binding *b)
{
	int error = 0;

	*c = (struct http_client){ .binding = b, .loop = b->loop };
	http_turns_init(&c->turns, b->loop);
	c->turns.go = go;
	c->turns.yield = yield;
	error = http_multi_start(&c->multi, b->loop, job_done);
	if (!error) {
		http_client_bound(c, b->conf);
	}
	return error;
}

void http_client_stop(struct http_client *c)
{
	while (c->jobs) {
		job_free(c->jobs);
	}
	assert(!c->jobs && c->n_open == 0);
	if (c->loop) {
		http_turns_deinit(&c->turns);
	}
	http_multi_stop(&c->multi);
}
