/*
 * Told - who was told of late that a message of theirs cannot be read.
 */

#include "bindings/mqtt/mqtt_told.h"

bool mqtt_told_again(struct mqtt_told *t, uint64_t hash, int64_t now_ms)
{
	int64_t *until_ms = &t->quiet_until_ms[hash % MQTT_TOLD_SLOTS];

	if (now_ms < *until_ms) {
		return false;
	}
	*until_ms = now_ms + MQTT_TOLD_MS;
	return true;
}
