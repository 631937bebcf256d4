/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where one segment of the mix ends and the next begins nothing is seen or heard: a camera's noisy pictures and an even tone, composed; each frame of the
 * file against the picture that was drawn for it. A quarter of the default size unless RECROOM_FULL is set.
 */
#include <libavutil/log.h>
#include "tests/bench/mix/clip.h"
#include "tests/lib/make_recording.h"
#include "tests/lib/read_output.h"
#include "tests/lib/read_sound.h"
#include "tests/lib/ssim.h"
#include "tests/unit/test.h"
#include "postprocess/compose.h"
#include "postprocess/interleave.h"
#include "postprocess/scene.h"

enum { SEGMENTS = 3, CLIP_S = 4, AFTER_MS = 500, SETTLED_MS = 1000, NEAR_MS = 30, TONE_HZ = 440, FALL_PERMILLE = 20, ROUNDING_MS = 2 };

struct seen { double sum, worst; int n; };

static struct output_spec spec;
static char *dir;

static double tone(double t_s, void *arg)
{
	(void)arg;
	return 0.25 * sin(2 * G_PI * TONE_HZ * t_s);
}

static bool full(void)
{
	return g_strcmp0(getenv("RECROOM_FULL"), "") > 0;
}

static int64_t length_ms(void)
{
	return (int64_t)SEGMENTS * spec.segment_ms;
}

static int make(void)
{
	struct clip_conf camera = { .width = spec.width, .height = spec.height, .fps = 15, .bitrate = spec.video_bitrate, .seconds = CLIP_S, .seed = 7 };
	struct make_clip clip = { 0 };
	int err = clip_video(&clip, &camera);
	struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = {
			{ .source = "audio", .sample = tone },
			{ .source = "video", .clip = &clip, .codec = "vp8", .width = spec.width, .height = spec.height, .fps = camera.fps } } },
		{ 0 }
	};

	if (!err)
		err = make_recording(&(struct make_conf){ .dir = dir, .duration_ms = length_ms(), .people = people });
	clip_clear(&clip);
	return err;
}

static struct output *compose_as(const char *format, const char *codec)
{
	struct compose_conf conf = { .dir = dir, .spec = spec, .overwrite = true };
	g_autofree char *path = g_strconcat(dir, "/output.", format, NULL);
	struct compose_result r;
	struct output *o = NULL;

	g_strlcpy(conf.spec.format, format, sizeof(conf.spec.format));
	g_strlcpy(conf.spec.video_codec, codec, sizeof(conf.spec.video_codec));
	if (compose(&conf, &r))
		TEST_FAIL("%s", r.why);
	CHECK_INT(output_read(&o, path), 0);
	return o;
}

/** Draws what was drawn for the frame, as compose does. */
static const AVFrame *drawn(struct scene *scene, int64_t *n, const AVFrame *shown, AVFrame **copy)
{
	bool changed;

	for (; grid_ms(*n, spec.fps) <= shown->pts + ROUNDING_MS; ++*n)
		CHECK_INT(scene_at(scene, grid_ms(*n, spec.fps), &changed), 0);
	av_frame_free(copy);
	*copy = canvas_copy(scene_canvas(scene));
	CHECK(*copy != NULL);
	return *copy;
}

/** All, and the worst after a boundary. The picture fades in at the beginning. */
static struct seen look(const struct output *o)
{
	struct seen seen = { .worst = 1 };
	struct scene *scene = NULL;
	struct model *m = NULL;
	AVFrame *copy = NULL;
	int64_t n = 0;

	CHECK_INT(model_load(&m, dir), 0);
	CHECK_INT(scene_create(&scene, m, &spec), 0);
	for (guint i = 0; i < o->frames->len; i++) {
		const AVFrame *f = o->frames->pdata[i];
		double like = ssim(f, drawn(scene, &n, f, &copy));

		if (f->pts < SETTLED_MS)
			continue;
		seen.sum += like;
		seen.n++;
		if (f->pts >= spec.segment_ms && f->pts % spec.segment_ms <= AFTER_MS)
			seen.worst = MIN(seen.worst, like);
	}
	av_frame_free(&copy);
	scene_unref(&scene);
	model_unref(&m);
	return seen;
}

static void test_picture(void)
{
	static const char *const rows[][2] = { { "mp4", "h264" }, { "webm", "vp9" }, { "webm", "vp8" } };
	bool pulse = false;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct output *o = compose_as(rows[i][0], rows[i][1]);
		struct seen seen = look(o);

		CHECK(seen.n > SEGMENTS * spec.segment_ms / 1000 * 10);
		CHECK(o->keys->len >= SEGMENTS);
		printf("%s: ssim %.4f, the worst after a boundary %.4f\n", rows[i][1], seen.sum / seen.n, seen.worst);
		pulse |= seen.worst < seen.sum / seen.n - FALL_PERMILLE / 1000.0;
		output_unref(&o);
	}
	CHECK(!pulse);
}

/** What a sine's own recurrence does not foretell, at most, from one time to another: the codec's noise, and clicks. */
static double unforeseen(const GArray *pcm, int64_t from_ms, int64_t to_ms)
{
	const float *x = (const float *)pcm->data;
	double c = 2 * cos(2 * G_PI * TONE_HZ / 48000), worst = 0;
	guint to = MIN((guint)to_ms * 48, pcm->len - 1);

	for (guint i = (guint)from_ms * 48 + 1; i < to; i++)
		worst = MAX(worst, fabs(x[i + 1] - c * x[i] + x[i - 1]));
	return worst;
}

static void test_sound(void)
{
	g_autofree char *path = g_strconcat(dir, "/output.webm", NULL);
	GArray *pcm = sound_of(path);

	CHECK(pcm != NULL);
	CHECK(sound_tone(pcm, TONE_HZ, SETTLED_MS, length_ms() - 200) > 0.05);
	for (int64_t at = spec.segment_ms; at < length_ms(); at += spec.segment_ms) {
		double here = unforeseen(pcm, at - NEAR_MS, at + NEAR_MS), beside = MAX(unforeseen(pcm, at - 500, at - NEAR_MS), unforeseen(pcm, at + NEAR_MS, at + 500));

		printf("at %d ms: %g, beside it %g\n", (int)at, here, beside);
		CHECK(here <= 1.5 * beside);
	}
	g_array_unref(pcm);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_picture), TEST(test_sound) };
	int failed;

	av_log_set_level(AV_LOG_ERROR);
	output_spec_default(&spec, NULL);
	if (!full()) {
		spec.width /= 2;
		spec.height /= 2;
		spec.segment_ms /= 2;
		spec.video_bitrate /= 3;
	}
	dir = make_scratch("rec_demo_1760090400123_abcdef");
	failed = make() ? 1 : test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	make_remove(&dir);
	return failed;
}
