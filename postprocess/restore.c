/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Catalog rows from files. Called by `recroom-pp repair`, main thread.
 *
 *	repair_result ─▶ call, recording │ participants.json, timeline ─▶ people │ metadata.json ─▶ the finished file, if it is there
 */
#include "postprocess/restore.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include "common/fsio.h"
#include "common/json.h"
#include "postprocess/model.h"

enum { FILE_MAX = 64 << 20, FILES = 16 };

/* What metadata.json says of the first finished file, and the files beside it */
struct finished {
	json_t *metadata;
	char *path, *spec;
	struct catalog_file files[FILES];
	char sha256[FILES][SHA256_HEX];
	struct catalog_result result;
};

static const char *plain_name(const char *name)
{
	return name && name[0] && name[0] != '.' && !strchr(name, '/') ? name : NULL;
}

static void add_file(struct finished *f, const char *dir, const char *kind, const char *name, const char *mime, const char *sha256)
{
	g_autofree char *path = g_build_filename(dir, name, NULL), *data = NULL;
	struct catalog_file *file = &f->files[f->result.nfiles];
	size_t len = 0;
	struct stat st;

	if (f->result.nfiles == FILES || lstat(path, &st) || !S_ISREG(st.st_mode))
		return;
	if (!sha256 && fs_read(path, FILE_MAX, &data, &len) == 0) {
		sha256_hex(f->sha256[f->result.nfiles], data, len);
		sha256 = f->sha256[f->result.nfiles];
	}
	*file = (struct catalog_file){ .kind = kind, .name = name, .mime = mime, .sha256 = sha256, .size = st.st_size };
	f->result.nfiles++;
}

/* Thumbnail, texts: as metadata.json names them, hashed again. */
static void add_beside(struct finished *f, const char *dir, json_t *output)
{
	json_t *file;
	size_t i;

	json_array_foreach(json_object_get(output, "files"), i, file) {
		const char *kind = json_str(file, "kind"), *name = plain_name(json_str(file, "name")), *mime = json_str(file, "mime");

		if (kind && name && mime)
			add_file(f, dir, kind, name, mime, NULL);
	}
}

/* True when the finished file is there as metadata.json says. */
static bool find_finished(struct finished *f, const char *dir, const char *id)
{
	g_autofree char *path = g_build_filename(dir, "metadata.json", NULL);
	json_t *output;
	const char *name;

	f->metadata = json_load_file(path, 0, NULL);
	output = json_array_get(json_object_get(f->metadata, "outputs"), 0);
	name = plain_name(json_str(output, "file"));
	if (!name)
		return false;
	add_file(f, dir, "media", name, json_str(output, "mime"), json_str(json_object_get(output, "checksum"), "list"));
	if (!f->result.nfiles || f->files[0].size != json_num(output, "size", -1))
		return false;
	add_file(f, dir, "metadata", "metadata.json", "application/json", NULL);
	add_beside(f, dir, output);
	f->path = g_strdup_printf("%s/%s", id, name);
	f->spec = json_dumps(json_object_get(output, "spec"), JSON_COMPACT);
	f->result.path = f->path;
	f->result.mime = json_str(output, "mime");
	f->result.size = f->files[0].size;
	f->result.duration_ms = json_num(output, "duration_ms", 0);
	f->result.files = f->files;
	f->result.spec = f->spec;
	return true;
}

static int put_people(struct catalog *c, const char *dir, const struct repair_result *r)
{
	struct model *m = NULL;
	int err = model_load(&m, dir);

	for (size_t i = 0; !err && i < m->nparticipants; i++) {
		const struct model_participant *p = m->participants[i];
		int64_t joined_ms = p->npresent ? p->present[0].from_ms : 0, left_ms = p->npresent ? p->present[p->npresent - 1].to_ms : r->duration_ms;

		err = catalog_participant_put(c, r->call, p->id, p->identity, p->name ? p->name : p->id, p->role ? p->role : "guest",
					      r->started_ms + joined_ms, r->started_ms + left_ms);
	}
	model_unref(&m);
	return err;
}

int restore_rows(struct catalog *c, const char *dir, const char *host_id, const struct repair_result *r)
{
	struct finished f = { .metadata = NULL };
	bool done = find_finished(&f, dir, r->id);
	struct catalog_restore row = {
		.recording = { .id = r->id, .room = r->room, .call_id = r->call, .host_id = host_id, .title = r->title, .layout = "grid",
			       .started_ms = r->started_ms },
		.stop = { .stopped_ms = r->started_ms + r->elapsed_ms, .duration_ms = r->duration_ms, .elapsed_ms = r->elapsed_ms, .bytes = r->bytes,
			  .tracks = r->tracks, .chain_hash = r->chain, .flags = r->flags, .reason = r->reason },
		.done = done ? &f.result : NULL,
	};
	int put = catalog_recording_restore(c, &row), err = put > 0 ? put_people(c, dir, r) : 0;

	json_decref(f.metadata);
	g_free(f.path);
	free(f.spec);
	return err ? err : put;
}
