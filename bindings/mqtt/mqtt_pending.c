/*
 * Pending - our requests whose answers are still to come.
 */

#include "bindings/mqtt/mqtt_pending.h"

#include <assert.h>

void mqtt_pending_init(struct mqtt_pending *p, struct gw_str stem,
		       uint64_t random)
{
	*p = (struct mqtt_pending){ 0 };
	gw_mint_init(&p->mint, stem, random);
}

void mqtt_pending_deinit(struct mqtt_pending *p)
{
	assert(p->entries.n_entries == 0);
	gw_table_deinit(&p->entries);
}

static struct mqtt_entry *entry_of(struct gw_table_entry *e)
{
	return e ? gw_container(e, struct mqtt_entry, by_number) : NULL;
}

struct gw_str mqtt_pending_add(struct mqtt_pending *p, struct mqtt_entry *e,
			       char at[GW_MINT_BYTES])
{
	struct gw_str id = gw_mint_next(&p->mint, at);

	assert(!e->by_number.link);
	gw_table_add(&p->entries, &e->by_number, p->mint.n_minted);
	return id;
}

struct mqtt_entry *mqtt_pending_find(const struct mqtt_pending *p,
				     struct gw_str id)
{
	uint64_t number = 0;

	return gw_mint_number(&number, &p->mint, id)
		       ? entry_of(gw_table_first(&p->entries, number))
		       : NULL;
}

void mqtt_pending_remove(struct mqtt_pending *p, struct mqtt_entry *e)
{
	gw_table_remove(&p->entries, &e->by_number);
}

struct mqtt_entry *mqtt_pending_any(const struct mqtt_pending *p)
{
	size_t at = 0;

	return entry_of(gw_table_any(&p->entries, &at));
}
