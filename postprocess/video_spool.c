/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Segments on disk. Called by compose's writing thread; asked by the composing thread, before that one starts, what is there.
 *
 *   put ─▶ head, packets, hash in one buffer ─▶ .v-000012.seg.tmp ─▶ rename          get ─▶ hash again ─▶ packets
 *
 * Not synced: what a power cut leaves is found by size or hash, and made again.
 */
#include <errno.h>
#include <fcntl.h>
#include <libavcodec/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/sha256.h"
#include "postprocess/video_spool.h"

enum { DIR_MODE = 02770, FILE_MODE = 0640, HASH_SIZE = SHA256_HEX - 1, SEGMENT_BYTES_MAX = 1 << 30, PACKETS_MAX = 1 << 16, SEGFILE_NAME = 32 };

struct head {
	char magic[8];
	char key[HASH_SIZE];
	int64_t number;
	uint64_t bytes;            /* of the packets */
	uint32_t packets, reserved;
};
struct packet_head { int64_t pts; uint32_t flags, size; };
static const char MAGIC[8] = "RECSEG1";

struct video_spool {
	char *dir;
	char key[SHA256_HEX];
	int lock_fd;
	GHashTable *there;         /* of gint64: numbers */
};

static void name_of(char out[SEGFILE_NAME], int64_t number)
{
	snprintf(out, SEGFILE_NAME, "v-%06lld.seg", (long long)number);
}

static char *path_of(const struct video_spool *s, int64_t number)
{
	char name[SEGFILE_NAME];

	name_of(name, number);
	return g_build_filename(s->dir, name, NULL);
}

static void note(struct video_spool *s, int64_t number)
{
	gint64 *n = g_new(gint64, 1);

	*n = number;
	g_hash_table_add(s->there, n);
}

bool video_spool_has(const struct video_spool *s, int64_t number)
{
	gint64 n = number;

	return g_hash_table_contains(s->there, &n);
}

/* ---- opening ---- */

static bool fits(const struct video_spool *s, const struct head *h, int64_t number, int64_t size)
{
	return !memcmp(h->magic, MAGIC, sizeof(MAGIC)) && !memcmp(h->key, s->key, HASH_SIZE) && h->number == number && h->packets > 0 &&
	       h->packets <= PACKETS_MAX && h->bytes <= SEGMENT_BYTES_MAX && size == (int64_t)(sizeof(*h) + h->bytes + HASH_SIZE);
}

static bool looks_whole(const struct video_spool *s, const char *path, int64_t number)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct head h;
	struct stat st;
	bool whole = fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && pread(fd, &h, sizeof(h), 0) == sizeof(h) && fits(s, &h, number, st.st_size);

	if (fd >= 0)
		close(fd);
	return whole;
}

static void look_at(struct video_spool *s, const char *name)
{
	g_autofree char *path = g_build_filename(s->dir, name, NULL);
	char expect[SEGFILE_NAME];
	long long number = -1;

	if (!strcmp(name, "lock"))
		return;
	if (sscanf(name, "v-%lld.seg", &number) == 1 && number >= 0)
		name_of(expect, number);
	if (number >= 0 && !strcmp(name, expect) && looks_whole(s, path, number))
		note(s, number);
	else
		unlink(path);
}

/** The lock goes with the process, however that ends. */
static int take_lock(struct video_spool *s)
{
	g_autofree char *path = g_build_filename(s->dir, "lock", NULL);

	s->lock_fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (s->lock_fd < 0)
		return -errno;
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return 0;
}

int video_spool_open(struct video_spool **out, const char *dir, const char *key)
{
	struct video_spool *s = g_new0(struct video_spool, 1);
	const char *name;
	GDir *d = NULL;
	int err;

	s->dir = g_strdup(dir);
	s->lock_fd = -1;
	s->there = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	sha256_hex(s->key, key, strlen(key));
	err = fs_mkdirs(dir, DIR_MODE);
	if (!err)
		err = take_lock(s);
	if (!err)
		d = g_dir_open(dir, 0, NULL);
	while (d && (name = g_dir_read_name(d)))
		look_at(s, name);
	if (d)
		g_dir_close(d);
	if (err)
		video_spool_unref(&s);
	else
		*out = s;
	return err;
}

/* ---- segments ---- */

static void seal(GByteArray *b)
{
	char hash[SHA256_HEX];

	sha256_hex(hash, b->data, b->len);
	g_byte_array_append(b, (const guint8 *)hash, HASH_SIZE);
}

int video_spool_put(struct video_spool *s, int64_t number, GPtrArray *packets)
{
	struct head h = { .number = number, .packets = packets->len };
	GByteArray *b = g_byte_array_new();
	char name[SEGFILE_NAME];
	int err;

	g_byte_array_set_size(b, sizeof(h));
	for (guint i = 0; i < packets->len; i++) {
		const AVPacket *pkt = packets->pdata[i];
		struct packet_head p = { pkt->pts, (uint32_t)pkt->flags, (uint32_t)pkt->size };

		g_byte_array_append(b, (const guint8 *)&p, sizeof(p));
		g_byte_array_append(b, pkt->data, (guint)pkt->size);
	}
	memcpy(h.magic, MAGIC, sizeof(MAGIC));
	memcpy(h.key, s->key, HASH_SIZE);
	h.bytes = b->len - sizeof(h);
	memcpy(b->data, &h, sizeof(h));
	seal(b);
	name_of(name, number);
	err = fs_write_atomic(s->dir, name, b->data, b->len, FILE_MODE, 0);
	if (!err)
		note(s, number);
	g_byte_array_unref(b);
	return err;
}

static void packet_free(void *p)
{
	AVPacket *pkt = p;

	av_packet_free(&pkt);
}

/** One packet from `left` bytes at p; how many it took, or negative errno. */
static int64_t read_packet(const char *p, size_t left, GPtrArray *packets)
{
	AVPacket *pkt = av_packet_alloc();
	struct packet_head h;
	int err = pkt ? 0 : -ENOMEM;

	if (pkt)
		g_ptr_array_add(packets, pkt);
	if (!err && left < sizeof(h))
		err = -EBADMSG;
	if (err)
		return err;
	memcpy(&h, p, sizeof(h));
	err = h.size > left - sizeof(h) ? -EBADMSG : av_new_packet(pkt, (int)h.size);
	if (err)
		return err;
	memcpy(pkt->data, p + sizeof(h), h.size);
	pkt->pts = pkt->dts = h.pts;
	pkt->flags = (int)h.flags;
	return (int64_t)sizeof(h) + h.size;
}

static int read_packets(const struct video_spool *s, int64_t number, const char *data, size_t len, GPtrArray *packets)
{
	char hash[SHA256_HEX];
	struct head h;
	size_t at = sizeof(h);

	if (len < sizeof(h) + HASH_SIZE)
		return -EBADMSG;
	memcpy(&h, data, sizeof(h));
	len -= HASH_SIZE;
	sha256_hex(hash, data, len);
	if (memcmp(hash, data + len, HASH_SIZE) || !fits(s, &h, number, (int64_t)len + HASH_SIZE))
		return -EBADMSG;
	for (uint32_t i = 0; i < h.packets; i++) {
		int64_t n = read_packet(data + at, len - at, packets);

		if (n < 0)
			return (int)n;
		at += (size_t)n;
	}
	return at == len ? 0 : -EBADMSG;
}

int video_spool_get(struct video_spool *s, int64_t number, GPtrArray **packets)
{
	g_autofree char *path = path_of(s, number), *data = NULL;
	GPtrArray *list = g_ptr_array_new_with_free_func(packet_free);
	size_t len;
	int err = fs_read(path, SEGMENT_BYTES_MAX, &data, &len);

	if (!err)
		err = read_packets(s, number, data, len, list);
	if (err == -EBADMSG)
		unlink(path);
	if (err)
		g_ptr_array_unref(list);
	else
		*packets = list;
	return err;
}

void video_spool_remove(struct video_spool *s)
{
	g_autofree char *parent = g_path_get_dirname(s->dir);

	fs_remove_tree(s->dir);
	rmdir(parent);
}

/** Output 1's is "output", a later one's begins with its number; see compose.c. */
static bool is_of(const char *name, int number)
{
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "outputs-%d-", number);
	return number <= 1 ? !strcmp(name, "output") : g_str_has_prefix(name, prefix);
}

void video_spool_discard(const char *recording_dir, int number)
{
	g_autofree char *all = g_build_filename(recording_dir, ".compose", NULL);
	GDir *d = g_dir_open(all, 0, NULL);
	const char *name;

	while (d && (name = g_dir_read_name(d))) {
		g_autofree char *path = g_build_filename(all, name, NULL);

		if (is_of(name, number))
			fs_remove_tree(path);
	}
	if (d)
		g_dir_close(d);
	rmdir(all);
}

void video_spool_unref(struct video_spool **s)
{
	if (!*s)
		return;
	if ((*s)->lock_fd >= 0)
		close((*s)->lock_fd);
	g_hash_table_unref((*s)->there);
	g_free((*s)->dir);
	g_clear_pointer(s, g_free);
}
