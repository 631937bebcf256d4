/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What readiness depends on. Called by probe_ready() on HTTP threads.
 *
 * Whoever asks is most often a balancer that sends requests elsewhere when the answer is 503. So only that counts which another process of ours might have
 * and this one has not: catalog, directory, runner. What all of them lack, or lacks no more when another one is asked, is a warning that a person may read.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include "common/catalog_stats.h"
#include "common/catalog_webhook.h"
#include "common/json.h"
#include "common/sync.h"
#include "postprocess/janus_admin.h"
#include "postprocess/ready.h"

enum { KEEP_US = 5000000, PLUGIN_MS = 2000, OVERDUE_MS = 30 * 60 * 1000, SAYS_SIZE = 160 };
enum state { GOOD, WARNING, FAILED };

/* ---- the plugin, asked by one at a time ---- */

static struct {
	struct lock lock;              /* what follows */
	const struct janus_admin *of;  /* whom it was asked of */
	int64_t at_us;                 /* 0: never */
	bool asking, up, draining;
	int recordings;
} plugin = { .lock = LOCK_INIT };

/* True: we ask; everybody else takes what is known. */
static bool take_turn(const struct janus_admin *janus)
{
	bool ours;

	lock_take(&plugin.lock);
	ours = !plugin.asking && (plugin.of != janus || !plugin.at_us || clock_mono_us() - plugin.at_us > KEEP_US);
	plugin.asking |= ours;
	lock_release(&plugin.lock);
	return ours;
}

static void ask_plugin(struct janus_admin *janus)
{
	json_t *question = json_pack("{ss}", "request", "drain"), *answer = NULL;
	bool up = !janus_admin_ask(janus, question, &answer, PLUGIN_MS) && json_object_get(answer, "draining");

	lock_take(&plugin.lock);
	plugin.of = janus;
	plugin.at_us = clock_mono_us();
	plugin.asking = false;
	plugin.up = up;
	plugin.draining = up && json_flag(answer, "draining", false);
	plugin.recordings = up ? (int)json_num(answer, "recordings", 0) : 0;
	lock_release(&plugin.lock);
	json_decref(question);
	json_decref(answer);
}

/* ---- checks ---- */

typedef enum state (check_h)(const struct service *svc, char says[SAYS_SIZE]);

static enum state check_catalog(const struct service *svc, char says[SAYS_SIZE])
{
	int64_t version;

	(void)says;
	return catalog_version(svc->catalog, &version) ? FAILED : GOOD;
}

static enum state check_recordings(const struct service *svc, char says[SAYS_SIZE])
{
	(void)says;
	return access(svc->settings->recordings, R_OK | W_OK | X_OK) ? FAILED : GOOD;
}

static enum state check_jobs(const struct service *svc, char says[SAYS_SIZE])
{
	(void)says;
	return !svc->jobs_alive || svc->jobs_alive(svc->jobs_arg) ? GOOD : FAILED;
}

static enum state check_workers(const struct service *svc, char says[SAYS_SIZE])
{
	json_t *stats = NULL;
	int64_t n = catalog_stats(svc->catalog, &stats) ? -1 : json_num(stats, "workers", 0);

	json_decref(stats);
	if (n > 0)
		snprintf(says, SAYS_SIZE, "%lld alive", (long long)n);
	else
		g_strlcpy(says, n < 0 ? "not known" : "none alive anywhere; recordings are kept and wait", SAYS_SIZE);
	return n > 0 ? GOOD : WARNING;
}

static enum state check_webhooks(const struct service *svc, char says[SAYS_SIZE])
{
	int n = catalog_webhook_overdue(svc->catalog, OVERDUE_MS);

	if (n < 0)
		g_strlcpy(says, "not known", SAYS_SIZE);
	else if (n)
		snprintf(says, SAYS_SIZE, "%d endpoint%s with an event of more than 30 minutes ago", n, n == 1 ? "" : "s");
	return n ? WARNING : GOOD;
}

static enum state check_plugin(const struct service *svc, char says[SAYS_SIZE])
{
	bool known, up;

	if (take_turn(svc->janus))
		ask_plugin(svc->janus);
	lock_take(&plugin.lock);
	known = plugin.of == svc->janus;
	up = known && plugin.up;
	lock_release(&plugin.lock);
	if (!up)
		g_strlcpy(says, known ? "does not answer" : "not known yet", SAYS_SIZE);
	return up ? GOOD : WARNING;
}

/* After check_plugin(), with what that learnt. */
static enum state check_draining(const struct service *svc, char says[SAYS_SIZE])
{
	bool draining;

	lock_take(&plugin.lock);
	draining = plugin.of == svc->janus && plugin.draining;
	snprintf(says, SAYS_SIZE, draining ? "no new recordings, %d running" : "no", plugin.recordings);
	lock_release(&plugin.lock);
	return draining ? WARNING : GOOD;
}

static const struct check {
	const char *name;
	check_h *look;
	bool others;                   /* not ours to mend: looked at when all is asked for */
	bool janus;                    /* makes sense with a Janus */
} checks[] = {
	{ "catalog", check_catalog, false, false }, { "recordings", check_recordings, false, false }, { "jobs", check_jobs, false, false },
	{ "workers", check_workers, true, false }, { "webhooks", check_webhooks, true, false }, { "plugin", check_plugin, true, true },
	{ "draining", check_draining, true, true },
};

bool ready_look(const struct service *svc, bool all, GString *out)
{
	static const struct { char mark; const char *word; } states[] = { [GOOD] = { '+', "ok" }, [WARNING] = { '!', "warning" }, [FAILED] = { '-', "failed" } };
	bool ready = true;

	for (size_t i = 0; i < G_N_ELEMENTS(checks); i++) {
		char says[SAYS_SIZE] = "";
		enum state s;

		if ((checks[i].others && !all) || (checks[i].janus && !svc->janus))
			continue;
		s = checks[i].look(svc, says);
		ready = ready && s != FAILED;
		g_string_append_printf(out, "[%c]%s %s\n", states[s].mark, checks[i].name, *says ? says : states[s].word);
	}
	return ready;
}
