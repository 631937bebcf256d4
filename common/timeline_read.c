/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading timeline.jsonl, by anybody, also while it grows or after something was at it.
 *
 *   file ─▶ next_line: blocks of 64 KiB, one complete line at a time ─▶ timeline_scan: type, t_ms ─▶ handler
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/links.h"
#include "common/timeline.h"

enum { BLOCK_BYTES = 1 << 16, FORMAT = 1 };

/* One pass over a file's complete lines. */
struct lines {
	int fd;
	char *block;
	size_t at, len;
	GString *line;             /* at most TIMELINE_LINE_MAX; the rest of a longer line is left out */
	bool too_long;
	int64_t begin, end;        /* offsets of the last complete line, and behind its newline */
	int64_t read;
	unsigned number;           /* of the last complete line */
};

static const char *const type_names[] = {
	[TL_START] = "start", [TL_PAUSE] = "pause", [TL_RESUME] = "resume", [TL_STOP] = "stop", [TL_JOINED] = "joined", [TL_LEFT] = "left",
	[TL_CONSENT] = "consent", [TL_TRACK] = "track", [TL_SEGMENT] = "segment", [TL_MUTED] = "muted", [TL_UNMUTED] = "unmuted",
	[TL_TALKING] = "talking", [TL_STOPPED_TALKING] = "stopped_talking", [TL_LAYOUT] = "layout", [TL_CHUNK] = "chunk", [TL_SYNC] = "sync",
	[TL_GAP] = "gap", [TL_SEALED] = "sealed", [TL_DEGRADED] = "degraded", [TL_RECOVERED] = "recovered", [TL_REPAIRED] = "repaired",
	[TL_ERASED] = "erased", [TL_CLOCK] = "clock", [TL_SIGNATURE] = "signature",
	[TL_ROTATION] = "rotation", [TL_ENDED] = "ended", [TL_ROLE] = "role", [TL_EXPIRED] = "expired",
};

enum timeline_type timeline_type_of(const char *name)
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
		n = pread(l->fd, l->block, BLOCK_BYTES, l->read);
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
	if (l->line->len + n > TIMELINE_LINE_MAX)
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
	l->begin = l->end;
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
	*type = timeline_type_of(json_string_value(name));
	*t_ms = json_integer_value(t);
	return o;
}

static int scan_lines(struct lines *l, timeline_line_h *h, void *arg)
{
	struct timeline_line line = { .fd = l->fd };
	int err;

	while ((err = next_line(l)) > 0) {
		line.type = TL_UNKNOWN;
		line.t_ms = 0;
		line.number = ++l->number;
		line.o = parse(l, &line.type, &line.t_ms);
		line.text = l->line->str;
		line.len = l->line->len;
		line.too_long = l->too_long;
		line.begin = l->begin;
		line.end = l->end;
		err = h(&line, arg);
		json_decref(line.o);
		if (err)
			return err;
	}
	return err;
}

int timeline_scan(int fd, timeline_line_h *h, void *arg, int64_t *end, int64_t *size)
{
	return timeline_scan_from(fd, 0, h, arg, end, size);
}

int timeline_scan_from(int fd, int64_t from, timeline_line_h *h, void *arg, int64_t *end, int64_t *size)
{
	struct lines l;
	int err;

	lines_init(&l, fd);
	l.end = l.read = from;
	err = scan_lines(&l, h, arg);
	*end = l.end;
	*size = l.read;
	lines_done(&l);
	return err;
}

int timeline_open_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

/* What timeline_read() is in the middle of */
struct reading {
	timeline_h *h;
	void *arg;
	unsigned good, bad;
	struct links *links;       /* NULL: nobody asked for the hash */
};

static int read_line(const struct timeline_line *line, void *arg)
{
	struct reading *r = arg;
	int err = r->links ? links_take(r->links, line) : 0;

	if (err)
		return err;
	if (!line->o) {
		r->bad++;
		return 0;
	}
	r->good++;
	if (line->type == TL_START && json_integer_value(json_object_get(line->o, "format")) > FORMAT)
		return -EPROTO;
	return r->h(line->type, line->t_ms, line->o, r->arg);
}

/* ---- the whole, or what there is of it so far ---- */

struct timeline_reader {
	char *path;
	struct lines lines;        /* fd -1 while there is no file */
	struct links links;
	struct reading reading;
};

struct timeline_reader *timeline_reader_create(const char *path, timeline_h *h, void *arg)
{
	struct timeline_reader *r = g_new0(struct timeline_reader, 1);

	r->path = g_strdup(path);
	lines_init(&r->lines, -1);
	links_init(&r->links);
	r->reading = (struct reading){ .h = h, .arg = arg, .links = &r->links };
	return r;
}

/* An unfinished line at the end is read again: by then it may be whole. */
static void go_back(struct lines *l)
{
	l->at = l->len = 0;
	l->read = l->end;
}

/* Another file has its name, as repair puts one there, or none has: nothing will follow in this one. */
static bool replaced(const struct timeline_reader *r)
{
	struct stat open_one, named;

	if (fstat(r->lines.fd, &open_one))
		return false;
	if (stat(r->path, &named))
		return errno == ENOENT;
	return open_one.st_ino != named.st_ino || open_one.st_dev != named.st_dev;
}

int timeline_reader_advance(struct timeline_reader *r)
{
	int64_t before = r->lines.end;
	int err;

	if (r->lines.fd < 0)
		r->lines.fd = timeline_open_read(r->path);
	if (r->lines.fd < 0)
		return r->lines.fd;
	go_back(&r->lines);
	err = scan_lines(&r->lines, read_line, &r->reading);
	if (!err && r->lines.end == before && replaced(r))
		err = -ESTALE;
	return err ? err : r->lines.end > before;
}

unsigned timeline_reader_bad(const struct timeline_reader *r)
{
	return r->reading.bad;
}

const char *timeline_reader_chain(const struct timeline_reader *r)
{
	return r->links.closed;
}

void timeline_reader_unref(struct timeline_reader **r)
{
	if (!*r)
		return;
	if ((*r)->lines.fd >= 0)
		close((*r)->lines.fd);
	lines_done(&(*r)->lines);
	links_done(&(*r)->links);
	g_free((*r)->path);
	g_clear_pointer(r, g_free);
}

static int read_file(const char *path, struct reading *r)
{
	int fd = timeline_open_read(path), err;
	int64_t end, size;

	if (fd < 0)
		return fd;
	err = timeline_scan(fd, read_line, r, &end, &size);
	close(fd);
	return err ? err : r->good ? 0 : -ENODATA;
}

int timeline_read(const char *path, timeline_h *h, void *arg, unsigned *bad)
{
	struct reading r = { .h = h, .arg = arg };
	int err = read_file(path, &r);

	if (bad)
		*bad = r.bad;
	return err;
}

int timeline_read_chain(const char *path, timeline_h *h, void *arg, unsigned *bad, char chain[SHA256_HEX])
{
	struct links links;
	struct reading r = { .h = h, .arg = arg, .links = &links };
	int err;

	links_init(&links);
	err = read_file(path, &r);
	memcpy(chain, links.closed, SHA256_HEX);
	links_done(&links);
	if (bad)
		*bad = r.bad;
	return err;
}
