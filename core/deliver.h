#pragma once

/*
 * Deliver - where the gateway may connect to.
 *
 * What a registree names as its point of access is somebody's choice: only the
 * host that it registered from, and the networks that the operator allows, are
 * connected to (deliver.allow).
 */

#include <stdbool.h>

#include "core/lib/str.h"

struct gw_conf_texts;

/* Whether a numeric address may be delivered to: it is the host that a
 * registree registered from, or in one of the allowed networks.  An absent
 * host allows any. */
bool gw_deliver_may(struct gw_str host, const struct gw_conf_texts *allow,
		    struct gw_str address);
