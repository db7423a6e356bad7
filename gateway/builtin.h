#pragma once

struct gw_binding_ops;

/* All bindings of a gateway, ended by NULL. */
#define BUILTIN_ROOM 16 // for a list of them with some more
extern const struct gw_binding_ops *const builtin_bindings[];
