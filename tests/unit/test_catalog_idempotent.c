/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests that are carried out once, in the catalog: on both engines, with time moved by putting rows back.
 */
#include <errno.h>
#include <pthread.h>
#include "common/catalog_idempotent.c"
#include "catalog_box.h"

static const struct catalog_once one = { "demo", "ann", "k1", "hash1" };
static const struct catalog_answer created = { .status = 201, .location = (char *)"/recording/x", .body = (char *)"{\"a\":1}" };

static void age(int64_t ms)
{
	char *text = g_strdup_printf("UPDATE idempotent SET at_ms = at_ms - %lld", (long long)ms);

	box_sql(text);
	g_free(text);
}

static int try_begin(struct catalog *c, struct catalog_once o, int64_t *turn)
{
	struct catalog_answer a;
	int got = catalog_once_begin(c, &o, turn, &a);

	catalog_answer_free(&a);
	return got;
}

static void test_once(void)
{
	struct catalog *c = box_open(), *other = box_open();
	struct catalog_answer a;
	struct catalog_once changed = one, somebody = one, elsewhere = one;
	int64_t turn = 0, turn2 = 0;

	changed.request = "hash2";
	somebody.subject = "bob";
	elsewhere.room = "other";
	CHECK_INT(try_begin(c, one, &turn), 1);
	CHECK_INT(try_begin(other, one, &turn2), -EINPROGRESS);
	CHECK_INT(try_begin(other, changed, &turn2), -EEXIST);
	CHECK_INT(try_begin(other, somebody, &turn2), 1);
	CHECK_INT(try_begin(other, elsewhere, &turn2), 1);
	CHECK_INT(catalog_once_end(c, &one, turn, &created), 0);
	CHECK_INT(catalog_once_begin(other, &one, &turn2, &a), 0);
	CHECK_INT(a.status, 201);
	CHECK_STR(a.location, "/recording/x");
	CHECK_STR(a.body, "{\"a\":1}");
	catalog_answer_free(&a);
	CHECK_INT(try_begin(c, changed, &turn2), -EEXIST);
	CHECK_INT(catalog_once_end(c, &one, turn, NULL), -ESTALE);       /* it stays */
	CHECK_INT(try_begin(c, one, &turn2), 0);
	catalog_close(&other);
	box_close(c);
}

/* Nothing came of it: the next one is the first. */
static void test_nothing_kept(void)
{
	struct catalog *c = box_open();
	int64_t turn = 0;

	CHECK_INT(try_begin(c, one, &turn), 1);
	CHECK_INT(catalog_once_end(c, &one, turn, NULL), 0);
	CHECK_INT(try_begin(c, one, &turn), 1);
	box_close(c);
}

/* Whoever takes longer than a minute has lost its turn, also if it comes back. */
static void test_stale(void)
{
	struct catalog *c = box_open();
	struct catalog_once changed = one;
	int64_t first = 0, second = 0;

	changed.request = "hash2";
	CHECK_INT(try_begin(c, one, &first), 1);
	age(IDEMPOTENT_STALE_MS - 20000);
	CHECK_INT(try_begin(c, one, &second), -EINPROGRESS);
	age(20000);
	CHECK_INT(try_begin(c, changed, &second), -EEXIST);
	CHECK_INT(try_begin(c, one, &second), 1);
	CHECK(first != second);
	CHECK_INT(catalog_once_end(c, &one, first, &created), -ESTALE);
	CHECK_INT(catalog_once_end(c, &one, first, NULL), -ESTALE);
	CHECK_INT(catalog_once_end(c, &one, second, &created), 0);
	CHECK_INT(try_begin(c, one, &second), 0);
	box_close(c);
}

static void test_a_day(void)
{
	struct catalog *c = box_open();
	struct catalog_once changed = one, late = one;
	int64_t turn = 0;

	changed.request = "hash2";
	late.key = "k2";
	CHECK_INT(try_begin(c, one, &turn), 1);
	CHECK_INT(catalog_once_end(c, &one, turn, &created), 0);
	age(IDEMPOTENT_KEPT_MS - 60000);
	CHECK_INT(try_begin(c, changed, &turn), -EEXIST);
	CHECK_INT(try_begin(c, late, &turn), 1);
	CHECK_INT(catalog_once_clean(c), 0);
	age(60000);
	CHECK_INT(catalog_once_clean(c), 1);
	CHECK_INT(catalog_once_clean(c), 0);
	CHECK_INT(try_begin(c, changed, &turn), 1);
	age(IDEMPOTENT_KEPT_MS);
	CHECK_INT(try_begin(c, one, &turn), 1);      /* not cleaned yet, and yet as if it had not been */
	box_close(c);
}

enum { RIVALS = 4, ROUNDS = 10 };
static struct catalog *rivals[RIVALS];
static int firsts[ROUNDS];

static void *race(void *arg)
{
	struct catalog *c = arg;

	for (int i = 0; i < ROUNDS; i++) {
		char key[16];
		int64_t turn;
		int got;

		snprintf(key, sizeof(key), "race%d", i);
		do
			got = try_begin(c, (struct catalog_once){ "demo", "ann", key, "hash" }, &turn);
		while (got == -EBUSY);
		if (got == 1)
			__atomic_add_fetch(&firsts[i], 1, __ATOMIC_RELAXED);
		else if (got != -EINPROGRESS)
			return c;
	}
	return NULL;
}

/* Of those who ask at once one is the first. */
static void test_race(void)
{
	pthread_t threads[RIVALS];
	void *failed = NULL, *f;

	memset(firsts, 0, sizeof(firsts));
	for (int i = 0; i < RIVALS; i++)
		rivals[i] = box_open();
	for (int i = 0; i < RIVALS; i++)
		pthread_create(&threads[i], NULL, race, rivals[i]);
	for (int i = 0; i < RIVALS; i++) {
		pthread_join(threads[i], &f);
		failed = f ? f : failed;
		catalog_close(&rivals[i]);
	}
	box_remove();
	CHECK(!failed);
	for (int i = 0; i < ROUNDS; i++)
		CHECK_INT(firsts[i], 1);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_once), TEST(test_nothing_kept), TEST(test_stale), TEST(test_a_day), TEST(test_race) };

	return box_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
