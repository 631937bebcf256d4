/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp catalog move|backup|restore|check`: the catalog as a whole. Main thread.
 *
 *   backup: catalog ─▶ FILE (lines of common/catalog_copy.h)      restore: FILE ─▶ an empty catalog      move: catalog ─▶ another, empty one
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/catalog_copy.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/cmd.h"

static int say_rows(struct app *a, const char *done, const char *where, int64_t rows)
{
	if (!a->o.json)
		printf("%s: %lld rows, %s\n", done, (long long)rows, where);
	return app_done(a, json_pack("{s:I, s:s}", "rows", (json_int_t)rows, "to", where));
}

/* ---- backup ---- */

static int write_line(json_t *line, void *f)
{
	return json_dumpf(line, f, JSON_COMPACT) || fputc('\n', f) == EOF ? -EIO : 0;
}

/* Names and addresses of people are in it: for its owner alone. */
static int write_backup(struct catalog *c, const char *temporary, int64_t *rows)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600), err;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f)
		return -errno;
	err = catalog_dump(c, false, write_line, f, rows);
	if (!err && (fflush(f) || fsync(fd)))
		err = -errno;
	if (fclose(f) && !err)
		err = -errno;
	return err;
}

static int backup(struct app *a, const char *file)
{
	char *temporary;
	int64_t rows = 0;
	int code = app_catalog(a, false), err;

	if (code)
		return code;
	if (!access(file, F_OK))
		return app_fail(a, EXIT_FAILED, "%s is there already", file);
	temporary = g_strconcat(file, ".tmp", NULL);
	err = write_backup(a->catalog, temporary, &rows);
	if (!err && rename(temporary, file))
		err = -errno;
	if (err)
		unlink(temporary);
	g_free(temporary);
	return err ? app_fail(a, app_exit_code(err), "%s was not written: %s", file, err_str(err)) : say_rows(a, "saved", file, rows);
}

/* ---- restore ---- */

static int read_lines(FILE *f, struct catalog_load *l, int64_t *lines)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t n = 0;
	int err = 0;

	while (!err && (n = getline(&text, &size, f)) >= 0) {
		json_t *line = json_loadb(text, (size_t)n, 0, NULL);

		++*lines;
		err = line ? catalog_load_line(l, line) : -EBADMSG;
		json_decref(line);
	}
	if (!err && ferror(f))
		err = -EIO;
	free(text);
	return err;
}

/* The sentence for what a load refuses */
static int refused(struct app *a, const char *url, int err)
{
	char *name = catalog_url_show(url);
	int code;

	if (err == -ENOTEMPTY)
		code = app_fail(a, EXIT_FAILED, "the catalog %s is not empty", name);
	else
		code = app_fail(a, app_exit_code(err), "the catalog %s was left as it was: %s", name, err_str(err));
	g_free(name);
	return code;
}

static int restore(struct app *a, const char *file)
{
	struct catalog_load *l = NULL;
	int64_t lines = 0;
	int code = app_settings(a), err;
	FILE *f;

	if (code)
		return code;
	f = fopen(file, "re");
	if (!f)
		return app_fail(a, app_exit_code(-errno), "%s: %s", file, err_str(-errno));
	err = catalog_load_begin(&l, a->settings->catalog);
	if (!err)
		err = catalog_load_end(&l, read_lines(f, l, &lines));
	fclose(f);
	if (err == -EBADMSG)
		return app_fail(a, EXIT_DAMAGE, "%s: line %lld: not a whole backup of a catalog; nothing was put in", file, (long long)lines);
	if (err)
		return refused(a, a->settings->catalog, err);
	if (!a->o.json)
		printf("restored: %lld lines of %s\n", (long long)lines, file);
	return app_done(a, json_pack("{s:I}", "lines", (json_int_t)lines));
}

/* ---- move ---- */

static int load_line(json_t *line, void *l)
{
	return catalog_load_line(l, line);
}

/* What somebody wrote after the copy would be lost. */
static int nobody_alive(struct app *a)
{
	json_t *names = NULL;
	int code = EXIT_DONE, err = a->o.force ? 0 : catalog_alive(a->catalog, &names);

	if (err)
		code = app_fail(a, app_exit_code(err), "cannot see who uses the catalog: %s", err_str(err));
	else if (json_array_size(names))
		code = app_fail(a, EXIT_LATER, "%s and %d more gave a sign of life within the last minute: stop Janus and recroom-pp on all hosts first, or --force",
				json_str(json_array_get(names, 0), "id"), (int)json_array_size(names) - 1);
	json_decref(names);
	return code;
}

static int move_all(struct app *a, int64_t *rows)
{
	struct catalog_load *l = NULL;
	int err = catalog_load_begin(&l, a->o.to);

	return err ? err : catalog_load_end(&l, catalog_dump(a->catalog, true, load_line, l, rows));
}

static int move(struct app *a)
{
	int64_t rows = 0;
	int code, err;
	char *name;

	if (!a->o.to)
		return app_fail(a, EXIT_USAGE, "--to is missing");
	code = app_catalog(a, false);
	if (!code && !strcmp(a->settings->catalog, a->o.to))
		code = app_fail(a, EXIT_USAGE, "--to is where the catalog is already");
	if (!code)
		code = nobody_alive(a);
	if (code)
		return code;
	err = move_all(a, &rows);
	if (err)
		return refused(a, a->o.to, err);
	name = catalog_url_show(a->o.to);
	if (!a->o.quiet)
		fprintf(stderr, "Now set general.catalog in the configuration of every host; the old catalog stays as it is.\n");
	code = say_rows(a, "moved", name, rows);
	g_free(name);
	return code;
}

/* ---- check ---- */

static int check(struct app *a)
{
	json_t *problems = NULL, *p;
	int64_t schema = 0;
	size_t i;
	int code = app_catalog(a, false), err;

	if (code)
		return code;
	err = catalog_check(a->catalog, &problems, &schema);
	if (err)
		return app_fail(a, app_exit_code(err), "the catalog cannot be checked: %s", err_str(err));
	json_array_foreach(problems, i, p)
		if (!a->o.json)
			printf("%s: %s (%lld)\n", json_str(p, "of"), json_str(p, "what"), (long long)json_num(p, "count", 0));
	if (json_array_size(problems))
		return app_fail_with(a, EXIT_DAMAGE, json_pack("{s:I, s:o}", "schema", (json_int_t)schema, "problems", problems), "the catalog breaks %d of its rules",
				     (int)json_array_size(problems));
	if (!a->o.json)
		printf("sound, schema version %lld\n", (long long)schema);
	return app_done(a, json_pack("{s:I, s:o}", "schema", (json_int_t)schema, "problems", problems));
}

int cmd_catalog(struct app *a)
{
	static const struct { const char *name; bool wants_file; int (*with)(struct app *a, const char *file); int (*without)(struct app *a); } actions[] = {
		{ "move", false, NULL, move }, { "backup", true, backup, NULL }, { "restore", true, restore, NULL }, { "check", false, NULL, check },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
		if (strcmp(actions[i].name, a->o.args[0]))
			continue;
		if ((a->o.args[1] != NULL) != actions[i].wants_file)
			return app_fail(a, EXIT_USAGE, "catalog %s wants %s", actions[i].name, actions[i].wants_file ? "a FILE" : "no FILE");
		return actions[i].wants_file ? actions[i].with(a, a->o.args[1]) : actions[i].without(a);
	}
	return app_fail(a, EXIT_USAGE, "catalog knows move, backup, restore and check");
}
