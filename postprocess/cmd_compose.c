/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp compose DIR`: one recording's directory to one file, by hand or as the child process of a job. Main thread.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/avinfo.h"
#include "postprocess/cmd.h"
#include "postprocess/compose.h"
#include "postprocess/interrupt.h"
#include "postprocess/model.h"
#include "postprocess/progress.h"
#include "postprocess/text.h"

static int on_progress(const struct compose_progress *now, void *arg)
{
	struct progress *p = arg;

	p->lag_ms = now->lag_ms;
	progress_update(p, now->stage, now->percent, now->eta_ms, clock_mono_us());
	return interrupt_signal();
}

/* How long the recording is, for the speed; one that may still grow has none. Composing itself says what is wrong with a directory. */
static int64_t recording_length(const char *dir, bool follow)
{
	struct model *m = NULL;
	int64_t ms = 0;

	if (!follow && model_load(&m, dir) == 0)
		ms = m->duration_ms;
	model_unref(&m);
	return ms;
}

static json_t *result_json(const struct compose_conf *conf, const struct compose_result *r)
{
	json_t *files = json_array();

	for (int i = 0; i < r->nfiles; i++)
		json_array_append_new(files, json_pack("{s:s,s:s,s:s,s:s,s:I}", "kind", r->files[i].kind, "name", r->files[i].name, "mime", r->files[i].mime,
						       "sha256", r->files[i].sha256, "size", (json_int_t)r->files[i].size));
	return json_pack("{s:s,s:o,s:I,s:I,s:I,s:o}", "dir", conf->dir, "files", files, "size", (json_int_t)r->size, "duration_ms",
			 (json_int_t)r->duration_ms, "wall_ms", (json_int_t)r->wall_ms, "spec", output_spec_json(&conf->spec));
}

static void print_result(const struct compose_conf *conf, const struct compose_result *r)
{
	char d[TEXT_SIZE], b[TEXT_SIZE], w[TEXT_SIZE];

	for (int i = 0; i < r->nfiles; i++)
		if (!strcmp(r->files[i].kind, "media"))
			printf("%s/%s  %s  %s  made in %s\n", conf->dir, r->files[i].name, text_duration(d, r->duration_ms), text_bytes(b, r->size),
			       text_duration(w, r->wall_ms));
}

static int report_failure(struct app *a, int err, const struct compose_result *r)
{
	if (err == -ECANCELED)
		return app_fail(a, interrupt_signal() == SIGTERM ? EXIT_TERM : EXIT_INT, "interrupted; nothing was written");
	if (err == -EEXIST)
		return app_fail(a, EXIT_FAILED, "%s has an output already; --overwrite replaces it", a->o.args[0]);
	return app_fail(a, app_exit_code(err), "%s", r->why[0] ? r->why : err_str(err));
}

int cmd_compose(struct app *a)
{
	struct compose_result r = { 0 };
	struct compose_conf conf = { .dir = a->o.args[0], .threads = a->o.threads, .overwrite = a->o.overwrite, .follow = a->o.follow,
				     .progress = on_progress };
	struct progress p;
	struct stat st;
	char why[256];
	int code = app_settings(a), err;

	if (code)
		return code;
	if (stat(conf.dir, &st) || !S_ISDIR(st.st_mode))
		return app_fail(a, EXIT_NOT_FOUND, "there is no directory %s", conf.dir);
	interrupt_catch();
	avinfo_log();
	output_spec_default(&conf.spec, a->settings);
	if (options_spec(&a->o, &conf.spec, why, sizeof(why)))
		return app_fail(a, EXIT_USAGE, "%s", why);
	progress_init(&p, &a->o, stderr, recording_length(conf.dir, conf.follow), clock_mono_us());
	conf.arg = &p;
	err = compose(&conf, &r);
	progress_end(&p);
	if (err)
		return report_failure(a, err, &r);
	if (!a->o.json)
		print_result(&conf, &r);
	return app_done(a, result_json(&conf, &r));
}
