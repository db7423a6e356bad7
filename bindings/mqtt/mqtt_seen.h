#pragma once

/*
 * Seen - requests that came, and may come once more.
 *
 * QoS 1 delivers at least once: a device that lost its connection sends again
 * what it got no acknowledgement for, and so does the broker.  The same message
 * on the same topic, with its originator and rqi, is the same request.  Many
 * devices write the same rqi into all they send, so that does not hold for
 * long.
 *
 *	new ---> in flight ---> answered ---> forgotten
 *	         again: nothing  again: the     after a time, or when
 *	         is done         same answer    there is no room
 *
 * The answer is given again once the broker has taken the one before, so that
 * there is one copy of it at a time.  A message whose answer cannot be kept is
 * forgotten: the next one is a request like any other.
 *
 * A message that the broker itself marks as delivered before (DUP) is taken for
 * the same for as long as it is remembered.  Pure: the caller gives time and
 * hashes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"
#include "core/lib/table.h"

struct mqtt_out;

/* How long a message that was answered counts as the same with the mark of the
 * broker; without it the caller says how long. */
#define MQTT_SEEN_MARKED_MS 600000

/* How long for one that the broker may deliver once for each of two filters. */
#define MQTT_SEEN_TWICE_MS 1000

/* Most messages remembered, and most bytes of their answers. */
#define MQTT_SEEN_MAX 32768
#define MQTT_SEEN_BYTES ((size_t)8 << 20)

/* The largest answer that is kept. */
#define MQTT_SEEN_ANSWER_MAX ((size_t)16 << 10)

struct mqtt_seen_message {
	struct gw_table_entry by_key; // of topic and payload
	int64_t at_ms;
	struct mqtt_seen_message *newer;
	struct mqtt_seen_message *older;
	struct mqtt_seen_message **holder; // who waits for the answer; NULL: it
					   // was given
	struct mqtt_out *answer;           // owned; NULL: it has none
	const struct mqtt_out *going;      // a copy of it that the broker does
					   // not have yet; NULL: none
	bool is_passed;                    // no answer is kept for it any more
};

struct mqtt_seen {
	struct gw_table messages;
	struct mqtt_seen_message *oldest;
	struct mqtt_seen_message *newest;
	struct mqtt_seen_message *keeping; // the oldest that is not passed
	size_t n_bytes;                    // of answers
};

/* Zeroed is empty. */
void mqtt_seen_deinit(struct mqtt_seen *s);

/* The message that this one is the same as, or NULL.  One that was answered is
 * only the same for age_ms. */
struct mqtt_seen_message *mqtt_seen_find(struct mqtt_seen *s, uint64_t key,
					 int64_t age_ms, int64_t now_ms);

/* Remember a message that is not found, in place of an older one like it that
 * was answered.  *holderp names it until its answer is given or it is
 * forgotten; it stays NULL when memory is short, and then it is not
 * remembered. */
void mqtt_seen_add(struct mqtt_seen *s, uint64_t key, int64_t now_ms,
		   struct mqtt_seen_message **holderp);

/* The message that *holderp names was answered; out NULL: it wants no answer.
 * out is borrowed, copied and marked.  *holderp becomes NULL; it may be so
 * before. */
void mqtt_seen_answered(struct mqtt_seen *s, struct mqtt_seen_message **holderp,
			struct mqtt_out *out);

/* The same, when it got no answer: should it come again, it is a new one. */
void mqtt_seen_forget(struct mqtt_seen *s, struct mqtt_seen_message **holderp);

/* The answer of a message once more, the caller's; NULL: it is on its way, or
 * there is none, or memory is short. */
struct mqtt_out *mqtt_seen_repeat(struct mqtt_seen_message *m);

/* An answer is not on its way any more.  Any other publication is fine. */
void mqtt_seen_arrived(struct mqtt_seen *s, const struct mqtt_out *out);
