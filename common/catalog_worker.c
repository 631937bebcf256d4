/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Workers: a row for each process that takes jobs. Called by the job runner's thread and by commands; each call is one transaction.
 *
 *	put ─▶ beat, every 5 s ─▶ … ─▶ gone: its jobs are queued again
 *	                └ none for 15 s ─▶ the worker before it in order of names does that
 *
 * A row is written every five seconds for a process, however many jobs it has. The first change to the row decides between a worker that wakes up and the one that
 * takes it for dead: leasing holds it too (catalog_lease.c).
 */
#include <errno.h>
#include <glib.h>
#include "common/catalog_db.h"
#include "common/json.h"

enum { BESIDE = 4 };

static int put_places(struct db *db, const struct catalog_worker *w)
{
	int err = db_exec(db, "DELETE FROM worker_places WHERE worker = ?1", "s", w->id);

	for (size_t i = 0; err >= 0 && w->places && w->places[i]; i++)
		err = db_exec(db, "INSERT INTO worker_places (worker, place) VALUES (?1, ?2) ON CONFLICT DO NOTHING", "ss", w->id, w->places[i]);
	return err;
}

int catalog_worker_put(struct catalog *c, const struct catalog_worker *w)
{
	int err;

	if (!w->id || !w->host_id || !w->version)
		return -EINVAL;
	err = catalog_begin(c);
	if (err)
		return err;
	err = db_exec(c->db, "INSERT INTO workers (id, host_id, version, started_ms, heartbeat_ms, cores) VALUES (?1, ?2, ?3, now_ms(), now_ms(), ?4)"
			     " ON CONFLICT (id) DO UPDATE SET heartbeat_ms = now_ms()", "sssi", w->id, w->host_id, w->version, (int64_t)w->cores);
	if (err >= 0)
		err = put_places(c->db, w);
	return catalog_end(c, MIN(err, 0));
}

int catalog_worker_beat(struct catalog *c, const char *id, bool *draining)
{
	int64_t drains = 0;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = db_int(c->db, &drains, "UPDATE workers SET heartbeat_ms = now_ms() WHERE id = ?1 RETURNING draining", "s", id);
	err = catalog_end(c, err < 0 ? err : err ? 0 : -ENOENT);
	if (!err)
		*draining = drains != 0;
	return err;
}

int catalog_worker_jobs(struct catalog *c, const char *id, json_t **rows)
{
	int err = catalog_view(c);

	if (err)
		return err;
	return catalog_end(c, db_rows(c->db, rows, "SELECT id AS job, owner FROM jobs WHERE worker = ?1 AND state = 'running'", "s", id));
}

/* ---- gone ---- */

/* Unless somebody was faster with it. */
static int free_job(struct db *db, int64_t id, const char *worker)
{
	struct catalog_job j;
	int64_t one;
	int err = job_lock(db, id), runs = 0;

	if (!err)
		err = db_int(db, &one, "SELECT 1 FROM jobs WHERE id = ?1 AND worker = ?2 AND state = 'running'", "is", id, worker);
	if (err <= 0)
		return err;
	err = job_load(db, id, &j);
	if (!err)
		err = runs = job_runs(db, &j);
	if (err >= 0 && j.attempts >= CATALOG_LOST_MAX && job_makes_output(&j) && !runs)
		err = job_give_up(db, &j, "every worker that took it died");
	else if (err >= 0)
		err = job_move_both(db, &j, "queued");
	if (err >= 0)
		err = job_let_go(db, j.id, 0);
	return MIN(err, 1);
}

static int free_jobs(struct db *db, const char *worker)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = db_rows(db, &rows, "SELECT id FROM jobs WHERE worker = ?1 AND state = 'running' ORDER BY id", "s", worker), n = 0;

	json_array_foreach(rows, i, row) {
		if (err >= 0)
			err = free_job(db, json_num(row, "id", 0), worker);
		n += err > 0;
	}
	json_decref(rows);
	return err < 0 ? err : n;
}

/* Where it came back to life in between, nothing. */
static int bury(struct db *db, const char *id, bool only_if_silent, int *jobs)
{
	int err = db_exec(db, "DELETE FROM workers AS w WHERE w.id = ?1 AND (?2 = 0 OR " WORKER_SILENT ")", "si", id, (int64_t)only_if_silent);

	if (err <= 0)
		return err;
	*jobs = free_jobs(db, id);
	return *jobs < 0 ? *jobs : 1;
}

int catalog_worker_gone(struct catalog *c, const char *id)
{
	int jobs = 0, err = catalog_begin(c);

	if (err)
		return err;
	err = catalog_end(c, bury(c->db, id, false, &jobs));
	return err < 0 ? err : jobs;
}

#define SILENT_OF "SELECT w.id FROM (SELECT id, heartbeat_ms FROM workers "
#define BESIDE_IT " ORDER BY id LIMIT ?1) w WHERE " WORKER_SILENT

/* Those behind `id`, and those at the beginning: the names are a ring. */
static int find_silent(struct db *db, const char *id, json_t **rows)
{
	json_t *first = NULL;
	int err = db_rows(db, rows, SILENT_OF "WHERE id > ?2" BESIDE_IT, "is", (int64_t)BESIDE, id);

	if (!err)
		err = db_rows(db, &first, SILENT_OF "WHERE id < ?2" BESIDE_IT, "is", (int64_t)BESIDE, id);
	json_array_extend(*rows, first);
	json_decref(first);
	return err;
}

static int bury_all(struct catalog *c, json_t *silent)
{
	json_t *row;
	size_t i;
	int n = 0;

	json_array_foreach(silent, i, row) {
		int jobs = 0, err = catalog_begin(c);

		if (!err)
			err = catalog_end(c, bury(c->db, json_str(row, "id"), true, &jobs));
		if (err < 0)
			return err;
		n += err;
	}
	return n;
}

int catalog_worker_reap(struct catalog *c, const char *id)
{
	json_t *rows = NULL;
	int err = catalog_view(c);

	if (err)
		return err;
	err = catalog_end(c, find_silent(c->db, id, &rows));
	if (!err)
		err = bury_all(c, rows);
	json_decref(rows);
	return err;
}

/* ---- looked at, told ---- */

int catalog_worker_drain(struct catalog *c, const char *which, bool on)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	return catalog_end(c, db_exec(c->db, "UPDATE workers SET draining = ?2 WHERE id = ?1 OR host_id = ?1", "si", which, (int64_t)on));
}

int catalog_workers_of(struct catalog *c, const char *host_id, json_t **rows)
{
	int err = catalog_view(c);

	return err ? err : catalog_end(c, db_rows(c->db, rows, "SELECT id FROM workers WHERE host_id = ?1", "s", host_id));
}

static int add_places(struct db *db, json_t *row)
{
	json_t *rows = NULL, *names = json_array(), *place;
	size_t i;
	int err = db_rows(db, &rows, "SELECT place FROM worker_places WHERE worker = ?1 ORDER BY place", "s", json_str(row, "id"));

	json_array_foreach(rows, i, place)
		json_array_append(names, json_object_get(place, "place"));
	json_object_set_new(row, "places", names);
	json_decref(rows);
	return err;
}

static int list(struct db *db, json_t **rows)
{
	json_t *row;
	size_t i;
	int err = db_rows(db, rows, "SELECT w.id, w.host_id, w.version, w.cores, w.draining, w.started_ms, now_ms() - w.heartbeat_ms AS silent_ms, COUNT(j.id) AS jobs,"
				    " COALESCE(CAST(SUM(j.cost) AS BIGINT), 0) AS cost FROM workers w LEFT JOIN jobs j ON j.worker = w.id AND j.state = 'running'"
				    " GROUP BY w.id, w.host_id, w.version, w.cores, w.draining, w.started_ms, w.heartbeat_ms ORDER BY w.id", "");

	json_array_foreach(*rows, i, row)
		if (!err)
			err = add_places(db, row);
	return err;
}

int catalog_workers(struct catalog *c, json_t **rows)
{
	int err = catalog_view(c);

	if (err)
		return err;
	*rows = NULL;
	err = catalog_end(c, list(c->db, rows));
	if (err)
		g_clear_pointer(rows, json_decref);
	return err;
}
