/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A part of a recording, or one without somebody: as if the rest had never been, in picture, sound, names and everything beside the media.
 */
#include "common/json.h"
#include "tests/lib/make_recording.h"
#include "tests/lib/read_output.h"
#include "tests/lib/read_sound.h"
#include "tests/unit/test.h"
#include "postprocess/compose.h"
#include "postprocess/model_select.c"

enum { GREEN = 0x00b43c, BLUE = 0x3050c0, RED = 0xc03030 };

static const struct make_participant call[] = {
	{ .id = "user1", .name = "Ann Marker", .sources = { { .source = "audio" }, { .source = "video", .rgb = GREEN } } },
	{ .id = "user2", .name = "Bob Marker", .joined_ms = 500,
	  .sources = { { .source = "audio", .from_ms = 500, .tone_hz = 660 }, { .source = "video", .from_ms = 500, .rgb = BLUE, .plain = true } } },
	{ .id = "user3", .name = "Cyd Marker", .joined_ms = 2500, .sources = { { .source = "video", .from_ms = 2500, .rgb = RED, .plain = true } } },
	{ 0 }
};

static char *make(void)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 4000, .people = call }), 0);
	return dir;
}

static struct compose_conf conf_for(const char *dir)
{
	struct compose_conf conf = { .dir = dir, .threads = 2 };

	output_spec_default(&conf.spec, NULL);
	conf.spec.width = 320;
	conf.spec.height = 180;
	conf.spec.fps = 20;
	conf.spec.video_bitrate = 800000;
	return conf;
}

static struct output *composed(const struct compose_conf *conf)
{
	g_autofree char *path = g_build_filename(conf->dir, "output.webm", NULL);
	struct compose_result r;
	struct output *o = NULL;
	int err = compose(conf, &r);

	if (err)
		TEST_FAIL("compose: %d, %s", err, r.why);
	CHECK_INT(output_read(&o, path), 0);
	return o;
}

static bool is_near(const int rgb[3], int want)
{
	return abs(rgb[0] - (want >> 16 & 255)) <= 24 && abs(rgb[1] - (want >> 8 & 255)) <= 24 && abs(rgb[2] - (want & 255)) <= 24;
}

/* Is the colour anywhere in the file, looked for in a grid of places in every frame? */
static bool shows(const struct output *o, int colour)
{
	for (guint i = 0; i < o->frames->len; i++) {
		const AVFrame *f = o->frames->pdata[i];

		for (int x = 20; x < 1000; x += 40)
			for (int y = 20; y < 1000; y += 80) {
				int rgb[3];

				output_rgb(o, f->pts, x, y, rgb);
				if (is_near(rgb, colour))
					return true;
			}
	}
	return false;
}

/* Does a file below the directory, but for the recording itself, hold the text? */
static bool told(const char *dir, const char *text)
{
	static const char *const captured[] = { "chunks", "timeline.jsonl", "participants.json", NULL };
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *name;
	bool found = false;

	while ((name = g_dir_read_name(d))) {
		g_autofree char *path = g_build_filename(dir, name, NULL);
		g_autofree char *data = NULL;
		gsize len = 0;

		if (!g_strv_contains(captured, name) && g_file_get_contents(path, &data, &len, NULL) && memmem(data, len, text, strlen(text)))
			found = true;
	}
	g_dir_close(d);
	return found;
}

static double tone(const char *dir, double hz)
{
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL);
	GArray *pcm = sound_of(path);
	double most = 0;

	CHECK(pcm);
	for (int64_t t_ms = 0; t_ms < 4000; t_ms += 100)
		most = MAX(most, sound_tone(pcm, hz, t_ms, t_ms + 100));
	g_array_unref(pcm);
	return most;
}

static void test_everybody(void)
{
	char *dir = make();
	struct compose_conf conf = conf_for(dir);
	struct output *o = composed(&conf);

	CHECK(shows(o, GREEN) && shows(o, BLUE) && shows(o, RED));
	CHECK(tone(dir, 440) > 0.02 && tone(dir, 660) > tone(dir, 440) / 4);
	CHECK(told(dir, "\"user2\""));
	output_unref(&o);
	make_remove(&dir);
}

static void check_without_user2(struct compose_conf *conf)
{
	struct output *o = composed(conf);

	CHECK(shows(o, GREEN) && !shows(o, BLUE) && shows(o, RED));
	CHECK(tone(conf->dir, 440) > 0.02);
	CHECK(tone(conf->dir, 660) < tone(conf->dir, 440) / 8);        /* what a beep that begins within the window leaks */
	CHECK(!told(conf->dir, "Bob"));
	CHECK(!told(conf->dir, "\"id\": \"user2\""));
	CHECK_INT(o->duration_ms / 100, 40);
	output_unref(&o);
}

static void test_without(void)
{
	char *dir = make();
	struct compose_conf conf = conf_for(dir);

	g_strlcpy(conf.spec.without, "user2", sizeof(conf.spec.without));
	check_without_user2(&conf);
	conf.overwrite = true;
	conf.spec.without[0] = '\0';
	g_strlcpy(conf.spec.only, "user1,user3", sizeof(conf.spec.only));
	check_without_user2(&conf);
	make_remove(&dir);
}

/* From 1.5 s to 3.5 s: the flash of second 2 is at 0.5 s, user3 comes at 1 s. */
static void test_part(void)
{
	char *dir = make();
	struct compose_conf conf = conf_for(dir);
	struct output *o;
	GArray *pcm;
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL);
	int rgb[3];

	conf.spec.from_ms = 1500;
	conf.spec.to_ms = 3500;
	o = composed(&conf);
	CHECK_NEAR(o->duration_ms, 2000, 50);
	CHECK_INT(((AVFrame *)o->frames->pdata[0])->pts, 0);
	CHECK_NEAR(o->audio_end_ms, 2000, 20);
	output_rgb(o, 0, 250, 400, rgb);
	CHECK(is_near(rgb, GREEN));                            /* at once, though the keyframe lies before */
	output_rgb(o, 550, 250, 400, rgb);
	CHECK(is_near(rgb, 0xffffff));
	output_rgb(o, 450, 250, 400, rgb);
	CHECK(!is_near(rgb, 0xffffff));
	pcm = sound_of(path);
	CHECK(sound_tone(pcm, 440, 500, 600) > 0.02);
	CHECK(sound_tone(pcm, 440, 200, 450) < 0.01);
	CHECK(sound_tone(pcm, 440, 700, 1450) < 0.01);
	g_array_unref(pcm);
	output_unref(&o);
	make_remove(&dir);
}

static void test_part_before_somebody(void)
{
	char *dir = make();
	struct compose_conf conf = conf_for(dir);
	struct output *o;

	conf.spec.to_ms = 2400;
	o = composed(&conf);
	CHECK(shows(o, GREEN) && shows(o, BLUE) && !shows(o, RED));
	CHECK(!told(dir, "user3"));                            /* was not there yet */
	output_unref(&o);
	make_remove(&dir);
}

/* ---- the model ---- */

static struct model *selected(const char *dir, const char *without, int64_t from_ms, int64_t to_ms, int want)
{
	struct output_spec spec;
	struct model *m = NULL;

	output_spec_default(&spec, NULL);
	g_strlcpy(spec.without, without, sizeof(spec.without));
	spec.from_ms = from_ms;
	spec.to_ms = to_ms;
	CHECK_INT(model_load(&m, dir), 0);
	CHECK_INT(model_select(m, &spec), want);
	return m;
}

static void test_model(void)
{
	char *dir = make();
	struct model *m = selected(dir, "user1", 1500, 0, 0);

	CHECK_INT(m->nparticipants, 2);
	CHECK_STR(m->participants[0]->id, "user2");
	CHECK_INT(m->participants[0]->present[0].from_ms, 0);
	CHECK_INT(m->participants[0]->present[0].to_ms, 2500);
	CHECK_INT(m->participants[1]->present[0].from_ms, 1000);
	CHECK_INT(m->duration_ms, 2500);
	CHECK_INT(m->elapsed_ms, 2500);
	CHECK_INT(m->shift_ms, 1500);
	CHECK_INT(m->start_wall_ms, 1760090400123 + 1500);
	CHECK_INT(m->participants[1]->sources[0]->segments[0]->from_ms, 1000);
	CHECK_INT(m->participants[0]->sources[1]->segments[0]->chunks[0].index, 0);    /* its only keyframe */
	model_unref(&m);
	m = selected(dir, "", 4000, 0, -ERANGE);
	model_unref(&m);
	m = selected(dir, "", 3999, 10000, 0);
	CHECK_INT(m->duration_ms, 1);
	model_unref(&m);
	make_remove(&dir);
}

/* A model that grows leaves people out from the first line on; times it does not know yet. */
static void test_growing(void)
{
	char *dir = make();
	struct output_spec spec;
	struct model *m = NULL;

	output_spec_default(&spec, NULL);
	CHECK_INT(model_open(&m, dir), 0);
	g_strlcpy(spec.only, "user2", sizeof(spec.only));
	CHECK_INT(model_select(m, &spec), 0);
	CHECK_INT(model_advance(m), 1);
	CHECK_INT(m->nparticipants, 1);
	CHECK_STR(m->participants[0]->name, "Bob Marker");
	CHECK_INT(m->bad_lines, 0);
	CHECK_INT(m->missing_chunks, 0);
	model_unref(&m);
	CHECK_INT(model_open(&m, dir), 0);
	spec.from_ms = 1;
	CHECK_INT(model_select(m, &spec), -EPROTO);
	model_unref(&m);
	make_remove(&dir);
}

static void append(const char *dir, const char *line)
{
	g_autofree char *path = g_build_filename(dir, "timeline.jsonl", NULL);
	FILE *f = fopen(path, "a");

	CHECK(f && fputs(line, f) >= 0 && fclose(f) == 0);
}

/* Who was erased is no part of the recording, whether or not their files still lie there. */
static void test_erased(void)
{
	char *dir = make();
	struct model *m = NULL;

	append(dir, "{\"type\":\"erased\",\"t_ms\":4000,\"wall_ms\":1,\"participant\":\"user2\"}\n"
		    "{\"type\":\"erased\",\"t_ms\":4000,\"wall_ms\":1,\"participant\":\"user3\",\"source\":\"audio\"}\n");
	CHECK_INT(model_load(&m, dir), 0);
	CHECK_INT(m->nparticipants, 2);
	CHECK_STR(m->participants[1]->id, "user3");
	CHECK_STR(m->flags[0], "erased");
	CHECK_INT(m->bad_lines, 0);
	model_unref(&m);
	make_remove(&dir);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_everybody), TEST(test_without), TEST(test_part), TEST(test_part_before_somebody), TEST(test_model), TEST(test_growing), TEST(test_erased),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
