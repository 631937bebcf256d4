/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * layout-pictures DIR [NAME…]: the pictures of docs/layouts.md. Each is a frame of a file composed from a recording with synthetic people, as anybody's
 * would be: `make pictures`.
 */
#include <cairo.h>
#include <glib.h>
#include <libavutil/log.h>
#include <stdio.h>
#include <string.h>
#include "common/fsio.h"
#include "postprocess/canvas.h"
#include "postprocess/compose.h"
#include "postprocess/jpeg.h"
#include "tests/bench/mix/clip.h"
#include "tests/lib/make_recording.h"
#include "tests/lib/read_output.h"

enum { CLIPS = 9, PEOPLE_MAX = 52, DURATION_MS = 3200, AT_MS = 3000, FPS = 10, SCREEN_W = 1280, SCREEN_H = 720, SHOWN_W = 720 };

static const struct picture {
	const char *name, *layout, *focus, *regions;
	int width, height, people;
	bool screen;
	unsigned off, muted, talks;            /* cameras and microphones by bit; who talks, by number */
	bool world;                            /* names of many scripts */
	const char *text, *zone;               /* above the tiles, with a clock and an image */
} pictures[] = {
	{ .name = "layout-grid", .layout = "grid", .width = 1280, .height = 720, .people = 5, .off = 1 << 3, .muted = 1 << 1 | 1 << 3, .talks = 3 },
	{ .name = "layout-grid-share", .layout = "grid", .width = 1280, .height = 720, .people = 4, .screen = true, .off = 1 << 2, .talks = 2 },
	{ .name = "layout-grid-52", .layout = "grid", .width = 1280, .height = 720, .people = 52, .off = 0x15550, .talks = 9 },
	{ .name = "layout-speaker", .layout = "speaker", .width = 1280, .height = 720, .people = 6, .off = 1 << 4, .muted = 1 << 2, .talks = 2 },
	{ .name = "layout-presentation", .layout = "presentation", .width = 1280, .height = 720, .people = 9, .screen = true, .off = 1 << 1, .talks = 1 },
	{ .name = "layout-single", .layout = "single", .focus = "user3", .width = 1280, .height = 720, .people = 4, .talks = 1 },
	{ .name = "layout-audio", .layout = "audio", .width = 1280, .height = 720, .people = 5, .muted = 1 << 4, .talks = 2 },
	{ .name = "layout-custom", .layout = "custom", .width = 1280, .height = 720, .people = 4, .screen = true, .talks = 2,
	  .regions = "[{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":\"screen\"},{\"x\":\"77%\",\"y\":\"74%\",\"w\":\"21%\",\"h\":\"23%\",\"show\":\"speaker\",\"z\":1}]" },
	{ .name = "layout-portrait", .layout = "grid", .width = 720, .height = 1280, .people = 3, .screen = true, .talks = 2 },
	{ .name = "layout-names", .layout = "grid", .width = 1280, .height = 720, .people = 25, .off = 0x1ff5ffb, .muted = 0x104120, .world = true },
	{ .name = "layout-overlays", .layout = "grid", .width = 1280, .height = 720, .people = 4, .talks = 4, .text = "Board meeting · 董事会 · اجتماع", .zone = "Europe/Berlin" },
	{ .name = "layout-small", .layout = "speaker", .width = 640, .height = 360, .people = 12, .off = 1 << 5 | 1 << 7, .muted = 1 << 2, .talks = 1 },
};

static const char *const names[] = {
	"Ann Weber", "Bob Okafor", "Chloé Martin", "Dmitri Ivanov", "Emre Yılmaz", "Farah Haddad", "Grace Kim", "Hiro Tanaka", "Ines Sousa", "Jonas Lindqvist",
	"王小明", "ليلى منصور",
};

static const char *const world[] = {
	"Zoë Müller-Ångström", "Nguyễn Thị Hồng Hạnh", "Олександр Шевченко", "Γιώργος Παπαδόπουλος", "محمد عبد الله", "דנה כהן", "अनिता क्षत्रिय", "স্নিগ্ধা রায়", "கார்த்திக் ராஜா",
	"ตุ๊กตา สมบูรณ์", "李小龙 王芳", "山田 たろう", "김민준", "გიორგი მაისურაძე", "Արամ Խաչատրյան", "አበበ ቢቂላ", "👩‍💻 Ada 🇺🇦 👍🏽", "Dana דנה (QA) 山田", "A name that goes on and on and on",
	"محمد عبد الله بن محمد بن عبد الرحمن آل سعود", "\u202eevil (gnp.exe)", "Z\u0363\u0363\u0363\u0363\u0363\u0363\u0363a\u0489l\u0322g\u0321o", "བསྟན་འཛིན", "အောင်ဆန်း",
	"شہزادی نور",
};

static struct make_clip cameras[CLIPS], screen;

static int make_clips(void)
{
	struct clip_conf share = { .screen = true, .width = SCREEN_W, .height = SCREEN_H, .fps = 5, .bitrate = 2500000, .seconds = 2, .seed = 100 };
	int err = clip_video(&screen, &share);

	for (int i = 0; !err && i < CLIPS; i++) {
		struct clip_conf conf = { .width = i % 3 == 2 ? 480 : 640, .height = i % 3 == 1 ? 360 : 480, .fps = FPS, .bitrate = 1500000, .seconds = 2, .seed = (uint32_t)i + 1 };

		err = clip_video(&cameras[i], &conf);
	}
	return err;
}

static void describe(const struct picture *p, struct make_participant *people)
{
	for (int i = 0; i < p->people; i++) {
		struct make_source *s = people[i].sources;
		bool known = i < (int)G_N_ELEMENTS(names);

		people[i].id = g_strdup_printf("user%d", i + 1);
		people[i].name = p->world ? g_strdup(world[i % (int)G_N_ELEMENTS(world)]) : known ? g_strdup(names[i]) : g_strdup_printf("%s %d", names[i % 9], i + 1);
		if (p->talks == (unsigned)i + 1)
			people[i].talking[0] = (struct make_span){ 0, DURATION_MS };
		*s = (struct make_source){ .source = "audio", .to_ms = 1000 };
		if (p->muted >> i & 1)
			s->muted[0] = (struct make_span){ 500, DURATION_MS };
		s++;
		if (i >= 31 || !(p->off >> i & 1))
			*s++ = (struct make_source){ .source = "video", .width = 640, .height = 480, .clip = &cameras[i % CLIPS] };
		if (p->screen && i == 0)
			*s++ = (struct make_source){ .source = "screen", .width = SCREEN_W, .height = SCREEN_H, .clip = &screen };
	}
}

static void forget(struct make_participant *people)
{
	for (int i = 0; people[i].id; i++) {
		g_free((char *)people[i].id);
		g_free((char *)people[i].name);
	}
}

/** The frame shown at AT_MS, SHOWN_W wide or, upright, half as much, as a JPEG. */
static int save(const struct picture *p, const char *file, const char *dir)
{
	g_autofree char *name = g_strconcat(p->name, ".jpg", NULL);
	int w = MIN(p->width, p->width > p->height ? SHOWN_W : SHOWN_W / 2), h = p->height * w / p->width & ~1, err;
	struct output *o = NULL;
	struct scaler *s = NULL;
	struct canvas *c = NULL;
	GByteArray *jpeg = NULL;
	const AVFrame *f = NULL;

	err = output_read(&o, file);
	for (guint i = 0; !err && i < o->frames->len; i++)
		if (((const AVFrame *)o->frames->pdata[i])->pts <= AT_MS)
			f = o->frames->pdata[i];
	err = err ? err : f ? canvas_create(&c, w, h) : -1;
	if (!err)
		err = canvas_picture(c, &s, f, (struct rect){ 0, 0, w, h }, &(struct look){ .fill = true }, NULL);
	if (!err)
		err = jpeg_encode(canvas_image(c), w, h, &jpeg);
	if (!err)
		err = fs_write_atomic(dir, name, jpeg->data, jpeg->len, 0644, 0);
	if (jpeg)
		g_byte_array_unref(jpeg);
	scaler_unref(&s);
	canvas_unref(&c);
	output_unref(&o);
	return err;
}

/** A logo: an orange disc on nothing. */
static void draw_logo(const char *path)
{
	cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 200, 200);
	cairo_t *cr = cairo_create(s);

	cairo_set_source_rgb(cr, 0.95, 0.55, 0.15);
	cairo_arc(cr, 100, 100, 96, 0, 7);
	cairo_arc_negative(cr, 100, 100, 52, 7, 0.7);
	cairo_fill(cr);
	cairo_surface_write_to_png(s, path);
	cairo_destroy(cr);
	cairo_surface_destroy(s);
}

static void ask_overlays(const struct picture *p, const char *logo, struct output_spec *spec)
{
	spec->clock = true;
	g_strlcpy(spec->time_zone, p->zone, sizeof(spec->time_zone));
	g_strlcpy(spec->text, p->text, sizeof(spec->text));
	g_strlcpy(spec->image, logo, sizeof(spec->image));
	draw_logo(logo);
}

static int make(const struct picture *p, const char *out)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	g_autofree char *file = g_build_filename(dir, "output.webm", NULL), *logo = g_build_filename(dir, "logo.png", NULL);
	struct make_participant people[PEOPLE_MAX + 1] = { 0 };
	struct compose_conf conf = { .dir = dir };
	struct compose_result r = { .why = "" };
	int err;

	describe(p, people);
	output_spec_default(&conf.spec, NULL);
	conf.spec.width = p->width;
	conf.spec.height = p->height;
	conf.spec.fps = FPS;
	conf.spec.video_bitrate = 8000000;
	g_strlcpy(conf.spec.layout, p->layout, sizeof(conf.spec.layout));
	g_strlcpy(conf.spec.focus, p->focus ? p->focus : "", sizeof(conf.spec.focus));
	g_strlcpy(conf.spec.regions, p->regions ? p->regions : "", sizeof(conf.spec.regions));
	err = make_recording(&(struct make_conf){ .dir = dir, .duration_ms = DURATION_MS, .people = people });
	if (!err && p->text)
		ask_overlays(p, logo, &conf.spec);
	if (!err)
		err = compose(&conf, &r);
	if (!err)
		err = save(p, file, out);
	if (err)
		fprintf(stderr, "%s: %d %s\n", p->name, err, r.why);
	forget(people);
	make_remove(&dir);
	return err;
}

static bool wanted(const char *name, int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc <= 2;
}

int main(int argc, char **argv)
{
	int err;

	if (argc < 2) {
		fprintf(stderr, "usage: layout-pictures DIR [NAME…]\n");
		return 2;
	}
	av_log_set_level(AV_LOG_ERROR);
	err = make_clips();
	for (size_t i = 0; !err && i < G_N_ELEMENTS(pictures); i++)
		if (wanted(pictures[i].name, argc, argv))
			err = make(&pictures[i], argv[1]);
	for (int i = 0; i < CLIPS; i++)
		clip_clear(&cameras[i]);
	clip_clear(&screen);
	return err ? 1 : 0;
}
