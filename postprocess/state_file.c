/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * state.json. Written by REST handlers and commands that change how long a recording is kept, read by `recroom-pp repair`.
 *
 *	{"format":1,"held":true,"held_reason":"Case 4711","keep_until_ms":null,"chunks_until_ms":1798761600000}
 */
#include "postprocess/state_file.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "common/catalog_store.h"
#include "common/fsio.h"
#include "common/json.h"
#include "common/log.h"

enum { FORMAT = 1, MODE = 0640 };
#define NAME "state.json"
static const char *const members[] = { "held_reason", "keep_until_ms", "chunks_until_ms" };

static json_t *state_of(json_t *row)
{
	json_t *o = json_pack("{s:i,s:b}", "format", FORMAT, "held", json_num(row, "held", 0) != 0);

	for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
		json_object_set(o, members[i], json_object_get(row, members[i]));
	return o;
}

void state_file_write(struct catalog *c, const char *recordings, const char *id)
{
	g_autofree char *dir = g_build_filename(recordings, id, NULL);
	json_t *row = NULL, *o;
	char *text;
	int err;

	if (!g_file_test(dir, G_FILE_TEST_IS_DIR))
		return;
	err = catalog_recording_get(c, id, &row);
	if (!err) {
		o = state_of(row);
		text = json_dumps(o, JSON_COMPACT);
		err = fs_write_atomic(dir, NAME, text, strlen(text), MODE, 1);
		free(text);
		json_decref(o);
	}
	json_decref(row);
	if (err)
		log_warn("recording %s: " NAME " is not written: %s", id, err_str(err));
}

int state_file_restore(struct catalog *c, const char *dir, const char *id)
{
	g_autofree char *path = g_build_filename(dir, NAME, NULL);
	json_t *o = json_load_file(path, 0, NULL);
	struct catalog_keep k = { .keep_until_ms = json_num(o, "keep_until_ms", 0), .chunks_until_ms = json_num(o, "chunks_until_ms", 0) };
	int err = 0;

	k.outputs = k.keep_until_ms > 0;
	k.chunks = k.chunks_until_ms > 0;
	if (json_num(o, "format", 0) > FORMAT)
		err = -EPROTO;
	if (!err && (k.outputs || k.chunks))
		err = catalog_keep(c, id, &k);
	if (!err && json_flag(o, "held", false))
		err = catalog_hold(c, id, true, json_str(o, "held_reason"));
	json_decref(o);
	return err;
}
