/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Removing from a store: all versions, delete markers and uploads of one recording, and nothing of another's; a store that refuses; bounds.
 */
#include "postprocess/purge.c"
#include "fake_store.h"
#include "test.h"

#define ID "rec_demo_1795357800000_aaaaaa"      /* 2026-11-22 */
#define DAY "2026/11/22/"
#define PUBLIC "0123456789abcdef0123456789abcdef"

static struct store store;

static void begin(void)
{
	fake_open(&store, "main");
}

static void end(void)
{
	g_array_unref(store.objects);
}

static int run(struct purge p, struct purge_result *r)
{
	struct store_why why;

	p.recording = ID;
	p.what = p.what ? p.what : PURGE_ALL;
	return purge(&store, &p, r, &why);
}

static bool has(const char *key)
{
	for (guint i = 0; i < store.objects->len; i++)
		if (!strcmp(g_array_index(store.objects, struct fake_object, i).key, key))
			return true;
	return false;
}

static void fill(void)
{
	fake_put(&store, "recordings/" DAY ID ".webm", "v1");
	fake_put(&store, "recordings/" DAY ID ".webm", "v2");
	fake_put(&store, "recordings/" DAY ID ".json", "v3");
	g_array_index(store.objects, struct fake_object, 2).marker = true;
	fake_put(&store, "recordings/" DAY ID "/outputs/2-x.webm", NULL);
	fake_put(&store, "recordings/" DAY PUBLIC "/" ID ".webm", NULL);
	fake_upload(&store, "recordings/" DAY ID ".webm", "u1");
	fake_put(&store, "originals/" DAY ID "/user1/1-000001.tar", "v1");
	fake_upload(&store, "originals/" DAY ID "/user1/1-000002.tar", "u2");
	fake_put(&store, "older/" ID ".webm", NULL);
	fake_put(&store, "recordings/" DAY ID "_1795357800000_bbbbbb.webm", NULL);     /* of a room whose name begins so */
	fake_put(&store, "recordings/" DAY "rec_demo_1795357800000_bbbbbb.webm", NULL);
}

static void test_all(void)
{
	static const struct purge_key keys[] = { { "older/" ID ".webm", NULL }, { "recordings/" DAY ID ".webm", "u9" }, { "", NULL }, { NULL, NULL } };
	struct purge_result r;

	begin();
	fill();
	CHECK_INT(run((struct purge){ .public_id = PUBLIC, .keys = keys }, &r), 0);
	CHECK_INT(r.removed, 7);
	CHECK_INT(r.aborted, 2);
	CHECK_INT(store.objects->len, 2);
	CHECK(has("recordings/" DAY ID "_1795357800000_bbbbbb.webm") && has("recordings/" DAY "rec_demo_1795357800000_bbbbbb.webm"));
	CHECK_INT(run((struct purge){ .public_id = PUBLIC }, &r), 0);
	CHECK_INT(r.removed, 0);
	end();
}

static void test_originals_alone(void)
{
	struct purge_result r;

	begin();
	fill();
	CHECK_INT(run((struct purge){ .what = PURGE_ORIGINALS }, &r), 0);
	CHECK_INT(r.removed + r.aborted, 2);
	CHECK(has("recordings/" DAY ID ".webm") && !has("originals/" DAY ID "/user1/1-000001.tar"));
	end();
}

/* Whatever is refused, and when: it is not said to be gone while it is there, and the next attempt goes on. */
static void test_refused(void)
{
	struct purge_result r;

	for (int n = 0, err = -EIO; err; n++) {
		begin();
		fill();
		store.passes = n;
		store.refuse = 1;
		err = run((struct purge){ .public_id = PUBLIC }, &r);
		CHECK(err == 0 || err == -EIO);
		CHECK(err || store.objects->len == 3);
		if (err)
			CHECK_INT(run((struct purge){ .public_id = PUBLIC }, &r), 0);
		CHECK_INT(store.objects->len, 3);
		end();
	}
	begin();
	fill();
	store.refuse = -1;
	CHECK_INT(run((struct purge){ 0 }, &r), -EIO);
	CHECK_INT(store.objects->len, 11);
	store.refuse = 1;
	CHECK_INT(run((struct purge){ 0 }, &r), -EIO);
	CHECK_INT(run((struct purge){ 0 }, &r), 0);
	end();
}

/* One that the store keeps by a lock does not keep the others. */
static void test_locked(void)
{
	struct purge_result r;

	begin();
	fill();
	g_array_index(store.objects, struct fake_object, 0).locked = true;
	CHECK_INT(run((struct purge){ 0 }, &r), -EACCES);
	CHECK(has("recordings/" DAY ID ".webm"));
	CHECK(!has("recordings/" DAY ID "/outputs/2-x.webm") && !has("originals/" DAY ID "/user1/1-000001.tar"));
	end();
}

/* More than a page; no more than it may at a time. */
static void test_many(void)
{
	struct purge_result r;

	begin();
	for (int i = 1; i <= 2500; i++) {
		g_autofree char *key = g_strdup_printf("originals/" DAY ID "/user1/1-%06d.tar", i);

		fake_put(&store, key, NULL);
	}
	CHECK_INT(run((struct purge){ .most = 400 }, &r), -EINPROGRESS);
	CHECK_INT(r.removed, 400);
	CHECK_INT(run((struct purge){ 0 }, &r), 0);
	CHECK_INT(r.removed, 2100);
	CHECK_INT(store.objects->len, 0);
	end();
}

/* Somebody who was at it still comes a moment late. */
static void test_appears(void)
{
	struct purge_result r;

	begin();
	fill();
	store.appears = "recordings/" DAY ID ".webm";
	CHECK_INT(run((struct purge){ .public_id = PUBLIC }, &r), 0);
	CHECK(!has("recordings/" DAY ID ".webm"));
	end();
}

static bool is_old(const struct store_item *i, void *arg)
{
	(void)arg;
	return !i->is_latest;
}

static void test_wanted(void)
{
	struct purge_result r;

	begin();
	fill();
	CHECK_INT(run((struct purge){ .what = PURGE_OUTPUTS, .wanted = is_old }, &r), 0);
	CHECK_INT(r.removed, 1);
	CHECK(has("recordings/" DAY ID ".webm"));
	end();
}

static bool stop_now(void *arg)
{
	return ++*(int *)arg > 2;
}

static void test_stopped(void)
{
	struct purge_result r;
	int asked = 0;

	begin();
	fill();
	CHECK_INT(run((struct purge){ .stop = stop_now, .arg = &asked }, &r), -ECANCELED);
	CHECK_INT(r.removed + r.aborted, 2);
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_all), TEST(test_originals_alone), TEST(test_refused), TEST(test_locked), TEST(test_many), TEST(test_appears),
					     TEST(test_wanted), TEST(test_stopped) };       /* the last one counts single ones */

	int code = test_run(tests, G_N_ELEMENTS(tests), argc, argv);

	fake_batch = 1000;             /* a store that takes many in one request */
	return code ? code : test_run(tests, G_N_ELEMENTS(tests) - 1, argc, argv);
}
