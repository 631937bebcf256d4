/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp storage setup [STORE]`: is each store what it should be? Tries what will be asked of it, and writes rules for what it can do by itself. Main thread.
 *
 *   store ─▶ storage_probe ─▶ a line for each permission          settings ─▶ lifecycle rules ─▶ store
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/log.h"
#include "postprocess/cmd_storage.h"
#include "postprocess/storage_probe.h"

enum { ABORT_DAYS = 7, EXPIRE_MARGIN_DAYS = 30 };

struct setup {
	struct app *a;
	struct store *s;
	int failed;
	bool reached;                  /* the present one */
};

static void say_result(const struct probe_result *r, void *arg)
{
	struct setup *u = arg;

	u->reached = u->reached && (r->ok || strcmp(r->what, "reach it"));
	if (u->a->o.json) {
		app_json("check", json_pack("{s:s, s:s, s:b, s:s, s:s*}", "store", store_name(u->s), "check", r->what, "ok", r->ok, "permission", r->permission,
					    "reason", r->ok ? NULL : r->why));
		return;
	}
	if (r->ok && u->a->o.quiet)
		return;
	printf("%s: %-8s %s", store_name(u->s), r->ok ? "ok" : "MISSING", r->what);
	if (!r->ok)
		printf("\n    permission: %s\n    %s", *r->permission ? r->permission : "none", r->why);
	printf("\n");
}

/* The same for all rooms, or there is no rule for it: -1. */
static int chunk_days(const struct settings *set)
{
	struct settings_room usual;
	int days;

	settings_room_defaults(&usual);
	days = set->nrooms ? set->rooms[0].keep_chunks_days : usual.keep_chunks_days;
	for (size_t i = 0; i < set->nrooms; i++)
		if (set->rooms[i].keep_chunks_days != days)
			return -1;
	return days;
}

static void say_rules(struct setup *u, const char *result, const char *rules, const char *why)
{
	if (u->a->o.json)
		app_json("rules", json_pack("{s:s, s:s, s:s*, s:s*}", "store", store_name(u->s), "result", result, "rules", rules, "reason", why));
	else if (why)
		printf("%s: rules: %s\n    %s\n", store_name(u->s), result, why);
	else if (!u->a->o.quiet)
		printf("%s: rules: %s\n", store_name(u->s), result);
	if (!u->a->o.json && u->a->o.dry_run && rules)
		printf("%s\n", rules);
}

/* Rules are a safety net: without them all is removed by recroom-pp, as long as it runs. */
static void write_rules(struct setup *u, const char *chunk_prefix, int days)
{
	struct store_lifecycle l = { .abort_days = ABORT_DAYS, .expire_prefix = chunk_prefix, .expire_days = days > 0 ? days + EXPIRE_MARGIN_DAYS : 0 };
	struct store_why why;
	char *text = NULL;
	int err;

	if (!store_can(u->s, STORE_CAN_LIFECYCLE)) {
		say_rules(u, "none", NULL, store_conf(u->s)->kind == STORAGE_AZURE
			  ? "Azure takes them elsewhere (portal, az storage account management-policy); blocks of unfinished uploads go after a week by themselves" : "a directory has none");
		return;
	}
	err = store_lifecycle(u->s, &l, u->a->o.dry_run, &text, &why);
	if (err)
		say_rules(u, "not written", NULL, why.text);
	else
		say_rules(u, u->a->o.dry_run ? "would be these" : l.expire_days ? "unfinished uploads end after 7 days, originals are deleted" : "unfinished uploads end after 7 days",
			  text, NULL);
	g_free(text);
}

static int check_expiry(struct app *a, int *days)
{
	*days = 0;
	if (!a->o.expire_originals)
		return EXIT_DONE;
	*days = chunk_days(a->settings);
	if (*days > 0)
		return EXIT_DONE;
	return app_fail(a, EXIT_FAILED, *days ? "--expire-originals: the rooms have different keep_chunks_days, and a rule of the store is one for all"
			: "--expire-originals: keep_chunks_days is 0, originals are kept for ever");
}

int storage_setup(struct app *a, struct stores *stores)
{
	struct setup u = { .a = a };
	const char *wanted = a->o.args[1];
	int days, code = check_expiry(a, &days);

	if (!code && wanted && !stores_find(stores, wanted))
		code = app_fail(a, EXIT_NOT_FOUND, "the configuration has no store %s", wanted);
	for (size_t i = 0; !code && i < stores_count(stores); i++) {
		char *prefix;

		u.s = stores_at(stores, i);
		if (wanted && strcmp(wanted, store_name(u.s)))
			continue;
		prefix = g_strconcat(store_conf(u.s)->chunk_prefix, "/", NULL);
		u.reached = true;
		u.failed += storage_probe(u.s, say_result, &u);
		if (u.reached)
			write_rules(&u, prefix, days);
		g_free(prefix);
	}
	if (!code && u.failed)
		code = app_fail_with(a, EXIT_FAILED, json_pack("{s:i}", "missing", u.failed), "%d of what is needed %s missing: see above", u.failed, u.failed == 1 ? "is" : "are");
	return code ? code : app_done(a, json_pack("{s:i}", "missing", 0));
}
