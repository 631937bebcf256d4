/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Chunk files after a crash; called by recover when the plugin starts.
 *
 *	.name.tmp ─ whole? ─▶ name ─ has a line? ─▶ probe: times, frames, codec, hash
 */
#include "plugins/adopt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/log.h"

#define EBML_ID    0x1a45dfa3u
#define SEGMENT_ID 0x18538067u

enum { CHUNK_MAX = 256 << 20 };

/* An element's length (RFC 8794 §4) at *at, which moves behind it; false when it is unknown, or ends beyond the data. */
static bool read_length(const uint8_t *data, size_t len, size_t *at, uint64_t *out)
{
	int bytes = *at < len && data[*at] ? __builtin_clz(data[*at]) - 23 : 0;
	uint64_t v, unknown;

	if (bytes == 0 || (size_t)bytes > len - *at)
		return false;
	v = data[*at] & (0xffu >> bytes);
	for (int i = 1; i < bytes; i++)
		v = v << 8 | data[*at + (size_t)i];
	unknown = (UINT64_C(1) << (7 * bytes)) - 1;
	*at += (size_t)bytes;
	*out = v;
	return v != unknown && v <= len - *at;
}

static bool read_id(const uint8_t *data, size_t len, size_t *at, uint32_t id)
{
	if (len - *at < 4)
		return false;
	*at += 4;
	return ((uint32_t)data[*at - 4] << 24 | (uint32_t)data[*at - 3] << 16 | (uint32_t)data[*at - 2] << 8 | data[*at - 1]) == id;
}

bool adopt_is_whole(const uint8_t *data, size_t len)
{
	uint64_t size = 0;
	size_t at = 0;

	if (!read_id(data, len, &at, EBML_ID) || !read_length(data, len, &at, &size))
		return false;
	at += size;
	return read_id(data, len, &at, SEGMENT_ID) && read_length(data, len, &at, &size) && at + size == len;
}

static bool file_is_whole(const char *path)
{
	char *data = NULL;
	size_t len = 0;
	bool whole = fs_read(path, CHUNK_MAX, &data, &len) == 0 && adopt_is_whole((const uint8_t *)data, len);

	g_free(data);
	return whole;
}

static int sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int err = fd < 0 || fsync(fd) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/* ".<name>.tmp" → "<name>" when that is a chunk's; caller g_free()s. */
static char *final_name(const char *temporary)
{
	struct chunk_name n;
	char *name;

	if (temporary[0] != '.' || !g_str_has_suffix(temporary, ".tmp"))
		return NULL;
	name = g_strndup(temporary + 1, strlen(temporary) - 5);
	if (chunk_name_parse(&n, name) < 0)
		g_clear_pointer(&name, g_free);
	return name;
}

/* 1 when the file has its name now, 0 when it was removed. */
static int adopt_one(const char *chunks, const char *temporary)
{
	char *name = final_name(temporary), *from = g_build_filename(chunks, temporary, NULL), *to = NULL;
	int kept = 0;

	if (name) {
		to = g_build_filename(chunks, name, NULL);
		kept = access(to, F_OK) != 0 && file_is_whole(from) && sync_file(from) == 0 && rename(from, to) == 0;
	}
	if (!kept && unlink(from) < 0)
		log_warn("recovery: %s: not removed: %s", from, err_str(-errno));
	g_free(name);
	g_free(from);
	g_free(to);
	return kept;
}

int adopt_temporaries(const char *chunks, int *kept, int *dropped)
{
	DIR *d = opendir(chunks);
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.' && g_str_has_suffix(e->d_name, ".tmp"))
			g_ptr_array_add(names, g_strdup(e->d_name));
	}
	if (d)
		closedir(d);
	for (guint i = 0; i < names->len; i++) {
		if (adopt_one(chunks, names->pdata[i]))
			++*kept;
		else
			++*dropped;
	}
	g_ptr_array_unref(names);
	return d ? fs_sync_dir(chunks) : -ENOENT;
}

static gint by_index(gconstpointer a, gconstpointer b)
{
	struct chunk_name x, y;
	const char *p = *(const char *const *)a, *q = *(const char *const *)b;

	chunk_name_parse(&x, p);
	chunk_name_parse(&y, q);
	return x.index != y.index ? (x.index > y.index) - (x.index < y.index) : strcmp(p, q);
}

GPtrArray *adopt_unknown(const char *chunks, GHashTable *known)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	DIR *d = opendir(chunks);
	struct chunk_name n;
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (chunk_name_parse(&n, e->d_name) == 0 && !g_hash_table_contains(known, e->d_name))
			g_ptr_array_add(names, g_strdup(e->d_name));
	}
	if (d)
		closedir(d);
	g_ptr_array_sort(names, by_index);
	return names;
}

static void note_packet(struct chunk_file *f, const AVPacket *p)
{
	if (f->frames++ == 0) {
		f->from_ms = p->pts;
		f->keyframe = p->flags & AV_PKT_FLAG_KEY;
	}
	f->end_ms = p->pts + MAX(p->duration, 1);
}

static int read_frames(struct chunk_file *f, AVFormatContext *in)
{
	AVPacket *p = av_packet_alloc();

	if (!p)
		return -ENOMEM;
	while (av_read_frame(in, p) >= 0) {
		note_packet(f, p);
		av_packet_unref(p);
	}
	av_packet_free(&p);
	return f->frames > 0 ? 0 : -EBADMSG;
}

static int read_media(struct adopted *a, const char *path)
{
	AVFormatContext *in = NULL;
	const AVCodecParameters *par;
	int err = avformat_open_input(&in, path, NULL, NULL);

	if (err < 0)
		return -EBADMSG;
	err = in->nb_streams == 1 ? read_frames(&a->file, in) : -EBADMSG;
	if (!err) {
		par = in->streams[0]->codecpar;
		a->file.video = par->codec_type == AVMEDIA_TYPE_VIDEO;
		g_strlcpy(a->codec, avcodec_get_name(par->codec_id), sizeof(a->codec));
		a->rate_hz = a->file.video ? 90000 : par->sample_rate;
		a->channels = par->ch_layout.nb_channels;
		a->width = par->width;
		a->height = par->height;
		if (in->duration > 0)
			a->file.end_ms = MAX(a->file.end_ms, in->duration / 1000);
	}
	avformat_close_input(&in);
	return err;
}

int adopt_probe(struct adopted *out, const char *chunks, const char *name)
{
	char *path = g_build_filename(chunks, name, NULL), *data = NULL;
	int err;

	*out = (struct adopted){ 0 };
	g_strlcpy(out->file.file, name, sizeof(out->file.file));
	err = chunk_name_parse(&out->file.name, name);
	if (!err)
		err = fs_read(path, CHUNK_MAX, &data, &out->file.size);
	if (!err)
		err = read_media(out, path);
	if (!err)
		sha256_hex(out->file.sha256, data, out->file.size);
	g_free(data);
	g_free(path);
	return err;
}
