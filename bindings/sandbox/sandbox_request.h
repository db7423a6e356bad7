#pragma once

/*
 * Request - requests that are not answered at once (TS-0001 8.2.1, 9.6.12).
 *
 *	rt 1   a <request> resource is made, the answer is 1001 with its
 *	       address, and the result is stored in it (ors)
 *	rt 2   the answer is 1002, and the result is sent to rt.nu, or to the
 *	       originator when there is no nu, or to nobody when it is empty
 *	rt 3 and 4   answered when done
 *	rt 5         the same; whoever is in front answers nothing
 */

#include "bindings/sandbox/sandbox_call.h"

/* Look whether the request is to be answered later.  Returns NONE when it is
 * not; the acknowledgement, and then a call of its own goes on with it; or why
 * it is refused. */
enum gw_status sandbox_request_divert(struct sandbox_call *call) GW_MUST_CHECK;

/* The call of such a request has ended. */
void sandbox_request_conclude(struct sandbox_call *call,
			      const struct gw_primitive *answer);

/* A copy of a request with another rqi and fr; absent ones stay.  NULL when
 * memory is short. */
struct gw_primitive *sandbox_request_copy(const struct sandbox *box,
					  const struct gw_primitive *request,
					  struct gw_str id, struct gw_str from);
