/*
 * Own - what a URL means that leads to ourselves.
 *
 * There are CSEs that notify at the point of access as it stands, and write
 * that URL into `to` (Mobius).  Where it is our listener, the path behind it
 * names whom it is for; where it is a broker of ours, it may be a topic as well
 * (TS-0010 6.6).
 */

#include <assert.h>

#include "core/lib/arena.h"
#include "core/relay_state.h"

/* Where a URL leads, and the rest of it, which begins with a slash or is
 * empty. */
struct place {
	struct gw_str scheme;
	struct gw_str host; // with its brackets
	uint64_t port;
	struct gw_str path;
};

static uint64_t usual_port(struct gw_str scheme)
{
	static const struct {
		const char *scheme;
		uint64_t port;
	} ports[] = {
		{ "http", 80 },    { "https", 443 },  { "coap", 5683 },
		{ "ws", 80 },      { "wss", 443 },    { "mqtt", 1883 },
		{ "coaps", 5684 }, { "mqtts", 8883 },
	};

	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		if (gw_str_eq_nocase(scheme, gw_str_from(ports[i].scheme))) {
			return ports[i].port;
		}
	}
	return 0;
}

/* Where the first of these letters is, or the end. */
static size_t find_any(struct gw_str text, const char *letters)
{
	size_t n = text.len;

	for (; *letters; letters++) {
		size_t at = gw_str_find(text, *letters);

		n = at < n ? at : n;
	}
	return n;
}

static bool parse(struct place *place, struct gw_str url)
{
	size_t n = gw_str_find(url, ':');
	struct gw_str rest = gw_str_skip(url, n);
	struct gw_str authority;

	if (!gw_str_starts(rest, GW_STR("://"))) {
		return false;
	}
	rest = gw_str_skip(rest, 3);
	place->scheme = gw_str_head(url, n);
	place->port = usual_port(place->scheme);
	n = find_any(rest, "/?#");
	authority = gw_str_head(rest, n);
	rest = gw_str_skip(rest, n);
	place->path = gw_str_head(rest, find_any(rest, "?#"));
	n = gw_str_find(authority, '@');
	authority = n < authority.len ? gw_str_skip(authority, n + 1)
				      : authority;
	n = gw_str_find(authority, ']');
	n = n < authority.len ? n + 1 : gw_str_find(authority, ':');
	place->host = gw_str_head(authority, n);
	authority = gw_str_skip(authority, n);
	return authority.len <= 1 ||
	       (authority.at[0] == ':' &&
		gw_str_number(&place->port, gw_str_skip(authority, 1),
			      UINT16_MAX));
}

/* Whether a URL leads to where ours does, or below it; what its path is behind
 * ours. */
static bool is_below(struct gw_str *pathp, struct gw_str ours_text,
		     const struct place *theirs)
{
	struct place ours;
	struct gw_str base;

	if (!parse(&ours, ours_text) ||
	    !gw_str_eq_nocase(ours.scheme, theirs->scheme) ||
	    !gw_str_eq_nocase(ours.host, theirs->host) ||
	    ours.port != theirs->port) {
		return false;
	}
	base = ours.path;
	while (gw_str_ends(base, GW_STR("/"))) {
		base.len--;
	}
	*pathp = gw_str_skip(theirs->path, base.len);
	return gw_str_starts(theirs->path, base) &&
	       (pathp->len == 0 || pathp->at[0] == '/');
}

static bool is_listener(struct gw_str *pathp, const struct gw_relay *relay,
			const struct place *theirs)
{
	for (size_t i = 0; i < relay->n_bindings; i++) {
		struct gw_str url = relay_address(relay->bindings[i], NULL);

		if (gw_str_is_present(url) && is_below(pathp, url, theirs)) {
			return true;
		}
	}
	return false;
}

static bool is_broker(struct gw_str *pathp, const struct gw_relay *relay,
		      const struct place *theirs)
{
	for (size_t i = 0; i < relay->conf->n_brokers; i++) {
		if (is_below(pathp, gw_str_from(relay->conf->brokers[i].url),
			     theirs)) {
			return true;
		}
	}
	return false;
}

/* At a broker only what names a registree, or nothing but one, is no topic. */
static bool is_topic(const struct gw_exchange *x, struct gw_str to)
{
	return !gw_address_is_stem(to) &&
	       !gw_registry_find_resource(x->relay->registry, x->asker.cse, to);
}

bool own_target(struct gw_str *targetp, const struct gw_exchange *x)
{
	struct gw_str to = { 0 };
	struct gw_str path;
	struct place place;
	bool is_ours = false;

	assert(x->to.scope == GW_SCOPE_URL && x->asker.cse);
	if (!parse(&place, x->to.text)) {
		return false;
	}
	is_ours = is_listener(&path, x->relay, &place);
	if (!is_ours && !is_broker(&path, x->relay, &place)) {
		return false;
	}
	to = gw_address_of_path(x->request->arena, path);
	if (!is_ours && is_topic(x, to)) {
		return false;
	}
	*targetp = to;
	return true;
}
