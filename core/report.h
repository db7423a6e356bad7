#pragma once

/*
 * Report - one line of the log for each request that came to nothing, and for
 * each answer that belongs to none.
 *
 * It says who asked for what, where that went, and why it failed.  Of one peer
 * and one status there are so many lines a minute; the others are counted, and
 * the count is told when the minute is over, so that the second broken device
 * is seen beside the first.  Peers whose address may be forged count as one, so
 * do those of one /64 of IPv6, and so do those that are more than are told
 * apart.  Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/lib/cleanup.h"
#include "core/lib/str.h"
#include "core/lib/table.h"
#include "core/lib/timer.h"
#include "core/status.h"

struct gw_binding;
struct gw_primitive;

/* Lines of one peer and one status in one minute, and of how many such pairs in
 * that minute. */
#define GW_REPORT_LINES ((size_t)5)
#define GW_REPORT_PEERS_MAX ((size_t)1024)
#define GW_REPORT_MS ((int64_t)60 * 1000)

struct report_peer;
TAILQ_HEAD(report_peers, report_peer);

/* What the relay keeps.  Zeroed is empty. */
struct gw_report {
	struct gw_table table;
	struct report_peers peers; // by age; initialised with the first
	size_t n_peers;
	struct report_peer *rest; // all others; NULL: there are none
	struct gw_timer minute;   // set while there is any
};

/* A message that a binding refused before it was an exchange. */
struct gw_refusal {
	struct gw_binding *binding;
	struct gw_str peer;                 // as people would find it
	bool is_unproven;                   // which may be forged
	const struct gw_primitive *request; // what is known of it, or NULL
	enum gw_status status;
	const char *code;   // of the protocol; NULL: that of the status
	const char *reason; // for a person
};

/* Tell it, if the configuration wants that (log.requests). */
void gw_report_refusal(const struct gw_refusal *r);

/* An answer that belongs to no request. */
struct gw_stray {
	struct gw_binding *binding;
	struct gw_str peer;
	bool is_unproven;
	const struct gw_primitive *answer; // NULL: nobody could read it
};

/* Count it, and tell it alike, with what it says of itself. */
void gw_report_stray(const struct gw_stray *stray);

/* As gw_report_refusal(), of an answer that cannot be written for who asked;
 * status and code are of no account.  Returns what is to be written in its
 * place, 5000 with the reason; NULL when memory is short. */
struct gw_primitive *
gw_report_unwritable(const struct gw_refusal *r,
		     const struct gw_primitive *answer) GW_MUST_CHECK;
