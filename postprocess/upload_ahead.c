/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See upload_ahead.h. Started by job.c; a thread of its own, which reads what the child writes:
 *
 *	.output.webm.tmp:  │ header, part 1 │ part 2 │ part 3 │ being writt…          part n is final when the file goes beyond it
 *	                                        └─▶ into memory, hashed, sent, noted in the journal
 *
 * WebM grows at its end, and only its header is written again. MP4 moves all that it has when its index needs more room (mux_mp4.c): nothing of it is sent until the
 * reserve holds the index of two hours, which is from its 32nd minute on; if it grows once more, which is seen in its first bytes, all parts are looked at again. A composer that begins anew makes the same bytes: their hashes are in the journal, and nothing is sent
 * twice. In any case the job "upload" compares what was sent with what the file is in the end, so a part that was read in a bad moment costs its sending again.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/data_key.h"
#include "common/json.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/spec.h"
#include "common/store_key.h"
#include "common/sync.h"
#include "postprocess/dirlock.h"
#include "postprocess/stores.h"
#include "postprocess/upload.h"
#include "postprocess/upload_ahead.h"
#include "postprocess/upload_part.h"

enum { LOOK_MS = 1000, LAST_PART_MS = 3000, AGAIN_MS = 5000, AGAIN_MAX_MS = 60000, FRONT = 64, FIRST_OUTPUT = 1, SETTLED = 3 << 20 };

struct upload_ahead {
	const struct job_env *env;
	const struct catalog_job *job;
	char *dir, *name, *tmp;            /* of the recording; "output.webm"; the file while it is written */
	const struct output_format *format;
	struct lock lock;
	struct cond wake;
	int64_t stop_us;                   /* under lock: when the child had ended; 0: it has not */
	pthread_t thread;
	int dirlock;                       /* shared: who empties the stores of it comes behind us */
	/* the thread's own */
	struct store *store;
	struct upload_journal *journal;
	struct data_key key;
	struct envelope *seal;
	char *object_key;
	char upload[STORE_UPLOAD];
	int fd;
	ino_t inode;
	unsigned char front[FRONT];        /* where an MP4 says how large its reserve is */
	int sent;                          /* parts up to this one are there */
	int64_t again_ms;                  /* to wait after a failure */
};

static int64_t stop_time(struct upload_ahead *a)
{
	int64_t stop_us;

	lock_take(&a->lock);
	stop_us = a->stop_us;
	lock_release(&a->lock);
	return stop_us;
}

static enum upload_may may(void *arg)
{
	struct upload_ahead *a = arg;
	enum job_hold hold = a->env->hold(a->env->arg);

	return stop_time(a) || hold == HOLD_LOST ? UPLOAD_STOP : hold == HOLD_UNSURE ? UPLOAD_WAIT : UPLOAD_GO;
}

/* The part under way may still end well. */
static bool is_stopping(void *arg)
{
	struct upload_ahead *a = arg;
	int64_t stop_us = stop_time(a);

	return (stop_us && clock_mono_us() > stop_us + LAST_PART_MS * 1000LL) || a->env->hold(a->env->arg) == HOLD_LOST;
}

static void progress(int64_t done, int64_t total, void *arg)
{
	(void)done;
	(void)total;
	(void)arg;
}

static int still_ours(void *arg)
{
	(void)arg;
	return 0;
}

/* ---- begun: when there is something to be sent ---- */

static int find_name(struct upload_ahead *a)
{
	const struct settings_storage *conf = store_conf(a->store);
	json_t *row = NULL;
	int err = conf->public ? catalog_recording_get(a->env->catalog, a->job->recording, &row) : 0;

	if (!err)
		err = store_key_output(&a->object_key, conf->prefix, a->job->recording, conf->public ? json_str(row, "public_id") : NULL, a->name, true);
	json_decref(row);
	return err;
}

static int find_key(struct upload_ahead *a, struct store_why *why)
{
	int err;

	if (!store_conf(a->store)->encrypt || a->key.id[0])
		return 0;
	err = data_key_for(a->env->catalog, a->env->masters, a->job->recording, a->job->output, &a->key, why->text, sizeof(why->text));
	return err;
}

static struct upload_source source_of(const struct upload_ahead *a)
{
	return (struct upload_source){ .fd = a->fd, .size = -1, .part_size = (int64_t)store_conf(a->store)->part_mb << 20, .seal = a->seal };
}

static int begin(struct upload_ahead *a, struct store_why *why)
{
	bool sealed = store_conf(a->store)->encrypt;
	struct upload_conf conf = { .store = a->store, .journal = a->journal, .may = may, .progress = progress, .still_ours = still_ours, .arg = a };
	struct upload_source source;
	struct store_put put;
	int err = a->object_key ? 0 : find_name(a);

	if (!err)
		err = find_key(a, why);
	if (!err && sealed)
		err = envelope_create(&a->seal, a->key.key, a->key.id, NULL);  /* for the size of parts; which upload they are of is not known yet */
	if (err)
		return err;
	conf.key = sealed ? a->key.key : NULL;
	conf.key_id = sealed ? a->key.id : NULL;
	put = (struct store_put){ .key = a->object_key, .mime = a->format->mime, .key_id = conf.key_id, .if_absent = true };
	source = source_of(a);
	err = upload_begin(&conf, a->name, &put, source.part_size, upload_object_part(&source), a->upload, why);
	envelope_unref(&a->seal);
	if (!err && sealed)
		err = envelope_create(&a->seal, a->key.key, a->key.id, a->upload);
	return err;
}

/* ---- parts ---- */

/* A composer that begins anew makes a new file; one that moved what it has says so in front. */
static bool look_at_file(struct upload_ahead *a, int64_t *size)
{
	unsigned char front[FRONT] = { 0 };
	struct stat now;

	if (stat(a->tmp, &now))
		return false;
	if (a->fd < 0 || now.st_ino != a->inode) {
		if (a->fd >= 0)
			close(a->fd);
		a->fd = open(a->tmp, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		a->inode = now.st_ino;
		a->sent = 1;
	}
	if (a->fd < 0 || fstat(a->fd, &now) || pread(a->fd, front, FRONT, 0) < 0)
		return false;
	if (memcmp(front, a->front, FRONT))
		a->sent = 1;
	memcpy(a->front, front, FRONT);
	*size = now.st_size;
	return true;
}

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* An MP4 whose reserve, a free box behind its first one, will soon be too small. */
static bool will_move(const struct upload_ahead *a)
{
	uint32_t first = be32(a->front);

	return !memcmp(a->front + 4, "ftyp", 4) && first <= FRONT - 8 && !memcmp(a->front + first + 4, "free", 4) && be32(a->front + first) < SETTLED;
}

static bool is_there(struct upload_ahead *a, int number, const char *sha256)
{
	char noted[SHA256_HEX], etag[STORE_ETAG];

	return upload_journal_part(a->journal, a->name, number, noted, etag) && !strcmp(noted, sha256);
}

/* From memory, so that what is noted is what was sent, whatever is written to the file meanwhile. */
static int send_part(struct upload_ahead *a, const struct upload_source *s, const struct upload_part *p, struct store_why *why)
{
	char sha256[SHA256_HEX], etag[STORE_ETAG] = "";
	struct store_body body;
	void *mem = NULL;
	int err = upload_part_body(s, p, true, &body, &mem, sha256);

	if (!err && !is_there(a, p->number, sha256)) {
		err = store_part(a->store, a->object_key, a->upload, p->number, &body, etag, why);
		if (!err)
			err = upload_journal_put(a->journal, a->name, p->number, sha256, etag);
		if (!err)
			metric_add(METRIC_UPLOAD_BYTES, 0, (int64_t)body.len);
	}
	g_free(mem);
	return err;
}

/* All that are final, as long as nobody stops it. */
static int send_some(struct upload_ahead *a, int64_t size, struct store_why *why)
{
	struct upload_source source = source_of(a);
	struct upload_part p;
	int err = 0;

	while (!err && upload_part_at(&source, a->sent + 1, &p) && p.pos + (int64_t)p.len < size && may(a) == UPLOAD_GO) {
		if (!a->upload[0]) {
			err = begin(a, why);
			source = source_of(a);
			continue;              /* sealed parts lie elsewhere */
		}
		err = send_part(a, &source, &p, why);
		a->sent += !err;
	}
	return err;
}

static void forget_upload(struct upload_ahead *a)
{
	upload_journal_begin(a->journal, a->name, "", 0, NULL, "");
	envelope_unref(&a->seal);
	a->upload[0] = '\0';
	a->sent = 1;
}

static void note_failure(struct upload_ahead *a, int err, const struct store_why *why)
{
	if (!a->again_ms && err != -ECANCELED)
		log_warn("job %lld: recording %s: nothing is uploaded ahead to store %s just now: %s", (long long)a->job->id, a->job->recording, store_name(a->store),
			 why->text[0] ? why->text : err_str(err));
	if (err == -ENOENT && why->status)
		forget_upload(a);
	a->again_ms = CLAMP(a->again_ms * 2, AGAIN_MS, AGAIN_MAX_MS);
}

static bool wait_for_more(struct upload_ahead *a)
{
	int64_t until_us = clock_mono_us() + (a->again_ms ? a->again_ms : LOOK_MS) * 1000;
	bool stop;

	lock_take(&a->lock);
	while (!a->stop_us && cond_wait_until(&a->wake, &a->lock, until_us))
		;
	stop = a->stop_us != 0;
	lock_release(&a->lock);
	return !stop;
}

static void *ahead_main(void *arg)
{
	struct upload_ahead *a = arg;
	struct store_patience patience = { .attempts = 2, .total_ms = 30000, .stopping = is_stopping, .arg = a };
	int64_t size;
	int err;

	store_patience(&patience);
	do {
		struct store_why why = { .err = 0 };

		err = look_at_file(a, &size) && !will_move(a) ? send_some(a, size, &why) : 0;
		if (err)
			note_failure(a, err, &why);
		else
			a->again_ms = 0;
	} while (wait_for_more(a));
	store_patience(NULL);
	return NULL;
}

/* ---- life ---- */

/* What the composer will call its file. */
static const struct output_format *format_of(const char *spec)
{
	json_t *o = *spec ? json_loads(spec, 0, NULL) : NULL;
	const char *name = json_str(o, "format");
	const struct output_format *f = output_format_find(name ? name : "webm");

	json_decref(o);
	return f && !f->several ? f : NULL;
}

static void free_ahead(struct upload_ahead *a)
{
	upload_journal_unref(&a->journal);
	envelope_unref(&a->seal);
	data_key_wipe(&a->key);
	if (a->fd >= 0)
		close(a->fd);
	if (a->dirlock >= 0)
		close(a->dirlock);
	store_unref(&a->store);
	lock_destroy(&a->lock);
	cond_destroy(&a->wake);
	g_free(a->object_key);
	g_free(a->dir);
	g_free(a->name);
	g_free(a->tmp);
	g_free(a);
}

void upload_ahead_start(struct upload_ahead **out, const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	const struct output_format *format = format_of(job->spec);
	struct store *primary = stores_primary(env->stores);
	struct upload_ahead *a;
	int err;

	*out = NULL;
	if (!primary || !format || job->output != FIRST_OUTPUT || !g_file_test(dir, G_FILE_TEST_IS_DIR))
		return;
	a = g_new0(struct upload_ahead, 1);
	a->env = env;
	a->job = job;
	a->format = format;
	a->store = store_ref(primary);
	a->dir = g_strdup(dir);
	a->name = g_strdup_printf("output.%s", format->extension);
	a->tmp = g_strdup_printf("%s/.%s.tmp", dir, a->name);
	a->fd = -1;
	a->dirlock = dirlock_take(dir, false);
	lock_init(&a->lock);
	cond_init(&a->wake);
	err = a->dirlock < 0 ? a->dirlock : upload_journal_open(&a->journal, dir, store_name(primary), job->output);
	if (!err)
		err = thread_start(&a->thread, "upload ahead", ahead_main, a);
	if (err)
		free_ahead(a);
	else
		*out = a;
}

void upload_ahead_stop(struct upload_ahead **ap)
{
	struct upload_ahead *a = *ap;

	*ap = NULL;
	if (!a)
		return;
	lock_take(&a->lock);
	a->stop_us = clock_mono_us();
	cond_broadcast(&a->wake);
	lock_release(&a->lock);
	pthread_join(a->thread, NULL);
	free_ahead(a);
}

void upload_ahead_discard(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	struct store *primary = stores_primary(env->stores);
	struct upload_journal *j = NULL;

	if (primary && job->output == FIRST_OUTPUT && !upload_journal_open(&j, dir, store_name(primary), job->output))
		upload_abort(primary, j);
	upload_journal_unref(&j);
}
