#pragma once

/*
 * Result - what rcn asks for: a resource, with what is below it, or
 * references (TS-0004 6.3.4.2.7 and 7.5.2).
 *
 * Where lim, or the largest message, cuts a list short, the answer says so
 * with cnst 1 and names in cnot the ofst that continues it.
 */

#include "bindings/sandbox/sandbox_call.h"

enum sandbox_result {
	SANDBOX_NOTHING = 0,
	SANDBOX_ATTRIBUTES = 1,
	SANDBOX_WITH_CHILDREN = 4,
	SANDBOX_WITH_REFERENCES = 5,
	SANDBOX_REFERENCES = 6,
	SANDBOX_CHILDREN_ONLY = 8,
	SANDBOX_DISCOVERED = 11, // m2m:uril
};

/* Write what call->result asks for of this resource into call->out. */
void sandbox_result_print(struct sandbox_call *call,
			  const struct sandbox_node *node);

/* Let call->target name the instance that la or ol stands for.  Returns NONE,
 * or 4004 when there is none. */
enum gw_status sandbox_result_instance(struct sandbox_call *call);
