/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Overlays: the clock shows the time of day of the recording, through pauses and changes of summer time, and changes once a second; what lies below comes
 * back as it was; an image that cannot be used is refused with a sentence.
 */
#include <glib/gstdio.h>
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"
#include "postprocess/scene.h"
#include "postprocess/overlays.c"

enum { W = 640, H = 360 };

static void test_clock_text(void)
{
	static const struct { const char *zone; int64_t unix_s; const char *text; } rows[] = {
		{ "UTC", 0, "1970-01-01 00:00:00 UTC" }, { "Europe/Berlin", 1795448655, "2026-11-23 16:44:15 CET" },
		{ "Europe/Berlin", 1782225855, "2026-06-23 16:44:15 CEST" }, { "Asia/Kolkata", 1795448655, "2026-11-23 21:14:15 IST" },
		{ "America/Sao_Paulo", 1795448655, "2026-11-23 12:44:15 UTC-03" }, { "Asia/Kathmandu", 1795448655, "2026-11-23 21:29:15 UTC+0545" },
		/* the night in which summer time ends: 2:59:59 comes twice */
		{ "Europe/Berlin", 1792889999, "2026-10-25 02:59:59 CEST" }, { "Europe/Berlin", 1792890000, "2026-10-25 02:00:00 CET" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GTimeZone *zone = g_time_zone_new_identifier(rows[i].zone);
		g_autofree char *text = NULL;

		CHECK(zone != NULL);
		text = clock_text(zone, rows[i].unix_s);
		g_time_zone_unref(zone);
		if (strcmp(text, rows[i].text))
			TEST_FAIL("row %zu: %s", i, text);
	}
}

static struct output_spec spec_of(bool clock, const char *text, const char *image)
{
	struct output_spec spec;

	output_spec_default(&spec, NULL);
	spec.width = W;
	spec.height = H;
	spec.clock = clock;
	g_strlcpy(spec.text, text, sizeof(spec.text));
	g_strlcpy(spec.image, image, sizeof(spec.image));
	return spec;
}

/** A canvas of noise, the same for each number. */
static void noise(struct canvas *c, unsigned number)
{
	AVFrame *f = canvas_target(c);

	for (size_t i = 0; i < f->buf[0]->size; i++)
		f->buf[0]->data[i] = (uint8_t)(((unsigned)i + number * 7919) * 2654435761u >> 24);
}

static char *hash_of(const struct canvas *c)
{
	const AVFrame *f = canvas_image(c);

	return g_compute_checksum_for_data(G_CHECKSUM_SHA256, f->buf[0]->data, f->buf[0]->size);
}

/** 20 s at 10 frames a second with a pause of a minute and a half: which second is shown, and that only its change is one. */
static void test_clock_runs(void)
{
	struct model_pause pauses[] = { { 5000, 90000 } };
	struct model m = { .start_wall_ms = 1795448655400, .pauses = pauses, .npauses = 1 };
	struct output_spec spec = spec_of(true, "", "");
	struct overlays *o = NULL;
	struct canvas *c = NULL;
	int changes = 0;

	CHECK_INT(overlays_create(&o, &m, &spec), 0);
	CHECK_INT(canvas_create(&c, W, H), 0);
	for (int64_t t = 0; t < 20000; t += 100) {
		int64_t want = (1795448655400 + t + (t > 5000 ? 90000 : 0)) / 1000, before = o->shown_s;
		bool changed;

		overlays_lift(o, c);
		noise(c, (unsigned)t);
		changed = overlays_lay(o, c, t);
		CHECK_INT(o->shown_s, want);
		CHECK_INT(changed, want != before);
		changes += changed;
	}
	CHECK_INT(changes, 22);       /* the first, 20 seconds, the pause */
	overlays_unref(&o);
	canvas_unref(&c);
}

/** Laid and lifted, the canvas is what it was; laid twice over the same, the picture is the same; nothing outside of the items changes. */
static void test_nothing_flickers(void)
{
	struct model m = { .start_wall_ms = 1795448655400 };
	struct output_spec spec = spec_of(true, "Board meeting · 董事会", "");
	struct overlays *o = NULL;
	struct canvas *c = NULL;
	g_autofree char *clean = NULL, *laid = NULL;

	CHECK_INT(overlays_create(&o, &m, &spec), 0);
	CHECK_INT(canvas_create(&c, W, H), 0);
	noise(c, 1);
	clean = hash_of(c);
	for (int64_t t = 0; t < 500; t += 50) {
		g_autofree char *now = NULL, *again = NULL;

		CHECK_INT(overlays_lay(o, c, t), t == 0);
		now = hash_of(c);
		CHECK(strcmp(now, clean));
		if (!laid)
			laid = g_strdup(now);
		CHECK_STR(now, laid);
		overlays_lift(o, c);
		again = hash_of(c);
		CHECK_STR(again, clean);
	}
	overlays_unref(&o);
	canvas_unref(&c);
}

/** What is drawn lies within the picture, whatever its size and the text's length. */
static void test_small_pictures(void)
{
	static const int sizes[][2] = { { 64, 64 }, { 160, 90 }, { 7680, 64 }, { 64, 1080 } };
	struct model m = { .start_wall_ms = 1795448655400 };

	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		struct output_spec spec = spec_of(true, "A line of text that is much too long for a picture that is as small as this one, whoever may have asked for it", "");
		struct overlays *o = NULL;
		struct canvas *c = NULL;

		spec.width = sizes[i][0];
		spec.height = sizes[i][1];
		CHECK_INT(overlays_create(&o, &m, &spec), 0);
		CHECK_INT(canvas_create(&c, spec.width, spec.height), 0);
		CHECK(overlays_lay(o, c, 0));
		overlays_lift(o, c);
		overlays_unref(&o);
		canvas_unref(&c);
	}
}

/** Of a call in which nothing moves, only the clock does: once a second, in a corner. */
static void test_in_a_mix(void)
{
	static const struct make_participant people[] = { { .id = "user1", .name = "Ann", .sources = { { .source = "audio" } } }, { 0 } };
	struct output_spec spec = spec_of(true, "Board meeting", "");
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct make_conf conf = { .dir = dir, .duration_ms = 3000, .people = people };
	struct model *m = NULL;
	struct scene *s = NULL;
	int changes = 0;

	CHECK_INT(make_recording(&conf), 0);
	CHECK_INT(model_load(&m, conf.dir), 0);
	CHECK_INT(scene_create(&s, m, &spec), 0);
	for (int n = 0; n < 90; n++) {
		bool changed = false;
		g_autofree char *before = hash_of(scene_canvas(s)), *after = NULL;

		CHECK_INT(scene_at(s, n * 1000 / 30, &changed), 0);
		after = hash_of(scene_canvas(s));
		CHECK_INT(changed, strcmp(before, after) != 0);
		changes += changed;
	}
	CHECK(changes >= 3 && changes <= 4);
	scene_unref(&s);
	model_unref(&m);
	make_remove(&dir);
}

static void test_nothing_asked(void)
{
	struct output_spec spec = spec_of(false, "", "");
	struct model m = { 0 };
	struct overlays *o = NULL;

	CHECK_INT(overlays_create(&o, &m, &spec), 0);
	CHECK(!o);
	overlays_lift(o, NULL);
	CHECK(!overlays_lay(o, NULL, 0));
}

/* ---- images ---- */

static char *directory(void)
{
	char *dir = g_dir_make_tmp("recroom-overlays-XXXXXX", NULL);

	CHECK(dir != NULL);
	return dir;
}

/** A half-transparent red picture with cairo. */
static void make_png(const char *path, int w, int h)
{
	cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, w, h);
	cairo_t *cr = cairo_create(s);

	cairo_set_source_rgba(cr, 1, 0, 0, 0.5);
	cairo_paint(cr);
	CHECK_INT(cairo_surface_write_to_png(s, path), CAIRO_STATUS_SUCCESS);
	cairo_destroy(cr);
	cairo_surface_destroy(s);
}

static void test_image(void)
{
	g_autofree char *dir = directory(), *path = g_build_filename(dir, "logo.png", NULL);
	struct output_spec spec = spec_of(false, "", path);
	struct model m = { 0 };
	struct overlays *o = NULL;
	struct canvas *c = NULL;
	struct yuv red = colour_rgb(0x800000), white = colour_rgb(0xffffff);
	const AVFrame *f;
	int x, y;

	make_png(path, 400, 200);
	CHECK_INT(overlays_create(&o, &m, &spec), 0);
	CHECK(o->items[IMAGE].o->w <= W / 5 + 2 && o->items[IMAGE].o->h <= H / 7 + 2);
	CHECK_NEAR((double)o->items[IMAGE].o->w / o->items[IMAGE].o->h, 2, 0.1);
	CHECK_INT(canvas_create(&c, W, H), 0);
	canvas_fill(c, (struct rect){ 0, 0, W, H }, colour_rgb(0));
	CHECK(overlays_lay(o, c, 0));
	overlays_lift(o, c);
	CHECK(!overlays_lay(o, c, 40));
	f = canvas_image(c);
	x = W - margin(o) - o->items[IMAGE].o->w / 2, y = H - margin(o) - o->items[IMAGE].o->h / 2;
	CHECK_NEAR(f->data[0][y * f->linesize[0] + x], red.y, 3);
	CHECK_NEAR(f->data[2][y / 2 * f->linesize[2] + x / 2], red.v, 3);
	CHECK(f->data[0][y * f->linesize[0] + x] < white.y);
	overlays_unref(&o);
	canvas_unref(&c);
	g_unlink(path);
	g_rmdir(dir);
}

static void test_bad_images(void)
{
	static const struct { const char *name, *content; size_t len; const char *why; } rows[] = {
		{ "missing.png", NULL, 0, "could not be read" }, { "empty.png", "", 0, "neither PNG nor JPEG" }, { "text.png", "hello", 5, "neither PNG nor JPEG" },
		{ "cut.png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, "neither PNG nor JPEG" }, { "cut.jpg", "\xff\xd8\xff\xe0\0\x10JFIF", 10, "neither PNG nor JPEG" },
		/* claims 100000 × 100000 */
		{ "huge.png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\206\240\0\1\206\240\10\2\0\0\0", 29, "neither PNG nor JPEG" },
	};
	g_autofree char *dir = directory();
	struct output_spec spec;
	char why[512] = "";

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_build_filename(dir, rows[i].name, NULL);

		if (rows[i].content)
			CHECK(g_file_set_contents(path, rows[i].content, (gssize)rows[i].len, NULL));
		spec = spec_of(false, "", path);
		CHECK(overlays_check(&spec, why, sizeof(why)) < 0);
		if (!strstr(why, rows[i].why) || !strstr(why, rows[i].name))
			TEST_FAIL("%s: %s", rows[i].name, why);
		g_unlink(path);
	}
	spec = spec_of(false, "", dir);
	CHECK(overlays_check(&spec, why, sizeof(why)) < 0);
	CHECK(strstr(why, "is no file"));
	spec = spec_of(false, "", "/dev/zero");
	CHECK(overlays_check(&spec, why, sizeof(why)) < 0);
	g_rmdir(dir);
}

static void test_too_large(void)
{
	g_autofree char *dir = directory(), *path = g_build_filename(dir, "wide.png", NULL);
	struct output_spec spec = spec_of(false, "", path);
	char why[512] = "";

	make_png(path, 5000, 2);
	CHECK_INT(overlays_check(&spec, why, sizeof(why)), -EFBIG);
	CHECK(strstr(why, "too large") && strstr(why, "4096"));
	g_unlink(path);
	g_rmdir(dir);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_clock_text), TEST(test_clock_runs), TEST(test_nothing_flickers), TEST(test_small_pictures), TEST(test_in_a_mix), TEST(test_nothing_asked), TEST(test_image),
		TEST(test_bad_images), TEST(test_too_large),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
