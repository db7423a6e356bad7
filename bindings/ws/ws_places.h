#pragma once

/*
 * Places - which links of registrees may be open (limits.links).
 *
 * A place is charged to the account (core/account.h) of the address that the
 * registree registered from, so that a device with many AEs takes its share.
 * Who finds none gets that of a link that nothing is open on: the one that has
 * been idle for longest, of the account that has most where all are taken, else
 * of its own account.  Where each is in use, the shared link serves.
 *
 * The links of the gateway itself, the shared one and that with the CSE's own
 * id, are few and need no place: as many are kept free for them.
 */

#include <stdbool.h>

#include "core/lib/cleanup.h"

struct ws_link;
struct ws_state;

void ws_places_start(struct ws_state *ws);

/* No link is left. */
void ws_places_stop(struct ws_state *ws);

/* Get a place for the link of a registree, if it has none; of others only where
 * it may displace them.  False: there is none. */
bool ws_place_take(struct ws_link *l, bool may_displace) GW_MUST_CHECK;

/* It is down.  One that has none is fine. */
void ws_place_give(struct ws_link *l);
