/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bench-mix-parts: what a mix cannot be faster than, and what it should look like.
 *
 *   bench-mix-parts encode DIR W H FPS BITRATE THREADS    the composer's encoder alone, fed with ready frames from memory, THREADS closed segments at once
 *   bench-mix-parts raw DIR W H FPS BITRATE               the composition before encoding, as YUV4MPEG on stdout, every place of the grid
 *   bench-mix-parts decode THREADS FILE…                  decoders alone, fed from memory; one thread a file
 *
 * encode and decode print JSON: wall and CPU seconds of that work alone.
 *
 *   scene ─▶ frames of THREADS segments in memory ─▶ [clock on] encoder threads [clock off] ─▶ next ones
 */
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "common/sync.h"
#include "postprocess/canvas.h"
#include "postprocess/compose.h"
#include "postprocess/encode_video.h"
#include "postprocess/model.h"
#include "postprocess/scene.h"

static int64_t wall_us, cpu_us, bytes, frames;

static int64_t cpu_now_us(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000LL + r.ru_utime.tv_usec + r.ru_stime.tv_usec;
}

/** Runs main_h for each of n, all at once, on the clock. */
static void timed(void *(*main_h)(void *), void **args, int n)
{
	g_autofree pthread_t *threads = g_new0(pthread_t, n);
	int64_t wall = clock_mono_us(), cpu = cpu_now_us();

	for (int i = 0; i < n; i++)
		if (thread_start(&threads[i], "part", main_h, args[i]))
			exit(1);
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	wall_us += clock_mono_us() - wall;
	cpu_us += cpu_now_us() - cpu;
}

static void print_times(void)
{
	printf("{\"wall\":%.3f,\"cpu\":%.3f,\"frames\":%lld,\"bytes\":%lld}\n", (double)wall_us / 1e6, (double)cpu_us / 1e6, (long long)frames, (long long)bytes);
}

/* ---- the composition ---- */

struct composition {
	struct model *model;
	struct scene *scene;
	struct output_spec spec;
	int64_t n, frames;
};

static int composition_open(struct composition *c, char **argv)
{
	int err;

	*c = (struct composition){ 0 };
	output_spec_default(&c->spec, NULL);
	c->spec.width = atoi(argv[1]);
	c->spec.height = atoi(argv[2]);
	c->spec.fps = atoi(argv[3]);
	c->spec.video_bitrate = atoi(argv[4]);
	err = model_load(&c->model, argv[0]);
	if (!err)
		err = scene_create(&c->scene, c->model, &c->spec);
	if (!err)
		c->frames = (c->model->duration_ms * c->spec.fps + 999) / 1000;
	return err;
}

static void composition_close(struct composition *c)
{
	scene_unref(&c->scene);
	model_unref(&c->model);
}

static int64_t time_ms(const struct composition *c, int64_t n)
{
	return n * 1000 / c->spec.fps;
}

/* ---- raw ---- */

static void write_plane(const AVFrame *f, int plane, int w, int h)
{
	for (int row = 0; row < h; row++)
		fwrite(f->data[plane] + (ptrdiff_t)row * f->linesize[plane], 1, (size_t)w, stdout);
}

static int raw(char **argv)
{
	struct composition c;
	int err = composition_open(&c, argv);
	bool changed;

	printf("YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420\n", c.spec.width, c.spec.height, c.spec.fps);
	for (c.n = 0; !err && c.n < c.frames; c.n++) {
		const AVFrame *f;

		err = scene_at(c.scene, time_ms(&c, c.n), &changed);
		f = canvas_image(scene_canvas(c.scene));
		fputs("FRAME\n", stdout);
		for (int p = 0; p < 3; p++)
			write_plane(f, p, c.spec.width >> !!p, c.spec.height >> !!p);
	}
	composition_close(&c);
	return err;
}

/* ---- the encoder alone ---- */

struct piece {
	struct composition *c;
	GPtrArray *in, *out;
	int err;
};

static void frame_free(void *p)
{
	AVFrame *f = p;

	av_frame_free(&f);
}

static void packet_free(void *p)
{
	AVPacket *pkt = p;

	av_packet_free(&pkt);
}

static void *encode_main(void *arg)
{
	struct piece *p = arg;
	struct video_encoder *e = NULL;

	p->err = video_encoder_create(&e, "vp8", &p->c->spec);
	for (guint i = 0; !p->err && i < p->in->len; i++)
		p->err = video_encoder_put(e, p->in->pdata[i], p->out);
	if (!p->err)
		p->err = video_encoder_put(e, NULL, p->out);
	video_encoder_unref(&e);
	return NULL;
}

/** The frames of the next segment in which something changed. */
static int fill(struct piece *p)
{
	struct composition *c = p->c;
	int64_t segment = time_ms(c, c->n) / c->spec.segment_ms;
	bool changed;
	int err = 0;

	for (; !err && c->n < c->frames && time_ms(c, c->n) / c->spec.segment_ms == segment; c->n++) {
		err = scene_at(c->scene, time_ms(c, c->n), &changed);
		if (!err && (changed || !p->in->len)) {
			AVFrame *f = canvas_copy(scene_canvas(c->scene));

			f->pts = c->n;
			g_ptr_array_add(p->in, f);
		}
	}
	return err;
}

static void empty(struct piece *p)
{
	frames += p->in->len;
	for (guint i = 0; i < p->out->len; i++)
		bytes += ((AVPacket *)p->out->pdata[i])->size;
	g_ptr_array_unref(p->in);
	g_ptr_array_unref(p->out);
}

static int encode_some(struct composition *c, int threads)
{
	g_autofree struct piece *pieces = g_new0(struct piece, threads);
	g_autofree void **args = g_new0(void *, threads);
	int n = 0, err = 0;

	for (; !err && n < threads && c->n < c->frames; n++) {
		pieces[n] = (struct piece){ c, g_ptr_array_new_with_free_func(frame_free), g_ptr_array_new_with_free_func(packet_free), 0 };
		args[n] = &pieces[n];
		err = fill(&pieces[n]);
	}
	if (!err)
		timed(encode_main, args, n);
	for (int i = 0; i < n; i++) {
		err = err ? err : pieces[i].err;
		empty(&pieces[i]);
	}
	return err;
}

static int encode(char **argv)
{
	struct composition c;
	int err = composition_open(&c, argv), threads = atoi(argv[5]);

	while (!err && c.n < c.frames)
		err = encode_some(&c, threads);
	composition_close(&c);
	if (!err)
		print_times();
	return err;
}

/* ---- decoders alone ---- */

struct track { AVCodecParameters *par; GPtrArray *packets; };
static struct track *tracks;
static int ntracks;
static _Atomic int next_track;
static _Atomic int64_t pictures;

static int load(struct track *t, const char *path)
{
	AVFormatContext *in = NULL;
	AVPacket *pkt = av_packet_alloc();
	int err = avformat_open_input(&in, path, NULL, NULL);

	t->packets = g_ptr_array_new_with_free_func(packet_free);
	t->par = avcodec_parameters_alloc();
	if (!err)
		err = avcodec_parameters_copy(t->par, in->streams[0]->codecpar);
	while (err >= 0 && av_read_frame(in, pkt) >= 0) {
		g_ptr_array_add(t->packets, av_packet_clone(pkt));
		av_packet_unref(pkt);
	}
	av_packet_free(&pkt);
	avformat_close_input(&in);
	return err;
}

static void decode_track(const struct track *t)
{
	const AVCodec *codec = avcodec_find_decoder(t->par->codec_id);
	AVCodecContext *d = avcodec_alloc_context3(codec);
	AVFrame *f = av_frame_alloc();

	avcodec_parameters_to_context(d, t->par);
	d->thread_count = 1;
	if (avcodec_open2(d, codec, NULL))
		exit(1);
	for (guint i = 0; i < t->packets->len; i++) {
		if (avcodec_send_packet(d, t->packets->pdata[i]))
			exit(1);
		while (!avcodec_receive_frame(d, f))
			pictures++;
	}
	av_frame_free(&f);
	avcodec_free_context(&d);
}

static void *decode_main(void *arg)
{
	int i;

	(void)arg;
	while ((i = next_track++) < ntracks)
		decode_track(&tracks[i]);
	return NULL;
}

static int decode(char **argv)
{
	int threads = atoi(argv[0]), err = 0;
	g_autofree void **args = g_new0(void *, threads);

	for (char **file = argv + 1; *file; file++)
		ntracks++;
	tracks = g_new0(struct track, ntracks);
	for (int i = 0; !err && i < ntracks; i++)
		err = load(&tracks[i], argv[1 + i]);
	if (!err)
		timed(decode_main, args, threads);
	for (int i = 0; i < ntracks; i++) {
		g_ptr_array_unref(tracks[i].packets);
		avcodec_parameters_free(&tracks[i].par);
	}
	g_free(tracks);
	frames = pictures;
	if (!err)
		print_times();
	return err;
}

int main(int argc, char **argv)
{
	static const struct { const char *name; int args; int (*run)(char **argv); } parts[] = { { "encode", 6, encode }, { "raw", 5, raw }, { "decode", 2, decode } };

	av_log_set_level(AV_LOG_ERROR);
	for (size_t i = 0; argc > 1 && i < G_N_ELEMENTS(parts); i++)
		if (!strcmp(argv[1], parts[i].name) && argc >= 2 + parts[i].args) {
			int err = parts[i].run(argv + 2);

			if (err)
				fprintf(stderr, "bench-mix-parts: failed: %d\n", err);
			return err ? 1 : 0;
		}
	fprintf(stderr, "usage: bench-mix-parts encode DIR W H FPS BITRATE THREADS | raw DIR W H FPS BITRATE | decode THREADS FILE...\n");
	return 2;
}
