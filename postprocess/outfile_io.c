/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See outfile_io.h. Called by mux_webm and participant_file, on the writing thread.
 */
#include <errno.h>
#include <glib.h>
#include <libavformat/avformat.h>
#include <libavformat/version.h>
#include <libavutil/mem.h>
#include <stdio.h>
#include "postprocess/outfile_io.h"

enum { IO_BUFFER = 1 << 16 };

struct place {
	struct outfile *file;
	int64_t pos;
};

#if LIBAVFORMAT_VERSION_MAJOR >= 61
static int on_write(void *arg, const uint8_t *data, int len)
#else
static int on_write(void *arg, uint8_t *data, int len)
#endif
{
	struct place *p = arg;
	int err = outfile_write(p->file, p->pos, data, (size_t)len);

	if (err)
		return err;
	p->pos += len;
	return len;
}

static int64_t on_seek(void *arg, int64_t offset, int whence)
{
	struct place *p = arg;

	if (whence == AVSEEK_SIZE)
		return outfile_size(p->file);
	if (whence == SEEK_CUR)
		offset += p->pos;
	else if (whence == SEEK_END)
		offset += outfile_size(p->file);
	else if (whence != SEEK_SET)
		return -EINVAL;
	p->pos = offset;
	return offset;
}

int outfile_io_open(AVIOContext **io, struct outfile *f)
{
	struct place *p = g_new0(struct place, 1);
	uint8_t *buf = av_malloc(IO_BUFFER);

	p->file = f;
	*io = buf ? avio_alloc_context(buf, IO_BUFFER, 1, p, NULL, on_write, on_seek) : NULL;
	if (*io)
		return 0;
	av_free(buf);
	g_free(p);
	return -ENOMEM;
}

void outfile_io_close(AVIOContext **io)
{
	if (!*io)
		return;
	g_free((*io)->opaque);
	av_freep(&(*io)->buffer);
	avio_context_free(io);
}
