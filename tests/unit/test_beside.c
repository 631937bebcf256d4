/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands beside the media: names, kinds, order, nothing where there is nothing; errors on the way.
 */
#include <libavutil/log.h>
#include "tests/unit/people.h"
#include "tests/unit/test.h"
#include "postprocess/beside.c"

struct box { GString *names; int fail_at, n; size_t bytes; };

static int put(const char *kind, const char *name, const char *mime, const void *data, size_t len, void *arg)
{
	struct box *box = arg;

	g_string_append_printf(box->names, "%s:%s:%s ", kind, name, mime);
	box->bytes += len;
	return data && ++box->n == box->fail_at ? -ENOSPC : 0;
}

static const struct people_row people[] = { { .name = "Ann", .talking = { { 0, 5000 } } }, { 0 } };

static struct beside *drawn(int frames)
{
	struct output_spec spec;
	struct beside *b = NULL;
	struct canvas *c = NULL;

	output_spec_default(&spec, NULL);
	spec.width = 320;
	spec.height = 180;
	CHECK_INT(beside_create(&b, &spec), 0);
	CHECK_INT(canvas_create(&c, spec.width, spec.height), 0);
	CHECK(beside_due(b, 0));
	for (int i = 0; i < frames; i++) {
		CHECK_INT(beside_frame(b, c, i * 40, 0), 0);
		CHECK(!beside_due(b, i * 40));
	}
	canvas_unref(&c);
	return b;
}

static void check_files(const struct beside *b, const char *output, int fail_at, int want_err, const char *want)
{
	struct people x;
	struct box box = { .names = g_string_new(NULL), .fail_at = fail_at };
	struct beside_conf conf = { .output = output, .model = &x.m, .duration_ms = 5000, .put = put, .arg = &box };

	people_init(&x, people);
	CHECK_INT(beside_write(b, &conf), want_err);
	CHECK_STR(box.names->str, want);
	g_string_free(box.names, TRUE);
}

static void test_names(void)
{
	struct beside *b = drawn(50);

	check_files(b, "output", 0, 0, "thumbnail:thumbnail.jpg:image/jpeg captions:output.vtt:text/vtt chapters:chapters.vtt:text/vtt "
		    "storyboard:storyboard.jpg:image/jpeg storyboard_index:storyboard.vtt:text/vtt ");
	check_files(b, "outputs/2-grid-320x180", 0, 0, "thumbnail:outputs/2-grid-320x180.jpg:image/jpeg captions:outputs/2-grid-320x180.vtt:text/vtt "
		    "chapters:outputs/2-grid-320x180.chapters.vtt:text/vtt storyboard:outputs/2-grid-320x180.storyboard.jpg:image/jpeg "
		    "storyboard_index:outputs/2-grid-320x180.storyboard.vtt:text/vtt ");
	beside_unref(&b);
	beside_unref(&b);
}

/** Sound alone has no pictures beside it. */
static void test_no_picture(void)
{
	static const char want[] = "captions:output.vtt:text/vtt chapters:chapters.vtt:text/vtt ";
	struct beside *b = drawn(0);

	check_files(b, "output", 0, 0, want);
	check_files(NULL, "output", 0, 0, want);
	beside_unref(&b);
}

static void test_errors(void)
{
	struct beside *b = drawn(1);

	check_files(b, "output", 1, -ENOSPC, "thumbnail:thumbnail.jpg:image/jpeg ");
	check_files(b, "output", 2, -ENOSPC, "thumbnail:thumbnail.jpg:image/jpeg captions:output.vtt:text/vtt ");
	beside_unref(&b);
}

static void test_metadata_name(void)
{
	g_autofree char *first = beside_name("output", "metadata"), *later = beside_name("outputs/3-x", "metadata"), *none = beside_name("output", "media");

	CHECK_STR(first, "metadata.json");
	CHECK_STR(later, "outputs/3-x.json");
	CHECK(!none);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_names), TEST(test_no_picture), TEST(test_errors), TEST(test_metadata_name) };

	av_log_set_level(AV_LOG_QUIET);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
