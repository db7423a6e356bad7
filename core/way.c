/*
 * Way - by which ways a registree is asked, one after the other.
 *
 *	points of access in their order . . . the connection for ws ones
 *	the connection
 *	where it was when it last spoke
 *	points of access that were not reached within the last minutes
 *
 * (TS-0004 7.3.3.9.1.)  The registree may leave at any time, so what it gave is
 * copied, and who has its connection is asked anew for each way.
 */

#include <assert.h>

#include "core/codec/content.h"
#include "core/lib/arena.h"
#include "core/relay_state.h"

/* A registree may give as many as fit into a message. */
#define TRIED_MAX 16

/* How the registree wants content written, else as it came. */
static enum gw_media wanted_media(const struct gw_exchange *x)
{
	return x->hop.receiver.media ? x->hop.receiver.media : x->media_given;
}

/* Finds a way of one kind.  False: there is none any more. */
typedef bool turn_fn(const struct gw_exchange *x, struct gw_ways *ways,
		     struct gw_way *way);

static struct gw_registree *receiver(const struct gw_exchange *x)
{
	return gw_registry_find(x->relay->registry, x->hop.receiver.cse,
				x->hop.receiver.id);
}

bool way_of_url(struct gw_way *way, const struct gw_exchange *x,
		struct gw_str url)
{
	struct gw_binding *via = gw_relay_binding_for(x->relay, url);
	enum gw_media media = GW_MEDIA_NONE;

	if (!relay_can_send(via) || !gw_content_media_of_url(&media, url)) {
		return false;
	}
	*way = (struct gw_way){ .via = via,
				.url = url,
				.media = media ? media : wanted_media(x) };
	return true;
}

static bool take_connection(const struct gw_exchange *x, struct gw_ways *ways,
			    struct gw_way *way)
{
	const struct gw_registree *r = ways->has_connected ? NULL : receiver(x);

	if (!r || !r->peer) {
		return false;
	}
	ways->has_connected = true;
	*way = (struct gw_way){ .via = r->peer->via,
				.peer = r->peer,
				.media = wanted_media(x) };
	return true;
}

/* Nobody can be connected to over a protocol whose other end opens the
 * connection. */
static bool take_url(const struct gw_exchange *x, struct gw_ways *ways,
		     struct gw_way *way, struct gw_str url)
{
	if (!way_of_url(way, x, url)) {
		return false;
	}
	return !way->via->ops->is_two_way || take_connection(x, ways, way);
}

static bool has_failed(const struct gw_ways *ways, unsigned i)
{
	return i < GW_POA_KEPT && (ways->failed & (1U << i)) != 0;
}

/* The next point of access, of those that failed or of the others. */
static bool take_poa(const struct gw_exchange *x, struct gw_ways *ways,
		     struct gw_way *way, bool is_of_failed)
{
	struct gw_json_member m;

	while (ways->n_tried < TRIED_MAX && gw_json_next(&ways->left, &m)) {
		unsigned i = ways->i_next++;

		if (has_failed(ways, i) == is_of_failed &&
		    take_url(x, ways, way,
			     gw_json_text(x->request->arena, m.value))) {
			way->i_poa = i + 1;
			ways->n_tried++;
			return true;
		}
	}
	return false;
}

static bool fresh(const struct gw_exchange *x, struct gw_ways *ways,
		  struct gw_way *way)
{
	return take_poa(x, ways, way, false);
}

static bool failed(const struct gw_exchange *x, struct gw_ways *ways,
		   struct gw_way *way)
{
	return take_poa(x, ways, way, true);
}

static bool last_place(const struct gw_exchange *x, struct gw_ways *ways,
		       struct gw_way *way)
{
	bool was_there = ways->has_been_there;

	ways->has_been_there = true;
	return !was_there && way_of_url(way, x, x->hop.receiver.url);
}

static turn_fn *const turns[] = { fresh, take_connection, last_place, failed };

#define N_TURNS (sizeof(turns) / sizeof(*turns))

static bool take(const struct gw_exchange *x, struct gw_ways *ways,
		 struct gw_way *way)
{
	while (ways->turn < N_TURNS && !turns[ways->turn](x, ways, way)) {
		ways->turn++;
		ways->left = gw_json_walk(ways->poa);
		ways->i_next = 0;
	}
	return ways->turn < N_TURNS;
}

void way_use(struct gw_exchange *x, const struct gw_way *way)
{
	x->hop.via = way->via;
	x->hop.peer = way->peer;
	x->hop.url = way->url;
	x->hop.media = way->media;
}

void way_begin(struct gw_exchange *x, struct gw_registree *r)
{
	struct gw_str poa = gw_arena_str(x->request->arena, r->poa);

	x->ways = (struct gw_ways){
		.poa = poa,
		.left = gw_json_walk(poa),
		.failed = gw_registry_failed_poa(x->relay->registry, r),
	};
}

bool way_next(struct gw_exchange *x)
{
	struct gw_ways rest;
	struct gw_way way = { 0 };

	if (!take(x, &x->ways, &way)) {
		return false;
	}
	way_use(x, &way);
	x->ways.i_poa = way.i_poa;
	rest = x->ways;
	x->ways.has_more = take(x, &rest, &way);
	return true;
}

void way_failed(struct gw_exchange *x)
{
	struct gw_registree *r = x->ways.i_poa > 0 ? receiver(x) : NULL;

	if (r && gw_str_eq(r->poa, x->ways.poa)) {
		gw_registry_poa_failed(x->relay->registry, r,
				       x->ways.i_poa - 1);
	}
	x->ways.i_poa = 0;
}
