/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * After somebody was taken out of a recording's directory: the same in the stores. Called by job_report.c on the runner's thread.
 *
 *	outputs:    what belongs to no output that stays, and the metadata of those that do, which name people     made and sent again by jobs "upload"
 *	originals:  their bundles, participants.json, chat.jsonl                                                  the backup sends what there is now
 *	both:       every old version, whatever it is of
 */
#include <glib.h>
#include <string.h>
#include "common/catalog_store.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/job_private.h"
#include "postprocess/original_name.h"
#include "postprocess/purge.h"

struct erasing {
	const struct catalog_job *job;
	GHashTable *stay;              /* keys of objects that do not hold them */
};

static bool is_old(const struct store_item *i)
{
	return i->delete_marker || !i->is_latest;
}

static bool output_goes(const struct store_item *i, void *arg)
{
	const struct erasing *e = arg;
	bool upload = i->upload && i->upload[0];

	return !g_hash_table_contains(e->stay, i->key) || (!upload && is_old(i));
}

/* "<prefix>/2026/11/22/<id>/user1/1-000001.tar" → "user1/1-000001.tar" */
static const char *name_of(const struct erasing *e, const char *key)
{
	const char *at = strstr(key, e->job->recording);

	at = at ? at + strlen(e->job->recording) : "";
	return at[0] == '/' ? at + 1 : "";
}

static bool original_goes(const struct store_item *i, void *arg)
{
	const struct erasing *e = arg;
	bool upload = i->upload && i->upload[0];
	struct original o;

	if (original_name_parse(&o, name_of(e, i->key)))
		return !upload && is_old(i);
	if (o.kind == ORIGINAL_BUNDLE)
		return !strcmp(o.participant, e->job->about) || (!upload && is_old(i));
	return original_file(o.kind) || (!upload && is_old(i));
}

static int find_those_that_stay(struct erasing *e, struct catalog *c)
{
	json_t *copies = NULL, *copy;
	size_t i;
	int err = catalog_copies(c, e->job->recording, &copies);

	json_array_foreach(copies, i, copy)
		if (g_strcmp0(json_str(copy, "kind"), "metadata"))
			g_hash_table_add(e->stay, g_strdup(json_str(copy, "key")));
	json_decref(copies);
	return err;
}

int job_erase_stores(const struct job_env *env, const struct catalog_job *job, char reason[JOB_REASON])
{
	struct erasing e = { job, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };
	int err = find_those_that_stay(&e, env->catalog);

	g_strlcpy(reason, err ? err_str(err) : "", JOB_REASON);
	if (!err)
		err = job_purge(env, job, &(struct job_purge){ .what = PURGE_OUTPUTS, .wanted = output_goes, .arg = &e }, reason);
	if (!err)
		err = job_purge(env, job, &(struct job_purge){ .what = PURGE_ORIGINALS, .wanted = original_goes, .arg = &e }, reason);
	g_hash_table_unref(e.stay);
	return err;
}
