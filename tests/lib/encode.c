/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libavcodec's encoders, one row each with what makes it behave as in a call.
 */
#include "tests/lib/encode.h"

#include <errno.h>
#include <libavcodec/bsf.h>
#include <stdlib.h>
#include <string.h>

struct encode {
	AVCodecContext *codec;
	AVFrame *picture;
};

static const struct row { const char *codec, *encoder, *options; } table[] = {
	{ "vp8", "libvpx", "deadline=realtime:cpu-used=-8:lag-in-frames=0:qmax=30" },
	{ "vp8-temporal", "libvpx", "deadline=realtime:cpu-used=-8:lag-in-frames=0:qmax=30:error-resilient=default:ts-parameters=ts_number_layers=3\\:ts_target_bitrate=200,400,600\\:"
	  "ts_rate_decimator=4,2,1\\:ts_periodicity=4\\:ts_layer_id=0,2,1,2\\:ts_layering_mode=3" },
	{ "vp9", "libvpx-vp9", "deadline=realtime:cpu-used=8:lag-in-frames=0:qmax=30" },
	{ "h264", "libx264", "preset=ultrafast:tune=zerolatency:profile=baseline:forced-idr=1" },
	{ "h264-main", "libx264", "preset=ultrafast:tune=zerolatency:profile=main:coder=1:forced-idr=1" },
	{ "av1", "libaom-av1", "usage=realtime:cpu-used=8:lag-in-frames=0" },
};

static const struct row *find(const char *codec)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!strcmp(table[i].codec, codec))
			return &table[i];
	}
	return NULL;
}

static int open_codec(struct encode *e, const struct row *row, int width, int height)
{
	const AVCodec *codec = avcodec_find_encoder_by_name(row->encoder);
	AVDictionary *opts = NULL;
	int err;

	e->codec = codec ? avcodec_alloc_context3(codec) : NULL;
	if (!e->codec)
		return -ENOENT;
	e->codec->width = width;
	e->codec->height = height;
	e->codec->time_base = (AVRational){ 1, 1000 };
	e->codec->framerate = (AVRational){ 30, 1 };
	e->codec->pix_fmt = AV_PIX_FMT_YUV420P;
	e->codec->bit_rate = 600000;
	e->codec->gop_size = 100000;
	e->codec->max_b_frames = 0;
	e->codec->thread_count = 1;
	av_dict_parse_string(&opts, row->options, "=", ":", 0);
	err = avcodec_open2(e->codec, codec, &opts);
	av_dict_free(&opts);
	return err;
}

int encode_create(struct encode **out, const char *codec, int width, int height)
{
	const struct row *row = find(codec);
	struct encode *e = calloc(1, sizeof(*e));
	int err;

	if (!e)
		return -ENOMEM;
	e->picture = av_frame_alloc();
	err = row && e->picture ? open_codec(e, row, width, height) : -ENOENT;
	if (!err) {
		e->picture->format = AV_PIX_FMT_YUV420P;
		e->picture->width = width;
		e->picture->height = height;
		err = av_frame_get_buffer(e->picture, 0);
	}
	if (err)
		encode_unref(&e);
	else
		*out = e;
	return err;
}

void encode_unref(struct encode **e)
{
	if (!*e)
		return;
	avcodec_free_context(&(*e)->codec);
	av_frame_free(&(*e)->picture);
	free(*e);
	*e = NULL;
}

AVFrame *encode_picture(struct encode *e)
{
	return av_frame_make_writable(e->picture) < 0 ? NULL : e->picture;
}

int encode_frame(struct encode *e, int64_t t_ms, bool keyframe, AVPacket *pkt)
{
	int err;

	e->picture->pts = t_ms;
	e->picture->pict_type = keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
	err = avcodec_send_frame(e->codec, e->picture);
	return err ? err : avcodec_receive_packet(e->codec, pkt);
}

static int extract(const AVPacket *keyframe, AVCodecParameters *par)
{
	AVPacket *pkt = av_packet_clone(keyframe);
	AVBSFContext *filter = NULL;
	const uint8_t *data;
	size_t len = 0;
	int err = pkt ? av_bsf_alloc(av_bsf_get_by_name("extract_extradata"), &filter) : -ENOMEM;

	if (!err)
		err = avcodec_parameters_copy(filter->par_in, par);
	if (!err)
		err = av_bsf_init(filter);
	if (!err)
		err = av_bsf_send_packet(filter, pkt);
	if (!err)
		err = av_bsf_receive_packet(filter, pkt);
	data = err ? NULL : av_packet_get_side_data(pkt, AV_PKT_DATA_NEW_EXTRADATA, &len);
	if (data) {
		par->extradata = av_mallocz(len + AV_INPUT_BUFFER_PADDING_SIZE);
		memcpy(par->extradata, data, len);
		par->extradata_size = (int)len;
	}
	av_bsf_free(&filter);
	av_packet_free(&pkt);
	return err;
}

int encode_describe(const struct encode *e, const AVPacket *keyframe, AVCodecParameters *par)
{
	par->codec_type = AVMEDIA_TYPE_VIDEO;
	par->codec_id = e->codec->codec_id;
	par->width = e->codec->width;
	par->height = e->codec->height;
	return par->codec_id == AV_CODEC_ID_H264 || par->codec_id == AV_CODEC_ID_AV1 ? extract(keyframe, par) : 0;
}
