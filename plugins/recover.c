/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closes a recording that a crash left open; called when the plugin starts, before anything records.
 *
 *	timeline ─▶ what is known ─┐
 *	chunks/  ─▶ whole files ───┴▶ lines for files without one · recovered · sealed … · stop [interrupted]
 *
 * Doing it twice is harmless: a recording with a stop line is only reported.
 */
#include "config.h"
#include "plugins/capture.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include "common/fsio.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/timeline.h"
#include "plugins/adopt.h"
#include "plugins/line.h"

enum { PEOPLE_MAX = 16 << 20, CHUNK_MS_MIN = 100, CHUNK_MS_MAX = 60000, OVERHANG_MS = 10000, CHUNK_BYTES_MAX = 1 << 30, SEQ_MAX = 1 << 30 };
static const int64_t T_MAX_MS = 31LL * 24 * 3600 * 1000;   /* a recording longer than a month is a damaged line */
static const int64_t WALL_MAX_MS = INT64_C(1) << 52;

struct past {
	const struct settings *settings;
	const char *id;
	char *dir, *chunks;
	bool started, stopped;
	int64_t chunk_ms, sealed;          /* sealed: last n, -1: none */
	int64_t start_wall_ms, last_wall_ms;
	int64_t until_ms;                  /* recorded at least so long */
	int64_t seq;
	GHashTable *files, *joined, *sources;              /* sets of names that have lines */
	GHashTable *segments;              /* of those that have lines: how pictures are turned in them, as the last line says */
	struct capture_result result;
};

static const char *text(json_t *o, const char *key)
{
	const char *s = json_str(o, key);

	return s ? s : "";
}

static char *segment_key(const char *participant, const char *source, int64_t segment)
{
	return g_strdup_printf("%s_%s_%d", participant, source, (int)segment);
}

static void on_start(struct past *p, json_t *o)
{
	p->started = true;
	if (json_num(o, "chunk_ms", 0) >= CHUNK_MS_MIN && json_num(o, "chunk_ms", 0) <= CHUNK_MS_MAX)
		p->chunk_ms = json_num(o, "chunk_ms", 0);
	p->start_wall_ms = CLAMP(json_num(o, "wall_ms", 0), 0, WALL_MAX_MS);
	p->last_wall_ms = MAX(p->last_wall_ms, p->start_wall_ms);
}

/* It lasted at least so long, if that can be. */
static void reach(struct past *p, int64_t t_ms)
{
	if (t_ms <= T_MAX_MS)
		p->until_ms = MAX(p->until_ms, t_ms);
}

static void on_chunk(struct past *p, json_t *o)
{
	g_hash_table_add(p->files, g_strdup(text(o, "file")));
	g_hash_table_add(p->sources, g_strdup_printf("%s_%s", text(o, "participant"), text(o, "source")));
	reach(p, json_num(o, "end_ms", 0));
	p->result.bytes += CLAMP(json_num(o, "bytes", 0), 0, CHUNK_BYTES_MAX);
}

static void on_segment(struct past *p, json_t *o)
{
	g_hash_table_insert(p->segments, segment_key(text(o, "participant"), text(o, "source"), json_num(o, "segment", 0)),
			    GINT_TO_POINTER((int)json_num(o, "rotation", 0)));
}

static void on_joined(struct past *p, json_t *o)
{
	g_hash_table_add(p->joined, g_strdup(text(o, "participant")));
}

static void on_sealed(struct past *p, json_t *o)
{
	int64_t n = json_num(o, "n", -1);

	if (n < 0 || n > T_MAX_MS / p->chunk_ms)
		return;
	p->sealed = MAX(p->sealed, n);
	reach(p, CLAMP(json_num(o, "to_ms", INT64_MAX), n * p->chunk_ms, (n + 1) * p->chunk_ms));    /* to_ms: it ended within that second */
}

static void on_gap(struct past *p, json_t *o)
{
	p->result.degraded |= !strcmp(text(o, "reason"), "disk");
}

static void on_stop(struct past *p, json_t *o)
{
	p->stopped = true;
	p->result.duration_ms = json_num(o, "duration_ms", 0);
	p->result.elapsed_ms = json_num(o, "elapsed_ms", 0);
}

static int on_line(enum timeline_type type, int64_t t_ms, json_t *o, void *arg)
{
	static void (*const handlers[])(struct past *, json_t *) = {
		[TL_START] = on_start, [TL_CHUNK] = on_chunk, [TL_SEGMENT] = on_segment, [TL_ROTATION] = on_segment, [TL_JOINED] = on_joined, [TL_SEALED] = on_sealed,
		[TL_GAP] = on_gap, [TL_STOP] = on_stop,
	};
	struct past *p = arg;

	reach(p, t_ms);
	if (json_num(o, "wall_ms", 0) <= p->start_wall_ms + T_MAX_MS)
		p->last_wall_ms = MAX(p->last_wall_ms, json_num(o, "wall_ms", 0));
	if (json_num(o, "seq", 0) <= SEQ_MAX)
		p->seq = MAX(p->seq, json_num(o, "seq", 0));
	if (type < G_N_ELEMENTS(handlers) && handlers[type])
		handlers[type](p, o);
	return 0;
}

/* The start line was lost with the crash: what the directory's name still says. */
static int put_start(struct past *p, struct timeline *tl)
{
	json_t *line = line_new("start", 0);

	p->start_wall_ms = MAX(recording_id_time(p->id), 0);
	line_int(line, "wall_ms", p->start_wall_ms);
	line_int(line, "format", 1);
	line_int(line, "seq", ++p->seq);
	line_str(line, "recording", p->id);
	line_int(line, "chunk_ms", p->chunk_ms);
	line_int(line, "reorder_ms", p->settings->reorder_ms);
	line_str(line, "software", PACKAGE_STRING);
	return timeline_append(tl, line);
}

static json_t *read_people(const struct past *p)
{
	char *path = g_build_filename(p->dir, "participants.json", NULL), *data = NULL;
	json_t *people = NULL;

	if (fs_read(path, PEOPLE_MAX, &data, NULL) == 0)
		people = json_loads(data, 0, NULL);
	g_free(data);
	g_free(path);
	return people;
}

static int put_joined(struct past *p, struct timeline *tl, json_t *people, const char *participant, int64_t t_ms)
{
	json_t *person = json_object_get(json_object_get(people, "participants"), participant), *line;
	const char *role = json_str(person, "role");

	if (!g_hash_table_add(p->joined, g_strdup(participant)))
		return 0;
	line = line_new("joined", t_ms);
	line_str(line, "participant", participant);
	line_str(line, "role", role ? role : "guest");
	return timeline_append(tl, line);
}

/* Its pictures may be turned otherwise than the lines that were written still say. */
static int put_rotation(struct past *p, struct timeline *tl, const struct adopted *a, const char *key)
{
	const struct chunk_name *n = &a->file.name;
	json_t *line;

	if (!a->file.video || a->rotation < 0 || a->rotation == GPOINTER_TO_INT(g_hash_table_lookup(p->segments, key)))
		return 0;
	g_hash_table_insert(p->segments, g_strdup(key), GINT_TO_POINTER(a->rotation));
	line = line_source("rotation", a->file.from_ms, n->participant, n->source);
	line_int(line, "segment", n->segment);
	line_int(line, "rotation", a->rotation);
	return timeline_append(tl, line);
}

static int put_segment(struct past *p, struct timeline *tl, const struct adopted *a)
{
	const struct chunk_name *n = &a->file.name;
	g_autofree char *key = segment_key(n->participant, n->source, n->segment);
	json_t *line;

	if (g_hash_table_contains(p->segments, key))
		return put_rotation(p, tl, a, key);
	g_hash_table_insert(p->segments, g_strdup(key), GINT_TO_POINTER(MAX(a->rotation, 0)));
	line = line_source("segment", a->file.from_ms, n->participant, n->source);
	line_int(line, "segment", n->segment);
	line_str(line, "kind", a->file.video ? "video" : "audio");
	line_str(line, "codec", a->codec);
	line_int(line, "rate_hz", a->rate_hz);
	if (a->file.video) {
		line_int(line, "width", a->width);
		line_int(line, "height", a->height);
		line_int(line, "rotation", MAX(a->rotation, 0));
		if (a->layer >= 0)
			line_int(line, "layer", a->layer);
	} else {
		line_int(line, "channels", a->channels);
	}
	line_str(line, "reason", n->segment ? "gap" : "start");
	return timeline_append(tl, line);
}

/* The lines of a file that has none, but for RTP times, which nobody knows any more. */
static int put_chunk(struct past *p, struct timeline *tl, json_t *people, const struct adopted *a)
{
	const struct chunk_name *n = &a->file.name;
	json_t *line;
	int err = put_joined(p, tl, people, n->participant, a->file.from_ms);

	if (!err)
		err = put_segment(p, tl, a);
	if (err)
		return err;
	line = line_chunk(&a->file);
	json_object_del(line, "rtp_first");
	json_object_del(line, "rtp_last");
	g_hash_table_add(p->sources, g_strdup_printf("%s_%s", n->participant, n->source));
	p->until_ms = MAX(p->until_ms, a->file.end_ms);
	p->result.bytes += (int64_t)a->file.size;
	return timeline_append(tl, line);
}

/* A chunk that was begun and is not whole: where it would be. */
static int put_lost(const struct past *p, struct timeline *tl, const char *name)
{
	struct chunk_name n;

	if (chunk_name_parse(&n, name) < 0)
		return 0;
	return timeline_append(tl, line_gap(n.index * p->chunk_ms, (n.index + 1) * p->chunk_ms, n.participant, n.source, n.segment, "missing"));
}

/* A file says when it was and lasted; its name says its second. */
static bool in_its_second(const struct past *p, const struct chunk_file *f)
{
	int64_t from_ms = f->name.index * p->chunk_ms;

	return f->from_ms >= from_ms && f->from_ms < from_ms + p->chunk_ms && f->end_ms >= f->from_ms && f->end_ms < from_ms + p->chunk_ms + OVERHANG_MS &&
	       f->end_ms <= T_MAX_MS;
}

static int put_file(struct past *p, struct timeline *tl, json_t *people, const char *name)
{
	struct adopted a;
	int bad = adopt_probe(&a, p->chunks, name);

	if (!bad && !in_its_second(p, &a.file))
		bad = -EBADMSG;
	if (!bad)
		return put_chunk(p, tl, people, &a);
	if (bad != -EBADMSG)
		return bad;
	log_warn("recording %s: %s left aside: %s", p->id, name, err_str(bad));
	return 0;
}

/* Every file with a chunk's name is whole; those without a line get one. */
static int put_unknown(struct past *p, struct timeline *tl, const GPtrArray *lost)
{
	GPtrArray *names;
	json_t *people = read_people(p);
	guint k = 0;
	int err = adopt_unknown(&names, p->chunks, p->files);

	if (err == -ENOENT && !g_hash_table_size(p->files))       /* killed before it made the directory */
		err = 0;
	for (guint i = 0; i < names->len && !err; i++) {
		while (!err && k < lost->len && adopt_by_index(&lost->pdata[k], &names->pdata[i]) < 0)
			err = put_lost(p, tl, lost->pdata[k++]);
		if (!err)
			err = put_file(p, tl, people, names->pdata[i]);
	}
	while (!err && k < lost->len)
		err = put_lost(p, tl, lost->pdata[k++]);
	json_decref(people);
	g_ptr_array_unref(names);
	return err;
}

static int put_end(struct past *p, struct timeline *tl, int kept, int dropped)
{
	const char *const flags[] = { "interrupted", p->result.degraded ? "degraded" : NULL, NULL };
	json_t *line = line_new("recovered", p->until_ms);
	int64_t last = (p->until_ms + p->chunk_ms - 1) / p->chunk_ms - 1;
	int err;

	p->result.duration_ms = p->until_ms;
	p->result.elapsed_ms = MAX(p->until_ms, p->last_wall_ms - p->start_wall_ms);
	line_str(line, "reason", "interrupted");
	line_int(line, "adopted", kept);
	line_int(line, "dropped", dropped);
	err = timeline_append(tl, line);
	for (int64_t n = p->sealed + 1; n <= last && !err; n++)
		err = timeline_append(tl, line_sealed(n, p->chunk_ms, MIN((n + 1) * p->chunk_ms, p->until_ms)));
	if (!err)
		err = timeline_append(tl, line_stop(p->seq + 1, p->result.duration_ms, p->result.elapsed_ms, "interrupted", flags));
	return err;
}

/* Also of one that was stopped, and killed before it could be signed. */
static int put_signature(struct timeline *tl)
{
	int err = timeline_sign(tl, capture_sign_key());

	return err ? err : timeline_flush(tl, true);
}

static int close_past(struct past *p, struct timeline *tl)
{
	GPtrArray *lost;
	int kept = 0, dropped = 0, err;

	if (p->stopped)
		return put_signature(tl);
	lost = g_ptr_array_new_with_free_func(g_free);
	err = adopt_temporaries(p->chunks, p->sealed + 1, &kept, &dropped, lost);
	if (err == -ENOENT)        /* killed before it made the directory; or the disk has gone again */
		err = g_hash_table_size(p->files) ? -EAGAIN : 0;
	if (!err && !p->started)
		err = put_start(p, tl);
	if (!err)
		err = put_unknown(p, tl, lost);
	if (!err)
		err = put_end(p, tl, kept, dropped);
	if (!err)
		err = put_signature(tl);
	if (!err)
		log_info("recording %s: closed after an interruption at %d ms; %d files adopted, %d dropped", p->id, (int)p->until_ms, kept, dropped);
	g_ptr_array_unref(lost);
	return err;
}

static GHashTable *new_set(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void past_init(struct past *p, const struct settings *s, const char *id)
{
	*p = (struct past){ .settings = s, .id = id, .chunk_ms = s->chunk_ms, .sealed = -1 };
	p->dir = g_build_filename(s->recordings, id, NULL);
	p->chunks = g_build_filename(p->dir, "chunks", NULL);
	p->files = new_set();
	p->segments = new_set();
	p->joined = new_set();
	p->sources = new_set();
}

static void past_done(struct past *p)
{
	g_hash_table_unref(p->files);
	g_hash_table_unref(p->segments);
	g_hash_table_unref(p->joined);
	g_hash_table_unref(p->sources);
	g_free(p->chunks);
	g_free(p->dir);
}

int capture_recover(const struct settings *s, const char *recording_id, struct capture_result *out)
{
	struct timeline *tl = NULL;
	struct past p;
	struct stat st;
	char *path;
	bool empty;
	int err;

	if (!recording_id_valid(recording_id))
		return -EINVAL;
	past_init(&p, s, recording_id);
	path = g_build_filename(p.dir, "timeline.jsonl", NULL);
	err = stat(p.dir, &st) < 0 ? -errno : timeline_read(path, on_line, &p, NULL);
	empty = err == -ENODATA || (err == -ENOENT && stat(p.dir, &st) == 0);
	if (!err || empty)
		err = timeline_open(&tl, path);
	if (!err && empty && timeline_size(tl) > 0)
		err = -EAGAIN;             /* the disk came back in between */
	if (!err)
		err = close_past(&p, tl);
	if (!err) {
		p.result.tracks = (int)g_hash_table_size(p.sources);
		g_strlcpy(p.result.chain, timeline_chain(tl), sizeof(p.result.chain));
		*out = p.result;
	}
	timeline_close(&tl);
	g_free(path);
	past_done(&p);
	return err;
}
