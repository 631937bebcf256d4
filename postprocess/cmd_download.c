/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp download`: files of a recording out of the stores that have them, or one object by its key. Main thread.
 *
 *   recording ─▶ files asked for ─▶ for each: its verified copies, the primary store's first ─▶ download_file()
 *                                              └─ one store fails: the next one's
 */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/master_key.h"
#include "common/store_key.h"
#include "common/sync.h"
#include "postprocess/cmd.h"
#include "postprocess/download.h"
#include "postprocess/interrupt.h"
#include "postprocess/progress.h"
#include "postprocess/stores.h"
#include "postprocess/text.h"

enum { SHOWN_BYTES = 1 << 20 };               /* what is smaller is there before anybody has read its progress */

struct downloading {
	struct app *a;
	struct stores *stores;
	struct master_keys *masters;           /* NULL: none are configured */
	struct progress progress;
	int64_t began_us;
	int64_t resumed;                       /* of the file under way */
	int files, there;
	int64_t bytes;
};

static bool stopping(void *arg)
{
	(void)arg;
	return interrupt_signal() != 0;
}

static int on_progress(int64_t done, int64_t size, void *arg)
{
	struct downloading *w = arg;
	int64_t now_us = clock_mono_us(), new_bytes = done - w->resumed;
	int percent = size > 0 ? (int)((double)done * 100 / (double)size) : 100;
	int64_t eta_ms = new_bytes > 0 ? (int64_t)((double)(now_us - w->began_us) / 1000 * (double)(size - done) / (double)new_bytes) : -1;

	if (size > SHOWN_BYTES)
		progress_update(&w->progress, "downloading", percent, eta_ms, now_us);
	return interrupt_signal() ? -ECANCELED : 0;
}

/* ---- one file ---- */

struct source { const char *store, *key, *key_id; };   /* key_id as in struct sealed_conf */

static void say_done(struct downloading *w, const struct source *from, const struct download *d, bool there)
{
	g_autofree char *path = g_build_filename(d->dir, d->name, NULL);
	char b[TEXT_SIZE];

	progress_end(&w->progress);
	w->files++;
	w->there += there;
	w->bytes += d->got - d->resumed;
	if (w->a->o.json)
		app_json("file", json_pack("{s:s,s:I,s:s,s:s,s:b,s:b,s:I,s:s*}", "path", path, "size", (json_int_t)d->got, "store", from->store, "key", from->key,
					   "sealed", sealed_is(d->object), "there_already", there, "resumed", (json_int_t)d->resumed, "sha256",
					   d->sha256_got[0] ? d->sha256_got : NULL));
	else if (!w->a->o.quiet)
		printf("%s  %s%s\n", path, text_bytes(b, d->got), there ? ", there already" : "");
}

/* Its `object` is made here. why: of the object that could not be opened. */
static int from_store(struct downloading *w, const struct source *from, struct download *d)
{
	struct sealed_conf conf = { .store = stores_find(w->stores, from->store), .key = from->key, .key_id = from->key_id, .catalog = w->a->catalog,
				    .masters = w->masters };
	int err;

	if (!conf.store) {
		g_snprintf(d->why, sizeof(d->why), "store %s is not in the configuration", from->store);
		return -ENOENT;
	}
	err = sealed_open(&d->object, &conf, d->why, sizeof(d->why));
	if (err)
		return err;
	progress_init(&w->progress, &w->a->o, stderr, 0, clock_mono_us());
	w->began_us = clock_mono_us();
	w->resumed = 0;
	d->progress = on_progress;
	d->arg = w;
	err = download_file(d);
	progress_end(&w->progress);
	if (err >= 0)
		say_done(w, from, d, err == 1);
	sealed_unref(&d->object);
	return MIN(err, 0);
}

static int fail(struct downloading *w, int err, const char *why)
{
	if (err == -ECANCELED)
		return app_fail(w->a, interrupt_signal() == SIGTERM ? EXIT_TERM : EXIT_INT, "interrupted; the same command goes on where it was");
	return app_fail(w->a, app_exit_code(err), "%s", why[0] ? why : err_str(err));
}

/* ---- of a recording ---- */

/* rec_….webm for what is the recording itself, rec_…-NAME for all else: files of several recordings can lie beside each other. */
static char *local_name(const char *id, const char *file)
{
	g_autofree char *base = g_path_get_basename(file);

	if (g_str_has_prefix(file, "output."))
		return g_strconcat(id, file + strlen("output"), NULL);
	return g_strconcat(id, "-", base, NULL);
}

/* The copy that is tried as number n: the primary store's, then the others as they come; NULL: no more. */
static json_t *copy_at(const struct downloading *w, json_t *copies, int n)
{
	struct store *primary = stores_primary(w->stores);
	const char *first = primary ? store_name(primary) : "", *only = w->a->o.store;
	json_t *copy;
	size_t i;

	for (int round = 0; round < 2; round++)
		json_array_foreach(copies, i, copy) {
			const char *store = json_str(copy, "store");

			if (g_strcmp0(json_str(copy, "state"), "verified") || (only && strcmp(store, only)) || (strcmp(store, first) == 0) != (round == 0))
				continue;
			if (!n--)
				return copy;
		}
	return NULL;
}

static void expect(struct download *d, json_t *file)
{
	const char *kind = json_str(file, "kind"), *sha256 = json_str(file, "sha256");
	bool grows = !g_strcmp0(kind, "metadata");             /* with each later output */

	d->size = grows ? -1 : json_num(file, "size", -1);
	d->sha256 = sha256;
	if (!grows && sha256 && strlen(sha256) == 64)
		d->sum = !g_strcmp0(kind, "media") || !g_strcmp0(kind, "participant") ? DOWNLOAD_SUM_LIST : DOWNLOAD_SUM_FILE;
}

/* The next store is asked only if this one was the reason. */
static bool another_may_have_it(int err)
{
	return err && err != -ECANCELED && err != -EEXIST && err != -EBUSY && err != -ENOSPC && err != -EDQUOT && err != -EROFS;
}

static int get_file(struct downloading *w, const char *id, json_t *file)
{
	g_autofree char *name = local_name(id, json_str(file, "name"));
	struct download d = { .dir = w->a->o.to ? w->a->o.to : ".", .name = name, .overwrite = w->a->o.overwrite };
	json_t *copies = json_object_get(file, "copies"), *copy;
	int err = -ENODATA;

	expect(&d, file);
	for (int n = 0; (copy = copy_at(w, copies, n)); n++) {
		struct source from = { json_str(copy, "store"), json_str(copy, "key"), json_str(copy, "key_id") };

		if (n)
			log_warn("%s; another store has it, too", d.why);
		err = from_store(w, &from, &d);
		if (!another_may_have_it(err))
			break;
	}
	if (err == -ENODATA)
		return app_fail(w->a, EXIT_NOT_FOUND, "%s of %s has no copy in %s; here it is %s/%s/%s", json_str(file, "name"), id,
				w->a->o.store ? w->a->o.store : "a store", w->a->settings->recordings, id, json_str(file, "name"));
	if (!err)
		app_note(w->a, ACCESS_DOWNLOADED, id, json_str(file, "name"));
	return err ? fail(w, err, d.why) : EXIT_DONE;
}

static bool wanted(const struct app *a, json_t *file)
{
	const char *kind = json_str(file, "kind");

	if (a->o.all)
		return true;
	if (a->o.file)
		return !g_strcmp0(kind, a->o.file);
	return !g_strcmp0(kind, "media") || !g_strcmp0(kind, "participant");
}

static bool has_copy(json_t *output)
{
	json_t *file;
	size_t i;

	json_array_foreach(json_object_get(output, "files"), i, file)
		if (json_array_size(json_object_get(file, "copies")))
			return true;
	return false;
}

/* The one named, or the first that is done; one that is in a store before one that is not. */
static json_t *find_output(const struct app *a, json_t *row)
{
	json_t *output, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(row, "outputs"), i, output) {
		if (a->o.output ? json_num(output, "id", 0) != a->o.output : g_strcmp0(json_str(output, "state"), "done"))
			continue;
		if (!found || (!has_copy(found) && has_copy(output)))
			found = output;
	}
	return found;
}

static int get_output(struct downloading *w, const char *id, json_t *row)
{
	json_t *output = find_output(w->a, row), *file;
	int code = EXIT_DONE, n = 0;
	size_t i;

	if (!output)
		return app_fail(w->a, EXIT_NOT_FOUND, w->a->o.output ? "%s has no output %d" : "%s has no output that is done", id, w->a->o.output);
	json_array_foreach(json_object_get(output, "files"), i, file) {
		if (code || !wanted(w->a, file))
			continue;
		code = get_file(w, id, file);
		n++;
	}
	if (!code && !n)
		return app_fail(w->a, EXIT_NOT_FOUND, "output %lld of %s has no such file", (long long)json_num(output, "id", 0), id);
	return code;
}

static int by_id(struct downloading *w)
{
	const char *id = w->a->o.args[0];
	json_t *row = NULL;
	int code = app_catalog(w->a, false), err;

	if (code)
		return code;
	if (!recording_id_valid(id))
		return app_fail(w->a, EXIT_USAGE, "\"%s\" is no recording id", id);
	err = catalog_recording_get(w->a->catalog, id, &row);
	if (err || !g_strcmp0(json_str(row, "status"), "deleted") || !g_strcmp0(json_str(row, "status"), "deleting")) {
		json_decref(row);
		return err && err != -ENOENT ? app_fail(w->a, app_exit_code(err), "cannot read the catalog: %s", err_str(err))
					     : app_fail(w->a, EXIT_NOT_FOUND, "there is no recording %s", id);
	}
	code = get_output(w, id, row);
	json_decref(row);
	return code;
}

/* ---- of a key ---- */

/* The last part of the key, if it is a name. */
static char *key_name(const char *key)
{
	const char *slash = strrchr(key, '/'), *name = slash ? slash + 1 : key;

	if (!*name || name[0] == '.' || strlen(name) > 200)
		return NULL;
	for (const char *p = name; *p; p++)
		if (g_ascii_iscntrl(*p))
			return NULL;
	return g_strdup(name);
}

static int by_key(struct downloading *w)
{
	struct store *primary = stores_primary(w->stores);
	struct source from = { w->a->o.store ? w->a->o.store : primary ? store_name(primary) : "", w->a->o.object, "" };
	g_autofree char *name = key_name(from.key);
	struct download d = { .dir = w->a->o.to ? w->a->o.to : ".", .name = name, .size = -1, .overwrite = w->a->o.overwrite };
	int err;

	if (!name)
		return app_fail(w->a, EXIT_USAGE, "the last part of the key \"%s\" is no name for a file", from.key);
	/* what is sealed wants the catalog; anything else does without */
	if (w->masters && app_catalog_there(w->a) && app_catalog(w->a, false))
		return EXIT_FAILED;
	err = from_store(w, &from, &d);
	return err ? fail(w, err, d.why) : EXIT_DONE;
}

static int check_options(struct app *a)
{
	if (!a->o.object == !a->o.args[0])
		return app_fail(a, EXIT_USAGE, "wants the id of a recording, or --key");
	if (a->o.object && (a->o.output || a->o.file || a->o.all))
		return app_fail(a, EXIT_USAGE, "--output, --file and --all say what of a recording, and do not go with --key");
	if (a->o.file && a->o.all)
		return app_fail(a, EXIT_USAGE, "--file and --all exclude each other");
	return EXIT_DONE;
}

static int open_all(struct downloading *w)
{
	char why[512] = "";
	int code = app_settings(w->a);

	if (code)
		return code;
	if (w->a->settings->master_key_file && master_keys_load(&w->masters, w->a->settings->master_key_file, why, sizeof(why)))
		return app_fail(w->a, EXIT_FAILED, "%s", why);
	if (stores_open(&w->stores, w->a->settings, why, sizeof(why)))
		return app_fail(w->a, EXIT_FAILED, "%s", why);
	if (!stores_count(w->stores))
		return app_fail(w->a, EXIT_NOT_FOUND, "the configuration has no storage to download from");
	if (w->a->o.store && !stores_find(w->stores, w->a->o.store))
		return app_fail(w->a, EXIT_NOT_FOUND, "the configuration has no storage \"%s\"", w->a->o.store);
	return EXIT_DONE;
}

int cmd_download(struct app *a)
{
	struct store_patience patience = { .attempts = 6, .total_ms = 60000, .stopping = stopping };
	struct downloading w = { .a = a };
	int code = check_options(a);

	if (!code)
		code = open_all(&w);
	if (!code) {
		interrupt_catch();
		store_patience(&patience);
		code = a->o.object ? by_key(&w) : by_id(&w);
		store_patience(NULL);
	}
	if (!code)
		code = app_done(a, json_pack("{s:i,s:i,s:I}", "files", w.files, "there_already", w.there, "bytes", (json_int_t)w.bytes));
	stores_unref(&w.stores);
	master_keys_unref(&w.masters);
	return code;
}
