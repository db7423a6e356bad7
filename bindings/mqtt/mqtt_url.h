#pragma once

/*
 * URL - addresses of MQTT (TS-0010 6.6).
 *
 *	mqtt://user@host:1883/path?ct=json#form
 *
 * The authority is the broker, never the entity.  In the URL of a broker and
 * in a point of access the path is the prefix of all topics; in a notification
 * URI it is the whole topic.  The fragment is ours: it keeps how a registree
 * writes its id in topics.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/lib/str.h"

struct gw_buf;

struct mqtt_url {
	bool is_secure;
	struct gw_str host; // without brackets
	uint16_t port;
	struct gw_str path; // with its first slash; absent: none
	struct gw_str form; // absent: none
};

/* Slices of text.  False when it is no URL of MQTT. */
bool mqtt_url_parse(struct mqtt_url *url, struct gw_str text);

/* What is wrong with it as the URL of a broker or of a CSE behind one, as the
 * end of a sentence; NULL: nothing. */
const char *mqtt_url_wrong(struct gw_str text);

/* Whether both lead to the same broker: what host and port say, taken by the
 * letter. */
bool mqtt_url_is_same_broker(const struct mqtt_url *a,
			     const struct mqtt_url *b);

/* The prefix of topics: the path without slashes at its ends; empty: none. */
struct gw_str mqtt_url_prefix(const struct mqtt_url *url);

/* The receiver that ACME writes into a point of access, "//X" or "///Y/X";
 * absent: it is not of that form. */
struct gw_str mqtt_url_receiver(const struct mqtt_url *url);

/* Append the topic that a notification URI is, percent-decoded.  False, with
 * nothing appended, when it names none that may be published to. */
bool mqtt_url_topic(struct gw_buf *buf, const struct mqtt_url *url);
