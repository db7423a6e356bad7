#pragma once

/*
 * Registry - the AEs and CSEs that registered through this gateway.
 *
 * A registree is learned from the answer that grants its registration, and is
 * forgotten when it is deleted or expires.  The registry knows how to reach
 * each: over a connection that the registree has open (a peer), or at its
 * points of access.  Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/net.h"
#include "core/lib/str.h"
#include "core/lib/timer.h"
#include "core/primitive.h"

struct gw_binding;
struct gw_conf;
struct gw_cse;
struct gw_reached;
struct gw_registry;
struct gw_relay;

/* A connection that requests can be sent back on.  Embedded in the binding's
 * own connection; the binding calls gw_peer_init() before and
 * gw_peer_deinit() after its use. */
struct gw_peer {
	struct gw_binding *via;
	struct gw_str identity;       // who it said it is; absent: not known
	char host[GW_NET_TEXT_BYTES]; // numeric address of the other end
	struct gw_reached *reached;   // registrees reached over it
	int64_t claimed_ms; // when it was last told that another claims one
};

enum gw_registree_kind {
	GW_REGISTREE_AE,
	GW_REGISTREE_CSE,
};

struct gw_registree {
	enum gw_registree_kind kind;
	struct gw_cse *cse;     // whom it is registered with
	struct gw_str id;       // "Cxyz", "Sxyz" or "/id-mn"
	struct gw_str resource; // resourceID of its <AE> or <remoteCSE>
	struct gw_str name;     // resourceName of the same
	struct gw_str poa;      // JSON array as it gave it; absent: none
	struct gw_str dcse;     // JSON array of CSE-IDs below it; absent: none
	struct gw_str identity; // of who brought its registration, or absent
	struct gw_str url;      // where it is behind its poa; absent: nowhere
	enum gw_media media;    // how it wants content written; NONE: any
	char host[GW_NET_TEXT_BYTES]; // numeric, where it registered, or ""
	struct gw_binding *via;       // the binding it registered by
	struct gw_peer *peer;         // reaches it now; NULL when none
	int64_t expires_ms;           // wall clock; 0: never
	bool has_lost; // a notification, the last one; and that was told
};

/* What a granted registration says.  Texts are borrowed. */
struct gw_grant {
	enum gw_registree_kind kind;
	struct gw_str id;
	struct gw_cse *cse;
	struct gw_str resource;
	struct gw_str name;
	struct gw_str poa;
	struct gw_str dcse;
	struct gw_str identity; // of who brought it; absent: not known
	struct gw_str url;      // see struct gw_registree
	enum gw_media media;    // the same
	struct gw_str host;
	struct gw_binding *via;
	struct gw_peer *peer; // that connection; NULL: not open, or none
	int64_t expires_ms;
};

/* Keeps registrations across restarts; implemented outside core.  Calls come
 * from the loop thread and must not block. */
struct gw_registry_store {
	void (*put)(struct gw_registry_store *s, const struct gw_registree *r);
	void (*remove)(struct gw_registry_store *s,
		       const struct gw_registree *r);
};

struct gw_registry *gw_registry_new(struct gw_relay *relay);
struct gw_registry *gw_registry_free(struct gw_registry *reg);

/* Tell store of every change from now on; NULL to stop. */
void gw_registry_keep(struct gw_registry *reg, struct gw_registry_store *store);

/* Learn a registration, or renew one that is known.  Returns 0; or -ENOMEM, or
 * -ENOSPC at limits.registrees: then one that is known stays as it was. */
int gw_registry_grant(struct gw_registry *reg,
		      const struct gw_grant *g) GW_MUST_CHECK;

/* New points of access of a registree.  Returns 0 or -ENOMEM. */
int gw_registry_set_poa(struct gw_registry *reg, struct gw_registree *r,
			struct gw_str poa) GW_MUST_CHECK;

/* The i-th of its points of access, counted from 0, was not reached; and which
 * were not within the last GW_POA_FAILED_MS: bit i, as far as they are kept. */
#define GW_POA_KEPT 16
#define GW_POA_FAILED_MS ((int64_t)5 * 60 * 1000)
void gw_registry_poa_failed(struct gw_registry *reg, struct gw_registree *r,
			    unsigned i);
uint32_t gw_registry_failed_poa(const struct gw_registry *reg,
				struct gw_registree *r);

/* New CSEs below a registree CSE, a JSON array.  Returns 0 or -ENOMEM; then it
 * has none. */
int gw_registry_set_dcse(struct gw_registry *reg, struct gw_registree *r,
			 struct gw_str dcse) GW_MUST_CHECK;

/* How a registree wants content written from now on. */
void gw_registry_set_media(struct gw_registry *reg, struct gw_registree *r,
			   enum gw_media media);

/* A registree is now reached at this url, which is copied; absent: nowhere.
 * Returns 0 or -ENOMEM. */
int gw_registry_set_url(struct gw_registry *reg, struct gw_registree *r,
			struct gw_str url) GW_MUST_CHECK;

/* A renewed registration: wall clock, 0 for never. */
void gw_registry_set_expiry(struct gw_registry *reg, struct gw_registree *r,
			    int64_t expires_ms);

/* Forget a registree, which is freed. */
void gw_registry_forget(struct gw_registry *reg, struct gw_registree *r);

/* Whether one more may register from this numeric address, absent: from none
 * that is known; or why not. */
bool gw_registry_has_room(struct gw_registry *reg, struct gw_str host,
			  struct gw_reason *why) GW_MUST_CHECK;
size_t gw_registry_count(const struct gw_registry *reg);

/* The registree with this id at this CSE, or NULL.  id is a stem or "/id-mn".
 * cse NULL: at any CSE, if there is only one such. */
struct gw_registree *gw_registry_find(const struct gw_registry *reg,
				      const struct gw_cse *cse,
				      struct gw_str id);

/* The registree whose <AE> or <remoteCSE> at this CSE is what an address
 * without its scope (gw_address.rest) names: a resourceID, such as "Cxyz", or a
 * resourceName below the CSEBase, as in "cse-in/ae1", "-/ae1" or "id-in/ae1".
 * NULL when there is none. */
struct gw_registree *gw_registry_find_resource(const struct gw_registry *reg,
					       const struct gw_cse *cse,
					       struct gw_str rest);

/* The registree CSE that has csi below it (dcse), or NULL. */
struct gw_registree *gw_registry_find_above(const struct gw_registry *reg,
					    struct gw_str csi);

/* The registree CSE that registered from this numeric address; NULL when there
 * is none, or several. */
struct gw_registree *gw_registry_find_cse_at(const struct gw_registry *reg,
					     struct gw_str host);

/* A connection has come up.  With an identity, it claims the registrees that
 * registered on an earlier connection of that identity and binding, or have it
 * as their own id. */
void gw_peer_init(struct gw_registry *reg, struct gw_peer *peer,
		  struct gw_binding *via, struct gw_str identity);

/* The connection is gone: nobody is reached over it. */
void gw_peer_deinit(struct gw_peer *peer);

/* r is reached over peer from now on. */
void gw_peer_attach(struct gw_peer *peer, struct gw_registree *r);

/* Whether a connection may take the place of one of the same name: when it
 * comes from the same address.  From elsewhere anybody can say that name. */
bool gw_peer_succeeds(const struct gw_peer *peer, const struct gw_peer *old);

/* peer says that it leads to r, which nothing proves.  r is reached over it
 * from now on if it is reached over no other connection, or peer succeeds it.
 * Else the binding of that one is asked to look whether it is still there
 * (doubt), and whoever runs the gateway is warned, once a minute. */
void gw_peer_claim(struct gw_registry *reg, struct gw_peer *peer,
		   struct gw_registree *r);
