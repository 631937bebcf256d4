/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp share`: links to a recording given away, listed, taken back. Main thread.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/catalog_share.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/cmd.h"
#include "postprocess/text.h"

static int find_recording(struct app *a, json_t **row)
{
	const char *id = a->o.args[0], *status;
	int err = recording_id_valid(id) ? catalog_recording_get(a->catalog, id, row) : -ENOENT;

	if (err && err != -ENOENT)
		return app_fail(a, app_exit_code(err), "cannot read the catalog: %s", err_str(err));
	status = err ? NULL : json_str(*row, "status");
	if (status && strcmp(status, "deleting") && strcmp(status, "deleted"))
		return EXIT_DONE;
	return app_fail(a, EXIT_NOT_FOUND, "there is no recording %s", id);
}

/* ---- give away ---- */

static int read_share(struct app *a, json_t *row, struct catalog_share *s)
{
	bool never = a->o.expires && !strcmp(a->o.expires, "never");
	int64_t ttl_s = !a->o.expires ? -1 : never ? 0 : text_seconds(a->o.expires, SHARE_TTL_MAX_S);

	if (a->o.expires && !never && !ttl_s)
		return app_fail(a, EXIT_USAGE, "--expires wants a time like 90s, 30m, 2h or 7d, ten years at most, or \"never\"");
	if (!share_file(row, a->o.number, a->o.file))
		return app_fail(a, EXIT_NOT_FOUND, "the recording has no such finished file");
	s->output = a->o.number;
	s->name = a->o.file;
	s->expires_ms = share_expiry(clock_wall_ms(), ttl_s);
	return EXIT_DONE;
}

static int give(struct app *a, json_t *row)
{
	g_autofree char *by = g_strdup_printf("command:%s", g_get_user_name()), *url = NULL;
	char secret[SHARE_SECRET], id[SHARE_ID], t[TEXT_SIZE];
	struct catalog_share s = { .id = id, .recording = a->o.args[0], .created_by = by };
	int code = read_share(a, row, &s), got;

	if (code)
		return code;
	share_secret_make(secret);
	share_id_of(id, secret);
	got = catalog_share_add(a->catalog, &s);
	if (got < 0)
		return app_fail(a, app_exit_code(got), "cannot share %s: %s", s.recording, err_str(got));
	app_note(a, ACCESS_SHARED, s.recording, s.name);
	url = share_link(a->settings->public_url, secret);
	if (!a->o.json)
		printf("%s\n", url);
	if (!a->o.json && !a->o.quiet)
		fprintf(stderr, "Link %.12s, %s%s.%s\n", id, s.expires_ms ? "until " : "until it is taken back", s.expires_ms ? text_time(t, s.expires_ms) : "",
			a->settings->public_url ? "" : " It begins with this server's address, which serve.public_url does not say.");
	return app_done(a, json_pack("{s:s,s:s,s:o}", "shareId", id, "url", url, "expiresAt", s.expires_ms ? json_integer(s.expires_ms) : json_null()));
}

/* ---- list, take back ---- */

static void print_share(json_t *row)
{
	const char *state = json_is_integer(json_object_get(row, "revoked_ms")) ? "taken back" : json_num(row, "gone", 0) ? "expired" : "open", *name = json_str(row, "name");
	char made[TEXT_SIZE], ends[TEXT_SIZE];
	int64_t expires_ms = json_num(row, "expires_ms", 0);

	printf("%.12s  %-10s  %s  until %s  %3lld uses  %s  %s\n", json_str(row, "id"), state, text_time(made, json_num(row, "created_ms", 0)),
	       expires_ms ? text_time(ends, expires_ms) : "taken back", (long long)json_num(row, "uses", 0), name ? name : "media",
	       json_str(row, "created_by") ? json_str(row, "created_by") : "-");
}

static int list(struct app *a, json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (a->o.json)
			app_json("share", json_incref(row));
		else
			print_share(row);
	}
	if (!json_array_size(rows) && !a->o.json && !a->o.quiet)
		fprintf(stderr, "There are no links to this recording.\n");
	return app_done(a, json_pack("{s:I}", "shares", (json_int_t)json_array_size(rows)));
}

/* The one link whose id begins so, or NULL. */
static const char *find_share(json_t *rows, const char *begin)
{
	const char *found = NULL;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (!*begin || !g_str_has_prefix(json_str(row, "id"), begin))
			continue;
		if (found)
			return NULL;
		found = json_str(row, "id");
	}
	return found;
}

static int take_back(struct app *a, json_t *rows)
{
	const char *id = find_share(rows, a->o.revoke);
	int err = id ? catalog_share_revoke(a->catalog, a->o.args[0], id) : -ENOENT;

	if (!id)
		return app_fail(a, EXIT_NOT_FOUND, "no link of this recording, or more than one, is named %s", a->o.revoke);
	if (err)
		return app_fail(a, app_exit_code(err), "cannot take the link back: %s", err_str(err));
	if (!a->o.json && !a->o.quiet)
		fprintf(stderr, "Taken back.\n");
	return app_done(a, json_pack("{s:s}", "shareId", id));
}

static int with_links(struct app *a)
{
	json_t *rows = NULL;
	int err = catalog_shares(a->catalog, a->o.args[0], &rows);
	int code = err ? app_fail(a, app_exit_code(err), "cannot read the catalog: %s", err_str(err)) : a->o.revoke ? take_back(a, rows) : list(a, rows);

	json_decref(rows);
	return code;
}

int cmd_share(struct app *a)
{
	json_t *row = NULL;
	int code = app_catalog(a, false);

	if (!code)
		code = find_recording(a, &row);
	if (!code)
		code = a->o.revoke || a->o.list_shares ? with_links(a) : give(a, row);
	json_decref(row);
	return code;
}
