/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The lines of chunk files: those that are left, where the file is as they say, else what the file says itself; and of its segment and person, where theirs are
 * gone. Called by repair_lines, main thread.
 */
#include <string.h>
#include "common/json.h"
#include "postprocess/repair_private.h"

enum { FRAME_MAX_MS = 60000 };

static void set_chunk(json_t *line, const struct chunk_name *n)
{
	json_object_update_new(line, json_pack("{s:s,s:s,s:I}", "participant", n->participant, "source", n->source, "segment", (json_int_t)n->segment));
}

/* Its line, as far as the file tells; `old` lends what only it knew, and may be NULL. */
static json_t *chunk_line(const struct rebuild *r, const struct found *f, const char *file, json_t *old)
{
	int64_t from_ms = (int64_t)f->name.index * r->chunk_ms, t_ms = CLAMP(f->probe.from_ms, from_ms, from_ms + r->chunk_ms - 1);
	int64_t end_ms = CLAMP(f->probe.end_ms, t_ms + 1, t_ms + FRAME_MAX_MS);
	static const char *const lent[] = { "rtp_first", "rtp_last" };
	json_t *line = rebuild_new_line(r, "chunk", t_ms);

	set_chunk(line, &f->name);
	json_object_update_new(line, json_pack("{s:I,s:s,s:I}", "index", (json_int_t)f->name.index, "file", file, "end_ms", (json_int_t)end_ms));
	for (size_t i = 0; i < G_N_ELEMENTS(lent); i++)
		if (json_is_integer(json_object_get(old, lent[i])))
			json_object_set(line, lent[i], json_object_get(old, lent[i]));
	json_object_update_new(line, json_pack("{s:i,s:I,s:I,s:b,s:s}", "frames", f->probe.frames, "bytes", (json_int_t)f->probe.bytes, "lost",
					       (json_int_t)MAX(json_num(old, "lost", 0), 0), "keyframe", f->probe.keyframe, "sha256",
					       f->probe.sha256));
	return line;
}

void rebuild_missing(struct rebuild *r, const struct chunk_name *n, int64_t from_ms, int64_t to_ms)
{
	json_t *line = rebuild_new_line(r, "gap", from_ms);

	json_object_set_new(line, "to_ms", json_integer(to_ms));
	set_chunk(line, n);
	json_object_set_new(line, "reason", json_string("missing"));
	rebuild_add(r, RANK_OTHER, line);
}

static bool was_erased(const struct rebuild *r, const struct chunk_name *n)
{
	for (guint i = 0; i < r->items->len; i++) {
		json_t *o = ((const struct item *)r->items->pdata[i])->line;
		bool erased = !strcmp(rebuild_text(o, "type"), "erased") || (!strcmp(rebuild_text(o, "type"), "gap") && !strcmp(rebuild_text(o, "reason"), "erased"));

		if (erased && !strcmp(rebuild_text(o, "participant"), n->participant) && (!json_str(o, "source") || !strcmp(rebuild_text(o, "source"), n->source)))
			return true;
	}
	return false;
}

/* A line whose file is away: kept where it was erased, else a gap. */
static void take_line_without_file(struct rebuild *r, json_t *o, const struct chunk_name *n)
{
	int64_t t_ms = json_num(o, "t_ms", 0), end_ms = json_num(o, "end_ms", t_ms);

	if (was_erased(r, n)) {
		struct item *it = rebuild_add(r, RANK_CHUNK, json_incref(o));

		g_strlcpy(it->was, rebuild_text(o, "sha256"), sizeof(it->was));
		return;
	}
	r->out->missing++;
	rebuild_missing(r, n, t_ms, CLAMP(end_ms, t_ms, t_ms + FRAME_MAX_MS));
}

/* Is the line about the file that is there, and in its second? */
static bool fits(const struct rebuild *r, json_t *o, const struct found *f)
{
	int64_t t_ms = json_num(o, "t_ms", -1), from_ms = (int64_t)f->name.index * r->chunk_ms;

	return !strcmp(rebuild_text(o, "sha256"), f->probe.sha256) && t_ms >= from_ms && t_ms < from_ms + r->chunk_ms && json_num(o, "end_ms", -1) >= t_ms &&
	       !strcmp(rebuild_text(o, "participant"), f->name.participant) && !strcmp(rebuild_text(o, "source"), f->name.source) &&
	       json_num(o, "segment", -1) == f->name.segment && json_num(o, "index", -1) == f->name.index;
}

static void take_line_with_file(struct rebuild *r, json_t *o, const struct found *f, const char *file)
{
	const char *was = json_str(o, "was") ? json_str(o, "was") : rebuild_text(o, "sha256");
	bool same = fits(r, o, f);
	struct item *it = rebuild_add(r, RANK_CHUNK, same ? json_incref(o) : chunk_line(r, f, file, o));

	it->file = f;
	g_strlcpy(it->was, was, sizeof(it->was));
	if (same)
		return;
	r->out->altered++;
	if (strlen(was) == SHA256_HEX - 1 && strcmp(was, f->probe.sha256))
		json_object_set_new(it->line, "was", json_string(was));
}

void rebuild_take_lines(struct rebuild *r, GHashTable *taken)
{
	for (guint i = 0; i < r->chunk_lines->len; i++) {
		json_t *o = r->chunk_lines->pdata[i];
		const char *file = rebuild_text(o, "file");
		const struct found *f = g_hash_table_lookup(r->files, file);
		struct chunk_name n;

		if (chunk_name_parse(&n, file)) {
			r->out->lines_lost++;
			continue;
		}
		if (!g_hash_table_add(taken, g_strdup(file)))
			continue;
		if (f)
			take_line_with_file(r, o, f, file);
		else
			take_line_without_file(r, o, &n);
	}
}

void rebuild_take_files(struct rebuild *r, GHashTable *taken)
{
	GHashTableIter it;
	const char *file;
	struct found *f;

	g_hash_table_iter_init(&it, r->files);
	while (g_hash_table_iter_next(&it, (void **)&file, (void **)&f)) {
		r->out->chunks++;
		r->out->bytes += f->probe.bytes;
		if (g_hash_table_contains(taken, file))
			continue;
		struct item *made = rebuild_add(r, RANK_CHUNK, chunk_line(r, f, file, NULL));

		made->file = f;
		g_strlcpy(made->was, f->probe.sha256, sizeof(made->was));
		r->out->made++;
	}
}

/* ---- segments, people ---- */

static json_t *add_segment(struct rebuild *r, const struct item *chunk)
{
	const struct probe *p = &chunk->file->probe;
	json_t *line = rebuild_new_line(r, "segment", chunk->t_ms);

	set_chunk(line, &chunk->file->name);
	json_object_update_new(line, json_pack("{s:s,s:s,s:i}", "kind", p->video ? "video" : "audio", "codec", p->codec, "rate_hz", p->rate_hz));
	if (!p->video)
		json_object_set_new(line, "channels", json_integer(p->channels));
	else
		json_object_update_new(line, json_pack("{s:i,s:i,s:i}", "width", p->width, "height", p->height, "rotation", MAX(p->rotation, 0)));
	if (p->video && p->layer >= 0)
		json_object_set_new(line, "layer", json_integer(p->layer));
	json_object_set_new(line, "reason", json_string("repaired"));
	return rebuild_add(r, RANK_OTHER, line)->line;
}

static void add_joined(struct rebuild *r, const struct item *chunk)
{
	const char *id = chunk->file->name.participant;
	const char *role = json_str(json_object_get(json_object_get(r->people, "participants"), id), "role");
	json_t *line = rebuild_new_line(r, "joined", chunk->t_ms);

	json_object_update_new(line, json_pack("{s:s,s:s}", "participant", id, "role", role ? role : "guest"));
	rebuild_add(r, RANK_JOINED, line);
}

static char *segment_key(json_t *o)
{
	return g_strdup_printf("%s_%s_%" G_GINT64_FORMAT, rebuild_text(o, "participant"), rebuild_text(o, "source"), json_num(o, "segment", 0));
}

/* What has lines, and how pictures are turned as the last line says. */
struct known {
	GHashTable *segments, *joined; /* sets */
	GHashTable *turned;            /* segment → degrees */
};

static void note_lines(struct known *k, const struct rebuild *r, guint n)
{
	for (guint i = 0; i < n; i++) {
		json_t *o = ((const struct item *)r->items->pdata[i])->line;

		if (!strcmp(rebuild_text(o, "type"), "segment"))
			g_hash_table_add(k->segments, segment_key(o));
		if (!strcmp(rebuild_text(o, "type"), "joined"))
			g_hash_table_add(k->joined, g_strdup(rebuild_text(o, "participant")));
	}
}

static void note_turn(struct known *k, json_t *o)
{
	const char *type = rebuild_text(o, "type");

	if (!strcmp(type, "segment") || !strcmp(type, "rotation"))
		g_hash_table_insert(k->turned, segment_key(o), GINT_TO_POINTER((int)json_num(o, "rotation", 0)));
}

/* The chunk says how its first picture is turned; the lines before it may say otherwise, when one of them is lost. */
static void follow_rotation(struct known *k, struct rebuild *r, const struct item *chunk)
{
	const struct probe *p = &chunk->file->probe;
	g_autofree char *key = segment_key(chunk->line);
	void *turned = NULL;
	json_t *line;

	if (!p->video || p->rotation < 0 || !g_hash_table_lookup_extended(k->turned, key, NULL, &turned) || GPOINTER_TO_INT(turned) == p->rotation)
		return;
	line = rebuild_new_line(r, "rotation", chunk->t_ms);
	set_chunk(line, &chunk->file->name);
	json_object_set_new(line, "rotation", json_integer(p->rotation));
	note_turn(k, line);
	rebuild_add(r, RANK_OTHER, line);
}

static void complete_chunk(struct known *k, struct rebuild *r, const struct item *chunk)
{
	if (g_hash_table_add(k->segments, segment_key(chunk->line)))
		note_turn(k, add_segment(r, chunk));
	follow_rotation(k, r, chunk);
	if (g_hash_table_add(k->joined, g_strdup(chunk->file->name.participant)))
		add_joined(r, chunk);
}

void rebuild_complete(struct rebuild *r)
{
	struct known k = {
		.segments = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.joined = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.turned = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
	};
	guint n = r->items->len;

	note_lines(&k, r, n);
	for (guint i = 0; i < n; i++) {
		const struct item *it = r->items->pdata[i];

		note_turn(&k, it->line);
		if (it->file)
			complete_chunk(&k, r, it);
	}
	g_hash_table_unref(k.segments);
	g_hash_table_unref(k.joined);
	g_hash_table_unref(k.turned);
}
