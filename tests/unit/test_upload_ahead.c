/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is sent while a file is still written, and that what it is in the end is what is there: growing, begun anew, moved, with a store that fails.
 */
#include "postprocess/upload_ahead.c"
#include <glib/gstdio.h>
#include <stdlib.h>
#include "common/fsio.h"
#include "failing_store.h"
#include "test.h"

enum { MIB = 1 << 20, WAIT_S = 20 };
#define REC "rec_demo_1760090400123_aaaaaa"
#define KEY "recordings/2025/10/10/" REC ".webm"

static char root[] = "/tmp/test_ahead.XXXXXX";
static char *dir, *tmp, *final;
static struct store store = { .conf = { .name = (char *)(uintptr_t)"fake", .kind = STORAGE_S3, .part_mb = 1, .parallel = 1, .prefix = (char *)(uintptr_t)"recordings" } };
static unsigned char *content;
static enum job_hold holding;

/* In place of stores.c, which would want the real stores. */
struct store *stores_primary(const struct stores *s)
{
	(void)s;
	return &store;
}

static enum job_hold test_hold(void *arg)
{
	(void)arg;
	return __atomic_load_n(&holding, __ATOMIC_RELAXED);
}

static const struct job_env env = { .hold = test_hold };
static struct catalog_job job = { .id = 1, .kind = "compose", .recording = REC, .output = 1, .attempts = 1 };

static void begin_again(size_t len, unsigned seed)
{
	g_autofree char *journals = g_build_filename(dir, ".upload", NULL);
	GRand *r = g_rand_new_with_seed(seed);

	fs_remove_tree(journals);
	g_unlink(tmp);
	g_unlink(final);
	fake_reset();
	holding = HOLD_OURS;
	g_free(content);
	content = g_malloc(len);
	for (size_t i = 0; i < len; i++)
		content[i] = (unsigned char)g_rand_int(r);
	g_rand_free(r);
}

/* The first `len` bytes are written. */
static void grow(size_t from, size_t to)
{
	FILE *f = fopen(tmp, from ? "r+" : "w");

	CHECK(f != NULL);
	CHECK(!fseek(f, (long)from, SEEK_SET));
	CHECK_INT(fwrite(content + from, 1, to - from, f), to - from);
	CHECK(!fclose(f));
}

/* All of it once more, in the same file. */
static void rewrite(size_t len)
{
	FILE *f = fopen(tmp, "r+");

	CHECK(f && fwrite(content, 1, len, f) == len);
	CHECK(!fclose(f));
}

static int parts_sent(void)
{
	int n;

	lock_take(&fake.lock);
	n = fake.parts;
	lock_release(&fake.lock);
	return n;
}

static void wait_for(int parts)
{
	int64_t until_us = clock_mono_us() + WAIT_S * 1000000LL;

	while (parts_sent() < parts && clock_mono_us() < until_us)
		g_usleep(20000);
	CHECK_INT(parts_sent(), parts);
}

static struct upload_ahead *start(void)
{
	struct upload_ahead *a = NULL;

	upload_ahead_start(&a, &env, &job, dir);
	CHECK(a != NULL);
	return a;
}

static enum upload_may go(void *arg)
{
	(void)arg;
	return UPLOAD_GO;
}

static int ours(void *arg)
{
	(void)arg;
	return 0;
}

/* As the job does when all is made: what was sent ahead counts. */
static void finish(size_t len)
{
	struct upload_journal *j = NULL;
	struct upload_conf c = { .store = &store, .may = go, .progress = progress, .still_ours = ours };
	struct upload_file f = { .path = final, .name = "output.webm", .key = KEY, .mime = "video/webm", .size = (int64_t)len };
	struct upload_result r;
	struct store_why why;
	struct fake_object *o;

	CHECK(!rename(tmp, final));
	CHECK_INT(upload_journal_open(&j, dir, "fake", 1), 0);
	c.journal = j;
	CHECK_INT(upload_send(&c, &f, &r, &why), 0);
	upload_journal_unref(&j);
	o = g_hash_table_lookup(fake.objects, KEY);
	CHECK(o != NULL);
	CHECK_INT(o->data->len, len);
	CHECK(!memcmp(o->data->data, content, len));
	CHECK_INT(g_hash_table_size(fake.uploads), 0);
}

static void test_growing(void)
{
	struct upload_ahead *a;

	begin_again(6 * MIB + 500, 1);
	a = start();
	grow(0, 2 * MIB);              /* part 2 may still be written to */
	g_usleep(1200000);
	CHECK_INT(parts_sent(), 0);
	grow(2 * MIB, 3 * MIB + 1);
	wait_for(2);                   /* 2 and 3, never the first */
	grow(3 * MIB + 1, 5 * MIB + 7);
	wait_for(4);
	upload_ahead_stop(&a);
	CHECK(!a);
	grow(5 * MIB + 7, 6 * MIB + 500);
	memset(content, 'h', 700);     /* the header, written in the end */
	rewrite(6 * MIB + 500);
	finish(6 * MIB + 500);
	CHECK_INT(fake.parts, 7);      /* the first and the two last: nothing twice */
	CHECK_INT(fake.numbered, 1);
}

static void test_begun_anew(void)
{
	struct upload_ahead *a;

	begin_again(5 * MIB + 1, 2);
	grow(0, 4 * MIB + 1);
	a = start();
	wait_for(3);
	upload_ahead_stop(&a);
	g_unlink(tmp);                 /* the composer died: another one makes the same bytes */
	a = start();
	grow(0, 5 * MIB + 1);
	wait_for(4);
	upload_ahead_stop(&a);
	finish(5 * MIB + 1);
	CHECK_INT(fake.parts, 6);
}

/* The index of an MP4 needed more room: all moves, and its front says so. */
static void test_moved(void)
{
	struct upload_ahead *a;

	begin_again(5 * MIB + 300, 3);
	grow(0, 4 * MIB + 1);
	a = start();
	wait_for(3);
	memmove(content + 300, content + 40, 5 * MIB);
	content[39] ^= 1;
	rewrite(5 * MIB + 300);
	wait_for(3 + 4);
	upload_ahead_stop(&a);
	finish(5 * MIB + 300);
	CHECK_INT(fake.parts, 9);
}

static void put_mp4_front(uint32_t reserve)
{
	unsigned char front[40] = { 0, 0, 0, 32, 'f', 't', 'y', 'p' };

	for (int i = 0; i < 4; i++)
		front[32 + i] = (unsigned char)(reserve >> (24 - 8 * i));
	memcpy(front + 36, "free", 4);
	memcpy(content, front, sizeof(front));
}

/* An MP4 that will soon move what it has is not sent; one that has room for two hours is. */
static void test_will_move(void)
{
	struct upload_ahead *a;

	begin_again(5 * MIB + 1, 9);
	put_mp4_front(768 << 10);
	grow(0, 5 * MIB + 1);
	a = start();
	g_usleep(300000);
	CHECK_INT(parts_sent(), 0);
	put_mp4_front(3 << 20);
	rewrite(5 * MIB + 1);
	wait_for(4);
	upload_ahead_stop(&a);
	CHECK_INT(fake.parts, 4);
}

/* Nothing is lost by a part that was read while it was moved: what is there in the end is what the file is. */
static void test_differs_in_the_end(void)
{
	struct upload_ahead *a;

	begin_again(4 * MIB + 300, 4);
	grow(0, 4 * MIB + 300);
	a = start();
	wait_for(3);
	upload_ahead_stop(&a);
	content[2 * MIB + 5] ^= 1;
	rewrite(4 * MIB + 300);
	finish(4 * MIB + 300);
	CHECK_INT(fake.parts, 3 + 3);  /* the third again, the first, the rest */
}

static void test_failing(void)
{
	struct upload_ahead *a;

	for (int how = 0; how < FAKE_HOWS; how++) {
		begin_again(4 * MIB + 300, 5);
		fake.fail_at = 1;
		fake.lasting = true;
		fake.how = how;
		grow(0, 4 * MIB + 300);
		a = start();
		g_usleep(300000);
		upload_ahead_stop(&a);
		fake.fail_at = 0;
		finish(4 * MIB + 300);
		CHECK_INT(fake.parts, 5);
	}
}

/* Not known whose job it is: nothing is sent. Somebody else's: nothing either. */
static void test_whose(void)
{
	static const enum job_hold holds[] = { HOLD_UNSURE, HOLD_LOST };
	struct upload_ahead *a;

	for (size_t i = 0; i < G_N_ELEMENTS(holds); i++) {
		begin_again(4 * MIB, 6);
		grow(0, 4 * MIB);
		holding = holds[i];
		a = start();
		g_usleep(300000);
		upload_ahead_stop(&a);
		CHECK_INT(fake.parts, 0);
	}
}

static void test_discarded(void)
{
	struct upload_ahead *a;

	begin_again(4 * MIB, 7);
	grow(0, 4 * MIB);
	a = start();
	wait_for(2);
	upload_ahead_stop(&a);
	CHECK_INT(g_hash_table_size(fake.uploads), 1);
	upload_ahead_discard(&env, &job, dir);
	CHECK_INT(g_hash_table_size(fake.uploads), 0);
}

/* Small recordings, later outputs, what has several files: nothing is begun. */
static void test_nothing_to_do(void)
{
	struct catalog_job other = { .id = 2, .recording = REC, .output = 2 };
	struct upload_ahead *a = NULL;

	upload_ahead_start(&a, &env, &other, dir);
	CHECK(!a);
	other.output = 1;
	g_strlcpy(other.spec, "{\"format\":\"stems\"}", sizeof(other.spec));
	upload_ahead_start(&a, &env, &other, dir);
	CHECK(!a);
	begin_again(MIB, 8);
	grow(0, MIB);
	a = start();
	g_usleep(200000);
	upload_ahead_stop(&a);
	CHECK_INT(fake.calls, 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "growing", test_growing }, { "begun anew", test_begun_anew }, { "moved", test_moved }, { "will move", test_will_move }, { "differs in the end", test_differs_in_the_end },
		{ "a store that fails", test_failing }, { "whose it is", test_whose }, { "discarded", test_discarded }, { "nothing to do", test_nothing_to_do },
	};
	int code;

	if (!mkdtemp(root))
		return 1;
	dir = g_build_filename(root, REC, NULL);
	tmp = g_build_filename(dir, ".output.webm.tmp", NULL);
	final = g_build_filename(dir, "output.webm", NULL);
	if (fs_mkdirs(dir, 0700))
		return 1;
	code = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	fs_remove_tree(root);
	g_free(content);
	g_free(dir);
	g_free(tmp);
	g_free(final);
	return code;
}
