/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What two strands and the end of a stream may do to a slot at one time: nothing is left on the route of what it does not carry.
 */
#include "plugins/subscriber.h"
#include "test.h"

/* What happens between a slot's taking a stream and its place on the stream's route. */
static void (*meanwhile)(struct slot *slot);

static bool add_later(struct router *r, struct sink *s)
{
	struct slot *slot = (struct slot *)((char *)s - offsetof(struct slot, sink));

	if (meanwhile)
		meanwhile(slot);
	return router_add(r, s);
}

#define router_add add_later
#include "plugins/slot.c"
#undef router_add

static int asked, released;

void gateway_relay_rtp(janus_plugin_session *handle, janus_plugin_rtp *packet) { (void)handle; (void)packet; }
void stream_want_keyframe(struct stream *st) { (void)st; asked++; }
struct stream *stream_ref(struct stream *st) { atomic_fetch_add(&st->ref, 1); return st; }
void stream_unref(struct stream **st) { released += *st != NULL; if (*st) atomic_fetch_sub(&(*st)->ref, 1); *st = NULL; }
void session_post(struct session *s, void (*run)(struct session *s)) { (void)s; (void)run; }
void strand_post(struct strand *s, task_h *run, void *arg) { (void)s; run(arg, true); }
void slot_tell(struct session *s) { (void)s; }
bool slot_choose_locked(struct slot *slot, struct stream *st, const struct rtp_packet *rtp, const struct layer_tag *tag, struct outgoing *out, int64_t now_us)
{
	(void)slot; (void)st; (void)rtp; (void)tag; (void)out; (void)now_us;
	return false;
}
void slot_reset_layers_locked(struct slot *slot, bool other) { (void)slot; (void)other; }
void subscriber_drop_stream(struct subscriber *sub, const struct stream *st) { (void)sub; (void)st; }
void subscriber_flush(struct subscriber *sub) { (void)sub; }
struct subscriber *subscriber_ref(struct subscriber *sub) { return sub; }
void subscriber_unref(struct subscriber **sub) { *sub = NULL; }

static struct codec codec = { .name = "opus", .rate_hz = 48000 };
static struct stream stream;
static struct slot slot;

static void begin(void)
{
	memset(&stream, 0, sizeof(stream));
	memset(&slot, 0, sizeof(slot));
	atomic_init(&stream.ref, 1);
	atomic_init(&slot.sink.ref, 1);
	router_init(&stream.router);
	stream.codec = slot.codec = &codec;
	lock_init(&slot.lock);
	meanwhile = NULL;
	asked = released = 0;
}

static size_t on_route(void)
{
	struct route *r = router_get(&stream.router);
	size_t n = r->n;

	route_unref(r);
	return n;
}

static void end(void)
{
	CHECK_INT(atomic_load(&stream.ref), 1);
	CHECK_INT(atomic_load(&slot.sink.ref), 1);
	CHECK_INT(locks_held, 0);
	router_destroy(&stream.router);
	lock_destroy(&slot.lock);
}

static void test_attached_and_detached(void)
{
	begin();
	CHECK(slot_attach(&slot, &stream));
	CHECK_INT(on_route(), 1);
	CHECK_INT(asked, 1);
	CHECK(slot_carries(&slot, &stream));
	slot_detach(&slot);
	slot_detach(&slot);
	CHECK_INT(on_route(), 0);
	CHECK_INT(released, 1);
	end();
}

static void detach_now(struct slot *s)
{
	slot_detach(s);
}

/* The one that detached it found nothing to remove. */
static void test_detached_before_it_was_on_the_route(void)
{
	begin();
	meanwhile = detach_now;
	slot_attach(&slot, &stream);
	CHECK_INT(on_route(), 0);
	CHECK(!slot_carries(&slot, &stream));
	CHECK_INT(released, 1);
	end();
}

static void end_stream(struct slot *s)
{
	struct route *last = router_close(&stream.router);

	(void)s;
	CHECK_INT(last->n, 0);
	route_unref(last);
}

/* The stream ends just then: it tells those on its route, and this one is not. */
static void test_stream_ends_before_it_was_on_the_route(void)
{
	begin();
	meanwhile = end_stream;
	CHECK(!slot_attach(&slot, &stream));
	CHECK(!slot_carries(&slot, &stream));
	CHECK_INT(released, 1);
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_attached_and_detached), TEST(test_detached_before_it_was_on_the_route), TEST(test_stream_ends_before_it_was_on_the_route),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
