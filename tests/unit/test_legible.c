/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A shared screen's text through scaler and encoder, at the bitrate that outputs have by default: as legible as the share itself (SSIM of the region of text
 * at least 0.95 in every frame, the first after a keyframe included), against the share where it has its size or a larger one, else against a
 * careful downscale by libswscale's Lanczos.
 */
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>
#include "tests/unit/test.h"
#include "postprocess/canvas.h"
#include "postprocess/encode_video.h"
#include "postprocess/label.h"
#include "postprocess/letters.h"

enum { W = 1280, H = 720, FPS = 30, FRAMES = 60, STILL_FRAMES = 4 };
static const double LEGIBLE = 0.95;

struct plane { int w, h; uint8_t *data; };

static void plane_clear(struct plane *p)
{
	g_clear_pointer(&p->data, g_free);
}

static struct plane plane_new(int w, int h)
{
	return (struct plane){ w, h, g_malloc0((size_t)w * (size_t)h) };
}

/* ---- what is shared ---- */

/** A page of text in letters of `px`, black on white, a grey column at its side, and a dark box: an editor in a browser. */
static struct plane page(int w, int h, int px)
{
	static const char words[] = "static int read_all(int fd, uint8_t *data, size_t size) The quick brown fox 0123456789 jumps over {lazy} dogs; "
				    "Rechnungsbetrag 1.234,56 € if (!err && n < 42) return -EINVAL; ";
	cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_A8, w, h);
	cairo_t *cr = cairo_create(s);
	GString *text = g_string_new(NULL);
	PangoLayout *l;
	struct plane p = plane_new(w, h);

	while (text->len < 20000)
		g_string_append(text, words);
	l = letters_layout(cr, &(struct letters){ text->str, px, false });
	pango_layout_set_width(l, (w - 40) * PANGO_SCALE);
	cairo_move_to(cr, 20, 10);
	pango_cairo_show_layout(cr, l);
	cairo_surface_flush(s);
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++)
			p.data[y * w + x] = (uint8_t)(235 - 219 * cairo_image_surface_get_data(s)[y * cairo_image_surface_get_stride(s) + x] / 255);
	g_string_free(text, TRUE);
	g_object_unref(l);
	cairo_destroy(cr);
	cairo_surface_destroy(s);
	return p;
}

static AVFrame *frame_of(const struct plane *p)
{
	AVFrame *f = av_frame_alloc();

	f->format = AV_PIX_FMT_YUV420P;
	f->width = p->w;
	f->height = p->h;
	f->colorspace = AVCOL_SPC_BT709;
	CHECK_INT(av_frame_get_buffer(f, 0), 0);
	for (int y = 0; y < p->h; y++)
		memcpy(f->data[0] + y * f->linesize[0], p->data + y * p->w, (size_t)p->w);
	for (int i = 1; i < 3; i++)
		memset(f->data[i], 128, (size_t)f->linesize[i] * (size_t)(p->h / 2));
	return f;
}

/** Somebody who moves: waves that wander, with noise. */
static void camera(AVFrame *f, int n)
{
	static uint32_t seed = 1;

	for (int y = 0; y < f->height; y++)
		for (int x = 0; x < f->width; x++) {
			seed = seed * 1664525 + 1013904223;
			f->data[0][y * f->linesize[0] + x] = (uint8_t)(120 + 60 * sin((x + 3 * n) / 23.0) * cos((y - 2 * n) / 17.0) + (seed >> 29));
		}
}

/* ---- how alike ---- */

static double ssim_window(const struct plane *a, const struct plane *b, int x0, int y0)
{
	enum { N = 8 };
	static const double c1 = 6.5025, c2 = 58.5225;
	double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;

	for (int y = y0; y < y0 + N; y++)
		for (int x = x0; x < x0 + N; x++) {
			double u = a->data[y * a->w + x], v = b->data[y * b->w + x];

			sa += u, sb += v, saa += u * u, sbb += v * v, sab += u * v;
		}
	sa /= N * N, sb /= N * N;
	saa = saa / (N * N) - sa * sa, sbb = sbb / (N * N) - sb * sb, sab = sab / (N * N) - sa * sb;
	return (2 * sa * sb + c1) * (2 * sab + c2) / ((sa * sa + sb * sb + c1) * (saa + sbb + c2));
}

static double ssim(const struct plane *a, const struct plane *b)
{
	double sum = 0;
	int n = 0;

	CHECK(a->w == b->w && a->h == b->h);
	for (int y = 0; y + 8 <= a->h; y += 4)
		for (int x = 0; x + 8 <= a->w; x += 4, n++)
			sum += ssim_window(a, b, x, y);
	return sum / n;
}

static struct plane resized(const struct plane *p, int w, int h)
{
	struct plane out = plane_new(w, h);
	struct SwsContext *sws = sws_getContext(p->w, p->h, AV_PIX_FMT_GRAY8, w, h, AV_PIX_FMT_GRAY8, SWS_LANCZOS | SWS_ACCURATE_RND, NULL, NULL, NULL);

	sws_scale(sws, (const uint8_t *const[]){ p->data }, (const int[]){ p->w }, 0, p->h, (uint8_t *const[]){ out.data }, (const int[]){ w });
	sws_freeContext(sws);
	return out;
}

static struct plane cut_out(const AVFrame *f, struct rect r)
{
	struct plane p = plane_new(r.w, r.h);

	for (int y = 0; y < r.h; y++)
		memcpy(p.data + y * r.w, f->data[0] + (r.y + y) * f->linesize[0] + r.x, (size_t)r.w);
	return p;
}

/** Region `r` of the picture against the share, in the smaller of both sizes. */
static double likeness(const AVFrame *f, struct rect r, const struct plane *share)
{
	struct plane shown = cut_out(f, r), same = { 0 };
	double v;

	if (r.w == share->w && r.h == share->h) {
		v = ssim(&shown, share);
	} else if (r.w < share->w) {
		same = resized(share, r.w, r.h);
		v = ssim(&shown, &same);
	} else {
		same = resized(&shown, share->w, share->h);
		v = ssim(&same, share);
	}
	plane_clear(&same);
	plane_clear(&shown);
	return v;
}

/* ---- the way there ---- */

struct run {
	struct canvas *canvas;
	struct scaler *screen_scaler, *camera_scaler;
	struct video_encoder *encoder;
	GPtrArray *packets;
	struct rect covered;
	double drawn;              /* likeness before the encoder */
};

static void free_packet(void *p)
{
	AVPacket *pkt = p;

	av_packet_free(&pkt);
}

/** A piece of a mix: the share in `stage`, still or with somebody moving at its side. */
static void encode_all(struct run *run, const struct plane *share, struct rect stage, bool moving)
{
	struct plane small = plane_new(320, 180);
	AVFrame *screen = frame_of(share), *person = frame_of(&small);
	struct output_spec spec;

	output_spec_default(&spec, NULL);
	CHECK_INT(canvas_create(&run->canvas, W, H), 0);
	CHECK_INT(video_encoder_create(&run->encoder, "vp8", &spec), 0);
	canvas_fill(run->canvas, (struct rect){ 0, 0, W, H }, colour_rgb(LABEL_BACKGROUND));
	CHECK_INT(canvas_picture(run->canvas, &run->screen_scaler, screen, stage, &(struct look){ 0, true, true }, &run->covered), 0);
	run->drawn = likeness(canvas_image(run->canvas), run->covered, share);
	run->packets = g_ptr_array_new_with_free_func(free_packet);
	for (int n = 0; n < (moving ? FRAMES : STILL_FRAMES); n++) {
		AVFrame *f;

		if (moving) {
			camera(person, n);
			canvas_picture(run->canvas, &run->camera_scaler, person, (struct rect){ 1040, 40, 232, 130 }, &(struct look){ 0, true, false }, NULL);
		}
		f = canvas_copy(run->canvas);
		f->pts = moving ? n : n * FPS;
		CHECK_INT(video_encoder_put(run->encoder, f, run->packets), 0);
		av_frame_free(&f);
	}
	CHECK_INT(video_encoder_put(run->encoder, NULL, run->packets), 0);
	plane_clear(&small);
	av_frame_free(&screen);
	av_frame_free(&person);
}

static void run_clear(struct run *run)
{
	canvas_unref(&run->canvas);
	scaler_unref(&run->screen_scaler);
	scaler_unref(&run->camera_scaler);
	video_encoder_unref(&run->encoder);
	g_ptr_array_unref(run->packets);
}

/** The least likeness of all frames, and that of the last. */
static void decode_all(const struct run *run, const struct plane *share, double *least, double *last)
{
	AVCodecContext *d = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_VP8));
	AVFrame *f = av_frame_alloc();
	size_t bytes = 0;

	*least = 1;
	CHECK_INT(avcodec_open2(d, NULL, NULL), 0);
	for (guint i = 0; i < run->packets->len; i++) {
		AVPacket *pkt = run->packets->pdata[i];

		bytes += (size_t)pkt->size;
		CHECK_INT(avcodec_send_packet(d, pkt), 0);
		CHECK_INT(avcodec_receive_frame(d, f), 0);
		if (run->packets->len > STILL_FRAMES && i % 6 && i)
			continue;
		*last = likeness(f, run->covered, share);
		*least = fmin(*least, *last);
	}
	printf("  %u frames, %zu kB; first %d kB\n", run->packets->len, bytes / 1000, ((AVPacket *)run->packets->pdata[0])->size / 1000);
	av_frame_free(&f);
	avcodec_free_context(&d);
}

static void test_legible(void)
{
	static const struct { const char *name; int w, h, px; struct rect stage; bool moving; } rows[] = {
		{ "1280×720 alone, 1:1", 1280, 720, 15, { 0, 0, 1280, 720 }, false },
		{ "1280×720 on the stage, somebody moving", 1280, 720, 15, { 8, 8, 1020, 704 }, true },
		{ "1920×1080 on the stage, still", 1920, 1080, 20, { 8, 8, 1020, 704 }, false },
		{ "1920×1080 on the stage, somebody moving", 1920, 1080, 20, { 8, 8, 1020, 704 }, true },
		{ "800×600 larger than it is, somebody moving", 800, 600, 15, { 8, 8, 1020, 704 }, true },
	};
	bool failed = false;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct plane share = page(rows[i].w, rows[i].h, rows[i].px);
		struct run run = { 0 };
		double least = 0, last = 0;

		encode_all(&run, &share, rows[i].stage, rows[i].moving);
		decode_all(&run, &share, &least, &last);
		printf("figure %s: SSIM drawn %.4f, least %.4f, at the end %.4f\n", rows[i].name, run.drawn, least, last);
		failed |= least < LEGIBLE || run.drawn < 0.97;
		run_clear(&run);
		plane_clear(&share);
	}
	CHECK(!failed);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_legible) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
