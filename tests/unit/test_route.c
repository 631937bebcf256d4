/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/route.c"
#include "test.h"

_Thread_local int locks_held;

static atomic_int freed;

static void on_free(struct sink *s)
{
	atomic_fetch_add(&freed, 1);
	g_free(s);
}

static struct sink *make(void)
{
	struct sink *s = g_new0(struct sink, 1);

	atomic_init(&s->ref, 1);
	s->free = on_free;
	return s;
}

static void test_add_and_remove(void)
{
	struct router r;
	struct sink *a = make(), *b = make();
	struct route *old, *now;

	atomic_store(&freed, 0);
	router_init(&r);
	CHECK(router_add(&r, a));
	CHECK(!router_add(&r, a));
	old = router_get(&r);
	CHECK(router_add(&r, b));
	now = router_get(&r);
	CHECK_INT(old->n, 1);
	CHECK_INT(now->n, 2);
	router_remove(&r, a);
	router_remove(&r, a);
	CHECK_INT(now->n, 2);
	sink_unref(a);
	CHECK_INT(atomic_load(&freed), 0);         /* the snapshots hold it */
	route_unref(old);
	route_unref(now);
	CHECK_INT(atomic_load(&freed), 1);
	sink_unref(b);
	router_destroy(&r);
	CHECK_INT(atomic_load(&freed), 2);
}

static void test_close(void)
{
	struct router r;
	struct sink *a = make(), *b = make();
	struct route *last;

	router_init(&r);
	CHECK(router_add(&r, a));
	last = router_close(&r);
	CHECK_INT(last->n, 1);
	CHECK(last->sinks[0] == a);
	CHECK(!router_add(&r, b));
	route_unref(last);
	last = router_get(&r);
	CHECK_INT(last->n, 0);
	route_unref(last);
	sink_unref(a);
	sink_unref(b);
	router_destroy(&r);
}

enum { ROUNDS = 2000 };

static void *walk(void *arg)
{
	struct router *r = arg;
	size_t sum = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct route *now = router_get(r);

		for (size_t k = 0; k < now->n; k++)
			sum += now->sinks[k]->free == on_free;
		route_unref(now);
	}
	return GSIZE_TO_POINTER(sum);
}

static void test_changes_while_walked(void)
{
	struct router r;
	struct sink *s[4];
	pthread_t t[2];

	router_init(&r);
	for (int i = 0; i < 4; i++)
		s[i] = make();
	for (int i = 0; i < 2; i++)
		CHECK_INT(pthread_create(&t[i], NULL, walk, &r), 0);
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(router_add(&r, s[i % 4]));
		router_remove(&r, s[i % 4]);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < 4; i++)
		sink_unref(s[i]);
	router_destroy(&r);
	CHECK_INT(locks_held, 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_add_and_remove), TEST(test_close), TEST(test_changes_while_walked) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
