/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The life of the fake core and its handles.
 *
 *   test thread ── request ─────────────────▶ handle_message
 *               ── rtp, rtcp, up, hangup ──▶ queue ─▶ loop thread of the handle ─▶ setup_media incoming_* hangup_media destroy_session
 */
#include <dlfcn.h>
#include <glib.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/fsio.h"
#include "tests/plugin/fake_core.h"

enum { FORGET_MS = 20000 };

#define EXPORT __attribute__((visibility("default")))

/* What the .so takes from the executable. */
EXPORT int lock_debug, refcount_debug, janus_log_level = 5, janus_version = 1102;
EXPORT gboolean janus_log_timestamps, janus_log_colors;
EXPORT char *janus_log_global_prefix;
EXPORT void janus_vprintf(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

struct fake_core fake = { .lock = LOCK_INIT };
_Thread_local bool fake_on_loop;

static char folder[64];
static void *library;
static atomic_int broken;

void janus_vprintf(const char *fmt, ...)
{
	va_list ap;

	if (!getenv("RECROOM_TEST_VERBOSE"))
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

EXPORT janus_plugin_result *janus_plugin_result_new(janus_plugin_result_type type, const char *text, json_t *content)
{
	janus_plugin_result *r = g_new0(janus_plugin_result, 1);

	r->type = type;
	r->text = text;
	r->content = content;
	return r;
}

EXPORT void janus_plugin_result_destroy(janus_plugin_result *r)
{
	json_decref(r->content);
	g_free(r);
}

void fake_broken(const char *fmt, ...)
{
	va_list ap;

	atomic_fetch_add(&broken, 1);
	printf("BROKEN RULE: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

int fake_broken_rules(void)
{
	return atomic_load(&broken);
}

const char *fake_folder(void)
{
	return folder;
}

janus_plugin *fake_plugin(void)
{
	return fake.plugin;
}

static int load(void)
{
	const char *path = getenv("RECROOM_PLUGIN");
	create_p *create;

	if (library)
		return 0;
	library = dlopen(path ? path : PLUGIN_PATH, RTLD_NOW | RTLD_GLOBAL);
	if (!library) {
		printf("%s\n", dlerror());
		return -1;
	}
	create = (create_p *)dlsym(library, "create");
	fake.plugin = create ? create() : NULL;
	return fake.plugin ? 0 : -1;
}

int fake_restart(void)
{
	int err = load();

	return err ? err : fake.plugin->init(&fake_callbacks, folder);
}

int fake_prepare(const char *general, const char *config)
{
	char *text;
	int err;

	g_snprintf(folder, sizeof(folder), "%s/recroom-plugin-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(folder))
		return -1;
	text = g_strdup_printf("general: { recordings = \"%s/recordings\"; admin_key = \"adminadmin\"; %s }\n%s\n", folder, general, config);
	err = fs_write_atomic(folder, "janus.plugin.recroom.jcfg", text, strlen(text), 0644, 0);
	g_free(text);
	return err;
}

int fake_start(const char *general, const char *config)
{
	int err = fake_prepare(general, config);

	return err ? err : fake_restart();
}

int fake_adopt(const char *path)
{
	g_strlcpy(folder, path, sizeof(folder));
	return fake_restart();
}

/* --- the loop of a handle --- */

static struct item *next_item(struct fake_handle *h)
{
	struct item *it;

	lock_take(&h->lock);
	h->busy = false;
	cond_broadcast(&h->changed);
	while (!h->first || h->held)
		cond_wait(&h->changed, &h->lock);
	it = h->first;
	if (it) {
		h->first = it->next;
		if (!h->first)
			h->last = NULL;
		h->busy = true;
	}
	lock_release(&h->lock);
	return it;
}

/* The byte of a header extension in the one-byte form, or -1. */
static int extension(const struct item *it, int id)
{
	const uint8_t *p = (const uint8_t *)it->data + 16;
	int left = it->len >= 20 && it->data[0] & 0x10 ? (p[-2] << 8 | p[-1]) * 4 : 0;

	for (left = MIN(left, it->len - 16); left > 1; left -= 2 + (*p & 15), p += 2 + (*p & 15)) {
		if (!*p)
			return -1;
		if (*p >> 4 == id)
			return p[1];
	}
	return -1;
}

static void deliver_rtp(struct fake_handle *h, struct item *it)
{
	janus_plugin_rtp p = { .mindex = it->mindex, .video = it->video, .buffer = it->data, .length = it->len };
	int level = it->video ? -1 : extension(it, FAKE_LEVEL_ID), turned = it->video ? extension(it, FAKE_ROTATION_ID) : -1;

	p.extensions.audio_level = (int8_t)(level < 0 ? -1 : level & 127);
	p.extensions.video_rotation = (int16_t)(turned < 0 ? -1 : (turned & 3) * 90);
	p.extensions.min_delay = p.extensions.max_delay = -1;
	fake.plugin->incoming_rtp(h->session, &p);
}

static void deliver_rtcp(struct fake_handle *h, struct item *it)
{
	janus_plugin_rtcp p = { .mindex = it->mindex, .video = it->video, .buffer = it->data, .length = it->len };

	fake.plugin->incoming_rtcp(h->session, &p);
}

static void deliver_detach(struct fake_handle *h)
{
	int error = 0;

	fake.plugin->hangup_media(h->session);
	fake.plugin->destroy_session(h->session, &error);
	if (error)
		fake_broken("destroy_session gave %d", error);
}

/* False when the loop is over. The core lets nothing in once a handle is detached, but for hanging up and detaching; it looks into the session for
 * that, until destroy_session has been delivered. */
static bool deliver(struct fake_handle *h, struct item *it)
{
	bool alive;

	if (atomic_load(&h->freed)) {
		fake_broken("a handle was freed before destroy_session was delivered");
		return false;
	}
	alive = !g_atomic_int_get(&h->session->stopped);
	if (it->kind == ITEM_UP && alive)
		fake.plugin->setup_media(h->session);
	else if (it->kind == ITEM_RTP && alive && atomic_load(&h->up))
		deliver_rtp(h, it);
	else if (it->kind == ITEM_RTCP && alive && atomic_load(&h->up))
		deliver_rtcp(h, it);
	else if (it->kind == ITEM_HANGUP)
		fake.plugin->hangup_media(h->session);
	else if (it->kind == ITEM_DETACH)
		deliver_detach(h);
	return it->kind != ITEM_DETACH;
}

static void *loop_main(void *arg)
{
	struct fake_handle *h = arg;
	struct item *it;
	bool going = true;

	fake_on_loop = true;
	while (going && (it = next_item(h))) {
		going = deliver(h, it);
		g_free(it);
	}
	lock_take(&h->lock);
	h->busy = false;
	h->ended = true;
	cond_broadcast(&h->changed);
	lock_release(&h->lock);
	return NULL;
}

static void enqueue(struct fake_handle *h, enum item_kind kind, int mindex, bool video, const void *data, uint16_t len)
{
	struct item *it = g_malloc0(sizeof(*it) + len);

	it->kind = kind;
	it->mindex = mindex;
	it->video = video;
	it->len = len;
	if (len)
		memcpy(it->data, data, len);
	lock_take(&h->lock);
	if (h->ended || (kind != ITEM_DETACH && h->detached)) {
		g_free(it);
	} else if (kind == ITEM_HANGUP || !h->first) {
		it->next = h->first;
		h->first = it;
		if (!it->next)
			h->last = it;
	} else {
		h->last->next = it;
		h->last = it;
	}
	cond_broadcast(&h->changed);
	lock_release(&h->lock);
}

void fake_rtp(struct fake_handle *h, int mindex, bool video, const void *data, uint16_t len)
{
	enqueue(h, ITEM_RTP, mindex, video, data, len);
}

void fake_rtcp(struct fake_handle *h, int mindex, bool video, const void *data, uint16_t len)
{
	enqueue(h, ITEM_RTCP, mindex, video, data, len);
}

void fake_media_up(struct fake_handle *h)
{
	if (!atomic_exchange(&h->up, true))
		enqueue(h, ITEM_UP, 0, false, NULL, 0);
}

void fake_hangup(struct fake_handle *h)
{
	atomic_store(&h->up, false);
	enqueue(h, ITEM_HANGUP, 0, false, NULL, 0);
}

void fake_hold(struct fake_handle *h, bool hold)
{
	lock_take(&h->lock);
	h->held = hold;
	cond_broadcast(&h->changed);
	lock_release(&h->lock);
}

void fake_settle(struct fake_handle *h)
{
	lock_take(&h->lock);
	while ((h->first || h->busy) && !h->ended)
		cond_wait(&h->changed, &h->lock);
	lock_release(&h->lock);
}

/* --- handles --- */

static void session_free(const janus_refcount *ref)
{
	janus_plugin_session *s = (janus_plugin_session *)((char *)(uintptr_t)ref - offsetof(janus_plugin_session, ref));
	struct fake_handle *h = s->gateway_handle;

	atomic_store(&h->freed, true);
	g_free(s);
}

struct fake_handle *fake_attach(void)
{
	struct fake_handle *h = g_new0(struct fake_handle, 1);
	int error = 0;

	h->session = g_malloc0(sizeof(*h->session));
	memset(&h->session->ref, 0x5a, sizeof(h->session->ref));   /* as in the core: not initialised yet */
	h->session->gateway_handle = h;
	lock_init(&h->lock);
	lock_init(&h->mutex);
	cond_init(&h->changed);
	fake.plugin->create_session(h->session, &error);
	if (error) {
		g_free(h->session);
		g_free(h);
		return NULL;
	}
	janus_refcount_init(&h->session->ref, session_free);
	janus_refcount_increase(&h->session->ref);
	lock_take(&fake.lock);
	h->next = fake.handles;
	fake.handles = h;
	lock_release(&fake.lock);
	if (thread_start(&h->loop, "fake-loop", loop_main, h))
		abort();
	return h;
}

void fake_detach(struct fake_handle *h)
{
	bool first;

	lock_take(&h->lock);
	first = !h->detached;
	h->detached = true;
	lock_release(&h->lock);
	if (!first)
		return;
	/* The loop needs the session until it has delivered; the core's own reference goes before that, the plugin's must hold it. */
	g_atomic_int_set(&h->session->stopped, 1);
	janus_refcount_decrease(&h->session->ref);
	enqueue(h, ITEM_DETACH, 0, false, NULL, 0);
}

/* --- the end --- */

/* The loop ends when it has delivered destroy_session. */
static void end_loop(struct fake_handle *h)
{
	fake_detach(h);
	fake_hold(h, false);
	pthread_join(h->loop, NULL);
}

/* After destroy() a handle that lives has the core's reference and the one that the plugin gives back when destroy_session comes. */
static void check_living(struct fake_handle *h)
{
	if (h->detached)
		return;
	if (atomic_load(&h->freed))
		fake_broken("a living handle was freed");
	else if (g_atomic_int_get(&h->session->ref.count) != 2)
		fake_broken("a living handle has %d references after destroy(), not 2", g_atomic_int_get(&h->session->ref.count));
}

static void check_gone(struct fake_handle *h)
{
	if (!atomic_load(&h->freed))
		fake_broken("a detached handle still has %d references", g_atomic_int_get(&h->session->ref.count));
}

static void free_handle(struct fake_handle *h)
{
	for (struct item *it = h->first, *next; it; it = next) {
		next = it->next;
		g_free(it);
	}
	for (struct fake_event *e = h->events, *next; e; e = next) {
		next = e->next;
		g_free(e->transaction);
		json_decref(e->message);
		json_decref(e->jsep);
		g_free(e);
	}
	for (int i = 0; i < FAKE_MLINES; i++)
		g_free(h->lines[i].packets);
	lock_destroy(&h->lock);
	lock_destroy(&h->mutex);
	cond_destroy(&h->changed);
	g_free(h);
}

void fake_forget(struct fake_handle *h)
{
	int64_t until_us = clock_mono_us() + FORGET_MS * INT64_C(1000);
	struct fake_handle **at;

	end_loop(h);
	while (!atomic_load(&h->freed) && clock_mono_us() < until_us)
		usleep(1000);
	check_gone(h);
	lock_take(&fake.lock);
	for (at = &fake.handles; *at != h;)
		at = &(*at)->next;
	*at = h->next;
	lock_release(&fake.lock);
	free_handle(h);
}

/* Janus' loops go on while the plugin is destroyed, and after. */
static void knock_once_more(struct fake_handle *h)
{
	static const uint8_t packet[13] = { 0x80, 111, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 1, 0xfc };

	if (atomic_load(&h->up))
		fake_rtp(h, 0, false, packet, sizeof(packet));
	if (!h->held)
		fake_settle(h);
}

int fake_stop(void)
{
	return fake_stop_while(NULL, NULL);
}

int fake_stop_while(void (*join)(void *arg), void *arg)
{
	struct fake_handle *h, *next;

	fake.plugin->destroy();
	if (join)
		join(arg);
	for (h = fake.handles; h; h = h->next)
		knock_once_more(h);
	for (h = fake.handles; h; h = h->next)
		check_living(h);
	for (h = fake.handles; h; h = h->next)
		end_loop(h);
	for (h = fake.handles; h; h = next) {
		next = h->next;
		check_gone(h);
		free_handle(h);
	}
	fake.handles = NULL;
	return atomic_load(&broken);
}

void fake_cleanup(void)
{
	fs_remove_tree(folder);
}
