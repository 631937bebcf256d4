/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/keyframe.c"
#include "test.h"

_Thread_local int locks_held;

/* The session and its strand, as far as keyframes know them. */
static struct { task_h *run[16]; void *arg[16]; unsigned n, plis; } posted;

struct session *session_ref(struct session *s) { atomic_fetch_add(&s->ref, 1); return s; }
void session_unref(struct session **s) { atomic_fetch_sub(&(*s)->ref, 1); *s = NULL; }
void gateway_pli(janus_plugin_session *handle, int mindex) { (void)handle; posted.plis += mindex == 2; }

void strand_post(struct strand *s, task_h *run, void *arg)
{
	(void)s;
	posted.run[posted.n] = run;
	posted.arg[posted.n++] = arg;
}

static unsigned sent(void)
{
	unsigned before = posted.plis;

	for (unsigned i = 0; i < posted.n; i++)
		posted.run[i](posted.arg[i], false);
	posted.n = 0;
	return posted.plis - before;
}

static void test_gate(void)
{
	struct keyframe_gate g = { 0 };

	CHECK(keyframe_gate_ask(&g, 1000));
	CHECK(!keyframe_gate_due(&g, 1000 + KEYFRAME_INTERVAL_US));            /* nobody asked */
	CHECK(!keyframe_gate_ask(&g, 2000));
	CHECK(!keyframe_gate_ask(&g, 3000));
	CHECK(!keyframe_gate_due(&g, 1000 + KEYFRAME_INTERVAL_US - 1));
	CHECK(keyframe_gate_due(&g, 1000 + KEYFRAME_INTERVAL_US));             /* not lost, and once */
	CHECK(!keyframe_gate_due(&g, 1000 + 2 * KEYFRAME_INTERVAL_US));
	CHECK(keyframe_gate_ask(&g, 1000 + 3 * KEYFRAME_INTERVAL_US));
}

/* The beginning of a recording does not wait for the interval, and what was held back is served with it. */
static void test_gate_now(void)
{
	struct keyframe_gate g = { 0 };

	CHECK(keyframe_gate_ask(&g, 1000));
	CHECK(!keyframe_gate_ask_now(&g, 1000 + KEYFRAME_FRESH_US - 1));
	CHECK(!keyframe_gate_ask(&g, 1000 + KEYFRAME_FRESH_US));
	CHECK(keyframe_gate_due(&g, 1000 + KEYFRAME_FRESH_US));
	CHECK(!keyframe_gate_ask(&g, 200000));
	CHECK(keyframe_gate_ask_now(&g, 300000));
	CHECK(!keyframe_gate_due(&g, 1000 + KEYFRAME_INTERVAL_US));
	CHECK(!keyframe_gate_due(&g, 300000 + KEYFRAME_INTERVAL_US));
	/* The one under way has come, and is of no use. */
	CHECK(keyframe_gate_ask_again(&g, 310000));
	CHECK(!keyframe_gate_ask_now(&g, 320000));
}

static void test_requests(void)
{
	struct session s = { .ref = 1 };
	struct keyframe *k = keyframe_create(&s, 2);
	int64_t now_us = clock_mono_us();

	for (int i = 0; i < 10; i++)
		keyframe_request(k);
	CHECK_INT(sent(), 1);
	keyframe_tick(now_us);
	CHECK_INT(sent(), 0);
	keyframe_tick(now_us + 2 * KEYFRAME_INTERVAL_US);
	CHECK_INT(sent(), 1);
	keyframe_tick(now_us + 4 * KEYFRAME_INTERVAL_US);
	CHECK_INT(sent(), 0);
	keyframe_request_now(k);                   /* one is under way */
	CHECK_INT(sent(), 0);
	keyframe_request(k);                       /* held back when the plugin goes */
	keyframe_exit();
	keyframe_unref(&k);
	CHECK_INT(atomic_load(&s.ref), 1);
}

static void test_gone_session_is_left_alone(void)
{
	struct session s = { .ref = 1, .gone = true };
	struct keyframe *k = keyframe_create(&s, 2);

	keyframe_request(k);
	CHECK_INT(sent(), 0);
	keyframe_unref(&k);
	CHECK_INT(atomic_load(&s.ref), 1);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_gate), TEST(test_gate_now), TEST(test_requests), TEST(test_gone_session_is_left_alone) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
