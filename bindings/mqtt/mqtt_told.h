#pragma once

/*
 * Told - who was told of late that a message of theirs cannot be read.
 *
 * Such a message has no id that an answer could have, and whoever sends it may
 * send many: each peer is told at most once a second.  Peers are kept by a hash
 * of their names; two of one slot are told in turn, so that there are never
 * more than MQTT_TOLD_SLOTS answers in a second.  Pure: the caller gives time
 * and hashes.
 */

#include <stdbool.h>
#include <stdint.h>

#define MQTT_TOLD_MS 1000
#define MQTT_TOLD_SLOTS 256

/* Zeroed is nobody. */
struct mqtt_told {
	int64_t quiet_until_ms[MQTT_TOLD_SLOTS];
};

/* Whether the peer of this hash may be told now, which then counts as done. */
bool mqtt_told_again(struct mqtt_told *t, uint64_t hash, int64_t now_ms);
