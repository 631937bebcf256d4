/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp token` and `recroom-pp completion`: things printed for other programs. Main thread.
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/ids.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/cmd.h"
#include "postprocess/manual.h"

/* "download,delete" into bits; false for an unknown word. */
static bool parse_grants(const char *list, unsigned *out)
{
	char **words = g_strsplit(list, ",", -1);
	bool good = true;

	*out = 0;
	for (char **w = words; *w; w++) {
		unsigned grant = grant_find(*w);

		good = good && grant;
		*out |= grant;
	}
	g_strfreev(words);
	return good;
}

static int fill_token(struct app *a, struct token *t)
{
	const char *name = a->o.name ? a->o.name : "recroom-pp";
	bool good = true;

	if (!a->o.room || !room_id_valid(a->o.room))
		return app_fail(a, EXIT_USAGE, a->o.room ? "--room wants 1 to 64 of A-Z a-z 0-9 . _ -" : "--room is missing");
	if (!identity_valid(name))
		return app_fail(a, EXIT_USAGE, "--name wants 1 to 256 bytes of UTF-8 without control characters");
	t->host = a->o.role == ROLE_HOST;
	t->grants = t->host ? GRANTS_MEDIA | GRANTS_HOST : GRANTS_MEDIA;
	if (a->o.grants)
		good = parse_grants(a->o.grants, &t->grants);
	if (!good)
		return app_fail(a, EXIT_USAGE, "--grants knows record, download, delete, admit, publish, subscribe and only");
	g_strlcpy(t->room, a->o.room, sizeof(t->room));
	g_strlcpy(t->name, name, sizeof(t->name));
	g_strlcpy(t->sub, "recroom-pp", sizeof(t->sub));
	return EXIT_DONE;
}

int cmd_token(struct app *a)
{
	struct token_keys *keys = NULL;
	struct token t = { 0 };
	int64_t now_s = clock_wall_ms() / 1000;
	char *jwt = NULL;
	int code = fill_token(a, &t), err;

	if (!code)
		code = app_keys(a, &keys);
	if (code)
		return code;
	t.exp_s = now_s + (a->o.ttl_s ? a->o.ttl_s : a->settings->token_ttl_s);
	err = token_mint(&jwt, keys, NULL, &t, now_s);
	token_keys_unref(&keys);
	if (err)
		return app_fail(a, EXIT_FAILED, "cannot make a token: %s", err_str(err));
	if (a->o.json)
		app_json("token", json_pack("{s:s,s:s,s:I}", "token", jwt, "room", t.room, "expires_s", (json_int_t)t.exp_s));
	else
		printf("%s\n", jwt);
	free(jwt);
	return app_done(a, NULL);
}

int cmd_completion(struct app *a)
{
	completion_script(stdout, a->o.args[0]);
	return EXIT_DONE;
}
