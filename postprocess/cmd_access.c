/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp access`: who viewed, downloaded, shared, changed or deleted recordings; and what the other commands note there. Main thread.
 */
#include <glib.h>
#include <stdio.h>
#include "common/catalog_access.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/cmd.h"
#include "postprocess/text.h"

enum { PAGE = 500 };

void app_note(struct app *a, enum access_action action, const char *recording, const char *item)
{
	g_autofree char *actor = g_strdup_printf("command:%s", g_get_user_name());
	struct catalog_access row = { .at_ms = clock_wall_ms(), .action = action, .recording = recording, .item = item, .actor = actor };
	int err = a->catalog && a->settings->keep_access_days ? catalog_access_add(a->catalog, &row, 1) : 0;

	if (err)
		log_warn("not noted in the access log: %s", err_str(err));
}

static void print_row(json_t *row)
{
	const char *item = json_str(row, "item"), *address = json_str(row, "address");
	char t[TEXT_SIZE];

	printf("%s  %-10s  %s  %-24s  %s%s%s\n", text_time(t, json_num(row, "at_ms", 0)), json_str(row, "action"), json_str(row, "recording"), item ? item : "-",
	       json_str(row, "actor"), address ? "  " : "", address ? address : "");
}

/* Prints a page; the id of its last row. */
static int64_t put_rows(struct app *a, json_t *rows)
{
	int64_t last = 0;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		last = json_num(row, "id", 0);
		if (a->o.json)
			app_json("access", json_incref(row));
		else
			print_row(row);
	}
	return last;
}

static int list(struct app *a, struct catalog_access_filter *f)
{
	int left = a->o.limit ? a->o.limit : G_MAXINT, n, total = 0, err;

	do {
		json_t *rows = NULL;

		f->limit = MIN(left, PAGE);
		err = catalog_access_list(a->catalog, f, &rows);
		if (err)
			return app_fail(a, app_exit_code(err), "cannot read the catalog: %s", err_str(err));
		n = (int)json_array_size(rows);
		f->before = put_rows(a, rows);
		json_decref(rows);
		total += n;
		left -= n;
	} while (n == f->limit && left);
	if (!total && !a->o.json && !a->o.quiet)
		fprintf(stderr, "Nothing was noted.\n");
	return app_done(a, json_pack("{s:i}", "accesses", total));
}

int cmd_access(struct app *a)
{
	struct catalog_access_filter f = { .recording = a->o.args[0] };
	int code;

	if (a->o.since)
		f.since_ms = text_since(a->o.since, clock_wall_ms());
	if (f.since_ms < 0)
		return app_fail(a, EXIT_USAGE, "--since wants a time (2026-11-23T10:00:00Z) or how long ago (90s, 30m, 2h, 7d), not \"%s\"", a->o.since);
	if (f.recording && !recording_id_valid(f.recording))
		return app_fail(a, EXIT_USAGE, "\"%s\" is no recording id", f.recording);
	code = app_catalog(a, false);
	return code ? code : list(a, &f);
}
