/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp jobs`: what waits, runs and was given up, who works, and doing it again. Main thread.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/json.h"
#include "common/log.h"
#include "postprocess/cmd.h"
#include "postprocess/text.h"

enum { JOBS_MAX = 1000 };

static const char *or_dash(const char *s)
{
	return s && *s ? s : "-";
}

/* ---- list ---- */

static void print_job(json_t *row)
{
	char what[TEXT_SIZE] = "", d[TEXT_SIZE];
	const char *state = or_dash(json_str(row, "state")), *reason = json_str(row, "reason");
	int64_t wait_ms = json_num(row, "wait_ms", 0);

	if (!strcmp(state, "running"))
		g_snprintf(what, sizeof(what), "%.20s %lld %%", or_dash(json_str(row, "stage")), (long long)json_num(row, "percent", 0));
	else if (wait_ms)
		g_snprintf(what, sizeof(what), "in %.40s", text_duration(d, wait_ms));
	else if (strcmp(state, "failed") && !json_num(row, "reached", 1))
		g_snprintf(what, sizeof(what), "no worker reaches %.40s", or_dash(json_str(row, "place")));
	printf("%6lld  %-8s  %-8s  %s  output %lld%s  attempt %lld%s%s%s%s\n", (long long)json_num(row, "job", 0), state, or_dash(json_str(row, "kind")),
	       or_dash(json_str(row, "recording")), (long long)json_num(row, "output", 0), json_num(row, "live", 0) ? "  live" : "",
	       (long long)json_num(row, "attempts", 0), *what ? "  " : "", what, reason ? "  " : "", reason ? reason : "");
}

static int list(struct app *a)
{
	struct catalog_jobs f = { .state = a->o.failed ? "failed" : a->o.status, .room = a->o.room, .recording = a->o.args[0] ? a->o.args[1] : NULL,
				  .limit = a->o.limit ? a->o.limit : JOBS_MAX };
	json_t *rows = NULL, *row;
	size_t i;
	int err = catalog_jobs_list(a->catalog, &f, &rows), n;

	if (err)
		return app_fail(a, app_exit_code(err), "cannot list jobs: %s", err_str(err));
	json_array_foreach(rows, i, row) {
		if (a->o.json)
			app_json("job", json_incref(row));
		else
			print_job(row);
	}
	n = (int)json_array_size(rows);
	json_decref(rows);
	if (!n && !a->o.json && !a->o.quiet)
		fprintf(stderr, "There are no such jobs.\n");
	return app_done(a, json_pack("{s:i}", "jobs", n));
}

/* ---- workers ---- */

static void print_worker(json_t *row)
{
	char t[TEXT_SIZE];
	size_t i;
	json_t *place;

	printf("%s  since %s  %lld jobs  %.1f of %.1f cores  sign of life %.1f s ago%s ", or_dash(json_str(row, "id")), text_time(t, json_num(row, "started_ms", 0)),
	       (long long)json_num(row, "jobs", 0), (double)json_num(row, "cost", 0) / 1000, (double)json_num(row, "cores", 0) / 1000,
	       (double)json_num(row, "silent_ms", 0) / 1000, json_num(row, "draining", 0) ? "  draining" : "");
	json_array_foreach(json_object_get(row, "places"), i, place)
		printf(" %s", or_dash(json_string_value(place)));
	printf("\n");
}

static int workers(struct app *a)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = catalog_workers(a->catalog, &rows), n;

	if (err)
		return app_fail(a, app_exit_code(err), "cannot list workers: %s", err_str(err));
	json_array_foreach(rows, i, row) {
		if (a->o.json)
			app_json("worker", json_incref(row));
		else
			print_worker(row);
	}
	n = (int)json_array_size(rows);
	json_decref(rows);
	if (!n && !a->o.json && !a->o.quiet)
		fprintf(stderr, "There are no workers.\n");
	return app_done(a, json_pack("{s:i}", "workers", n));
}

/* ---- changes ---- */

static int retry(struct app *a)
{
	const char *text = a->o.args[1];
	char *end = NULL;
	int64_t id = text ? strtoll(text, &end, 10) : 0;
	int err;

	if (id <= 0 || *end)
		return app_fail(a, EXIT_USAGE, "jobs retry wants a job's number");
	err = catalog_job_again(a->catalog, id);
	if (err == -ENOENT)
		return app_fail(a, EXIT_NOT_FOUND, "there is no job %" PRId64, id);
	if (err == -EPROTO)
		return app_fail(a, EXIT_FAILED, "job %" PRId64 " did not fail, was tried again, or its recording is gone", id);
	if (err)
		return app_fail(a, app_exit_code(err), "cannot queue job %" PRId64 ": %s", id, err_str(err));
	if (!a->o.json && !a->o.quiet)
		fprintf(stderr, "Queued.\n");
	return app_done(a, json_pack("{s:I}", "job", (json_int_t)id));
}

static int drain_set(struct app *a, bool on)
{
	const char *which = a->o.args[1];
	int n;

	if (!which)
		return app_fail(a, EXIT_USAGE, "jobs drain and undrain want a worker's name or a host's id");
	n = catalog_worker_drain(a->catalog, which, on);
	if (n < 0)
		return app_fail(a, app_exit_code(n), "cannot change %s: %s", which, err_str(n));
	if (!n)
		return app_fail(a, EXIT_NOT_FOUND, "there is no worker %s, nor one of such a host", which);
	if (!a->o.json && !a->o.quiet)
		fprintf(stderr, on ? "%d workers take no new jobs.\n" : "%d workers take jobs again.\n", n);
	return app_done(a, json_pack("{s:i}", "workers", n));
}

static int drain(struct app *a)
{
	return drain_set(a, true);
}

static int undrain(struct app *a)
{
	return drain_set(a, false);
}

int cmd_jobs(struct app *a)
{
	static const struct { const char *action; int (*run)(struct app *a); } actions[] = {
		{ "list", list }, { "workers", workers }, { "retry", retry }, { "drain", drain }, { "undrain", undrain },
	};
	const char *action = a->o.args[0] ? a->o.args[0] : "list";
	int code = app_catalog(a, false);

	for (size_t i = 0; !code && i < G_N_ELEMENTS(actions); i++)
		if (!strcmp(actions[i].action, action))
			return actions[i].run(a);
	return code;
}
