/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A disk that is full, or becomes full, while composing: a sentence, nothing under a final name, nothing temporary, the originals as they were; and when there is
 * room again, the output.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include "postprocess/cmd.h"
#include "postprocess/compose.h"
#include "tests/disk/disk.h"
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"

enum { DURATION_MS = 3000 };

static char *root, *dir;       /* a small file system, and the recording on it */

static const struct make_participant people[] = {
	{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "video", .width = 160, .height = 90, .fps = 10 } } }, { 0 }
};

/** Everything but the originals, and what fills the disk. */
static void check_left(const char *what)
{
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(d)))
		if (strcmp(name, "chunks") && strcmp(name, "timeline.jsonl") && strcmp(name, "participants.json"))
			TEST_FAIL("%s: %s is left", what, name);
	g_dir_close(d);
}

static int compose_it(const char *format, struct compose_result *r)
{
	struct compose_conf conf = { .dir = dir, .threads = 1 };

	output_spec_default(&conf.spec, NULL);
	conf.spec.width = 160;
	conf.spec.height = 90;
	conf.spec.fps = 10;
	g_strlcpy(conf.spec.format, format, sizeof(conf.spec.format));
	return compose(&conf, r);
}

/** Full but for so many KiB. */
static void fill_but(size_t kib)
{
	g_autofree char *spare = g_build_filename(root, "spare", NULL);
	g_autofree char *data = g_malloc0(kib * 1024 + 1);

	CHECK(disk_put_file(spare, data, kib * 1024, 0600));
	disk_fill_bytes(root);
	CHECK_INT(unlink(spare), 0);
}

static void test_full(void)
{
	static const char *const formats[] = { "webm", "mp4", "opus", "participants" };
	static const size_t kib[] = { 0, 4, 16 };      /* all of them too little */
	struct compose_result r;

	for (size_t i = 0; i < G_N_ELEMENTS(formats) * G_N_ELEMENTS(kib); i++) {
		const char *format = formats[i / G_N_ELEMENTS(kib)];
		g_autofree char *what = g_strdup_printf("%s, %zu KiB", format, kib[i % G_N_ELEMENTS(kib)]);
		int err;

		fill_but(kib[i % G_N_ELEMENTS(kib)]);
		err = compose_it(format, &r);
		disk_unfill(root);
		if (err != -ENOSPC || !strstr(r.why, "No space left"))
			TEST_FAIL("%s: %d %s", what, err, r.why);
		check_left(what);
	}
	CHECK_INT(app_exit_code(-ENOSPC), 5);
	CHECK_INT(compose_it("webm", &r), 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_full) };
	int failed;

	root = make_scratch("mnt");
	if (!disk_namespace() || !disk_mount(root, "4m", 2000)) {
		printf("no file system may be mounted here\n0 passed, 1 failed\n");
		return 1;
	}
	dir = g_build_filename(root, "rec_demo_1760090400123_abcdef", NULL);
	if (make_recording(&(struct make_conf){ .dir = dir, .duration_ms = DURATION_MS, .people = people }))
		abort();
	failed = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	umount2(root, MNT_DETACH);
	make_remove(&root);
	g_free(dir);
	return failed;
}
