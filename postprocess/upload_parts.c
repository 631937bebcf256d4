/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parts of an upload, side by side. Called by upload.c on a runner's thread, which only looks after those that send:
 *
 *	journal + the store's own list ─▶ what is there with the right bytes │ the rest ─▶ threads: read, hash, send, note ─▶ … ─▶ part 1
 *	may() ─▶ go │ wait: no new part is begun │ stop: calls under way end
 */
#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "common/log.h"
#include "common/metrics.h"
#include "common/sync.h"
#include "postprocess/upload_private.h"

enum { LOOK_MS = 100, PARALLEL_MAX = 32 };

int upload_why(struct store_why *why, int err, bool again, const char *fmt, ...)
{
	va_list ap;

	*why = (struct store_why){ .err = err, .again = again };
	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return err;
}

/* ---- what is there ---- */

struct listed { int64_t size; char etag[STORE_ETAG]; };
struct listing { struct listed *parts; int n; };

static int take_listed(int number, int64_t size, const char *etag, void *arg)
{
	struct listing *l = arg;

	if (number < 1 || number > l->n)
		return 0;
	l->parts[number - 1].size = size;
	g_strlcpy(l->parts[number - 1].etag, etag, STORE_ETAG);
	return 0;
}

static bool is_md5(const char *etag)
{
	return strlen(etag) == 32 && strspn(etag, "0123456789abcdefABCDEF") == 32;
}

/* The journal and the store agree about it, and the file still has these bytes there. */
static bool is_noted(struct transfer *t, const struct upload_part *p, const struct listed *l, char etag[STORE_ETAG])
{
	char sha256[SHA256_HEX], now[SHA256_HEX];

	return upload_journal_part(t->conf->journal, t->file->name, p->number, sha256, etag) && (!*l->etag || !strcmp(l->etag, etag)) &&
	       !upload_part_hash(&t->source, p, now) && !strcmp(sha256, now);
}

/* Sent, but who did so did not live to note it. */
static bool is_known_by_md5(struct transfer *t, const struct upload_part *p, const struct listed *l, char etag[STORE_ETAG])
{
	char md5[33], sha256[SHA256_HEX];

	if (t->source.seal || !is_md5(l->etag) || upload_part_md5(&t->source, p, md5) || g_ascii_strcasecmp(md5, l->etag) ||
	    upload_part_hash(&t->source, p, sha256))
		return false;
	g_strlcpy(etag, l->etag, STORE_ETAG);
	upload_journal_put(t->conf->journal, t->file->name, p->number, sha256, etag);
	return true;
}

static void look_at(struct transfer *t, int number, const struct listed *l)
{
	struct store_part_done *d = &t->parts[number - 1];
	struct upload_part p;

	*d = (struct store_part_done){ .number = number };
	if (!upload_part_at(&t->source, number, &p) || l->size != (int64_t)p.object_len)
		return;
	if (is_noted(t, &p, l, d->etag) || is_known_by_md5(t, &p, l, d->etag))
		t->there += (int64_t)p.object_len;
	else
		d->etag[0] = '\0';
}

int upload_parts_look(struct transfer *t, struct store_why *why)
{
	struct listing l = { g_new0(struct listed, t->nparts), t->nparts };
	int err;

	for (int i = 0; i < t->nparts; i++)
		l.parts[i].size = -1;
	err = store_parts_list(t->conf->store, t->file->key, t->upload, take_listed, &l, why);
	t->there = 0;
	for (int i = 0; !err && i < t->nparts; i++)
		look_at(t, i + 1, &l.parts[i]);
	g_free(l.parts);
	return err;
}

void upload_parts_recall(struct transfer *t)
{
	struct upload_part p;

	for (int i = 0; i < t->nparts; i++)
		if (!upload_part_at(&t->source, i + 1, &p) || !is_noted(t, &p, &(struct listed){ .size = -1 }, t->parts[i].etag))
			t->parts[i].etag[0] = '\0';
}

/* ---- the rest ---- */

struct crew {
	struct transfer *t;
	enum upload_may may;               /* atomic */
	struct lock lock;
	struct cond wake;                  /* may or left changed */
	/* under lock */
	int next;                          /* of the order 2, 3, …, 1 */
	int left;                          /* threads that have not ended */
	int err;
	struct store_why why;              /* the first that failed */
};

static enum upload_may may_now(struct crew *c)
{
	return __atomic_load_n(&c->may, __ATOMIC_RELAXED);
}

static bool is_stopping(void *arg)
{
	return may_now(arg) == UPLOAD_STOP;
}

/* The next part that is not there; 0: none, or no more is to be begun. */
static int next_part(struct crew *c)
{
	struct transfer *t = c->t;
	int number = 0;

	lock_take(&c->lock);
	while (may_now(c) == UPLOAD_WAIT && !c->err)
		cond_wait_until(&c->wake, &c->lock, clock_mono_us() + LOOK_MS * 1000);
	while (!number && !c->err && may_now(c) == UPLOAD_GO && c->next < t->nparts) {
		number = (c->next++ + 1) % t->nparts + 1;
		if (*t->parts[number - 1].etag)
			number = 0;
	}
	lock_release(&c->lock);
	return number;
}

static int send_part(struct crew *c, const struct upload_part *p, struct store_why *why)
{
	struct transfer *t = c->t;
	char sha256[SHA256_HEX], etag[STORE_ETAG] = "";
	struct store_body body;
	void *mem = NULL;
	int err = upload_part_body(&t->source, p, false, &body, &mem, sha256);

	if (err)
		return upload_why(why, err, err != -EBADMSG, "%s: %s", t->file->name, err == -EBADMSG ? "the file on disk is not what was made" : err_str(err));
	err = store_part(t->conf->store, t->file->key, t->upload, p->number, &body, etag, why);
	g_free(mem);
	if (err)
		return err;
	upload_journal_put(t->conf->journal, t->file->name, p->number, sha256, etag);
	metric_add(METRIC_UPLOAD_BYTES, 0, (int64_t)p->object_len);
	lock_take(&c->lock);
	g_strlcpy(t->parts[p->number - 1].etag, etag, STORE_ETAG);
	t->there += (int64_t)p->object_len;
	t->sent += (int64_t)p->object_len;
	cond_broadcast(&c->wake);
	lock_release(&c->lock);
	return 0;
}

static void note_failure(struct crew *c, int err, const struct store_why *why)
{
	lock_take(&c->lock);
	if (!c->err) {
		c->err = err;
		c->why = *why;
	}
	lock_release(&c->lock);
}

static void *sender_main(void *arg)
{
	struct crew *c = arg;
	struct store_patience patience = { .attempts = 4, .total_ms = 30000, .stopping = is_stopping, .arg = c };
	struct store_why why;
	struct upload_part p;
	int number, err;

	store_patience(&patience);
	while ((number = next_part(c))) {
		err = upload_part_at(&c->t->source, number, &p) ? send_part(c, &p, &why) : upload_why(&why, -EINVAL, false, "there is no part %d", number);
		if (err)
			note_failure(c, err, &why);
	}
	store_patience(NULL);
	lock_take(&c->lock);
	c->left--;
	cond_broadcast(&c->wake);
	lock_release(&c->lock);
	return NULL;
}

static int64_t bytes_there(struct crew *c)
{
	int64_t there;

	lock_take(&c->lock);
	there = c->t->there;
	lock_release(&c->lock);
	return there;
}

/* Until the last one has ended. */
static void look_after(struct crew *c)
{
	const struct upload_conf *conf = c->t->conf;
	bool more = true;

	while (more) {
		__atomic_store_n(&c->may, conf->may(conf->arg), __ATOMIC_RELAXED);
		conf->progress(bytes_there(c), upload_object_size(&c->t->source), conf->arg);
		lock_take(&c->lock);
		cond_broadcast(&c->wake);
		if (c->left)
			cond_wait_until(&c->wake, &c->lock, clock_mono_us() + LOOK_MS * 1000);
		more = c->left > 0;
		lock_release(&c->lock);
	}
	conf->progress(bytes_there(c), upload_object_size(&c->t->source), conf->arg);
}

static int count_missing(const struct transfer *t)
{
	int n = 0;

	for (int i = 0; i < t->nparts; i++)
		n += !*t->parts[i].etag;
	return n;
}

int upload_parts(struct transfer *t, struct store_why *why)
{
	struct crew c = { .t = t, .may = t->conf->may(t->conf->arg) };
	pthread_t threads[PARALLEL_MAX];
	int n = MIN(CLAMP(store_conf(t->conf->store)->parallel, 1, PARALLEL_MAX), count_missing(t)), started = 0, err = 0;

	lock_init(&c.lock);
	cond_init(&c.wake);
	for (; !err && started < n; started += !err) {
		lock_take(&c.lock);
		c.left++;
		lock_release(&c.lock);
		err = thread_start(&threads[started], "upload", sender_main, &c);
	}
	if (err) {
		lock_take(&c.lock);
		c.left--;
		lock_release(&c.lock);
		note_failure(&c, err, &(struct store_why){ .err = err, .text = "no thread could be started", .again = true });
	}
	look_after(&c);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	lock_destroy(&c.lock);
	cond_destroy(&c.wake);
	if (c.err)
		*why = c.why;
	else if (count_missing(t))
		upload_why(why, -ECANCELED, true, "stopped");
	return c.err ? c.err : count_missing(t) ? -ECANCELED : 0;
}
