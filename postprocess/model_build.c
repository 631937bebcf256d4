/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a model grows and how it is finished: find-or-add, chunks that no timeline line names, missing files, order, open spans. Called by model_load() only.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "postprocess/model_build.h"

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

struct model_participant *model_participant_get(struct model *m, const char *id)
{
	struct model_participant *p;

	for (size_t i = 0; i < m->nparticipants; i++)
		if (!strcmp(m->participants[i].id, id))
			return &m->participants[i];
	p = ARRAY_ADD(m->participants, m->nparticipants);
	g_strlcpy(p->id, id, sizeof(p->id));
	return p;
}

struct model_source *model_source_get(struct model_participant *p, const char *name)
{
	struct model_source *s;

	for (size_t i = 0; i < p->nsources; i++)
		if (!strcmp(p->sources[i].name, name))
			return &p->sources[i];
	s = ARRAY_ADD(p->sources, p->nsources);
	g_strlcpy(s->name, name, sizeof(s->name));
	s->audio = source_is_audio(name);
	s->screen = g_str_has_prefix(name, "screen");
	return s;
}

struct model_segment *model_segment_get(struct model_source *s, unsigned number)
{
	struct model_segment *g;

	for (size_t i = s->nsegments; i-- > 0;)      /* the newest is asked for most */
		if (s->segments[i].number == number)
			return &s->segments[i];
	g = ARRAY_ADD(s->segments, s->nsegments);
	g->number = number;
	g->from_ms = OPEN_MS;
	g_strlcpy(g->codec, s->audio ? "opus" : "vp8", sizeof(g->codec));
	g->guessed = true;
	g->rate_hz = s->audio ? 48000 : 90000;
	g->channels = s->audio ? 2 : 0;
	return g;
}

static void adopt(struct model *m, const char *file, const struct chunk_name *name)
{
	struct model_segment *g = model_segment_get(model_source_get(model_participant_get(m, name->participant), name->source), name->segment);
	struct model_chunk *c = ARRAY_ADD(g->chunks, g->nchunks);

	if (g->guessed && !strcmp(name->ext, "mkv"))
		g_strlcpy(g->codec, "h264", sizeof(g->codec));
	c->file = g_strconcat("chunks/", file, NULL);
	c->index = name->index;
	c->from_ms = (int64_t)name->index * m->chunk_ms;
	c->to_ms = c->from_ms + m->chunk_ms;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/** Directory order differs from machine to machine; what is adopted must not. */
static void adopt_unnamed(struct model *m, GHashTable *named, GHashTable *on_disk)
{
	guint n = 0;
	char **files = (char **)g_hash_table_get_keys_as_array(on_disk, &n);
	struct chunk_name name;

	qsort(files, n, sizeof(*files), compare_names);
	for (guint i = 0; i < n; i++)
		if (!g_hash_table_contains(named, files[i]) && !chunk_name_parse(&name, files[i]))
			adopt(m, files[i], &name);
	g_free(files);
}

int model_scan(struct model *m, GHashTable *named, GHashTable **on_disk)
{
	g_autofree char *path = g_build_filename(m->dir, "chunks", NULL);
	DIR *dir = opendir(path);
	struct dirent *e;

	if (!dir && errno != ENOENT)
		return -errno;
	*on_disk = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			g_hash_table_add(*on_disk, g_strdup(e->d_name));
	if (dir)
		closedir(dir);
	adopt_unnamed(m, named, *on_disk);
	return 0;
}

/* ---- finishing ---- */

static int compare_chunks(const void *a, const void *b)
{
	const struct model_chunk *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static int compare_segments(const void *a, const void *b)
{
	const struct model_segment *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static int compare_sources(const void *a, const void *b)
{
	return strcmp(((const struct model_source *)a)->name, ((const struct model_source *)b)->name);
}

static int compare_participants(const void *a, const void *b)
{
	long x = atol(((const struct model_participant *)a)->id + strlen("user")), y = atol(((const struct model_participant *)b)->id + strlen("user"));

	return (x > y) - (x < y);
}

/** qsort() may not be given a null pointer, even for nothing. */
static void sort(void *array, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	if (n)
		qsort(array, n, size, compare);
}

static void finish_segment(struct model *m, struct model_segment *g, GHashTable *on_disk)
{
	sort(g->chunks, g->nchunks, sizeof(*g->chunks), compare_chunks);
	for (size_t i = 0; i < g->nchunks; i++) {
		struct model_chunk *c = &g->chunks[i];

		c->missing = !g_hash_table_contains(on_disk, c->file + strlen("chunks/"));
		m->missing_chunks += c->missing;
		g->to_ms = MAX(g->to_ms, c->to_ms);
	}
	if (g->from_ms == OPEN_MS)      /* no segment line: it begins with its first chunk */
		g->from_ms = g->nchunks ? g->chunks[0].from_ms : 0;
	g->to_ms = MAX(g->to_ms, g->from_ms);
	if (!m->stopped)
		m->duration_ms = MAX(m->duration_ms, g->to_ms);
}

static void close_spans(struct span *spans, size_t n, int64_t end_ms)
{
	for (size_t i = 0; i < n; i++)
		if (spans[i].to_ms == OPEN_MS)
			spans[i].to_ms = MAX(end_ms, spans[i].from_ms);
}

/** Somebody whose `joined` line is lost was there at least while media came. */
static void presence_from_media(struct model_participant *p)
{
	int64_t from_ms = INT64_MAX, to_ms = 0;

	for (size_t i = 0; i < p->nsources; i++)
		for (size_t k = 0; k < p->sources[i].nsegments; k++) {
			from_ms = MIN(from_ms, p->sources[i].segments[k].from_ms);
			to_ms = MAX(to_ms, p->sources[i].segments[k].to_ms);
		}
	if (from_ms < to_ms)
		*ARRAY_ADD(p->present, p->npresent) = (struct span){ from_ms, to_ms };
}

static void finish_participant(struct model *m, struct model_participant *p)
{
	sort(p->sources, p->nsources, sizeof(*p->sources), compare_sources);
	for (size_t i = 0; i < p->nsources; i++)
		close_spans(p->sources[i].muted, p->sources[i].nmuted, m->duration_ms);
	if (!p->npresent)
		presence_from_media(p);
	close_spans(p->present, p->npresent, m->duration_ms);
	if (!p->name || !*p->name) {
		g_free(p->name);
		p->name = g_strdup(p->id);
	}
	if (!p->identity)
		p->identity = g_strdup("");
	if (!p->role)
		p->role = g_strdup("guest");
}

static void finish_sources(struct model *m, struct model_participant *p, GHashTable *on_disk)
{
	for (size_t i = 0; i < p->nsources; i++) {
		struct model_source *s = &p->sources[i];

		sort(s->segments, s->nsegments, sizeof(*s->segments), compare_segments);
		for (size_t k = 0; k < s->nsegments; k++)
			finish_segment(m, &s->segments[k], on_disk);
	}
}

void model_finish(struct model *m, GHashTable *on_disk)
{
	sort(m->participants, m->nparticipants, sizeof(*m->participants), compare_participants);
	for (size_t i = 0; i < m->nparticipants; i++)      /* all of them first: they say how long it was */
		finish_sources(m, &m->participants[i], on_disk);
	for (size_t i = 0; i < m->nparticipants; i++)
		finish_participant(m, &m->participants[i]);
	if (!m->elapsed_ms)
		m->elapsed_ms = m->duration_ms;
}
