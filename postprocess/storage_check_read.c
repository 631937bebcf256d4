/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files and objects read and compared with what the catalog knows of them: SHA-256 of the whole, and of the list of its 8 MiB blocks' hashes, of which media have
 * the latter (checksum.h). Called by storage_check.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/log.h"
#include "common/sha256.h"
#include "postprocess/checksum.h"
#include "postprocess/sealed.h"
#include "postprocess/storage_check_private.h"

enum { PIECE = 1 << 20, DETAIL = 200 };

struct reading {
	struct sha256 *whole;
	struct sha256 *block, *list;
	int64_t in_block, size;
};

static void begin(struct reading *r)
{
	*r = (struct reading){ .whole = sha256_create(), .block = sha256_create(), .list = sha256_create() };
}

static void end_block(struct reading *r)
{
	char hex[SHA256_HEX];

	if (!r->in_block)
		return;
	sha256_peek(r->block, hex);
	sha256_reset(r->block);
	sha256_update(r->list, hex, strlen(hex));
	sha256_update(r->list, "\n", 1);
	r->in_block = 0;
}

static int take(const void *data, size_t n, void *arg)
{
	struct reading *r = arg;
	const char *p = data;

	sha256_update(r->whole, data, n);
	r->size += (int64_t)n;
	while (n) {
		size_t some = MIN(n, (size_t)(CHECKSUM_BLOCK - r->in_block));

		sha256_update(r->block, p, some);
		r->in_block += (int64_t)some;
		p += some;
		n -= some;
		if (r->in_block == CHECKSUM_BLOCK)
			end_block(r);
	}
	return 0;
}

/* Metadata grow with each later output: what the catalog has is what they were at first. */
static bool is_known(json_t *file)
{
	return json_str(file, "sha256") && strlen(json_str(file, "sha256")) == SHA256_HEX - 1 && g_strcmp0(json_str(file, "kind"), "metadata");
}

/* Ends it; is it the file the catalog knows? */
static bool is_same(struct reading *r, json_t *file)
{
	char whole[SHA256_HEX], list[SHA256_HEX];

	end_block(r);
	sha256_final(r->whole, whole);
	sha256_final(r->list, list);
	sha256_free(r->block);
	return !is_known(file) || !strcmp(json_str(file, "sha256"), whole) || !strcmp(json_str(file, "sha256"), list);
}

static int read_fd(struct reading *r, int fd)
{
	g_autofree char *buf = g_malloc(PIECE);
	ssize_t n;

	while ((n = read(fd, buf, PIECE)) > 0)
		take(buf, (size_t)n, r);
	return n < 0 ? -errno : 0;
}

static const char *compare_file(int fd, json_t *file, char detail[DETAIL])
{
	struct reading r;
	int err;
	bool same;

	begin(&r);
	err = read_fd(&r, fd);
	same = is_same(&r, file);
	g_strlcpy(detail, err ? err_str(err) : same ? "" : "its bytes are not those that were made", DETAIL);
	return err || !same ? "checksum" : NULL;
}

const char *storage_check_file(const char *dir, json_t *file, bool deep, char detail[DETAIL])
{
	g_autofree char *path = g_build_filename(dir, json_str(file, "name"), NULL);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	const char *kind = NULL;
	struct stat st;

	detail[0] = '\0';
	if (fd < 0 || fstat(fd, &st)) {
		g_snprintf(detail, DETAIL, "%s", err_str(-errno));
		kind = "missing";
	} else if (is_known(file) && st.st_size != json_num(file, "size", 0)) {
		g_snprintf(detail, DETAIL, "%lld bytes, not %lld", (long long)st.st_size, (long long)json_num(file, "size", 0));
		kind = "size";
	} else if (deep) {
		kind = compare_file(fd, file, detail);
	}
	if (fd >= 0)
		close(fd);
	return kind;
}

const char *storage_check_object(struct storage_check *c, struct store *s, json_t *file, json_t *copy, char detail[DETAIL])
{
	struct sealed_conf conf = { .store = s, .key = json_str(copy, "key"), .key_id = json_str(copy, "key_id"), .catalog = c->catalog, .masters = c->masters };
	struct sealed *object = NULL;
	struct store_why why = { 0 };
	struct reading r;
	bool same;
	int err = sealed_open(&object, &conf, detail, DETAIL);

	if (err)
		return err == -ENOENT ? "missing" : "checksum";
	begin(&r);
	err = sealed_read(object, 0, -1, take, &r, &why);
	same = is_same(&r, file);
	sealed_unref(&object);
	g_strlcpy(detail, err ? (why.text[0] ? why.text : err_str(err)) : same ? "" : "its bytes are not those that were made", DETAIL);
	return err || !same ? "checksum" : NULL;
}
