/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The backup's threads. cmd_serve() creates it.
 *
 *	scout: catalog ─▶ recordings of this host ─▶ items, one for each recording and store ◀─ take, give back ─ senders of that store: backup_round.c
 *	       disk: grown for so long? stopped? ─▶ due                                          └▶ catalog: originals, seldom
 *
 * The table of items is under the lock; what an item holds of its round is whose `busy` it is.
 */
#include "postprocess/backup.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/catalog_store.h"
#include "common/json.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/sync.h"
#include "postprocess/backup_round.h"

enum {
	LOOK_MS = 1000, ASK_EVERY = 3, TELL_MS = 60000, FIRST_WAIT_MS = 1000, LONGEST_WAIT_MS = 60000, SENDERS_MAX = 4, ATTEMPTS = 2, PATIENCE_MS = 20000,
	CATALOG_WAIT_MS = 2000,
};

/* A store, and how it does. */
struct lane {
	struct backup *backup;
	struct store *store;
	bool primary, fallback;
	pthread_t senders[SENDERS_MAX];
	int nsenders;
	/* under the lock */
	int64_t not_before_us;         /* it refused: nothing is sent before */
	int64_t failing_us;            /* since then; 0: it does not */
	int wait_ms;
	int last_err;                  /* said once */
};

/* One recording for one store */
struct item {
	struct lane *lane;
	char *id, *dir;
	/* under the lock */
	bool busy, gone;               /* gone: to be forgotten when it is not busy */
	bool urgent;                   /* it was stopped: the rest goes at once */
	int64_t due_us;
	int64_t behind_us;             /* since then there is something that is not in the store; 0: nothing */
	/* of whom it is busy for */
	struct backup_round round;
	bool announced;
	enum backup_end told;
	int64_t told_objects;
	int64_t told_us;
};

struct backup {
	struct backup_conf conf;
	struct catalog *catalog;       /* the scout's, and for what senders tell */
	pthread_t scout;
	bool started;
	struct lock lock;
	struct cond wake;
	bool stop;                     /* under lock */
	GPtrArray *items;              /* under lock; struct item */
	struct lane *lanes;
	size_t nlanes;
	int asked;                     /* the scout's: looks since the catalog was asked */
	int last_err;
};

static bool is_stopping(void *arg)
{
	struct backup *b = arg;
	bool stop;

	lock_take(&b->lock);
	stop = b->stop;
	lock_release(&b->lock);
	return stop;
}

static void item_free(struct item *i)
{
	backup_round_done(&i->round);
	g_free(i->id);
	g_free(i->dir);
	g_free(i);
}

/* ---- senders ---- */

static const char *state_of(const struct item *i)
{
	static const char *const states[] = { [BACKUP_RUNS] = "running", [BACKUP_COMPLETE] = "complete", [BACKUP_VERIFIED] = "verified" };

	return states[i->round.journal ? i->round.journal->end : BACKUP_RUNS];
}

static int tell(struct item *i)
{
	const struct backup *b = i->lane->backup;
	const struct backup_journal *j = i->round.journal;
	struct catalog_originals o = { .recording = i->id, .store = store_name(i->lane->store), .host_id = b->conf.host_id, .state = state_of(i), .objects = j ? j->objects : 0,
				       .bytes = j ? j->bytes : 0 };
	int err = catalog_originals_put(b->catalog, &o, i->lane->primary);

	if (!err) {
		i->announced = true;
		i->told = j ? j->end : BACKUP_RUNS;
		i->told_objects = o.objects;
		i->told_us = clock_mono_us();
	}
	return err;
}

/* May it be sent? The row comes before the first object, so that whoever deletes knows where to look. A database that is away is no reason to stop. */
static int ask(struct item *i)
{
	const struct backup *b = i->lane->backup;
	int err = i->announced ? catalog_originals_may(b->catalog, i->id, b->conf.host_id) : tell(i);

	return err == -EBUSY && i->announced ? 0 : err;
}

/* Whether it was deleted meanwhile, and what there is to be told. */
static int report(struct item *i, int err)
{
	const struct backup *b = i->lane->backup;
	const struct backup_journal *j = i->round.journal;
	bool changed = j && (j->end != i->told || (j->objects && !i->told_objects)), old = clock_mono_us() - i->told_us > TELL_MS * 1000LL;
	int told = changed || old || !i->told_us ? tell(i) : catalog_originals_may(b->catalog, i->id, b->conf.host_id);

	if (told == -EPROTO)
		backup_round_undo(&i->round);
	return told == -EPROTO || told == -ESTALE || told == -ENOENT ? told : err;
}

/* A store is blamed for what a store says, the recording for the rest. */
static void settle(struct item *i, int err, const struct store_why *why)
{
	struct lane *l = i->lane;
	struct backup *b = l->backup;
	int64_t now_us = clock_mono_us();

	lock_take(&b->lock);
	i->busy = false;
	i->gone |= !why->err && (err == -EPROTO || err == -ESTALE || err == -ENOENT);
	i->due_us = now_us + (err < 0 ? LONGEST_WAIT_MS : err > 0 ? 0 : b->conf.every_ms) * 1000LL;
	if (err == 0) {
		i->behind_us = 0;
		i->urgent = false;
	}
	if (why->err) {
		l->wait_ms = l->wait_ms ? MIN(l->wait_ms * 2, LONGEST_WAIT_MS) : FIRST_WAIT_MS;
		l->not_before_us = now_us + (MAX(l->wait_ms, why->retry_after_ms) + g_random_int_range(0, l->wait_ms / 4 + 1)) * 1000LL;
		l->failing_us = l->failing_us ? l->failing_us : now_us;
		i->due_us = now_us;
	} else if (err >= 0) {
		l->wait_ms = 0;
		l->failing_us = l->not_before_us = 0;
	}
	lock_release(&b->lock);
}

static void say(struct item *i, int err, const struct store_why *why)
{
	struct lane *l = i->lane;
	bool news;

	lock_take(&l->backup->lock);
	news = err < 0 && err != -ECANCELED && err != l->last_err;
	if (err != -EBUSY)
		l->last_err = MIN(err, 0);
	lock_release(&l->backup->lock);
	if (news && (err == -EPROTO || err == -ESTALE))
		log_info("recording %s: not backed up any more: %s", i->id, err == -EPROTO ? "it is being deleted" : "another host has taken it over");
	else if (news && err != -EBUSY)
		log_warn("recording %s: backup to store %s: %s; tried again", i->id, store_name(l->store), why->err ? why->text : err_str(err));
	if (!err && i->round.journal->end == BACKUP_VERIFIED && i->told == BACKUP_VERIFIED && i->round.put->len)
		log_info("recording %s: its originals are in store %s: %lld objects, %lld bytes", i->id, store_name(l->store), (long long)i->round.journal->objects,
			 (long long)i->round.journal->bytes);
}

static void send(struct item *i)
{
	struct store_why why = { 0 };
	int err = ask(i);

	if (!err) {
		err = backup_round(&i->round, &why);
		err = report(i, err);
	}
	say(i, err, &why);
	settle(i, err, &why);
}

/* The item of this store that is due for longest, busy from here on; else when to look again. */
static struct item *take(struct lane *l, int64_t *until_us)
{
	const struct backup *b = l->backup;
	int64_t now_us = clock_mono_us();
	struct item *best = NULL;

	*until_us = now_us + 1000000;
	if (l->not_before_us > now_us) {
		*until_us = MIN(*until_us, l->not_before_us);
		return NULL;
	}
	for (guint n = 0; n < b->items->len; n++) {
		struct item *i = b->items->pdata[n];

		if (i->lane == l && !i->busy && !i->gone && i->behind_us && (i->urgent || i->due_us <= now_us) && (!best || i->due_us < best->due_us))
			best = i;
	}
	if (best)
		best->busy = true;
	return best;
}

static void *sender_main(void *arg)
{
	struct lane *l = arg;
	struct backup *b = l->backup;
	struct store_patience patience = { .attempts = ATTEMPTS, .total_ms = PATIENCE_MS, .stopping = is_stopping, .arg = b };
	int64_t until_us;

	store_patience(&patience);
	lock_take(&b->lock);
	while (!b->stop) {
		struct item *i = take(l, &until_us);

		if (!i) {
			cond_wait_until(&b->wake, &b->lock, until_us);
			continue;
		}
		lock_release(&b->lock);
		send(i);
		lock_take(&b->lock);
	}
	lock_release(&b->lock);
	return NULL;
}

/* ---- the scout ---- */

static struct item *find(const struct backup *b, const struct lane *l, const char *id)
{
	for (guint n = 0; n < b->items->len; n++) {
		struct item *i = b->items->pdata[n];

		if (i->lane == l && !strcmp(i->id, id))
			return i;
	}
	return NULL;
}

/* A fallback gets what begins, or runs, while the primary refuses. */
static bool takes_part(const struct backup *b, const struct lane *l)
{
	int64_t since_us = b->lanes[0].failing_us;

	return !l->fallback || (since_us && clock_mono_us() - since_us > b->conf.fallback_ms * 1000LL);
}

static void add(struct backup *b, struct lane *l, const char *id)
{
	struct item *i = g_new0(struct item, 1);

	i->lane = l;
	i->id = g_strdup(id);
	i->dir = g_build_filename(b->conf.recordings, id, NULL);
	i->round.dir = i->dir;
	i->round.at = (struct original_place){ .store = l->store, .id = i->id, .catalog = b->catalog, .masters = b->conf.masters };
	i->due_us = clock_mono_us() + b->conf.every_ms * 1000LL;
	g_ptr_array_add(b->items, i);
}

static bool is_listed(json_t *rows, const char *id)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (!g_strcmp0(json_str(row, "id"), id))
			return true;
	return false;
}

static void forget_gone(struct backup *b)
{
	for (guint n = b->items->len; n-- > 0;) {
		struct item *i = b->items->pdata[n];

		if (i->gone && !i->busy) {
			g_ptr_array_remove_index_fast(b->items, n);
			item_free(i);
		}
	}
}

static void take_list(struct backup *b, json_t *rows)
{
	json_t *row;
	size_t r;

	lock_take(&b->lock);
	for (guint n = 0; n < b->items->len; n++) {
		struct item *i = b->items->pdata[n];

		i->gone |= !is_listed(rows, i->id);
	}
	forget_gone(b);
	json_array_foreach(rows, r, row)
		for (size_t l = 0; l < b->nlanes; l++)
			if (takes_part(b, &b->lanes[l]) && !find(b, &b->lanes[l], json_str(row, "id")))
				add(b, &b->lanes[l], json_str(row, "id"));
	lock_release(&b->lock);
}

/* Who was recorded a moment ago and is not any more stays in the list until it is verified. */
static void ask_catalog(struct backup *b)
{
	json_t *rows = NULL;
	int err = catalog_originals_open(b->catalog, b->conf.host_id, &rows);

	if (err && err != b->last_err)
		log_warn("backup: the catalog is not reached; what is known goes on: %s", err_str(err));
	b->last_err = err;
	if (!err)
		take_list(b, rows);
	json_decref(rows);
}

/* An item that nobody is busy with, held for the scout; NULL: the end. */
static struct item *hold(struct backup *b, guint *n)
{
	struct item *i = NULL;

	lock_take(&b->lock);
	while (!i && *n < b->items->len) {
		struct item *at = b->items->pdata[(*n)++];

		i = at->busy || at->gone ? NULL : at;
	}
	if (i)
		i->busy = true;
	lock_release(&b->lock);
	return i;
}

static bool look(struct backup *b)
{
	struct item *i;
	bool urgent = false;

	for (guint n = 0; (i = hold(b, &n));) {
		bool stopped, due = backup_round_due(&i->round, &stopped);

		lock_take(&b->lock);
		i->busy = false;
		if (due && !i->behind_us)
			i->behind_us = clock_mono_us();
		i->urgent |= due && stopped;
		urgent |= i->behind_us && (i->urgent || i->due_us <= clock_mono_us());
		lock_release(&b->lock);
	}
	return urgent;
}

static void measure(struct backup *b)
{
	int64_t now_us = clock_mono_us(), lag_us = 0;

	lock_take(&b->lock);
	for (guint n = 0; n < b->items->len; n++) {
		const struct item *i = b->items->pdata[n];

		if (i->behind_us && !i->gone)
			lag_us = MAX(lag_us, now_us - i->behind_us);
	}
	lock_release(&b->lock);
	metric_set(METRIC_BACKUP_LAG, 0, lag_us);
}

static void *scout_main(void *arg)
{
	struct backup *b = arg;
	bool some;

	while (!is_stopping(b)) {
		if (b->asked++ % ASK_EVERY == 0)
			ask_catalog(b);
		some = look(b);
		measure(b);
		lock_take(&b->lock);
		if (some)
			cond_broadcast(&b->wake);
		if (!b->stop)
			cond_wait_until(&b->wake, &b->lock, clock_mono_us() + b->conf.look_ms * 1000LL);
		lock_release(&b->lock);
	}
	return NULL;
}

/* ---- beginning and end ---- */

static int open_lane(struct backup *b, struct lane *l, struct store *store)
{
	const struct settings_storage *conf = store_conf(store);
	char name[16];
	int err = 0, want = CLAMP(conf->parallel, 1, SENDERS_MAX);

	l->backup = b;
	l->store = store_ref(store);
	l->primary = conf->role == STORAGE_PRIMARY;
	l->fallback = conf->role == STORAGE_FALLBACK;
	for (int n = 0; n < want && !err; n++) {
		snprintf(name, sizeof(name), "backup %d", n);
		err = thread_start(&l->senders[n], name, sender_main, l);
		l->nsenders += !err;
	}
	return err;
}

/* The primary first: takes_part() asks it. */
static int open_lanes(struct backup *b)
{
	struct store *primary = stores_primary(b->conf.stores);
	int err = 0;

	b->lanes = g_new0(struct lane, stores_count(b->conf.stores));
	if (primary)
		err = open_lane(b, &b->lanes[b->nlanes++], primary);
	for (size_t i = 0; i < stores_count(b->conf.stores) && !err; i++)
		if (stores_at(b->conf.stores, i) != primary)
			err = open_lane(b, &b->lanes[b->nlanes++], stores_at(b->conf.stores, i));
	return err;
}

int backup_create(struct backup **out, const struct backup_conf *conf)
{
	struct backup *b = g_new0(struct backup, 1);
	int err;

	b->conf = *conf;
	b->conf.look_ms = conf->look_ms ? conf->look_ms : LOOK_MS;
	lock_init(&b->lock);
	cond_init(&b->wake);
	b->items = g_ptr_array_new();
	err = catalog_open(&b->catalog, conf->catalog);
	if (!err)
		catalog_set_wait(b->catalog, CATALOG_WAIT_MS);
	if (!err)
		err = open_lanes(b);
	if (!err)
		err = thread_start(&b->scout, "backup", scout_main, b);
	b->started = !err;
	if (err)
		backup_unref(&b);
	*out = b;
	return err;
}

static void join_all(struct backup *b)
{
	lock_take(&b->lock);
	b->stop = true;
	cond_broadcast(&b->wake);
	lock_release(&b->lock);
	if (b->started)
		pthread_join(b->scout, NULL);
	for (size_t l = 0; l < b->nlanes; l++)
		for (int n = 0; n < b->lanes[l].nsenders; n++)
			pthread_join(b->lanes[l].senders[n], NULL);
}

void backup_unref(struct backup **bp)
{
	struct backup *b = *bp;

	*bp = NULL;
	if (!b)
		return;
	join_all(b);
	for (guint n = 0; n < b->items->len; n++)
		item_free(b->items->pdata[n]);
	g_ptr_array_unref(b->items);
	for (size_t l = 0; l < b->nlanes; l++)
		store_unref(&b->lanes[l].store);
	catalog_close(&b->catalog);
	cond_destroy(&b->wake);
	lock_destroy(&b->lock);
	g_free(b->lanes);
	g_free(b);
}
