#pragma once

/*
 * Registry entry - what the files of the registry share with each other, and
 * with nobody else.
 */

/* Short of memory a table takes no more, and says so in hh.tbl; the process
 * goes on. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "core/registry.h"

/* A table grows as soon as so many are in one bucket.  With fewer in each,
 * fewer entries are looked at that are not the one, and with many registrees
 * each of these is a wait for memory. */
#undef HASH_BKT_CAPACITY_THRESH
#define HASH_BKT_CAPACITY_THRESH 6U

/* Room for the key of a usual id. */
#define ENTRY_KEY_BYTES 24

/* A place in the list of those that one connection reaches. */
struct gw_reached {
	struct gw_reached *next;
	struct gw_reached **link; // who points at us
};

/* A registree with its places in the tables.  What each request needs to find
 * its originator comes first and stands together. */
struct entry {
	UT_hash_handle by_id;
	unsigned char id_room[ENTRY_KEY_BYTES];
	struct gw_registree r;
	struct gw_registry *registry;
	struct gw_timer expiry;
	char *texts;        // what the other texts of r point into
	char *poa;          // what r.poa points at, or NULL
	char *url;          // what r.url points at, or NULL
	char *dcse;         // what r.dcse points at, or NULL
	void *id_key;       // id_room, or owned like name_key
	void *name_key;     // NULL when it is in no table by name
	void *resource_key; // the same, of a resourceID that is not its id
	UT_hash_handle by_name;
	UT_hash_handle by_resource;
	struct below *below; // what is below it, newest first
	struct entry *next_cse;
	struct entry **link_cse; // who points at us there; NULL: it is an AE
	struct group *group;     // of the connection identity, or NULL
	struct entry *next_in_group;
	struct entry **prev_in_group;
	struct gw_reached reached; // among those reached over r.peer
};

/* A CSE that a registree CSE has below it. */
struct below {
	struct entry *above;
	struct below *next; // of the same registree
	UT_hash_handle hh;
	size_t len;
	char csi[];
};

/* The registrees that registered on connections of one identity. */
struct group {
	char *identity; // owned
	struct entry *first;
	UT_hash_handle hh;
};

struct gw_registry {
	struct gw_relay *relay;
	struct entry *by_id;
	struct entry *by_name;
	struct entry *by_resource;
	struct entry *cses;  // those that are CSEs
	struct below *below; // by csi
	struct group *groups;
	struct gw_registry_store *store; // NULL: none
	size_t n_registrees;
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
