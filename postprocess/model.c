/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The model of a recording: made by model_load() when the recording is over, grown by model_advance() while it runs. Each thread that reads a recording
 * has one of its own.
 *
 *   timeline.jsonl ─▶ a row of readers per line type (model_lines) ─┐
 *   participants.json ─▶ names, with the seals ─────────────────────┼▶ at the end: model_finish: closed, checked against the disk
 *   chunks/ ─────────▶ model_scan: what is missing, what no line names ┘
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
#include "postprocess/model_select.h"
#include "postprocess/sync_log.h"

enum { PARTICIPANTS_MAX = 16 << 20, CHUNK_MS = 1000 };

/* ---- names ---- */

static void set_text(char **out, const char *text)
{
	if (!text)
		return;
	g_free(*out);
	*out = g_strdup(text);
}

static void name_people(struct model *m, json_t *people)
{
	for (size_t i = 0; i < m->nparticipants; i++) {
		struct model_participant *p = m->participants[i];
		json_t *o = json_object_get(people, p->id);
		const char *name = json_str(o, "name");

		if (p->named || !o)
			continue;
		set_text(&p->name, name && *name ? name : NULL);
		set_text(&p->identity, json_str(o, "identity"));
		set_text(&p->role, json_str(o, "role"));
		p->named = true;
	}
}

static bool somebody_unnamed(const struct model *m)
{
	for (size_t i = 0; i < m->nparticipants; i++)
		if (!m->participants[i]->named)
			return true;
	return false;
}

/** The plugin writes the names before the lines: with its second sealed, everybody has one. */
static void read_names(struct model *m)
{
	g_autofree char *path = g_build_filename(m->dir, "participants.json", NULL), *text = NULL;
	json_t *doc;
	size_t len;

	if (!somebody_unnamed(m) || fs_read(path, PARTICIPANTS_MAX, &text, &len))
		return;
	doc = json_loadb(text, len, 0, NULL);
	name_people(m, json_object_get(doc, "participants"));
	json_decref(doc);
}

/** What the directory's name says: rec_<room>_<start ms>_<random>; the timeline's first line overrides it. */
static void identify(struct model *m)
{
	g_autofree char *base = g_path_get_basename(m->dir);
	char *room, *end;

	g_strlcpy(m->id, base, sizeof(m->id));
	g_strlcpy(m->layout, "grid", sizeof(m->layout));
	if (!recording_id_valid(base))
		return;
	m->start_wall_ms = recording_id_time(base);
	room = base + strlen("rec_");
	for (int i = 0; i < 2 && (end = strrchr(room, '_')); i++)
		*end = '\0';
	g_strlcpy(m->room, room, sizeof(m->room));
}

/* ---- growing ---- */

int model_open(struct model **out, const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "timeline.jsonl", NULL);
	struct model *m;
	struct stat st;

	if (stat(dir, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	m = g_new0(struct model, 1);
	m->dir = g_strdup(dir);
	m->flags = g_new0(char *, 1);
	m->title = g_strdup("");
	m->chunk_ms = CHUNK_MS;
	m->reader = timeline_reader_create(path, model_line, m);
	identify(m);
	*out = m;
	return 0;
}

/** A recording that begins has no timeline yet; one that was removed has no directory any more, and nobody is to wait for it. */
static int not_there(const struct model *m)
{
	struct stat st;

	return stat(m->dir, &st) ? -errno : 0;
}

/** 1 something new, 0 nothing, or negative errno. */
static int read_lines(struct model *m)
{
	unsigned bad = timeline_reader_bad(m->reader);
	int64_t sealed_ms = m->sealed_ms;
	int err = timeline_reader_advance(m->reader);

	m->bad_lines += timeline_reader_bad(m->reader) - bad;
	g_strlcpy(m->chain, timeline_reader_chain(m->reader), sizeof(m->chain));
	if (m->sealed_ms > sealed_ms || m->stopped)
		read_names(m);
	return err == -ENOENT ? not_there(m) : err;
}

/** Nothing will follow, or is to be waited for. */
static int complete(struct model *m)
{
	int err;

	model_drop(m);         /* somebody may have been erased */
	err = model_scan(m, !m->stopped || m->bad_lines);
	read_names(m);
	model_finish(m);
	return err;
}

int model_advance(struct model *m)
{
	bool looked_at = m->started;
	int got = m->complete ? 0 : read_lines(m), err = 0;

	if (got > 0 && m->stopped)
		err = looked_at && m->erased ? -EAGAIN : complete(m);
	return err < 0 ? err : got;
}

static bool has_data(const struct model *m)
{
	for (size_t i = 0; i < m->nparticipants; i++)
		if (m->participants[i]->nsources)
			return true;
	return m->started || m->stopped || m->duration_ms > 0;
}

int model_load(struct model **out, const char *dir)
{
	struct model *m = NULL;
	int err = model_open(&m, dir), got = err ? err : model_advance(m);

	if (got < 0)
		err = got;
	if (!err && !m->complete)
		err = complete(m);
	if (!err && !has_data(m))
		err = -ENODATA;
	if (err)
		model_unref(&m);
	else
		*out = m;
	return err;
}

/* ---- the end ---- */

void model_segment_free(struct model_segment *g)
{
	g_free(g->chunks);
	g_free(g->gaps);
	g_free(g->turns);
	g_free(g);
}

void model_source_free(struct model_source *s)
{
	for (size_t i = 0; i < s->nsegments; i++)
		model_segment_free(s->segments[i]);
	g_free(s->segments);
	g_free(s->muted);
	sync_log_unref(&s->sync);
	g_free(s);
}

void model_participant_free(struct model_participant *p)
{
	for (size_t i = 0; i < p->nsources; i++)
		model_source_free(p->sources[i]);
	g_free(p->sources);
	g_free(p->present);
	g_free(p->talking);
	g_free(p->name);
	g_free(p->identity);
	g_free(p->role);
	g_free(p);
}

void model_unref(struct model **m)
{
	if (!*m)
		return;
	for (size_t i = 0; i < (*m)->nparticipants; i++)
		model_participant_free((*m)->participants[i]);
	for (size_t i = 0; i < (*m)->nlayouts; i++)
		g_free((*m)->layouts[i].regions);
	g_free((*m)->participants);
	g_free((*m)->layouts);
	g_free((*m)->consents);
	g_free((*m)->pauses);
	g_strfreev((*m)->flags);
	timeline_reader_unref(&(*m)->reader);
	g_free((*m)->title);
	g_free((*m)->only);
	g_free((*m)->without);
	g_free((*m)->erased);
	g_free((*m)->dir);
	g_clear_pointer(m, g_free);
}

/* ---- questions ---- */

static bool in_spans(const struct span *spans, size_t n, int64_t t_ms)
{
	size_t low = 0;

	while (low < n) {          /* asked for each frame of hours: who talks fills thousands of spans */
		size_t mid = (low + n) / 2;

		if (spans[mid].from_ms <= t_ms)
			low = mid + 1;
		else
			n = mid;
	}
	return low && (spans[low - 1].to_ms == OPEN_MS || t_ms < spans[low - 1].to_ms);
}

bool model_present(const struct model_participant *p, int64_t t_ms)
{
	return in_spans(p->present, p->npresent, t_ms);
}

bool model_muted(const struct model_source *s, int64_t t_ms)
{
	return in_spans(s->muted, s->nmuted, t_ms);
}

bool model_talking(const struct model_participant *p, int64_t t_ms)
{
	return in_spans(p->talking, p->ntalking, t_ms);
}

bool model_known(const struct model_source *s, int64_t t_ms)
{
	for (size_t i = 0; i < s->nsegments; i++)
		if (s->segments[i]->from_ms != OPEN_MS && s->segments[i]->from_ms <= t_ms)
			return true;
	return s->nmuted && s->muted[0].from_ms <= t_ms;
}

bool model_running(const struct model_segment *g, int64_t t_ms)
{
	return g->from_ms != OPEN_MS && t_ms >= g->from_ms && (g->end_ms == OPEN_MS || t_ms < g->end_ms);
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

void model_chunk_name(char out[NAME_SIZE], const struct model_source *s, const struct model_segment *g, const struct model_chunk *c)
{
	struct chunk_name n = { .segment = g->number, .index = c->index };

	g_strlcpy(n.participant, s->owner->id, sizeof(n.participant));
	g_strlcpy(n.source, s->name, sizeof(n.source));
	g_strlcpy(n.ext, c->mkv ? "mkv" : "webm", sizeof(n.ext));
	chunk_name_format(out, &n);
}
