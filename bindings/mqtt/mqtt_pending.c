/*
 * Pending - our requests whose answers are still to come.
 */

#include "bindings/mqtt/mqtt_pending.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS_MIN 16
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
	free(p->slots);
	p->slots = NULL;
	p->n_slots = 0;
}

static struct mqtt_entry **slot_of(const struct mqtt_pending *p,
				   uint64_t number)
{
	return &p->slots[number & (p->n_slots - 1)];
}

static int grow(struct mqtt_pending *p)
{
	struct mqtt_pending bigger = *p;

	bigger.n_slots = p->n_slots ? p->n_slots * 2 : SLOTS_MIN;
	bigger.slots = calloc(bigger.n_slots, sizeof(struct mqtt_entry *));
	if (!bigger.slots) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < p->n_slots; i++) {
		while (p->slots[i]) {
			struct mqtt_entry *e = p->slots[i];
			struct mqtt_entry **slot = slot_of(&bigger, e->number);

			p->slots[i] = e->next;
			e->next = *slot;
			*slot = e;
		}
	}
	free(p->slots);
	*p = bigger;
	return 0;
}

int mqtt_pending_add(struct mqtt_pending *p, struct mqtt_entry *e, char *at)
{
	struct mqtt_entry **slot = NULL;

	if (p->n_entries >= p->n_slots && grow(p)) {
		return -ENOMEM;
	}
	e->number = ++p->n_minted;
	slot = slot_of(p, e->number);
	e->next = *slot;
	*slot = e;
	p->n_entries++;
	(void)snprintf(at, MQTT_ID_BYTES, "%s%llu", p->prefix,
		       (unsigned long long)e->number);
	return 0;
}

struct mqtt_entry *mqtt_pending_find(const struct mqtt_pending *p,
				     struct gw_str id)
{
	struct mqtt_entry *e = NULL;
	uint64_t number = 0;

	if (p->n_slots == 0 ||
	    !gw_str_starts(id, (struct gw_str){ p->prefix, p->prefix_len }) ||
	    !gw_str_number(&number, gw_str_skip(id, p->prefix_len),
			   UINT64_MAX)) {
		return NULL;
	}
	for (e = *slot_of(p, number); e && e->number != number; e = e->next) {
	}
	return e;
}

void mqtt_pending_remove(struct mqtt_pending *p, struct mqtt_entry *e)
{
	struct mqtt_entry **at = NULL;

	if (e->number == 0) {
		return;
	}
	for (at = slot_of(p, e->number); *at != e; at = &(*at)->next) {
	}
	*at = e->next;
	e->number = 0;
	p->n_entries--;
}

struct mqtt_entry *mqtt_pending_any(const struct mqtt_pending *p)
{
	for (size_t i = 0; i < p->n_slots && p->n_entries > 0; i++) {
		if (p->slots[i]) {
			return p->slots[i];
		}
	}
	return NULL;
}
