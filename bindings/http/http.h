#pragma once

/*
 * HTTP - the binding of TS-0009: a server on libmicrohttpd, a client on
 * libcurl.
 */

#include "core/binding.h"

extern const struct gw_binding_ops http_ops;
