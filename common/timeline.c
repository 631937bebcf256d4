/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * timeline.jsonl. The writer thread of the plugin appends, `recover` appends after a crash, everybody else reads.
 *
 *   line ─▶ timeline_append: compact text, chunk lines hash-chained ─▶ buffer ─▶ timeline_flush: write(2) with O_APPEND, fdatasync
 *   file ─▶ next_line: blocks of 64 KiB, one complete line at a time ─▶ timeline_read: type, t_ms ─▶ handler
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/timeline.h"

enum { LINE_MAX_BYTES = 1 << 20, BLOCK_BYTES = 1 << 16, FORMAT = 1 };

struct timeline {
	int fd;
	GString *buf;              /* appended, not yet written */
	char chain[SHA256_HEX];
};

/* One pass over a file's complete lines. */
struct lines {
	int fd;
	char *block;
	size_t at, len;
	GString *line;             /* at most LINE_MAX_BYTES; the rest of a longer line is dropped and marked */
	bool too_long;
	int64_t end;               /* offset in the file behind the last complete line */
	int64_t read;
};

static const char *const type_names[] = {
	[TL_START] = "start", [TL_PAUSE] = "pause", [TL_RESUME] = "resume", [TL_STOP] = "stop", [TL_JOINED] = "joined", [TL_LEFT] = "left",
	[TL_CONSENT] = "consent", [TL_TRACK] = "track", [TL_SEGMENT] = "segment", [TL_MUTED] = "muted", [TL_UNMUTED] = "unmuted",
	[TL_TALKING] = "talking", [TL_STOPPED_TALKING] = "stopped_talking", [TL_LAYOUT] = "layout", [TL_CHUNK] = "chunk", [TL_SYNC] = "sync",
	[TL_GAP] = "gap", [TL_SEALED] = "sealed", [TL_DEGRADED] = "degraded", [TL_RECOVERED] = "recovered", [TL_REPAIRED] = "repaired",
	[TL_ERASED] = "erased", [TL_CLOCK] = "clock",
};

static enum timeline_type type_of(const char *name)
{
	for (size_t i = 1; i < G_N_ELEMENTS(type_names); i++) {
		if (!strcmp(type_names[i], name))
			return (enum timeline_type)i;
	}
	return TL_UNKNOWN;
}

static void lines_init(struct lines *l, int fd)
{
	*l = (struct lines){ .fd = fd, .block = g_malloc(BLOCK_BYTES), .line = g_string_new(NULL) };
}

static void lines_done(struct lines *l)
{
	g_free(l->block);
	g_string_free(l->line, TRUE);
}

/* 1, 0 at the end, or negative errno */
static int fill(struct lines *l)
{
	ssize_t n;

	do
		n = read(l->fd, l->block, BLOCK_BYTES);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	l->at = 0;
	l->len = (size_t)n;
	l->read += n;
	return n > 0;
}

static void take(struct lines *l, size_t n)
{
	if (l->line->len + n > LINE_MAX_BYTES)
		l->too_long = true;
	else
		g_string_append_len(l->line, l->block + l->at, (gssize)n);
	l->at += n;
}

/* The next complete line into l->line: 1, 0 at the end (an unfinished line is left out), or negative errno */
static int next_line(struct lines *l)
{
	int err;

	g_string_truncate(l->line, 0);
	l->too_long = false;
	for (;;) {
		const char *nl = memchr(l->block + l->at, '\n', l->len - l->at);

		if (nl) {
			take(l, (size_t)(nl - (l->block + l->at)));
			l->at++;
			l->end = l->read - (int64_t)(l->len - l->at);
			return 1;
		}
		take(l, l->len - l->at);
		err = fill(l);
		if (err <= 0)
			return err;
	}
}

/* The object of a line, or NULL when it is malformed */
static json_t *parse(const struct lines *l, enum timeline_type *type, int64_t *t_ms)
{
	json_t *o = l->too_long ? NULL : json_loadb(l->line->str, l->line->len, JSON_REJECT_DUPLICATES, NULL);
	json_t *name = json_object_get(o, "type"), *t = json_object_get(o, "t_ms");

	if (!json_is_string(name) || !json_is_integer(t)) {
		json_decref(o);
		return NULL;
	}
	*type = type_of(json_string_value(name));
	*t_ms = json_integer_value(t);
	return o;
}

/* Takes up a file that exists: the hash of its last chunk line; what stands behind the last newline goes. */
static int take_up(struct timeline *tl)
{
	enum timeline_type type;
	struct lines l;
	int64_t t_ms;
	int err;

	lines_init(&l, tl->fd);
	while ((err = next_line(&l)) > 0) {
		json_t *o = parse(&l, &type, &t_ms);

		if (o && type == TL_CHUNK)
			sha256_hex(tl->chain, l.line->str, l.line->len);
		json_decref(o);
	}
	if (!err && l.end < l.read && ftruncate(tl->fd, l.end) < 0)
		err = -errno;
	lines_done(&l);
	return err;
}

int timeline_open(struct timeline **out, const char *path)
{
	struct timeline *tl = g_new0(struct timeline, 1);
	struct stat st;
	int err = 0;

	tl->buf = g_string_new(NULL);
	tl->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0660);
	if (tl->fd < 0 || fstat(tl->fd, &st) < 0) {
		err = -errno;
		goto out;
	}
	if (st.st_size == 0 && fchmod(tl->fd, 0660) < 0) {       /* whatever the umask: plugin and worker share a group */
		err = -errno;
		goto out;
	}
	err = take_up(tl);
out:
	if (err)
		timeline_close(&tl);
	else
		*out = tl;
	return err;
}

int timeline_append(struct timeline *tl, json_t *line)
{
	json_t *type = json_object_get(line, "type");
	bool chunk = json_is_string(type) && type_of(json_string_value(type)) == TL_CHUNK;
	char *text = NULL;
	int err = -EINVAL;

	if (!json_is_string(type) || (chunk && json_object_set_new(line, "prev", json_string(tl->chain))))
		goto out;
	text = json_dumps(line, JSON_COMPACT);
	if (!text || strlen(text) > LINE_MAX_BYTES)
		goto out;
	if (chunk)
		sha256_hex(tl->chain, text, strlen(text));
	g_string_append(tl->buf, text);
	g_string_append_c(tl->buf, '\n');
	err = 0;
out:
	free(text);
	json_decref(line);
	return err;
}

int timeline_flush(struct timeline *tl, bool sync)
{
	while (tl->buf->len > 0) {
		ssize_t n = write(tl->fd, tl->buf->str, tl->buf->len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)                /* a full disk takes a part: the rest follows on the next try */
			g_string_erase(tl->buf, 0, n);
	}
	return sync && fdatasync(tl->fd) < 0 ? -errno : 0;
}

const char *timeline_chain(const struct timeline *tl)
{
	return tl->chain;
}

void timeline_close(struct timeline **tl)
{
	if (!*tl)
		return;
	if ((*tl)->fd >= 0)
		close((*tl)->fd);
	g_string_free((*tl)->buf, TRUE);
	g_free(*tl);
	*tl = NULL;
}

static int check_format(enum timeline_type type, json_t *o)
{
	return type == TL_START && json_integer_value(json_object_get(o, "format")) > FORMAT ? -EPROTO : 0;
}

static int read_lines(struct lines *l, timeline_h *h, void *arg, unsigned *bad)
{
	enum timeline_type type;
	unsigned good = 0;
	int64_t t_ms;
	int err;

	while ((err = next_line(l)) > 0) {
		json_t *o = parse(l, &type, &t_ms);

		if (!o) {
			(*bad)++;
			continue;
		}
		good++;
		err = check_format(type, o);
		if (!err)
			err = h(type, t_ms, o, arg);
		json_decref(o);
		if (err)
			return err;
	}
	return err < 0 ? err : good ? 0 : -ENODATA;
}

int timeline_read(const char *path, timeline_h *h, void *arg, unsigned *bad)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	unsigned ignored = 0;
	struct lines l;
	int err;

	if (bad)
		*bad = 0;
	if (fd < 0)
		return -errno;
	lines_init(&l, fd);
	err = read_lines(&l, h, arg, bad ? bad : &ignored);
	lines_done(&l);
	close(fd);
	return err;
}
