/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp compose DIR`: one recording's directory to one file, by hand or as the child process of a job. Main thread.
 */
#include <glib.h>
#include <sys/stat.h>
#include "postprocess/avinfo.h"
#include "postprocess/composing.h"
#include "postprocess/interrupt.h"
#include "postprocess/model.h"
#include "postprocess/originals.h"

/* One that has just begun has no chunks either. */
static bool is_over(const char *dir)
{
	struct model *m = NULL;
	bool over = model_load(&m, dir) == 0 && m->stopped;

	model_unref(&m);
	return over;
}

int cmd_compose(struct app *a)
{
	struct composing c = { .app = a, .conf = { .dir = a->o.args[0], .threads = a->o.threads, .overwrite = a->o.overwrite, .follow = a->o.follow } };
	g_autofree char *output = NULL;
	struct stat st;
	char why[256];
	int code = app_settings(a), err;

	if (code)
		return code;
	if (stat(c.conf.dir, &st) || !S_ISDIR(st.st_mode))
		return app_fail(a, EXIT_NOT_FOUND, "there is no directory %s", c.conf.dir);
	if (a->o.number > 1 && originals_there(c.conf.dir) == 0 && is_over(c.conf.dir))
		return composing_originals_gone(a, c.conf.dir);
	interrupt_catch();
	avinfo_log();
	output_spec_default(&c.conf.spec, a->settings);
	c.conf.min_free = (struct space_conf){ (int64_t)a->settings->min_free_mb << 20, a->settings->min_free_inodes };
	if (options_spec(&a->o, &c.conf.spec, why, sizeof(why)))
		return app_fail(a, EXIT_USAGE, "%s", why);
	c.conf.output = output = composing_output(&c.conf.spec, a->o.number);
	err = composing_run(&c);
	if (err)
		return composing_failed(&c, err);
	if (!a->o.json)
		composing_print(&c);
	return app_done(a, composing_json(&c));
}
