/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finished files, and what stands beside them, against the checksums that metadata.json keeps of them (checksum.h). Called by verify().
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/json.h"
#include "common/sha256.h"
#include "postprocess/checksum.h"
#include "postprocess/local_copies.h"
#include "postprocess/verify_private.h"

enum { PIECE = 1 << 18, BESIDE_MAX = 64 << 20 };

/* metadata.json may come from anywhere: a name is one in the recording's directory, or in its outputs/. */
static const char *name_of(json_t *output, const char *member)
{
	const char *name = json_str(output, member), *base = name && g_str_has_prefix(name, "outputs/") ? name + strlen("outputs/") : name;

	return base && base[0] && base[0] != '.' && !strchr(base, '/') && strlen(name) < NAME_SIZE ? name : NULL;
}

int64_t verify_outputs_size(const struct verifying *v)
{
	int64_t sum = 0;
	json_t *o;
	size_t i;

	if (v->conf->no_outputs)
		return 0;
	json_array_foreach(json_object_get(v->metadata, "outputs"), i, o)
		sum += CLAMP(json_num(o, "size", 0), 0, INT64_MAX / 1024);
	return sum;
}

static int hash_file(struct verifying *v, int fd, struct checksum *sum)
{
	char *piece = g_malloc(PIECE);
	int64_t pos = 0;
	ssize_t n;
	int err = 0;

	while (!err && (n = read(fd, piece, PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		err = n < 0 ? -errno : verify_progress(v, n);
		if (err)
			break;
		checksum_update(sum, pos, piece, (size_t)n);
		pos += n;
	}
	g_free(piece);
	return err ? err : checksum_finish(sum, fd);
}

/* Names the first block that differs. */
static void compare(struct verifying *v, const char *name, json_t *checksum, int64_t size, int64_t want_size, const struct checksum *got)
{
	json_t *blocks = json_object_get(checksum, "blocks"), *b;
	char *const *have = checksum_blocks(got);
	guint n = g_strv_length((char **)have);
	char why[128];
	size_t i;

	json_array_foreach(blocks, i, b) {
		if (i < n && !g_strcmp0(json_string_value(b), have[i]))
			continue;
		g_snprintf(why, sizeof(why), "the file was changed in its block %zu of %d bytes", i + 1, CHECKSUM_BLOCK);
		verify_add(v, CHAIN_ALTERED, CHAIN_OUTPUT, name, why);
		return;
	}
	if (size != want_size || n != json_array_size(blocks) || g_strcmp0(json_str(checksum, "list"), checksum_list(got)))
		verify_add(v, CHAIN_ALTERED, CHAIN_OUTPUT, name, "the file or its checksums were changed");
}

static int verify_output(struct verifying *v, json_t *output, const char *name)
{
	json_t *checksum = json_object_get(output, "checksum");
	struct checksum *sum;
	int64_t size = 0;
	int fd = verify_open(v->dir, name, &size), err;

	if (fd == -ENOENT && local_copies_gone(v->dir, name))
		return 0;
	if (fd < 0) {
		verify_add(v, fd == -ENOENT ? CHAIN_MISSING : CHAIN_UNREADABLE, CHAIN_OUTPUT, name, "the finished file is not there, or cannot be read");
		return 0;
	}
	sum = checksum_create();
	err = hash_file(v, fd, sum);
	if (err && err != -ECANCELED)
		verify_add(v, CHAIN_UNREADABLE, CHAIN_OUTPUT, name, "the finished file cannot be read to its end");
	else if (!err && !json_is_object(checksum))
		verify_add(v, CHAIN_ALTERED, CHAIN_OUTPUT, name, "metadata.json has lost the checksums of the file");
	else if (!err)
		compare(v, name, checksum, size, json_num(output, "size", -1), sum);
	v->out->outputs++;
	checksum_unref(&sum);
	close(fd);
	return err == -ECANCELED ? err : 0;
}

/* ---- beside ---- */

/* Small ones are hashed whole; a participant's file is media, and has the hash of its blocks' hashes. */
static int hash_beside(struct verifying *v, int fd, int64_t size, bool media, char out[SHA256_HEX])
{
	struct checksum *sum = media ? checksum_create() : NULL;
	char *data = !media && size <= BESIDE_MAX ? g_malloc((gsize)size + 1) : NULL;
	int err = media ? hash_file(v, fd, sum) : data && read(fd, data, (size_t)size + 1) == size ? 0 : -EIO;

	if (!err && media)
		g_strlcpy(out, checksum_list(sum), SHA256_HEX);
	else if (!err)
		sha256_hex(out, data, (size_t)size);
	checksum_unref(&sum);
	g_free(data);
	return err;
}

static int verify_beside(struct verifying *v, json_t *file, const char *name)
{
	const char *expected = json_str(file, "sha256");
	int64_t size = 0;
	char sha256[SHA256_HEX] = "";
	int fd = verify_open(v->dir, name, &size), err = fd;

	if (fd == -ENOENT && local_copies_gone(v->dir, name))
		return 0;
	if (fd >= 0)
		err = hash_beside(v, fd, size, !g_strcmp0(json_str(file, "kind"), "participant"), sha256);
	if (err < 0 && err != -ECANCELED)
		verify_add(v, fd == -ENOENT ? CHAIN_MISSING : CHAIN_UNREADABLE, CHAIN_OUTPUT, name, "the file beside an output is not there, or cannot be read");
	else if (!err && g_strcmp0(sha256, expected))
		verify_add(v, CHAIN_ALTERED, CHAIN_OUTPUT, name, "the file is not as its output's metadata say");
	if (fd >= 0)
		close(fd);
	return err == -ECANCELED ? err : 0;
}

/* What an output's metadata list; their own document is not among it. */
static int verify_files(struct verifying *v, json_t *output)
{
	json_t *file;
	size_t i;
	int err = 0;

	json_array_foreach(json_object_get(output, "files"), i, file) {
		const char *name = name_of(file, "name");

		if (name)
			err = verify_beside(v, file, name);
		else
			verify_add(v, CHAIN_ALTERED, CHAIN_OUTPUT, "metadata.json", "it names no file of this directory");
		if (err)
			break;
	}
	return err;
}

/* ---- the whole ---- */

static bool is_listed(const struct verifying *v, const char *name)
{
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(v->metadata, "outputs"), i, o)
		if (!g_strcmp0(json_str(o, "file"), name))
			return true;
	return false;
}

/* A first output, which gets its name behind metadata.json, that nothing can be held against. */
static void take_unlisted(struct verifying *v)
{
	static const char *const names[] = { "output.webm", "output.mp4", "output.opus", "output.m4a" };
	struct stat st;

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if (is_listed(v, names[i]) || fstatat(v->dir, names[i], &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (v->metadata)
			verify_add(v, CHAIN_INSERTED, CHAIN_OUTPUT, names[i], "metadata.json knows no such output");
		else
			verify_add(v, CHAIN_MISSING, CHAIN_OUTPUT, "metadata.json", "there is a finished file, and no metadata.json that can be read to hold it against");
	}
}

int verify_outputs(struct verifying *v)
{
	json_t *o;
	size_t i;
	int err = 0;

	take_unlisted(v);
	json_array_foreach(json_object_get(v->metadata, "outputs"), i, o) {
		const char *name = name_of(o, "file");

		if (!name)
			verify_add(v, CHAIN_ALTERED, CHAIN_OUTPUT, "metadata.json", "it names no file of this directory");
		else
			err = verify_output(v, o, name);
		if (!err)
			err = verify_files(v, o);
		if (err)
			break;
	}
	return err;
}
