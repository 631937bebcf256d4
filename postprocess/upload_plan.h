/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of a recording goes where: the files of an output, their names in a store, their checksums. Strings are the plan's. Also the stores that complete it.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include "common/catalog_upload.h"
#include "common/settings.h"
#include "postprocess/upload.h"

struct upload_plan {
	struct upload_file *files;         /* media first */
	size_t n;
	int64_t bytes;
	json_t *row, *metadata;            /* what the strings belong to */
	GPtrArray *strings;
};
/** Of the recording's row (catalog_recording_get(), borrowed while the plan lives), local files in dir. 0; -ENOENT: no such output, or it is not made; -EINVAL. */
int upload_plan_make(struct upload_plan *p, json_t *row, int output, const char *dir, const struct settings_storage *store);
void upload_plan_clear(struct upload_plan *p);

/** rules.completing is names' memory, of which at least nstorages + 1 are needed. */
struct catalog_upload_rules upload_rules(const struct settings *set, const char **names);
