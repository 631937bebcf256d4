/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which finished files hold somebody, and away with them. Called by erase.c. An output stays only if its metadata say that it was made without the person.
 *
 *	metadata.json: an entry an output ─ spec ─▶ output.* and what stands beside it: all or nothing
 *	outputs/N-*.json ─ spec ─▶ outputs/N-*
 *	metadata.json without the entries that go, and without the person ─▶ then the files; spools and temporary files always
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/json.h"
#include "common/people.h"
#include "postprocess/erase_private.h"

enum { METADATA_MAX = 64 << 20, METADATA_MODE = 0640 };
#define METADATA "metadata.json"

/* What is not made of the chunks stays; everything else in the directory is. */
static const char *const captured[] = { "timeline.jsonl", "participants.json", "chat.jsonl", "state.json", "chunks", "outputs", METADATA, ERASE_NOTE, NULL };

static json_t *read_json(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	json_t *o = NULL;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size <= METADATA_MAX)
		o = json_loadfd(fd, 0, NULL);
	close(fd);
	return o;
}

/* Were they written after the person was erased? Metadata name everybody the model had. */
static bool is_later(json_t *call, const char *participant)
{
	json_t *people = json_object_get(call, "participants"), *flags = json_object_get(call, "flags"), *v;
	bool flagged = false, absent = json_is_array(people);
	size_t i;

	json_array_foreach(flags, i, v)
		flagged = flagged || !g_strcmp0(json_string_value(v), "erased");
	json_array_foreach(people, i, v)
		absent = absent && json_str(v, "id") && strcmp(json_str(v, "id"), participant);
	return flagged && absent;
}

static bool made_without(const struct erasing *e, json_t *doc, json_t *output)
{
	return people_left_out_of(json_object_get(output, "spec"), e->conf->participant) || is_later(json_object_get(doc, "call"), e->conf->participant);
}

/* Do these metadata say so of every output they name? */
static bool all_without(const struct erasing *e, int at, const char *name)
{
	json_t *doc = read_json(at, name), *outputs = json_object_get(doc, "outputs"), *o;
	bool without = json_array_size(outputs) > 0;
	size_t i;

	json_array_foreach(outputs, i, o)
		without = without && made_without(e, doc, o);
	json_decref(doc);
	return without;
}

/* ---- what goes ---- */

static void keep(struct erasing *e, int number)
{
	g_hash_table_add(e->kept, GINT_TO_POINTER(number));
}

static bool is_kept(const struct erasing *e, int number)
{
	return g_hash_table_contains(e->kept, GINT_TO_POINTER(number));
}

/* "2-speaker-1280x720.json", or that of its siblings: the number, 0 if there is none */
static int number_of(const char *name)
{
	gint64 n = 0;
	size_t digits = strspn(name, "0123456789");
	g_autofree char *text = g_strndup(name, digits);

	return digits && name[digits] == '-' && g_ascii_string_to_signed(text, 10, 1, G_MAXINT32, &n, NULL) ? (int)n : 0;
}

static int look_at_output(struct erasing *e, int at, const char *name)
{
	int n = number_of(name);

	if (n > 1)
		g_hash_table_add(e->seen, GINT_TO_POINTER(n));
	if (n > 1 && g_str_has_suffix(name, ".json") && all_without(e, at, name))
		keep(e, n);
	return 0;
}

static int look_at_media(struct erasing *e, int at, const char *name)
{
	(void)at;
	if (g_str_has_prefix(name, "output.") && !g_str_has_suffix(name, ".vtt"))
		g_hash_table_add(e->seen, GINT_TO_POINTER(1));
	return 0;
}

/* The first output without media, for example after a crash here, is to be made. */
static int look(struct erasing *e, json_t *doc)
{
	json_t *o;
	size_t i;
	int err = erase_each(e->dir, ".", look_at_media, e);

	if (!err)
		err = erase_each(e->dir, "outputs", look_at_output, e);
	json_array_foreach(json_object_get(doc, "outputs"), i, o)
		if (json_num(o, "id", 1) == 1 && g_hash_table_contains(e->seen, GINT_TO_POINTER(1)) && made_without(e, doc, o))
			keep(e, 1);
	e->out->kept = g_hash_table_size(e->kept);
	e->out->outputs = g_hash_table_size(e->seen) - e->out->kept;
	e->out->primary_gone = !is_kept(e, 1);
	return err;
}

/* ---- metadata.json ---- */

static void drop_person(const struct erasing *e, json_t *call)
{
	json_t *people = json_object_get(call, "participants"), *flags = json_object_get(call, "flags"), *v;
	bool flagged = false;

	for (size_t i = json_array_size(people); i-- > 0;)
		if (!g_strcmp0(json_str(json_array_get(people, i), "id"), e->conf->participant))
			json_array_remove(people, i);
	for (size_t i = 0; (v = json_array_get(flags, i)); i++)
		flagged = flagged || !g_strcmp0(json_string_value(v), "erased");
	if (json_is_array(flags) && !flagged)
		json_array_append_new(flags, json_string("erased"));
}

/* Before the files, so that none it names is missed; where nothing is left to be named, no file is left. */
static int rewrite(const struct erasing *e, json_t *doc)
{
	json_t *outputs = json_object_get(doc, "outputs");
	char *text;
	int err;

	for (size_t i = json_array_size(outputs); i-- > 0;)
		if (!is_kept(e, (int)json_num(json_array_get(outputs, i), "id", 1)))
			json_array_remove(outputs, i);
	if (!json_array_size(outputs))
		return erase_remove(e, e->dir, METADATA);
	drop_person(e, json_object_get(doc, "call"));
	text = json_dumps(doc, JSON_INDENT(2) | JSON_REAL_PRECISION(8));
	err = text ? fs_write_atomic(e->conf->dir, METADATA, text, strlen(text), METADATA_MODE, 1) : -ENOMEM;
	free(text);
	return err;
}

/* ---- the files ---- */

static int take_made(struct erasing *e, int at, const char *name)
{
	bool is_captured = g_strv_contains(captured, name) || g_str_has_prefix(name, "timeline.jsonl.");

	return is_captured || (is_kept(e, 1) && name[0] != '.') ? 0 : erase_remove(e, at, name);
}

static int take_output(struct erasing *e, int at, const char *name)
{
	return is_kept(e, number_of(name)) ? 0 : erase_remove(e, at, name);
}

int erase_outputs(struct erasing *e)
{
	json_t *doc = read_json(e->dir, METADATA);
	int err;

	e->seen = g_hash_table_new(NULL, NULL);
	e->kept = g_hash_table_new(NULL, NULL);
	err = look(e, doc);
	if (!err && !e->conf->dry_run)
		err = rewrite(e, doc);
	if (!err)
		err = erase_each(e->dir, ".", take_made, e);
	if (!err)
		err = erase_each(e->dir, "outputs", take_output, e);
	g_hash_table_unref(e->seen);
	g_hash_table_unref(e->kept);
	json_decref(doc);
	return err;
}
