/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp storage forget NAME`: a store that is gone for good, and is configured no more. Main thread.
 *
 *	still configured? ─▶ no ─▶ what is known of it, and what is lost with it ─▶ asked ─▶ out of the catalog
 */
#include <glib.h>
#include <stdio.h>
#include <unistd.h>
#include "common/catalog_store.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/cmd_storage.h"

static bool is_configured(const struct settings *set, const char *name)
{
	for (size_t i = 0; i < set->nstorages; i++)
		if (!g_strcmp0(set->storages[i].name, name))
			return true;
	return false;
}

static void say(FILE *to, const char *name, const struct catalog_forgotten *f)
{
	fprintf(to, "store %s: %lld copies of files, originals of %lld recordings; of %lld recordings nothing is anywhere else.\n", name, (long long)f->copies,
		(long long)f->originals, (long long)f->lost);
}

static bool agreed(const char *name, const struct catalog_forgotten *f)
{
	char answer[16] = "";

	say(stderr, name, f);
	fprintf(stderr, "The catalog will not know of them any more: what is still in that store is then deleted by nobody, and nothing is read from there.\nGo on? [y/N] ");
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int forget(struct app *a, const char *name)
{
	struct catalog_forgotten f;
	int err = catalog_store_forget(a->catalog, name, true, &f);

	if (!err && !f.copies && !f.originals)
		return app_fail(a, EXIT_NOT_FOUND, "the catalog knows of nothing in a store %s", name);
	if (!err && !a->o.yes && !a->o.dry_run) {
		if (!isatty(STDIN_FILENO))
			return app_fail(a, EXIT_USAGE, "this cannot be undone: say --yes");
		if (!agreed(name, &f))
			return app_fail(a, EXIT_FAILED, "nothing was done");
	}
	if (!err && !a->o.dry_run)
		err = catalog_store_forget(a->catalog, name, false, &f);
	if (err)
		return app_fail(a, app_exit_code(err), "the catalog cannot be changed: %s", err_str(err));
	if (!a->o.json && !a->o.quiet)
		say(stdout, name, &f);
	return app_done(a, json_pack("{s:s,s:I,s:I,s:I,s:b}", "store", name, "copies", (json_int_t)f.copies, "originals", (json_int_t)f.originals, "lost", (json_int_t)f.lost,
				     "forgotten", !a->o.dry_run));
}

int storage_forget(struct app *a, struct stores *stores)
{
	const char *name = a->o.args[1];
	int code;

	(void)stores;
	if (!name)
		return app_fail(a, EXIT_USAGE, "which store?");
	if (is_configured(a->settings, name))
		return app_fail(a, EXIT_USAGE, "store %s is in the configuration: take it out there, and SIGHUP all recroom-pp serve, first", name);
	code = app_catalog(a, false);
	return code ? code : forget(a, name);
}
