/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a job takes out of the stores. Called by job_remove.c and job_report.c on a runner's thread.
 *
 *	stores of the configuration, each with what the catalog knows of it ─▶ purge() ─▶ its own list says: nothing left
 *	a store that has something and is configured no more ─▶ that is the reason why it does not end
 *
 * A store that refuses does not keep us from the others.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/catalog_store.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/job_private.h"
#include "postprocess/purge.h"
#include "postprocess/stores.h"

enum { AT_ONCE = 2000 };

struct purging {
	const struct job_env *env;
	const struct catalog_job *job;
	const struct job_purge *conf;
	json_t *row, *copies, *names;  /* of the recording; of its files; stores that have something of it */
	GArray *keys;                  /* struct purge_key, of the store at hand */
	char *reason;
};

static bool env_stopping(void *arg)
{
	const struct job_env *env = arg;

	return (env->stopping && env->stopping(env->arg)) || (env->hold && env->hold(env->arg) == HOLD_LOST);
}

static bool stopping(void *arg)
{
	const struct purging *p = arg;

	return env_stopping((void *)(uintptr_t)p->env);
}

static bool wanted(const struct store_item *i, void *arg)
{
	const struct purging *p = arg;

	return !p->conf->wanted || p->conf->wanted(i, p->conf->arg);
}

/* The first reason is the one that is told. */
static void say(struct purging *p, const char *text)
{
	if (!p->reason[0])
		g_strlcpy(p->reason, text, JOB_REASON);
}

static void find_keys(struct purging *p, const char *store)
{
	json_t *copy;
	size_t i;

	g_array_set_size(p->keys, 0);
	json_array_foreach(p->copies, i, copy) {
		struct purge_key k = { json_str(copy, "key"), json_str(copy, "upload") };

		if (!strcmp(json_str(copy, "store"), store))
			g_array_append_val(p->keys, k);
	}
}

static int purge_one(struct purging *p, struct store *s)
{
	struct purge conf = { .recording = p->job->recording, .public_id = json_str(p->row, "public_id"), .what = p->conf->what, .wanted = wanted, .stop = stopping,
			      .arg = p, .most = AT_ONCE };
	struct purge_result r;
	struct store_why why = { 0 };
	int err;

	find_keys(p, store_name(s));
	conf.keys = p->conf->what & PURGE_OUTPUTS ? (const struct purge_key *)(const void *)p->keys->data : NULL;
	err = purge(s, &conf, &r, &why);
	if (r.removed || r.aborted)
		log_info("recording %s: store %s: %d objects removed, %d unfinished uploads ended", p->job->recording, store_name(s), r.removed, r.aborted);
	if (err && err != -EINPROGRESS && err != -ECANCELED)
		say(p, why.text[0] ? why.text : err_str(err));
	return err;
}

static int purge_known(struct purging *p)
{
	int first = 0;

	for (size_t i = 0; i < stores_count(p->env->stores) && first != -ECANCELED; i++) {
		int err = purge_one(p, stores_at(p->env->stores, i));

		first = !first || first == -EINPROGRESS || err == -ECANCELED ? (err ? err : first) : first;
	}
	return first;
}

/* What is in a store that we do not know any more cannot be removed, so it is not gone. */
static int look_for_strangers(struct purging *p)
{
	json_t *name;
	size_t i;

	json_array_foreach(p->names, i, name) {
		g_autofree char *text = g_strdup_printf("store %s, which has something of it, is configured no more", json_string_value(name));

		if (p->env->stores && stores_find(p->env->stores, json_string_value(name)))
			continue;
		say(p, text);
		return -ENXIO;
	}
	return 0;
}

static int load(struct purging *p)
{
	int err = catalog_recording_get(p->env->catalog, p->job->recording, &p->row);

	if (!err)
		err = catalog_copies(p->env->catalog, p->job->recording, &p->copies);
	if (!err)
		err = catalog_recording_stores(p->env->catalog, p->job->recording, p->conf->what == PURGE_ORIGINALS, &p->names);
	if (err)
		say(p, err_str(err));
	return err;
}

int job_purge(const struct job_env *env, const struct catalog_job *job, const struct job_purge *conf, char reason[JOB_REASON])
{
	struct purging p = { .env = env, .job = job, .conf = conf, .reason = reason };
	struct store_patience patience = { .attempts = 3, .total_ms = 30000, .stopping = env_stopping, .arg = (void *)(uintptr_t)env };
	int err;

	reason[0] = '\0';
	p.keys = g_array_new(TRUE, FALSE, sizeof(struct purge_key));
	store_patience(&patience);
	err = load(&p);
	if (!err)
		err = purge_known(&p);
	if (!err)
		err = look_for_strangers(&p);
	store_patience(NULL);
	g_array_unref(p.keys);
	json_decref(p.row);
	json_decref(p.copies);
	json_decref(p.names);
	return err;
}
