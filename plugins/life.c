/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Init and destroy, on Janus' main thread. Parts are started in the order of the table and ended in the opposite one; a part that does not start ends
 * those before it.
 *
 *   destroy(): no new callbacks ─▶ wait for those under way ─▶ Janus is left alone ─▶ parts end, recordings first drained, catalog last
 */
#include "config.h"
#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>
#include "common/fsio.h"
#include "plugins/accesses.h"
#include "plugins/auto.h"
#include "plugins/capture.h"
#include "plugins/claim.h"
#include "plugins/follow.h"
#include "plugins/gateway.h"
#include "plugins/keyframe.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/news.h"
#include "plugins/orphans.h"
#include "plugins/recording.h"
#include "plugins/room.h"
#include "plugins/session.h"
#include "plugins/task.h"
#include "plugins/ticker.h"

enum { TASK_THREADS = 4, DISK_THREADS = 8, RUNDOWN_STEP_US = 1000, LOOK_US = 1000000, DIR_MODE = 02770 };

static struct {
	_Atomic(struct settings *) settings;
	GPtrArray *before;         /* of those in use earlier: somebody may still look at them */
	char *config;              /* path */
	struct token_keys *keys;
	struct strand *files;      /* that may have changed */
	int64_t looked_us;         /* ticker thread */
	struct ledger *ledger;
	atomic_bool open;          /* callbacks may come in */
	atomic_int inside;
	size_t parts;              /* started */
} life;

const struct settings *life_settings(void)
{
	return life.settings;
}

struct settings *life_set_settings(struct settings *next)
{
	struct settings *before = atomic_exchange(&life.settings, next);

	g_ptr_array_add(life.before, before);
	return before;
}

const char *life_config(void)
{
	return life.config;
}

struct token_keys *life_keys(void)
{
	return life.keys;
}

struct ledger *life_ledger(void)
{
	return life.ledger;
}

/* The count goes up before the look, so that destroy() either sees us or we see it. */
bool life_enter(void)
{
	atomic_fetch_add(&life.inside, 1);
	if (atomic_load(&life.open))
		return true;
	atomic_fetch_sub(&life.inside, 1);
	return false;
}

void life_leave(void)
{
	atomic_fetch_sub(&life.inside, 1);
}

static int start_directory(void)
{
	return fs_mkdirs(life.settings->recordings, DIR_MODE);
}

static void look_at_files(void *arg, bool cancelled)
{
	if (!cancelled)
		token_keys_reload(arg);
}

void life_tick(int64_t now_us)
{
	if (now_us - life.looked_us < LOOK_US || strand_pending(life.files))
		return;
	life.looked_us = now_us;
	strand_post(life.files, look_at_files, life.keys);
}

static int start_keys(void)
{
	char why[512] = "";
	int err = token_keys_open(&life.keys, life.settings, true, why, sizeof(why));

	if (err)
		log_error("%s", why);
	else
		life.files = strand_create(TASK_DISK);
	return err;
}

static void end_keys(void)
{
	strand_unref(&life.files);
	token_keys_unref(&life.keys);
}

static int start_tasks(void)
{
	news_init();
	auto_init();
	return task_init(TASK_THREADS, DISK_THREADS);
}

static void end_tasks(void)
{
	auto_exit();
	news_exit();
}

static int start_ledger(void)
{
	static const struct ledger_handlers handlers = { news_event, news_progress, recordings_stale };

	return ledger_start(&life.ledger, life.settings, &handlers, NULL);
}

static void end_ledger(void)
{
	ledger_stop(&life.ledger);
}

static int start_capture(void)
{
	return capture_init(life.settings);
}

static int start_recordings(void)
{
	recordings_init();
	follow_init();
	accesses_init();
	return 0;
}

static void end_recordings(void)
{
	accesses_exit();
	follow_exit();
	recordings_free();
}

static int start_rooms(void)
{
	return rooms_init(life.settings);
}

static const struct part {
	const char *name;
	int (*start)(void);
	void (*end)(void);
} parts[] = {
	{ "task threads", start_tasks, end_tasks },
	{ "recordings directory", start_directory, NULL },
	{ "keys of the tokens", start_keys, end_keys },
	{ "catalog", start_ledger, end_ledger },
	{ "capture", start_capture, capture_exit },
	{ "recordings", start_recordings, end_recordings },
	{ "claims", claims_init, claims_exit },
	{ "rooms", start_rooms, rooms_exit },
	{ "sessions", sessions_init, sessions_exit },
	{ "search for open recordings", orphans_start, orphans_free },
	{ "ticker", ticker_start, NULL },
};

static void free_settings(gpointer p)
{
	struct settings *s = p;

	settings_unref(&s);
}

/* First what makes work, then the work that is left (recordings drain here), then what it works with. */
static void end_parts(void)
{
	gateway_close();
	ticker_stop();
	orphans_stop();
	recordings_exit();
	task_exit();
	while (life.parts) {
		const struct part *p = &parts[--life.parts];

		if (p->end)
			p->end();
	}
	keyframe_exit();
	free_settings(life.settings);
	life.settings = NULL;
	g_ptr_array_unref(life.before);
	g_clear_pointer(&life.config, g_free);
	log_set_handler(NULL, NULL);
}

static int start_parts(void)
{
	int err = 0;

	for (size_t i = 0; !err && i < G_N_ELEMENTS(parts); i++) {
		err = parts[i].start();
		if (err)
			log_error("the plugin does not start: %s: %s (recordings in %s)", parts[i].name, err_str(err), life.settings->recordings);
		else
			life.parts = i + 1;
	}
	return err;
}

static int load_settings(const char *folder)
{
	char *path = g_strdup_printf("%s/janus.plugin.recroom.jcfg", folder), why[512] = "";
	struct settings *s = NULL;
	int err = settings_load(&s, path, true, why, sizeof(why));

	if (err) {
		log_error("the plugin does not start: %s", why[0] ? why : err_str(err));
		g_free(path);
		return err;
	}
	life.settings = s;
	life.before = g_ptr_array_new_with_free_func(free_settings);
	life.config = path;
	return 0;
}

int life_init(janus_callbacks *callbacks, janus_plugin *self, const char *config_folder)
{
	char core[96];
	int err;

	log_set_handler(compat_log, NULL);
	if (!callbacks || !config_folder)
		return -EINVAL;
	err = load_settings(config_folder);
	if (err) {
		log_set_handler(NULL, NULL);
		return err;
	}
	gateway_open(callbacks, self);
	err = start_parts();
	if (err) {
		end_parts();
		return err;
	}
	atomic_store(&life.open, true);
	compat_describe(compat_core_version(), core, sizeof(core));
	log_info("janus-recroom %s started %s: %zu rooms, recordings in %s", PACKAGE_VERSION, core, life.settings->nrooms, life.settings->recordings);
	return 0;
}

void life_destroy(void)
{
	if (!atomic_exchange(&life.open, false))
		return;
	while (atomic_load(&life.inside))
		usleep(RUNDOWN_STEP_US);
	end_parts();
}
