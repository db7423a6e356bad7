#pragma once

#include <stddef.h>

/* Run fn(&variable) when the variable leaves its scope. */
#define GW_UNUSED __attribute__((unused))
#define gw_cleanup(fn) __attribute__((cleanup(fn)))

/* Define <fn>p(), the form gw_cleanup() wants, from a destructor. */
#define GW_DEFINE_CLEANUP(type, fn)                     \
	static inline void GW_UNUSED fn##p(type **slot) \
	{                                               \
		if (*slot) {                            \
			fn(*slot);                      \
		}                                       \
	}                                               \
	struct gw_semicolon_

/* Move a pointer out of its variable: the variable becomes NULL. */
#define gw_take(slot)                             \
	__extension__({                           \
		__typeof__(*(slot)) t_ = *(slot); \
		*(slot) = NULL;                   \
		t_;                               \
	})

#define GW_MUST_CHECK __attribute__((warn_unused_result))
#define GW_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* The struct that embeds this member. */
#define gw_container(ptr, type, member) \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))
