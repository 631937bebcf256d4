/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A timeline from the lines that can still be read and the files that are there. Called by repair(), main thread.
 *
 *	old lines ─▶ chunk lines ─┬─ file is as it says ─▶ kept          ┐
 *	                          ├─ file is another ────▶ made, `was`   ├─▶ sorted by time ─▶ gaps (missing) ─▶ seals ─▶ repaired ─▶ stop
 *	files ────────────────────┴─ no line ────────────▶ made          │
 *	old lines ─▶ others, but seals and signatures ───────────────────┘
 */
#include "config.h"
#include <errno.h>
#include <string.h>
#include "common/json.h"
#include "common/sync.h"
#include "postprocess/repair_private.h"

enum { CHUNK_MS = 1000, CHUNK_MS_MIN = 500, CHUNK_MS_MAX = 10000, CHUNK_MS_STEP = 100 };
static const int64_t T_MAX_MS = 31LL * 24 * 3600 * 1000;

/* A source, chunk after chunk */
struct source_run { char sha256[SHA256_HEX]; int64_t end_ms; };

static void free_item(void *p)
{
	json_decref(((struct item *)p)->line);
	g_free(p);
}

static void free_json(void *p)
{
	json_decref(p);
}

void rebuild_init(struct rebuild *r)
{
	r->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	r->chunk_lines = g_ptr_array_new_with_free_func(free_json);
	r->repaired = g_ptr_array_new_with_free_func(free_json);
	r->items = g_ptr_array_new_with_free_func(free_item);
}

void rebuild_done(struct rebuild *r)
{
	g_hash_table_unref(r->files);
	g_ptr_array_unref(r->chunk_lines);
	g_ptr_array_unref(r->repaired);
	g_ptr_array_unref(r->items);
	json_decref(r->start);
	json_decref(r->stop);
	json_decref(r->metadata);
	json_decref(r->people);
}

struct item *rebuild_add(struct rebuild *r, enum rank rank, json_t *line)
{
	struct item *it = g_new0(struct item, 1);

	*it = (struct item){ .t_ms = json_num(line, "t_ms", 0), .rank = rank, .order = r->items->len, .line = line };
	g_ptr_array_add(r->items, it);
	return it;
}

json_t *rebuild_new_line(const struct rebuild *r, const char *type, int64_t t_ms)
{
	return json_pack("{s:s,s:I,s:I}", "type", type, "t_ms", (json_int_t)t_ms, "wall_ms", (json_int_t)(r->start_wall_ms + t_ms));
}

/* ---- the old lines ---- */

int rebuild_line(const struct timeline_line *line, void *arg)
{
	struct rebuild *r = arg;

	if (!line->o || line->t_ms < 0 || line->t_ms > T_MAX_MS) {
		r->out->lines_lost++;
		return 0;
	}
	if (line->type == TL_START && json_num(line->o, "format", 0) > 1)
		return -EPROTO;
	r->last_wall_ms = MAX(r->last_wall_ms, json_num(line->o, "wall_ms", 0));
	r->seq = MAX(r->seq, json_num(line->o, "seq", 0));
	if (line->type == TL_START && !r->start)
		r->start = json_incref(line->o);
	else if (line->type == TL_STOP && !r->stop)
		r->stop = json_incref(line->o);
	else if (line->type == TL_CHUNK)
		g_ptr_array_add(r->chunk_lines, json_incref(line->o));
	else if (line->type == TL_REPAIRED)
		g_ptr_array_add(r->repaired, json_incref(line->o));
	else if (line->type != TL_SEALED && line->type != TL_SIGNATURE && line->type != TL_START && line->type != TL_STOP)
		rebuild_add(r, RANK_OTHER, json_incref(line->o));
	r->out->lines_kept += line->type != TL_CHUNK;
	return 0;
}

/* ---- what every recording has ---- */

/* How many files lie in the second their name says */
static guint count_fitting(const struct rebuild *r, int64_t chunk_ms)
{
	GHashTableIter it;
	struct found *f;
	guint count = 0;

	g_hash_table_iter_init(&it, r->files);
	while (g_hash_table_iter_next(&it, NULL, (void **)&f))
		count += f->probe.from_ms / chunk_ms == f->name.index;
	return count;
}

/* The length that fits most files: the usual one if it does, else the longest, since a frame comes soon after its second begins. */
static int64_t guess_chunk_ms(const struct rebuild *r)
{
	int64_t best = CHUNK_MS;
	guint usual = count_fitting(r, CHUNK_MS), best_count = usual;

	for (int64_t ms = CHUNK_MS_MIN; ms <= CHUNK_MS_MAX; ms += CHUNK_MS_STEP) {
		guint count = count_fitting(r, ms);

		if (count > usual && count >= best_count) {
			best = ms;
			best_count = count;
		}
	}
	return best;
}

static const char *id_of_files(const struct rebuild *r)
{
	GHashTableIter it;
	struct found *f;

	g_hash_table_iter_init(&it, r->files);
	while (g_hash_table_iter_next(&it, NULL, (void **)&f)) {
		if (f->probe.recording[0])
			return f->probe.recording;
	}
	return NULL;
}

static void identify(struct rebuild *r)
{
	struct repair_result *o = r->out;
	json_t *call = json_object_get(r->metadata, "call");
	g_autofree char *base = g_path_get_basename(r->conf->dir);
	const char *ids[] = { json_str(r->start, "recording"), json_str(call, "recording"), id_of_files(r), base };
	const char *room = json_str(r->start, "room") ? json_str(r->start, "room") : json_str(call, "room");
	const char *call_id = json_str(r->start, "call") ? json_str(r->start, "call") : json_str(call, "id");
	const char *title = json_str(r->start, "title") ? json_str(r->start, "title") : json_str(call, "title");
	char *end;

	for (size_t i = 0; i < G_N_ELEMENTS(ids) && !o->id[0]; i++)
		if (ids[i] && recording_id_valid(ids[i]))
			g_strlcpy(o->id, ids[i], sizeof(o->id));
	if (room && room_id_valid(room)) {
		g_strlcpy(o->room, room, sizeof(o->room));
	} else if (o->id[0]) {
		/* rec_<room>_<start ms>_<random> */
		g_autofree char *copy = g_strdup(o->id + strlen("rec_"));

		for (int i = 0; i < 2 && (end = strrchr(copy, '_')); i++)
			*end = '\0';
		g_strlcpy(o->room, copy, sizeof(o->room));
	}
	/* Nobody knows the call any more: one of its own, the same each time. */
	if (call_id && call_id[0])
		g_strlcpy(o->call, call_id, sizeof(o->call));
	else if (o->id[0])
		g_snprintf(o->call, sizeof(o->call), "call_%s", o->id + strlen("rec_"));
	g_strlcpy(o->title, title ? title : "", sizeof(o->title));
}

/* What the line says must be what the files say. */
static void correct_chunk_ms(struct rebuild *r)
{
	int64_t guess = guess_chunk_ms(r);

	if (r->chunk_ms >= 100 && r->chunk_ms <= 60000 && count_fitting(r, r->chunk_ms) >= count_fitting(r, guess))
		return;
	r->chunk_ms = guess;
	json_object_set_new(r->start, "chunk_ms", json_integer(guess));
}

static void make_start(struct rebuild *r)
{
	struct repair_result *o = r->out;

	identify(r);
	if (r->start) {
		r->chunk_ms = json_num(r->start, "chunk_ms", CHUNK_MS);
		r->start_wall_ms = json_num(r->start, "wall_ms", 0);
	} else {
		r->chunk_ms = guess_chunk_ms(r);
		r->start_wall_ms = o->id[0] ? MAX(recording_id_time(o->id), 0) : 0;
		r->start = json_pack("{s:s,s:i,s:I,s:i,s:I,s:s,s:s,s:s,s:s,s:I,s:i,s:s,s:s}", "type", "start", "t_ms", 0, "wall_ms",
				     (json_int_t)r->start_wall_ms, "format", 1, "seq", (json_int_t)1, "recording", o->id, "room", o->room, "call", o->call,
				     "title", o->title, "chunk_ms", (json_int_t)r->chunk_ms, "reorder_ms", 500, "layout", "grid", "software",
				     PACKAGE_STRING);
		r->seq = MAX(r->seq, 1);
	}
	correct_chunk_ms(r);
	o->started_ms = r->start_wall_ms;
}

/* ---- in order ---- */

static gint by_time(gconstpointer a, gconstpointer b)
{
	const struct item *x = *(const struct item *const *)a, *y = *(const struct item *const *)b;

	if (x->t_ms != y->t_ms)
		return x->t_ms < y->t_ms ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->rank == RANK_CHUNK)
		return strcmp(rebuild_text(x->line, "file"), rebuild_text(y->line, "file"));
	return x->order < y->order ? -1 : x->order > y->order;
}

/* Where a file's tag names one before it that is not there, a gap says so. */
static void add_gaps(struct rebuild *r)
{
	GHashTable *sources = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	guint n = r->items->len;

	for (guint i = 0; i < n; i++) {
		const struct item *it = r->items->pdata[i];
		char *key;
		struct source_run *s;

		if (it->rank != RANK_CHUNK)
			continue;
		key = g_strdup_printf("%s_%s", rebuild_text(it->line, "participant"), rebuild_text(it->line, "source"));
		s = g_hash_table_lookup(sources, key);
		if (!s) {
			s = g_new0(struct source_run, 1);
			g_hash_table_insert(sources, g_strdup(key), s);
			r->out->tracks++;
		}
		g_free(key);
		if (it->file && it->file->probe.previous[0] && strcmp(it->file->probe.previous, s->sha256))
			rebuild_missing(r, &it->file->name, MIN(s->sha256[0] ? s->end_ms : it->t_ms, it->t_ms), it->t_ms);
		memcpy(s->sha256, it->was, sizeof(s->sha256));
		s->end_ms = json_num(it->line, "end_ms", it->t_ms);
		r->out->duration_ms = MAX(r->out->duration_ms, s->end_ms);
	}
	g_hash_table_unref(sources);
}

static void add_flag(json_t *flags, const char *flag)
{
	json_t *v;
	size_t i;

	json_array_foreach(flags, i, v) {
		if (!g_strcmp0(json_string_value(v), flag))
			return;
	}
	json_array_append_new(flags, json_string(flag));
}

static void make_stop(struct rebuild *r)
{
	struct repair_result *o = r->out;
	json_t *old = json_object_get(r->stop, "flags"), *flags = json_is_array(old) ? json_copy(old) : json_array();
	int64_t duration_ms = json_num(r->stop, "duration_ms", -1), seq = json_num(r->stop, "seq", r->seq + 1);
	char *list;

	if (!r->stop)
		add_flag(flags, "interrupted");
	add_flag(flags, "repaired");
	if (duration_ms >= 0 && duration_ms <= T_MAX_MS)
		o->duration_ms = duration_ms;
	o->elapsed_ms = MAX(json_num(r->stop, "elapsed_ms", MAX(0, r->last_wall_ms - r->start_wall_ms)), o->duration_ms);
	g_strlcpy(o->reason, r->stop ? rebuild_text(r->stop, "reason") : "interrupted", sizeof(o->reason));
	list = json_dumps(flags, JSON_COMPACT);
	g_strlcpy(o->flags, list, sizeof(o->flags));
	free(list);
	json_decref(r->stop);
	r->stop = rebuild_new_line(r, "stop", o->duration_ms);
	json_object_update_new(r->stop, json_pack("{s:I,s:I,s:I,s:s,s:o}", "seq", (json_int_t)seq, "duration_ms", (json_int_t)o->duration_ms,
						  "elapsed_ms", (json_int_t)o->elapsed_ms, "reason", o->reason, "flags", flags));
}

void rebuild_join(struct rebuild *r)
{
	GHashTable *taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	make_start(r);
	rebuild_take_lines(r, taken);
	rebuild_take_files(r, taken);
	g_hash_table_unref(taken);
	g_ptr_array_sort(r->items, by_time);
	rebuild_complete(r);
	add_gaps(r);
	g_ptr_array_sort(r->items, by_time);
	make_stop(r);
}

void rebuild_report(struct rebuild *r)
{
	GHashTable *sources = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct repair_result *o = r->out;
	char *list = json_dumps(json_object_get(r->stop, "flags"), JSON_COMPACT);

	make_start(r);
	for (guint i = 0; i < r->chunk_lines->len; i++) {
		json_t *line = r->chunk_lines->pdata[i];

		g_hash_table_add(sources, g_strdup_printf("%s_%s", rebuild_text(line, "participant"), rebuild_text(line, "source")));
	}
	o->tracks = (int)g_hash_table_size(sources);
	o->duration_ms = json_num(r->stop, "duration_ms", 0);
	o->elapsed_ms = json_num(r->stop, "elapsed_ms", o->duration_ms);
	g_strlcpy(o->reason, rebuild_text(r->stop, "reason"), sizeof(o->reason));
	g_strlcpy(o->flags, list ? list : "[]", sizeof(o->flags));
	free(list);
	g_hash_table_unref(sources);
}

/* ---- writing ---- */

static int put_seals(struct rebuild *r, struct timeline *tl, int64_t *n, int64_t until_ms)
{
	int err = 0;

	for (; !err && (*n + 1) * r->chunk_ms <= until_ms; ++*n) {
		json_t *line = rebuild_new_line(r, "sealed", *n * r->chunk_ms);

		json_object_set_new(line, "n", json_integer(*n));
		err = timeline_append(tl, line);
	}
	return err;
}

static json_t *repaired_line(const struct rebuild *r)
{
	const struct repair_result *o = r->out;
	json_t *line = json_pack("{s:s,s:I,s:I,s:s}", "type", "repaired", "t_ms", (json_int_t)o->duration_ms, "wall_ms", (json_int_t)clock_wall_ms(),
				 "software", PACKAGE_STRING);

	json_object_update_new(line, json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:s}", "chunks", (int)o->chunks, "made", (int)o->made, "altered",
					       (int)o->altered, "missing", (int)o->missing, "unreadable", (int)o->unreadable, "adopted",
					       (int)o->adopted, "lines_kept", (int)o->lines_kept, "lines_lost", (int)o->lines_lost, "before", o->kept_as));
	return line;
}

int rebuild_write(struct rebuild *r, struct timeline *tl)
{
	int64_t n = 0;
	int err = timeline_append(tl, json_incref(r->start));

	for (guint i = 0; !err && i < r->items->len; i++) {
		const struct item *it = r->items->pdata[i];

		err = put_seals(r, tl, &n, it->t_ms);
		if (!err)
			err = timeline_append(tl, json_incref(it->line));
	}
	if (!err)
		err = put_seals(r, tl, &n, r->out->duration_ms + r->chunk_ms - 1);
	for (guint i = 0; !err && i < r->repaired->len; i++)
		err = timeline_append(tl, json_incref(r->repaired->pdata[i]));
	if (!err)
		err = timeline_append(tl, repaired_line(r));
	return err ? err : timeline_append(tl, json_incref(r->stop));
}
