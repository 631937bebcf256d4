/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp recompose DIR` and `cancel ID`: another output, and none after all. Main thread.
 *
 *	a number ─▶ the catalog's next, with a job leased to us │ without a catalog: a file that must not exist ─▶ compose ─▶ outputs/N-…
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/ids.h"
#include "common/log.h"
#include "postprocess/avinfo.h"
#include "postprocess/composing.h"
#include "postprocess/fetching.h"
#include "postprocess/interrupt.h"
#include "postprocess/model.h"
#include "postprocess/originals.h"

enum { NUMBER_MAX = 1000000 };
#define RESERVED ".number-"

/* ---- what is asked for ---- */

/* The first of the ids that nobody of the recording has, or NULL; g_free() */
static char *stranger(const struct model *m, const char *list)
{
	char **ids = g_strsplit(list, ",", -1), *found = NULL;

	for (char **id = ids; *id && !found; id++) {
		bool known = !**id;

		for (size_t i = 0; i < m->nparticipants; i++)
			known = known || !strcmp(m->participants[i]->id, *id);
		if (!known)
			found = g_strdup(*id);
	}
	g_strfreev(ids);
	return found;
}

/* A misspelt --without would show the very person. */
static int check_people(struct app *a, const struct output_spec *spec)
{
	const char *const lists[] = { spec->only, spec->without, spec->focus };
	struct model *m = NULL;
	char *who = NULL;
	int code = EXIT_DONE;

	if (model_load(&m, a->o.args[0]))
		return EXIT_DONE;      /* composing says what is wrong */
	for (size_t i = 0; i < G_N_ELEMENTS(lists) && !who; i++)
		who = stranger(m, lists[i]);
	if (who)
		code = app_fail(a, EXIT_USAGE, "nobody in the recording is %s", who);
	g_free(who);
	model_unref(&m);
	return code;
}

/* True: the chunks that are no longer kept here were in a store. */
static bool fetch_originals(struct app *a, const char *dir)
{
	char id[ID_SIZE];
	struct fetching f;
	int err = a->settings->nstorages && composing_known(a, dir, id) ? fetching_run(a, id, NULL, &f) : -ENOENT;

	if (err && err != -ENOENT)
		log_warn("recording %s: its originals are in a store, and cannot be fetched: %s", id, f.why.text[0] ? f.why.text : err_str(err));
	return !err;
}

static int read_order(struct app *a, struct composing *c)
{
	struct stat st;
	char why[256];

	if (stat(c->conf.dir, &st) || !S_ISDIR(st.st_mode))
		return app_fail(a, EXIT_NOT_FOUND, "there is no directory %s", c->conf.dir);
	output_spec_default(&c->conf.spec, a->settings);
	if (options_spec(&a->o, &c->conf.spec, why, sizeof(why)))
		return app_fail(a, EXIT_USAGE, "%s", why);
	if (a->o.number == 1)
		return app_fail(a, EXIT_USAGE, "output 1 is made by compose");
	if (originals_there(c->conf.dir) == 0 && !fetch_originals(a, c->conf.dir))
		return composing_originals_gone(a, c->conf.dir);
	return check_people(a, &c->conf.spec);
}

/* ---- a number ---- */

/* The number in "12-grid-1280x720.webm" or ".number-12", 0 if it is none */
static int number_of(const char *name)
{
	const char *digits = g_str_has_prefix(name, RESERVED) ? name + strlen(RESERVED) : name;
	size_t n = strspn(digits, "0123456789");

	return n && n < 8 && (digits[n] == '-' || !digits[n]) ? atoi(digits) : 0;
}

static int next_on_disk(const char *outputs)
{
	DIR *d = opendir(outputs);
	struct dirent *e;
	int last = 1;

	while (d && (e = readdir(d)))
		last = MAX(last, number_of(e->d_name));
	if (d)
		closedir(d);
	return MIN(last, NUMBER_MAX) + 1;
}

/* Keeps a number for us among those who do the same; *mark, to be removed and freed, says so. */
static int reserve(const char *outputs, char **mark)
{
	int fd = -1;

	if (mkdir(outputs, 02770) && errno != EEXIST)
		return -errno;
	for (int n = next_on_disk(outputs); fd < 0 && n <= NUMBER_MAX; n++) {
		g_free(*mark);
		*mark = g_strdup_printf("%s/" RESERVED "%d", outputs, n);
		fd = open(*mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
		if (fd < 0 && errno != EEXIST)
			return -errno;
		if (fd >= 0) {
			close(fd);
			return n;
		}
	}
	return -EEXIST;
}

static void note_output(struct app *a, enum access_action action, const char *id, int n)
{
	char item[16];

	g_snprintf(item, sizeof(item), "%d", n);
	app_note(a, action, id, item);
}

static int order(struct app *a, struct composing *c, const char *id, int at_least)
{
	json_t *json = output_spec_json(&c->conf.spec);
	char *spec = json_dumps(json, JSON_COMPACT);
	struct catalog_new_output o = { .recording = id, .spec = spec, .at_least = at_least, .worker = composing_worker(c) };
	int err = o.worker ? catalog_output_add(a->catalog, &o, &c->job) : -EIO;

	free(spec);
	json_decref(json);
	if (!err)
		note_output(a, ACCESS_RECOMPOSED, id, c->job.output);
	return err;
}

/* The output's number, by the catalog or by the directory; or the exit code, negative. */
static int find_number(struct app *a, struct composing *c, char **mark)
{
	g_autofree char *outputs = g_build_filename(c->conf.dir, "outputs", NULL);
	char id[ID_SIZE];
	int n, err;

	if (a->o.number)
		return a->o.number;
	n = reserve(outputs, mark);
	if (n < 0)
		return -app_fail(a, app_exit_code(n), "no output can be begun in %s: %s", outputs, err_str(n));
	if (!composing_known(a, c->conf.dir, id))
		return n;
	err = order(a, c, id, n);
	if (err == -EPROTO)
		return -app_fail(a, EXIT_LATER, "%s is being recorded, or somebody is being taken out of it; try again later", id);
	if (err == -EDQUOT)
		return -app_fail(a, EXIT_LATER, "too many outputs of %s wait to be made; try again later", id);
	if (err)
		return -app_fail(a, app_exit_code(err), "the catalog does not take the order: %s", err_str(err));
	return c->job.output;
}

/* ---- the commands ---- */

static int run(struct app *a, struct composing *c, char **mark)
{
	g_autofree char *output = NULL;
	int n = find_number(a, c, mark), err;

	if (n < 0)
		return -n;
	c->conf.output = output = composing_output(&c->conf.spec, n);
	err = composing_run(c);
	if (err)
		return composing_failed(c, err);
	if (!a->o.json)
		composing_print(c);
	return app_done(a, json_pack("{s:i,s:o*}", "output", n, "result", composing_json(c)));
}

int cmd_recompose(struct app *a)
{
	struct composing c = { .app = a, .conf = { .dir = a->o.args[0], .threads = a->o.threads, .overwrite = a->o.overwrite } };
	char *mark = NULL;
	int code = app_settings(a);

	if (!code)
		code = read_order(a, &c);
	if (code)
		return code;
	interrupt_catch();
	avinfo_log();
	code = run(a, &c, &mark);
	composing_end(&c);
	if (mark)
		unlink(mark);
	g_free(mark);
	return code;
}

int cmd_cancel(struct app *a)
{
	const char *id = a->o.args[0];
	int n = a->o.number ? a->o.number : 1, code, err;

	if (!recording_id_valid(id))
		return app_fail(a, EXIT_USAGE, "\"%s\" is no recording id", id);
	code = app_catalog(a, false);
	if (code)
		return code;
	err = catalog_output_cancel(a->catalog, id, n);
	if (err == -ENOENT)
		return app_fail(a, EXIT_NOT_FOUND, "there is no output %d of a recording %s", n, id);
	if (err == -EPROTO)
		return app_fail(a, EXIT_FAILED, "output %d of %s is not being made, or the recording is not over", n, id);
	if (err)
		return app_fail(a, app_exit_code(err), "cannot cancel output %d of %s: %s", n, id, err_str(err));
	note_output(a, ACCESS_CANCELLED, id, n);
	if (!a->o.json && !a->o.quiet)
		fprintf(stderr, "Cancelled.\n");
	return app_done(a, json_pack("{s:s,s:i,s:s}", "id", id, "output", n, "state", "cancelled"));
}
