/*
 * Log sink - writes what core/lib/log.h is told to standard error.
 *
 * Like the log itself it belongs to the process: there is one standard error.
 */

#include "gateway/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/log_limit.h"

#define STAMP_BYTES 32

/* Lines that wait in a pipe for whoever reads them, where the system allows
 * that many. */
#define PIPE_BYTES (1 << 20)

_Static_assert(GW_LOG_LINE_BYTES <= PIPE_BUF, "a line is one write");

static struct {
	pthread_mutex_t lock;
	unsigned form;
	struct gw_log_limit limit;
	uint64_t n_lost; // lines that nobody took, and that is not told yet
} sink = { .lock = PTHREAD_MUTEX_INITIALIZER };

static const char *const level_names[] = {
	[GW_LOG_ERROR] = "error",
	[GW_LOG_WARN] = "warn",
	[GW_LOG_INFO] = "info",
	[GW_LOG_DEBUG] = "debug",
};

/* Priorities of syslog(3). */
static const char *const priorities[] = {
	[GW_LOG_ERROR] = "<3>",
	[GW_LOG_WARN] = "<4>",
	[GW_LOG_INFO] = "<6>",
	[GW_LOG_DEBUG] = "<7>",
};

/* Bytes of a field that are written; what a peer sends may be long. */
#define FIELD_BYTES 256

/* Two bytes stay free for the end of a JSON object, one for LF; and in front of
 * the sentence of JSON there is room for one. */
#define LINE_LIMIT (GW_LOG_LINE_BYTES - 3)
#define FIELDS_LIMIT (LINE_LIMIT - 1200)

/* A line while it is written.  What does not fit is left out, and all behind
 * it. */
struct line {
	char *at;
	size_t len;
	size_t limit;
	bool is_full;
	bool has_json;
};

static void put(struct line *line, const char *at, size_t len)
{
	if (line->is_full || line->len + len > line->limit) {
		line->is_full = true;
		return;
	}
	memcpy(line->at + line->len, at, len);
	line->len += len;
}

static void put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

/* Whether the first two bytes begin a character that is written too long, is a
 * surrogate, or is beyond Unicode (RFC 3629 4). */
static bool is_forbidden(const unsigned char *t)
{
	return (t[0] == 0xe0 && t[1] < 0xa0) || (t[0] == 0xed && t[1] > 0x9f) ||
	       (t[0] == 0xf0 && t[1] < 0x90) || (t[0] == 0xf4 && t[1] > 0x8f);
}

/* Length of the well-formed UTF-8 character at text, or 0.  The terminator is
 * no continuation, so nothing behind it is read. */
static size_t utf8_length(const char *text)
{
	const unsigned char *t = (const unsigned char *)text;
	size_t len = t[0] < 0xe0 ? 2 : t[0] < 0xf0 ? 3 : 4;

	if (t[0] < 0x80) {
		return 1;
	}
	if (t[0] < 0xc2 || t[0] > 0xf4) {
		return 0;
	}
	for (size_t i = 1; i < len; i++) {
		if ((t[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return is_forbidden(t) ? 0 : len;
}

/* C0, DEL, and C1, which some terminals obey. */
static bool is_control(const char *text, size_t len)
{
	const unsigned char *t = (const unsigned char *)text;

	return (len == 1 && (t[0] < 0x20 || t[0] == 0x7f)) ||
	       (len == 2 && t[0] == 0xc2 && t[1] < 0xa0);
}

static void put_escape(struct line *line, const char *text, size_t len)
{
	unsigned char last = (unsigned char)text[len ? len - 1 : 0];
	char escape[8];

	if (line->has_json && len == 0) {
		put_text(line, "\\ufffd");
		return;
	}
	(void)snprintf(escape, sizeof(escape),
		       line->has_json ? "\\u%04x" : "\\x%02x", last);
	put_text(line, escape);
}

static void put_escaped(struct line *line, const char *text, bool is_quoted)
{
	while (*text) {
		size_t len = utf8_length(text);

		if (len == 0 || is_control(text, len)) {
			put_escape(line, text, len);
		} else if ((line->has_json || is_quoted) &&
			   (*text == '"' || *text == '\\')) {
			put(line, (const char[]){ '\\', *text }, 2);
		} else {
			put(line, text, len);
		}
		text += len ? len : 1;
	}
}

/* Whether a text is one word, which nothing around it could be taken for. */
static bool is_word(const char *text)
{
	return *text && !strpbrk(text, " \"=");
}

static void put_value(struct line *line, const struct gw_log_field *field)
{
	char text[FIELD_BYTES + 1];
	bool has_quotes = false;

	if (!gw_str_is_present(field->text)) {
		(void)snprintf(text, sizeof(text), "%" PRIu64, field->n);
		put_text(line, text);
		return;
	}
	(void)snprintf(text, sizeof(text), GW_STR_FMT, GW_STR_ARG(field->text));
	has_quotes = line->has_json || !is_word(text);
	put_text(line, has_quotes ? "\"" : "");
	put_escaped(line, text, has_quotes);
	put_text(line, has_quotes ? "\"" : "");
}

/* A field that does not fit whole is left out. */
static void put_field(struct line *line, const struct gw_log_field *field)
{
	size_t before = line->len;

	put_text(line, line->has_json ? "\"" : " ");
	put_text(line, field->name);
	put_text(line, line->has_json ? "\":" : "=");
	put_value(line, field);
	put_text(line, line->has_json ? "," : "");
	if (line->is_full) {
		line->len = before;
		line->is_full = false;
	}
}

static void put_fields(struct line *line, const struct gw_log_entry *e)
{
	for (size_t i = 0; i < e->n_fields; i++) {
		put_field(line, &e->fields[i]);
	}
}

/* RFC 3339 in UTC with milliseconds. */
static void stamp_print(char stamp[STAMP_BYTES], int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm = { 0 };
	size_t len = 0;

	(void)gmtime_r(&seconds, &tm);
	len = strftime(stamp, STAMP_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(stamp + len, STAMP_BYTES - len, ".%03dZ",
		       (int)(ms % 1000));
}

/* The stamp is NULL where somebody else writes one. */
static void print_text(struct line *line, const struct gw_log_entry *e,
		       const char *stamp)
{
	char head[160];

	if (stamp) {
		(void)snprintf(head, sizeof(head), "%s %-5s ", stamp,
			       level_names[e->level]);
		put_text(line, head);
	}
	(void)snprintf(head, sizeof(head), "%s %s: ", e->topic, e->event);
	put_text(line, head);
	line->limit = FIELDS_LIMIT;
	put_escaped(line, e->message, false);
	line->limit = LINE_LIMIT;
	line->is_full = false;
	put_fields(line, e);
	if (e->n_suppressed > 0) {
		(void)snprintf(head, sizeof(head), " suppressed=%llu",
			       (unsigned long long)e->n_suppressed);
		put_text(line, head);
	}
	line->at[line->len++] = '\n';
}

static void print_json(struct line *line, const struct gw_log_entry *e,
		       const char *stamp)
{
	char head[240];

	(void)snprintf(head, sizeof(head),
		       "{\"ts\":\"%s\",\"level\":\"%s\",\"topic\":\"%s\","
		       "\"event\":\"%s\",",
		       stamp, level_names[e->level], e->topic, e->event);
	put_text(line, head);
	if (e->n_suppressed > 0) {
		(void)snprintf(head, sizeof(head), "\"suppressed\":%llu,",
			       (unsigned long long)e->n_suppressed);
		put_text(line, head);
	}
	line->limit = FIELDS_LIMIT;
	put_fields(line, e);
	line->limit = LINE_LIMIT;
	put_text(line, "\"msg\":\"");
	put_escaped(line, e->message, false);
	memcpy(line->at + line->len, "\"}\n", 3);
	line->len += 3;
}

size_t gw_log_print(char line[GW_LOG_LINE_BYTES],
		    const struct gw_log_entry *entry, unsigned form)
{
	struct line out = { .has_json = (form & GW_LOG_AS_JSON) != 0,
			    .limit = LINE_LIMIT };
	bool is_stamped = (form & GW_LOG_FOR_JOURNAL) != 0;
	char stamp[STAMP_BYTES];

	out.at = line;
	stamp_print(stamp, entry->ms);
	if (is_stamped) {
		put_text(&out, priorities[entry->level]);
	}
	if (out.has_json) {
		print_json(&out, entry, stamp);
	} else {
		print_text(&out, entry, is_stamped ? NULL : stamp);
	}
	return out.len;
}

bool gw_log_is_journal(const char *name, int fd)
{
	struct stat st;
	char own[64];

	if (!name || fstat(fd, &st)) {
		return false;
	}
	(void)snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev,
		       (uintmax_t)st.st_ino);
	return strcmp(name, own) == 0;
}

/* The loop writes most lines, so it may not wait here.  Standard error may be
 * shared with other processes, which O_NONBLOCK would surprise. */
static bool has_room(void)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&fd, 1, 0) == 1 && (fd.revents & POLLOUT) != 0;
}

static void write_entry(const struct gw_log_entry *entry)
{
	char line[GW_LOG_LINE_BYTES];
	size_t len = gw_log_print(line, entry, sink.form);

	if (!has_room()) {
		sink.n_lost++;
		return;
	}
	/* One write keeps the lines of several threads and processes apart.
	 * Where it fails there is nobody left to tell. */
	while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR) {
	}
}

static void write_lost(int64_t now_ms)
{
	char message[64];

	if (sink.n_lost == 0 || !has_room()) {
		return;
	}
	(void)snprintf(message, sizeof(message),
		       "nobody read the log: %llu lines are lost",
		       (unsigned long long)sink.n_lost);
	sink.n_lost = 0;
	write_entry(&(struct gw_log_entry){
		.ms = now_ms,
		.level = GW_LOG_WARN,
		.topic = "log",
		.event = "lost",
		.message = message,
	});
}

static void write_suppressed(int64_t now_ms, int64_t over_ms)
{
	struct gw_log_event told;

	while (gw_log_limit_next(&sink.limit, &told, over_ms)) {
		write_entry(&(struct gw_log_entry){
			.ms = now_ms,
			.level = told.level,
			.topic = told.topic,
			.event = told.event,
			.message = "more of the same",
			.n_suppressed = told.n_suppressed,
		});
	}
}

static int64_t wall_ms(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void gw_log_sink_write(const struct gw_log_record *r)
{
	int64_t now_ms = wall_ms();

	(void)pthread_mutex_lock(&sink.lock);
	write_lost(now_ms);
	write_suppressed(now_ms, now_ms);
	if (r->is_limited || gw_log_limit_allows(&sink.limit, r->level,
						 r->topic, r->event, now_ms)) {
		write_entry(&(struct gw_log_entry){
			.ms = now_ms,
			.level = r->level,
			.topic = r->topic,
			.event = r->event,
			.message = r->message,
			.fields = r->fields,
			.n_fields = r->n_fields,
		});
	}
	(void)pthread_mutex_unlock(&sink.lock);
}

void gw_log_sink_use(enum gw_log_level level, bool has_json)
{
	bool is_journal = gw_log_is_journal(getenv("JOURNAL_STREAM"),
					    STDERR_FILENO);

	(void)fcntl(STDERR_FILENO, F_SETPIPE_SZ, PIPE_BYTES);
	(void)pthread_mutex_lock(&sink.lock);
	sink.form = (has_json ? GW_LOG_AS_JSON : 0) |
		    (is_journal ? GW_LOG_FOR_JOURNAL : 0);
	(void)pthread_mutex_unlock(&sink.lock);
	gw_log_use(gw_log_sink_write, level);
}

void gw_log_sink_flush(void)
{
	(void)pthread_mutex_lock(&sink.lock);
	write_lost(wall_ms());
	write_suppressed(wall_ms(), INT64_MAX);
	(void)pthread_mutex_unlock(&sink.lock);
}
