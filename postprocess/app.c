/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What all commands share: settings, catalog, key, and the form of results and failures. Called by cmd_*.c on the main thread.
 */
#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/log.h"
#include "common/pg_link.h"
#include "postprocess/cmd.h"

void app_json(const char *type, json_t *o)
{
	json_t *line = json_pack("{s:s}", "message_type", type);
	char *text;

	if (o)
		json_object_update(line, o);
	text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6));
	if (text)
		printf("%s\n", text);
	fflush(stdout);
	free(text);
	json_decref(line);
	json_decref(o);
}

__attribute__((format(printf, 4, 0)))
static void fail(struct app *a, int code, json_t *o, const char *fmt, va_list ap)
{
	json_t *summary;
	char why[512];

	vsnprintf(why, sizeof(why), fmt, ap);
	fprintf(stderr, "recroom-pp%s%s: %s\n", a->o.command ? " " : "", a->o.command ? a->o.command->name : "", why);
	if (a->o.json) {
		summary = json_pack("{s:b,s:i,s:s}", "ok", 0, "exit_code", code, "reason", why);
		json_object_update_missing(summary, o);
		app_json("summary", summary);
	}
	json_decref(o);
}

int app_fail(struct app *a, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(a, code, NULL, fmt, ap);
	va_end(ap);
	return code;
}

int app_fail_with(struct app *a, int code, json_t *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(a, code, o, fmt, ap);
	va_end(ap);
	return code;
}

int app_done(struct app *a, json_t *o)
{
	if (a->o.json) {
		json_t *summary = json_pack("{s:b,s:i}", "ok", 1, "exit_code", EXIT_DONE);

		if (o)
			json_object_update(summary, o);
		app_json("summary", summary);
	}
	json_decref(o);
	return EXIT_DONE;
}

int app_exit_code(int err)
{
	static const struct { int err, code; } rows[] = {
		{ ENOENT, EXIT_NOT_FOUND }, { ENODATA, EXIT_NOT_FOUND }, { ENOTDIR, EXIT_NOT_FOUND }, { EBADMSG, EXIT_DAMAGE },
		{ ENOSPC, EXIT_LATER }, { EDQUOT, EXIT_LATER }, { EAGAIN, EXIT_LATER }, { EBUSY, EXIT_LATER }, { EIO, EXIT_LATER }, { ESTALE, EXIT_LATER },
		{ ENOMEM, EXIT_LATER }, { EMFILE, EXIT_LATER }, { ENFILE, EXIT_LATER }, { ETIMEDOUT, EXIT_LATER },
		{ ECONNREFUSED, EXIT_LATER },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].err == -err)
			return rows[i].code;
	return err ? EXIT_FAILED : EXIT_DONE;
}

/* Puts the directory in place, and moves what stood in the old one by default. */
static void override_recordings(struct settings *s, const char *dir)
{
	char *catalog = g_strdup_printf("sqlite:%s/recroom.db", s->recordings);
	char *key = g_strdup_printf("%s/secret.key", s->recordings);
	char *absolute = g_canonicalize_filename(dir, NULL);

	if (!s->catalog || !strcmp(s->catalog, catalog)) {
		g_free(s->catalog);
		s->catalog = g_strdup_printf("sqlite:%s/recroom.db", absolute);
	}
	if (!s->token_secret_file || !strcmp(s->token_secret_file, key)) {
		g_free(s->token_secret_file);
		s->token_secret_file = g_strdup_printf("%s/secret.key", absolute);
	}
	g_free(s->recordings);
	s->recordings = absolute;
	g_free(catalog);
	g_free(key);
}

int app_load(const struct app *a, struct settings **out, char *why, size_t size)
{
	return settings_load(out, a->o.config ? a->o.config : RECROOM_CONFIG, !a->o.config, why, size);
}

int app_settings(struct app *a)
{
	char why[512] = "";
	int err;

	if (a->settings)
		return EXIT_DONE;
	err = app_load(a, &a->settings, why, sizeof(why));
	if (err)
		return app_fail(a, err == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED, "%s", why[0] ? why : err_str(err));
	if (a->o.recordings)
		override_recordings(a->settings, a->o.recordings);
	return EXIT_DONE;
}

static bool catalog_missing(const char *url)
{
	const char *path = g_str_has_prefix(url, "sqlite:") ? url + strlen("sqlite:") : url;

	if (pg_link_takes(url))
		return false;
	return access(path, F_OK) != 0 && errno == ENOENT;
}

bool app_catalog_there(const struct app *a)
{
	return !catalog_missing(a->settings->catalog);
}

int app_catalog(struct app *a, bool create)
{
	int code = app_settings(a), err;
	char *name;

	if (code || a->catalog)
		return code;
	name = catalog_url_show(a->settings->catalog);
	if (!create && catalog_missing(a->settings->catalog)) {
		code = app_fail(a, EXIT_NOT_FOUND, "there is no catalog %s", name);
	} else {
		err = catalog_open(&a->catalog, a->settings->catalog);
		code = err ? app_fail(a, app_exit_code(err), "cannot open the catalog %s: %s", name, err_str(err)) : EXIT_DONE;
	}
	g_free(name);
	return code;
}

int app_keys(struct app *a, struct token_keys **keys)
{
	int code = app_settings(a);
	char why[512] = "";

	if (code)
		return code;
	return token_keys_open(keys, a->settings, true, why, sizeof(why)) ? app_fail(a, EXIT_FAILED, "%s", why) : EXIT_DONE;
}

void app_close(struct app *a)
{
	if (a->catalog)
		catalog_close(&a->catalog);
	if (a->settings)
		settings_unref(&a->settings);
}
