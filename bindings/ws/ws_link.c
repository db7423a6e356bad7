/*
 * Link - a connection toward a CSE that is kept, lost and opened again.
 */

#include "bindings/ws/ws_link.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "bindings/ws/ws_context.h"
#include "bindings/ws/ws_library.h"
#include "bindings/ws/ws_places.h"
#include "bindings/ws/ws_raw.h"
#include "bindings/ws/ws_state.h"
#include "bindings/ws/ws_url.h"
#include "core/back_off.h"
#include "core/cse.h"
#include "core/lib/log.h"
#include "core/profile.h"
#include "core/registry.h"

#define GW_LOG_TOPIC "ws"

/* Ids remembered after their use, per link. */
#define LINK_USED_MAX 65536

/* A request that waits does not wait longer for the next attempt. */
#define IMPATIENCE_MS 1000

#define DOUBLINGS_MAX 20
#define LOG_EACH 1000

static void attempt(struct ws_link *l);
static void dial_next(struct ws_link *l);

static struct ws_link *link_of(struct ws_conn *c)
{
	return (struct ws_link *)(void *)c;
}

const struct ws_dial *ws_link_dial(const struct ws_conn *c)
{
	return &((const struct ws_link *)(const void *)c)->dial;
}

static struct ws_state *state_of(const struct ws_link *l)
{
	return l->conn.ws;
}

static int64_t now(const struct ws_link *l)
{
	return ws_now_ms(state_of(l));
}

static void target_free(struct ws_link *l)
{
	free(l->url_text);
	free(l->headers);
	l->url_text = NULL;
	l->headers = NULL;
}

void ws_link_free(struct ws_link *l)
{
	struct ws_state *ws = state_of(l);

	gw_name_forget(&l->name);
	ws_place_give(l);
	gw_timer_clear(ws->loop, &l->timer);
	gw_loop_undefer(ws->loop, &l->step);
	ws_conn_deinit(&l->conn);
	(void)gw_account_leave(l->conn.asker.account);
	target_free(l);
	assert(*l->link == l);
	*l->link = l->next;
	if (l->next) {
		l->next->link = l->link;
	}
	free(l->origin_text);
	free(l);
}

/* Somebody counts on it, even when no request waits. */
static bool is_wanted(const struct ws_link *l)
{
	return !l->is_leaving && !state_of(l)->is_draining &&
	       (l->is_wanted || l->n_joined > 0);
}

/* Whether it is the one that bears the id of the CSE. */
static bool is_own_id(const struct ws_link *l)
{
	const struct ws_cse *of = l->cse->state;

	return l == of->own_id;
}

static int64_t next_ms(const struct ws_link *l)
{
	const struct ws_cse *of = l->cse->state;

	return is_own_id(l) && of->rival.until_ms > l->next_ms
		       ? of->rival.until_ms
		       : l->next_ms;
}

/* The first request that waits pulls the attempt forward, for good: the next
 * one must not put it off. */
void ws_link_arm(struct ws_link *l)
{
	struct gw_loop *loop = state_of(l)->loop;
	int64_t soon_ms = now(l) + IMPATIENCE_MS;

	if (l->state != WS_LINK_DOWN) {
		return;
	}
	if (l->conn.waiting.n_waiting > 0 && l->next_ms > soon_ms) {
		l->next_ms = soon_ms;
	}
	if (l->conn.waiting.n_waiting == 0 && !is_wanted(l)) {
		gw_timer_clear(loop, &l->timer);
		return;
	}
	gw_timer_set(loop, &l->timer, next_ms(l));
}

/* Draw the time of the next attempt. */
static void back_off(struct ws_link *l)
{
	l->next_ms = now(l) + gw_back_off_ms(state_of(l)->loop,
					     &ws_conf(state_of(l))->timeouts,
					     l->n_failures);
	if (l->n_failures < DOUBLINGS_MAX) {
		l->n_failures++;
	}
}

static void go_down(struct ws_link *l)
{
	if (l->state != WS_LINK_DOWN) {
		assert(state_of(l)->n_open > 0);
		state_of(l)->n_open--;
	}
	l->state = WS_LINK_DOWN;
	ws_place_give(l);
	l->conn.opening = "the CSE is tried again soon";
	gw_timer_clear(state_of(l)->loop, &l->timer);
	back_off(l);
}

/* Log the first failures, and then fewer and fewer. */
static void tell_failure(const struct ws_link *l, const char *why)
{
	unsigned n = l->n_failures;
	bool is_news = (n & (n - 1)) == 0;

	gw_log(is_news ? GW_LOG_WARN : GW_LOG_DEBUG, GW_LOG_TOPIC,
	       "link-failed", "no link to " GW_CSE_FMT " as " GW_STR_FMT ": %s",
	       GW_CSE_ARG(l->cse), GW_STR_ARG(l->origin), why);
}

/* An attempt has led to nothing. */
static void fail(struct ws_link *l, const char *why)
{
	char text[GW_REASON_BYTES];

	assert(l->state == WS_LINK_RESOLVING || l->state == WS_LINK_DIALING);
	if (l->state == WS_LINK_DIALING) {
		gw_name_doubt(state_of(l)->binding->relay, l->url.host);
	}
	go_down(l);
	tell_failure(l, why);
	(void)snprintf(text, sizeof(text), "no link to the CSE: %s", why);
	ws_conn_fail_waiting(&l->conn, text);
	if (l->is_leaving) {
		ws_link_free(l);
		return;
	}
	ws_link_arm(l);
}

void ws_link_hang_up(struct ws_link *l)
{
	gw_name_forget(&l->name);
	gw_loop_undefer(state_of(l)->loop, &l->step);
	if (l->conn.raw) {
		ws_raw_hang_up(&l->conn);
	} else {
		ws_context_drop(l->conn.wsi);
		l->conn.wsi = NULL;
	}
}

void ws_link_give_up(struct ws_link *l)
{
	bool is_attempt = l->state == WS_LINK_RESOLVING ||
			  l->state == WS_LINK_DIALING;

	if (is_attempt && l->conn.waiting.n_waiting == 0) {
		ws_link_hang_up(l);
		go_down(l);
	}
}

void ws_link_displace(struct ws_link *l)
{
	assert(l->state == WS_LINK_OPEN && l->registree);
	l->is_displaced = true;
	l->conn.is_retiring = true;
	ws_conn_bye(&l->conn);
	l->conn.wire->kill(&l->conn);
}

void ws_link_need(struct ws_link *l, bool is_needed)
{
	l->n_joined = is_needed ? 1 : 0;
	if (state_of(l)->is_draining) {
		return;
	}
	if (is_needed) {
		l->conn.is_retiring = false;
	} else if (l->state == WS_LINK_OPEN) {
		ws_conn_retire(&l->conn, WS_CODE_NORMAL, 0);
	} else {
		ws_link_give_up(l);
	}
	ws_link_arm(l);
}

/* Whether another link of its CSE was open when it was closed, and still is. */
static bool are_others_open(const struct ws_link *l, int64_t closed_ms)
{
	const struct ws_link *o = state_of(l)->links;

	while (o && (o == l || o->cse != l->cse || o->state != WS_LINK_OPEN ||
		     o->opened_ms > closed_ms)) {
		o = o->next;
	}
	return o;
}

/* Whether somebody else holds its name, and is left alone. */
static bool is_held_elsewhere(struct ws_link *l)
{
	struct ws_cse *of = l->cse->state;
	struct ws_rival *rival = &of->rival;
	unsigned minutes = 0;

	if (!is_own_id(l) || !rival->is_suspected) {
		return false;
	}
	minutes = ws_rival_judge(rival, are_others_open(l, rival->suspect_ms),
				 now(l));
	if (minutes > 0) {
		gw_warn("own-id-held",
			"the link to " GW_CSE_FMT " as " GW_STR_FMT
			" was closed while it was in use: another gateway "
			"holds it, and gets notifications that are meant for "
			"devices of this one; tried again in %u min "
			"(own-id-link: off gives it up)",
			GW_CSE_ARG(l->cse), GW_STR_ARG(l->origin), minutes);
	}
	return minutes > 0;
}

static void timer_fired(struct gw_timer *t)
{
	struct ws_link *l = gw_container(t, struct ws_link, timer);
	const char *why = NULL;

	if (l->state == WS_LINK_DOWN && is_held_elsewhere(l)) {
		ws_link_arm(l);
		return;
	}
	if (l->state == WS_LINK_DOWN) {
		attempt(l);
		return;
	}
	why = ws_library_delay(&l->conn);
	ws_link_hang_up(l);
	fail(l, why);
}

static void step(struct gw_task *t)
{
	dial_next(gw_container(t, struct ws_link, step));
}

/* Try the addresses one after the other. */
static void dial_next(struct ws_link *l)
{
	assert(l->state == WS_LINK_DIALING && !l->conn.wsi);
	while (l->i_address < l->n_addresses) {
		l->dial.address = l->addresses[l->i_address++];
		if (!(l->url.is_secure ? ws_library_dial
				       : ws_raw_dial)(&l->conn, &l->dial)) {
			return;
		}
		(void)snprintf(l->why, sizeof(l->why),
			       "no connection (%s port %u)", l->dial.address,
			       l->url.port);
	}
	fail(l, l->why);
}

static void refused(struct ws_conn *c, const char *why)
{
	struct ws_link *l = link_of(c);

	(void)snprintf(l->why, sizeof(l->why), "%s (%s port %u)", why,
		       l->dial.address, l->url.port);
	gw_loop_defer(c->ws->loop, &l->step);
}

static void found(struct gw_name_wait *w, const struct gw_found *found)
{
	struct ws_link *l = gw_container(w, struct ws_link, name);

	assert(l->state == WS_LINK_RESOLVING);
	l->n_addresses = 0;
	l->i_address = 0;
	/* An address that is good on one link only is dialed with its scope,
	 * which gw_net_print_of() leaves out. */
	for (size_t i = 0; i < found->n && l->n_addresses < WS_ADDRESSES_MAX;
	     i++) {
		if (!getnameinfo((const struct sockaddr *)&found->at[i],
				 sizeof(found->at[i]),
				 l->addresses[l->n_addresses],
				 GW_NET_TEXT_BYTES, NULL, 0, NI_NUMERICHOST)) {
			l->n_addresses++;
		}
	}
	gw_cse_found(l->cse, found->at, found->n);
	if (l->n_addresses == 0) {
		fail(l, found->why ? found->why : "no address can be used");
		return;
	}
	l->state = WS_LINK_DIALING;
	l->conn.opening = "the CSE is connected to";
	dial_next(l);
}

/* Fill in what is dialed.  NULL, or what is wrong. */
static const char *target_fill(struct ws_link *l)
{
	const struct gw_conf_cse *conf = l->cse->conf;

	target_free(l);
	l->url_text = gw_str_dup(gw_str_from(conf->url));
	l->headers = ws_handshake_headers(conf);
	if (!l->url_text || !l->headers) {
		return "short of memory";
	}
	if (!ws_url_parse(&l->url, gw_str_from(l->url_text))) {
		return "its URL is none";
	}
	l->dial = (struct ws_dial){
		.url = &l->url,
		.origin = l->origin,
		.headers = gw_str_from(l->headers),
		.media = conf->media,
	};
	return NULL;
}

/* Thousands may be held back, again and again: one line for many. */
static void hold_back(struct ws_link *l)
{
	struct ws_state *ws = l->conn.ws;

	if (ws->n_held_back++ % LOG_EACH == 0) {
		gw_warn("links",
			"no link to " GW_CSE_FMT " as " GW_STR_FMT
			": as many are open as limits.links allows (%llu "
			"times so far)",
			GW_CSE_ARG(l->cse), GW_STR_ARG(l->origin),
			(unsigned long long)ws->n_held_back);
	}
	go_down(l);
	if (l->registree) {
		/* A request that waits does not need it: there is the shared
		 * one. */
		l->next_ms = now(l) + ws_conf(ws)->timeouts.retry_max_ms;
	}
	ws_conn_fail_waiting(&l->conn, "too many links are open");
	ws_link_arm(l);
}

/* Whether it may be open beside the others. */
static bool has_place(struct ws_link *l)
{
	struct ws_state *ws = state_of(l);

	return l->registree ? ws_place_take(l, l->conn.waiting.n_waiting > 0 ||
						       !l->is_displaced)
			    : ws->n_open < ws_conf(ws)->limits.links;
}

static void attempt(struct ws_link *l)
{
	struct ws_state *ws = state_of(l);
	const struct gw_conf *conf = ws_conf(ws);
	const char *why = NULL;
	struct gw_reason unnamed;

	assert(l->state == WS_LINK_DOWN && !gw_name_is_awaited(&l->name));
	if (!has_place(l)) {
		hold_back(l);
		return;
	}
	l->is_displaced = false;
	ws->n_open++;
	l->state = WS_LINK_RESOLVING;
	l->conn.opening = "the name of its host is looked up";
	why = ws->context ? target_fill(l) : "the binding is not started";
	if (!why) {
		gw_timer_set(ws->loop, &l->timer,
			     now(l) + conf->timeouts.connect_ms);
		if (gw_name_await(&l->name, ws->binding->relay, l->url.host,
				  NULL, &unnamed) != GW_STATUS_NONE) {
			why = unnamed.text;
		}
	}
	if (why) {
		fail(l, why);
	}
}

static void up(struct ws_conn *c, struct lws *wsi)
{
	struct ws_link *l = link_of(c);

	assert(l->state == WS_LINK_DIALING);
	gw_timer_clear(c->ws->loop, &l->timer);
	l->state = WS_LINK_OPEN;
	l->opened_ms = now(l);
	gw_info("link-up",
		"the link to " GW_CSE_FMT " as " GW_STR_FMT " is open (%s)",
		GW_CSE_ARG(l->cse), GW_STR_ARG(l->origin), l->dial.address);
	ws_conn_opened(c, wsi);
	if (l->is_leaving || c->ws->is_draining) {
		ws_conn_retire(c, l->is_leaving ? WS_CODE_NORMAL : WS_CODE_AWAY,
			       0);
	}
	if (!l->registree && !l->is_leaving && !is_own_id(l)) {
		gw_relay_link_up(c->ws->binding->relay, l->cse);
	}
}

/* What the loss of a link tells of who holds the one with the CSE's own id. */
static void consider(struct ws_link *l)
{
	struct ws_cse *of = l->cse->state;
	int64_t now_ms = now(l);

	if (!is_own_id(l)) {
		ws_rival_other_lost(&of->rival, now_ms);
		if (of->own_id) {
			ws_link_arm(of->own_id);
		}
	} else if (l->conn.peer_code == WS_CODE_NORMAL) {
		ws_rival_closed(&of->rival, now_ms - l->opened_ms, now_ms);
	}
}

static void lost(struct ws_conn *c, const char *why)
{
	struct ws_link *l = link_of(c);
	bool is_ours = c->is_retiring || l->is_leaving || c->ws->is_draining;

	assert(l->state == WS_LINK_OPEN);
	gw_log(is_ours ? GW_LOG_INFO : GW_LOG_WARN, GW_LOG_TOPIC, "link-lost",
	       "the link to " GW_CSE_FMT " as " GW_STR_FMT " is gone: %s",
	       GW_CSE_ARG(l->cse), GW_STR_ARG(l->origin), why);
	/* A link that was of use begins the back-off anew. */
	if (c->has_message ||
	    now(l) - l->opened_ms >= ws_conf(c->ws)->timeouts.retry_max_ms) {
		l->n_failures = 0;
	}
	c->is_retiring = false;
	go_down(l);
	if (!is_ours) {
		consider(l);
	}
	if (l->is_leaving || c->ws->is_draining) {
		ws_conn_fail_waiting(c, "the link was closed");
	}
	if (l->is_leaving) {
		ws_link_free(l);
		return;
	}
	ws_link_arm(l);
}

static const struct ws_owner_ops owner = {
	.lost = lost,
	.up = up,
	.refused = refused,
};

void ws_link_settle(struct ws_link *l)
{
	const struct gw_conf_cse *conf = l->cse->conf;

	l->conn.profile = conf->profile;
	l->conn.ping_ms = conf->ping_ms;
	l->conn.rx_ms = ws_conf(state_of(l))->timeouts.request_ms;
	ws_pace_set(&l->conn.pace, conf->profile, conf);
	l->is_wanted = l->is_wanted && conf->registers;
	if (l->conn.raw) {
		ws_raw_settle(&l->conn);
	}
}

struct ws_cse *ws_cse_of(struct gw_cse *cse)
{
	if (!cse->state) {
		cse->state = calloc(1, sizeof(struct ws_cse));
	}
	return cse->state;
}

struct ws_link *ws_link_new(struct ws_state *ws, struct gw_cse *cse,
			    struct gw_str origin)
{
	struct ws_link *l = calloc(1, sizeof(*l));

	if (!l) {
		return NULL;
	}
	l->origin_text = gw_str_dup(origin);
	l->origin = gw_str_from(l->origin_text);
	if (!l->origin_text) {
		free(l);
		return NULL;
	}
	ws_conn_init(&l->conn, ws, &owner, LINK_USED_MAX);
	l->conn.asker.binding = ws->binding;
	l->conn.asker.cse = cse;
	l->conn.asker.account = gw_cse_account(cse);
	l->cse = cse;
	l->timer.fire = timer_fired;
	l->step.run = step;
	l->name.found = found;
	l->next = ws->links;
	l->link = &ws->links;
	if (l->next) {
		l->next->link = &l->next;
	}
	ws->links = l;
	ws_link_settle(l);
	return l;
}
