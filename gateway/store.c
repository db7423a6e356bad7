/*
 * Store - registrations on disk, in SQLite.
 *
 *	loop thread            store thread
 *	put, remove            take all that is queued
 *	   |                      |
 *	   '--> queue (bounded) --' --> one transaction --> fsync
 *
 * A full queue means that the disk stands still: the change is dropped with a
 * warning, and the registree has to register again after a restart.
 */

#include "gateway/store.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/binding.h"
#include "core/cse.h"
#include "core/lib/log.h"
#include "core/lib/loop.h"
#include "core/registry.h"
#include "core/relay.h"

#define GW_LOG_TOPIC "store"
#define QUEUE_MAX ((size_t)100000)
#define PATH_BYTES 4096
#define N_TEXTS 10

/* The columns, in this order everywhere. */
enum column {
	COL_CSE,
	COL_SP,
	COL_ID,
	COL_RESOURCE,
	COL_NAME,
	COL_POA,
	COL_DCSE,
	COL_IDENTITY,
	COL_HOST,
	COL_URL,
};

static const char schema[] =
	"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	"PRAGMA trusted_schema=OFF; PRAGMA max_page_count=262144;"
	"CREATE TABLE IF NOT EXISTS registree ("
	" cse TEXT NOT NULL, sp TEXT NOT NULL, id TEXT NOT NULL,"
	" resource TEXT, name TEXT, poa TEXT, dcse TEXT, identity TEXT,"
	" host TEXT, url TEXT, kind INTEGER NOT NULL, media INTEGER NOT NULL,"
	" via TEXT NOT NULL, expires INTEGER NOT NULL,"
	" PRIMARY KEY (cse, sp, id)) WITHOUT ROWID";

static const char sql_put[] =
	"INSERT OR REPLACE INTO registree VALUES "
	"(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)";
static const char sql_remove[] =
	"DELETE FROM registree WHERE cse=?1 AND sp=?2 AND id=?3";
static const char sql_all[] = "SELECT * FROM registree";

/* One change, with its texts behind it. */
struct change {
	struct change *next;
	struct gw_str texts[N_TEXTS];
	int kind;
	int media;
	const char *via; // name of a binding; a constant
	int64_t expires_ms;
	bool is_removal;
	char bytes[];
};

struct gw_store {
	struct gw_registry_store base;
	sqlite3 *db; // used by the store thread once that runs
	sqlite3_stmt *put;
	sqlite3_stmt *remove;
	struct gw_registry *registry;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	struct change *first; // under the mutex, like all that follows
	struct change **last;
	size_t n_queued;
	bool is_running;
	bool is_ending;
};

static int run_sql(struct gw_store *s, const char *sql)
{
	char *message = NULL;
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, &message);

	if (rc != SQLITE_OK) {
		gw_error("store-failed", "%s",
			 message ? message : sqlite3_errstr(rc));
	}
	sqlite3_free(message);
	return rc == SQLITE_OK ? 0 : -EIO;
}

static int is_sound(void *arg, int n_columns, char **values, char **names)
{
	bool *sound = arg;

	*sound = n_columns == 1 && values[0] && strcmp(values[0], "ok") == 0;
	return 0;
}

static int error_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	default:
		return -EIO;
	}
}

/* 0, -EBUSY for a file in use, -EUCLEAN for one that is damaged; anything else
 * says nothing about what the file holds. */
static int open_file(struct gw_store *s, const char *path)
{
	bool sound = false;
	int rc = sqlite3_open(path, &s->db);

	if (rc == SQLITE_OK) {
		(void)chmod(path, S_IRUSR | S_IWUSR);
		rc = sqlite3_exec(s->db,
				  "PRAGMA locking_mode=EXCLUSIVE;"
				  "BEGIN IMMEDIATE; COMMIT",
				  NULL, NULL, NULL);
	}
	if (rc == SQLITE_OK) {
		rc = sqlite3_exec(s->db, "PRAGMA quick_check(1)", is_sound,
				  &sound, NULL);
	}
	return rc == SQLITE_OK && !sound ? -EUCLEAN : error_of(rc);
}

static void close_file(struct gw_store *s)
{
	(void)sqlite3_finalize(s->put);
	(void)sqlite3_finalize(s->remove);
	(void)sqlite3_close(s->db);
	s->put = NULL;
	s->remove = NULL;
	s->db = NULL;
}

static int set_aside(const char *path)
{
	char other[PATH_BYTES];
	int n = snprintf(other, sizeof(other), "%s.corrupt-%lld", path,
			 (long long)time(NULL));

	if (n < 0 || (size_t)n >= sizeof(other) || rename(path, other) != 0) {
		gw_error("store-damaged", "%s is damaged and cannot be renamed",
			 path);
		return -EIO;
	}
	gw_warn("store-damaged",
		"%s was damaged and is now %s; registrations start anew", path,
		other);
	return 0;
}

static int open_or_replace(struct gw_store *s, const char *path)
{
	mode_t old_mask = umask(S_IRWXG | S_IRWXO);
	int error = open_file(s, path);

	if (error == -EUCLEAN) {
		close_file(s);
		error = set_aside(path);
		error = error ? error : open_file(s, path);
	}
	umask(old_mask);
	if (error == -EBUSY) {
		gw_error("store-in-use", "another process uses %s", path);
	} else if (error) {
		gw_error("store-failed", "%s: %s", path, sqlite3_errmsg(s->db));
	}
	return error;
}

static int prepare(struct gw_store *s)
{
	int error = run_sql(s, schema);

	if (!error &&
	    (sqlite3_prepare_v2(s->db, sql_put, -1, &s->put, NULL) ||
	     sqlite3_prepare_v2(s->db, sql_remove, -1, &s->remove, NULL))) {
		gw_error("store-failed", "%s", sqlite3_errmsg(s->db));
		return -EIO;
	}
	return error;
}

static void bind_text(sqlite3_stmt *stmt, int at, struct gw_str text)
{
	if (gw_str_is_present(text)) {
		(void)sqlite3_bind_text(stmt, at, text.at, (int)text.len,
					SQLITE_STATIC);
	} else {
		(void)sqlite3_bind_null(stmt, at);
	}
}

static int apply(struct gw_store *s, const struct change *c)
{
	sqlite3_stmt *stmt = c->is_removal ? s->remove : s->put;
	int n_texts = c->is_removal ? COL_ID + 1 : N_TEXTS;
	int rc = 0;

	for (int i = 0; i < n_texts; i++) {
		bind_text(stmt, i + 1, c->texts[i]);
	}
	if (!c->is_removal) {
		(void)sqlite3_bind_int(stmt, N_TEXTS + 1, c->kind);
		(void)sqlite3_bind_int(stmt, N_TEXTS + 2, c->media);
		bind_text(stmt, N_TEXTS + 3, gw_str_from(c->via));
		(void)sqlite3_bind_int64(stmt, N_TEXTS + 4, c->expires_ms);
	}
	rc = sqlite3_step(stmt);
	(void)sqlite3_reset(stmt);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

/* All in one transaction: the disk is waited for once. */
static void write_all(struct gw_store *s, struct change *c)
{
	int error = run_sql(s, "BEGIN IMMEDIATE");

	while (c) {
		struct change *next = c->next;

		error = error ? error : apply(s, c);
		free(c);
		c = next;
	}
	if (!error) {
		error = run_sql(s, "COMMIT");
	}
	if (error) {
		gw_error("store-failed",
			 "registrations are not kept on disk: %s",
			 sqlite3_errmsg(s->db));
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	}
}

static struct change *take_all(struct gw_store *s, bool *is_endingp)
{
	struct change *all = NULL;

	(void)pthread_mutex_lock(&s->mutex);
	while (!s->first && !s->is_ending) {
		(void)pthread_cond_wait(&s->wake, &s->mutex);
	}
	all = s->first;
	s->first = NULL;
	s->last = &s->first;
	s->n_queued = 0;
	*is_endingp = s->is_ending;
	(void)pthread_mutex_unlock(&s->mutex);
	return all;
}

static void *run_store(void *arg)
{
	struct gw_store *s = arg;
	bool is_ending = false;

	while (!is_ending) {
		struct change *all = take_all(s, &is_ending);

		if (all) {
			write_all(s, all);
		}
	}
	return NULL;
}

static struct change *change_new(const struct gw_registree *r)
{
	const struct gw_str texts[N_TEXTS] = {
		[COL_CSE] = r->cse->id,
		[COL_SP] = r->cse->sp.at ? r->cse->sp : GW_STR(""),
		[COL_ID] = r->id,
		[COL_RESOURCE] = r->resource,
		[COL_NAME] = r->name,
		[COL_POA] = r->poa,
		[COL_DCSE] = r->dcse,
		[COL_IDENTITY] = r->identity,
		[COL_HOST] = gw_str_from(r->host),
		[COL_URL] = r->url,
	};
	struct change *c = NULL;
	size_t len = 0;
	char *at = NULL;

	for (size_t i = 0; i < N_TEXTS; i++) {
		len += texts[i].len;
	}
	c = calloc(1, sizeof(*c) + len + 1);
	if (!c) {
		return NULL;
	}
	at = c->bytes;
	for (size_t i = 0; i < N_TEXTS; i++) {
		if (gw_str_is_present(texts[i])) {
			memcpy(at, texts[i].at, texts[i].len);
			c->texts[i] = (struct gw_str){ at, texts[i].len };
			at += texts[i].len;
		}
	}
	c->kind = (int)r->kind;
	c->media = (int)r->media;
	c->via = r->via->ops->name;
	c->expires_ms = r->expires_ms;
	return c;
}

static void queue(struct gw_store *s, const struct gw_registree *r,
		  bool is_removal)
{
	struct change *c = change_new(r);
	bool is_full = false;

	if (c) {
		c->is_removal = is_removal;
		(void)pthread_mutex_lock(&s->mutex);
		is_full = s->n_queued >= QUEUE_MAX;
		if (!is_full) {
			*s->last = c;
			s->last = &c->next;
			s->n_queued++;
			(void)pthread_cond_signal(&s->wake);
		}
		(void)pthread_mutex_unlock(&s->mutex);
	}
	if (!c || is_full) {
		gw_warn("store-full", "a change of " GW_STR_FMT " is not kept",
			GW_STR_ARG(r->id));
		free(is_full ? c : NULL);
	}
}

static void store_put(struct gw_registry_store *base,
		      const struct gw_registree *r)
{
	queue(gw_container(base, struct gw_store, base), r, false);
}

static void store_remove(struct gw_registry_store *base,
			 const struct gw_registree *r)
{
	queue(gw_container(base, struct gw_store, base), r, true);
}

int gw_store_new(struct gw_store **sp, const char *path)
{
	gw_cleanup(gw_store_freep) struct gw_store *s = calloc(1, sizeof(*s));
	int error = 0;

	if (!s) {
		return -ENOMEM;
	}
	s->base.put = store_put;
	s->base.remove = store_remove;
	s->last = &s->first;
	(void)pthread_mutex_init(&s->mutex, NULL);
	(void)pthread_cond_init(&s->wake, NULL);
	error = open_or_replace(s, path);
	error = error ? error : prepare(s);
	if (error) {
		return error;
	}
	*sp = gw_take(&s);
	return 0;
}

static struct gw_str column(sqlite3_stmt *row, int i)
{
	const unsigned char *text = sqlite3_column_text(row, i);

	return (struct gw_str){ .at = (const char *)text,
				.len = (size_t)sqlite3_column_bytes(row, i) };
}

static struct gw_cse *find_cse(struct gw_relay *relay, sqlite3_stmt *row)
{
	struct gw_cse *cse = NULL;

	for (size_t i = 0; (cse = gw_relay_cse(relay, i)); i++) {
		if (gw_str_eq(cse->id, column(row, COL_CSE)) &&
		    gw_str_eq(cse->sp, column(row, COL_SP))) {
			return cse;
		}
	}
	return NULL;
}

static enum gw_media read_media(int n)
{
	return n >= GW_MEDIA_NONE && n <= GW_MEDIA_CBOR ? (enum gw_media)n
							: GW_MEDIA_NONE;
}

/* A row as a grant.  False when nobody can be reached by it any more. */
static bool read_row(struct gw_grant *grant, struct gw_relay *relay,
		     sqlite3_stmt *row)
{
	*grant = (struct gw_grant){
		.kind = sqlite3_column_int(row, N_TEXTS) == GW_REGISTREE_CSE
				? GW_REGISTREE_CSE
				: GW_REGISTREE_AE,
		.id = column(row, COL_ID),
		.cse = find_cse(relay, row),
		.resource = column(row, COL_RESOURCE),
		.name = column(row, COL_NAME),
		.poa = column(row, COL_POA),
		.dcse = column(row, COL_DCSE),
		.identity = column(row, COL_IDENTITY),
		.host = column(row, COL_HOST),
		.url = column(row, COL_URL),
		.media = read_media(sqlite3_column_int(row, N_TEXTS + 1)),
		.via = gw_relay_binding(relay, column(row, N_TEXTS + 2)),
		.expires_ms = sqlite3_column_int64(row, N_TEXTS + 3),
	};
	return grant->cse && grant->via;
}

static int load(struct gw_store *s, struct gw_relay *relay)
{
	sqlite3_stmt *row = NULL;
	struct gw_grant grant;
	size_t n = 0;
	int rc = sqlite3_prepare_v2(s->db, sql_all, -1, &row, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(row);
	}
	for (; rc == SQLITE_ROW; rc = sqlite3_step(row)) {
		if (read_row(&grant, relay, row) &&
		    gw_registry_grant(s->registry, &grant) == 0) {
			n++;
		}
	}
	(void)sqlite3_finalize(row);
	if (rc != SQLITE_DONE) {
		gw_error("store-failed", "%s", sqlite3_errmsg(s->db));
		return -EIO;
	}
	gw_info("loaded", "%zu registrations", n);
	return 0;
}

/* Nobody else would ever remove what expired while no gateway ran. */
static int remove_expired(struct gw_store *s, struct gw_relay *relay)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql),
		       "DELETE FROM registree WHERE expires > 0 AND "
		       "expires <= %lld",
		       (long long)gw_loop_wall_ms(gw_relay_loop(relay)));
	return run_sql(s, sql);
}

int gw_store_attach(struct gw_store *s, struct gw_relay *relay)
{
	int error = 0;

	s->registry = gw_relay_registry(relay);
	error = remove_expired(s, relay);
	error = error ? error : load(s, relay);
	if (error) {
		return error;
	}
	error = -pthread_create(&s->thread, NULL, run_store, s);
	if (error) {
		gw_error("store-failed", "no thread: %s", strerror(-error));
		return error;
	}
	s->is_running = true;
	gw_registry_keep(s->registry, &s->base);
	return 0;
}

struct gw_store *gw_store_free(struct gw_store *s)
{
	if (!s) {
		return NULL;
	}
	if (s->is_running) {
		(void)pthread_mutex_lock(&s->mutex);
		s->is_ending = true;
		(void)pthread_cond_signal(&s->wake);
		(void)pthread_mutex_unlock(&s->mutex);
		(void)pthread_join(s->thread, NULL);
	}
	close_file(s);
	(void)pthread_cond_destroy(&s->wake);
	(void)pthread_mutex_destroy(&s->mutex);
	free(s);
	return NULL;
}
