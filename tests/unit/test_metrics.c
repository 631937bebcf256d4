/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/metrics.c"
#include <jansson.h>
#include "common/fsio.h"
#include "common/sync.h"
#include "test.h"

static bool fits(const char *pattern, const char *text)
{
	return g_regex_match_simple(pattern, text, 0, 0);
}

/* https://prometheus.io/docs/practices/naming: base units, plural, _total on counters and nowhere else. */
static void test_names(void)
{
	for (enum metric m = 0; m < METRICS_; m++) {
		const struct metric_row *r = &rows[m];
		size_t len = strlen(r->name);

		if (!fits("^(recroom|process)(_[a-z]+)+$", r->name))
			TEST_FAIL("name %s", r->name);
		CHECK_INT(r->type == COUNTER, len > 6 && !strcmp(r->name + len - 6, "_total"));
		if (fits("_(ms|millis|micros|minute|hour|kb|kib|mb|mib|percent)(_|$)", r->name))
			TEST_FAIL("%s is not in a base unit", r->name);
		if (r->scale != 1 && !strstr(r->name, "_seconds"))
			TEST_FAIL("%s does not name its unit", r->name);
		CHECK(r->help && r->help[strlen(r->help) - 1] == '.' && !strpbrk(r->help, "\n\\"));
		CHECK_INT(r->type == HISTOGRAM, r->bounds != NULL);
		for (enum metric k = 0; k < m; k++)
			CHECK(strcmp(rows[k].name, r->name));
	}
}

static void test_labels_are_closed(void)
{
	for (enum metric m = 0; m < METRICS_; m++) {
		CHECK(count(&rows[m]) >= 1 && count(&rows[m]) <= 16);
		CHECK_INT(rows[m].label == NULL, rows[m].values == plain);
		for (size_t i = 0; rows[m].label && i < count(&rows[m]); i++)
			CHECK(fits("^[a-z0-9_.]+$", rows[m].values[i]));
	}
	CHECK_INT(metric_label(METRIC_GAPS, "disk"), 5);
	CHECK_STR(reasons[metric_label(METRIC_GAPS, "rec_demo_1_abcdef")], "other");
	CHECK_STR(reasons[metric_label(METRIC_GAPS, NULL)], "other");
}

static void test_cells_are_apart(void)
{
	for (enum metric m = 0; m < METRICS_; m++)
		for (size_t i = 0; i < count(&rows[m]); i++) {
			CHECK(cell(m, i) + width(&rows[m]) <= cells + CELLS);
			metric_set(m, i, 1000 * (int64_t)m + (int64_t)i);
		}
	for (enum metric m = 0; m < METRICS_; m++)
		for (size_t i = 0; i < count(&rows[m]); i++)
			CHECK_INT(metric_get(m, i), 1000 * (int64_t)m + (int64_t)i);
	memset(cells, 0, sizeof(cells));
}

static GString *text_of(enum metric_side side)
{
	GString *text = g_string_new(NULL);

	metrics_write(text, side);
	return text;
}

static void test_text(void)
{
	GString *text;

	metric_add(METRIC_GAPS, metric_label(METRIC_GAPS, "late"), 2);
	metric_add(METRIC_GAP_TIME, metric_label(METRIC_GAP_TIME, "late"), 1500000);
	metric_observe(METRIC_SEAL_LAG, 0, 900);
	metric_observe(METRIC_SEAL_LAG, 0, 1000);
	metric_observe(METRIC_SEAL_LAG, 0, 20000);
	metric_observe(METRIC_SEAL_LAG, 0, 60000000);
	text = text_of(METRIC_OF_PLUGIN);
	CHECK(strstr(text->str, "# TYPE recroom_gaps_total counter\n"));
	CHECK(strstr(text->str, "\nrecroom_gaps_total{reason=\"late\"} 2\n"));
	CHECK(strstr(text->str, "\nrecroom_gap_seconds_total{reason=\"late\"} 1.5\n"));
	CHECK(strstr(text->str, "\nrecroom_seal_lag_seconds_bucket{le=\"0.001\"} 2\n"));
	CHECK(strstr(text->str, "\nrecroom_seal_lag_seconds_bucket{le=\"0.025\"} 3\n"));
	CHECK(strstr(text->str, "\nrecroom_seal_lag_seconds_bucket{le=\"10\"} 3\n"));
	CHECK(strstr(text->str, "\nrecroom_seal_lag_seconds_bucket{le=\"+Inf\"} 4\n"));
	CHECK(strstr(text->str, "\nrecroom_seal_lag_seconds_sum 60.0219\n"));
	CHECK(strstr(text->str, "\nrecroom_seal_lag_seconds_count 4\n"));
	CHECK(!strstr(text->str, "recroom_build_info"));
	g_string_free(text, TRUE);
}

/* Every line is one of the format's three. */
static void test_grammar(void)
{
	for (int side = METRIC_OF_PLUGIN; side <= METRIC_OF_SERVICE; side++) {
		GString *text = text_of((enum metric_side)side);
		char **lines = g_strsplit(text->str, "\n", -1);

		for (size_t i = 0; lines[i] && lines[i + 1]; i++)
			if (!fits("^(# HELP [a-z_]+ .+|# TYPE [a-z_]+ (counter|gauge|histogram)"
				  "|[a-z_]+(\\{[a-z]+=\"[^\"\\\\]+\"(,le=\"[^\"]+\")?\\})? -?[0-9.e+-]+)$", lines[i]))
				TEST_FAIL("line: %s", lines[i]);
		g_strfreev(lines);
		g_string_free(text, TRUE);
	}
}

static void *count_up(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20000; i++) {
		metric_add(METRIC_CHUNKS, 0, 1);
		metric_observe(METRIC_JOB_TIME, 1, i);
	}
	return NULL;
}

static void test_threads(void)
{
	pthread_t threads[4];
	GString *text;

	for (size_t i = 0; i < 4; i++)
		CHECK_INT(thread_start(&threads[i], "counts", count_up, NULL), 0);
	text = text_of(METRIC_OF_SERVICE);
	g_string_free(text, TRUE);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(metric_get(METRIC_CHUNKS, 0), 80000);
	text = text_of(METRIC_OF_SERVICE);
	CHECK(strstr(text->str, "\nrecroom_job_duration_seconds_count{kind=\"delete\"} 80000\n"));
	g_string_free(text, TRUE);
}

static bool there_is(const char *name)
{
	for (enum metric m = 0; m < METRICS_; m++) {
		size_t len = strlen(rows[m].name);

		if (!strncmp(name, rows[m].name, len) && (!name[len] || (rows[m].type == HISTOGRAM && fits("^_(bucket|sum|count)$", name + len))))
			return true;
	}
	return false;
}

/* What a file asks for is in the table; how many names it has. */
static size_t check_file(const char *path, bool *used)
{
	char *text = NULL;
	GMatchInfo *match;
	GRegex *names = g_regex_new("\\b(recroom|process)_[a-z_]+", 0, 0, NULL);
	size_t len, n = 0;

	CHECK_INT(fs_read(path, 1 << 20, &text, &len), 0);
	for (g_regex_match(names, text, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL), n++) {
		char *name = g_match_info_fetch(match, 0);

		if (!there_is(name))
			TEST_FAIL("%s: there is no metric %s", path, name);
		for (enum metric m = 0; m < METRICS_; m++)
			used[m] |= g_str_has_prefix(name, rows[m].name);
		g_free(name);
	}
	g_match_info_free(match);
	g_regex_unref(names);
	g_free(text);
	return n;
}

/* Nobody draws a figure that is not there, and every figure is drawn, but for the versions. */
static void test_dashboard_and_alerts(void)
{
	bool used[METRICS_] = { false };
	json_t *dashboard = json_load_file(CONF_DIR "/grafana.json", JSON_REJECT_DUPLICATES, NULL);

	CHECK(json_is_array(json_object_get(dashboard, "panels")));
	json_decref(dashboard);
	CHECK(check_file(CONF_DIR "/grafana.json", used) > 30);
	CHECK(check_file(CONF_DIR "/prometheus-alerts.yml", used) > 5);
	for (enum metric m = 0; m < METRICS_; m++)
		if (!used[m] && !strstr(rows[m].name, "_info") && m != METRIC_STARTED)
			TEST_FAIL("nobody looks at %s", rows[m].name);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_names), TEST(test_labels_are_closed), TEST(test_cells_are_apart), TEST(test_text), TEST(test_grammar), TEST(test_threads),
		TEST(test_dashboard_and_alerts),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
