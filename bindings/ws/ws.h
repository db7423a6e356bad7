#pragma once

/*
 * WebSocket - the binding of TS-0020, both ends, on libwebsockets.
 */

#include "core/binding.h"

extern const struct gw_binding_ops ws_ops;
