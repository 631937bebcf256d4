/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The layout over time: calm whatever happens, nobody frozen who left, and the same whether the recording is whole or grows while it is composed.
 */
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"
#include "postprocess/cast.c"
#include "postprocess/director.c"
#include "postprocess/speaker.c"
#include "common/fsio.h"

enum { FPS = 30, PEOPLE = 60, END_MS = 60000 };
static const char RECORDING[] = "rec_demo_1760090400123_abcdef";

/* ---- a call, written down ---- */

struct script {
	char *dir, *path;
	GPtrArray *lines;          /* of char, in order of time */
	GArray *times;             /* int64_t */
	int64_t sealed;            /* seconds that are in the file */
	guint written;
};

static void __attribute__((format(printf, 3, 4))) say(struct script *s, int64_t t_ms, const char *fmt, ...)
{
	char rest[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(rest, sizeof(rest), fmt, ap);
	va_end(ap);
	for (char *p = rest; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	g_ptr_array_add(s->lines, g_strdup_printf("{\"type\":%s,\"t_ms\":%d,\"wall_ms\":%d}\n", rest, (int)t_ms, (int)t_ms));
	g_array_append_val(s->times, t_ms);
}

static void person_joins(struct script *s, int64_t t_ms, unsigned n)
{
	say(s, t_ms, "'joined','participant':'user%u','role':'guest'", n);
}

static void segment(struct script *s, int64_t t_ms, unsigned n, const char *source, int segment, int w, int h)
{
	say(s, t_ms, "'segment','participant':'user%u','source':'%s','segment':%d,'kind':'video','codec':'vp8','rate_hz':90000,'width':%d,'height':%d", n, source,
	    segment, w, h);
}

static void ended(struct script *s, int64_t t_ms, unsigned n, const char *source, int segment)
{
	say(s, t_ms, "'ended','participant':'user%u','source':'%s','segment':%d", n, source, segment);
}

static void talks(struct script *s, unsigned n, int64_t from_ms, int64_t to_ms)
{
	say(s, from_ms, "'talking','participant':'user%u'", n);
	say(s, to_ms, "'stopped_talking','participant':'user%u'", n);
}

static struct script begin(unsigned people, const char *layout)
{
	struct script s = { .dir = make_scratch(RECORDING), .lines = g_ptr_array_new_with_free_func(g_free), .times = g_array_new(FALSE, FALSE, sizeof(int64_t)) };

	s.path = g_build_filename(s.dir, "timeline.jsonl", NULL);
	say(&s, 0, "'start','format':1,'seq':2,'recording':'%s','room':'demo','call':'','title':'','chunk_ms':1000,'reorder_ms':500,'layout':'%s'", RECORDING, layout);
	for (unsigned i = 1; i <= people; i++)
		person_joins(&s, 0, i);
	return s;
}

static void end(struct script *s)
{
	g_ptr_array_unref(s->lines);
	g_array_unref(s->times);
	g_free(s->path);
	make_remove(&s->dir);
}

static void append(struct script *s, const char *text)
{
	FILE *f = fopen(s->path, "a");

	CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void stop(struct script *s)
{
	say(s, END_MS - 1, "'stop','seq':6,'duration_ms':%d,'elapsed_ms':%d,'reason':'host','flags':[],'block':''", END_MS - 1, END_MS - 1);
}

/** Lines may be scripted in any order; those of one second come in order of time. */
static void write_second(struct script *s)
{
	g_autofree char *seal = NULL;

	for (int64_t t_ms = s->sealed * 1000; t_ms < (s->sealed + 1) * 1000; t_ms++)
		for (guint i = 0; i < s->lines->len; i++)
			if (g_array_index(s->times, int64_t, i) == t_ms)
				append(s, s->lines->pdata[i]);
	seal = g_strdup_printf("{\"type\":\"sealed\",\"t_ms\":%d,\"wall_ms\":0,\"n\":%d,\"block\":\"\"}\n", (int)s->sealed * 1000, (int)s->sealed);
	append(s, seal);
	s->sealed++;
}

static struct model *write_all(struct script *s)
{
	struct model *m = NULL;

	stop(s);
	CHECK(g_mkdir_with_parents(s->dir, 0755) == 0);
	while (s->sealed < END_MS / 1000)
		write_second(s);
	CHECK_INT(model_load(&m, s->dir), 0);
	CHECK_INT(m->bad_lines, 0);
	return m;
}

/* ---- what is shown ---- */

static void describe(const struct director *d, int64_t t_ms, GString *out)
{
	const struct layout_plan *p = director_plan(d);

	g_string_append_printf(out, "%d:", (int)t_ms);
	for (size_t i = 0; i < p->n; i++) {
		const struct layout_tile *t = &p->tiles[i];

		g_string_append_printf(out, " %s/%s%s %d,%d %dx%d%s", t->item.who->id, t->item.source ? t->item.source->name : "", t->stage ? " stage" : "", t->r.x, t->r.y,
				       t->r.w, t->r.h, director_gone(d, i) ? " gone" : "");
	}
	g_string_append_printf(out, " +%zu\n", p->nrest);
}

struct changes { int n; int64_t at_ms[200]; };

/** Runs the director over the whole; *log gets what it shows, frame by frame. Returns when the layout changed. */
static struct changes run(const struct model *m, const struct output_spec *spec, GString *log)
{
	struct director *d = director_create(spec);
	struct changes c = { 0 };

	for (int64_t n = 0; n * 1000 / FPS < END_MS; n++) {
		int64_t t_ms = n * 1000 / FPS;

		if (director_at(d, m, t_ms) != DIRECTION_STAY && t_ms >= DIRECTOR_OPENING_MS && c.n < 200)
			c.at_ms[c.n++] = t_ms;
		if (log)
			describe(d, t_ms, log);
	}
	director_unref(&d);
	return c;
}

static struct output_spec spec_of(const char *layout)
{
	struct output_spec spec;

	output_spec_default(&spec, NULL);
	g_strlcpy(spec.layout, layout, sizeof(spec.layout));
	return spec;
}

static void check_calm(const struct changes *c)
{
	for (int i = 1; i < c->n; i++)
		if (c->at_ms[i] - c->at_ms[i - 1] < DIRECTOR_CALM_MS)
			TEST_FAIL("changes at %d and %d ms", (int)c->at_ms[i - 1], (int)c->at_ms[i]);
}

/** Who is on the stage at a time. */
static const char *on_stage(const struct model *m, const struct output_spec *spec, int64_t at_ms)
{
	struct director *d = director_create(spec);
	const char *id = "";

	for (int64_t n = 0; n * 1000 / FPS <= at_ms; n++)
		director_at(d, m, n * 1000 / FPS);
	if (director_plan(d)->n)
		id = director_plan(d)->tiles[0].item.screen ? "screen" : director_plan(d)->tiles[0].item.who->id;
	director_unref(&d);
	return id;
}

/* ---- calm ---- */

/** Ann holds a talk; Bob and Cem throw in words, agree and cough, sometimes at once. */
static void test_interruptions(void)
{
	struct script s = begin(3, "speaker");
	struct output_spec spec = spec_of("");
	struct changes c;
	struct model *m;

	for (int i = 0; i < 9; i++) {
		talks(&s, 1, 2000 + i * 6000, 7500 + i * 6000);
		talks(&s, 2, 3000 + i * 6000, 3400 + i * 6000);
		talks(&s, 3, 3200 + i * 6000, 4900 + i * 6000);
		talks(&s, 2, 5000 + i * 6000, 7900 + i * 6000);
	}
	m = write_all(&s);
	c = run(m, &spec, NULL);
	CHECK_INT(c.n, 0);
	model_unref(&m);
	end(&s);
}

/** Everybody cuts everybody short. */
static void test_quarrel(void)
{
	struct script s = begin(4, "speaker");
	struct output_spec spec = spec_of("");
	struct changes c;
	struct model *m;
	uint32_t seed = 4711;

	for (int64_t t_ms = 1000; t_ms < END_MS - 3000; ) {
		unsigned who = 1 + (seed >> 16) % 4;
		int64_t lasts = 200 + (seed >> 8) % 2500;

		talks(&s, who, t_ms, t_ms + lasts);
		t_ms += lasts + (int64_t)(seed % 1300);
		seed = seed * 1664525 + 1013904223;
	}
	m = write_all(&s);
	c = run(m, &spec, NULL);
	check_calm(&c);
	CHECK(c.n >= 3);
	model_unref(&m);
	end(&s);
}

static void test_speaker_follows(void)
{
	struct script s = begin(3, "speaker");
	struct output_spec spec = spec_of(""), fixed = spec_of("speaker"), single = spec_of("single");
	struct model *m;

	g_strlcpy(fixed.focus, "user3", sizeof(fixed.focus));
	talks(&s, 1, 1000, 10000);
	talks(&s, 2, 10200, 30000);
	talks(&s, 3, 20000, 60000);    /* beside Bob, and goes on */
	m = write_all(&s);
	CHECK_STR(on_stage(m, &spec, 5000), "user1");
	CHECK_STR(on_stage(m, &spec, 10500), "user1");
	CHECK_STR(on_stage(m, &spec, 13000), "user2");
	CHECK_STR(on_stage(m, &spec, 23000), "user2");
	CHECK_STR(on_stage(m, &spec, 25000), "user3");
	CHECK_STR(on_stage(m, &fixed, 5000), "user3");
	CHECK_STR(on_stage(m, &single, 13000), "user2");
	model_unref(&m);
	end(&s);
}

/** A shared screen comes, changes its size each second, and goes: the stage is never empty. */
static void test_screen(void)
{
	struct script s = begin(3, "grid");
	struct output_spec spec = spec_of(""), lecture = spec_of("presentation"), none = spec_of("audio");
	struct changes c;
	struct model *m;

	for (int i = 0; i < 10; i++)
		segment(&s, 10000 + i * 1000, 2, "screen", i, 800 + 40 * (i % 5), 600 - 60 * (i % 3));
	ended(&s, 20000, 2, "screen", 9);
	talks(&s, 3, 22000, 50000);
	m = write_all(&s);
	c = run(m, &spec, NULL);
	CHECK_INT(c.at_ms[c.n - 1], 20000 + VIDEO_HOLD_MS);    /* this one waits for nothing */
	c.n--;
	check_calm(&c);
	CHECK_STR(on_stage(m, &spec, 9000), "user1");
	CHECK_STR(on_stage(m, &spec, 10900), "screen");
	CHECK_STR(on_stage(m, &spec, 20100 + VIDEO_HOLD_MS), "user1");
	CHECK_STR(on_stage(m, &lecture, 20100 + VIDEO_HOLD_MS), "user2");      /* whose lecture it is */
	CHECK_STR(on_stage(m, &lecture, 40000), "user2");
	CHECK_STR(on_stage(m, &none, 15000), "user1");
	model_unref(&m);
	end(&s);
}

/** Who leaves is gone with the next frame, whatever moves when; the one on the stage is replaced at once. */
static void test_leaving(void)
{
	struct script s = begin(4, "grid");
	struct output_spec spec = spec_of(""), speaker = spec_of("speaker");
	struct director *d;
	struct model *m;

	say(&s, 20000, "'left','participant':'user1'");
	say(&s, 21000, "'left','participant':'user2'");
	m = write_all(&s);
	d = director_create(&spec);
	for (int64_t n = 0; n * 1000 / FPS <= 22000; n++) {
		int64_t t_ms = n * 1000 / FPS;
		const struct layout_plan *p = director_plan(d);

		director_at(d, m, t_ms);
		for (size_t i = 0; i < p->n; i++)
			CHECK_INT(director_gone(d, i), !model_present(p->tiles[i].item.who, t_ms));
	}
	CHECK_INT(director_plan(d)->n, 3);     /* Bob's place is still empty */
	director_at(d, m, 24000);
	CHECK_INT(director_plan(d)->n, 2);
	director_unref(&d);
	CHECK_STR(on_stage(m, &speaker, 20033), "user2");
	CHECK_STR(on_stage(m, &speaker, 21033), "user3");
	model_unref(&m);
	end(&s);
}

/** What the host asks for during the recording; bad regions leave the grid. */
static void test_host(void)
{
	struct script s = begin(3, "grid");
	struct output_spec spec = spec_of(""), own = spec_of("grid");
	struct changes c;
	struct model *m;

	say(&s, 10000, "'layout','layout':'single','focus':'user2'");
	say(&s, 20000, "'layout','layout':'custom','regions':[{'x':0,'y':0,'w':'50%%','h':1,'show':'user3'}]");
	say(&s, 30000, "'layout','layout':'custom','regions':[{'x':7}]");
	say(&s, 40000, "'layout','layout':'single','focus':'user9'");
	m = write_all(&s);
	CHECK_STR(on_stage(m, &spec, 9999), "user1");
	CHECK_STR(on_stage(m, &spec, 10500), "user2");
	CHECK_STR(on_stage(m, &spec, 20500), "user3");
	CHECK_STR(on_stage(m, &spec, 30500), "user1");
	CHECK_STR(on_stage(m, &spec, 40500), "");
	c = run(m, &own, NULL);
	CHECK_INT(c.n, 0);
	model_unref(&m);
	end(&s);
}

/* ---- live and afterwards ---- */

static unsigned draw(uint32_t *seed, unsigned below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

/** An hour's events in a minute. */
static void riot(struct script *s, uint32_t seed)
{
	static const char *const layouts[] = { "grid", "speaker", "presentation", "single", "audio" };
	int segments[9] = { 0 }, screens[9] = { 0 };

	for (int64_t t_ms = 100; t_ms < END_MS - 2000; t_ms += 1 + draw(&seed, 400)) {
		unsigned who = 1 + draw(&seed, 8);

		switch (draw(&seed, 8)) {
		case 0: person_joins(s, t_ms, who); break;
		case 1: say(s, t_ms, "'left','participant':'user%u'", who); break;
		case 2: segment(s, t_ms, who, "video", segments[who]++, 640, 480); break;
		case 3: segment(s, t_ms, who, "screen", screens[who]++, 800 + (int)draw(&seed, 800), 600); break;
		case 4: if (screens[who]) ended(s, t_ms, who, "screen", screens[who] - 1); break;
		case 5: say(s, t_ms, "'%s','participant':'user%u','source':'video'", draw(&seed, 2) ? "muted" : "unmuted", who); break;
		case 6: say(s, t_ms, "'layout','layout':'%s','focus':'user%u'", layouts[draw(&seed, 5)], who); break;
		default: say(s, t_ms, "'%s','participant':'user%u'", draw(&seed, 3) ? "talking" : "stopped_talking", who);
		}
	}
}

static void grow(struct script *s, const struct output_spec *spec, GString *log)
{
	struct director *d = director_create(spec);
	struct model *m = NULL;
	int64_t n = 0;

	CHECK(g_mkdir_with_parents(s->dir, 0755) == 0);
	CHECK_INT(model_open(&m, s->dir), 0);
	while (s->sealed < END_MS / 1000) {
		write_second(s);
		CHECK(model_advance(m) >= 0);
		for (; n * 1000 / FPS < MIN(s->sealed * 1000, END_MS); n++) {
			director_at(d, m, n * 1000 / FPS);
			describe(d, n * 1000 / FPS, log);
		}
	}
	director_unref(&d);
	model_unref(&m);
}

static void check_growing(uint32_t seed)
{
	struct script s = begin(5, "speaker");
	struct output_spec spec = spec_of("");
	GString *live = g_string_new(NULL), *after = g_string_new(NULL);
	struct model *m = NULL;
	struct changes c;

	riot(&s, seed);
	stop(&s);
	grow(&s, &spec, live);
	CHECK_INT(model_load(&m, s.dir), 0);
	c = run(m, &spec, after);
	CHECK(c.n > 5);
	for (size_t i = 0; live->str[i] || after->str[i]; i++)
		if (live->str[i] != after->str[i])
			TEST_FAIL("seed %u: live …%.200s, afterwards …%.200s", seed, live->str + (i > 80 ? i - 80 : 0), after->str + (i > 80 ? i - 80 : 0));
	g_string_free(live, TRUE);
	g_string_free(after, TRUE);
	model_unref(&m);
	end(&s);
}

static void test_live_is_afterwards(void)
{
	const char *full = getenv("RECROOM_FULL");

	for (uint32_t seed = 1; seed <= (full && *full ? 60 : 4); seed++)
		check_growing(seed);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_interruptions), TEST(test_quarrel), TEST(test_speaker_follows), TEST(test_screen), TEST(test_leaving), TEST(test_host),
		TEST(test_live_is_afterwards),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
