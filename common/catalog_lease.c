/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which job is next, and who takes it. Called by the job runner and by commands; each call is one transaction.
 *
 *	is the worker alive, and not draining? ─▶ where it reaches, the job whose turn it is ─▶ cores for it? ─▶ running, owned
 *
 * The next job of a place is the first row of the index jobs_due, so a queue of any length costs no more than an empty one. One that does not fit is waited for, not
 * overtaken: else a large one would wait for ever.
 */
#include <errno.h>
#include <glib.h>
#include "common/catalog_db.h"
#include "common/json.h"

#define DUE "SELECT id, turn, cost FROM jobs WHERE state IN ('queued', 'retrying') AND live = ?1"
#define FIRST " AND not_before_ms <= now_ms() ORDER BY turn, id LIMIT 1 "
/* [take]: to look at, or to take */
static const char *const due_anywhere[] = { DUE FIRST, DUE FIRST SKIP_LOCKED };
static const char *const due_there[] = { DUE " AND place = ?2" FIRST, DUE " AND place = ?2" FIRST SKIP_LOCKED };

struct due {
	int64_t id, turn, cost;        /* id 0: none */
};

static void nearer(struct due *best, json_t *rows)
{
	json_t *row = json_array_get(rows, 0);
	struct due d = { json_num(row, "id", 0), json_num(row, "turn", 0), json_num(row, "cost", 0) };

	if (d.id && (!best->id || d.turn < best->turn || (d.turn == best->turn && d.id < best->id)))
		*best = d;
	json_decref(rows);
}

static int find_anywhere(struct db *db, enum catalog_which lane, bool take, struct due *best)
{
	json_t *rows = NULL;
	int err = db_rows(db, &rows, due_anywhere[take], "i", (int64_t)lane);

	nearer(best, rows);
	return err;
}

static int find_reached(struct db *db, const char *worker, enum catalog_which lane, bool take, struct due *best)
{
	json_t *places = NULL, *place;
	size_t i;
	int err = db_rows(db, &places, "SELECT place FROM worker_places WHERE worker = ?1", "s", worker);

	json_array_foreach(places, i, place) {
		json_t *rows = NULL;

		if (!err)
			err = db_rows(db, &rows, due_there[take], "is", (int64_t)lane, json_str(place, "place"));
		nearer(best, rows);
	}
	json_decref(places);
	return err;
}

static int find(struct db *db, const struct catalog_lease *l, enum catalog_which lane, bool take, struct due *best)
{
	*best = (struct due){ 0 };
	return l->anywhere ? find_anywhere(db, lane, take, best) : find_reached(db, l->worker, lane, take, best);
}

/* Its jobs' costs against its cores; but one of each sort it always may have, or what is too large for all would never be made. Transfers cost none. */
static int has_cores(struct db *db, const char *worker, enum catalog_which lane, int64_t cost)
{
	json_t *rows = NULL, *row;
	int64_t cores, used, same;
	int err = db_rows(db, &rows, "SELECT w.cores, COALESCE(CAST(SUM(j.cost) AS BIGINT), 0) AS used, COUNT(CASE WHEN j.live = ?2 THEN 1 END) AS same FROM workers w"
				     " LEFT JOIN jobs j ON j.worker = w.id AND j.state = 'running' WHERE w.id = ?1 GROUP BY w.cores", "si", worker, (int64_t)lane);

	row = json_array_get(rows, 0);
	cores = json_num(row, "cores", 0);
	used = json_num(row, "used", 0);
	same = json_num(row, "same", 0);
	json_decref(rows);
	return err < 0 ? err : same == 0 || lane == CATALOG_TRANSFER || used + cost <= cores;
}

/* Its row is held until the end of the transaction, so that nobody finds the worker dead meanwhile. */
static int worker_lives(struct db *db, const char *worker)
{
	int n = db_exec(db, "UPDATE workers SET heartbeat_ms = now_ms() WHERE id = ?1 AND heartbeat_ms > now_ms() - ?2", "si", worker, (int64_t)WORKER_DEAD_MS);

	return n < 0 ? n : n ? 0 : -ESTALE;
}

static int take(struct db *db, int64_t id, const char *worker, const char *owner, struct catalog_job *out)
{
	int err = db_exec(db, "UPDATE jobs SET state = 'running', owner = ?2, worker = ?3, attempts = attempts + 1, stage = NULL, percent = 0, eta_ms = 0, lag_ms = 0"
			      " WHERE id = ?1 AND state IN ('queued', 'retrying')", "iss", id, owner ? owner : worker, worker);

	if (err <= 0)
		return err ? err : -EPROTO;
	err = job_load(db, id, out);
	if (!err && job_makes_output(out))
		err = state_move(db, NOUN_OUTPUT, out->recording, out->output, "running");
	return err < 0 ? err : 1;
}

int job_take(struct db *db, int64_t id, const char *worker, const char *owner, struct catalog_job *out)
{
	int err = worker_lives(db, worker);

	return err ? err : take(db, id, worker, owner, out);
}

static int lease(struct db *db, const struct catalog_lease *l, enum catalog_which lane, struct catalog_job *out)
{
	struct due due;
	int err = worker_lives(db, l->worker);

	if (!err)
		err = find(db, l, lane, true, &due);
	if (err || !due.id)
		return err;
	err = has_cores(db, l->worker, lane, due.cost);
	return err <= 0 ? err : take(db, due.id, l->worker, l->owner, out);
}

static int may_lease(struct db *db, const char *worker)
{
	int64_t draining = 1;
	int err = db_int(db, &draining, "SELECT draining FROM workers WHERE id = ?1 AND heartbeat_ms > now_ms() - ?2", "si", worker, (int64_t)WORKER_DEAD_MS);

	return err < 0 ? err : draining ? -ESTALE : 0;
}

/* Who only looks disturbs no writer. */
static int look(struct catalog *c, const struct catalog_lease *l, enum catalog_which lane)
{
	struct due due = { 0 };
	int err = catalog_view(c);

	if (err)
		return err;
	err = may_lease(c->db, l->worker);
	if (!err)
		err = find(c->db, l, lane, false, &due);
	err = catalog_end(c, err);
	return err ? err : due.id != 0;
}

static int look_and_lease(struct catalog *c, const struct catalog_lease *l, enum catalog_which lane, struct catalog_job *out)
{
	int err = look(c, l, lane);

	if (err <= 0)
		return err;
	err = catalog_begin(c);
	return err ? err : catalog_end(c, lease(c->db, l, lane, out));
}

int catalog_job_lease(struct catalog *c, const struct catalog_lease *l, struct catalog_job *out)
{
	static const enum catalog_which lanes[] = { CATALOG_LIVE, CATALOG_LATE, CATALOG_TRANSFER };
	int got = 0;

	for (size_t i = 0; !got && i < G_N_ELEMENTS(lanes); i++)
		if (l->which == CATALOG_ANY || l->which == lanes[i])
			got = look_and_lease(c, l, lanes[i], out);
	return got;
}

int catalog_job_due(struct catalog *c, int64_t *in_ms)
{
	int err = catalog_view(c);

	*in_ms = -1;
	if (err)
		return err;
	err = catalog_end(c, db_int(c->db, in_ms, "SELECT COALESCE(MIN(not_before_ms) - now_ms(), -1) FROM jobs WHERE state = 'retrying' AND not_before_ms > now_ms()", ""));
	return MIN(err, 0);
}
