#pragma once

/*
 * Topic - the topics of TS-0010 6.4, and the identifiers in them.
 *
 *	PREFIX/oneM2M/req/ORIGINATOR/RECEIVER/TYPE
 *
 * A prefix is what the path of the broker's URL gives, without slashes at its
 * ends; without one a topic begins with a slash.  TYPE names the serialisation
 * and is missing with older peers.  Both ids are those of the hop.
 *
 * An identifier in a topic is a level: "id-in" for /id-in, "id-in:C1" for
 * /id-in/C1, ":sp.org:id-in" for //sp.org/id-in (TS-0010 6.4.2), and "C1",
 * which peers write as well.  Pure: nothing here knows who is who.
 */

#include <stdbool.h>

#include "core/lib/str.h"

struct gw_buf;
struct gw_home;

/* Longest identifier in a topic. */
#define MQTT_LEVEL_MAX 512

/* Longest topic of MQTT (3.1.1 1.5.3). */
#define MQTT_TOPIC_MAX 65535

enum mqtt_kind {
	MQTT_REQ,
	MQTT_RESP,
	MQTT_REG_REQ,
	MQTT_REG_RESP,
};

struct mqtt_topic {
	enum mqtt_kind kind;
	struct gw_str originator;
	struct gw_str receiver;
	struct gw_str type; // absent: the topic has no such level
};

/* Take a topic apart.  False when it is none of oneM2M below this prefix, or
 * an id in it is empty, too long or holds what no id holds. */
bool mqtt_topic_parse(struct mqtt_topic *t, struct gw_str prefix,
		      struct gw_str text);

/* Append a topic, or a filter when one of its levels is "+" or "#". */
void mqtt_topic_print(struct gw_buf *buf, struct gw_str prefix,
		      const struct mqtt_topic *t);

/* Whether text may be published to: not empty, no wildcard, no NUL, not one of
 * the broker's own ($SYS), valid UTF-8 without controls. */
bool mqtt_topic_is_plain(struct gw_str text);

/* Append the level of an identifier.  False, with nothing appended, when the
 * identifier cannot stand in a topic. */
bool mqtt_level_print(struct gw_buf *buf, struct gw_str id);

/* Append the level of an AE or CSE that is at home at a CSE: its SP-relative
 * identifier, "id-in:C1" for the stem C1.  As mqtt_level_print(). */
bool mqtt_level_print_at(struct gw_buf *buf, struct gw_str id,
			 const struct gw_home *home);

/* Whether a level and an identifier of any scope, or two levels, name the same
 * entity, for somebody who is at home there. */
bool mqtt_level_is(struct gw_str level, struct gw_str id,
		   const struct gw_home *home);

/* Whether whom the level names may speak for this originator (fr): it is the
 * same, or an AE of the CSE that the level names, or of its provider. */
bool mqtt_level_speaks_for(struct gw_str level, struct gw_str from,
			   const struct gw_home *home);

/* The part of a level that tells who it is to somebody at home there: without
 * the own provider and the own CSE. */
struct gw_str mqtt_level_local(struct gw_str level, const struct gw_home *home);
