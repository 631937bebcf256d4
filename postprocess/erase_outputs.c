/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which finished files hold somebody, and away with them. Called by erase.c. An output stays only if its metadata say that it was made without the person.
 *
 *	metadata.json ─ spec ─▶ output.* and what stands beside it: all or nothing
 *	outputs/N-*.json ─ spec ─▶ outputs/N-*
 *	spools and temporary files: always
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/json.h"
#include "common/people.h"
#include "postprocess/erase_private.h"

enum { METADATA_MAX = 64 << 20 };

/* What is not made of the chunks stays; everything else in the directory is. */
static const char *const captured[] = { "timeline.jsonl", "participants.json", "chat.jsonl", "state.json", "chunks", "outputs", ERASE_NOTE, NULL };

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

/* Do these metadata say of every output they name that it was made without the person? */
static bool made_without(const struct erasing *e, int at, const char *name)
{
	json_t *doc = read_json(at, name), *outputs = json_object_get(doc, "outputs"), *o;
	bool without = json_array_size(outputs) > 0, later = is_later(json_object_get(doc, "call"), e->conf->participant);
	size_t i;

	json_array_foreach(outputs, i, o)
		without = without && (later || people_left_out_of(json_object_get(o, "spec"), e->conf->participant));
	json_decref(doc);
	return without;
}

/* ---- the first output ---- */

static int take_made(struct erasing *e, int at, const char *name)
{
	if (g_strv_contains(captured, name) || g_str_has_prefix(name, "timeline.jsonl."))
		return 0;
	return erase_remove(e, at, name);
}

static int take_hidden(struct erasing *e, int at, const char *name)
{
	return name[0] == '.' && strcmp(name, ERASE_NOTE) ? erase_remove(e, at, name) : 0;
}

/* The media, by their names; a recording that has none, for example after a crash here, needs one. */
static int count_media(struct erasing *e, int at, const char *name)
{
	(void)at;
	e->out->primary_gone &= !g_str_has_prefix(name, "output.") || g_str_has_suffix(name, ".vtt");
	return 0;
}

static int take_primary(struct erasing *e)
{
	bool keep = made_without(e, e->dir, "metadata.json");
	int err;

	e->out->primary_gone = true;
	err = erase_each(e->dir, ".", count_media, e);
	if (!err && keep)
		err = erase_each(e->dir, ".", take_hidden, e);
	if (err || keep) {
		e->out->kept += keep;
		return err;
	}
	e->out->outputs += !e->out->primary_gone;
	e->out->primary_gone = true;
	err = erase_remove(e, e->dir, "metadata.json");        /* first: it names the others, which verify would miss */
	return err ? err : erase_each(e->dir, ".", take_made, e);
}

/* ---- the others ---- */

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

	if (n)
		g_hash_table_add(e->seen, GINT_TO_POINTER(n));
	if (n && g_str_has_suffix(name, ".json") && made_without(e, at, name))
		g_hash_table_add(e->kept, GINT_TO_POINTER(n));
	return 0;
}

static int take_output(struct erasing *e, int at, const char *name)
{
	int n = number_of(name);

	return n && g_hash_table_contains(e->kept, GINT_TO_POINTER(n)) ? 0 : erase_remove(e, at, name);
}

static int take_others(struct erasing *e)
{
	int err;

	e->seen = g_hash_table_new(NULL, NULL);
	e->kept = g_hash_table_new(NULL, NULL);
	err = erase_each(e->dir, "outputs", look_at_output, e);
	if (!err)
		err = erase_each(e->dir, "outputs", take_output, e);
	e->out->kept += g_hash_table_size(e->kept);
	e->out->outputs += g_hash_table_size(e->seen) - g_hash_table_size(e->kept);
	g_hash_table_unref(e->seen);
	g_hash_table_unref(e->kept);
	return err;
}

int erase_outputs(struct erasing *e)
{
	int err = take_primary(e);

	return err ? err : take_others(e);
}
