/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `call` of metadata.json: the recording, its people and their tracks. Called by metadata.c.
 */
#include <glib.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include "postprocess/metadata_private.h"
#include "postprocess/sync_log.h"

json_t *metadata_time(int64_t wall_ms)
{
	time_t s = (time_t)(wall_ms / 1000);
	char text[40];
	struct tm tm;
	size_t n;

	if (wall_ms < 0 || !gmtime_r(&s, &tm))
		return json_null();
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	g_snprintf(text + n, sizeof(text) - n, ".%03dZ", (int)(wall_ms % 1000));
	return json_string(text);
}

json_t *metadata_str(const char *s)
{
	g_autofree char *valid = g_utf8_make_valid(s ? s : "", -1);

	return json_string(valid);
}

/* ---- clocks ---- */

/** RFC 3339 as a clock on the wall there would say it. */
static json_t *local_time(GTimeZone *zone, int64_t wall_ms)
{
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(wall_ms / 1000);
	g_autoptr(GDateTime) there = utc && wall_ms >= 0 ? g_date_time_to_timezone(utc, zone) : NULL;
	g_autofree char *day = there ? g_date_time_format(there, "%Y-%m-%dT%H:%M:%S") : NULL;
	int offset_min;

	if (!day)
		return json_null();
	offset_min = (int)(g_date_time_get_utc_offset(there) / G_TIME_SPAN_MINUTE);
	return json_sprintf("%s.%03d%c%02d:%02d", day, (int)(wall_ms % 1000), offset_min < 0 ? '-' : '+', abs(offset_min) / 60, abs(offset_min) % 60);
}

static void add_zone(json_t *o, const struct metadata_conf *c)
{
	const char *name = c->spec->time_zone[0] ? c->spec->time_zone : "UTC";
	GTimeZone *zone = g_time_zone_new_identifier(name);

	if (!zone) {
		name = "UTC";
		zone = g_time_zone_new_utc();
	}
	json_object_set_new(o, "time_zone", metadata_str(name));
	json_object_set_new(o, "started_local", local_time(zone, c->model->start_wall_ms));
	g_time_zone_unref(zone);
}

/** Where recording time stood still, and what the clock on the wall said. */
static json_t *pauses_json(const struct model *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->npauses; i++) {
		const struct model_pause *p = &m->pauses[i];
		int64_t length_ms = MAX(0, p->length_ms), wall_ms = model_wall_ms(m, p->at_ms);

		json_array_append_new(list, json_pack("{s:o,s:o,s:o,s:o}", "at_ms", metadata_int(p->at_ms), "length_ms", metadata_int(length_ms), "from",
						      metadata_time(wall_ms), "to", metadata_time(wall_ms + length_ms)));
	}
	return list;
}

/** Recording time to wall clock: from each of these on they run alike. */
static json_t *clock_json(const struct model *m)
{
	json_t *list = json_array();

	json_array_append_new(list, json_pack("{s:i,s:o}", "t_ms", 0, "at", metadata_time(m->start_wall_ms)));
	for (size_t i = 0; i < m->npauses; i++) {
		int64_t wall_ms = model_wall_ms(m, m->pauses[i].at_ms) + MAX(0, m->pauses[i].length_ms);

		json_array_append_new(list, json_pack("{s:o,s:o}", "t_ms", metadata_int(m->pauses[i].at_ms), "at", metadata_time(wall_ms)));
	}
	return list;
}

static json_t *layouts_json(const struct model *m)
{
	json_t *list = json_array();

	json_array_append_new(list, json_pack("{s:i,s:o}", "at_ms", 0, "layout", metadata_str(m->layout)));
	for (size_t i = 0; i < m->nlayouts; i++) {
		const struct model_layout *l = &m->layouts[i];
		json_t *o = json_pack("{s:o,s:o}", "at_ms", metadata_int(l->at_ms), "layout", metadata_str(l->mode));

		if (l->focus[0])
			json_object_set_new(o, "focus", metadata_str(l->focus));
		if (l->regions)
			json_object_set_new(o, "regions", json_loads(l->regions, 0, NULL));
		json_array_append_new(list, o);
	}
	return list;
}

/* ---- tracks ---- */

static json_t *spans_json(const struct span *spans, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:o,s:o}", "from_ms", metadata_int(spans[i].from_ms), "to_ms", metadata_int(spans[i].to_ms)));
	return list;
}

static void add_gaps(json_t *list, const struct model_gap *gaps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:o,s:o,s:o}", "from_ms", metadata_int(gaps[i].from_ms), "to_ms", metadata_int(gaps[i].to_ms),
						      "reason", metadata_str(gaps[i].reason)));
}

static void add_picture(json_t *o, const struct model_segment *g)
{
	json_t *turns;

	json_object_set_new(o, "width", metadata_int(g->width));
	json_object_set_new(o, "height", metadata_int(g->height));
	json_object_set_new(o, "rotation", metadata_int(g->rotation));
	if (g->layer >= 0)
		json_object_set_new(o, "layer", metadata_int(g->layer));
	if (!g->nturns)
		return;
	turns = json_array();
	for (size_t i = 0; i < g->nturns; i++)
		json_array_append_new(turns, json_pack("{s:o,s:i}", "at_ms", metadata_int(g->turns[i].at_ms), "rotation", g->turns[i].rotation));
	json_object_set_new(o, "turns", turns);
}

static json_t *segment_json(const struct model_source *s, const struct model_segment *g)
{
	json_t *o = json_pack("{s:i,s:o,s:o,s:o}", "segment", (int)g->number, "codec", metadata_str(g->codec), "from_ms", metadata_int(g->from_ms), "to_ms",
			      metadata_int(g->to_ms));

	if (g->reason[0])
		json_object_set_new(o, "reason", metadata_str(g->reason));
	if (s->audio)
		json_object_set_new(o, "channels", metadata_int(g->channels));
	else
		add_picture(o, g);
	return o;
}

/** The sound that a source is to be in step with: of a screen its own, if there is one, else what the microphone gives. */
static const struct model_source *sound_of(const struct model_source *s)
{
	const struct model_source *best = NULL;

	for (size_t i = 0; i < s->owner->nsources; i++) {
		const struct model_source *a = s->owner->sources[i];

		if (a->audio && a->sync && a != s && (!best || (a->screen == s->screen && best->screen != s->screen)))
			best = a;
	}
	return best;
}

static json_t *sync_json(const struct model_source *s)
{
	const struct model_source *sound = s->audio ? NULL : sound_of(s);
	struct sync_error e;
	json_t *o, *error = json_null();

	sync_log_error(s->sync, sound ? sound->sync : NULL, &e);
	if (e.compared)
		error = json_pack("{s:i,s:f,s:f,s:f,s:f}", "compared", (int)e.compared, "bias", e.bias_ms, "median", e.median_ms, "p95", e.p95_ms, "max",
				  e.max_ms);
	o = json_pack("{s:s,s:i,s:o}", "mapping", e.reports ? "sender_reports" : "arrival", "reports", (int)e.reports, "error_ms", error);
	if (e.compared)
		json_object_set_new(o, "against", metadata_str(sound ? sound->name : s->name));
	return o;
}

/** Chunks that a line names and the disk has not. */
static void add_missing(json_t *list, const struct model *m, const struct model_segment *g)
{
	for (size_t i = 0; i < g->nchunks; i++) {
		struct model_gap gap = { g->chunks[i].from_ms - m->shift_ms, g->chunks[i].to_ms - m->shift_ms, "missing" };

		if (g->chunks[i].missing)
			add_gaps(list, &gap, 1);
	}
}

/** What the sound could not read. It may have had a model of its own, so sources are known by their names. */
static void add_unheard(json_t *list, const struct metadata_conf *c, const struct model_source *s)
{
	for (size_t i = 0; i < c->sound->ntracks; i++) {
		const struct sound_track *t = &c->sound->tracks[i];

		if (!strcmp(t->source->owner->id, s->owner->id) && !strcmp(t->source->name, s->name))
			add_gaps(list, t->gaps, t->ngaps);
	}
}

static json_t *track_json(const struct metadata_conf *c, const struct model_source *s, const struct video_counts *counts)
{
	json_t *segments = json_array(), *gaps = json_array(), *o;
	int64_t frames = 0, lost = 0, missing = 0;

	for (size_t i = 0; i < s->nsegments; i++) {
		const struct model_segment *g = s->segments[i];

		json_array_append_new(segments, segment_json(s, g));
		add_gaps(gaps, g->gaps, g->ngaps);
		add_missing(gaps, c->model, g);
		lost += g->lost;
		for (size_t k = 0; k < g->nchunks; k++) {
			frames += g->chunks[k].frames;
			missing += g->chunks[k].missing;
		}
	}
	add_gaps(gaps, counts->unread, counts->nunread);
	add_gaps(gaps, counts->gaps, counts->ngaps);
	add_unheard(gaps, c, s);
	o = json_pack("{s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "source", metadata_str(s->name), "kind", s->audio ? "audio" : "video", "codec",
		      metadata_str(s->nsegments ? s->segments[0]->codec : ""), "frames", metadata_int(frames), "lost", metadata_int(lost), "missing_chunks",
		      metadata_int(missing), "segments", segments, "muted", spans_json(s->muted, s->nmuted), "gaps", gaps);
	json_object_set_new(o, "sync", sync_json(s));
	return o;
}

/* ---- people ---- */

static json_t *presence_json(const struct model *m, const struct model_participant *p)
{
	json_t *list = spans_json(p->present, p->npresent), *o;
	size_t i;

	json_array_foreach(list, i, o) {
		json_object_set_new(o, "joined_at", metadata_time(model_wall_ms(m, p->present[i].from_ms)));
		json_object_set_new(o, "left_at", metadata_time(model_wall_ms(m, p->present[i].to_ms)));
	}
	return list;
}

static bool anybody_talks(const struct model *m)
{
	for (size_t i = 0; i < m->nparticipants; i++)
		if (m->participants[i]->ntalking)
			return true;
	return false;
}

/** By the levels clients sent; where none did, as long as something was heard. */
static int64_t talk_ms(const struct metadata_conf *c, size_t index)
{
	const struct model_participant *p = c->model->participants[index];
	int64_t sum = 0;

	if (!anybody_talks(c->model))
		return index < c->sound->npeople ? llrint(c->sound->people[index].talk_ms) : 0;
	for (size_t i = 0; i < p->ntalking; i++)
		sum += p->talking[i].to_ms - p->talking[i].from_ms;
	return sum;
}

static json_t *participant_json(const struct metadata_conf *c, size_t index)
{
	const struct model_participant *p = c->model->participants[index];
	json_t *tracks = json_array();

	for (size_t i = 0; i < p->nsources; i++) {
		struct video_counts counts = { 0 };

		if (c->scene)
			scene_counts(c->scene, p->sources[i], &counts);
		json_array_append_new(tracks, track_json(c, p->sources[i], &counts));
	}
	return json_pack("{s:s,s:o,s:o,s:o,s:o}", "id", p->id, "role", metadata_str(p->role), "present", presence_json(c->model, p), "talk_ms",
		      metadata_int(talk_ms(c, index)), "tracks", tracks);
}

/** Who was taken out of the recording: their ids are all that is left. */
static json_t *erased_json(const struct model *m)
{
	g_auto(GStrv) ids = g_strsplit(m->erased ? m->erased : "", ",", -1);
	json_t *list = json_array();

	for (char **id = ids; *id; id++)
		json_array_append_new(list, metadata_str(*id));
	return list;
}

json_t *metadata_call(const struct metadata_conf *c)
{
	const struct model *m = c->model;
	json_t *people = json_array(), *flags = json_array(), *o;

	for (size_t i = 0; i < m->nparticipants; i++)
		json_array_append_new(people, participant_json(c, i));
	for (char **f = m->flags; *f; f++)
		json_array_append_new(flags, metadata_str(*f));
	o = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "recording", metadata_str(m->id), "room", metadata_str(m->room), "id", metadata_str(m->call_id), "title",
		      metadata_str(m->title), "started_at", metadata_time(m->start_wall_ms), "stopped_at", metadata_time(m->start_wall_ms + m->elapsed_ms));
	add_zone(o, c);
	json_object_set_new(o, "duration_ms", metadata_int(m->duration_ms));
	json_object_set_new(o, "elapsed_ms", metadata_int(m->elapsed_ms));
	json_object_set_new(o, "clock", clock_json(m));
	json_object_set_new(o, "pauses", pauses_json(m));
	json_object_set_new(o, "layout", metadata_str(m->layout));
	json_object_set_new(o, "layouts", layouts_json(m));
	json_object_set_new(o, "consent", metadata_consent(m));
	json_object_set_new(o, "flags", flags);
	json_object_set_new(o, "erased", erased_json(m));
	json_object_set_new(o, "chain_hash", metadata_str(m->chain));
	json_object_set_new(o, "bad_lines", metadata_int(m->bad_lines));
	json_object_set_new(o, "missing_chunks", metadata_int(m->missing_chunks));
	json_object_set_new(o, "participants", people);
	if (m->continues[0])
		json_object_set_new(o, "continues", json_string(m->continues));
	return o;
}
