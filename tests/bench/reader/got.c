/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our recordings, read with libavformat.
 *
 *	chunks/ ─▶ names in order ─▶ packets ─▶ mark, picture ─▶ struct got of the participant ─▶ by display name
 */
#include "tests/bench/reader/got.h"

#include <libavformat/avformat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/ids.h"
#include "common/json.h"
#include "tests/bench/mark.h"
#include "tests/plugin/synth.h"

struct reader {
	const char *dir;
	bool decode;
	GHashTable *people;        /* user1 → struct got, owned by the result */
	struct synth_reader *pictures;
	struct chunk_name last;
};

struct got *got_new(void)
{
	struct got *g = g_new0(struct got, 1);

	for (int i = 0; i < 2; i++)
		g->frames[i] = g_array_new(FALSE, FALSE, sizeof(struct got_frame));
	return g;
}

void got_free(struct got **g)
{
	for (int i = 0; *g && i < 2; i++)
		g_array_unref((*g)->frames[i]);
	g_clear_pointer(g, g_free);
}

static void drop(gpointer p)
{
	struct got *g = p;

	got_free(&g);
}

static void take_picture(struct reader *r, struct got *g, struct got_frame *f, const AVPacket *pkt)
{
	struct mark m;

	if (!mark_get(&m, pkt->data, (size_t)pkt->size)) {
		g->damaged++;
		return;
	}
	f->number = m.number;
	f->position = m.position;
	if (r->decode && synth_reader_number(r->pictures, pkt->data, (size_t)pkt->size) != (int)m.position)
		g->wrong++;
	g_array_append_val(g->frames[1], *f);
}

static void take_sound(struct got *g, struct got_frame *f, const AVPacket *pkt)
{
	int64_t number = synth_opus_number(pkt->data, (size_t)pkt->size);

	if (number < 0) {
		g->damaged++;
		return;
	}
	f->number = (uint32_t)number;
	g_array_append_val(g->frames[0], *f);
}

/* A decoder of its own for each segment. */
static void begin(struct reader *r, const struct chunk_name *n)
{
	if (r->pictures && !strcmp(n->participant, r->last.participant) && !strcmp(n->source, r->last.source) && n->segment == r->last.segment)
		return;
	synth_reader_unref(&r->pictures);
	r->pictures = synth_reader_create();
	r->last = *n;
}

static int read_chunk(struct reader *r, struct got *g, const struct chunk_name *n, const char *file)
{
	char *path = g_build_filename(r->dir, "chunks", file, NULL);
	AVFormatContext *f = NULL;
	AVPacket *pkt = av_packet_alloc();
	int err = avformat_open_input(&f, path, NULL, NULL);

	while (!err && !(err = av_read_frame(f, pkt))) {
		struct got_frame frame = { .t_ms = pkt->pts, .segment = n->segment, .keyframe = pkt->flags & AV_PKT_FLAG_KEY };

		if (source_is_audio(n->source))
			take_sound(g, &frame, pkt);
		else
			take_picture(r, g, &frame, pkt);
		av_packet_unref(pkt);
	}
	av_packet_free(&pkt);
	avformat_close_input(&f);
	g_free(path);
	return err == AVERROR_EOF ? 0 : err;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names sort by participant, source, segment and index as long as the numbers have their usual width. */
static GPtrArray *chunk_files(const char *dir)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
	char *path = g_build_filename(dir, "chunks", NULL);
	GDir *d = g_dir_open(path, 0, NULL);
	const char *name;

	while (d && (name = g_dir_read_name(d)))
		g_ptr_array_add(all, g_strdup(name));
	if (d)
		g_dir_close(d);
	g_ptr_array_sort(all, by_name);
	g_free(path);
	return all;
}

/* user1 → its struct got; the result has the same by display name. */
static GHashTable *load_people(struct reader *r)
{
	char *path = g_build_filename(r->dir, "participants.json", NULL);
	json_t *file = json_load_file(path, 0, NULL), *person;
	GHashTable *out = file ? g_hash_table_new_full(g_str_hash, g_str_equal, g_free, drop) : NULL;
	const char *id;

	r->people = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	json_object_foreach(json_object_get(file, "participants"), id, person) {
		struct got *g = got_new();
		const char *name = json_str(person, "name");

		g_hash_table_insert(r->people, g_strdup(id), g);
		g_hash_table_insert(out, g_strdup(name ? name : id), g);
	}
	json_decref(file);
	g_free(path);
	return out;
}

GHashTable *got_chunks(const char *dir, bool decode)
{
	struct reader r = { .dir = dir, .decode = decode };
	GHashTable *out = load_people(&r);
	GPtrArray *files = chunk_files(dir);

	for (guint i = 0; out && i < files->len; i++) {
		struct chunk_name n;
		struct got *g = chunk_name_parse(&n, files->pdata[i]) ? NULL : g_hash_table_lookup(r.people, n.participant);

		if (!g) {
			fprintf(stderr, "reader: chunks/%s is nobody's\n", (char *)files->pdata[i]);
			continue;
		}
		begin(&r, &n);
		if (read_chunk(&r, g, &n, files->pdata[i])) {
			fprintf(stderr, "reader: chunks/%s cannot be read\n", (char *)files->pdata[i]);
			g->damaged++;
		}
	}
	synth_reader_unref(&r.pictures);
	g_hash_table_unref(r.people);
	g_ptr_array_unref(files);
	return out;
}
