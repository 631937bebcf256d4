/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Layouts: known rectangles for small calls, and what must hold in every mode for every size of call on every shape of canvas.
 */
#include "tests/unit/test.h"
#include "postprocess/layout.c"
#include "postprocess/layout_custom.c"

enum { PEOPLE = 60 };
static struct model_participant people[PEOPLE];

static const int canvases[][2] = {
	{ 640, 360 }, { 854, 480 }, { 1280, 720 }, { 1920, 1080 }, { 360, 640 }, { 720, 1280 }, { 1080, 1920 }, { 640, 480 }, { 720, 720 }, { 320, 180 },
	{ 3840, 720 }, { 64, 64 },
};

static struct layout_view view_of(const char *mode, int w, int h, struct layout_item *items, size_t n, size_t screens)
{
	for (size_t i = 0; i < n; i++) {
		snprintf(people[i].id, sizeof(people[i].id), "user%u", (unsigned)(i + 1) % 1000);
		items[i] = (struct layout_item){ .who = &people[i] };
	}
	for (size_t i = 0; i < screens; i++)
		items[n + i] = (struct layout_item){ .who = &people[i], .screen = true };
	return (struct layout_view){ .mode = mode, .w = w, .h = h, .items = items, .n = n + screens };
}

static void test_known(void)
{
	static const struct { const char *mode; int w, h; size_t people, screens; struct rect r[5]; } rows[] = {
		{ "grid", 1280, 720, 1, 0, { { 0, 0, 1280, 720 } } },
		{ "grid", 1280, 720, 2, 0, { { 8, 124, 628, 470 }, { 644, 124, 628, 470 } } },
		{ "grid", 1280, 720, 3, 0, { { 18, 8, 618, 348 }, { 644, 8, 618, 348 }, { 330, 364, 618, 348 } } },
		{ "grid", 1280, 720, 4, 0, { { 18, 8, 618, 348 }, { 644, 8, 618, 348 }, { 18, 364, 618, 348 }, { 644, 364, 618, 348 } } },
		{ "grid", 720, 1280, 2, 0, { { 8, 108, 704, 528 }, { 8, 644, 704, 528 } } },
		{ "audio", 1280, 720, 2, 0, { { 8, 124, 628, 470 }, { 644, 124, 628, 470 } } },
		{ "speaker", 1280, 720, 1, 0, { { 0, 0, 1280, 720 } } },
		{ "speaker", 1280, 720, 3, 0, { { 8, 8, 1066, 704 }, { 1082, 214, 190, 142 }, { 1082, 364, 190, 142 } } },
		{ "single", 1280, 720, 7, 0, { { 0, 0, 1280, 720 } } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct layout_item items[PEOPLE];
		struct layout_view v = view_of(rows[i].mode, rows[i].w, rows[i].h, items, rows[i].people, rows[i].screens);
		struct layout_plan p;

		CHECK_INT(layout_place(&v, &p), 0);
		for (size_t k = 0; k < 5 && rows[i].r[k].w; k++)
			if (k >= p.n || memcmp(&p.tiles[k].r, &rows[i].r[k], sizeof(rows[i].r[k])))
				TEST_FAIL("row %zu tile %zu: %d,%d %d×%d", i, k, p.tiles[k].r.x, p.tiles[k].r.y, p.tiles[k].r.w, p.tiles[k].r.h);
	}
}

static bool apart(const struct rect *a, const struct rect *b)
{
	return a->x + a->w <= b->x || b->x + b->w <= a->x || a->y + a->h <= b->y || b->y + b->h <= a->y;
}

static void check_plan(const struct layout_view *v, const struct layout_plan *p, bool overlaps)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct rect *r = &p->tiles[i].r;

		if (r->x < 0 || r->y < 0 || r->w < 2 || r->h < 2 || r->x + r->w > v->w || r->y + r->h > v->h || (r->x | r->y | r->w | r->h) & 1)
			TEST_FAIL("%s %d×%d, %zu items: tile %zu is %d,%d %d×%d", v->mode, v->w, v->h, v->n, i, r->x, r->y, r->w, r->h);
		for (size_t k = 0; k < i; k++)
			if (!overlaps && !apart(r, &p->tiles[k].r))
				TEST_FAIL("%s %d×%d, %zu items: tiles %zu and %zu overlap", v->mode, v->w, v->h, v->n, k, i);
	}
}

/** Everybody has a tile or is told as the rest, nobody twice; who leads has one. */
static void check_everybody(const struct layout_view *v, const struct layout_plan *p)
{
	int times[2][PEOPLE] = { 0 };

	for (size_t i = 0; i < p->n; i++)
		times[p->tiles[i].item.screen][p->tiles[i].item.who - people]++;
	for (size_t i = 0; i < p->nrest; i++)
		times[0][p->rest[i] - people]++;
	for (size_t i = 0; i < v->n; i++)
		if (!v->items[i].screen)
			CHECK_INT(times[0][v->items[i].who - people], 1);
	for (size_t i = 0; i < p->nrest; i++)
		CHECK(v->lead == v->n || p->rest[i] != v->items[v->lead].who);
}

static void check_mode(const char *mode, int w, int h, size_t n, size_t screens)
{
	struct layout_item items[PEOPLE + 2];
	struct layout_view v = view_of(mode, w, h, items, n, screens);
	struct layout_plan p;

	v.lead = n - 1;
	CHECK_INT(layout_place(&v, &p), 0);
	CHECK(p.n > 0);
	check_plan(&v, &p, false);
	if (strcmp(mode, "single"))
		check_everybody(&v, &p);
	if (!screens && n <= LAYOUT_MAX && (!strcmp(mode, "grid") || !strcmp(mode, "audio"))) {
		CHECK_INT(p.n, n);
		for (size_t i = 1; i < n; i++)
			CHECK(p.tiles[i].r.w == p.tiles[0].r.w && p.tiles[i].r.h == p.tiles[0].r.h);
	}
	for (size_t i = 1; !screens && i < p.n && !strcmp(mode, "speaker"); i++)
		CHECK(p.tiles[i].r.h >= layout_least(&v) - 1 || p.n == 2);
}

static void test_every_size(void)
{
	static const char *const names[] = { "grid", "speaker", "presentation", "single", "audio" };

	for (size_t m = 0; m < sizeof(names) / sizeof(names[0]); m++)
		for (size_t c = 0; c < sizeof(canvases) / sizeof(canvases[0]); c++)
			for (size_t screens = 0; screens <= (strcmp(names[m], "audio") ? 2 : 0); screens++)
				for (size_t n = 1; n <= PEOPLE; n++)
					check_mode(names[m], canvases[c][0], canvases[c][1], n, screens);
}

/** The screen has 3/4 of the canvas, or all but a tenth of what its shape allows, whole, whoever else is there. */
static void check_share(const char *mode, int w, int h, double shape, size_t n, size_t screens)
{
	struct layout_item items[PEOPLE + 2];
	struct layout_view v = view_of(mode, w, h, items, n, screens);
	struct layout_plan p;
	double most = shape > (double)w / h ? w * (w / shape) : h * shape * h, area;
	const struct rect *r = &p.tiles[0].r;

	v.shape = shape;
	CHECK_INT(layout_place(&v, &p), 0);
	check_plan(&v, &p, false);
	CHECK(p.tiles[0].item.screen && p.tiles[0].stage);
	area = (double)r->w * r->h;
	if (area < 0.75 * w * h && area < 0.89 * most)
		TEST_FAIL("%s %d×%d, shape %.2f, %zu people: %d×%d is %.1f %%", mode, w, h, shape, n, r->w, r->h, 100 * area / w / h);
	if (w >= 320 && fabs((double)r->w / r->h / shape - 1) > 0.02)
		TEST_FAIL("%s %d×%d, shape %.2f, %zu people: %d×%d", mode, w, h, shape, n, r->w, r->h);
}

static void test_share(void)
{
	static const char *const names[] = { "grid", "speaker", "presentation" };
	static const double shapes[] = { 16 / 9.0, 16 / 10.0, 4 / 3.0, 1, 21 / 9.0, 32 / 9.0, 9 / 16.0, 3 / 4.0 };

	for (size_t m = 0; m < sizeof(names) / sizeof(names[0]); m++)
		for (size_t c = 0; c + 2 < sizeof(canvases) / sizeof(canvases[0]); c++)
			for (size_t k = 0; k < sizeof(shapes) / sizeof(shapes[0]); k++)
				for (size_t n = 1; n <= LAYOUT_MAX; n++)
					check_share(names[m], canvases[c][0], canvases[c][1], shapes[k], n, 1 + n % 2);
}

/** On the canvases that are asked for, a screen of their shape has 3/4. */
static void test_share_three_quarters(void)
{
	for (size_t c = 0; c < 9; c++)
		for (size_t n = 1; n <= LAYOUT_MAX; n++) {
			struct layout_item items[PEOPLE];
			struct layout_view v = view_of("presentation", canvases[c][0], canvases[c][1], items, n, 1);
			struct layout_plan p;

			v.shape = (double)v.w / v.h;
			CHECK_INT(layout_place(&v, &p), 0);
			CHECK((double)p.tiles[0].r.w * p.tiles[0].r.h >= 0.75 * v.w * v.h);
		}
}

/** The grid uses the canvas: tiles of an allowed shape cover at least half of it, for any number. */
static void test_uses_canvas(void)
{
	for (size_t n = 1; n <= LAYOUT_MAX; n++) {
		struct layout_item items[PEOPLE];
		struct layout_view v = view_of("grid", 1280, 720, items, n, 0);
		struct layout_plan p;

		CHECK_INT(layout_place(&v, &p), 0);
		if ((double)n * p.tiles[0].r.w * p.tiles[0].r.h < 0.5 * 1280 * 720)
			TEST_FAIL("%zu tiles of %d×%d", n, p.tiles[0].r.w, p.tiles[0].r.h);
	}
}

/** More than there is room for: the first 49, the one who leads among them; the rest is told. */
static void test_rest(void)
{
	struct layout_item items[PEOPLE];
	struct layout_view v = view_of("grid", 1280, 720, items, 52, 0);
	struct layout_plan p;

	v.lead = 50;
	CHECK_INT(layout_place(&v, &p), 0);
	CHECK_INT(p.n, 49);
	CHECK_INT(p.nrest, 3);
	CHECK(p.tiles[48].item.who == &people[50]);
	CHECK_INT(p.rest[0] - people + (p.rest[1] - people) + (p.rest[2] - people), 48 + 49 + 51);
}

static void check_custom(const char *text, size_t n, size_t screens, const char *want)
{
	struct layout_item items[PEOPLE];
	struct layout_view v = view_of("custom", 1280, 720, items, n, screens);
	struct region regions[REGIONS_MAX];
	struct layout_plan p;
	char why[200] = "", got[600] = "";

	v.lead = 0;
	CHECK_INT(regions_parse(text, regions, &v.nregions, why, sizeof(why)), 0);
	v.regions = regions;
	CHECK_INT(layout_place(&v, &p), 0);
	check_plan(&v, &p, true);
	for (size_t i = 0; i < p.n; i++) {
		const struct layout_tile *t = &p.tiles[i];

		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s %d,%d %dx%d; ", t->item.who->id, t->item.screen ? " screen" : "", t->r.x, t->r.y, t->r.w,
			 t->r.h);
	}
	CHECK_STR(got, want);
}

static void test_custom(void)
{
	check_custom("[{\"x\":0,\"y\":0,\"w\":\"50%\",\"h\":1,\"show\":\"user3\"},{\"x\":0.5,\"y\":0,\"w\":0.5,\"h\":1,\"show\":\"user9\"}]", 4, 0,
		     "user3 0,0 640x720; ");
	check_custom("[{\"x\":0.333333,\"y\":0,\"w\":0.333333,\"h\":1,\"show\":1},{\"x\":0.666666,\"y\":0,\"w\":0.333334,\"h\":1,\"show\":2},"
		     "{\"x\":0,\"y\":0,\"w\":0.333333,\"h\":1,\"show\":\"user1\"}]", 4, 0, "user2 426,0 428x720; user3 854,0 426x720; user1 0,0 426x720; ");
	/* a picture in a picture: the larger z is drawn later */
	check_custom("[{\"x\":0.75,\"y\":0.75,\"w\":0.2,\"h\":0.2,\"show\":\"speaker\",\"z\":2},{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":\"screen\"}]", 2, 1,
		     "user1 screen 0,0 1280x720; user1 960,540 256x144; ");
	check_custom("[{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":\"screen\"}]", 2, 0, "");
	check_custom("[{\"x\":0,\"y\":0,\"w\":0.5,\"h\":1,\"show\":\"speaker\"},{\"x\":0.5,\"y\":0,\"w\":0.5,\"h\":1,\"show\":\"others\"}]", 3, 0,
		     "user1 0,0 640x720; user2 644,0 632x356; user3 644,364 632x356; ");
}

static void test_refused(void)
{
	struct layout_item items[PEOPLE];
	struct layout_view v = view_of("mosaic", 1280, 720, items, 1, 0);
	struct layout_plan p;

	CHECK_INT(layout_place(&v, &p), -EINVAL);
	v.mode = "grid";
	CHECK_INT(layout_place(&v, &p), 0);
	v.n = 0;
	CHECK_INT(layout_place(&v, &p), 0);
	CHECK_INT(p.n, 0);
	v.w = 1281;
	CHECK_INT(layout_place(&v, &p), -EINVAL);
	v.w = v.h = 32;
	CHECK_INT(layout_place(&v, &p), -EINVAL);
	v = view_of("grid", 1280, 720, items, 1, 0);
	v.n = LAYOUT_ITEMS_MAX + 1;
	CHECK_INT(layout_place(&v, &p), -EINVAL);
	CHECK(!layout_wants("mosaic"));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_known), TEST(test_every_size), TEST(test_share), TEST(test_share_three_quarters), TEST(test_uses_canvas), TEST(test_rest),
		TEST(test_custom), TEST(test_refused),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
