/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * GET /metrics. Called by service.c on HTTP threads.
 *
 *   catalog_stats() ─┐
 *   /proc/self ──────┼─▶ common/metrics ─▶ text ─┬─▶ kept for a second ─▶ whoever asks
 *   plugin, "metrics" ──── its text ─────────────┘
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "common/catalog_stats.h"
#include "common/fsio.h"
#include "common/json.h"
#include "common/metrics.h"
#include "common/sync.h"
#include "postprocess/gauges.h"
#include "postprocess/janus_admin.h"

enum { KEEP_US = 1000000, PLUGIN_MS = 2000, STATM_MAX = 256 };

static struct {
	struct lock lock;              /* what follows; also who looks things up */
	GString *text;
	int64_t at_us;
} kept = { .lock = LOCK_INIT };

/* Each value of a label from an object {value: n}; those that are not in it are 0. */
static void set_group(enum metric m, json_t *group)
{
	size_t other = metric_label(m, "other");
	const char *name;
	json_t *n;

	for (size_t i = 0; i <= other; i++)
		metric_set(m, i, 0);
	json_object_foreach(group, name, n)
		metric_add(m, metric_label(m, name), json_integer_value(n));
}

static void look_in_catalog(struct catalog *c)
{
	json_t *stats = NULL;
	int64_t oldest_ms;
	bool up = !catalog_stats(c, &stats);

	metric_set(METRIC_CATALOG_UP, 0, up);
	if (!up)
		return;
	oldest_ms = json_num(stats, "webhook_oldest_ms", 0);
	set_group(METRIC_RECORDINGS_STORED, json_object_get(stats, "recordings"));
	set_group(METRIC_JOBS, json_object_get(stats, "jobs"));
	set_group(METRIC_WEBHOOKS, json_object_get(stats, "webhooks"));
	metric_set(METRIC_OUTPUT_BYTES, 0, json_num(stats, "output_bytes", 0));
	metric_set(METRIC_WORKERS, 0, json_num(stats, "workers", 0));
	metric_set(METRIC_COMPOSE_LAG, 0, 1000 * json_num(stats, "compose_lag_ms", 0));
	metric_set(METRIC_WEBHOOK_OVERDUE, 0, oldest_ms ? 1000 * MAX(json_num(stats, "now_ms", 0) - oldest_ms, 0) : 0);
	json_decref(stats);
}

static int64_t open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int64_t n = -3;                /* ".", "..", and the one that reads it */

	if (!dir)
		return 0;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void look_at_process(void)
{
	struct rusage u;
	char *text = NULL;
	long long pages = 0;
	size_t len;

	if (!getrusage(RUSAGE_SELF, &u))
		metric_set(METRIC_CPU, 0, (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) + u.ru_utime.tv_usec + u.ru_stime.tv_usec);
	if (!fs_read("/proc/self/statm", STATM_MAX, &text, &len) && sscanf(text, "%*d %lld", &pages) == 1)
		metric_set(METRIC_RESIDENT, 0, pages * sysconf(_SC_PAGESIZE));
	g_free(text);
	metric_set(METRIC_FDS, 0, open_files());
}

/* The plugin's own text, or nothing. */
static void ask_plugin(GString *out, struct janus_admin *janus)
{
	json_t *question = json_pack("{ss}", "request", "metrics"), *answer = NULL;
	const char *text = janus && !janus_admin_ask(janus, question, &answer, PLUGIN_MS) ? json_str(answer, "text") : NULL;

	metric_set(METRIC_PLUGIN_UP, 0, text != NULL);
	if (text)
		g_string_append(out, text);
	json_decref(answer);
	json_decref(question);
}

static void look_up(struct catalog *c, struct janus_admin *janus)
{
	GString *plugin = g_string_new(NULL);

	if (!kept.text)
		kept.text = g_string_new(NULL);
	ask_plugin(plugin, janus);
	look_in_catalog(c);
	look_at_process();
	metric_set(METRIC_BUILD_INFO, 0, 1);
	g_string_truncate(kept.text, 0);
	metrics_write(kept.text, METRIC_OF_SERVICE);
	g_string_append_len(kept.text, plugin->str, (gssize)plugin->len);
	g_string_free(plugin, TRUE);
	kept.at_us = clock_mono_us();
}

void gauges_write(GString *out, struct catalog *c, struct janus_admin *janus)
{
	lock_take(&kept.lock);
	if (!kept.text || clock_mono_us() - kept.at_us > KEEP_US)
		look_up(c, janus);
	g_string_append_len(out, kept.text->str, (gssize)kept.text->len);
	lock_release(&kept.lock);
}
