#pragma once

/*
 * Registry entry - what the files of the registry share with each other, and
 * with nobody else.
 */

#include "core/account.h"
#include "core/lib/table.h"
#include "core/registry.h"

/* Room for a usual id. */
#define ENTRY_ID_BYTES 24

struct entry;

/* Where a registree is found by one of its texts. */
struct place {
	struct gw_table_entry entry;
	struct gw_str text; // borrowed from of->r
	struct entry *of;
};

/* A place in the list of those that one connection reaches. */
struct gw_reached {
	struct gw_reached *next;
	struct gw_reached **link; // who points at us
};

/* A registree with its places in the tables.  What each request needs to find
 * its originator comes first and stands together. */
struct entry {
	struct place by_id;
	char id_room[ENTRY_ID_BYTES]; // what r.id points into, if it is short
	struct gw_registree r;
	struct gw_registry *registry;
	struct gw_charge place;
	struct gw_timer expiry;
	char *texts;               // what the other texts of r point into
	char *poa;                 // what r.poa points at, or NULL
	struct failures *failures; // of its points of access; NULL: none
	char *url;                 // what r.url points at, or NULL
	char *dcse;                // what r.dcse points at, or NULL
	struct place by_name;
	struct place by_resource; // if that is not its id
	struct below *below;      // what is below it, newest first
	struct entry *next_cse;
	struct entry **link_cse; // who points at us there; NULL: it is an AE
	struct group *group;     // of the connection identity, or NULL
	struct entry *next_in_group;
	struct entry **prev_in_group;
	struct gw_reached reached; // among those reached over r.peer
};

/* Until when points of access count as not reached, on the loop's clock. */
struct failures {
	int64_t until_ms[GW_POA_KEPT];
};

/* A CSE that a registree CSE has below it. */
struct below {
	struct entry *above;
	struct below *next; // of the same registree
	struct gw_table_entry by_csi;
	size_t len;
	char csi[];
};

/* The registrees that registered on connections of one identity. */
struct group {
	struct entry *first;
	struct gw_table_entry by_identity;
	size_t len;
	char identity[];
};

struct gw_registry {
	struct gw_relay *relay;
	struct gw_table by_id; // all three for one CSE each
	struct gw_table by_name;
	struct gw_table by_resource;
	struct gw_table below;           // by csi
	struct gw_table groups;          // by identity
	struct entry *cses;              // those that are CSEs
	struct gw_registry_store *store; // NULL: none
	struct gw_accounts places;       // one for each registree
};

/* registry_index.c: into and out of all tables.  On -ENOMEM it is in none.
 * What is there under the same id must be removed then: it is found no more. */
int entry_add(struct entry *e) GW_MUST_CHECK;
void entry_remove(struct entry *e);

/* Into and out of the table of CSEs below, as r.dcse says.  On -ENOMEM none of
 * them is in it. */
int entry_add_below(struct entry *e) GW_MUST_CHECK;
void entry_remove_below(struct entry *e);

struct group *entry_group(const struct gw_registry *reg,
			  struct gw_str identity);

/* peer.c: the registree is not reached over its peer any more. */
void entry_detach(struct entry *e);
