/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading the configuration again. Asked for by an operator (request_operate.c), on a disk thread or that of the Admin API; one at a time.
 *
 *   file ─▶ settings ─▶ what may not change is kept as it is ─▶ in use from now on ─▶ rooms of the file: new ones made, changed ones set
 *
 * A room that the file says the same of as before stays as it is, edited or not. One that is not in the file any more stays until it is destroyed.
 */
#include <errno.h>
#include <stdatomic.h>
#include "common/log.h"
#include "common/settings_change.h"
#include "plugins/life.h"
#include "plugins/lobby.h"
#include "plugins/reload.h"
#include "plugins/room.h"

/* Of what the plugin reads beside rooms: other sections are recroom-pp's. A key NULL: the whole section. What is not named needs a restart. */
static const struct { const char *section, *key; } may_change[] = {
	{ "general", "admin_key" }, { "general", "token_ttl_s" }, { "general", "max_rooms" }, { "general", "max_sessions" },
	{ "limits", NULL },
	{ "capture", "chunk_ms" }, { "capture", "reorder_ms" }, { "capture", "stall_budget_ms" }, { "capture", "min_free_mb" },
	{ "capture", "min_free_inodes" }, { "capture", "durability" }, { "capture", "call_end_grace_s" },
	{ "mix", NULL },
};
static const char sections[] = "general limits capture mix";

static atomic_flag busy = ATOMIC_FLAG_INIT;

static bool may(const char *section, const char *key)
{
	bool found = false;

	for (size_t i = 0; !found && i < G_N_ELEMENTS(may_change); i++)
		found = !strcmp(may_change[i].section, section) && (!may_change[i].key || !strcmp(may_change[i].key, key));
	return found;
}

static void add(json_t *reply, const char *name, const char *what)
{
	json_array_append_new(json_object_get(reply, name), json_string(what));
}

static void put_room(const struct settings_room *conf, const struct settings_room *before, json_t *reply)
{
	struct room *r = room_find(conf->id);
	enum app_error err = APP_OK;

	if (r && before && settings_room_equal(conf, before)) {
		room_unref(&r);
		return;
	}
	if (r) {
		room_configure(r, conf);
		lobby_reconsider(r);
	} else {
		err = room_create(conf, NULL, NULL, NULL);
	}
	if (err)
		log_warn("room %s: not made: %s", conf->id, app_error_info(err)->sentence);
	add(reply, err ? "refused" : r ? "changed" : "added", conf->id);
	room_unref(&r);
}

static void put_rooms(const struct settings *next, const struct settings *now, json_t *reply)
{
	for (size_t i = 0; i < next->nrooms; i++)
		put_room(&next->rooms[i], settings_room_find(now, next->rooms[i].id), reply);
	for (size_t i = 0; i < now->nrooms; i++)
		if (!settings_room_find(next, now->rooms[i].id))
			add(reply, "gone", now->rooms[i].id);
}

static void put_names(json_t *reply, const char *name, const GPtrArray *names)
{
	for (guint i = 0; i < names->len; i++)
		add(reply, name, names->pdata[i]);
}

/* Rooms come last: they are made under the new limits. */
static void use(struct settings *next, json_t *reply)
{
	GPtrArray *changed = g_ptr_array_new_with_free_func(g_free), *kept = g_ptr_array_new_with_free_func(g_free);
	struct settings *before;

	settings_keep(next, life_settings(), sections, may, changed, kept);
	put_names(reply, "settings", changed);
	put_names(reply, "restart", kept);
	before = life_set_settings(next);
	put_rooms(next, before, reply);
	settings_drop_lists(before);
	log_info("the configuration was read again: %u settings changed, %u wait for a restart; %zu rooms new, %zu changed", changed->len, kept->len,
		 json_array_size(json_object_get(reply, "added")), json_array_size(json_object_get(reply, "changed")));
	g_ptr_array_unref(changed);
	g_ptr_array_unref(kept);
}

static enum app_error read_again(struct request *r)
{
	struct settings *next = NULL;
	char why[512] = "";
	int err = settings_load(&next, life_config(), false, why, sizeof(why));

	if (err) {
		log_warn("the configuration stays as it was: %s", why[0] ? why : err_str(err));
		g_snprintf(r->why, sizeof(r->why), "The configuration stays as it was: %.150s.", why[0] ? why : err_str(err));
		return APP_INVALID_ELEMENT;
	}
	r->reply = json_pack("{ss s[] s[] s[] s[] s[] s[]}", "recroom", "success", "added", "changed", "gone", "refused", "settings", "restart");
	use(next, r->reply);
	return APP_OK;
}

enum app_error reload(struct request *r)
{
	enum app_error err;

	if (atomic_flag_test_and_set(&busy)) {
		g_strlcpy(r->why, "The configuration is being read already.", sizeof(r->why));
		return APP_UNAVAILABLE;
	}
	err = read_again(r);
	atomic_flag_clear(&busy);
	return err;
}
