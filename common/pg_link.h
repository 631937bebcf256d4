/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A connection to PostgreSQL that comes back by itself and never keeps anybody waiting for long: what the engine (catalog_pg.c) and the watch
 * (catalog_watch.c) stand on. One thread at a time.
 *
 * A call's time: connecting as long as libpq's connect_timeout (for each host of the URL; 5 s if the URL does not say), a statement wait_ms for a lock
 * and 10 s of work, by the server's clock; 5 s more and a server that answers nothing at all is given up.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct pg_conn;                /* libpq's PGconn and PGresult */
struct pg_result;

struct pg_link {
	struct pg_conn *conn;      /* NULL: not connected */
	char *url;
	char *name;                /* the URL as it may be shown: without passwords */
	int wait_ms, set_ms;       /* for locks: as asked for, as the server was told (-1: not yet) */
	int work_ms, silence_ms;
	int64_t not_before_us;     /* of the next attempt to connect */
	bool away;                 /* it was said */
	unsigned made;             /* connections so far */
};

/** Is it a libpq URL or a "key=value …" string? */
bool pg_link_takes(const char *url);
/** The URL without passwords; g_free(). A string that libpq cannot read gives only what it is. */
char *pg_link_name(const char *url);

/** Reads the URL, connects to nothing. -EINVAL, with a log line, if libpq cannot read it. */
int pg_link_create(struct pg_link **out, const char *url);
void pg_link_unref(struct pg_link **l);

/** Connected and told all that a session must be told, or an errno: -EBUSY while the server is away (asked at once again it does not try anew). */
int pg_link_ready(struct pg_link *l);
/** Gives the connection up; the next pg_link_ready() makes another. */
void pg_link_drop(struct pg_link *l);

struct pg_params {
	int n;
	const unsigned *types;
	const char *const *values;
};
/** One statement with parameters, or any number without (p NULL). *out is the last result, PQclear() it; on failure it is NULL and what the server said
 *  is logged, unless it is waiting for others or a rule of ours (-EBUSY, -ENOENT, -EEXIST). A connection that broke or fell silent is dropped: -EBUSY. */
int pg_link_run(struct pg_link *l, struct pg_result **out, const char *sql, const struct pg_params *p);
/** The same for text whose result does not matter. */
int pg_link_script(struct pg_link *l, const char *sql);
/** How long locks are waited for from the next statement on, in a transaction until its end. */
int pg_link_set_wait(struct pg_link *l, int ms);
