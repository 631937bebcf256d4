/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads a recording's directory and has it judged. Called by `recroom-pp verify` and `repair`, main thread.
 *
 *	timeline.jsonl ─▶ chain_survey ─▶ again: chain_line ─▶ look: chunks/…  hash, PREVIOUS
 *	chunks/        ─▶ what no line names ─▶ chain_stray
 *	metadata.json  ─▶ the chain hash · finished files
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/ebml.h"
#include "common/fsio.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/verify.h"
#include "postprocess/verify_private.h"

enum { PIECE = 1 << 18, METADATA_MAX = 64 << 20 };

int verify_open(int at, const char *name, int64_t *size)
{
	int fd = at < 0 ? -1 : openat(at, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return at < 0 ? -ENOENT : -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	if (size)
		*size = st.st_size;
	return fd;
}

int verify_progress(struct verifying *v, int64_t bytes)
{
	v->done += bytes;
	return v->conf->progress && v->conf->progress(v->done, v->total, v->conf->arg) ? -ECANCELED : 0;
}

void verify_add(struct verifying *v, enum chain_kind kind, enum chain_what what, const char *file, const char *why)
{
	struct chain_finding f = { .kind = kind, .what = what, .t_ms = -1 };

	g_strlcpy(f.file, file, sizeof(f.file));
	g_strlcpy(f.why, why, sizeof(f.why));
	g_array_append_val(v->out->findings, f);
}

/* ---- chunk files ---- */

static ssize_t read_piece(int fd, uint8_t *piece)
{
	size_t len = 0;

	while (len < PIECE) {
		ssize_t n = read(fd, piece + len, PIECE - len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)MAX(n, 0);
	}
	return (ssize_t)len;
}

static int look_into(struct verifying *v, int fd, struct chain_file *out)
{
	uint8_t *piece = g_malloc(PIECE);
	struct sha256 *hash = sha256_create();
	bool first = true;
	ssize_t n;
	int err = 0;

	while (!err && (n = read_piece(fd, piece)) != 0) {
		err = n < 0 ? (int)n : verify_progress(v, n);
		if (err)
			break;
		if (first && (!ebml_tag(piece, (size_t)n, "PREVIOUS", out->previous, sizeof(out->previous)) || strlen(out->previous) != SHA256_HEX - 1))
			out->previous[0] = '\0';
		first = false;
		sha256_update(hash, piece, (size_t)n);
	}
	sha256_final(hash, out->sha256);
	g_free(piece);
	return err;
}

static int look(const char *file, struct chain_file *out, void *arg)
{
	struct verifying *v = arg;
	int fd = verify_open(v->chunks, file, NULL), err;

	if (fd < 0)
		return fd;
	err = look_into(v, fd, out);
	close(fd);
	return err;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Chunk files that no line names, in an order that is the same everywhere. */
static GPtrArray *strays(const struct verifying *v, const struct chain *c)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	int fd = v->chunks < 0 ? -1 : fcntl(v->chunks, F_DUPFD_CLOEXEC, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct chunk_name n;
	struct dirent *e;

	if (d)
		rewinddir(d);          /* the place is shared with the descriptor it came from */
	while (d && names->len <= CHAIN_LEADS && (e = readdir(d))) {
		if (chunk_name_parse(&n, e->d_name) == 0 && !chain_knows(c, &n))
			g_ptr_array_add(names, g_strdup(e->d_name));
	}
	if (d)
		closedir(d);
	g_ptr_array_sort(names, by_name);
	return names;
}

static int take_strays(struct verifying *v, struct chain *c)
{
	GPtrArray *names = strays(v, c);
	int err = 0;

	for (guint i = 0; !err && i < names->len; i++)
		err = chain_stray(c, names->pdata[i]);
	g_ptr_array_unref(names);
	return err;
}

/* ---- the timeline ---- */

struct pass { struct verifying *v; struct chain *c; };

static int survey(const struct timeline_line *line, void *arg)
{
	struct pass *p = arg;
	const char *id;

	if (line->type == TL_START && json_num(line->o, "format", 0) > 1)
		return -EPROTO;
	id = line->type == TL_START ? json_str(line->o, "recording") : NULL;
	if (id && recording_id_valid(id))
		g_strlcpy(p->v->out->id, id, sizeof(p->v->out->id));
	return chain_survey(p->c, line);
}

static int judge(const struct timeline_line *line, void *arg)
{
	struct pass *p = arg;

	return chain_line(p->c, line);
}

static int read_timeline(struct verifying *v, struct chain *c, int fd, int64_t *tail)
{
	struct pass p = { v, c };
	int64_t end = 0, size = 0;
	int err = timeline_scan(fd, survey, &p, &end, &size);

	if (err)
		return err;
	v->total = chain_summary(c)->bytes + verify_outputs_size(v);
	err = timeline_scan(fd, judge, &p, &end, &size);
	*tail = size - end;
	return err;
}

static void take_findings(struct verifying *v, const struct chain *c)
{
	size_t n = chain_count(c, &v->out->more);

	for (size_t i = 0; i < n; i++)
		g_array_append_val(v->out->findings, *chain_finding(c, i));
	v->out->summary = *chain_summary(c);
}

static int verify_capture(struct verifying *v)
{
	const char *known = v->conf->chain ? v->conf->chain : json_str(json_object_get(v->metadata, "call"), "chain_hash");
	struct chain_conf cc = { .look = look, .arg = v, .keys = v->conf->keys, .chain = known,
				 .chain_before_repair = !v->conf->chain };
	struct chain *c = chain_create(&cc);
	int64_t tail = 0;
	int fd = verify_open(v->dir, "timeline.jsonl", NULL), err = 0;

	if (fd >= 0)
		err = read_timeline(v, c, fd, &tail);
	else if (fd != -ENOENT && fd != -ELOOP && fd != -EINVAL)
		err = fd;
	else if (v->chunks < 0)
		err = -ENODATA;
	else
		verify_add(v, CHAIN_MISSING, CHAIN_TIMELINE, "timeline.jsonl", "there is no timeline");
	if (!err)
		err = take_strays(v, c);
	if (!err) {
		chain_finish(c, tail);
		take_findings(v, c);
	}
	if (fd >= 0)
		close(fd);
	chain_unref(&c);
	return err;
}

/* ---- the whole ---- */

static json_t *read_metadata(int dir)
{
	int64_t size = 0;
	int fd = verify_open(dir, "metadata.json", &size);
	json_t *o = fd >= 0 && size <= METADATA_MAX ? json_loadfd(fd, 0, NULL) : NULL;

	if (fd >= 0)
		close(fd);
	return o;
}

int verify(const struct verify_conf *conf, struct verify_result *out)
{
	struct verifying v = { .conf = conf, .out = out, .chunks = -1 };
	int err = 0;

	*out = (struct verify_result){ .findings = g_array_new(FALSE, FALSE, sizeof(struct chain_finding)) };
	v.dir = open(conf->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v.dir < 0)
		return -errno;
	v.chunks = openat(v.dir, "chunks", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (v.chunks < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		err = -errno;
	v.metadata = read_metadata(v.dir);
	if (!err)
		err = verify_capture(&v);
	if (!err && !conf->no_outputs)
		err = verify_outputs(&v);
	json_decref(v.metadata);
	if (v.chunks >= 0)
		close(v.chunks);
	close(v.dir);
	return err;
}

void verify_done(struct verify_result *r)
{
	g_clear_pointer(&r->findings, g_array_unref);
}

char *verify_say(char out[512], const struct chain_finding *f)
{
	char place[96] = "", chunk[160] = "";
	struct chunk_name n;

	if (f->line)
		g_snprintf(place, sizeof(place), "timeline.jsonl line %u: ", f->line);
	if (chunk_name_parse(&n, f->file) == 0)
		g_snprintf(chunk, sizeof(chunk), "%s (%s %s, second %.1f): ", f->file, n.participant, n.source, (double)MAX(f->t_ms, 0) / 1000);
	else if (f->file[0])
		g_snprintf(chunk, sizeof(chunk), "%s: ", f->file);
	else if (f->t_ms >= 0)
		g_snprintf(chunk, sizeof(chunk), "second %.1f: ", (double)f->t_ms / 1000);
	g_snprintf(out, 512, "%s: %s%s%s", chain_kind_name(f->kind), place, chunk, f->why);
	return out;
}
