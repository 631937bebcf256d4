/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A catalog in a scratch directory for the tests, and short ways to fill it.
 */
#pragma once
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/catalog.h"
#include "common/json.h"
#include "test.h"

static char box_dir[] = "/tmp/test_catalog.XXXXXX", box_path[64];

static struct catalog *box_open(void)
{
	struct catalog *c = NULL;

	CHECK_INT(catalog_open(&c, box_path), 0);
	return c;
}

static void box_remove(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
		char *name = g_strconcat(box_path, ends[i], NULL);

		g_remove(name);
		g_free(name);
	}
}

static void box_close(struct catalog *c)
{
	catalog_close(&c);
	CHECK(!c);
	box_remove();
}

static void box_recording(struct catalog *c, const char *id, const char *room, int64_t started_ms)
{
	struct catalog_new_recording r = { .id = id, .room = room, .call_id = "call_demo_1_aaaaaa", .host_id = "host1", .title = "Hi", .layout = "grid",
					   .custom = "{\"a\":[1]}", .started_ms = started_ms };

	CHECK_INT(catalog_recording_insert(c, &r), 0);
}

/* Recorded and stopped: a job to compose waits. */
static void box_stopped(struct catalog *c, const char *id)
{
	struct catalog_stop s = { .stopped_ms = 9000, .duration_ms = 1900, .elapsed_ms = 2000, .bytes = 5, .tracks = 2, .chain_hash = "ab",
				  .flags = "[\"interrupted\"]", .reason = "host" };

	box_recording(c, id, "demo", 1000);
	CHECK_INT(catalog_recording_status(c, id, "recording", NULL), 0);
	CHECK_INT(catalog_recording_stop(c, id, &s), 0);
}

static void box_status(struct catalog *c, const char *id, const char *status)
{
	json_t *o = NULL;

	CHECK_INT(catalog_recording_get(c, id, &o), 0);
	CHECK_STR(json_str(o, "status"), status);
	json_decref(o);
}

/* States of the last job and of output 1, as "job/output" ("-" for none) */
static void box_states(struct catalog *c, const char *id, const char *want)
{
	const char *job, *output;
	char *got;
	json_t *o = NULL;

	CHECK_INT(catalog_recording_get(c, id, &o), 0);
	job = json_str(json_object_get(o, "job"), "state");
	output = json_str(json_array_get(json_object_get(o, "outputs"), 0), "state");
	got = g_strdup_printf("%s/%s", job ? job : "-", output ? output : "-");
	CHECK_STR(got, want);
	g_free(got);
	json_decref(o);
}

static int box_main(const struct test *tests, size_t n, int argc, char **argv)
{
	int failed;

	if (!mkdtemp(box_dir))
		return 1;
	snprintf(box_path, sizeof(box_path), "%s/recroom.db", box_dir);
	failed = test_run(tests, n, argc, argv);
	g_rmdir(box_dir);
	return failed;
}
