/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A recording's originals from whichever store has them. Called by cmd_fetch.c and cmd_recompose.c, main thread.
 *
 *	--store │ the catalog's originals: verified, complete, running │ all that are configured ─▶ one after the other, until one has it
 */
#include "postprocess/fetching.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "common/catalog_store.h"
#include "common/json.h"
#include "common/log.h"
#include "common/master_key.h"
#include "common/sync.h"
#include "postprocess/interrupt.h"
#include "postprocess/progress.h"
#include "postprocess/stores.h"

struct attempt {
	struct app *app;
	struct fetching *f;
	struct stores *stores;
	struct master_keys *masters;
	struct progress progress;
	GHashTable *tried;             /* names of stores */
};

static bool is_stopping(void *arg)
{
	(void)arg;
	return interrupt_signal();
}

static void on_progress(int64_t done, int64_t total, void *arg)
{
	progress_update(arg, "fetching", total > 0 ? (int)MIN(100, done * 100 / total) : 0, -1, clock_mono_us());
}

static int try_store(struct attempt *t, struct store *s, const char *id)
{
	struct original_place at = { .store = s, .id = id, .catalog = t->app->catalog, .masters = t->masters };
	struct rehydrate_conf conf = { .recordings = t->app->settings->recordings, .at = &at, .threads = store_conf(s)->parallel, .stopping = is_stopping,
				       .progress = on_progress, .arg = &t->progress };
	int err;

	if (!g_hash_table_add(t->tried, (gpointer)(uintptr_t)store_name(s)))
		return -ENOENT;
	err = rehydrate(&conf, &t->f->result, &t->f->why);
	original_place_done(&at);
	g_strlcpy(t->f->store, store_name(s), sizeof(t->f->store));
	if (err && err != -ENOENT)
		log_warn("recording %s: not fetched from store %s: %s", id, store_name(s), t->f->why.err ? t->f->why.text : err_str(err));
	return err;
}

/* Where another store may help. */
static bool goes_on(int err)
{
	return err && err != -EEXIST && err != -EBUSY && err != -ECANCELED && err != -ENOSPC;
}

/* A store that failed is more to be said than one that has nothing. */
static int worse(int before, int err)
{
	return before && before != -ENOENT && goes_on(err) ? before : err;
}

static int try_known(struct attempt *t, const char *id)
{
	json_t *rows = NULL, *row;
	int err = -ENOENT;
	size_t i;

	if (!t->app->catalog || catalog_originals(t->app->catalog, id, &rows))
		return err;
	json_array_foreach(rows, i, row) {
		const char *name = json_str(row, "store"), *state = json_str(row, "state");
		struct store *s = name ? stores_find(t->stores, name) : NULL;

		if (goes_on(err) && s && g_strcmp0(state, "deleting"))
			err = worse(err, try_store(t, s, id));
	}
	json_decref(rows);
	return err;
}

static int try_all(struct attempt *t, const char *id)
{
	int err = try_known(t, id);

	for (size_t i = 0; i < stores_count(t->stores) && goes_on(err); i++)
		err = worse(err, try_store(t, stores_at(t->stores, i), id));
	return err;
}

static int open_all(struct attempt *t)
{
	const struct settings *set = t->app->settings;
	char why[300] = "";
	int err = stores_open(&t->stores, set, why, sizeof(why));

	if (!err && !stores_count(t->stores)) {
		err = -ENOENT;
		g_strlcpy(why, "no store is configured", sizeof(why));
	}
	if (!err && set->master_key_file && *set->master_key_file)
		err = master_keys_load(&t->masters, set->master_key_file, why, sizeof(why));
	if (!err && app_catalog_there(t->app) && app_catalog(t->app, false))
		log_warn("the catalog is not asked; sealed objects cannot be opened without it");
	if (err) {
		t->f->why.err = err;
		g_strlcpy(t->f->why.text, why, sizeof(t->f->why.text));
	}
	return err;
}

int fetching_run(struct app *a, const char *id, const char *store, struct fetching *f)
{
	struct attempt t = { .app = a, .f = f, .tried = g_hash_table_new(g_str_hash, g_str_equal) };
	struct store *s;
	int err;

	*f = (struct fetching){ .store = "" };
	interrupt_catch();
	progress_init(&t.progress, &a->o, stderr, 0, clock_mono_us());
	err = open_all(&t);
	s = !err && store ? stores_find(t.stores, store) : NULL;
	if (!err && store && !s) {
		err = -EINVAL;
		g_snprintf(f->why.text, sizeof(f->why.text), "no store of the configuration is called \"%s\"", store);
	} else if (!err) {
		err = s ? try_store(&t, s, id) : try_all(&t, id);
	}
	progress_end(&t.progress);
	master_keys_unref(&t.masters);
	stores_unref(&t.stores);
	g_hash_table_unref(t.tried);
	return err;
}

int fetching_failed(struct app *a, const char *id, const struct fetching *f, int err)
{
	if (err == -ECANCELED)
		return app_fail(a, interrupt_signal() == SIGTERM ? EXIT_TERM : EXIT_INT, "interrupted; nothing was put in place");
	if (err == -ENOENT && !f->why.text[0])
		return app_fail(a, EXIT_NOT_FOUND, "no store has originals of %s", id);
	if (err == -EBUSY && !f->why.text[0])
		return app_fail(a, EXIT_LATER, "%s is being fetched already", id);
	return app_fail(a, err == -EINVAL && f->why.text[0] ? EXIT_USAGE : f->why.again ? EXIT_LATER : app_exit_code(err), "%s cannot be fetched: %s", id,
			f->why.text[0] ? f->why.text : err_str(err));
}
