/*
 * Lap - what is out and not answered yet, so that it is known when it comes
 * back.
 *
 *	asker --- here ---> a CSE that is led to --- ... ---.
 *	            ^                                       |
 *	            '------------- the same again ----------'
 *
 * A CSE keeps op, to and rqi of what it passes on, and fr once that is written
 * in full (TS-0001 7.1.7, TS-0004 7.3.2.6).  So an arrival that is equal to
 * what we have sent is our own, and whoever it is for has not been found on the
 * way: it does not go to a CSE of the configuration again.  The CSE of a
 * registree sends back what is for that one; so it may go to a registree, but
 * not twice to the same.
 *
 * Whoever is no CSE of the configuration may look like that: who repeats a
 * request, has the name and the rqi of an example that others have, too, or the
 * name of another in a different scope.  It goes on under an rqi of our own,
 * which nobody else can know: then it is our own if it comes again.
 */

#include "core/lib/arena.h"
#include "core/relay_state.h"

/* What stays of fr, in whatever scope it is written. */
static struct gw_str stem_of(const struct gw_address *from)
{
	return from->rest.len > 0 || from->cse.len == 0
		       ? from->rest
		       : gw_str_skip(from->cse, 1);
}

/* Of the end of the name: many may use one rqi, but only one of them may use it
 * for several requests at a time. */
static uint64_t hash_of_name(const struct gw_exchange *x)
{
	struct gw_str name = stem_of(&x->from);
	uint64_t end = 0;

	if (name.len >= sizeof(end)) {
		memcpy(&end, name.at + name.len - sizeof(end), sizeof(end));
	} else if (name.len > 0) {
		memcpy(&end, name.at, name.len);
	}
	end *= 0x9e3779b97f4a7c15U; // an odd number with its bits spread
	return end ^ end >> 32;
}

uint64_t gw_exchange_id_hash(const struct gw_exchange *x)
{
	struct gw_str id = x->request->id;

	return x->lap.hash ? x->lap.hash ^ hash_of_name(x)
			   : gw_relay_hash(x->relay, id.at, id.len);
}

void lap_begin(struct gw_exchange *x)
{
	if (!x->hop.cse && !x->hop.receiver.cse) {
		return;
	}
	if (!x->lap.hash) {
		x->lap.hash = gw_exchange_id_hash(x) ^ hash_of_name(x);
	}
	gw_table_add(&x->relay->laps, &x->lap, x->lap.hash);
}

void lap_end(struct gw_exchange *x)
{
	gw_table_remove(&x->relay->laps, &x->lap);
}

void lap_rename(struct gw_exchange *x, struct gw_str id)
{
	struct gw_primitive *p = x->request;
	struct gw_str copy = gw_arena_str(p->arena, id);

	if (!gw_str_is_present(copy)) {
		return;
	}
	if (!gw_str_is_present(x->id_given)) {
		x->id_given = p->id;
		x->has_number_given = p->has_number_id;
	}
	p->id = copy;
	p->has_number_id = false;
	x->lap.hash = 0;
}

void lap_restore(struct gw_exchange *x)
{
	if (gw_str_is_present(x->id_given)) {
		x->request->id = x->id_given;
		x->request->has_number_id = x->has_number_given;
		x->lap.hash = 0;
		x->id_given = (struct gw_str){ 0 };
	}
}

/* Whether an arrival is what was sent, but for how fr is written. */
static bool is_alike(const struct gw_exchange *x, const struct gw_exchange *out)
{
	const struct gw_primitive *p = x->request;
	const struct gw_primitive *q = out->request;

	return p->op == q->op && gw_str_eq(p->id, q->id) &&
	       gw_str_eq(p->to, q->to) &&
	       gw_str_eq(stem_of(&x->from), stem_of(&out->from));
}

/* An AE-ID of the provider, "S1" or "/S1", which are the same (TS-0001 7.2). */
static bool is_of_provider(const struct gw_address *from)
{
	struct gw_str stem = stem_of(from);

	return stem.len > 0 && stem.at[0] == 'S' && from->sp.len == 0 &&
	       (from->cse.len == 0 || from->rest.len == 0);
}

static bool is_as_sent(const struct gw_exchange *x,
		       const struct gw_exchange *out)
{
	struct gw_str from = gw_str_is_present(out->hop.from)
				     ? out->hop.from
				     : out->request->from;

	return gw_str_eq(x->request->from, from) ||
	       (is_of_provider(&x->from) && is_of_provider(&out->from));
}

/* Whether one that is out has been where the route leads to: at a CSE of the
 * configuration, all of which are one for that, or at this registree. */
static bool has_been_there(const struct gw_exchange *out,
			   const struct gw_route *route)
{
	const struct gw_receiver *to = &out->hop.receiver;

	return route->cse || (to->cse && to->cse == route->registree->cse &&
			      gw_str_eq(to->id, route->registree->id));
}

/* Whether it may be of who brings it.  Many a device has the name and the rqi
 * of others, from one example; a CSE of the configuration passes on what it
 * got.  There are CSEs that give all their notifications the same rqi; what
 * they send to other CSEs they tell apart. */
static bool is_makers(const struct gw_asker *a, const struct gw_asker *b,
		      const struct gw_route *route)
{
	return !a->cse || (a->cse == b->cse && route->registree);
}

/* "C" and "S" ask for a name, and anybody may. */
static bool has_no_name(const struct gw_primitive *p)
{
	return p->op == GW_OP_CREATE && p->type == GW_TYPE_AE &&
	       p->from.len <= 1;
}

/* Whether whoever asks may have made a request that is equal to what is out by
 * itself: it was sent once more, or anybody would write it so. */
static bool may_be_anothers(const struct gw_exchange *x,
			    const struct gw_exchange *out)
{
	return gw_str_eq(x->request->from, out->request->from) &&
	       (out->is_abandoned || has_no_name(x->request) ||
		is_makers(&x->asker, &out->asker, &x->relay->road.route));
}

/* Whether what is alike is our own for sure.  Nobody else has an rqi that we
 * have given. */
static bool is_ours(const struct gw_exchange *x, const struct gw_exchange *out)
{
	return gw_str_is_present(out->id_given) ||
	       (is_as_sent(x, out) && !may_be_anothers(x, out));
}

static enum gw_status refuse(struct gw_exchange *x)
{
	(void)gw_refuse(&x->why,
			"it has come back to the gateway that has sent it on: "
			"nobody on its way round knows the target");
	return GW_STATUS_NOT_FOUND;
}

/* What is out has the same rqi as this. */
static enum gw_status compare(struct gw_exchange *x, struct gw_table_entry *e)
{
	char id[GW_MINT_BYTES];
	bool is_taken = false;

	for (; e; e = gw_table_next(e)) {
		const struct gw_exchange *out = gw_container(
			e, struct gw_exchange, lap);

		if (!is_alike(x, out) ||
		    !has_been_there(out, &x->relay->road.route)) {
			continue;
		}
		if (is_ours(x, out)) {
			return refuse(x);
		}
		is_taken = true;
	}
	if (is_taken) {
		lap_rename(x, gw_mint_next(&x->relay->mint, id));
	}
	return GW_STATUS_NONE;
}

enum gw_status lap_judge(struct gw_exchange *x)
{
	struct gw_relay *relay = x->relay;
	const struct gw_route *route = &relay->road.route;
	struct gw_table_entry *e = NULL;

	if (!route->cse && !route->registree) {
		return GW_STATUS_NONE;
	}
	x->lap.hash = gw_exchange_id_hash(x) ^ hash_of_name(x);
	e = gw_table_first(&relay->laps, x->lap.hash);
	return e ? compare(x, e) : GW_STATUS_NONE;
}
