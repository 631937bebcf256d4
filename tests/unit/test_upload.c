/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uploads against a store that fails: every call once in turn, for ever, answers lost. Whatever happens, what is there in the end is the file, and nothing that
 * was there is sent again.
 */
#include "postprocess/upload.c"
#include <glib/gstdio.h>
#include <stdlib.h>
#include "common/fsio.h"
#include "failing_store.h"
#include "test.h"

enum { MIB = 1 << 20, TRIES = 4, PARTS = 6 };
#define KEY "recordings/2026/11/24/rec_demo_1_aaaaaa.webm"

static char dir[] = "/tmp/test_upload.XXXXXX";
static struct store store = { .conf = { .name = (char *)(uintptr_t)"fake", .kind = STORAGE_S3, .part_mb = 1, .parallel = 4 } };
static unsigned char *content;
static size_t content_len;
static enum upload_may answer;
static int64_t last_done;

static enum upload_may test_may(void *arg)
{
	(void)arg;
	return __atomic_load_n(&answer, __ATOMIC_RELAXED);
}

static void test_progress(int64_t done, int64_t total, void *arg)
{
	(void)arg;
	CHECK(done >= 0 && done <= total);
	last_done = done;
}

static int ours;
static int test_ours(void *arg)
{
	(void)arg;
	return ours;
}

static void make_file(size_t len, unsigned seed)
{
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL);
	GRand *r = g_rand_new_with_seed(seed);

	g_free(content);
	content = g_malloc(len);
	content_len = len;
	for (size_t i = 0; i < len; i++)
		content[i] = (unsigned char)g_rand_int(r);
	g_rand_free(r);
	CHECK(g_file_set_contents(path, (char *)content, (gssize)len, NULL));
}

static const unsigned char data_key[ENVELOPE_KEY] = "0123456789abcdef0123456789abcde";
#define DATA_KEY_ID "00112233445566778899aabbccddeeff"
static bool sealed;

static int send_with(struct upload_file *f, struct upload_result *r, struct store_why *why)
{
	struct upload_journal *j = NULL;
	struct upload_conf c = { .store = &store, .key = sealed ? data_key : NULL, .key_id = sealed ? DATA_KEY_ID : NULL, .may = test_may, .progress = test_progress,
				 .still_ours = test_ours };
	int err;

	CHECK_INT(upload_journal_open(&j, dir, "fake", 1), 0);
	c.journal = j;
	err = upload_send(&c, f, r, why);
	upload_journal_unref(&j);
	return err;
}

static int send(struct upload_result *r, struct store_why *why)
{
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL);
	struct upload_file f = { .path = path, .name = "output.webm", .key = KEY, .mime = "video/webm", .size = (int64_t)content_len };

	return send_with(&f, r, why);
}

static GByteArray *unsealed(const GByteArray *o)
{
	GByteArray *out = g_byte_array_new();
	struct envelope *e = NULL;
	unsigned char *plain = g_malloc(ENVELOPE_BLOCK);

	CHECK_INT(envelope_open(&e, data_key, o->data), 0);
	for (guint at = 0, n = 0; at < o->len; at += ENVELOPE_BLOCK, n++) {
		ssize_t got = envelope_unseal(e, n, o->data + at, MIN(ENVELOPE_BLOCK, o->len - at), plain);

		CHECK(got >= 0);
		g_byte_array_append(out, plain, (guint)got);
	}
	envelope_unref(&e);
	g_free(plain);
	return out;
}

static void is_there(void)
{
	struct fake_object *o = g_hash_table_lookup(fake.objects, KEY);
	GByteArray *plain;

	CHECK(o != NULL);
	plain = sealed ? unsealed(o->data) : g_byte_array_ref(o->data);
	CHECK_INT(plain->len, content_len);
	CHECK(!content_len || !memcmp(plain->data, content, content_len));
	g_byte_array_unref(plain);
}

static void begin_again(void)
{
	g_autofree char *journals = g_build_filename(dir, ".upload", NULL);

	fs_remove_tree(journals);
	fake_reset();
	answer = UPLOAD_GO;
	ours = 0;
}

/* As the job does: until it is there. How many calls it took. */
static int send_until(int tries)
{
	struct upload_result r;
	struct store_why why;
	int err = -1;

	for (int i = 0; err && i < tries; i++)
		err = send(&r, &why);
	CHECK_INT(err, 0);
	is_there();
	CHECK_INT(r.st.size, sealed ? envelope_sealed_size((int64_t)content_len) : (int64_t)content_len);
	return fake.calls;
}

/* ---- it goes well ---- */

static void test_small(void)
{
	begin_again();
	make_file(1000, 1);
	send_until(1);
	CHECK_INT(fake.puts, 1);
	CHECK_INT(fake.parts, 0);
	send_until(1);                 /* what is there is looked at */
	CHECK_INT(fake.puts, 1);
	make_file(0, 1);
	begin_again();
	send_until(1);
}

static void test_large(void)
{
	begin_again();
	make_file(5 * MIB + 12345, 2);
	send_until(1);
	CHECK_INT(fake.parts, PARTS);
	CHECK_INT(fake.ends, 1);
	CHECK_INT(last_done, content_len);
	CHECK_INT(g_hash_table_size(fake.uploads), 0);
	CHECK(fake.held_most <= 4);          /* never in memory: read from the file by the store */
	send_until(1);
	CHECK_INT(fake.parts, PARTS);
	CHECK_INT(fake.gets, 0);
}

static void test_sealed(void)
{
	sealed = true;
	begin_again();
	make_file(5 * MIB + 12345, 3);
	fake.slow_ms = 20;
	send_until(1);
	CHECK_INT(fake.parts, PARTS);
	CHECK(fake.held_most <= 4 * 16 * ENVELOPE_BLOCK);
	begin_again();
	make_file(3 * MIB - ENVELOPE_HEAD, 4); /* the last block is empty */
	send_until(1);
	begin_again();
	make_file(77, 5);
	send_until(1);
	sealed = false;
}

/* ---- every call fails once ---- */

static void fail_each(enum fake_how how, size_t len)
{
	int calls, most = (int)((len + MIB - 1) / MIB);

	begin_again();
	calls = send_until(1);
	for (int n = 1; n <= calls; n++) {
		begin_again();
		fake.fail_at = n;
		fake.how = how;
		send_until(TRIES);
		if (fake.parts > most + (sealed && how == FAKE_LOST) || g_hash_table_size(fake.uploads))
			printf("call %d of %d, how %d: %d parts sent, %u uploads left\n", n, calls, how, fake.parts, g_hash_table_size(fake.uploads));
		CHECK(fake.parts <= most + (sealed && how == FAKE_LOST));      /* of what is sealed nobody can tell */
		CHECK_INT(g_hash_table_size(fake.uploads), 0);
	}
}

static void test_each_fails(void)
{
	make_file(5 * MIB + 12345, 6);
	for (int how = 0; how < FAKE_HOWS; how++)
		fail_each(how, content_len);
	make_file(1000, 7);
	for (int how = 0; how < FAKE_HOWS; how++)
		fail_each(how, content_len);
}

static void test_each_fails_sealed(void)
{
	sealed = true;
	make_file(3 * MIB + 99, 8);
	for (int how = 0; how < FAKE_HOWS; how++)
		fail_each(how, content_len);
	sealed = false;
}

static void test_lasting(void)
{
	struct upload_result r;
	struct store_why why;
	int calls;

	make_file(5 * MIB, 9);
	begin_again();
	calls = send_until(1);
	for (int n = 1; n <= calls; n++) {
		begin_again();
		fake.fail_at = n;
		fake.lasting = true;
		for (int i = 0; i < 3; i++)
			CHECK(send(&r, &why) < 0);
		CHECK(why.again);
		CHECK(strstr(why.text, "refused") != NULL);
		fake.fail_at = 0;
		send_until(1);
		CHECK(fake.parts <= 5);
	}
}

/* ---- what was sent is not sent again ---- */

static void test_resumed(void)
{
	struct upload_result r;
	struct store_why why;

	begin_again();
	make_file(9 * MIB + 5, 10);
	fake.stop_after = 4;
	CHECK_INT(send(&r, &why), -ECANCELED);
	CHECK_INT(fake.parts, 4);
	fake.stop_after = 0;
	send_until(1);
	CHECK_INT(fake.parts, 10);
}

/* The journal is lost: the store's own list is enough. */
static void test_without_journal(void)
{
	g_autofree char *journals = g_build_filename(dir, ".upload", NULL);
	struct upload_result r;
	struct store_why why;

	begin_again();
	make_file(6 * MIB, 11);
	fake.stop_after = 3;
	CHECK_INT(send(&r, &why), -ECANCELED);
	fake.stop_after = 0;
	CHECK_INT(fs_remove_tree(journals), 0);
	send_until(1);
	CHECK_INT(fake.parts, 6);
	CHECK_INT(fake.numbered, 1);
}

/* What was sent ahead, or before the file was made anew, and differs now. */
static void test_changed(void)
{
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL);
	struct upload_result r;
	struct store_why why;

	begin_again();
	make_file(6 * MIB, 12);
	store.conf.parallel = 1;       /* all but the first part */
	fake.stop_after = 5;
	CHECK_INT(send(&r, &why), -ECANCELED);
	store.conf.parallel = 4;
	fake.stop_after = 0;
	CHECK_INT(fake.parts, 5);
	fake.parts = 0;
	content[2 * MIB + 7] ^= 1;             /* part 3 */
	CHECK(g_file_set_contents(path, (char *)content, (gssize)content_len, NULL));
	send_until(1);
	CHECK_INT(fake.parts, 2);
}

static void test_other_parts(void)
{
	struct upload_result r;
	struct store_why why;

	begin_again();
	make_file(6 * MIB, 13);
	fake.stop_after = 3;
	CHECK_INT(send(&r, &why), -ECANCELED);
	fake.stop_after = 0;
	store.conf.part_mb = 2;                /* the setting was changed: what was begun is aborted */
	send_until(1);
	CHECK_INT(fake.aborts, 1);
	CHECK_INT(g_hash_table_size(fake.uploads), 0);
	store.conf.part_mb = 1;
}

/* ---- what is there ---- */

static void test_name_taken(void)
{
	struct upload_result r;
	struct store_why why;

	for (size_t len = 1000; len <= 3 * MIB; len += 3 * MIB - 1000) {
		begin_again();
		make_file(len, 14);
		send_until(1);
		make_file(len, 15);
		CHECK_INT(send(&r, &why), -EEXIST);
		CHECK(strstr(why.text, "another object") != NULL);
		CHECK(!why.again);
		make_file(len + 1, 14);
		CHECK_INT(send(&r, &why), -EEXIST);
	}
}

/* A store whose etags say nothing: it is read back. */
static void test_read_back(void)
{
	g_autofree char *journals = g_build_filename(dir, ".upload", NULL);

	for (int i = 0; i < 2; i++) {
		begin_again();
		sealed = i;
		fake.silent_etags = true;
		make_file(3 * MIB + 1, 16);
		send_until(1);
		CHECK_INT(fake.gets, 1);
		CHECK_INT(fs_remove_tree(journals), 0);
		send_until(1);
		CHECK_INT(fake.parts, 4);
	}
	sealed = false;
}

static void test_local_file(void)
{
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL);
	char hash[SHA256_HEX];
	char *blocks[] = { hash, NULL };
	struct upload_file f = { .path = path, .name = "output.webm", .key = KEY, .mime = "video/webm", .blocks = blocks };
	struct upload_result r;
	struct store_why why;

	begin_again();
	store.conf.part_mb = 8;
	make_file(3000, 17);
	f.size = 2999;
	CHECK_INT(send_with(&f, &r, &why), -EBADMSG);
	f.size = 3000;
	sha256_hex(hash, "x", 1);
	CHECK_INT(send_with(&f, &r, &why), -EBADMSG);
	CHECK(!why.again);
	CHECK_INT(fake.puts, 0);
	sha256_hex(hash, content, content_len);
	CHECK_INT(send_with(&f, &r, &why), 0);
	CHECK_INT(g_unlink(path), 0);
	CHECK_INT(send_with(&f, &r, &why), -ENXIO);
	store.conf.part_mb = 1;
}

/* One that may change is written over. */
static void test_replaced(void)
{
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL);
	struct upload_file f = { .path = path, .name = "output.webm", .key = KEY, .mime = "application/json", .size = -1, .replace = true };
	struct upload_result r;
	struct store_why why;

	begin_again();
	for (size_t len = 1000; len < 1010; len += 5) {
		make_file(len, 18);
		CHECK_INT(send_with(&f, &r, &why), 0);
		is_there();
	}
}

/* ---- whose it is ---- */

static void test_lost(void)
{
	struct upload_result r;
	struct store_why why;

	for (size_t len = 1000; len <= 3 * MIB; len += 3 * MIB - 1000) {
		begin_again();
		make_file(len, 19);
		ours = -EPROTO;
		CHECK_INT(send(&r, &why), -ECANCELED);
		CHECK_INT(g_hash_table_size(fake.objects), 0);
		ours = 0;
		send_until(1);
	}
}

struct waiting { int err; };

static void *send_main(void *arg)
{
	struct waiting *w = arg;
	struct upload_result r;
	struct store_why why;

	w->err = send(&r, &why);
	return NULL;
}

/* Not known whose it is: nothing new is begun, until it is known. */
static void test_unsure(void)
{
	struct waiting w = { 1 };
	pthread_t thread;
	int64_t until_us;

	begin_again();
	make_file(6 * MIB, 20);
	answer = UPLOAD_WAIT;
	CHECK_INT(thread_start(&thread, "send", send_main, &w), 0);
	until_us = clock_mono_us() + 300000;
	while (clock_mono_us() < until_us) {
		lock_take(&fake.lock);
		CHECK_INT(fake.parts, 0);
		lock_release(&fake.lock);
		g_usleep(20000);
	}
	__atomic_store_n(&answer, UPLOAD_GO, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	CHECK_INT(w.err, 0);
	is_there();
}

static void test_aborted(void)
{
	struct upload_journal *j = NULL;
	struct upload_result r;
	struct store_why why;

	begin_again();
	make_file(6 * MIB, 21);
	fake.stop_after = 2;
	CHECK_INT(send(&r, &why), -ECANCELED);
	CHECK_INT(upload_journal_open(&j, dir, "fake", 1), 0);
	upload_abort(&store, j);
	upload_journal_unref(&j);
	CHECK_INT(g_hash_table_size(fake.uploads), 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "a small file", test_small },
		{ "a large file", test_large },
		{ "sealed", test_sealed },
		{ "each call fails once", test_each_fails },
		{ "each call fails once, sealed", test_each_fails_sealed },
		{ "a lasting fault", test_lasting },
		{ "goes on where it was", test_resumed },
		{ "goes on without its journal", test_without_journal },
		{ "a part that has changed", test_changed },
		{ "parts of another size", test_other_parts },
		{ "the name is taken", test_name_taken },
		{ "read back", test_read_back },
		{ "the local file", test_local_file },
		{ "replaced", test_replaced },
		{ "somebody else's by now", test_lost },
		{ "not known whose", test_unsure },
		{ "aborted", test_aborted },
	};
	int code;

	if (!mkdtemp(dir))
		return 1;
	code = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	fs_remove_tree(dir);
	g_free(content);
	return code;
}
