/*
 * Memory - the bytes that peers make the gateway hold.
 */

#include "core/memory.h"

#include "core/relay_state.h"

/* Loads of one account that are looked at for one to be given up. */
#define VICTIMS_MAX 16

static struct gw_account *account_of(struct gw_relay *relay,
				     const struct gw_load *load,
				     struct gw_account *peer)
{
	return load->charge.n > 0 ? load->charge.account
				  : gw_account_like(&relay->memory, peer);
}

/* Let others give up what they hold, for n bytes more of this one. */
static void make_room(struct gw_accounts *all, const struct gw_load *load,
		      const struct gw_account *a, size_t n)
{
	struct gw_charge *c = gw_account_greediest(all, a, n, NULL);

	for (int i = 0; c && i < VICTIMS_MAX; i++) {
		struct gw_load *other = gw_container(c, struct gw_load, charge);
		struct gw_charge *older = gw_account_greediest(all, a, n, c);

		if (other != load && other->give_up && other->give_up(other)) {
			gw_account_give(all, c);
		}
		c = gw_account_has_room(all, n) ? NULL : older;
	}
}

enum gw_status gw_memory_take(struct gw_relay *relay, struct gw_load *load,
			      struct gw_account *peer, size_t n,
			      struct gw_reason *why)
{
	struct gw_accounts *all = &relay->memory;
	struct gw_account *a = account_of(relay, load, peer);
	size_t before = gw_load_bytes(load);

	if (n > before && !gw_account_has_room(all, n - before)) {
		make_room(all, load, a, n - before);
	}
	return gw_account_take_all(all, &load->charge, a, n, why);
}

void gw_memory_owe(struct gw_relay *relay, struct gw_load *load,
		   struct gw_account *peer, size_t n)
{
	gw_account_owe(&relay->memory, &load->charge,
		       account_of(relay, load, peer), n);
}

bool gw_memory_grow(struct gw_relay *relay, struct gw_load *load, size_t n)
{
	struct gw_account *a = load->charge.account;
	struct gw_reason why;

	return gw_account_take_all(&relay->memory, &load->charge, a, n, &why) ==
	       GW_STATUS_NONE;
}

void gw_memory_give(struct gw_relay *relay, struct gw_load *load)
{
	gw_account_give(&relay->memory, &load->charge);
}

size_t gw_memory_used(const struct gw_relay *relay)
{
	return relay->memory.used;
}
