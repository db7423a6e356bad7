#pragma once

/*
 * Log sink - writes what core/lib/log.h is told to standard error.
 *
 *	text  2026-11-23T10:00:00.123Z info  http listening: HTTP on ...
 *	json  {"ts":"...","level":"info","topic":"http","event":"listening",
 *	      "msg":"..."}
 *
 *	text of a service of systemd, whose journal stamps it (sd-daemon(3)):
 *	      <6>http listening: HTTP on ...
 *
 * Fields stand behind the sentence as name=value, with quotes around what would
 * be read otherwise, or as members of the object.
 *
 * One line, one write.  Any thread.  A line that would have to wait until
 * somebody reads is lost, and how many were is told when there is room again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/log.h"

/* Room for a line: 1 KiB of message, quotes escaped, and what stands before it.
 * No more than a pipe takes at once or not at all (PIPE_BUF). */
#define GW_LOG_LINE_BYTES 4096

/* Send the log of this process to standard error from now on.  Called before
 * threads start, and again to change the format. */
void gw_log_sink_use(enum gw_log_level level, bool has_json);

/* Write one line, for sinks that choose from them. */
gw_log_fn gw_log_sink_write;

/* Tell how many lines the rate limit has kept back and not told yet. */
void gw_log_sink_flush(void);

/* One line to be written. */
struct gw_log_entry {
	int64_t ms; // since 1970
	enum gw_log_level level;
	const char *topic;
	const char *event;
	const char *message;
	const struct gw_log_field *fields;
	size_t n_fields;
	uint64_t n_suppressed; // lines of this event that were kept back; 0:
			       // none, and then it is not written
};

/* How a line is written: as text, or one of these, or both. */
#define GW_LOG_AS_JSON 1U
#define GW_LOG_FOR_JOURNAL 2U

/* Write an entry into line in one of these forms, with its line feed and
 * without a terminator.  Controls and what is not UTF-8 come out escaped, so
 * that no text of a peer can forge a line or move a cursor.  Returns its
 * length. */
size_t gw_log_print(char line[GW_LOG_LINE_BYTES],
		    const struct gw_log_entry *entry, unsigned form);

/* Whether what is written to this descriptor goes to the journal: name is what
 * JOURNAL_STREAM holds (systemd.exec(5)), or NULL. */
bool gw_log_is_journal(const char *name, int fd);
