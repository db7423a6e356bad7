/*
 * Pending - our requests whose answers are still to come.
 */

#include "bindings/mqtt/mqtt_pending.h"

#include <stdio.h>

#define STEM_MAX 32
#define SALT_CHARS 12

void mqtt_pending_init(struct mqtt_pending *p, struct gw_str stem,
		       uint64_t random)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	char salt[SALT_CHARS + 1] = { 0 };
	int len = stem.len < STEM_MAX ? (int)stem.len : STEM_MAX;

	*p = (struct mqtt_pending){ 0 };
	for (size_t i = 0; i < SALT_CHARS; i++) {
		salt[i] = digits[random % 36];
		random /= 36;
	}
	p->prefix_len = (size_t)snprintf(p->prefix, sizeof(p->prefix),
					 "%.*s-%s-", len,
					 stem.at ? stem.at : "", salt);
}

void mqtt_pending_deinit(struct mqtt_pending *p)
{
	gw_table_deinit(&p->entries);
}

static struct mqtt_entry *entry_of(struct gw_table_entry *e)
{
	return e ? gw_container(e, struct mqtt_entry, by_number) : NULL;
}

void mqtt_pending_add(struct mqtt_pending *p, struct mqtt_entry *e, char *at)
{
	uint64_t number = ++p->n_minted;

	gw_table_add(&p->entries, &e->by_number, number);
	(void)snprintf(at, MQTT_ID_BYTES, "%s%llu", p->prefix,
		       (unsigned long long)number);
}

struct mqtt_entry *mqtt_pending_find(const struct mqtt_pending *p,
				     struct gw_str id)
{
	uint64_t number = 0;

	if (!gw_str_starts(id, (struct gw_str){ p->prefix, p->prefix_len }) ||
	    !gw_str_number(&number, gw_str_skip(id, p->prefix_len),
			   UINT64_MAX)) {
		return NULL;
	}
	return entry_of(gw_table_first(&p->entries, number));
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
