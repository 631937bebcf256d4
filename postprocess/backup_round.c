/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One round of the backup. Called by backup.c on one of its threads.
 *
 *	timeline, from what is done to the last seal ─┬▶ chunk lines, by participant ─▶ files ─▶ bundles ─▶ store ─▶ journal
 *	                                              ├▶ participants.json, chat.jsonl where they changed ─▶ store ─▶ journal
 *	                                              └▶ that piece of it ─▶ store ─▶ journal        last: it names what is there already
 *	over ─▶ "complete" ─▶ the store's list against the journal ─▶ "verified", or what is lost is put again
 */
#include "postprocess/backup_round.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/json.h"
#include "common/log.h"
#include "common/timeline.h"
#include "postprocess/bundle.h"
#include "postprocess/dirlock.h"

enum {
	GENERATIONS_MAX = 16,          /* a store that loses what it is given is not given it for ever */
	CHUNKS_AT_ONCE = 4096, PIECE_BYTES = 4 << 20,          /* of one round; the rest is the next one's */
	UNSEALED_MAX = 64 << 20,                               /* a timeline without a seal for so long is taken as it is */
	FILE_MAX = 64 << 20, TAIL_BYTES = 4096,
};

/* A chunk line */
struct pending {
	char participant[PARTICIPANT_SIZE];
	char *file, *mark;
	int64_t end, time_s;           /* end: behind the line */
};

struct scan {
	const struct backup_journal *journal;
	GPtrArray *chunks;             /* struct pending */
	int64_t from, to;              /* to: what this round takes */
	bool stop, full;
};

static void pending_free(gpointer p)
{
	struct pending *c = p;

	g_free(c->file);
	g_free(c->mark);
	g_free(c);
}

/* ---- what is new ---- */

static bool is_there(const struct backup_journal *j, const struct pending *c)
{
	const struct backup_person *p = g_hash_table_lookup(j->people, c->participant);

	return (p && p->to >= c->end) || (j->known && g_hash_table_contains(j->known, c->mark));
}

static void take_chunk(struct scan *s, const struct timeline_line *line)
{
	const char *file = json_str(line->o, "file"), *sha256 = json_str(line->o, "sha256");
	struct chunk_name name;
	struct pending *c;

	if (!file || chunk_name_parse(&name, file))
		return;
	c = g_new0(struct pending, 1);
	g_strlcpy(c->participant, name.participant, sizeof(c->participant));
	c->file = g_strdup(file);
	c->mark = backup_file_mark(file, sha256 ? sha256 : "");
	c->end = line->end;
	c->time_s = json_num(line->o, "wall_ms", 0) / 1000;
	if (is_there(s->journal, c))
		pending_free(c);
	else
		g_ptr_array_add(s->chunks, c);
}

/* Pieces end behind a seal. Behind the stop line every line may be the last. */
static int scan_line(const struct timeline_line *line, void *arg)
{
	struct scan *s = arg;

	if (line->type == TL_CHUNK)
		take_chunk(s, line);
	s->stop |= line->type == TL_STOP;
	if (s->stop || line->type == TL_SEALED || line->end - s->from > UNSEALED_MAX)
		s->to = line->end;
	s->full = s->to == line->end && (s->chunks->len >= CHUNKS_AT_ONCE || s->to - s->from >= PIECE_BYTES);
	return s->full;
}

static int scan(struct scan *s, int fd, const struct backup_journal *j)
{
	int64_t end = 0, size = 0;
	int err;

	*s = (struct scan){ .journal = j, .chunks = g_ptr_array_new_with_free_func(pending_free), .from = j->last.to, .to = j->last.to, .stop = j->last.closed };
	err = timeline_scan_from(fd, s->from, scan_line, s, &end, &size);
	while (s->chunks->len && ((struct pending *)s->chunks->pdata[s->chunks->len - 1])->end > s->to)
		g_ptr_array_set_size(s->chunks, (gint)s->chunks->len - 1);
	return MIN(err, 0);
}

/* ---- is it the timeline it was? ---- */

static int read_piece(int fd, int64_t from, int64_t to, char **out)
{
	size_t len = (size_t)(to - from), at = 0;

	*out = g_malloc(len + 1);
	while (at < len) {
		ssize_t n = pread(fd, *out + at, len - at, from + (int64_t)at);

		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		at += (size_t)n;
	}
	return 0;
}

/* The last piece stands for all before it: its lines hold hashes of what came earlier. */
static bool piece_is_there(const struct backup_journal *j, int fd)
{
	g_autofree char *data = NULL;
	char plain[SHA256_HEX];

	if (!j->last.plain[0])
		return true;
	if (read_piece(fd, j->last.from, j->last.to, &data))
		return false;
	sha256_hex(plain, data, (size_t)(j->last.to - j->last.from));
	return !strcmp(plain, j->last.plain);
}

static int look_at_timeline(struct backup_round *r, int fd)
{
	struct stat st;
	bool same;

	if (fstat(fd, &st))
		return -errno;
	same = st.st_ino == r->ino && st.st_dev == r->dev && st.st_size >= r->journal->last.to;
	r->dev = st.st_dev;
	r->ino = st.st_ino;
	if (same || piece_is_there(r->journal, fd))
		return 0;
	log_info("recording %s: its timeline was written anew; so is its backup in store %s", r->at.id, store_name(r->at.store));
	return backup_journal_anew(r->journal, r->journal->newest + 1);
}

/* ---- into the store ---- */

static int put(struct backup_round *r, const char *name, const void *data, size_t len, struct original_object *o, struct store_why *why)
{
	g_ptr_array_add(r->put, g_strdup(name));       /* also when it fails: it may be there */
	return original_put(&r->at, name, data, len, o, why);
}

struct filling {
	const char *participant;
	GByteArray *tar;
	json_t *files;
	int64_t to;                    /* of the last file in it */
};

static int put_bundle(struct backup_round *r, struct filling *f, struct store_why *why)
{
	struct original name = { .kind = ORIGINAL_BUNDLE, .generation = r->journal->generation };
	char text[ORIGINAL_NAME_SIZE];
	struct original_object o;
	int err;

	if (!f->tar->len)
		return 0;
	g_strlcpy(name.participant, f->participant, sizeof(name.participant));
	name.number = backup_journal_person(r->journal, f->participant)->bundles + 1;
	original_name_format(text, &name);
	bundle_end(f->tar);
	err = put(r, text, f->tar->data, f->tar->len, &o, why);
	if (!err)
		err = backup_journal_bundle(r->journal, &o, f->to, f->files);
	g_byte_array_set_size(f->tar, 0);
	json_array_clear(f->files);
	return err;
}

/* A file that is gone was erased, or never will be there: the composer says which. */
static int add_file(struct backup_round *r, struct filling *f, const struct pending *c, struct store_why *why)
{
	g_autofree char *path = g_build_filename(r->dir, "chunks", c->file, NULL), *data = NULL;
	size_t len = 0;
	int err = fs_read(path, BUNDLE_FILE_MAX, &data, &len);

	if (err == -ENOENT || err == -EFBIG) {
		log_warn("recording %s: %s is not backed up: %s", r->at.id, c->file, err == -ENOENT ? "it is not there" : "it is too large for a chunk");
		return 0;
	}
	if (!err && f->tar->len + len > BUNDLE_BYTES)
		err = put_bundle(r, f, why);
	if (!err)
		err = bundle_add(f->tar, c->file, data, len, c->time_s);
	if (!err)
		json_array_append_new(f->files, json_string(c->mark));
	f->to = c->end;
	return err;
}

static int put_person(struct backup_round *r, const char *participant, const GPtrArray *chunks, struct store_why *why)
{
	struct filling f = { .participant = participant, .tar = g_byte_array_new(), .files = json_array() };
	int err = 0;

	for (guint i = 0; !err && i < chunks->len; i++) {
		const struct pending *c = chunks->pdata[i];

		if (!strcmp(c->participant, participant))
			err = add_file(r, &f, c, why);
	}
	if (!err)
		err = put_bundle(r, &f, why);
	g_byte_array_unref(f.tar);
	json_decref(f.files);
	return err;
}

static int put_people(struct backup_round *r, const GPtrArray *chunks, struct store_why *why)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	int err = 0;

	for (guint i = 0; !err && i < chunks->len; i++) {
		struct pending *c = chunks->pdata[i];

		if (g_hash_table_add(seen, c->participant))
			err = put_person(r, c->participant, chunks, why);
	}
	return err;
}

static int put_file(struct backup_round *r, enum original_kind kind, struct store_why *why)
{
	const char *name = original_file(kind);
	g_autofree char *path = g_build_filename(r->dir, name, NULL), *data = NULL;
	char plain[SHA256_HEX];
	struct original_object o;
	size_t len = 0;
	int err = fs_read(path, FILE_MAX, &data, &len);

	if (err)
		return err == -ENOENT ? 0 : err;
	sha256_hex(plain, data, len);
	if (!strcmp(plain, r->journal->plain[kind]))
		return 0;
	err = put(r, name, data, len, &o, why);
	return err ? err : backup_journal_file(r->journal, &o, plain);
}

static int put_files(struct backup_round *r, struct store_why *why)
{
	int err = 0;

	for (int kind = 0; kind < ORIGINAL_KINDS && !err; kind++)
		if (original_file((enum original_kind)kind))
			err = put_file(r, (enum original_kind)kind, why);
	return err;
}

static int put_piece(struct backup_round *r, int fd, const struct scan *s, struct store_why *why)
{
	struct original name = { .kind = ORIGINAL_TIMELINE, .generation = r->journal->generation, .number = s->from };
	struct backup_piece p = { .from = s->from, .to = s->to, .closed = s->stop };
	char text[ORIGINAL_NAME_SIZE];
	g_autofree char *data = NULL;
	struct original_object o;
	int err;

	if (s->to == s->from)
		return 0;
	original_name_format(text, &name);
	err = read_piece(fd, s->from, s->to, &data);
	if (err)
		return err;
	sha256_hex(p.plain, data, (size_t)(s->to - s->from));
	err = put(r, text, data, (size_t)(s->to - s->from), &o, why);
	return err ? err : backup_journal_piece(r->journal, &o, &p);
}

/* ---- is it there? ---- */

static int strike_off(const struct original *o, const struct original_object *object, void *arg)
{
	GHashTable *missing = arg;
	const struct original_object *ours = g_hash_table_lookup(missing, object->name);

	(void)o;
	if (ours && ours->size == object->size && (!ours->etag[0] || !object->etag[0] || !strcmp(ours->etag, object->etag)))
		g_hash_table_remove(missing, object->name);
	return 0;
}

static int note_lost(struct backup_round *r, GHashTable *missing)
{
	GHashTableIter it;
	gpointer name;
	int err = 0;

	g_hash_table_iter_init(&it, missing);
	while (!err && g_hash_table_iter_next(&it, &name, NULL)) {
		log_warn("recording %s: %s is not in store %s as it was put there; it is put again", r->at.id, (char *)name, store_name(r->at.store));
		err = backup_journal_lost(r->journal, name);
	}
	return err ? err : backup_journal_anew(r->journal, r->journal->newest + 1);
}

/* 0 all is there, 1 not all was */
static int verify(struct backup_round *r, struct store_why *why)
{
	GHashTable *missing = NULL;
	int err = backup_journal_objects(r->journal, &missing);

	if (!err)
		err = original_list(&r->at, strike_off, missing, why);
	if (!err && g_hash_table_size(missing) && r->journal->newest >= GENERATIONS_MAX)
		err = -EIO;
	else if (!err && g_hash_table_size(missing))
		err = note_lost(r, missing) ? -EIO : 1;
	else if (!err)
		err = backup_journal_end(r->journal, BACKUP_VERIFIED);
	g_hash_table_unref(missing);
	return err;
}

static int finish(struct backup_round *r, struct store_why *why)
{
	int err = r->journal->end == BACKUP_RUNS ? backup_journal_end(r->journal, BACKUP_COMPLETE) : 0;

	return err || r->journal->end == BACKUP_VERIFIED ? err : verify(r, why);
}

/* ---- a round ---- */

static int put_new(struct backup_round *r, int fd, struct store_why *why)
{
	struct scan s;
	int err = scan(&s, fd, r->journal);

	if (!err)
		err = put_people(r, s.chunks, why);
	if (!err)
		err = put_files(r, why);
	if (!err)
		err = put_piece(r, fd, &s, why);
	if (!err && s.stop && !s.full)
		err = finish(r, why);
	g_ptr_array_unref(s.chunks);
	return err ? err : s.full;
}

static int open_timeline(struct backup_round *r, int *fd)
{
	g_autofree char *path = g_build_filename(r->dir, "timeline.jsonl", NULL);

	*fd = timeline_open_read(path);
	return *fd < 0 ? *fd : look_at_timeline(r, *fd);
}

int backup_round(struct backup_round *r, struct store_why *why)
{
	int lock = dirlock_take(r->dir, false), fd = -1, err = lock < 0 ? lock : 0;

	*why = (struct store_why){ 0 };
	if (!r->put)
		r->put = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_set_size(r->put, 0);
	if (!err && !r->journal)
		err = backup_journal_open(&r->journal, r->dir, r->at.id, store_name(r->at.store));
	if (!err)
		err = open_timeline(r, &fd);
	if (!err)
		err = put_new(r, fd, why);
	if (fd >= 0)
		close(fd);
	if (lock >= 0)
		close(lock);
	return err;
}

bool backup_round_due(const struct backup_round *r, bool *stopped)
{
	g_autofree char *path = g_build_filename(r->dir, "timeline.jsonl", NULL);
	char tail[TAIL_BYTES];
	int fd = timeline_open_read(path);
	struct stat st;
	ssize_t n;

	*stopped = false;
	if (fd < 0 || fstat(fd, &st)) {
		if (fd >= 0)
			close(fd);
		return fd != -ENOENT;
	}
	n = pread(fd, tail, sizeof(tail), MAX(0, (int64_t)st.st_size - TAIL_BYTES));
	*stopped = n > 0 && memmem(tail, (size_t)n, "\"type\":\"stop\"", strlen("\"type\":\"stop\""));
	close(fd);
	return !r->journal || st.st_size > r->journal->last.to || st.st_ino != r->ino || r->journal->end != (*stopped ? BACKUP_VERIFIED : BACKUP_RUNS);
}

void backup_round_undo(struct backup_round *r)
{
	for (guint i = 0; r->put && i < r->put->len; i++)
		original_remove(&r->at, r->put->pdata[i], NULL);
}

void backup_round_done(struct backup_round *r)
{
	backup_journal_close(&r->journal);
	original_place_done(&r->at);
	if (r->put)
		g_ptr_array_unref(r->put);
	r->put = NULL;
}
