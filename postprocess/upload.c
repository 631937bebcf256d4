/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One finished file into a store. Called by upload_job.c on a runner's thread, which it blocks until the file is there, looked at, or cannot be.
 *
 *	small: still ours? ─▶ put if absent ──────────────────────────────┐
 *	large: begin, or go on ─▶ upload_parts.c ─▶ still ours? ─▶ end ───┴─▶ HEAD: size, checksum ─▶ ours, else away with it and once more
 *	          something has that name ─▶ upload_compare.c: ours? done : -EEXIST
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/log.h"
#include "common/metrics.h"
#include "postprocess/checksum.h"
#include "postprocess/upload_private.h"

enum { PATIENCE_MS = 30000, ATTEMPTS = 4, STRAYS_MAX = 100 };

static bool is_stopping(void *arg)
{
	const struct upload_conf *c = arg;

	return c->may(c->arg) == UPLOAD_STOP;
}

static struct store_put put_of(const struct transfer *t)
{
	return (struct store_put){ .key = t->file->key, .mime = t->file->mime, .sha256 = t->source.seal ? NULL : t->file->sha256, .key_id = t->conf->key_id,
				   .if_absent = !t->file->replace };
}

static int ask_if_ours(const struct upload_conf *c, struct store_why *why)
{
	int err = c->still_ours(c->arg);

	return err ? upload_why(why, -ECANCELED, true, "it is somebody else's by now") : 0;
}

/* ---- begun ---- */

struct strays {
	const char *key;
	GPtrArray *uploads;
};

static int take_stray(const struct store_item *i, void *arg)
{
	struct strays *s = arg;

	if (!strcmp(i->key, s->key) && *i->upload && s->uploads->len < STRAYS_MAX)
		g_ptr_array_add(s->uploads, g_strdup(i->upload));
	return 0;
}

/* Begun by one who did not live to note it. The newest goes on, as its parts are known by their hashes; where they are sealed they are not. */
static int find_strays(const struct upload_conf *c, const char *key, bool adopt, char *upload, struct store_why *why)
{
	struct strays s = { key, g_ptr_array_new_with_free_func(g_free) };
	int err = store_list(c->store, &(struct store_list){ .prefix = key, .uploads = true }, take_stray, &s, why);

	for (guint i = 0; !err && i < s.uploads->len; i++) {
		if (adopt && i + 1 == s.uploads->len)
			g_strlcpy(upload, s.uploads->pdata[i], STORE_UPLOAD);
		else
			err = store_parts_abort(c->store, key, s.uploads->pdata[i], why);
	}
	g_ptr_array_unref(s.uploads);
	return err == -ENOTSUP ? 0 : err;
}

int upload_begin(const struct upload_conf *c, const char *name, const struct store_put *put, int64_t part_size, int64_t object_part, char *upload, struct store_why *why)
{
	struct upload_old old;
	int err = 0;

	if (upload_journal_find(c->journal, name, put->key, part_size, c->key_id, upload, &old))
		return 0;
	if (*old.upload)
		err = store_parts_abort(c->store, old.key, old.upload, why);
	if (!err)
		err = find_strays(c, put->key, !c->key, upload, why);
	if (!err && !*upload)
		err = store_parts_begin(c->store, put, (size_t)object_part, upload, why);
	if (err)
		return err;
	err = upload_journal_begin(c->journal, name, put->key, part_size, c->key_id, upload);
	return err ? upload_why(why, err, true, "the upload's journal could not be written: %s", err_str(err)) : 0;
}

static void abort_one(const char *key, const char *upload, void *arg)
{
	struct store_why why;

	if (store_parts_abort(arg, key, upload, &why))
		log_warn("store %s: an unfinished upload stays: %s", store_name(arg), why.text);
}

void upload_abort(struct store *s, struct upload_journal *j)
{
	upload_journal_each(j, abort_one, s);
	upload_journal_remove(j);
}

/* ---- ended ---- */

static int look_at_object(struct transfer *t, struct upload_result *r, struct store_why *why)
{
	int err = store_head(t->conf->store, t->file->key, &r->st, why);

	return err ? err : upload_compare(t, &r->st, why);
}

/* What we have just made is not what it should be: it must not stay under that name. */
static int undo(struct transfer *t, struct upload_result *r, struct store_why *why)
{
	struct store_why ignored;

	log_error("store %s: %s is not what was sent; it is removed and sent again", store_name(t->conf->store), t->file->key);
	store_remove(t->conf->store, t->file->key, *r->st.version ? r->st.version : NULL, &ignored);
	upload_journal_begin(t->conf->journal, t->file->name, "", 0, NULL, "");
	return upload_why(why, -EBADMSG, true, "store %s: %s was not what was sent", store_name(t->conf->store), t->file->key);
}

static int verify(struct transfer *t, struct upload_result *r, struct store_why *why)
{
	int err = look_at_object(t, r, why);

	return err == -EEXIST ? undo(t, r, why) : err;
}

/* Its name was taken, or the upload is gone: perhaps since we have finished it, and did not hear so. */
static int settle(struct transfer *t, struct upload_result *r, int how, struct store_why *why)
{
	struct store_why first = *why, ignored;
	int err = look_at_object(t, r, why);

	if (!err && how == -EEXIST && *t->upload)
		store_parts_abort(t->conf->store, t->file->key, t->upload, &ignored);
	if (err == -ENOENT) {
		upload_journal_begin(t->conf->journal, t->file->name, "", 0, NULL, "");
		*why = first;
		why->again = true;
		err = how;
	}
	return err;
}

static int end_parts(struct transfer *t, struct upload_result *r, struct store_why *why)
{
	struct store_put put = put_of(t);
	int err = ask_if_ours(t->conf, why);

	if (err)
		return err;
	err = store_parts_end(t->conf->store, &put, t->upload, t->parts, (size_t)t->nparts, NULL, why);
	if (err == -EEXIST || err == -ENOENT)
		return settle(t, r, err, why);
	return err ? err : verify(t, r, why);
}

/* ---- one file ---- */

static int send_large(struct transfer *t, struct upload_result *r, struct store_why *why)
{
	int err = upload_parts_look(t, why);

	if (err == -ENOENT)
		return settle(t, r, err, why);
	if (err)
		return err;
	err = upload_parts(t, why);
	r->sent = t->sent;
	return err ? err : end_parts(t, r, why);
}

/* It was completed, or put there, while another upload of it was begun: perhaps as the store said wrongly that it was not there. */
static void drop_under_way(struct transfer *t)
{
	struct upload_old old;
	struct store_why ignored;
	char upload[STORE_UPLOAD];

	if (upload_journal_find(t->conf->journal, t->file->name, t->file->key, t->source.part_size, t->conf->key_id, upload, &old))
		store_parts_abort(t->conf->store, t->file->key, upload, &ignored);
	upload_journal_begin(t->conf->journal, t->file->name, "", 0, NULL, "");
}

/* A name that is taken is known before all is sent. */
static int begin_large(struct transfer *t, struct upload_result *r, struct store_why *why)
{
	struct store_put put = put_of(t);
	int err;

	if (t->nparts > STORE_PARTS_MAX)
		return upload_why(why, -EFBIG, false, "%s: more than %d parts: part_mb must be larger", t->file->name, STORE_PARTS_MAX);
	if (!t->file->replace) {
		upload_parts_recall(t);
		err = look_at_object(t, r, why);
		r->was_there = !err;
		if (!err)
			drop_under_way(t);
		if (err != -ENOENT)
			return err ? err : 1;
	}
	return upload_begin(t->conf, t->file->name, &put, t->source.part_size, upload_object_part(&t->source), t->upload, why);
}

/* Sealed parts say of which upload they are, so that those of two cannot be mixed. */
static int seal_parts(struct transfer *t, struct envelope **seal, struct store_why *why)
{
	int err;

	if (!t->conf->key)
		return 0;
	envelope_unref(seal);
	err = envelope_create(seal, t->conf->key, t->conf->key_id, *t->upload ? t->upload : NULL);
	t->source.seal = *seal;
	return err ? upload_why(why, err, false, "%s cannot be sealed: %s", t->file->name, err_str(err)) : 0;
}

static int send_small(struct transfer *t, struct upload_result *r, struct store_why *why)
{
	struct store_put put = put_of(t);
	char plain[SHA256_HEX];
	struct upload_part p = { .number = 1, .len = (size_t)t->source.size, .end = true };
	void *mem = NULL;
	int err = upload_part_body(&t->source, &p, false, &put.body, &mem, plain);

	if (err)
		return upload_why(why, err, err != -EBADMSG, "%s: %s", t->file->name, err == -EBADMSG ? "the file on disk is not what was made" : err_str(err));
	if (t->source.seal)
		sha256_hex(t->sha256, put.body.data, put.body.len);
	else if (t->source.size <= CHECKSUM_BLOCK)     /* else it is of the blocks' hashes */
		g_strlcpy(t->sha256, plain, sizeof(t->sha256));
	put.sha256 = t->sha256[0] ? t->sha256 : NULL;
	err = ask_if_ours(t->conf, why);
	if (!err)
		err = store_put(t->conf->store, &put, NULL, why);
	r->sent = err ? 0 : (int64_t)put.body.len;
	metric_add(METRIC_UPLOAD_BYTES, 0, r->sent);
	g_free(mem);
	if (err == -EEXIST) {
		r->was_there = true;
		if (t->source.seal)            /* not what we have just made */
			t->sha256[0] = '\0';
		return look_at_object(t, r, why);
	}
	return err ? err : verify(t, r, why);
}

static int send_file(struct transfer *t, struct upload_result *r, struct store_why *why)
{
	struct envelope *seal = NULL;
	int err = seal_parts(t, &seal, why);

	if (!err && upload_object_size(&t->source) <= upload_object_part(&t->source)) {
		err = send_small(t, r, why);
	} else if (!err) {
		t->nparts = upload_part_count(&t->source);
		t->parts = g_new0(struct store_part_done, t->nparts);
		err = begin_large(t, r, why);
		if (!err)
			err = seal_parts(t, &seal, why);
		if (!err)
			err = send_large(t, r, why);
	}
	g_free(t->parts);
	envelope_unref(&seal);
	return MIN(err, 0);
}

static int open_file(struct transfer *t, struct store_why *why)
{
	const struct upload_file *f = t->file;
	struct stat st;

	t->source.fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (t->source.fd < 0 || fstat(t->source.fd, &st))
		return upload_why(why, errno == ENOENT ? -ENXIO : -errno, true, "%s: %s", f->name, err_str(-errno));
	if (f->size >= 0 && st.st_size != f->size)
		return upload_why(why, -EBADMSG, false, "%s: the file on disk is not what was made: %lld bytes, not %lld", f->name, (long long)st.st_size, (long long)f->size);
	t->source.size = st.st_size;
	return 0;
}

int upload_send(const struct upload_conf *c, const struct upload_file *f, struct upload_result *r, struct store_why *why)
{
	struct transfer t = { .conf = c, .file = f, .source = { .fd = -1, .part_size = (int64_t)store_conf(c->store)->part_mb << 20, .blocks = f->blocks } };
	struct store_patience patience = { .attempts = ATTEMPTS, .total_ms = PATIENCE_MS, .stopping = is_stopping, .arg = (void *)(uintptr_t)c };
	int err;

	*r = (struct upload_result){ .sent = 0 };
	*why = (struct store_why){ .err = 0 };
	err = open_file(&t, why);
	if (!err) {
		store_patience(&patience);
		err = send_file(&t, r, why);
		store_patience(NULL);
	}
	if (t.source.fd >= 0)
		close(t.source.fd);
	return err;
}
