/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libpq behind deadlines. Called by catalog_pg.c with the catalog's lock held and by catalog_watch.c on its thread.
 *
 *   ready: PQconnectdb, session settings ─▶ run: send ─▶ poll ─▶ results, or the deadline: drop
 *
 * A server that was killed and started again breaks the connection: the statement that notices is -EBUSY, the next pg_link_ready() connects. Passwords
 * are in no line of the log: neither the URL as given nor what libpq says of one it cannot read is shown.
 */
#include <errno.h>
#include <glib.h>
#include <libpq-fe.h>
#include <poll.h>
#include <string.h>
#include "common/log.h"
#include "common/pg_link.h"
#include "common/sync.h"

enum { WAIT_MS = 5000, WORK_MS = 10000, SILENCE_MS = 5000, AGAIN_MS = 250 };

/* Before the URL, which may say otherwise. A peer that vanished is noticed within 20 s. */
static const char *const defaults[][2] = {
	{ "connect_timeout", "5" }, { "tcp_user_timeout", "10000" }, { "keepalives_idle", "10" }, { "keepalives_interval", "5" }, { "keepalives_count", "2" },
	{ "fallback_application_name", "janus-recroom" },
};
/* After the URL. A transaction whose program was stopped or cut off must not hold its rows for ever. */
static const char session[] = "SET client_min_messages = warning; SET idle_in_transaction_session_timeout = 30000; SET tcp_keepalives_idle = 10;"
			      " SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2; SET default_transaction_isolation = 'read committed'";

bool pg_link_takes(const char *url)
{
	size_t word = strspn(url, "abcdefghijklmnopqrstuvwxyz_");

	if (g_str_has_prefix(url, "postgresql://") || g_str_has_prefix(url, "postgres://"))
		return true;
	return word && url[word + strspn(url + word, " \t")] == '=';
}

char *pg_link_name(const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	GString *s = g_string_new(NULL);

	for (PQconninfoOption *o = options; o && o->keyword; o++) {
		if (o->val && o->val[0] && !strchr(o->dispchar, '*'))
			g_string_append_printf(s, "%s%s=%s", s->len ? " " : "", o->keyword, o->val);
	}
	PQconninfoFree(options);
	if (!s->len)
		g_string_append(s, "postgresql");
	return g_string_free(s, FALSE);
}

int pg_link_create(struct pg_link **out, const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	struct pg_link *l;

	if (!options) {
		log_error("catalog: its URL begins as one of PostgreSQL but cannot be read (it is not shown, it may hold a password)");
		return -EINVAL;
	}
	PQconninfoFree(options);
	l = g_new0(struct pg_link, 1);
	l->url = g_strdup(url);
	l->name = pg_link_name(url);
	l->wait_ms = WAIT_MS;
	l->work_ms = WORK_MS;
	l->silence_ms = SILENCE_MS;
	*out = l;
	return 0;
}

void pg_link_unref(struct pg_link **l)
{
	if (!*l)
		return;
	pg_link_drop(*l);
	g_free((*l)->url);
	g_free((*l)->name);
	g_free(*l);
	*l = NULL;
}

void pg_link_drop(struct pg_link *l)
{
	PQfinish(l->conn);
	l->conn = NULL;
}

/* ---- what went wrong ---- */

/* By SQLSTATE, the longest prefix that fits first; what is not here is -EIO. */
static int state_errno(const char *state)
{
	static const struct { const char *prefix; int err; } rows[] = {
		{ "23503", -ENOENT }, { "23505", -EEXIST }, { "23", -EINVAL }, { "22", -EINVAL },
		{ "40", -EBUSY },                                                          /* serialization, deadlock */
		{ "55P03", -EBUSY }, { "55006", -EBUSY }, { "57", -EBUSY }, { "08", -EBUSY },      /* locks, time-outs, shutting down, connection */
		{ "53100", -ENOSPC }, { "53200", -ENOMEM }, { "53", -EBUSY }, { "25P03", -EBUSY }, /* too many connections; idle for too long */
		{ "25006", -EROFS }, { "28", -EACCES }, { "42501", -EACCES }, { "3D", -ENOENT }, { "3F", -ENOENT }, { "XX", -EBADMSG },
	};

	for (size_t i = 0; state && i < G_N_ELEMENTS(rows); i++) {
		if (g_str_has_prefix(state, rows[i].prefix))
			return rows[i].err;
	}
	return -EIO;
}

/* The connection is of no use any more; said once. */
static int lost(struct pg_link *l, const char *why)
{
	char *line = g_strdup(why);

	g_strdelimit(line, "\n", ' ');
	if (!l->away)
		log_warn("catalog %s: away: %s", l->name, g_strstrip(line));
	g_free(line);
	l->away = true;
	pg_link_drop(l);
	return -EBUSY;
}

static int report(struct pg_link *l, const PGresult *r, const char *sql)
{
	const char *said = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	int err = state_errno(PQresultErrorField(r, PG_DIAG_SQLSTATE));

	if (PQstatus(l->conn) == CONNECTION_BAD)
		return lost(l, said ? said : PQerrorMessage(l->conn));
	if (err != -EBUSY && err != -ENOENT && err != -EEXIST)
		log_error("catalog: %s: %s", sql, said ? said : PQerrorMessage(l->conn));
	return err;
}

/* ---- one statement ---- */

/* -EBUSY when the time is over */
static int wait_for(PGconn *conn, short events, int64_t until_us)
{
	struct pollfd p = { .fd = PQsocket(conn), .events = events };
	int64_t left_ms = (until_us - clock_mono_us()) / 1000;

	if (p.fd < 0 || left_ms <= 0)
		return -EBUSY;
	return poll(&p, 1, (int)MIN(left_ms, G_MAXINT)) < 0 && errno != EINTR ? -errno : 0;
}

static int flush(PGconn *conn, int64_t until_us)
{
	int left = PQflush(conn), err = 0;

	while (!err && left > 0) {
		err = wait_for(conn, POLLIN | POLLOUT, until_us);
		if (!err && !PQconsumeInput(conn))
			return -EBUSY;
		left = PQflush(conn);
	}
	return left < 0 ? -EBUSY : err;
}

/* The first result that is an error, else the last one. */
static int collect(PGconn *conn, PGresult **out, int64_t until_us)
{
	PGresult *kept = NULL, *r;
	int err = 0;

	for (;;) {
		while (!err && PQisBusy(conn)) {
			err = wait_for(conn, POLLIN, until_us);
			if (!err && !PQconsumeInput(conn))
				break;
		}
		r = err ? NULL : PQgetResult(conn);
		if (!r)
			break;
		if (kept && PQresultStatus(kept) == PGRES_FATAL_ERROR) {
			PQclear(r);
			continue;
		}
		PQclear(kept);
		kept = r;
	}
	if (err || !kept) {
		PQclear(kept);
		return -EBUSY;
	}
	*out = kept;
	return 0;
}

static bool is_good(const PGresult *r)
{
	ExecStatusType status = PQresultStatus(r);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

static int run(struct pg_link *l, PGresult **out, const char *sql, const struct pg_params *p)
{
	int64_t until_us = clock_mono_us() + (l->wait_ms + l->work_ms + l->silence_ms) * INT64_C(1000);
	PGresult *r = NULL;
	int err;

	if (!(p ? PQsendQueryParams(l->conn, sql, p->n, p->types, p->values, NULL, NULL, 0) : PQsendQuery(l->conn, sql)))
		return lost(l, PQerrorMessage(l->conn));
	err = flush(l->conn, until_us);
	if (!err)
		err = collect(l->conn, &r, until_us);
	if (err)
		return lost(l, PQstatus(l->conn) == CONNECTION_BAD ? PQerrorMessage(l->conn) : "no answer");
	if (!is_good(r)) {
		err = report(l, r, sql);
		PQclear(r);
		return err;
	}
	*out = r;
	return 0;
}

static int run_away(struct pg_link *l, const char *sql)
{
	PGresult *r = NULL;
	int err = run(l, &r, sql, NULL);

	PQclear(r);
	return err;
}

/* ---- coming back ---- */

static void on_notice(void *arg, const PGresult *r)
{
	const struct pg_link *l = arg;
	const char *said = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	log_info("catalog %s: %s", l->name, said ? said : "");
}

static int tell_wait(struct pg_link *l)
{
	char sql[128];
	bool inside = PQtransactionStatus(l->conn) == PQTRANS_INTRANS;
	const char *local = inside ? "LOCAL " : "";
	int err;

	if (l->set_ms == l->wait_ms)
		return 0;
	g_snprintf(sql, sizeof(sql), "SET %slock_timeout = %d; SET %sstatement_timeout = %d", local, MAX(l->wait_ms, 1), local, l->wait_ms + l->work_ms);
	err = run_away(l, sql);
	l->set_ms = err || inside ? -1 : l->wait_ms;
	return err;
}

static PGconn *make_connection(const struct pg_link *l)
{
	const char *keys[G_N_ELEMENTS(defaults) + 3] = { NULL }, *values[G_N_ELEMENTS(defaults) + 3] = { NULL };
	size_t n = G_N_ELEMENTS(defaults);

	for (size_t i = 0; i < n; i++) {
		keys[i] = defaults[i][0];
		values[i] = defaults[i][1];
	}
	keys[n] = "dbname";
	values[n] = l->url;
	keys[n + 1] = "client_encoding";
	values[n + 1] = "UTF8";
	return PQconnectdbParams(keys, values, 1);
}

/* Servers that are away refuse at once or let us wait: who asks often must not wait as often. */
static int connect_anew(struct pg_link *l)
{
	int64_t began_us = clock_mono_us(), now_us;
	int err = 0;

	if (began_us < l->not_before_us)
		return -EBUSY;
	l->conn = make_connection(l);
	now_us = clock_mono_us();
	if (PQstatus(l->conn) != CONNECTION_OK) {
		l->not_before_us = now_us + MAX(now_us - began_us, AGAIN_MS * INT64_C(1000));
		return lost(l, PQerrorMessage(l->conn));
	}
	PQsetNoticeReceiver(l->conn, on_notice, l);
	if (PQsetnonblocking(l->conn, 1))
		return lost(l, PQerrorMessage(l->conn));
	l->set_ms = -1;
	l->made++;
	err = run_away(l, session);
	if (!err && g_strcmp0(PQparameterStatus(l->conn, "server_encoding"), "UTF8")) {
		log_error("catalog %s: the database's encoding is %s: make one with ENCODING 'UTF8'", l->name, PQparameterStatus(l->conn, "server_encoding"));
		pg_link_drop(l);
		return -EINVAL;
	}
	if (!err && l->away)
		log_info("catalog %s: is back", l->name);
	l->away = err && l->away;
	return err;
}

int pg_link_ready(struct pg_link *l)
{
	int err;

	if (l->conn && PQstatus(l->conn) == CONNECTION_BAD)
		pg_link_drop(l);
	err = l->conn ? 0 : connect_anew(l);
	return err ? err : tell_wait(l);
}

int pg_link_run(struct pg_link *l, PGresult **out, const char *sql, const struct pg_params *p)
{
	*out = NULL;
	return l->conn ? run(l, out, sql, p) : -EBUSY;
}

int pg_link_script(struct pg_link *l, const char *sql)
{
	return l->conn ? run_away(l, sql) : -EBUSY;
}

int pg_link_set_wait(struct pg_link *l, int ms)
{
	l->wait_ms = MAX(ms, 0);
	return l->conn && PQtransactionStatus(l->conn) == PQTRANS_INTRANS ? tell_wait(l) : 0;
}
