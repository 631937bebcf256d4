/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writes metadata.json. Called by compose when an output is finished. The same recording and spec give the same text: no clock is read here.
 *
 *	metadata_call ─┐
 *	               ├▶ document of this output ─▶ laid over what is there already ─▶ metadata.json
 *	metadata_output┘
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/metadata_private.h"

enum { SCHEMA_VERSION = 1, FILE_MAX = 64 << 20, FILE_MODE = 0640 };
static const char NAME[] = "metadata.json";

int metadata_output_id(const char *output)
{
	const char *base = strrchr(output, '/');
	int id = atoi(base ? base + 1 : output);

	return id > 0 ? id : 1;
}

static bool leaves_out(const struct output_spec *s)
{
	return s->only[0] || s->without[0] || s->from_ms || s->to_ms;
}

static json_t *document(const struct metadata_conf *conf)
{
	return json_pack("{s:i,s:o,s:[o]}", "schema_version", SCHEMA_VERSION, "call", metadata_call(conf), "outputs", metadata_output(conf));
}

static char *text_of(json_t *doc)
{
	char *text = json_dumps(doc, JSON_INDENT(2) | JSON_REAL_PRECISION(8)), *line;
	size_t n;

	if (!text)
		abort();       /* every string in it is valid UTF-8: only memory can be out */
	n = strlen(text);
	line = realloc(text, n + 2);
	if (!line)
		abort();
	memcpy(line + n, "\n", 2);
	return line;
}

char *metadata_text(const struct metadata_conf *conf)
{
	json_t *doc = document(conf);
	char *text = text_of(doc);

	json_decref(doc);
	return text;
}

/* ---- with what is there ---- */

/** What is there, if it is a document of ours; else an empty one. */
static json_t *read_old(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, NAME, NULL), *text = NULL;
	json_t *doc;
	size_t len;

	if (fs_read(path, FILE_MAX, &text, &len))
		return json_object();
	doc = json_loadb(text, len, 0, NULL);
	if (json_is_object(doc) && json_num(doc, "schema_version", 0) == SCHEMA_VERSION)
		return doc;
	log_warn("%s: not a document of this version; written anew", path);
	json_decref(doc);
	return json_object();
}

/** Members nobody knows stay in it. */
static void lay_over(json_t *doc, const char *key, json_t *value)
{
	json_t *old = json_object_get(doc, key);

	if (json_is_object(old))
		json_object_update(old, value);
	else
		json_object_set(doc, key, value);
}

/** Outputs are in order of their numbers. */
static void put_output(json_t *doc, json_t *entry)
{
	json_t *list = json_object_get(doc, "outputs"), *o;
	int64_t id = json_num(entry, "id", 0);
	size_t at = 0, i;

	if (!json_is_array(list)) {
		json_object_set_new(doc, "outputs", json_array());
		list = json_object_get(doc, "outputs");
	}
	json_array_foreach(list, i, o) {
		at += json_num(o, "id", 0) < id;
		if (json_num(o, "id", 0) == id) {
			json_array_set(list, i, entry);
			return;
		}
	}
	json_array_insert(list, at, entry);
}

/** An entry from the document that a later output has of its own, if its media is there. */
static void adopt_output(json_t *doc, const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, "outputs", name, NULL), *media = NULL;
	json_t *own = json_load_file(path, 0, NULL), *entry = json_array_get(json_object_get(own, "outputs"), 0);
	const char *file = json_str(entry, "file");

	if (file && g_str_has_prefix(file, "outputs/") && !strstr(file, "..") && json_num(entry, "id", 0) > 1) {
		media = g_build_filename(dir, file, NULL);
		if (!access(media, F_OK))
			put_output(doc, entry);
	}
	json_decref(own);
}

/** Where metadata.json was lost, or taken away with somebody who was erased, the later outputs still tell of themselves. */
static void adopt_outputs(json_t *doc, const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "outputs", NULL);
	GDir *outputs = g_dir_open(path, 0, NULL);
	const char *name;

	while (outputs && (name = g_dir_read_name(outputs)))
		if (g_str_has_suffix(name, ".json") && name[0] != '.')
			adopt_output(doc, dir, name);
	if (outputs)
		g_dir_close(outputs);
}

static int merge(const struct metadata_conf *conf, char **text)
{
	json_t *doc = read_old(conf->dir), *mine = document(conf);
	int err;

	if (!json_is_array(json_object_get(doc, "outputs")))
		adopt_outputs(doc, conf->dir);
	if (!leaves_out(conf->spec) || !json_is_object(json_object_get(doc, "call")))
		lay_over(doc, "call", json_object_get(mine, "call"));
	json_object_set_new(doc, "schema_version", json_integer(SCHEMA_VERSION));
	put_output(doc, json_array_get(json_object_get(mine, "outputs"), 0));
	*text = text_of(doc);
	err = fs_write_atomic(conf->dir, NAME, *text, strlen(*text), FILE_MODE, 1);
	json_decref(doc);
	json_decref(mine);
	if (!err)
		return 0;
	free(*text);
	*text = NULL;
	return err;
}

int metadata_write(const struct metadata_conf *conf, char **text)
{
	int fd = open(conf->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = flock(fd, LOCK_EX) ? -errno : merge(conf, text);
	close(fd);
	return err;
}
