/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp storage rekey`: all data keys are wrapped by the newest master key. Objects are not touched. Main thread.
 */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include "common/data_key.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/cmd_storage.h"
#include "postprocess/interrupt.h"
#include "postprocess/progress.h"

struct rekeying {
	struct progress progress;
	int64_t total;                         /* that another master key wraps */
};

/* How many keys each master key wraps; those besides `newest`. */
static int count(struct app *a, const char *newest, int64_t *total)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = catalog_keys_count(a->catalog, &rows);

	*total = 0;
	json_array_foreach(err < 0 ? NULL : rows, i, row)
		if (g_strcmp0(json_str(row, "master"), newest))
			*total += json_num(row, "keys", 0);
	json_decref(rows);
	return MIN(err, 0);
}

static int step(struct data_key_rekey *r, void *arg)
{
	struct rekeying *w = arg;
	int64_t seen = r->done + r->failed;

	progress_update(&w->progress, "rekeying", w->total ? (int)MIN(100, seen * 100 / w->total) : 100, -1, clock_mono_us());
	return interrupt_signal() ? -ECANCELED : 0;
}

static int report(struct app *a, const struct data_key_rekey *r, const char *newest, int err)
{
	if (err == -ECANCELED)
		return app_fail(a, interrupt_signal() == SIGTERM ? EXIT_TERM : EXIT_INT, "interrupted after %lld keys; the same command goes on", (long long)r->done);
	if (err)
		return app_fail(a, app_exit_code(err), "cannot change the catalog: %s", err_str(err));
	if (r->failed)
		return app_fail_with(a, EXIT_FAILED, json_pack("{s:I,s:I,s:s}", "rewrapped", (json_int_t)r->done, "left", (json_int_t)r->failed, "master", newest),
				     "%lld keys are as they were: %s", (long long)r->failed, r->why);
	if (!a->o.json && !a->o.quiet)
		printf("%lld keys were wrapped anew; all are wrapped by %s, and no older line of the file is needed\n", (long long)r->done, newest);
	return app_done(a, json_pack("{s:I,s:I,s:s}", "rewrapped", (json_int_t)r->done, "left", (json_int_t)0, "master", newest));
}

static int rekey(struct app *a, const struct master_keys *m)
{
	const char *newest = master_keys_newest(m);
	struct rekeying w = { .total = 0 };
	struct data_key_rekey r = { .step = step, .arg = &w };
	int err = count(a, newest, &w.total);

	if (!err) {
		interrupt_catch();
		progress_init(&w.progress, &a->o, stderr, 0, clock_mono_us());
		err = data_key_rekey(a->catalog, m, &r);
		progress_end(&w.progress);
	}
	return report(a, &r, newest, err);
}

int storage_rekey(struct app *a, struct stores *stores)
{
	struct master_keys *m = NULL;
	char why[512];
	int code = app_catalog(a, false);

	(void)stores;
	if (code)
		return code;
	if (!a->settings->master_key_file || !*a->settings->master_key_file)
		return app_fail(a, EXIT_FAILED, "the configuration has no store.master_key_file");
	if (master_keys_load(&m, a->settings->master_key_file, why, sizeof(why)))
		return app_fail(a, EXIT_FAILED, "%s", why);
	code = rekey(a, m);
	master_keys_unref(&m);
	return code;
}
