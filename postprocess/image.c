/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An operator's picture. Called by overlays when an output is checked and when it begins.
 *
 *   file ─ what it begins with ─▶ libavcodec ─▶ libswscale (BGRA, size) ─▶ premultiplied ─▶ cairo
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/log.h"
#include "postprocess/image.h"

enum { SIDE_MAX = 4096, FILE_MAX = 8 << 20 };

static const struct { const char *begins; size_t len; enum AVCodecID id; } kinds[] = {
	{ "\x89PNG\r\n\x1a\n", 8, AV_CODEC_ID_PNG },
	{ "\xff\xd8\xff", 3, AV_CODEC_ID_MJPEG },
};

static enum AVCodecID kind_of(const AVPacket *file)
{
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if ((size_t)file->size > kinds[i].len && !memcmp(file->data, kinds[i].begins, kinds[i].len))
			return kinds[i].id;
	return AV_CODEC_ID_NONE;
}

/* ---- reading ---- */

static int read_all(int fd, uint8_t *data, size_t size)
{
	size_t done = 0;
	ssize_t n = 1;

	while (done < size && (n = read(fd, data + done, size - done)) > 0)
		done += (size_t)n;
	return n < 0 ? -errno : done < size ? -EIO : 0;
}

/** Only a plain file: a pipe would have the composer wait. */
static int read_file(const char *path, AVPacket *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;
	struct stat st;

	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) ? -errno : !S_ISREG(st.st_mode) ? -EISDIR : st.st_size > FILE_MAX ? -EFBIG : st.st_size == 0 ? -EBADMSG : 0;
	if (!err)
		err = av_new_packet(out, (int)st.st_size);
	if (!err)
		err = read_all(fd, out->data, (size_t)st.st_size);
	close(fd);
	return err;
}

static int decode(const AVPacket *file, AVFrame *out)
{
	const AVCodec *codec = avcodec_find_decoder(kind_of(file));
	AVCodecContext *d = codec ? avcodec_alloc_context3(codec) : NULL;
	int err;

	if (!d)
		return codec ? -ENOMEM : -EBADMSG;
	d->max_pixels = (int64_t)SIDE_MAX * SIDE_MAX;
	d->thread_count = 1;
	err = avcodec_open2(d, codec, NULL);
	if (!err)
		err = avcodec_send_packet(d, file);
	if (!err)
		err = avcodec_send_packet(d, NULL);
	if (!err)
		err = avcodec_receive_frame(d, out);
	avcodec_free_context(&d);
	if (err)
		return err == -ENOMEM ? err : -EBADMSG;
	return out->width > SIDE_MAX || out->height > SIDE_MAX ? -EFBIG : 0;
}

/* ---- drawing ---- */

static void premultiply(uint8_t *p, int n)
{
	for (; n > 0; n--, p += 4)
		for (int i = 0; i < 3; i++)
			p[i] = (uint8_t)((p[i] * p[3] + 127) / 255);
}

static int convert(const AVFrame *f, int w, int h, cairo_surface_t *s)
{
	struct SwsContext *sws = sws_getContext(f->width, f->height, f->format, w, h, AV_PIX_FMT_BGRA, SWS_AREA | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
	uint8_t *data = cairo_image_surface_get_data(s);
	int stride = cairo_image_surface_get_stride(s), err;

	if (!sws || !data) {
		sws_freeContext(sws);
		return -ENOMEM;
	}
	err = sws_scale(sws, (const uint8_t *const *)f->data, f->linesize, 0, f->height, (uint8_t *const[]){ data }, (const int[]){ stride });
	for (int y = 0; y < h; y++)
		premultiply(data + (ptrdiff_t)y * stride, w);
	cairo_surface_mark_dirty(s);
	sws_freeContext(sws);
	return err < 0 ? err : 0;
}

static int surface_of(const AVFrame *f, int max_w, int max_h, cairo_surface_t **out)
{
	double scale = MIN(1, MIN((double)max_w / f->width, (double)max_h / f->height));
	int w = MAX(1, (int)(f->width * scale)), h = MAX(1, (int)(f->height * scale)), err;
	cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, w, h);

	err = convert(f, w, h, s);
	if (err)
		cairo_surface_destroy(s);
	else
		*out = s;
	return err;
}

static void explain(int err, const char *path, char *why, size_t size)
{
	if (err == -EFBIG)
		g_snprintf(why, (gulong)size, "The image %s is too large; at most 8 MiB and %d×%d can be used.", path, SIDE_MAX, SIDE_MAX);
	else if (err == -EBADMSG)
		g_snprintf(why, (gulong)size, "The image %s is neither PNG nor JPEG, or damaged.", path);
	else if (err == -EISDIR)
		g_snprintf(why, (gulong)size, "The image %s is no file.", path);
	else
		g_snprintf(why, (gulong)size, "The image %s could not be read: %s.", path, err_str(err));
}

int image_load(cairo_surface_t **out, const char *path, int max_w, int max_h, char *why, size_t why_size)
{
	AVPacket *file = av_packet_alloc();
	AVFrame *f = av_frame_alloc();
	int err = file && f ? read_file(path, file) : -ENOMEM;

	if (!err)
		err = decode(file, f);
	if (!err)
		err = surface_of(f, max_w, max_h, out);
	if (err)
		explain(err, path, why, why_size);
	av_packet_free(&file);
	av_frame_free(&f);
	return err;
}
