#pragma once

/*
 * Sandbox - a small CSE in memory, to develop and test against.
 *
 * A binding without a network: it leads to the CSEs of the configuration whose
 * url is "sandbox:", and keeps their resources.  It forgets everything when
 * the process ends, and it checks no access.
 */

#include "core/binding.h"

extern const struct gw_binding_ops sandbox_ops;

/* What a person must know before using it; lines ended by '\n'. */
extern const char sandbox_about[];
