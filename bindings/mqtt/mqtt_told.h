#pragma once

/*
 * Told - who was told of late that a message of theirs cannot be read.
 *
 * Such a message has no id that an answer could have, and whoever sends it may
 * send many: each peer is told at most once a second, and no more than
 * MQTT_TOLD_PEERS of them.  Peers are known by a hash of their names.  Pure:
 * the caller gives time and hashes.
 */

#include <stdbool.h>
#include <stdint.h>

#define MQTT_TOLD_MS 1000
#define MQTT_TOLD_PEERS 256

/* Zeroed is nobody. */
struct mqtt_told {
	struct mqtt_told_peer {
		uint64_t hash;
		int64_t until_ms; // it is told nothing more
	} peers[MQTT_TOLD_PEERS];
};

/* Whether the peer of this hash may be told now, which then counts as done. */
bool mqtt_told_again(struct mqtt_told *t, uint64_t hash, int64_t now_ms);
