/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See upload_plan.h. Called by upload_job.c and cmd_upload.c.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/json.h"
#include "common/store_key.h"
#include "postprocess/upload_plan.h"

static void *keep(struct upload_plan *p, void *text)
{
	g_ptr_array_add(p->strings, text);
	return text;
}

static json_t *find_output(json_t *row, int output)
{
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(row, "outputs"), i, o)
		if (json_num(o, "id", 0) == output && !g_strcmp0(json_str(o, "state"), "done"))
			return o;
	return NULL;
}

/* ---- checksums of the media, block by block ---- */

/* What metadata.json says of this file, where it says so of these very bytes. */
static json_t *find_blocks(json_t *metadata, const char *name, const char *sha256)
{
	json_t *o, *sum;
	size_t i;

	json_array_foreach(json_object_get(metadata, "outputs"), i, o) {
		sum = json_object_get(o, "checksum");
		if (!g_strcmp0(json_str(o, "file"), name) && sha256 && !g_strcmp0(json_str(sum, "list"), sha256))
			return json_object_get(sum, "blocks");
	}
	return NULL;
}

static char *const *blocks_of(struct upload_plan *p, const char *name, const char *sha256)
{
	json_t *blocks = find_blocks(p->metadata, name, sha256), *b;
	char **list;
	size_t i;

	if (!json_is_array(blocks) || !json_array_size(blocks))
		return NULL;
	list = keep(p, g_new0(char *, json_array_size(blocks) + 1));
	json_array_foreach(blocks, i, b) {
		if (!json_is_string(b) || json_string_length(b) != SHA256_HEX - 1)
			return NULL;
		list[i] = (char *)(uintptr_t)json_string_value(b);
	}
	return list;
}

/* ---- files ---- */

/* metadata.json of the first output lists later ones, and so changes: what the catalog once knew of it does not count, and a newer one replaces it. */
static int add(struct upload_plan *p, json_t *file, bool first, const char *dir, const struct settings_storage *store)
{
	const char *name = json_str(file, "name"), *kind = json_str(file, "kind");
	bool media = !g_strcmp0(kind, "media"), changes = first && !g_strcmp0(kind, "metadata");
	struct upload_file *f = &p->files[p->n];
	char *key = NULL;
	int err = name ? store_key_output(&key, store->prefix, json_str(p->row, "id"), store->public ? json_str(p->row, "public_id") : NULL, name, first) : -EINVAL;

	if (err)
		return err;
	*f = (struct upload_file){ .path = keep(p, g_build_filename(dir, name, NULL)), .name = name, .key = keep(p, key), .mime = json_str(file, "mime"),
				   .sha256 = changes ? NULL : json_str(file, "sha256"), .size = changes ? -1 : json_num(file, "size", 0), .replace = changes };
	if (media)
		f->blocks = blocks_of(p, name, f->sha256);
	p->bytes += MAX(f->size, 0);
	p->n++;
	return 0;
}

static int add_all(struct upload_plan *p, json_t *files, bool media, bool first, const char *dir, const struct settings_storage *store)
{
	json_t *file;
	size_t i;
	int err = 0;

	json_array_foreach(files, i, file)
		if (!err && !g_strcmp0(json_str(file, "kind"), "media") == media)
			err = add(p, file, first, dir, store);
	return err;
}

int upload_plan_make(struct upload_plan *p, json_t *row, int output, const char *dir, const struct settings_storage *store)
{
	json_t *o = find_output(row, output), *files = json_object_get(o, "files");
	g_autofree char *path = g_build_filename(dir, "metadata.json", NULL);
	int err;

	*p = (struct upload_plan){ .row = row, .strings = g_ptr_array_new_with_free_func(g_free) };
	if (!json_array_size(files))
		return -ENOENT;
	p->metadata = json_load_file(path, 0, NULL);
	p->files = g_new0(struct upload_file, json_array_size(files));
	err = add_all(p, files, true, output == 1, dir, store);
	return err ? err : add_all(p, files, false, output == 1, dir, store);
}

void upload_plan_clear(struct upload_plan *p)
{
	json_decref(p->metadata);
	g_free(p->files);
	if (p->strings)
		g_ptr_array_unref(p->strings);
	*p = (struct upload_plan){ .n = 0 };
}

struct catalog_upload_rules upload_rules(const struct settings *set, const char **names)
{
	static const enum storage_role roles[] = { STORAGE_PRIMARY, STORAGE_FALLBACK };
	size_t n = 0;

	for (size_t k = 0; k < G_N_ELEMENTS(roles); k++)
		for (size_t i = 0; i < set->nstorages; i++)
			if (set->storages[i].role == (int)roles[k])
				names[n++] = set->storages[i].name;
	names[n] = NULL;
	return (struct catalog_upload_rules){ .completing = names, .fallback_ms = set->fallback_after_s * 1000LL, .give_up_ms = set->upload_give_up_h * 3600000LL };
}
