/*
 * Report - one line of the log for each request that came to nothing.
 */

#include "core/report.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec/content.h"
#include "core/lib/log.h"
#include "core/lib/net.h"
#include "core/lib/url.h"
#include "core/relay_state.h"

#define GW_LOG_TOPIC "exchange"

#define NAME_BYTES GW_NET_HOME_BYTES
#define CODE_BYTES 8
#define URL_BYTES 200
#define FIELDS_MAX 10

static const char failed[] = "failed";

/* All that are not told apart. */
#define UNPROVEN GW_STR("peers whose address is not proven")
#define OTHERS GW_STR("other peers")

/* What one peer and one status have in this minute. */
struct report_peer {
	struct gw_table_entry entry;
	TAILQ_ENTRY(report_peer) by_age;
	const struct gw_binding *binding;
	const char *event; // a literal
	enum gw_status status;
	char name[NAME_BYTES];
	int64_t until_ms;
	size_t n_lines;
	uint64_t n_left_out;
};

/* What a line is about. */
struct said {
	const char *event; // a literal of this file
	struct gw_binding *binding;
	struct gw_str peer;
	bool is_unproven;
	const struct gw_primitive *request; // NULL: not known
	struct gw_str hop;
	enum gw_status status;
	const char *code; // NULL: that of the status
	int64_t ms;       // -1: not known
};

struct line {
	struct gw_log_field fields[FIELDS_MAX];
	size_t n;
};

static void add(struct line *line, const char *name, struct gw_str text)
{
	if (text.len > 0) {
		assert(line->n < FIELDS_MAX);
		line->fields[line->n++] = (struct gw_log_field){ .name = name,
								 .text = text };
	}
}

static void add_number(struct line *line, const char *name, uint64_t n)
{
	assert(line->n < FIELDS_MAX);
	line->fields[line->n++] = (struct gw_log_field){ .name = name, .n = n };
}

static void add_status(struct line *line, enum gw_status status)
{
	if (status != GW_STATUS_NONE) {
		add_number(line, "rsc", (uint64_t)status);
	}
}

static void write_line(const struct line *line, const char *event,
		       const char *message)
{
	gw_log_tell(&(struct gw_log_record){
		.level = GW_LOG_INFO,
		.topic = GW_LOG_TOPIC,
		.event = event,
		.message = message,
		.fields = line->fields,
		.n_fields = line->n,
		.is_limited = true,
	});
}

/* --- How much of one peer. */

static void count_told(const struct report_peer *p)
{
	struct line line = { .n = 0 };

	if (p->n_left_out == 0) {
		return;
	}
	add(&line, "binding", gw_str_from(p->binding->ops->name));
	add(&line, "peer", gw_str_from(p->name));
	add_status(&line, p->status);
	add_number(&line, "left-out", p->n_left_out);
	write_line(&line, p->event, "more of the same");
}

static void forget_oldest(struct gw_report *report)
{
	struct report_peer *p = TAILQ_FIRST(&report->peers);

	assert(report->n_peers > 0);
	count_told(p);
	gw_table_remove(&report->table, &p->entry);
	TAILQ_REMOVE(&report->peers, p, by_age);
	report->n_peers--;
	if (report->rest == p) {
		report->rest = NULL;
	}
	free(p);
}

/* Forget those whose minute is over. */
static void minute_fires(struct gw_timer *t)
{
	struct gw_report *report = gw_container(t, struct gw_report, minute);
	struct gw_relay *relay = gw_container(report, struct gw_relay, report);
	int64_t now_ms = gw_loop_now_ms(relay->loop);
	const struct report_peer *oldest = NULL;

	while ((oldest = TAILQ_FIRST(&report->peers)) &&
	       oldest->until_ms <= now_ms) {
		forget_oldest(report);
	}
	if (oldest) {
		gw_timer_set(relay->loop, &report->minute, oldest->until_ms);
	}
}

static struct report_peer *peer_new(struct gw_relay *relay,
				    const struct said *said, struct gw_str name)
{
	struct gw_report *report = &relay->report;
	struct report_peer *p = calloc(1, sizeof(*p));

	if (!p) {
		return NULL;
	}
	p->binding = said->binding;
	p->event = said->event;
	p->status = said->status;
	(void)snprintf(p->name, sizeof(p->name), GW_STR_FMT, GW_STR_ARG(name));
	p->until_ms = gw_loop_now_ms(relay->loop) + GW_REPORT_MS;
	if (report->n_peers == 0) {
		TAILQ_INIT(&report->peers);
		report->minute.fire = minute_fires;
		gw_timer_set(relay->loop, &report->minute, p->until_ms);
	}
	TAILQ_INSERT_TAIL(&report->peers, p, by_age);
	report->n_peers++;
	return p;
}

static struct report_peer *find(const struct gw_report *report, uint64_t hash,
				const struct said *said, struct gw_str name)
{
	struct gw_table_entry *e = gw_table_first(&report->table, hash);

	for (; e; e = gw_table_next(e)) {
		struct report_peer *p = gw_container(e, struct report_peer,
						     entry);

		if (p->binding == said->binding && p->event == said->event &&
		    p->status == said->status && gw_str_is(name, p->name)) {
			return p;
		}
	}
	return NULL;
}

/* Whom a peer is counted with. */
static struct gw_str name_of(char text[NAME_BYTES], const struct said *said)
{
	if (said->is_unproven) {
		return UNPROVEN;
	}
	gw_net_print_home(text, said->peer);
	return gw_str_from(text);
}

/* The one that counts for this peer; NULL: memory is short. */
static struct report_peer *peer_of(struct gw_relay *relay,
				   const struct said *said)
{
	struct gw_report *report = &relay->report;
	char text[NAME_BYTES];
	struct gw_str name = name_of(text, said);
	uint64_t hash = gw_relay_hash(relay, name.at, name.len) +
			(uint64_t)said->status;
	struct report_peer *p = find(report, hash, said, name);

	if (p) {
		return p;
	}
	if (report->n_peers < GW_REPORT_PEERS_MAX) {
		p = peer_new(relay, said, name);
		if (p) {
			gw_table_add(&report->table, &p->entry, hash);
			return p;
		}
	}
	if (!report->rest) {
		report->rest = peer_new(relay, said, OTHERS);
	}
	return report->rest;
}

/* Whether one more line of this peer is let through; else it is counted. */
static bool is_let_through(struct gw_relay *relay, const struct said *said)
{
	struct report_peer *p = peer_of(relay, said);

	if (!p) {
		return false;
	}
	if (p->n_lines < GW_REPORT_LINES) {
		p->n_lines++;
		return true;
	}
	p->n_left_out++;
	return false;
}

/* --- The line. */

static void add_request(struct line *line, const struct gw_primitive *request)
{
	if (request) {
		add(line, "op",
		    request->op == GW_OP_NONE
			    ? GW_STR("")
			    : gw_str_from(gw_op_name(request->op)));
		add(line, "fr", request->from);
		add(line, "to", request->to);
		add(line, "rqi", request->id);
	}
}

static void tell(const struct said *said, const char *message)
{
	char text[CODE_BYTES] = "";
	struct line line = { .n = 0 };
	const struct gw_binding_ops *ops = said->binding->ops;

	add(&line, "binding", gw_str_from(ops->name));
	add(&line, "peer", said->peer);
	add_request(&line, said->request);
	add(&line, "hop", said->hop);
	add_status(&line, said->status);
	if (!said->code && ops->code && said->request) {
		ops->code(text, sizeof(text), said->status, said->request->op);
	}
	add(&line, "code", gw_str_from(said->code ? said->code : text));
	if (said->ms >= 0) {
		add_number(&line, "ms", (uint64_t)said->ms);
	}
	write_line(&line, said->event, message);
}

static bool is_wanted(const struct gw_relay *relay)
{
	return relay->conf->told != GW_TOLD_NONE && gw_log_wants(GW_LOG_INFO);
}

/* What an answer says of itself. */
static const char *reason_of(struct gw_reason *why,
			     const struct gw_primitive *answer)
{
	struct gw_str dbg = { 0 };

	if (!answer) {
		return "the gateway is short of memory";
	}
	dbg = gw_content_root(answer, GW_STR("m2m:dbg"));
	dbg = gw_json_type_of(dbg) == GW_JSON_STRING
		      ? gw_json_text(answer->arena, dbg)
		      : dbg;
	(void)gw_refuse(why, GW_STR_FMT, GW_STR_ARG(dbg));
	return dbg.len > 0 ? why->text : gw_status_name(answer->status);
}

void gw_report_stray(const struct gw_stray *stray)
{
	struct gw_relay *relay = stray->binding->relay;
	const struct gw_primitive *answer = stray->answer;
	struct gw_reason said_why = { "" };
	struct gw_reason why;
	const struct said said = {
		.event = "unmatched",
		.binding = stray->binding,
		.peer = stray->peer,
		.is_unproven = stray->is_unproven,
		.request = answer,
		.status = answer ? answer->status : GW_STATUS_NONE,
		.code = "",
		.ms = -1,
	};

	relay->counts.n_unmatched++;
	if (is_wanted(relay) && is_let_through(relay, &said)) {
		(void)gw_refuse(&why, "an answer belongs to no request: %s",
				answer ? reason_of(&said_why, answer)
				       : "it cannot be read");
		tell(&said, why.text);
	}
}

void gw_report_refusal(const struct gw_refusal *r)
{
	struct gw_relay *relay = r->binding->relay;
	const struct said said = {
		.event = failed,
		.binding = r->binding,
		.peer = r->peer,
		.is_unproven = r->is_unproven,
		.request = r->request,
		.status = r->status,
		.code = r->code,
		.ms = -1,
	};

	if (is_wanted(relay) && is_let_through(relay, &said)) {
		tell(&said, r->reason);
	}
}

struct gw_primitive *gw_report_unwritable(const struct gw_refusal *r,
					  const struct gw_primitive *answer)
{
	struct gw_refusal refusal = *r;
	struct gw_reason why;

	(void)gw_refuse(&why, "the answer (%u) cannot be written over %s: %s",
			(unsigned)answer->status, r->binding->ops->name,
			r->reason);
	refusal.request = r->request ? r->request : answer;
	refusal.status = GW_STATUS_INTERNAL_SERVER_ERROR;
	refusal.code = NULL;
	refusal.reason = why.text;
	gw_report_refusal(&refusal);
	return gw_primitive_new_error(answer, refusal.status, why.text);
}

static struct gw_str hop_of(char text[URL_BYTES], const struct gw_exchange *x)
{
	if (x->hop.url.len > 0) {
		gw_url_print(text, URL_BYTES, x->hop.url);
		return gw_str_from(text);
	}
	return x->hop.receiver.id;
}

/* What people would look for: an address, a CSE, or at least a name, or the
 * broker. */
static struct gw_str peer_of_asker(const struct gw_exchange *x)
{
	const struct gw_asker *asker = &x->asker;

	if (asker->cse) {
		return asker->cse->id;
	}
	if (asker->host.len > 0) {
		return asker->host;
	}
	if (asker->identity.len > 0) {
		return asker->identity;
	}
	return x->request->from.len > 0 ? x->request->from : asker->url;
}

static void report(struct gw_exchange *x, enum gw_status status)
{
	bool has_failed = !gw_status_is_success(status);
	char url[URL_BYTES];
	struct gw_reason why = { "" };
	const struct said said = {
		.event = has_failed ? failed : "answered",
		.binding = x->asker.binding,
		.peer = peer_of_asker(x),
		.is_unproven = x->asker.is_unproven,
		.request = x->request,
		.hop = hop_of(url, x),
		.status = status,
		.code = x->answer && x->answer->is_overload
				? x->asker.binding->ops->overload
				: NULL,
		.ms = gw_loop_now_ms(x->relay->loop) - x->opened_ms,
	};

	if (!has_failed) {
		tell(&said, gw_status_name(status));
	} else if (is_let_through(x->relay, &said)) {
		tell(&said, reason_of(&why, x->answer));
	}
}

void report_exchange(struct gw_exchange *x)
{
	const struct gw_relay *relay = x->relay;
	enum gw_status status = x->answer ? x->answer->status
					  : GW_STATUS_INTERNAL_SERVER_ERROR;
	enum gw_told told = relay->conf->told;

	if (x->asker.binding != relay->self && gw_log_wants(GW_LOG_INFO) &&
	    (told == GW_TOLD_ALL ||
	     (told == GW_TOLD_FAILED && !gw_status_is_success(status)))) {
		report(x, status);
	}
}

void report_end(struct gw_relay *relay)
{
	struct gw_report *report = &relay->report;

	while (report->n_peers > 0) {
		forget_oldest(report);
	}
	gw_timer_clear(relay->loop, &report->minute);
	gw_table_deinit(&report->table);
	report->table = (struct gw_table){ 0 };
}
