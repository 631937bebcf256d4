/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp storage check`: what the catalog, the disk and the stores do not agree about, a line each. Main thread.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/master_key.h"
#include "common/sync.h"
#include "postprocess/cmd_storage.h"
#include "postprocess/interrupt.h"
#include "postprocess/storage_check.h"

enum { PAGE = 100 };

static void found(const struct difference *d, void *arg)
{
	const struct app *a = arg;

	if (a->o.json)
		app_json("difference", json_pack("{s:s,s:s,s:s,s:s,s:s}", "recording", d->recording, "store", d->store, "kind", d->kind, "name", d->name, "detail",
						 d->detail));
	else
		printf("%-11s  %s  %s%s%s%s%s\n", d->kind, *d->recording ? d->recording : "-", *d->store ? d->store : "here", *d->name ? ":" : "", d->name,
		       *d->detail ? "  " : "", d->detail);
}

static bool stopping(void *arg)
{
	(void)arg;
	return interrupt_signal() != 0;
}

static int check_page(struct storage_check *c, json_t *rows)
{
	json_t *row;
	size_t i;
	int err = 0;

	json_array_foreach(rows, i, row) {
		err = storage_check_recording(c, row);
		if (err)
			break;
	}
	return err;
}

static int check_all(struct storage_check *c)
{
	struct catalog_filter f = { .page_size = PAGE };
	char token[128], next[128] = "";
	int err;

	do {
		json_t *rows = NULL;

		memcpy(token, next, sizeof(token));
		f.page_token = token[0] ? token : NULL;
		err = catalog_recording_list(c->catalog, &f, &rows, next);
		if (!err)
			err = check_page(c, rows);
		json_decref(rows);
	} while (!err && next[0]);
	return err ? err : storage_check_strangers(c);
}

static int check_one(struct storage_check *c, const char *id)
{
	json_t *row = NULL;
	int err = catalog_recording_get(c->catalog, id, &row);

	if (!err)
		err = storage_check_recording(c, row);
	json_decref(row);
	return err;
}

static int finish(struct app *a, const struct storage_check *c, int err)
{
	json_t *counts = json_pack("{s:i,s:i,s:i}", "recordings", c->recordings_seen, "objects", c->objects, "differences", c->differences);

	if (err == -ECANCELED) {
		json_decref(counts);
		return interrupt_signal() == 15 ? EXIT_TERM : EXIT_INT;
	}
	if (err) {
		json_decref(counts);
		return app_fail(a, app_exit_code(err), "cannot check: %s", err == -ENOENT ? "there is no such recording" : err_str(err));
	}
	if (c->differences)
		return app_fail_with(a, EXIT_DAMAGE, counts, "%d differences in %d recordings and %d objects", c->differences, c->recordings_seen, c->objects);
	if (!a->o.json && !a->o.quiet)
		fprintf(stderr, "%d recordings and %d objects: all is as it should be.\n", c->recordings_seen, c->objects);
	return app_done(a, counts);
}

int storage_check_action(struct app *a, struct stores *stores)
{
	const char *what = a->o.args[1];
	bool one = what && recording_id_valid(what);
	struct storage_check c = { .stores = stores, .only = one ? NULL : what, .recordings = a->settings->recordings, .deep = a->o.deep, .found = found,
				   .stopping = stopping, .arg = a, .now_ms = clock_wall_ms() };
	struct master_keys *masters = NULL;
	char why[300];
	int code, err;

	if (c.only && !stores_find(stores, c.only))
		return app_fail(a, EXIT_USAGE, "\"%s\" is neither a recording id nor a store of the configuration", what);
	if (a->settings->master_key_file && *a->settings->master_key_file && master_keys_load(&masters, a->settings->master_key_file, why, sizeof(why)))
		return app_fail(a, EXIT_FAILED, "%s", why);
	c.masters = masters;
	code = app_catalog(a, false);
	if (!code) {
		interrupt_catch();
		c.catalog = a->catalog;
		err = one ? check_one(&c, what) : check_all(&c);
		code = finish(a, &c, err);
	}
	master_keys_unref(&masters);
	return code;
}
