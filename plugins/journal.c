/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The journal's file. The ledger opens it on Janus' main thread, and uses it on its own.
 *
 *   header │ done │ done │ waits │ waits │ …            all done, and it has grown: cut behind the header
 *                        ▲ done          ▲ end
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/json.h"
#include "common/log.h"
#include "plugins/journal.h"

enum { FORMAT = 1, FOLDER_MODE = 02770, FILE_MODE = 0660, HEADER_MAX = 512, BLOCK = 65536, LINE_MAX_BYTES = 1 << 20, CUT_BYTES = 65536, DIGITS = 20,
       LOCK_TRIES = 40, LOCK_STEP_US = 50000 };

struct journal {
	char *path;
	int fd;
	int64_t header;            /* bytes of the first line */
	int64_t done_at;           /* where its number is written */
	int64_t done, end;
	int64_t waiting;           /* lines */
	int64_t max_bytes;         /* that may wait */
	GString *ahead;            /* read from `done` on */
	int64_t line_bytes;        /* of the line journal_next() gave, with its newline; 0: none */
	bool unsynced;
};

static int write_all(int fd, const char *data, size_t len, int64_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, data, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		data += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int put_done(struct journal *j)
{
	char digits[DIGITS + 1];

	snprintf(digits, sizeof(digits), "%0*" PRId64, (int)DIGITS, j->done);
	return write_all(j->fd, digits, DIGITS, j->done_at);
}

/* Whether a host id may be a file's name or not: each has one, and no two the same. */
static char *file_of(const char *recordings, const char *host_id)
{
	GString *name = g_string_new(NULL);
	char *path;

	for (const char *p = host_id; *p; p++) {
		if (g_ascii_isalnum(*p) || *p == '-' || *p == '_' || (*p == '.' && p > host_id))
			g_string_append_c(name, *p);
		else
			g_string_append_printf(name, "%%%02x", (unsigned char)*p);
	}
	g_string_append(name, ".jsonl");
	path = g_build_filename(recordings, "journal", name->str, NULL);
	g_string_free(name, TRUE);
	return path;
}

static int write_header(struct journal *j, const char *host_id)
{
	char zeros[DIGITS + 1], *text, *digits;
	json_t *o;
	int err;

	snprintf(zeros, sizeof(zeros), "%0*d", (int)DIGITS, 0);
	o = json_pack("{ss si ss ss}", "type", "journal", "format", FORMAT, "host", host_id, "done", zeros);
	text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(o);
	if (!text)
		return -EINVAL;
	digits = strstr(text, zeros);
	j->done_at = digits - text;
	j->header = j->end = j->done = (int64_t)strlen(text) + 1;
	text[j->header - 1] = '\n';
	memset(digits, '0', DIGITS);
	err = ftruncate(j->fd, 0) ? -errno : write_all(j->fd, text, (size_t)j->header, 0);
	free(text);
	return err ? err : put_done(j);
}

/* The first line; without a whole one there was never an entry. */
static int read_header(struct journal *j, const char *host_id)
{
	char text[HEADER_MAX + 1];
	ssize_t n = pread(j->fd, text, HEADER_MAX, 0);
	const char *end, *digits;
	json_t *o;
	int err = 0;

	if (n < 0)
		return -errno;
	text[n] = '\0';
	end = strchr(text, '\n');
	if (!end)
		return write_header(j, host_id);
	j->header = end - text + 1;
	o = json_loadb(text, (size_t)(end - text), 0, NULL);
	digits = strstr(text, "\"done\":\"");
	if (json_num(o, "format", 0) > FORMAT) {
		log_error("%s: written by a newer version: start that, or move the file away and lose what it has for the catalog", j->path);
		err = -EPROTO;
	} else if (!o || !digits || strlen(digits) < 8 + DIGITS) {
		log_error("%s: its first line cannot be read; move the file away", j->path);
		err = -EBADMSG;
	} else {
		j->done_at = digits + 8 - text;
		j->done = g_ascii_strtoll(digits + 8, NULL, 10);
	}
	json_decref(o);
	return err;
}

/* Counts what waits from `done` on, and cuts off a last line without its end. */
static int find_end(struct journal *j)
{
	char *block = g_malloc(BLOCK);
	int64_t at = j->done;
	ssize_t n;
	int err = 0;

	j->end = j->done;
	while ((n = pread(j->fd, block, BLOCK, at)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (block[i] != '\n')
				continue;
			j->waiting++;
			j->end = at + i + 1;
		}
		at += n;
	}
	if (n < 0 || (at > j->end && ftruncate(j->fd, j->end)))
		err = -errno;
	g_free(block);
	return err;
}

/* Of a process that is just ending the lock may last a moment. */
static int take_lock(const struct journal *j)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (!flock(j->fd, LOCK_EX | LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		g_usleep(LOCK_STEP_US);
	}
	log_error("%s: another Janus with the same host_id uses it", j->path);
	return -EBUSY;
}

static int open_file(struct journal *j)
{
	char *folder = g_path_get_dirname(j->path);
	int err = fs_mkdirs(folder, FOLDER_MODE);

	if (!err) {
		j->fd = open(j->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
		err = j->fd < 0 ? -errno : 0;
	}
	g_free(folder);
	return err;
}

int journal_open(struct journal **out, const char *recordings, const char *host_id)
{
	struct journal *j = g_new0(struct journal, 1);
	int err;

	j->path = file_of(recordings, host_id);
	j->fd = -1;
	j->max_bytes = INT64_C(256) << 20;
	j->ahead = g_string_new(NULL);
	err = open_file(j);
	if (!err)
		err = take_lock(j);
	if (!err)
		err = read_header(j, host_id);
	if (!err && (j->done < j->header || j->done > lseek(j->fd, 0, SEEK_END)))
		j->done = j->header;       /* cut, and killed before that was noted */
	if (!err)
		err = find_end(j);
	if (err)
		journal_close(&j);
	*out = j;
	return err;
}

static void cut(struct journal *j)
{
	if (ftruncate(j->fd, j->header))
		return;
	j->done = j->end = j->header;
	g_string_truncate(j->ahead, 0);
	put_done(j);
}

void journal_close(struct journal **jp)
{
	struct journal *j = *jp;

	*jp = NULL;
	if (!j)
		return;
	if (j->fd >= 0 && j->header && j->done == j->end)
		cut(j);
	if (j->fd >= 0)
		close(j->fd);
	g_string_free(j->ahead, TRUE);
	g_free(j->path);
	g_free(j);
}

int journal_append(struct journal *j, const char *line, bool minor)
{
	size_t len = strlen(line);
	char *text;
	int err;

	if (len >= LINE_MAX_BYTES)
		return -EMSGSIZE;
	if (j->end - j->done + (int64_t)len > (minor ? j->max_bytes / 2 : j->max_bytes))
		return -EDQUOT;
	text = g_strconcat(line, "\n", NULL);
	err = write_all(j->fd, text, len + 1, j->end);
	g_free(text);
	if (err) {
		if (ftruncate(j->fd, j->end))
			log_error("%s: %s", j->path, err_str(-errno));
		return err;
	}
	j->end += (int64_t)len + 1;
	j->waiting++;
	j->unsynced = true;
	return 0;
}

/* More of what follows `done`; 1, 0 at the end. */
static int read_on(struct journal *j)
{
	int64_t at = j->done + (int64_t)j->ahead->len, want = MIN(j->end - at, BLOCK);
	gsize had = j->ahead->len;
	ssize_t n;

	if (want <= 0)
		return 0;
	g_string_set_size(j->ahead, had + (gsize)want);
	n = pread(j->fd, j->ahead->str + had, (size_t)want, at);
	g_string_truncate(j->ahead, had + (gsize)MAX(n, 0));
	return n < 0 ? -errno : n > 0;
}

int journal_next(struct journal *j, const char **line)
{
	char *end = NULL;
	int got = 1;

	if (j->line_bytes) {
		*line = j->ahead->str;
		return 1;
	}
	while (got > 0 && !(end = memchr(j->ahead->str, '\n', j->ahead->len)))
		got = read_on(j);
	if (!end)
		return got;
	*end = '\0';
	j->line_bytes = end - j->ahead->str + 1;
	*line = j->ahead->str;
	return 1;
}

void journal_done(struct journal *j)
{
	g_string_erase(j->ahead, 0, (gssize)j->line_bytes);
	j->done += j->line_bytes;
	j->waiting -= j->line_bytes > 0;
	j->line_bytes = 0;
	if (j->done == j->end && j->end - j->header > CUT_BYTES)
		cut(j);
	else
		put_done(j);
}

int64_t journal_waiting(const struct journal *j)
{
	return j->waiting;
}

int journal_sync(struct journal *j)
{
	int err = j->unsynced && fdatasync(j->fd) ? -errno : 0;

	j->unsynced = err != 0;
	return err;
}
