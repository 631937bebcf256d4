/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp fetch ID`: a recording's originals back from a store, by hand or for a job whose files are on a host that is lost. Main thread.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include "common/ids.h"
#include "postprocess/cmd.h"
#include "postprocess/fetching.h"
#include "postprocess/text.h"

static json_t *result_json(const char *id, const struct fetching *f, bool here)
{
	const struct rehydrate_result *r = &f->result;
	json_t *o = json_pack("{s:s,s:b,s:s,s:i,s:i,s:I}", "recording", id, "here", here, "store", f->store, "objects", (int)r->objects, "files", (int)r->files,
			      "bytes", (json_int_t)r->bytes);

	json_object_update_new(o, json_pack("{s:i,s:i,s:i,s:b}", "damaged", (int)r->damaged, "missing", (int)r->missing, "left_out", (int)r->left_out, "closed",
					    r->closed));
	return o;
}

static void print_result(const char *id, const struct fetching *f)
{
	const struct rehydrate_result *r = &f->result;
	char size[TEXT_SIZE];

	printf("%s: %u files, %s, from store %s", id, r->files, text_bytes(size, r->bytes), f->store);
	if (r->damaged || r->missing)
		printf("; %u damaged, %u missing", r->damaged, r->missing);
	printf("%s\n", r->closed ? "" : "; its end is missing: \"recroom-pp repair\" makes one");
}

int cmd_fetch(struct app *a)
{
	const char *id = a->o.args[0];
	struct fetching f;
	int code = app_settings(a), err;

	if (code)
		return code;
	if (!recording_id_valid(id))
		return app_fail(a, EXIT_USAGE, "\"%s\" is no recording id", id);
	err = fetching_run(a, id, a->o.store, &f);
	if (err && err != -EEXIST)
		return fetching_failed(a, id, &f, err);
	if (!a->o.json && err)
		printf("%s: its chunks are here already\n", id);
	else if (!a->o.json)
		print_result(id, &f);
	return app_done(a, result_json(id, &f, err == -EEXIST));
}
