/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a model grows and how it is finished: find-or-add, chunks that no timeline line names, missing files, open ends. Called by model.c and
 * model_lines.c only.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "postprocess/model_build.h"
#include "postprocess/model_select.h"

enum { UNSEALED_MAX_MS = 3600000 };

void *array_add(void **array, size_t *n, size_t size)
{
	char *item;

	if ((*n & (*n - 1)) == 0)       /* full at 0, 1, 2, 4, 8 … */
		*array = g_realloc_n(*array, *n ? *n * 2 : 1, size);
	item = (char *)*array + *n * size;
	memset(item, 0, size);
	(*n)++;
	return item;
}

/** Room for one more member in front of the i-th. */
static void *insert(void **array, size_t *n, size_t size, size_t i)
{
	char *items;

	array_add(array, n, size);
	items = *array;
	memmove(items + (i + 1) * size, items + i * size, (*n - 1 - i) * size);
	memset(items + i * size, 0, size);
	return items + i * size;
}
#define INSERT(array, n, i) ((__typeof__(array))insert((void **)&(array), &(n), sizeof(*(array)), i))

struct model_participant *model_participant_get(struct model *m, const char *id)
{
	unsigned number = (unsigned)strtoul(id + strlen("user"), NULL, 10);
	struct model_participant *p;
	size_t i = m->nparticipants;

	while (i > 0 && m->participants[i - 1]->number > number)
		i--;
	for (size_t k = i; k > 0 && m->participants[k - 1]->number == number; k--)      /* user7 and user07 are two */
		if (!strcmp(m->participants[k - 1]->id, id))
			return m->participants[k - 1];
	p = *INSERT(m->participants, m->nparticipants, i) = g_new0(struct model_participant, 1);
	p->number = number;
	g_strlcpy(p->id, id, sizeof(p->id));
	p->name = g_strdup(id);
	p->identity = g_strdup("");
	p->role = g_strdup("guest");
	return p;
}

struct model_source *model_source_get(struct model_participant *p, const char *name)
{
	struct model_source *s;
	size_t i = 0;
	int order = 1;

	while (i < p->nsources && (order = strcmp(p->sources[i]->name, name)) < 0)
		i++;
	if (order == 0)
		return p->sources[i];
	s = *INSERT(p->sources, p->nsources, i) = g_new0(struct model_source, 1);
	g_strlcpy(s->name, name, sizeof(s->name));
	s->audio = source_is_audio(name);
	s->screen = g_str_has_prefix(name, "screen");
	s->owner = p;
	return s;
}

struct model_segment *model_segment_get(struct model_source *s, unsigned number)
{
	struct model_segment *g;
	size_t i = s->nsegments;

	while (i > 0 && s->segments[i - 1]->number > number)      /* the newest is asked for most */
		i--;
	if (i > 0 && s->segments[i - 1]->number == number)
		return s->segments[i - 1];
	g = *INSERT(s->segments, s->nsegments, i) = g_new0(struct model_segment, 1);
	g->number = number;
	g->from_ms = g->end_ms = OPEN_MS;
	g_strlcpy(g->codec, s->audio ? "opus" : "vp8", sizeof(g->codec));
	g->guessed = true;
	g->layer = -1;
	g->rate_hz = s->audio ? 48000 : 90000;
	g->channels = s->audio ? 2 : 0;
	return g;
}

/** How many of the segment's chunks have a smaller index. */
static size_t place_of(const struct model_segment *g, unsigned index)
{
	size_t low = 0, high = g->nchunks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (g->chunks[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct model_chunk *find_chunk(const struct model_segment *g, unsigned index)
{
	size_t i = place_of(g, index);

	return i < g->nchunks && g->chunks[i].index == index ? &g->chunks[i] : NULL;
}

struct model_chunk *model_chunk_add(struct model_segment *g, unsigned index)
{
	struct model_chunk *c;

	if (find_chunk(g, index))
		return NULL;
	c = INSERT(g->chunks, g->nchunks, place_of(g, index));
	c->index = index;
	return c;
}

/* ---- the files ---- */

static struct model_segment *find_segment(const struct model *m, const struct chunk_name *name)
{
	for (size_t i = 0; i < m->nparticipants; i++) {
		const struct model_participant *p = m->participants[i];

		for (size_t k = 0; k < p->nsources && !strcmp(p->id, name->participant); k++)
			for (size_t g = 0; g < p->sources[k]->nsegments && !strcmp(p->sources[k]->name, name->source); g++)
				if (p->sources[k]->segments[g]->number == name->segment)
					return p->sources[k]->segments[g];
	}
	return NULL;
}

static void adopt(struct model *m, const struct chunk_name *name)
{
	struct model_segment *g = model_segment_get(model_source_get(model_participant_get(m, name->participant), name->source), name->segment);
	struct model_chunk *c = name->index < MODEL_T_MAX_MS / m->chunk_ms ? model_chunk_add(g, name->index) : NULL;

	if (!c)
		return;
	c->mkv = !strcmp(name->ext, "mkv");
	if (g->guessed && c->mkv)
		g_strlcpy(g->codec, "h264", sizeof(g->codec));
	c->from_ms = name->index * m->chunk_ms;
	c->to_ms = c->from_ms + m->chunk_ms;
	g->to_ms = MAX(g->to_ms, c->to_ms);
	if (g->from_ms == OPEN_MS || g->from_ms > c->from_ms)
		g->from_ms = c->from_ms;
}

/** A file of the chunks directory: one that a line names, or one to be adopted. Names written differently are nobody's. */
static void look_at(struct model *m, const char *file, GPtrArray *strays)
{
	char canonical[NAME_SIZE];
	struct chunk_name name;
	struct model_segment *g;
	struct model_chunk *c;

	if (chunk_name_parse(&name, file) || model_leaves_out(m, name.participant))
		return;
	chunk_name_format(canonical, &name);
	if (strcmp(canonical, file))
		return;
	g = find_segment(m, &name);
	c = g ? find_chunk(g, name.index) : NULL;
	if (c && c->mkv == !strcmp(name.ext, "mkv"))
		c->missing = false;
	else if (!c && strays)
		g_ptr_array_add(strays, g_strdup(file));
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/** Directory order differs from machine to machine; what is adopted must not. */
static void adopt_all(struct model *m, GPtrArray *strays)
{
	struct chunk_name name;

	g_ptr_array_sort(strays, compare_names);
	for (guint i = 0; i < strays->len; i++)
		if (!chunk_name_parse(&name, strays->pdata[i]))
			adopt(m, &name);
}

/** Calls f for every segment. */
static void each_segment(struct model *m, void (*f)(struct model *m, struct model_source *s, size_t i))
{
	for (size_t i = 0; i < m->nparticipants; i++) {
		struct model_participant *p = m->participants[i];

		for (size_t k = 0; k < p->nsources; k++)
			for (size_t g = 0; g < p->sources[k]->nsegments; g++)
				f(m, p->sources[k], g);
	}
}

static void all_missing(struct model *m, struct model_source *s, size_t i)
{
	(void)m;
	for (size_t k = 0; k < s->segments[i]->nchunks; k++)
		s->segments[i]->chunks[k].missing = true;
}

static void count_missing(struct model *m, struct model_source *s, size_t i)
{
	for (size_t k = 0; k < s->segments[i]->nchunks; k++)
		m->missing_chunks += s->segments[i]->chunks[k].missing;
}

void model_count_missing(struct model *m)
{
	m->missing_chunks = 0;
	each_segment(m, count_missing);
}

int model_scan(struct model *m, bool adopts)
{
	g_autofree char *path = g_build_filename(m->dir, "chunks", NULL);
	GPtrArray *strays = g_ptr_array_new_with_free_func(g_free);
	DIR *dir = opendir(path);
	int err = !dir && errno != ENOENT ? -errno : 0;
	struct dirent *e;

	each_segment(m, all_missing);
	while (dir && (e = readdir(dir)))
		look_at(m, e->d_name, adopts ? strays : NULL);
	if (dir)
		closedir(dir);
	model_count_missing(m);
	adopt_all(m, strays);
	g_ptr_array_unref(strays);
	return err;
}

/* ---- finishing ---- */

static void begin_and_reach(struct model *m, struct model_source *s, size_t i)
{
	struct model_segment *g = s->segments[i];

	if (g->from_ms == OPEN_MS)      /* no segment line: it begins with its first chunk */
		g->from_ms = g->nchunks ? g->chunks[0].from_ms : 0;
	g->to_ms = MAX(g->to_ms, g->from_ms);
	if (!m->stopped)
		m->duration_ms = MAX(m->duration_ms, g->to_ms);
}

static void end_segment(struct model *m, struct model_source *s, size_t i)
{
	struct model_segment *g = s->segments[i];
	int64_t end_ms = i + 1 < s->nsegments ? s->segments[i + 1]->from_ms : m->duration_ms;

	if (g->end_ms == OPEN_MS)
		g->end_ms = MAX(end_ms, g->from_ms);
}

static void close_spans(struct span *spans, size_t n, int64_t end_ms)
{
	for (size_t i = 0; i < n; i++)
		if (spans[i].to_ms == OPEN_MS)
			spans[i].to_ms = MAX(end_ms, spans[i].from_ms);
}

/** Somebody of whom no line speaks was there at least while media came. */
static void presence_from_media(struct model_participant *p)
{
	int64_t from_ms = INT64_MAX, to_ms = 0;

	for (size_t i = 0; i < p->nsources; i++)
		for (size_t k = 0; k < p->sources[i]->nsegments; k++) {
			from_ms = MIN(from_ms, p->sources[i]->segments[k]->from_ms);
			to_ms = MAX(to_ms, p->sources[i]->segments[k]->to_ms);
		}
	if (from_ms < to_ms)
		*ARRAY_ADD(p->present, p->npresent) = (struct span){ from_ms, to_ms };
}

static void finish_participant(struct model *m, struct model_participant *p)
{
	for (size_t i = 0; i < p->nsources; i++)
		close_spans(p->sources[i]->muted, p->sources[i]->nmuted, m->duration_ms);
	if (!p->npresent)
		presence_from_media(p);
	close_spans(p->present, p->npresent, m->duration_ms);
	close_spans(p->talking, p->ntalking, m->duration_ms);
}

static void reach(struct model *m, struct model_source *s, size_t i)
{
	m->sealed_ms = MAX(m->sealed_ms, s->segments[i]->to_ms);
}

/** No recording is much longer than what was sealed of it: a damaged number is not to become weeks of nothing. */
static void bound_length(struct model *m)
{
	each_segment(m, reach);
	if (m->duration_ms <= m->sealed_ms + UNSEALED_MAX_MS)
		return;
	m->duration_ms = m->sealed_ms;
	m->bad_lines++;
}

void model_finish(struct model *m)
{
	each_segment(m, begin_and_reach);      /* all of them first: they say how long it was */
	bound_length(m);
	each_segment(m, end_segment);
	for (size_t i = 0; i < m->nparticipants; i++)
		finish_participant(m, m->participants[i]);
	if (!m->elapsed_ms)
		m->elapsed_ms = m->duration_ms;
	m->sealed_ms = INT64_MAX;
	m->complete = true;
}
