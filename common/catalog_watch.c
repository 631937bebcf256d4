/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two ways to hear of changes. A thread of each program waits here.
 *
 *   PostgreSQL: triggers NOTIFY ─▶ LISTEN recroom: poll(socket, wake)          "<schema> jobs", "<schema> events"
 *   SQLite:     PRAGMA data_version every 250 ms, poll(wake) between
 */
#include <errno.h>
#include <glib.h>
#include <libpq-fe.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "common/catalog_db.h"
#include "common/catalog_watch.h"
#include "common/pg_link.h"
#include "common/sync.h"

enum { LOOK_MS = 250 };

struct catalog_watch {
	int wake_fd;
	struct pg_link *link;      /* PostgreSQL */
	unsigned listens;          /* which connection of the link does */
	char *schema;              /* that of the catalog: what is told of others is passed over */
	char *url;                 /* SQLite */
	struct db *db;
	int64_t version;
};

int catalog_watch_open(struct catalog_watch **out, const char *url)
{
	struct catalog_watch *w;
	struct pg_link *link = NULL;
	bool pg = db_pg.takes(url);
	int err = pg ? pg_link_create(&link, url) : db_sqlite.takes(url) ? 0 : -EINVAL;

	if (err)
		return err;
	w = g_new0(struct catalog_watch, 1);
	w->link = link;
	w->url = pg ? NULL : g_strdup(url);
	w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->wake_fd < 0) {
		err = -errno;
		catalog_watch_close(&w);
	}
	*out = w;
	return err;
}

void catalog_watch_close(struct catalog_watch **wp)
{
	struct catalog_watch *w = *wp;

	*wp = NULL;
	if (!w)
		return;
	if (w->wake_fd >= 0)
		close(w->wake_fd);
	pg_link_unref(&w->link);
	if (w->db)
		w->db->engine->close(w->db);
	g_free(w->schema);
	g_free(w->url);
	g_free(w);
}

void catalog_watch_wake(struct catalog_watch *w)
{
	eventfd_write(w->wake_fd, 1);
}

/* Until the time is over, somebody wakes us, or something comes from fd (-1: none). True: woken. */
static bool doze(struct catalog_watch *w, int fd, int64_t until_us)
{
	struct pollfd p[2] = { { .fd = w->wake_fd, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
	int64_t left_us = until_us - clock_mono_us();
	eventfd_t woken;

	poll(p, 2, left_us > 0 ? (int)MIN((left_us + 999) / 1000, G_MAXINT) : 0);
	return eventfd_read(w->wake_fd, &woken) == 0;
}

/* ---- PostgreSQL ---- */

static int listen_anew(struct catalog_watch *w)
{
	PGresult *r = NULL;
	int err = pg_link_ready(w->link);

	if (err || w->listens == w->link->made)
		return err;
	err = pg_link_script(w->link, "LISTEN recroom");
	if (!err)
		err = pg_link_run(w->link, &r, "SELECT current_schema()", NULL);
	if (err)
		return err;
	g_free(w->schema);
	w->schema = g_strconcat(PQgetvalue(r, 0, 0), " ", NULL);
	PQclear(r);
	w->listens = w->link->made;
	return CATALOG_ANYTHING;
}

static int bit_of(const char *what)
{
	return !strcmp(what, "jobs") ? CATALOG_JOBS : !strcmp(what, "events") ? CATALOG_EVENTS : CATALOG_OTHER;
}

/* What has arrived */
static int hear(struct catalog_watch *w)
{
	PGnotify *n;
	int bits = 0;

	if (!PQconsumeInput(w->link->conn)) {
		pg_link_drop(w->link);
		return -EBUSY;
	}
	while ((n = PQnotifies(w->link->conn))) {
		if (g_str_has_prefix(n->extra, w->schema))
			bits |= bit_of(n->extra + strlen(w->schema));
		PQfreemem(n);
	}
	return bits;
}

static int wait_pg(struct catalog_watch *w, int64_t until_us)
{
	int got = listen_anew(w);

	while (!got) {
		got = hear(w);
		if (got || clock_mono_us() >= until_us || doze(w, PQsocket(w->link->conn), until_us))
			break;
	}
	return got;
}

/* ---- SQLite ---- */

static int look(struct catalog_watch *w)
{
	int64_t before = w->version;
	int err = 0;

	if (!w->db) {
		err = db_sqlite.open(&w->db, w->url);
		before = -1;
	}
	if (!err)
		err = w->db->engine->version(w->db, &w->version);
	return err ? err : w->version == before ? 0 : CATALOG_ANYTHING;
}

static int wait_sqlite(struct catalog_watch *w, int64_t until_us)
{
	int got = look(w);

	while (!got && clock_mono_us() < until_us) {
		if (doze(w, -1, MIN(until_us, clock_mono_us() + LOOK_MS * 1000LL)))
			break;
		got = look(w);
	}
	return got;
}

int catalog_watch_wait(struct catalog_watch *w, int ms)
{
	int64_t until_us = clock_mono_us() + ms * INT64_C(1000);
	int got = w->link ? wait_pg(w, until_us) : wait_sqlite(w, until_us);

	while (got < 0 && clock_mono_us() < until_us && !doze(w, -1, until_us))
		;
	return got;
}
