#pragma once

struct gw_binding_ops;

/* All bindings of this program, ended by NULL. */
extern const struct gw_binding_ops *const builtin_bindings[];
