/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the plugin calls in the fake core, on any thread, and the requests and questions of the tests.
 */
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/json.h"
#include "tests/plugin/fake_core.h"

enum { ANSWER_MS = 20000, SLOW_MS = 500, RTP_HEADER = 12 };

/* The handle behind a session the plugin shows us; it must hold a reference while it does. */
static struct fake_handle *handle_of(janus_plugin_session *s, const char *call)
{
	if (g_atomic_int_get(&s->ref.count) <= 0)
		fake_broken("%s on a handle without references", call);
	return s->gateway_handle;
}

static void add_event(struct fake_handle *h, const char *transaction, json_t *message, json_t *jsep)
{
	struct fake_event *e = g_new0(struct fake_event, 1);

	/* Copies, so that nobody's references meet between threads. */
	e->transaction = g_strdup(transaction);
	e->message = json_deep_copy(message);
	e->jsep = json_deep_copy(jsep);
	e->at_us = clock_mono_us();
	lock_take(&h->lock);
	if (h->last_event)
		h->last_event->next = e;
	else
		h->events = e;
	h->last_event = e;
	if (transaction)
		for (struct fake_event *o = h->events; o != e; o = o->next)
			if (o->transaction && !strcmp(o->transaction, transaction))
				fake_broken("transaction %s was answered twice", transaction);
	cond_broadcast(&h->changed);
	lock_release(&h->lock);
}

void fake_push(struct fake_handle *h, enum fake_pushing how)
{
	lock_take(&h->lock);
	h->pushing = how;
	cond_broadcast(&h->changed);
	lock_release(&h->lock);
}

/* False: the transport does not take it. */
static bool transport_takes(struct fake_handle *h)
{
	bool takes;

	lock_take(&h->lock);
	while (h->pushing == FAKE_PUSH_WAITS && !h->detached)
		cond_wait(&h->changed, &h->lock);
	takes = h->pushing == FAKE_PUSH_TAKEN;
	lock_release(&h->lock);
	return takes;
}

static int on_push_event(janus_plugin_session *s, janus_plugin *plugin, const char *transaction, json_t *message, json_t *jsep)
{
	struct fake_handle *h = handle_of(s, "push_event");

	if (plugin != fake.plugin || !json_is_object(message))
		fake_broken("push_event with a wrong plugin or a message that is no object");
	if (g_atomic_int_get(&s->stopped))
		return -2;
	if (jsep && fake_on_loop)
		fake_broken("push_event with a jsep on a loop thread");
	if (jsep) {
		/* Gathering happens under the handle's mutex. */
		lock_take(&h->mutex);
		lock_release(&h->mutex);
		if (atomic_load(&h->failing))
			return 465;
		lock_take(&h->lock);
		h->negotiated = true;
		lock_release(&h->lock);
	}
	if (!transaction && !transport_takes(h))
		return -1;
	add_event(h, transaction, message, jsep);
	return 0;
}

static struct fake_packet parse(const janus_plugin_rtp *p)
{
	const uint8_t *b = (const uint8_t *)p->buffer;
	struct fake_packet k = { .mindex = p->mindex, .video = p->video, .length = p->length, .at_us = clock_mono_us(),
				 .level = p->extensions.audio_level, .rotation = p->extensions.video_rotation };
	size_t header = RTP_HEADER + 4 * (size_t)(b[0] & 15), payload;

	if (b[0] & 0x10 && header + 4 <= p->length)
		header += 4 + 4 * (size_t)(b[header + 2] << 8 | b[header + 3]);
	payload = p->length > header ? p->length - header : 0;

	k.marker = b[1] >> 7;
	k.pt = b[1] & 127;
	k.seq = (uint16_t)(b[2] << 8 | b[3]);
	k.ts = (uint32_t)b[4] << 24 | (uint32_t)b[5] << 16 | (uint32_t)b[6] << 8 | b[7];
	memcpy(k.head, b + header, MIN(payload, sizeof(k.head)));
	if (payload >= sizeof(k.tail))
		memcpy(k.tail, b + p->length - sizeof(k.tail), sizeof(k.tail));
	return k;
}

static _Atomic(void (*)(janus_plugin_session *, janus_plugin_rtp *)) relay_to;

void fake_relay_to(void (*f)(janus_plugin_session *handle, janus_plugin_rtp *packet))
{
	atomic_store(&relay_to, f);
}

static void on_relay_rtp(janus_plugin_session *s, janus_plugin_rtp *p)
{
	void (*elsewhere)(janus_plugin_session *, janus_plugin_rtp *) = atomic_load(&relay_to);
	struct fake_handle *h = handle_of(s, "relay_rtp");
	struct fake_line *l;

	if (elsewhere) {
		elsewhere(s, p);
		return;
	}
	if (p->length < RTP_HEADER || p->mindex < 0 || p->mindex >= FAKE_MLINES) {
		fake_broken("relay_rtp with mindex %d and %d bytes", p->mindex, p->length);
		return;
	}
	if (g_atomic_int_get(&s->stopped) || !atomic_load(&h->up))
		return;
	lock_take(&h->lock);
	l = &h->lines[p->mindex];
	if (l->npackets == l->size) {
		l->size = l->size ? 2 * l->size : 256;
		l->packets = g_renew(struct fake_packet, l->packets, l->size);
	}
	l->packets[l->npackets++] = parse(p);
	cond_broadcast(&h->changed);
	lock_release(&h->lock);
}

static void on_relay_rtcp(janus_plugin_session *s, janus_plugin_rtcp *p)
{
	struct fake_handle *h = handle_of(s, "relay_rtcp");

	const uint8_t *b = (const uint8_t *)p->buffer;

	lock_take(&h->mutex);
	lock_release(&h->mutex);
	if (p->length < 20 || memcmp(b + 12, "REMB", 4))
		return;
	lock_take(&h->lock);
	h->remb = ((uint64_t)(b[17] & 3) << 16 | (uint64_t)b[18] << 8 | b[19]) << (b[17] >> 2);
	h->rembs++;
	cond_broadcast(&h->changed);
	lock_release(&h->lock);
}

static void on_relay_data(janus_plugin_session *s, janus_plugin_data *d)
{
	(void)d;
	handle_of(s, "relay_data");
}

static void on_send_pli_stream(janus_plugin_session *s, int mindex)
{
	struct fake_handle *h = handle_of(s, "send_pli_stream");

	lock_take(&h->mutex);
	lock_release(&h->mutex);
	lock_take(&h->lock);
	if (mindex >= 0 && mindex < FAKE_MLINES)
		h->lines[mindex].plis++;
	else
		fake_broken("send_pli_stream for m-line %d", mindex);
	/* Under the lock, so that nobody is called any more once fake_on_pli() has returned. */
	if (h->on_pli)
		h->on_pli(mindex, h->on_pli_arg);
	cond_broadcast(&h->changed);
	lock_release(&h->lock);
}

static void on_send_pli(janus_plugin_session *s)
{
	(void)s;
	fake_broken("send_pli walks the m-lines without a lock in Janus 1.1.2; send_pli_stream is to be used");
}

static void on_send_remb(janus_plugin_session *s, guint32 bitrate)
{
	(void)bitrate;
	handle_of(s, "send_remb");
}

static void on_close_pc(janus_plugin_session *s)
{
	struct fake_handle *h = handle_of(s, "close_pc");

	lock_take(&h->lock);
	h->closed_pcs++;
	cond_broadcast(&h->changed);
	lock_release(&h->lock);
	if (!g_atomic_int_get(&s->stopped))
		fake_hangup(h);
}

static void on_end_session(janus_plugin_session *s)
{
	fake_detach(handle_of(s, "end_session"));
}

static gboolean on_events_is_enabled(void)
{
	return TRUE;
}

/* What the event handlers were told of recordings: "event recording". */
static struct lock told_lock = LOCK_INIT;
static GPtrArray *told;

static void note_event(json_t *event)
{
	const char *type = json_str(event, "event"), *recording = json_str(event, "recordingId");

	if (!type || !recording)
		return;
	lock_take(&told_lock);
	if (!told)
		told = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(told, g_strdup_printf("%s %s", type, recording));
	lock_release(&told_lock);
}

int fake_notified(const char *event, const char *recording)
{
	char *line = g_strdup_printf("%s %s", event, recording);
	int n = 0;

	lock_take(&told_lock);
	for (guint i = 0; told && i < told->len; i++)
		n += !strcmp(told->pdata[i], line);
	lock_release(&told_lock);
	g_free(line);
	return n;
}

static void on_notify_event(janus_plugin *plugin, janus_plugin_session *s, json_t *event)
{
	if (plugin != fake.plugin || !json_is_object(event))
		fake_broken("notify_event with a wrong plugin or an event that is no object");
	if (s)
		handle_of(s, "notify_event");
	note_event(event);
	json_decref(event);
}

static gboolean on_auth_is_signed(void)
{
	return FALSE;
}

static gboolean on_auth_valid(janus_plugin *plugin, const char *token)
{
	(void)plugin;
	if (!token)
		fake_broken("auth_is_signature_valid without a token crashes Janus");
	return TRUE;
}

static gboolean on_auth_contains(janus_plugin *plugin, const char *token, const char *descriptor)
{
	(void)plugin;
	(void)token;
	(void)descriptor;
	return TRUE;
}

janus_callbacks fake_callbacks = {
	.push_event = on_push_event,
	.relay_rtp = on_relay_rtp,
	.relay_rtcp = on_relay_rtcp,
	.relay_data = on_relay_data,
	.send_pli = on_send_pli,
	.send_pli_stream = on_send_pli_stream,
	.send_remb = on_send_remb,
	.close_pc = on_close_pc,
	.end_session = on_end_session,
	.events_is_enabled = on_events_is_enabled,
	.notify_event = on_notify_event,
	.auth_is_signed = on_auth_is_signed,
	.auth_is_signature_valid = on_auth_valid,
	.auth_signature_contains = on_auth_contains,
};

/* --- requests --- */

void fake_send(struct fake_handle *h, const char *transaction, json_t *body, json_t *jsep)
{
	char *mine = transaction ? g_strdup(transaction) : g_strdup_printf("t%u", atomic_fetch_add(&fake.transactions, 1));
	char *copy = g_strdup(mine);
	janus_plugin_result *r;
	bool gone;

	lock_take(&h->lock);
	gone = h->detached;
	if (jsep && h->negotiated)
		json_object_set_new(jsep, "update", json_true());
	lock_release(&h->lock);
	if (gone) {
		/* The core looks, too, before it calls; what happens in between is the plugin's affair. */
		json_decref(body);
		json_decref(jsep);
		g_free(mine);
		g_free(copy);
		return;
	}
	r = fake.plugin->handle_message(h->session, mine, body, jsep);
	if (!r)
		fake_broken("handle_message gave no result");
	else if (r->type == JANUS_PLUGIN_ERROR)
		fake_broken("handle_message gave an error of the core: %s", r->text ? r->text : "");
	else if (r->type == JANUS_PLUGIN_OK && !json_is_object(r->content))
		fake_broken("handle_message gave a result that is no object");
	else if (r->type == JANUS_PLUGIN_OK)
		add_event(h, copy, r->content, NULL);
	if (r)
		janus_plugin_result_destroy(r);
	g_free(copy);
}

static struct fake_event *find_answer_locked(struct fake_handle *h, const char *transaction)
{
	for (struct fake_event *e = h->events; e; e = e->next)
		if (e->transaction && !strcmp(e->transaction, transaction))
			return e;
	return NULL;
}

json_t *fake_request(struct fake_handle *h, json_t *body, json_t *jsep, json_t **jsep_out)
{
	int64_t asked_us = clock_mono_us(), deadline_us = asked_us + ANSWER_MS * 1000;
	char *request = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY), transaction[24];
	struct fake_event *e;

	snprintf(transaction, sizeof(transaction), "t%u", atomic_fetch_add(&fake.transactions, 1));
	fake_send(h, transaction, body, jsep);
	lock_take(&h->lock);
	while (!(e = find_answer_locked(h, transaction)) && cond_wait_until(&h->changed, &h->lock, deadline_us))
		;
	if (e)
		e->taken = true;
	lock_release(&h->lock);
	if (!e)
		fake_broken("no answer to %s", request);
	else if (e->at_us - asked_us > SLOW_MS * 1000)
		printf("%s was answered after %d ms\n", request, (int)((e->at_us - asked_us) / 1000));
	free(request);
	if (jsep_out)
		*jsep_out = e ? e->jsep : NULL;
	return e ? e->message : NULL;
}

json_t *fake_ask(struct fake_handle *h, const char *fmt, ...)
{
	char *text;
	json_t *body;
	va_list ap;

	va_start(ap, fmt);
	text = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	g_strdelimit(text, "'", '"');
	body = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (!body)
		fake_broken("the test's own JSON is wrong: %s", text);
	g_free(text);
	return body ? fake_request(h, body, NULL, NULL) : NULL;
}

json_t *fake_query(struct fake_handle *h)
{
	json_t *o;

	lock_take(&h->mutex);
	o = fake.plugin->query_session(h->session);
	lock_release(&h->mutex);
	if (!json_is_object(o))
		fake_broken("query_session gave no object");
	return o;
}

janus_plugin_session *fake_session(struct fake_handle *h)
{
	return h->session;
}

void fake_fail_negotiation(struct fake_handle *h, bool fail)
{
	atomic_store(&h->failing, fail);
}

/* --- questions --- */

static bool fits(const struct fake_event *e, const char *key, const char *value)
{
	const json_t *v = strcmp(key, "jsep") ? json_object_get(e->message, key) : e->jsep ? json_object_get(e->jsep, "type") : NULL;
	char number[24];

	if (!v || !value)
		return v;
	if (json_is_integer(v)) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		return !strcmp(number, value);
	}
	return json_is_string(v) && !strcmp(json_string_value(v), value);
}

static struct fake_event *find_locked(struct fake_handle *h, const char *key, const char *value)
{
	for (struct fake_event *e = h->events; e; e = e->next)
		if (!e->taken && fits(e, key, value))
			return e;
	return NULL;
}

static struct fake_event *wait_event(struct fake_handle *h, const char *key, const char *value, int timeout_ms, bool take)
{
	int64_t deadline_us = clock_mono_us() + timeout_ms * INT64_C(1000);
	struct fake_event *e;

	lock_take(&h->lock);
	while (!(e = find_locked(h, key, value)) && cond_wait_until(&h->changed, &h->lock, deadline_us))
		;
	if (e && take)
		e->taken = true;
	lock_release(&h->lock);
	return e;
}

struct fake_event *fake_expect(struct fake_handle *h, const char *key, const char *value, int timeout_ms)
{
	return wait_event(h, key, value, timeout_ms, true);
}

struct fake_event *fake_await(struct fake_handle *h, const char *key, const char *value, int timeout_ms)
{
	return wait_event(h, key, value, timeout_ms, false);
}

int fake_count(struct fake_handle *h, const char *key, const char *value)
{
	int n = 0;

	lock_take(&h->lock);
	for (struct fake_event *e = h->events; e; e = e->next)
		n += fits(e, key, value);
	lock_release(&h->lock);
	return n;
}

void fake_drop_events(struct fake_handle *h)
{
	lock_take(&h->lock);
	for (struct fake_event *e = h->events; e; e = e->next)
		e->taken = true;
	lock_release(&h->lock);
}

static unsigned count_locked(struct fake_handle *h, int mindex, bool plis)
{
	unsigned n = 0;

	for (int i = 0; i < FAKE_MLINES; i++)
		if (mindex < 0 || mindex == i)
			n += plis ? h->lines[i].plis : h->lines[i].npackets;
	return n;
}

static unsigned count_of(struct fake_handle *h, int mindex, bool plis)
{
	unsigned n;

	lock_take(&h->lock);
	n = count_locked(h, mindex, plis);
	lock_release(&h->lock);
	return n;
}

static bool wait_count(struct fake_handle *h, int mindex, bool plis, unsigned n, int timeout_ms)
{
	int64_t deadline_us = clock_mono_us() + timeout_ms * INT64_C(1000);
	bool reached;

	lock_take(&h->lock);
	while (!(reached = count_locked(h, mindex, plis) >= n) && cond_wait_until(&h->changed, &h->lock, deadline_us))
		;
	lock_release(&h->lock);
	return reached;
}

unsigned fake_relayed(struct fake_handle *h, int mindex)
{
	return count_of(h, mindex, false);
}

bool fake_wait_relayed(struct fake_handle *h, int mindex, unsigned n, int timeout_ms)
{
	return wait_count(h, mindex, false, n, timeout_ms);
}

bool fake_wait_remb(struct fake_handle *h, uint64_t bitrate, int timeout_ms)
{
	int64_t deadline_us = clock_mono_us() + timeout_ms * INT64_C(1000);
	bool reached;

	lock_take(&h->lock);
	while (!(reached = h->remb <= bitrate && h->remb > bitrate - bitrate / 1000) && cond_wait_until(&h->changed, &h->lock, deadline_us))
		;
	lock_release(&h->lock);
	return reached;
}

unsigned fake_rembs(struct fake_handle *h)
{
	unsigned n;

	lock_take(&h->lock);
	n = h->rembs;
	lock_release(&h->lock);
	return n;
}

unsigned fake_plis(struct fake_handle *h, int mindex)
{
	return count_of(h, mindex, true);
}

bool fake_wait_plis(struct fake_handle *h, int mindex, unsigned n, int timeout_ms)
{
	return wait_count(h, mindex, true, n, timeout_ms);
}

struct fake_packet *fake_packets(struct fake_handle *h, int mindex, unsigned *n)
{
	struct fake_packet *copy;

	lock_take(&h->lock);
	*n = h->lines[mindex].npackets;
	copy = g_memdup2(h->lines[mindex].packets, *n * sizeof(*copy));
	lock_release(&h->lock);
	return copy;
}

unsigned fake_closed_pcs(struct fake_handle *h)
{
	unsigned n;

	lock_take(&h->lock);
	n = h->closed_pcs;
	lock_release(&h->lock);
	return n;
}

void fake_on_pli(struct fake_handle *h, void (*f)(int mindex, void *arg), void *arg)
{
	lock_take(&h->lock);
	h->on_pli = f;
	h->on_pli_arg = arg;
	lock_release(&h->lock);
}
