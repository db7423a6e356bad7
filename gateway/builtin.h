#pragma once

struct gw_binding_ops;

/* All bindings of a gateway, ended by NULL. */
extern const struct gw_binding_ops *const builtin_bindings[];

/* Room for all of them, one more and the end. */
#define BUILTIN_ROOM 16

/* List them with one more, or with none when that is NULL. */
void builtin_and(const struct gw_binding_ops *list[BUILTIN_ROOM],
		 const struct gw_binding_ops *more);
