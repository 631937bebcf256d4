/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Puts a recording's directory in order again. Called by `recroom-pp repair`, main thread.
 *
 *	verify ─ sound? ─▶ nothing to do
 *	chunks/: .name.tmp, whole ─▶ name · cannot be read ─▶ name.damaged · the others ─▶ probe
 *	timeline.jsonl ─▶ lines that can be read ─▶ repair_lines ─▶ .timeline.repair.tmp ─▶ the old one is kept beside ─▶ timeline.jsonl
 */
#include "postprocess/repair.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "common/ebml.h"
#include "common/fsio.h"
#include "common/log.h"
#include "postprocess/repair_private.h"
#include "postprocess/verify_private.h"

enum { PEOPLE_MAX = 16 << 20, METADATA_MAX = 64 << 20, WHOLE_MAX = 256 << 20, KEPT_MAX = 1000 };

#define NEW_NAME ".timeline.repair.tmp"

/* ---- chunk files ---- */

static bool is_whole(int fd, int64_t size)
{
	uint8_t *data = size > 0 && size <= WHOLE_MAX ? g_malloc((gsize)size) : NULL;
	int64_t len = 0;
	bool whole;

	while (data && len < size) {
		ssize_t n = pread(fd, data + len, (size_t)(size - len), len);

		if (n <= 0)
			break;
		len += n;
	}
	whole = data && len == size && ebml_is_whole(data, (size_t)size);
	g_free(data);
	return whole;
}

/* The chunk's name of ".<name>.tmp", if that is free and the file whole; g_free() */
static char *adoptable(const struct rebuild *r, const char *temporary)
{
	struct chunk_name n;
	struct stat st;
	int64_t size = 0;
	char *name;
	int fd;

	if (temporary[0] != '.' || !g_str_has_suffix(temporary, ".tmp"))
		return NULL;
	name = g_strndup(temporary + 1, strlen(temporary) - 5);
	fd = chunk_name_parse(&n, name) || !fstatat(r->chunks, name, &st, AT_SYMLINK_NOFOLLOW) ? -1 : verify_open(r->chunks, temporary, &size);
	if (fd < 0 || !is_whole(fd, size))
		g_clear_pointer(&name, g_free);
	if (fd >= 0)
		close(fd);
	return name;
}

/* Reads a file that shall be the chunk `name`; 1 good, 0 not to be read, negative errno. */
static int take_file(struct rebuild *r, const char *file, const char *name)
{
	struct found *f = g_new0(struct found, 1);
	int fd = verify_open(r->chunks, file, NULL), err = fd < 0 ? -EBADMSG : probe_fd(&f->probe, fd);

	if (fd >= 0)
		close(fd);
	r->done += f->probe.bytes;
	if (!err && (chunk_name_parse(&f->name, name) || f->probe.video == source_is_audio(f->name.source)))
		err = -EBADMSG;
	if (!err && r->conf->progress && r->conf->progress(r->done, r->total, r->conf->arg))
		err = -ECANCELED;
	if (err)
		g_free(f);
	else
		g_hash_table_insert(r->files, g_strdup(name), f);
	return err == -EBADMSG ? 0 : err ? err : 1;
}

/* Out of the composer's way, and kept. */
static int put_aside(struct rebuild *r, const char *file)
{
	g_autofree char *to = g_strconcat(file, ".damaged", NULL);

	r->out->unreadable++;
	if (r->conf->dry_run)
		return 0;
	return renameat(r->chunks, file, r->chunks, to) ? -errno : 0;
}

static int take_name(struct rebuild *r, const char *file)
{
	g_autofree char *adopted = adoptable(r, file);
	struct chunk_name n;
	int got;

	if (!adopted && chunk_name_parse(&n, file))
		return 0;
	got = take_file(r, file, adopted ? adopted : file);
	if (got == 0 && !adopted)
		return put_aside(r, file);
	if (got <= 0 || !adopted)
		return MIN(got, 0);
	r->out->adopted++;
	return !r->conf->dry_run && renameat(r->chunks, file, r->chunks, adopted) ? -errno : 0;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names first: files are renamed on the way. */
static GPtrArray *list_chunks(struct rebuild *r)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	int fd = r->chunks < 0 ? -1 : fcntl(r->chunks, F_DUPFD_CLOEXEC, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	struct stat st;

	if (d)
		rewinddir(d);          /* the place is shared with the descriptor it came from */

	while (d && (e = readdir(d))) {
		if (fstatat(r->chunks, e->d_name, &st, AT_SYMLINK_NOFOLLOW) || S_ISDIR(st.st_mode))
			continue;
		r->total += st.st_size;
		g_ptr_array_add(names, g_strdup(e->d_name));
	}
	if (d)
		closedir(d);
	g_ptr_array_sort(names, by_name);
	return names;
}

static int take_chunks(struct rebuild *r)
{
	GPtrArray *names = list_chunks(r);
	int err = 0;

	for (guint i = 0; !err && i < names->len; i++)
		err = take_name(r, names->pdata[i]);
	g_ptr_array_unref(names);
	return err;
}

/* ---- other files ---- */

static json_t *read_json(int dir, const char *name, int64_t max)
{
	int64_t size = 0;
	int fd = verify_open(dir, name, &size);
	json_t *o = fd >= 0 && size <= max ? json_loadfd(fd, 0, NULL) : NULL;

	if (fd >= 0)
		close(fd);
	return o;
}

static int read_timeline(struct rebuild *r)
{
	int fd = verify_open(r->dir, "timeline.jsonl", NULL), err;
	int64_t end, size;

	if (fd < 0)
		return 0;              /* not there, or nothing that could be read */
	err = timeline_scan(fd, rebuild_line, r, &end, &size);
	r->out->lines_lost += !err && end < size;
	close(fd);
	return err;
}

/* The first name that is free for the old timeline */
static int keep_name(const struct rebuild *r, char *out, size_t size)
{
	struct stat st;

	if (fstatat(r->dir, "timeline.jsonl", &st, AT_SYMLINK_NOFOLLOW)) {
		out[0] = '\0';
		return errno == ENOENT ? 0 : -errno;
	}
	for (int n = 1; n <= KEPT_MAX; n++) {
		g_snprintf(out, (gulong)size, "timeline.jsonl.damaged-%d", n);
		if (fstatat(r->dir, out, &st, AT_SYMLINK_NOFOLLOW))
			return errno == ENOENT ? 0 : -errno;
	}
	return -EEXIST;
}

/* The old one gets its second name before the new one takes its first: there is a timeline at any moment. */
static int swap(const struct rebuild *r)
{
	const char *kept = r->out->kept_as;

	if (kept[0] && linkat(r->dir, "timeline.jsonl", r->dir, kept, 0) && renameat(r->dir, "timeline.jsonl", r->dir, kept))
		return -errno;
	return renameat(r->dir, NEW_NAME, r->dir, "timeline.jsonl") || fsync(r->dir) ? -errno : 0;
}

static int write_timeline(struct rebuild *r)
{
	g_autofree char *path = g_build_filename(r->conf->dir, NEW_NAME, NULL);
	struct timeline *tl = NULL;
	int err;

	if (unlinkat(r->dir, NEW_NAME, 0) && errno != ENOENT)
		return -errno;
	err = timeline_open(&tl, path);
	if (!err)
		err = rebuild_write(r, tl);
	if (!err)
		err = timeline_flush(tl, true);
	if (!err)
		g_strlcpy(r->out->chain, timeline_chain(tl), sizeof(r->out->chain));
	timeline_close(&tl);
	if (!err && r->chunks >= 0 && fsync(r->chunks))
		err = -errno;
	if (!err)
		err = swap(r);
	if (err)
		unlinkat(r->dir, NEW_NAME, 0);
	return err;
}

/* ---- the whole ---- */

/* What is not closed and was just written to is being recorded. Files are stamped by a finer clock than time() reads, so a new one may lie in the future. */
static bool is_live(const struct rebuild *r, const struct verify_result *v)
{
	struct stat st;
	time_t newest = 0;

	if (v->summary.closed || r->conf->min_age_s <= 0)
		return false;
	if (!fstatat(r->dir, "timeline.jsonl", &st, AT_SYMLINK_NOFOLLOW))
		newest = st.st_mtime;
	if (r->chunks >= 0 && !fstat(r->chunks, &st))
		newest = MAX(newest, st.st_mtime);
	return time(NULL) - newest < r->conf->min_age_s;
}

static bool nothing_to_repair(const struct verify_result *v)
{
	for (guint i = 0; i < v->findings->len; i++) {
		const struct chain_finding *f = &g_array_index(v->findings, struct chain_finding, i);

		if (f->kind != CHAIN_BAD_SIGNATURE && f->kind != CHAIN_UNSIGNED)
			return false;
	}
	return v->summary.closed;
}

static int rebuild(struct rebuild *r)
{
	int err;

	r->metadata = read_json(r->dir, "metadata.json", METADATA_MAX);
	r->people = read_json(r->dir, "participants.json", PEOPLE_MAX);
	err = take_chunks(r);
	if (!err)
		err = read_timeline(r);
	if (!err && !r->start && !g_hash_table_size(r->files))
		err = -ENODATA;
	if (!err)
		err = keep_name(r, r->out->kept_as, sizeof(r->out->kept_as));
	if (err)
		return err;
	rebuild_join(r);
	if (!r->out->id[0])
		return -ENODATA;
	return r->conf->dry_run ? 0 : write_timeline(r);
}

/* What is sound is only read, for the catalog. */
static int read_sound(struct rebuild *r, const struct verify_result *v)
{
	struct repair_result *o = r->out;
	int err;

	r->metadata = read_json(r->dir, "metadata.json", METADATA_MAX);
	err = read_timeline(r);
	if (err)
		return err;
	rebuild_report(r);
	o->sound = true;
	o->chunks = v->summary.chunks;
	o->bytes = v->summary.bytes;
	g_strlcpy(o->chain, v->summary.chain, sizeof(o->chain));
	return 0;
}

int repair(const struct repair_conf *conf, struct repair_result *out)
{
	struct verify_conf vc = { .dir = conf->dir, .no_outputs = true, .progress = conf->progress, .arg = conf->arg };
	struct rebuild r = { .conf = conf, .out = out, .chunks = -1 };
	struct verify_result v;
	int err = verify(&vc, &v);

	*out = (struct repair_result){ .id = "" };
	if (err)
		goto out;
	r.dir = open(conf->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r.dir < 0) {
		err = -errno;
		goto out;
	}
	r.chunks = openat(r.dir, "chunks", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	rebuild_init(&r);
	if (is_live(&r, &v))
		err = -EBUSY;
	else
		err = nothing_to_repair(&v) ? read_sound(&r, &v) : rebuild(&r);
	rebuild_done(&r);
	if (r.chunks >= 0)
		close(r.chunks);
	close(r.dir);
out:
	verify_done(&v);
	return err;
}
