/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Catalog rows from files. Called by `recroom-pp repair`, main thread.
 *
 *	repair_result ─▶ call, recording │ participants.json, timeline ─▶ people, consents │ metadata.json ─▶ the finished files that are there │ state.json ─▶ hold, until when
 */
#include "postprocess/restore.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "common/fsio.h"
#include "common/json.h"
#include "postprocess/model.h"
#include "postprocess/state_file.h"

enum { FILE_MAX = 64 << 20, FILES = 104, NUMBER_MAX = 1000000 };

/* What metadata.json says of a finished output, and the files beside it */
struct finished {
	int number;
	char *path, *spec, *metadata;
	struct catalog_file files[FILES];
	char sha256[FILES][SHA256_HEX];
	struct catalog_result result;
};

/* Only the first output's files are in the recording's directory itself. */
static const char *safe_name(const struct finished *f, const char *name)
{
	const char *folder = f->number > 1 ? "outputs/" : "", *base = name && g_str_has_prefix(name, folder) ? name + strlen(folder) : "";

	return base[0] && base[0] != '.' && !strchr(base, '/') ? name : NULL;
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
		const char *kind = json_str(file, "kind"), *name = safe_name(f, json_str(file, "name")), *mime = json_str(file, "mime");

		if (kind && name && mime)
			add_file(f, dir, kind, name, mime, NULL);
	}
}

/* The metadata of its own that a later output has. */
static char *metadata_name(const char *media)
{
	const char *dot = strrchr(media, '.');

	return g_strdup_printf("%.*s.json", (int)(dot ? dot - media : (ptrdiff_t)strlen(media)), media);
}

/* True when the finished output is there as metadata.json says. */
static bool find_finished(struct finished *f, const char *dir, const char *id, json_t *output)
{
	const char *name;

	f->number = (int)CLAMP(json_num(output, "id", 0), 0, NUMBER_MAX);
	name = f->number ? safe_name(f, json_str(output, "file")) : NULL;
	if (!name)
		return false;
	add_file(f, dir, "media", name, json_str(output, "mime"), json_str(json_object_get(output, "checksum"), "list"));
	if (!f->result.nfiles || f->files[0].size != json_num(output, "size", -1))
		return false;
	f->metadata = f->number > 1 ? metadata_name(name) : g_strdup("metadata.json");
	add_file(f, dir, "metadata", f->metadata, "application/json", NULL);
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

static void finished_clear(struct finished *f)
{
	g_free(f->metadata);
	g_free(f->path);
	free(f->spec);
}

static int put_later(struct catalog *c, const char *dir, const char *id, json_t *outputs)
{
	json_t *o;
	size_t i;
	int err = 0;

	json_array_foreach(outputs, i, o) {
		struct finished f = { 0 };

		if (!err && find_finished(&f, dir, id, o) && f.number > 1)
			err = catalog_output_restore(c, id, f.number, &f.result);
		finished_clear(&f);
	}
	return err;
}

/* The last thing that is known of everybody, and when they were told. */
static int put_consents(struct catalog *c, const struct model *m, const char *id)
{
	int err = 0;

	for (size_t i = 0; !err && i < m->nconsents; i++) {
		const struct model_consent *last = &m->consents[i];
		int64_t told_ms = 0;

		for (size_t k = 0; k <= i; k++) {
			const struct model_consent *one = &m->consents[k];

			if (!strcmp(one->participant, last->participant) && !strcmp(one->state, "told"))
				told_ms = one->wall_ms;
		}
		err = catalog_consent_put(c, id, last->participant, last->state, told_ms, last->wall_ms);
	}
	return err;
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
	if (!err)
		err = put_consents(c, m, r->id);
	model_unref(&m);
	return err;
}

int restore_rows(struct catalog *c, const char *dir, const char *host_id, const struct repair_result *r)
{
	g_autofree char *path = g_build_filename(dir, "metadata.json", NULL);
	json_t *metadata = json_load_file(path, 0, NULL), *outputs = json_object_get(metadata, "outputs");
	struct finished f = { 0 };
	bool done = find_finished(&f, dir, r->id, json_array_get(outputs, 0)) && f.number == 1;
	struct catalog_restore row = {
		.recording = { .id = r->id, .room = r->room, .call_id = r->call, .host_id = host_id, .title = r->title, .layout = "grid",
			       .started_ms = r->started_ms },
		.stop = { .stopped_ms = r->started_ms + r->elapsed_ms, .duration_ms = r->duration_ms, .elapsed_ms = r->elapsed_ms, .bytes = r->bytes,
			  .tracks = r->tracks, .chain_hash = r->chain, .flags = r->flags, .reason = r->reason },
		.done = done ? &f.result : NULL,
	};
	int put = catalog_recording_restore(c, &row), err = put > 0 ? put_people(c, dir, r) : 0;

	if (put > 0 && !err)
		err = put_later(c, dir, r->id, outputs);
	if (put > 0 && !err)
		err = state_file_restore(c, dir, r->id);
	finished_clear(&f);
	json_decref(metadata);
	return err ? err : put;
}
