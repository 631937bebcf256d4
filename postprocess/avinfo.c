/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libav* beside composing. The log callback runs on any thread; the rest is called by commands on the main thread.
 */
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/log.h"
#include "postprocess/avinfo.h"

static void __attribute__((format(printf, 3, 0))) on_av_log(void *object, int level, const char *fmt, va_list ap)
{
	char line[400];
	int prefix = 1;

	if (level > AV_LOG_INFO)
		return;
	av_log_format_line2(object, level, fmt, ap, line, sizeof(line), &prefix);
	g_strchomp(line);
	if (line[0])
		log_line(level <= AV_LOG_ERROR ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG, "libav: %s", line);
}

void avinfo_log(void)
{
	av_log_set_callback(on_av_log);
	setenv("SVT_LOG", "1", 0);        /* SVT-AV1 writes on the standard error by itself: errors only */
}

/* Frames in which nothing changed are left out, so a mix has no average rate to speak of: then the grid's. */
static double frame_rate(const AVStream *s)
{
	AVRational rate = s->avg_frame_rate.num > 0 ? s->avg_frame_rate : s->r_frame_rate;

	return rate.den > 0 ? av_q2d(rate) : 0.0;
}

static json_t *describe(const AVStream *s)
{
	const AVCodecParameters *p = s->codecpar;

	switch (p->codec_type) {
	case AVMEDIA_TYPE_VIDEO:
		return json_pack("{s:s,s:s,s:i,s:i,s:f}", "kind", "video", "codec", avcodec_get_name(p->codec_id), "width", p->width, "height", p->height,
				 "fps", frame_rate(s));
	case AVMEDIA_TYPE_AUDIO:
		return json_pack("{s:s,s:s,s:i,s:i}", "kind", "audio", "codec", avcodec_get_name(p->codec_id), "rate_hz", p->sample_rate, "channels",
				 p->ch_layout.nb_channels);
	default:
		return json_pack("{s:s,s:s}", "kind", "other", "codec", avcodec_get_name(p->codec_id));
	}
}

json_t *avinfo_streams(const char *path)
{
	AVFormatContext *f = NULL;
	json_t *list = json_array();

	if (avformat_open_input(&f, path, NULL, NULL) < 0)
		return list;
	if (avformat_find_stream_info(f, NULL) >= 0)
		for (unsigned i = 0; i < f->nb_streams; i++)
			json_array_append_new(list, describe(f->streams[i]));
	avformat_close_input(&f);
	return list;
}
