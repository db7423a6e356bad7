/*
 * Told - who was told of late that a message of theirs cannot be read.
 */

#include "bindings/mqtt/mqtt_told.h"

#include <stddef.h>

bool mqtt_told_again(struct mqtt_told *t, uint64_t hash, int64_t now_ms)
{
	struct mqtt_told_peer *room = NULL;

	for (size_t i = 0; i < MQTT_TOLD_PEERS; i++) {
		struct mqtt_told_peer *each = &t->peers[i];
		bool is_over = each->until_ms <= now_ms;

		if (!is_over && each->hash == hash) {
			return false;
		}
		room = is_over ? each : room;
	}
	if (room) {
		*room = (struct mqtt_told_peer){ hash, now_ms + MQTT_TOLD_MS };
	}
	return room != NULL;
}
