/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The model of a recording: made once by model_load(), read by everything else in composing, from any thread (it never changes again).
 *
 *   timeline.jsonl ─▶ a row of `readers` per line type ─┐
 *   chunks/ ─────────▶ model_scan (what no line names) ─┼▶ model_finish: sorted, closed, checked against the disk
 *   participants.json ─▶ names ─────────────────────────┘
 */
#include <errno.h>
#include <glib.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include "common/fsio.h"
#include "common/json.h"
#include "common/timeline.h"
#include "postprocess/model.h"
#include "postprocess/model_build.h"

enum { PARTICIPANTS_MAX = 16 << 20, SIZE_MAX_PX = 16384, SEGMENT_MAX = 1000000, RATE_MAX = 192000 };
static const int64_t T_MAX_MS = 31LL * 24 * 3600 * 1000;   /* a recording longer than a month is a damaged line */

struct load {
	struct model *m;
	GHashTable *named;         /* file names of chunk lines */
};

/* ---- lines ---- */

static void copy_text(char *out, size_t size, const char *text)
{
	if (text)
		g_strlcpy(out, text, size);
}

static void set_text(char **out, const char *text)
{
	if (!text)
		return;
	g_free(*out);
	*out = g_strdup(text);
}

static void add_flag(struct model *m, const char *flag)
{
	guint n = g_strv_length(m->flags);

	if (!flag || g_strv_contains((const char *const *)m->flags, flag))
		return;
	m->flags = g_renew(char *, m->flags, n + 2);
	m->flags[n] = g_strdup(flag);
	m->flags[n + 1] = NULL;
}

static struct model_participant *participant_of(struct load *l, json_t *o)
{
	const char *id = json_str(o, "participant");

	return id && participant_id_valid(id) ? model_participant_get(l->m, id) : NULL;
}

static struct model_source *source_of(struct load *l, json_t *o)
{
	struct model_participant *p = participant_of(l, o);
	const char *name = json_str(o, "source");

	return p && name && source_valid(name) ? model_source_get(p, name) : NULL;
}

static struct model_segment *segment_of(struct load *l, json_t *o)
{
	struct model_source *s = source_of(l, o);
	int64_t number = json_num(o, "segment", -1);

	return s && number >= 0 && number <= SEGMENT_MAX ? model_segment_get(s, (unsigned)number) : NULL;
}

/** A number that must lie in [0, max], else 0. */
static int64_t bounded(json_t *o, const char *key, int64_t max)
{
	int64_t v = json_num(o, key, 0);

	return v >= 0 && v <= max ? v : 0;
}

static int on_start(struct load *l, int64_t t_ms, json_t *o)
{
	struct model *m = l->m;
	const char *id = json_str(o, "recording");
	int64_t chunk_ms = json_num(o, "chunk_ms", 1000);

	(void)t_ms;
	if (id && recording_id_valid(id))
		copy_text(m->id, sizeof(m->id), id);
	copy_text(m->room, sizeof(m->room), json_str(o, "room"));
	copy_text(m->call_id, sizeof(m->call_id), json_str(o, "call"));
	copy_text(m->layout, sizeof(m->layout), json_str(o, "layout"));
	set_text(&m->title, json_str(o, "title"));
	m->start_wall_ms = json_num(o, "wall_ms", 0);
	m->chunk_ms = chunk_ms >= 100 && chunk_ms <= 60000 ? (unsigned)chunk_ms : 1000;
	return 0;
}

static int on_stop(struct load *l, int64_t t_ms, json_t *o)
{
	json_t *flags = json_object_get(o, "flags"), *flag;
	size_t i;

	l->m->stopped = true;
	l->m->duration_ms = bounded(o, "duration_ms", T_MAX_MS);
	if (!l->m->duration_ms)
		l->m->duration_ms = t_ms;
	l->m->elapsed_ms = json_num(o, "elapsed_ms", l->m->duration_ms);
	json_array_foreach(flags, i, flag)
		add_flag(l->m, json_string_value(flag));
	return 0;
}

/** A pause has no length in recording time; the wall clock's labels tell it. */
static int on_pause(struct load *l, int64_t t_ms, json_t *o)
{
	struct model_pause *p = ARRAY_ADD(l->m->pauses, l->m->npauses);

	p->at_ms = t_ms;
	p->length_ms = -json_num(o, "wall_ms", 0);
	return 0;
}

static int on_resume(struct load *l, int64_t t_ms, json_t *o)
{
	struct model_pause *p = l->m->npauses ? &l->m->pauses[l->m->npauses - 1] : NULL;

	(void)t_ms;
	if (!p || p->length_ms >= 0)
		return -EBADMSG;
	p->length_ms = MAX(0, p->length_ms + json_num(o, "wall_ms", 0));
	return 0;
}

static int on_flag(struct load *l, int64_t t_ms, json_t *o)
{
	(void)t_ms;
	add_flag(l->m, json_str(o, "type"));
	return 0;
}

/** Opens a span at t unless one is open, or closes the open one. */
static void span_edge(struct span **spans, size_t *n, int64_t t_ms, bool begin)
{
	struct span *last = *n ? &(*spans)[*n - 1] : NULL;
	bool open = last && last->to_ms == OPEN_MS;

	if (begin && !open) {
		last = ARRAY_ADD(*spans, *n);
		*last = (struct span){ t_ms, OPEN_MS };
	} else if (!begin && open) {
		last->to_ms = MAX(t_ms, last->from_ms);
	}
}

static int on_presence(struct load *l, int64_t t_ms, json_t *o)
{
	struct model_participant *p = participant_of(l, o);

	if (!p)
		return -EBADMSG;
	span_edge(&p->present, &p->npresent, t_ms, !strcmp(json_str(o, "type"), "joined"));
	set_text(&p->role, json_str(o, "role"));
	return 0;
}

static int on_mute(struct load *l, int64_t t_ms, json_t *o)
{
	struct model_source *s = source_of(l, o);

	if (!s)
		return -EBADMSG;
	span_edge(&s->muted, &s->nmuted, t_ms, !strcmp(json_str(o, "type"), "muted"));
	return 0;
}

/** Anything but four upright angles is no rotation. */
static int rotation_of(json_t *o)
{
	int64_t v = bounded(o, "rotation", 270);

	return v % 90 ? 0 : (int)v;
}

static int on_rotation(struct load *l, int64_t t_ms, json_t *o)
{
	struct model_segment *g = segment_of(l, o);
	struct model_turn *turn;

	if (!g || (g->nturns && t_ms < g->turns[g->nturns - 1].at_ms))
		return -EBADMSG;
	turn = ARRAY_ADD(g->turns, g->nturns);
	*turn = (struct model_turn){ t_ms, rotation_of(o) };
	return 0;
}

static int on_segment(struct load *l, int64_t t_ms, json_t *o)
{
	struct model_segment *g = segment_of(l, o);

	if (!g)
		return -EBADMSG;
	copy_text(g->codec, sizeof(g->codec), json_str(o, "codec"));
	g->rate_hz = (unsigned)bounded(o, "rate_hz", RATE_MAX);
	g->channels = (unsigned)bounded(o, "channels", 255);
	g->width = (int)bounded(o, "width", SIZE_MAX_PX);
	g->height = (int)bounded(o, "height", SIZE_MAX_PX);
	g->rotation = rotation_of(o);
	g->guessed &= !json_str(o, "codec");
	g->from_ms = t_ms;
	g->to_ms = MAX(g->to_ms, t_ms);
	return 0;
}

static int on_chunk(struct load *l, int64_t t_ms, json_t *o)
{
	struct model_segment *g = segment_of(l, o);
	const char *file = json_str(o, "file");
	int64_t end_ms = json_num(o, "end_ms", t_ms), index = json_num(o, "index", -1);
	struct chunk_name name;
	struct model_chunk *c;

	if (!g || !file || chunk_name_parse(&name, file) || name.index != index || end_ms < t_ms || end_ms > T_MAX_MS)
		return -EBADMSG;
	if (!g_hash_table_add(l->named, g_strdup(file)))
		return 0;
	c = ARRAY_ADD(g->chunks, g->nchunks);
	c->file = g_strconcat("chunks/", file, NULL);
	c->index = name.index;
	c->from_ms = t_ms;
	c->to_ms = end_ms;
	c->frames = (int)bounded(o, "frames", INT32_MAX);
	c->keyframe = json_flag(o, "keyframe", false);
	g->lost += bounded(o, "lost", INT32_MAX);
	return 0;
}

static int on_gap(struct load *l, int64_t t_ms, json_t *o)
{
	struct model_segment *g = segment_of(l, o);
	int64_t to_ms = json_num(o, "to_ms", t_ms);
	struct model_gap *gap;

	if (!g || to_ms < t_ms || to_ms > T_MAX_MS)
		return -EBADMSG;
	gap = ARRAY_ADD(g->gaps, g->ngaps);
	gap->from_ms = t_ms;
	gap->to_ms = to_ms;
	copy_text(gap->reason, sizeof(gap->reason), json_str(o, "reason"));
	return 0;
}

static int on_line(enum timeline_type type, int64_t t_ms, json_t *o, void *arg)
{
	static int (*const readers[])(struct load *, int64_t, json_t *) = {
		[TL_START] = on_start, [TL_STOP] = on_stop, [TL_PAUSE] = on_pause, [TL_RESUME] = on_resume, [TL_JOINED] = on_presence, [TL_LEFT] = on_presence, [TL_SEGMENT] = on_segment,
		[TL_MUTED] = on_mute, [TL_UNMUTED] = on_mute, [TL_CHUNK] = on_chunk, [TL_GAP] = on_gap, [TL_DEGRADED] = on_flag,
		[TL_ROTATION] = on_rotation, [TL_RECOVERED] = on_flag, [TL_REPAIRED] = on_flag, [TL_ERASED] = on_flag, [TL_CLOCK] = NULL,
	};
	struct load *l = arg;

	if ((size_t)type >= G_N_ELEMENTS(readers) || !readers[type])
		return 0;
	if (t_ms < 0 || t_ms > T_MAX_MS || readers[type](l, t_ms, o))
		l->m->bad_lines++;
	return 0;
}

/* ---- participants.json, identity of the recording ---- */

static void read_names(struct model *m)
{
	g_autofree char *path = g_build_filename(m->dir, "participants.json", NULL), *text = NULL;
	json_t *doc, *people;
	size_t len;

	if (fs_read(path, PARTICIPANTS_MAX, &text, &len))
		return;
	doc = json_loadb(text, len, 0, NULL);
	people = json_object_get(doc, "participants");
	for (size_t i = 0; i < m->nparticipants; i++) {
		struct model_participant *p = &m->participants[i];
		json_t *o = json_object_get(people, p->id);

		set_text(&p->name, json_str(o, "name"));
		set_text(&p->identity, json_str(o, "identity"));
		set_text(&p->role, json_str(o, "role"));
	}
	json_decref(doc);
}

/** What the directory's name says: rec_<room>_<start ms>_<random>; the timeline's first line overrides it. */
static void identify(struct model *m)
{
	g_autofree char *base = g_path_get_basename(m->dir);
	char *room, *end;

	copy_text(m->id, sizeof(m->id), base);
	copy_text(m->layout, sizeof(m->layout), "grid");
	if (!recording_id_valid(base))
		return;
	m->start_wall_ms = recording_id_time(base);
	room = base + strlen("rec_");
	for (int i = 0; i < 2 && (end = strrchr(room, '_')); i++)
		*end = '\0';
	copy_text(m->room, sizeof(m->room), room);
}

/* ---- the whole ---- */

static int read_timeline(struct load *l)
{
	g_autofree char *path = g_build_filename(l->m->dir, "timeline.jsonl", NULL);
	unsigned bad = 0;
	int err = timeline_read_chain(path, on_line, l, &bad, l->m->chain);

	l->m->bad_lines += bad;
	return err == -ENOENT || err == -ENODATA ? 0 : err;
}

static bool has_data(const struct model *m)
{
	for (size_t i = 0; i < m->nparticipants; i++)
		if (m->participants[i].nsources)
			return true;
	return m->stopped || m->duration_ms > 0;
}

static int load_into(struct load *l)
{
	GHashTable *on_disk = NULL;
	bool any;
	int err = read_timeline(l);

	if (err)
		return err;
	any = l->m->chunk_ms != 0;      /* a start line was there */
	if (!any)
		l->m->chunk_ms = 1000;
	err = model_scan(l->m, l->named, &on_disk);
	if (err)
		return err;
	read_names(l->m);
	model_finish(l->m, on_disk);
	g_hash_table_unref(on_disk);
	return any || has_data(l->m) ? 0 : -ENODATA;
}

int model_load(struct model **out, const char *dir)
{
	struct load l = { .m = g_new0(struct model, 1) };
	struct stat st;
	int err;

	l.m->dir = g_strdup(dir);
	l.m->flags = g_new0(char *, 1);
	l.m->title = g_strdup("");
	l.named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	identify(l.m);
	err = stat(dir, &st) ? -errno : !S_ISDIR(st.st_mode) ? -ENOTDIR : load_into(&l);
	g_hash_table_unref(l.named);
	if (err)
		model_unref(&l.m);
	else
		*out = l.m;
	return err;
}

static void source_free(struct model_source *s)
{
	for (size_t i = 0; i < s->nsegments; i++) {
		struct model_segment *g = &s->segments[i];

		for (size_t k = 0; k < g->nchunks; k++)
			g_free(g->chunks[k].file);
		g_free(g->chunks);
		g_free(g->gaps);
		g_free(g->turns);
	}
	g_free(s->segments);
	g_free(s->muted);
}

static void participant_free(struct model_participant *p)
{
	for (size_t i = 0; i < p->nsources; i++)
		source_free(&p->sources[i]);
	g_free(p->sources);
	g_free(p->present);
	g_free(p->name);
	g_free(p->identity);
	g_free(p->role);
}

void model_unref(struct model **m)
{
	if (!*m)
		return;
	for (size_t i = 0; i < (*m)->nparticipants; i++)
		participant_free(&(*m)->participants[i]);
	g_free((*m)->participants);
	g_free((*m)->pauses);
	g_strfreev((*m)->flags);
	g_free((*m)->title);
	g_free((*m)->dir);
	g_clear_pointer(m, g_free);
}

static bool in_spans(const struct span *spans, size_t n, int64_t t_ms)
{
	for (size_t i = 0; i < n; i++)
		if (t_ms >= spans[i].from_ms && t_ms < spans[i].to_ms)
			return true;
	return false;
}

bool model_present(const struct model_participant *p, int64_t t_ms)
{
	return in_spans(p->present, p->npresent, t_ms);
}

bool model_muted(const struct model_source *s, int64_t t_ms)
{
	return in_spans(s->muted, s->nmuted, t_ms);
}

int model_rotation(const struct model_segment *g, int64_t t_ms)
{
	int rotation = g->rotation;

	for (size_t i = 0; i < g->nturns && g->turns[i].at_ms <= t_ms; i++)
		rotation = g->turns[i].rotation;
	return rotation;
}

int64_t model_wall_ms(const struct model *m, int64_t t_ms)
{
	int64_t wall_ms = m->start_wall_ms + t_ms;

	for (size_t i = 0; i < m->npauses; i++)
		if (m->pauses[i].at_ms < t_ms && m->pauses[i].length_ms > 0)      /* one that never ended has no length */
			wall_ms += m->pauses[i].length_ms;
	return wall_ms;
}
