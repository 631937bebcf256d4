/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writes metadata.json. Called by compose when the file is complete. The same recording and spec give the same text: no clock is read here.
 */
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <opus.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "config.h"
#include "postprocess/checksum.h"
#include "postprocess/metadata.h"

enum { SCHEMA_VERSION = 1 };

static json_t *integer(int64_t v)
{
	return json_integer((json_int_t)v);
}

/** RFC 3339, UTC, with milliseconds. */
static json_t *wall_time(int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	char text[40];
	struct tm tm;
	size_t n;

	if (ms < 0 || !gmtime_r(&s, &tm))
		return json_null();
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	g_snprintf(text + n, sizeof(text) - n, ".%03dZ", (int)(ms % 1000));
	return json_string(text);
}

/** A name in a title or an id may be any bytes; JSON is UTF-8. */
static json_t *text_of(const char *s)
{
	g_autofree char *valid = g_utf8_make_valid(s ? s : "", -1);

	return json_string(valid);
}

/* ---- the call ---- */

static void add_gaps(json_t *list, const struct model_gap *gaps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:o,s:o,s:o}", "from_ms", integer(gaps[i].from_ms), "to_ms", integer(gaps[i].to_ms), "reason",
						      text_of(gaps[i].reason)));
}

static json_t *segment_json(const struct model_source *s, const struct model_segment *g)
{
	json_t *o = json_pack("{s:i,s:o,s:o,s:o}", "segment", (int)g->number, "codec", text_of(g->codec), "from_ms", integer(g->from_ms), "to_ms",
			      integer(g->to_ms));

	if (s->audio)
		json_object_set_new(o, "channels", integer(g->channels));
	if (!s->audio) {
		json_object_set_new(o, "width", integer(g->width));
		json_object_set_new(o, "height", integer(g->height));
		json_object_set_new(o, "rotation", integer(g->rotation));
	}
	return o;
}

static json_t *spans_json(const struct span *spans, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:o,s:o}", "from_ms", integer(spans[i].from_ms), "to_ms", integer(spans[i].to_ms)));
	return list;
}

static json_t *track_json(const struct model_source *s, const struct video_counts *counts)
{
	json_t *segments = json_array(), *gaps = json_array();
	int64_t frames = 0, lost = 0, missing = 0;

	for (size_t i = 0; i < s->nsegments; i++) {
		const struct model_segment *g = s->segments[i];

		json_array_append_new(segments, segment_json(s, g));
		add_gaps(gaps, g->gaps, g->ngaps);
		lost += g->lost;
		for (size_t k = 0; k < g->nchunks; k++) {
			frames += g->chunks[k].frames;
			missing += g->chunks[k].missing;
		}
	}
	add_gaps(gaps, counts->gaps, counts->ngaps);
	return json_pack("{s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "source", text_of(s->name), "kind", s->audio ? "audio" : "video", "codec",
			 text_of(s->nsegments ? s->segments[0]->codec : ""), "frames", integer(frames), "lost", integer(lost), "missing_chunks",
			 integer(missing), "segments", segments, "muted", spans_json(s->muted, s->nmuted), "gaps", gaps);
}

static json_t *presence_json(const struct model *m, const struct model_participant *p)
{
	json_t *list = spans_json(p->present, p->npresent), *o;
	size_t i;

	json_array_foreach(list, i, o) {
		json_object_set_new(o, "joined_at", wall_time(model_wall_ms(m, p->present[i].from_ms)));
		json_object_set_new(o, "left_at", wall_time(model_wall_ms(m, p->present[i].to_ms)));
	}
	return list;
}

static json_t *participant_json(const struct metadata_conf *c, size_t index)
{
	const struct model_participant *p = c->model->participants[index];
	double talk_ms = index < G_N_ELEMENTS(c->sound->talk_ms) ? c->sound->talk_ms[index] : 0;
	json_t *tracks = json_array();

	for (size_t i = 0; i < p->nsources; i++) {
		struct video_counts counts;

		scene_counts(c->scene, p->sources[i], &counts);
		json_array_append_new(tracks, track_json(p->sources[i], &counts));
	}
	return json_pack("{s:s,s:o,s:o,s:o,s:o}", "id", p->id, "role", text_of(p->role), "present", presence_json(c->model, p), "talk_ms",
			 integer(llrint(talk_ms)), "tracks", tracks);
}

static json_t *call_json(const struct metadata_conf *c)
{
	const struct model *m = c->model;
	json_t *people = json_array(), *flags = json_array(), *o;

	for (size_t i = 0; i < m->nparticipants; i++)
		json_array_append_new(people, participant_json(c, i));
	for (char **f = m->flags; *f; f++)
		json_array_append_new(flags, text_of(*f));
	o = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "recording", text_of(m->id), "room", text_of(m->room), "id", text_of(m->call_id), "title",
		      text_of(m->title), "layout", text_of(m->layout), "started_at", wall_time(m->start_wall_ms), "stopped_at",
		      wall_time(m->start_wall_ms + m->elapsed_ms), "duration_ms", integer(m->duration_ms), "elapsed_ms", integer(m->elapsed_ms), "flags", flags);
	json_object_set_new(o, "chain_hash", text_of(m->chain));
	json_object_set_new(o, "bad_lines", integer(m->bad_lines));
	json_object_set_new(o, "missing_chunks", integer(m->missing_chunks));
	json_object_set_new(o, "participants", people);
	return o;
}

/* ---- the output ---- */

static json_t *rounded(double v)
{
	return json_real(round(v * 100) / 100);
}

static json_t *loudness_json(const struct sound_result *s)
{
	if (s->silent || !s->measured)
		return json_null();
	return json_pack("{s:o,s:o,s:o}", "integrated_lufs", rounded(s->lufs), "true_peak_dbtp", rounded(s->true_peak_db), "output_gain_db",
			 rounded(s->output_gain_q8 / 256.0));
}

static json_t *checksum_json(const struct sink_result *r)
{
	json_t *blocks = json_array();

	for (char *const *b = r->blocks; b && *b; b++)
		json_array_append_new(blocks, json_string(*b));
	return json_pack("{s:s,s:i,s:s,s:o}", "algorithm", "sha256", "block_size", (int)CHECKSUM_BLOCK, "list", r->digest, "blocks", blocks);
}

static json_t *library(unsigned version)
{
	char text[32];

	g_snprintf(text, sizeof(text), "%u.%u.%u", AV_VERSION_MAJOR(version), AV_VERSION_MINOR(version), AV_VERSION_MICRO(version));
	return json_string(text);
}

static json_t *software_json(void)
{
	return json_pack("{s:s,s:o,s:o,s:o,s:s}", "recroom-pp", PACKAGE_VERSION, "libavcodec", library(avcodec_version()), "libavformat",
			 library(avformat_version()), "libswscale", library(swscale_version()), "libopus", opus_get_version_string());
}

/** Those beside the media. */
static json_t *files_json(const struct metadata_conf *c)
{
	json_t *list = json_array();

	for (int i = 0; i < c->nfiles; i++) {
		const struct compose_file *f = &c->files[i];

		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:o,s:s}", "kind", f->kind, "name", f->name, "mime", f->mime, "size", integer(f->size),
						      "sha256", f->sha256));
	}
	return list;
}

static json_t *output_json(const struct metadata_conf *c)
{
	json_t *o = json_pack("{s:i,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "id", 1, "file", c->file, "mime", c->mime, "files", files_json(c), "size",
			      integer(c->media->size), "duration_ms", integer(c->duration_ms), "spec", output_spec_json(c->spec), "loudness",
			      loudness_json(c->sound), "checksum", checksum_json(c->media));

	json_object_set_new(o, "damaged_audio_chunks", integer(c->sound->damaged_chunks));
	json_object_set_new(o, "concealed_audio_frames", integer(c->sound->concealed_frames));
	json_object_set_new(o, "software", software_json());
	return o;
}

char *metadata_text(const struct metadata_conf *conf)
{
	json_t *doc = json_pack("{s:i,s:o,s:[o]}", "schema_version", SCHEMA_VERSION, "call", call_json(conf), "outputs", output_json(conf));
	char *text = json_dumps(doc, JSON_INDENT(2) | JSON_REAL_PRECISION(8)), *line;
	size_t n;

	json_decref(doc);
	if (!text)
		abort();       /* every string in it is valid UTF-8: only memory can be out */
	n = strlen(text);
	line = realloc(text, n + 2);
	if (!line)
		abort();
	memcpy(line + n, "\n", 2);
	return line;
}
