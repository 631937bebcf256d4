/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing timeline.jsonl. The writer thread of the plugin appends, `recover` and `recroom-pp repair` append after a crash.
 *
 *   line ─▶ timeline_append: compact text, tied to the lines before it (links.h) ─▶ buffer ─▶ timeline_flush: pwrite(2) behind what is there, fdatasync
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/links.h"
#include "common/sign.h"
#include "common/sync.h"
#include "common/timeline.h"

enum { KEPT_BYTES = 1 << 16 };

struct timeline {
	int fd;
	GString *buf;              /* appended and not yet on the disk: its first `written` bytes are in the file, not synced */
	size_t written;
	int64_t at;                /* where buf begins in the file */
	struct links links;
	int64_t stop_ms;           /* t_ms of the stop line, -1: none */
	bool is_signed;            /* has a signature line */
};

static void note(struct timeline *tl, enum timeline_type type, int64_t t_ms)
{
	if (type == TL_STOP && tl->stop_ms < 0)
		tl->stop_ms = t_ms;
	tl->is_signed |= type == TL_SIGNATURE;
}

static int take_up_line(const struct timeline_line *line, void *arg)
{
	struct timeline *tl = arg;

	note(tl, line->type, line->t_ms);
	return links_take(&tl->links, line);
}

/* Takes up a file that exists: the hashes of its lines; what stands behind the last newline goes. */
static int take_up(struct timeline *tl)
{
	int64_t end, size;
	int err = timeline_scan(tl->fd, take_up_line, tl, &end, &size);

	tl->at = err ? 0 : end;
	return !err && end < size && ftruncate(tl->fd, end) < 0 ? -errno : err;
}

int timeline_open(struct timeline **out, const char *path)
{
	struct timeline *tl = g_new0(struct timeline, 1);
	struct stat st;
	int err = 0;

	tl->buf = g_string_new(NULL);
	tl->stop_ms = -1;
	links_init(&tl->links);
	tl->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0660);
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

/* Ties the line to those before it. */
static int tie(struct timeline *tl, enum timeline_type type, json_t *line)
{
	char block[SHA256_HEX];

	if (type == TL_CHUNK)
		return json_object_set_new(line, "prev", json_string(tl->links.chunk));
	if (!links_has_block(type))
		return 0;
	sha256_peek(tl->links.block, block);
	return json_object_set_new(line, "block", json_string(block));
}

int timeline_append(struct timeline *tl, json_t *line)
{
	json_t *name = json_object_get(line, "type");
	enum timeline_type type = json_is_string(name) ? timeline_type_of(json_string_value(name)) : TL_UNKNOWN;
	char *text = NULL;
	int err = -EINVAL;

	if (!json_is_string(name) || tie(tl, type, line))
		goto out;
	text = json_dumps(line, JSON_COMPACT);
	if (!text || strlen(text) > TIMELINE_LINE_MAX)
		goto out;
	links_line(&tl->links, type, text, strlen(text));
	note(tl, type, json_integer_value(json_object_get(line, "t_ms")));
	g_string_append(tl->buf, text);
	g_string_append_c(tl->buf, '\n');
	err = 0;
out:
	free(text);
	json_decref(line);
	return err;
}

int timeline_sign(struct timeline *tl, const struct sign_key *key)
{
	char chain[SHA256_HEX], sig[SIGN_TEXT];
	int err;

	if (!key || tl->stop_ms < 0 || tl->is_signed)
		return 0;
	sha256_peek(tl->links.all, chain);
	err = sign_chain(key, chain, sig);
	if (err)
		return err;
	return timeline_append(tl, json_pack("{s:s, s:I, s:I, s:s, s:s, s:s}", "type", "signature", "t_ms", (json_int_t)tl->stop_ms, "wall_ms",
					     (json_int_t)clock_wall_ms(), "chain", chain, "key", sign_key_public(key), "sig", sig));
}

static int write_rest(struct timeline *tl)
{
	while (tl->written < tl->buf->len) {
		ssize_t n = pwrite(tl->fd, tl->buf->str + tl->written, tl->buf->len - tl->written, tl->at + (int64_t)tl->written);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)                /* a full disk takes a part: the rest follows on the next try */
			tl->written += (size_t)n;
	}
	return 0;
}

static void forget_written(struct timeline *tl)
{
	g_string_erase(tl->buf, 0, (gssize)tl->written);
	tl->at += (int64_t)tl->written;
	tl->written = 0;
}

/* After a failed sync the kernel may have forgotten what it held, and the next one would say that all is well: it is written again, in its place. */
int timeline_flush(struct timeline *tl, bool sync)
{
	int err = write_rest(tl);

	if (err)
		return err;
	if (sync && fdatasync(tl->fd) < 0) {
		tl->written = 0;
		return -errno;
	}
	if (sync || tl->written > KEPT_BYTES)
		forget_written(tl);
	return 0;
}

int64_t timeline_size(const struct timeline *tl)
{
	return tl->at + (int64_t)tl->buf->len;
}

const char *timeline_chain(const struct timeline *tl)
{
	return tl->links.closed;
}

void timeline_close(struct timeline **tl)
{
	if (!*tl)
		return;
	if ((*tl)->fd >= 0)
		close((*tl)->fd);
	g_string_free((*tl)->buf, TRUE);
	links_done(&(*tl)->links);
	g_free(*tl);
	*tl = NULL;
}
