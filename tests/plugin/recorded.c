/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads recordings back. The test's thread, after or while the plugin writes.
 *
 *   timeline.jsonl ─▶ lines ─▶ order, seals, chain
 *                        └──▶ chunk lines ─▶ files ─▶ packets ─▶ numbers
 */
#include <dirent.h>
#include <glib.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>
#include "common/fsio.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/sha256.h"
#include "tests/plugin/fake_janus.h"
#include "tests/plugin/recorded.h"
#include "tests/plugin/synth.h"

enum { FILE_MAX = 64 << 20 };

struct recorded {
	char *dir;
	json_t *lines;
	int64_t chunk_ms;
	GHashTable *sources;       /* "user1_video" → GArray of struct recorded_frame */
	GHashTable *files;         /* names told by chunk lines */
	/* while reading a source */
	struct synth_reader *reader;
	char reading[64];
};

static bool is(json_t *line, const char *key, const char *value)
{
	const char *s = json_str(line, key);

	return !value || (s && !strcmp(s, value));
}

/* --- the timeline --- */

struct chain { char prev[SHA256_HEX]; };

static void check_chain(json_t *line, const char *text, struct chain *c)
{
	if (!is(line, "type", "chunk"))
		return;
	if (!is(line, "prev", c->prev))
		fake_broken("prev of %s is not the hash of the chunk line before", json_str(line, "file"));
	sha256_hex(c->prev, text, strlen(text));
}

static int read_lines(struct recorded *r)
{
	char *path = g_build_filename(r->dir, "timeline.jsonl", NULL), *text = NULL, **lines;
	struct chain c = { "" };
	int err = fs_read(path, FILE_MAX, &text, NULL);

	g_free(path);
	if (err)
		return err;
	lines = g_strsplit(text, "\n", -1);
	for (char **l = lines; l[0] && l[1]; l++) {   /* the last piece has no newline behind it */
		json_t *o = json_loads(*l, 0, NULL);

		if (!o) {
			fake_broken("the timeline has a line that is no JSON: %s", *l);
			continue;
		}
		check_chain(o, *l, &c);
		json_array_append_new(r->lines, o);
	}
	g_strfreev(lines);
	g_free(text);
	return 0;
}

/* Lines a seal does not speak about. */
static bool beyond_seals(json_t *line)
{
	return is(line, "type", "sealed") || is(line, "type", "recovered") || is(line, "type", "repaired") || is(line, "type", "erased") ||
	       is(line, "type", "signature") || (is(line, "type", "gap") && is(line, "reason", "late"));
}

static void check_order(struct recorded *r)
{
	int64_t sealed = -1, t_ms;
	json_t *line;
	size_t i;

	json_array_foreach(r->lines, i, line) {
		t_ms = json_num(line, "t_ms", -1);
		if (!json_str(line, "type") || t_ms < 0 || json_num(line, "wall_ms", 0) <= 0)
			fake_broken("line %zu of the timeline lacks type, t_ms or wall_ms", i + 1);
		if (is(line, "type", "sealed")) {
			if (json_num(line, "n", -1) <= sealed)
				fake_broken("sealed %d comes after sealed %d", (int)json_num(line, "n", -1), (int)sealed);
			sealed = json_num(line, "n", -1);
		} else if (!beyond_seals(line) && !is(line, "type", "stop") && t_ms < (sealed + 1) * r->chunk_ms) {
			fake_broken("%s at %d ms comes after sealed %d", json_str(line, "type"), (int)t_ms, (int)sealed);
		}
	}
}

static void check_ends(struct recorded *r, bool open)
{
	json_t *first = json_array_get(r->lines, 0), *last;
	size_t n = json_array_size(r->lines);

	/* Behind `stop`, and nowhere else */
	n -= n > 1 && is(json_array_get(r->lines, n - 1), "type", "signature");
	last = json_array_get(r->lines, n - 1);
	if (!is(first, "type", "start") || json_num(first, "format", 0) != 1 || json_num(first, "t_ms", -1) != 0)
		fake_broken("the timeline does not begin with start, format 1, at 0");
	if (!open && !is(last, "type", "stop"))
		fake_broken("the timeline ends with %s", json_str(last, "type"));
}

/* --- chunks --- */

static GArray *frames_of(struct recorded *r, const char *participant, const char *source, bool create)
{
	char *key = g_strdup_printf("%s_%s", participant, source);
	GArray *a = g_hash_table_lookup(r->sources, key);

	if (!a && create) {
		a = g_array_new(FALSE, FALSE, sizeof(struct recorded_frame));
		g_hash_table_insert(r->sources, key, a);
		return a;
	}
	g_free(key);
	return a;
}

static int64_t number_of(struct recorded *r, const AVPacket *pkt, bool audio)
{
	if (audio)
		return synth_opus_number(pkt->data, (size_t)pkt->size);
	return synth_reader_number(r->reader, pkt->data, (size_t)pkt->size);
}

struct chunk_times { int64_t first_ms, last_ms; int frames; };

static void take_packet(struct recorded *r, const struct chunk_name *n, const AVPacket *pkt, const char *file, struct chunk_times *t)
{
	bool audio = source_is_audio(n->source);
	struct recorded_frame f = { .t_ms = pkt->pts, .segment = n->segment, .keyframe = pkt->flags & AV_PKT_FLAG_KEY };

	f.number = number_of(r, pkt, audio);
	if (f.number < 0)
		fake_broken("%s: frame %d at %d ms does not decode", file, t->frames, (int)f.t_ms);
	if (f.t_ms < n->index * r->chunk_ms || f.t_ms >= (n->index + 1) * r->chunk_ms)
		fake_broken("%s holds a frame of %d ms", file, (int)f.t_ms);
	if (t->frames && f.t_ms < t->last_ms)
		fake_broken("%s: time falls from %d to %d ms", file, (int)t->last_ms, (int)f.t_ms);
	if (!t->frames++)
		t->first_ms = f.t_ms;
	t->last_ms = f.t_ms;
	g_array_append_val(frames_of(r, n->participant, n->source, true), f);
}

static int open_chunk(AVFormatContext **f, const char *path, const struct chunk_name *n)
{
	int err = avformat_open_input(f, path, NULL, NULL);
	enum AVCodecID want = source_is_audio(n->source) ? AV_CODEC_ID_OPUS : AV_CODEC_ID_VP8;

	if (err)
		return err;
	if ((*f)->nb_streams != 1 || (*f)->streams[0]->codecpar->codec_id != want)
		fake_broken("%s holds another thing than one stream of its codec", path);
	return 0;
}

static void read_packets(struct recorded *r, const struct chunk_name *n, const char *path, struct chunk_times *t)
{
	AVFormatContext *f = NULL;
	AVPacket *pkt = av_packet_alloc();
	int err = open_chunk(&f, path, n);

	while (!err && !(err = av_read_frame(f, pkt))) {
		take_packet(r, n, pkt, path, t);
		av_packet_unref(pkt);
	}
	if (err != AVERROR_EOF)
		fake_broken("%s cannot be read: %s", path, av_err2str(err));
	av_packet_free(&pkt);
	avformat_close_input(&f);
}

/* A decoder of its own for each segment. */
static void begin_segment(struct recorded *r, const struct chunk_name *n)
{
	char *key = g_strdup_printf("%s_%s_%u", n->participant, n->source, n->segment);

	if (strcmp(key, r->reading)) {
		synth_reader_unref(&r->reader);
		r->reader = synth_reader_create();
		g_strlcpy(r->reading, key, sizeof(r->reading));
	}
	g_free(key);
}

static void check_numbers(json_t *line, const char *file, const struct chunk_times *t)
{
	if (json_num(line, "frames", -1) != t->frames)
		fake_broken("%s holds %d frames, its line says %d", file, t->frames, (int)json_num(line, "frames", -1));
	if (json_num(line, "t_ms", -1) != t->first_ms)
		fake_broken("%s begins at %d ms, its line says %d", file, (int)t->first_ms, (int)json_num(line, "t_ms", -1));
	if (json_num(line, "end_ms", -1) <= t->last_ms || json_num(line, "end_ms", -1) > t->last_ms + 1000)
		fake_broken("%s: last frame at %d ms, end_ms is %d", file, (int)t->last_ms, (int)json_num(line, "end_ms", -1));
}

static void check_file(json_t *line, const char *path, const char *file)
{
	char hex[SHA256_HEX], *data = NULL;
	size_t len = 0;

	if (fs_read(path, FILE_MAX, &data, &len)) {
		fake_broken("%s is in the timeline and not there", file);
		return;
	}
	sha256_hex(hex, data, len);
	if (!is(line, "sha256", hex) || json_num(line, "bytes", -1) != (int64_t)len)
		fake_broken("%s has another hash or size than its line says", file);
	g_free(data);
}

static bool segment_told(struct recorded *r, const struct chunk_name *n, size_t before)
{
	for (size_t i = 0; i < before; i++) {
		json_t *l = json_array_get(r->lines, i);

		if (is(l, "type", "segment") && is(l, "participant", n->participant) && is(l, "source", n->source) &&
		    json_num(l, "segment", -1) == n->segment)
			return true;
	}
	return false;
}

static void read_chunk(struct recorded *r, json_t *line, size_t at)
{
	const char *file = json_str(line, "file");
	struct chunk_times t = { 0 };
	struct chunk_name n;
	char *path;

	if (!file || chunk_name_parse(&n, file) || !is(line, "participant", n.participant) || !is(line, "source", n.source) ||
	    json_num(line, "segment", -1) != n.segment || json_num(line, "index", -1) != n.index) {
		fake_broken("chunk line with a wrong file name %s", file ? file : "(none)");
		return;
	}
	if (!g_hash_table_add(r->files, g_strdup(file)))
		fake_broken("%s has two lines", file);
	if (!segment_told(r, &n, at))
		fake_broken("%s comes before its segment", file);
	path = g_build_filename(r->dir, "chunks", file, NULL);
	begin_segment(r, &n);
	check_file(line, path, file);
	read_packets(r, &n, path, &t);
	check_numbers(line, file, &t);
	g_free(path);
}

/* Chunk lines of a source in their order: lines of several sources come mixed, and a decoder needs one after the other. */
static void read_chunks_of(struct recorded *r, const char *participant, const char *source)
{
	json_t *line;
	size_t i;

	json_array_foreach(r->lines, i, line)
		if (is(line, "type", "chunk") && is(line, "participant", participant) && is(line, "source", source))
			read_chunk(r, line, i);
}

static void read_chunks(struct recorded *r)
{
	json_t *line;
	size_t i;

	json_array_foreach(r->lines, i, line) {
		const char *p = json_str(line, "participant"), *s = json_str(line, "source");

		if (!is(line, "type", "segment") || !p || !s || frames_of(r, p, s, false))
			continue;
		frames_of(r, p, s, true);
		read_chunks_of(r, p, s);
	}
}

static void check_directory(struct recorded *r)
{
	char *path = g_build_filename(r->dir, "chunks", NULL);
	DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && !g_hash_table_contains(r->files, e->d_name))
			fake_broken("chunks/%s is not in the timeline", e->d_name);
	if (d)
		closedir(d);
	else
		fake_broken("%s is missing", path);
	g_free(path);
}

static void free_array(void *a)
{
	g_array_free(a, TRUE);
}

struct recorded *recorded_load(const char *dir, bool open)
{
	struct recorded *r = g_new0(struct recorded, 1);

	r->dir = g_strdup(dir);
	r->lines = json_array();
	r->sources = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_array);
	r->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	if (read_lines(r) || !json_array_size(r->lines)) {
		recorded_free(&r);
		return NULL;
	}
	r->chunk_ms = json_num(json_array_get(r->lines, 0), "chunk_ms", 1000);
	check_ends(r, open);
	check_order(r);
	read_chunks(r);
	if (!open)
		check_directory(r);
	return r;
}

json_t *recorded_lines(const struct recorded *r)
{
	return r->lines;
}

static bool line_fits(json_t *line, const char *type, const char *participant, const char *source)
{
	return is(line, "type", type) && is(line, "participant", participant) && is(line, "source", source);
}

json_t *recorded_line(const struct recorded *r, const char *type, const char *participant, const char *source, unsigned n)
{
	json_t *line;
	size_t i;

	json_array_foreach(r->lines, i, line)
		if (line_fits(line, type, participant, source) && !n--)
			return line;
	return NULL;
}

unsigned recorded_count(const struct recorded *r, const char *type, const char *participant, const char *source)
{
	unsigned n = 0;
	json_t *line;
	size_t i;

	json_array_foreach(r->lines, i, line)
		n += line_fits(line, type, participant, source);
	return n;
}

const struct recorded_frame *recorded_frames(const struct recorded *r, const char *participant, const char *source, size_t *n)
{
	GArray *a = frames_of((struct recorded *)r, participant, source, false);

	*n = a ? a->len : 0;
	return a ? (const struct recorded_frame *)(void *)a->data : NULL;
}

bool recorded_has(const struct recorded *r, const char *participant, const char *source, int64_t number)
{
	size_t n;
	const struct recorded_frame *f = recorded_frames(r, participant, source, &n);

	for (size_t i = 0; i < n; i++)
		if (f[i].number == number)
			return true;
	return false;
}

void recorded_free(struct recorded **r)
{
	if (!*r)
		return;
	synth_reader_unref(&(*r)->reader);
	g_hash_table_unref((*r)->sources);
	g_hash_table_unref((*r)->files);
	json_decref((*r)->lines);
	g_free((*r)->dir);
	g_free(*r);
	*r = NULL;
}
