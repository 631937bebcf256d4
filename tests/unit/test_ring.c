/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The byte ring: sizes, wrap, overflow, and two threads at once.
 */
#include "plugins/ring.c"

#include "test.h"
#include "common/sync.h"

enum { MANY = 200000 };

static void test_sizes(void)
{
	static const struct { size_t bytes; int err; } rows[] = { { 64, 0 }, { 4096, 0 }, { 0, -EINVAL }, { 63, -EINVAL }, { 100, -EINVAL } };
	struct ring *r = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(ring_create(&r, rows[i].bytes), rows[i].err);
		if (!rows[i].err)
			ring_unref(&r);
		CHECK(r == NULL);
	}
}

static void test_order_and_wrap(void)
{
	char buf[64], text[64];
	struct ring *r;
	uint16_t kind;

	CHECK_INT(ring_create(&r, 128), 0);
	CHECK_INT(ring_pop(r, &kind, buf, sizeof(buf)), -EAGAIN);
	for (int i = 0; i < 1000; i++) {
		int len = snprintf(text, sizeof(text), "record %d %.*s", i, i % 30, "abcdefghijklmnopqrstuvwxyzabcdef");

		CHECK(ring_push(r, (uint16_t)i, text, 3, text + 3, (size_t)len - 3));
		CHECK_INT(ring_pop(r, &kind, buf, sizeof(buf)), len);
		CHECK_INT(kind, (uint16_t)i);
		CHECK_INT(memcmp(buf, text, (size_t)len), 0);
	}
	ring_unref(&r);
}

static void test_full(void)
{
	uint8_t data[24] = { 0 }, buf[24];
	struct ring *r;
	uint16_t kind;

	CHECK_INT(ring_create(&r, 128), 0);
	for (int i = 0; i < 4; i++)
		CHECK(ring_push(r, 1, data, sizeof(data), NULL, 0));
	CHECK(!ring_push(r, 1, data, 0, NULL, 0));
	CHECK_INT(ring_pop(r, &kind, buf, 8), -EMSGSIZE);
	CHECK(!ring_push(r, 1, data, 25, NULL, 0));
	CHECK(ring_push(r, 1, data, sizeof(data), NULL, 0));
	ring_unref(&r);
}

struct side {
	struct ring *ring;
	int wrong;
};

static void *produce(void *arg)
{
	struct side *s = arg;
	uint32_t words[64];

	for (uint32_t i = 0; i < MANY;) {
		for (int k = 0; k < 64; k++)
			words[k] = i;
		i += ring_push(s->ring, (uint16_t)i, words, 4 + i % 5 * 4, words, i % 61 * 4);
	}
	ring_unref(&s->ring);
	return NULL;
}

static void *consume(void *arg)
{
	struct side *s = arg;
	uint32_t words[80];
	uint16_t kind;

	for (uint32_t i = 0; i < MANY;) {
		int len = ring_pop(s->ring, &kind, words, sizeof(words));

		if (len == -EAGAIN)
			continue;
		s->wrong += len != (int)(4 + i % 5 * 4 + i % 61 * 4) || kind != (uint16_t)i || words[0] != i || words[len / 4 - 1] != i;
		i++;
	}
	ring_unref(&s->ring);
	return NULL;
}

static void test_two_threads(void)
{
	struct side a = { 0 }, b = { 0 };
	pthread_t p, c;

	CHECK_INT(ring_create(&a.ring, 4096), 0);
	b.ring = ring_ref(a.ring);
	CHECK_INT(thread_start(&p, "produce", produce, &a), 0);
	CHECK_INT(thread_start(&c, "consume", consume, &b), 0);
	pthread_join(p, NULL);
	pthread_join(c, NULL);
	CHECK_INT(b.wrong, 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_sizes), TEST(test_order_and_wrap), TEST(test_full), TEST(test_two_threads) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
