/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One source of a recording; called by track on the capture thread.
 *
 *	frame, capture time ─▶ recording time ─▶ segment (cut by pause, mute, size …) ─▶ chunk of its second ─▶ writer
 *	                           │ sealed already: late        │ no keyframe yet: gap
 *
 * A gap that lasts is told second by second, since nothing may be said about a second once it is sealed.
 */
#include "plugins/cutter.h"

#include <glib.h>
#include <string.h>
#include "common/log.h"
#include "plugins/chunk.h"
#include "plugins/line.h"

enum { FRAME_MS = 33, FRAME_MS_MAX = 1000 };   /* a picture's duration before the next is known; its most */

struct cutter {
	const struct cutter_env *env;
	char participant[PARTICIPANT_SIZE], source[SOURCE_SIZE];
	const struct depay *codec;
	unsigned rate_hz, channels;
	/* segment */
	unsigned segments;         /* begun so far */
	bool open;
	const char *reason;        /* of the next one */
	bool waiting;              /* for a keyframe */
	int width, height;
	int layer;                 /* of simulcast, -1: none */
	int rotation, told_rotation;   /* of the pictures now; as the lines have it */
	GBytes *config;            /* CodecPrivate, NULL: the codec's own, or none */
	int64_t last_ms, end_ms;   /* begin and end of the last frame; -1: none */
	int64_t interval_ms;       /* between the last two pictures */
	/* chunk */
	struct chunk *chunk;
	int64_t index;
	char previous[SHA256_HEX];
	size_t expected;           /* size of the next one, judging by the last */
	unsigned lost;             /* packets, not told yet */
	/* what is missing */
	const char *gap;           /* reason, NULL: nothing */
	int64_t gap_from_ms, gap_to_ms;
	int64_t late_from_ms, late_to_ms;
	unsigned late;             /* packets and frames, not told yet */
};

int64_t cutter_env_ms(const struct cutter_env *env, int64_t mono_us)
{
	return MAX(rectime_at(&env->time, mono_us) / 1000, env->floor_ms);
}

void cutter_create(struct cutter **out, const struct cutter_env *env, const char *participant, const char *source)
{
	struct cutter *c = g_new0(struct cutter, 1);

	c->env = env;
	g_strlcpy(c->participant, participant, sizeof(c->participant));
	g_strlcpy(c->source, source, sizeof(c->source));
	c->last_ms = c->end_ms = c->layer = -1;
	c->reason = "start";
	*out = c;
}

void cutter_unref(struct cutter **c)
{
	if (!*c)
		return;
	chunk_unref(&(*c)->chunk);
	g_clear_pointer(&(*c)->config, g_bytes_unref);
	g_clear_pointer(c, g_free);
}

int cutter_segment(const struct cutter *c)
{
	return c->open ? (int)c->segments - 1 : -1;
}

bool cutter_used(const struct cutter *c)
{
	return c->segments > 0;
}

bool cutter_wants_keyframe(const struct cutter *c)
{
	return c->codec && c->codec->video && c->waiting;
}

/* The segment a line is about: the open one, or the one to come. */
static unsigned segment_of_line(const struct cutter *c)
{
	return c->open ? c->segments - 1 : c->segments;
}

static void put_gap(struct cutter *c, int64_t from_ms, int64_t to_ms, const char *reason)
{
	to_ms = MIN(to_ms, rectime_at(&c->env->time, c->env->time.end_us) / 1000);
	if (to_ms > from_ms)
		writer_line(c->env->writer, line_gap(from_ms, to_ms, c->participant, c->source, segment_of_line(c), reason));
}

static void open_gap(struct cutter *c, const char *reason, int64_t from_ms)
{
	if (c->gap)
		return;
	c->gap = reason;
	c->gap_from_ms = MAX(from_ms, c->env->floor_ms);
	c->gap_to_ms = c->gap_from_ms + FRAME_MS;
}

/* Tells the open gap up to to_ms. */
static void tell_gap(struct cutter *c, int64_t to_ms)
{
	if (!c->gap)
		return;
	put_gap(c, c->gap_from_ms, to_ms, c->gap);
}

static void close_gap(struct cutter *c, int64_t to_ms)
{
	tell_gap(c, to_ms);
	c->gap = NULL;
}

static void tell_late(struct cutter *c)
{
	if (c->late)
		put_gap(c, c->late_from_ms, c->late_to_ms, "late");
	c->late = 0;
}

static void note_late(struct cutter *c, int64_t from_ms, int64_t to_ms)
{
	if (c->late++ == 0) {
		c->late_from_ms = from_ms;
		c->late_to_ms = to_ms;
	}
	c->late_from_ms = MIN(c->late_from_ms, from_ms);
	c->late_to_ms = MAX(c->late_to_ms, to_ms);
}

static void finish_chunk(struct cutter *c)
{
	struct chunk_file *file;

	if (!c->chunk)
		return;
	file = chunk_finish(&c->chunk);
	c->expected = file->size + file->size / 8;
	g_strlcpy(c->previous, file->sha256, sizeof(c->previous));
	writer_chunk(c->env->writer, file);
}

/* From when on nothing of the open segment is to be seen any more: a picture that stands still has no other end. */
static void tell_end(struct cutter *c)
{
	int64_t to_ms = MAX(c->end_ms, c->env->floor_ms);
	json_t *line = line_source("ended", MIN(to_ms, rectime_at(&c->env->time, c->env->time.end_us) / 1000), c->participant, c->source);

	line_int(line, "segment", c->segments - 1);
	writer_line(c->env->writer, line);
}

void cutter_cut(struct cutter *c, const char *reason)
{
	close_gap(c, c->gap_to_ms);
	finish_chunk(c);
	if (c->open)
		tell_end(c);
	c->open = false;
	c->waiting = c->codec && c->codec->video;
	if (c->segments > 0)
		c->reason = reason;
}

void cutter_stream(struct cutter *c, const struct depay *codec, unsigned rate_hz, unsigned channels)
{
	bool same = !c->codec || (codec == c->codec && channels == c->channels);

	cutter_cut(c, same ? "reconnect" : "codec");
	c->codec = codec;
	c->rate_hz = rate_hz;
	c->channels = channels;
	c->waiting = codec->video;
	c->lost = 0;
	c->rotation = 0;
	c->layer = -1;
}

void cutter_layer(struct cutter *c, int layer)
{
	c->layer = layer;
}

void cutter_rotation(struct cutter *c, int degrees)
{
	c->rotation = degrees;
}

void cutter_withheld(struct cutter *c, const char *reason, int64_t at_us)
{
	int64_t from_ms = MAX(cutter_env_ms(c->env, at_us), c->end_ms), to_ms = (from_ms / c->env->chunk_ms + 1) * c->env->chunk_ms;

	to_ms = MIN(to_ms, rectime_at(&c->env->time, c->env->time.end_us) / 1000);
	if (c->segments > 0 && to_ms > from_ms)
		writer_line(c->env->writer, line_gap(from_ms, to_ms, c->participant, c->source, c->segments - 1, reason));
}

void cutter_dropped(struct cutter *c, unsigned segment)
{
	if (c->open && segment == c->segments - 1)
		cutter_cut(c, "gap");
}

void cutter_skip(struct cutter *c)
{
	c->waiting = c->codec->video;
}

void cutter_lost(struct cutter *c, unsigned packets)
{
	c->lost += packets;
}

void cutter_break(struct cutter *c, const char *reason)
{
	c->waiting = c->codec->video;
	if (c->waiting && c->open)
		open_gap(c, reason, c->end_ms);
}

void cutter_late(struct cutter *c, int64_t at_us)
{
	int64_t t_ms = rectime_at(&c->env->time, at_us) / 1000;

	if (rectime_covers(&c->env->time, at_us))
		note_late(c, t_ms, t_ms + 1);
}

void cutter_seal(struct cutter *c, int64_t to_ms)
{
	if (c->chunk && c->index * c->env->chunk_ms < to_ms)
		finish_chunk(c);
	tell_gap(c, MIN(c->gap_to_ms, to_ms));
	c->gap_from_ms = MAX(c->gap_from_ms, to_ms);
	tell_late(c);
}

static bool other_size(const struct cutter *c, const struct frame *f)
{
	return f->keyframe && c->codec->video && (f->width != c->width || f->height != c->height);
}

/* Within a segment one decoder, set up once, must do. */
static bool other_config(const struct cutter *c, const struct frame *f)
{
	gsize len = 0;
	const void *config = c->config ? g_bytes_get_data(c->config, &len) : NULL;

	return f->keyframe && c->codec->video && (len != f->config_len || (len && memcmp(config, f->config, len)));
}

bool cutter_opens(const struct cutter *c, const struct frame *f)
{
	return !c->open || other_size(c, f) || other_config(c, f);
}

static void open_segment(struct cutter *c, const struct frame *f, int64_t t_ms)
{
	json_t *line = line_source("segment", t_ms, c->participant, c->source);

	c->open = true;
	c->segments++;
	c->interval_ms = FRAME_MS;
	c->width = f->width;
	c->height = f->height;
	g_clear_pointer(&c->config, g_bytes_unref);
	c->config = f->config_len ? g_bytes_new(f->config, f->config_len) : NULL;
	line_int(line, "segment", c->segments - 1);
	line_str(line, "kind", c->codec->video ? "video" : "audio");
	line_str(line, "codec", c->codec->codec);
	line_int(line, "rate_hz", c->rate_hz);
	if (c->codec->video) {
		line_int(line, "width", c->width);
		line_int(line, "height", c->height);
		line_int(line, "rotation", c->rotation);
		c->told_rotation = c->rotation;
		if (c->layer >= 0)
			line_int(line, "layer", c->layer);
	} else {
		line_int(line, "channels", c->channels);
	}
	line_str(line, "reason", c->reason);
	writer_line(c->env->writer, line);
	c->reason = "gap";
}

static void open_chunk(struct cutter *c, int64_t index)
{
	struct chunk_conf conf = {
		.codec = c->codec, .rate_hz = c->rate_hz, .channels = c->channels, .width = c->width, .height = c->height,
		.config = c->config, .recording = c->env->recording, .previous = c->previous, .expected = c->expected, .rotation = c->rotation,
		.layer = c->layer,
		.name = { .segment = c->segments - 1, .index = (unsigned)index },
	};

	g_strlcpy(conf.name.participant, c->participant, sizeof(conf.name.participant));
	g_strlcpy(conf.name.source, c->source, sizeof(conf.name.source));
	g_strlcpy(conf.name.ext, c->codec->ext, sizeof(conf.name.ext));
	c->index = index;
	chunk_create(&c->chunk, &conf);
}

static int64_t duration_ms(struct cutter *c, const struct frame *f, int64_t t_ms, bool opened)
{
	if (!c->codec->video)
		return ((int64_t)f->duration * 1000 + c->rate_hz / 2) / c->rate_hz;
	if (!opened)
		c->interval_ms = CLAMP(t_ms - c->last_ms, 1, FRAME_MS_MAX);
	return c->interval_ms;
}

/* Into the chunk of its second. */
static void put(struct cutter *c, const struct frame *f, int64_t t_ms, int64_t lasts_ms)
{
	int64_t index = t_ms / c->env->chunk_ms;

	if (c->chunk && c->index != index)
		finish_chunk(c);
	if (!c->chunk)
		open_chunk(c, index);
	chunk_lost(c->chunk, c->lost);
	c->lost = 0;
	chunk_add(c->chunk, f, t_ms, lasts_ms);
}

/* Sound says by a hole that something is missing, pictures by waiting. */
static void tell_missing(struct cutter *c, int64_t t_ms)
{
	if (!c->codec->video && c->lost > 0 && c->open)
		put_gap(c, MAX(c->end_ms, c->env->floor_ms), t_ms, "lost");
	close_gap(c, t_ms);
}

/* A decoder does not mind: no new segment. */
static void tell_rotation(struct cutter *c, int64_t t_ms)
{
	json_t *line;

	if (c->rotation == c->told_rotation || !c->codec->video)
		return;
	line = line_source("rotation", t_ms, c->participant, c->source);
	line_int(line, "segment", c->segments - 1);
	line_int(line, "rotation", c->rotation);
	writer_line(c->env->writer, line);
	c->told_rotation = c->rotation;
}

static enum cut take(struct cutter *c, const struct frame *f, int64_t t_ms)
{
	bool opened;
	int64_t lasts_ms;

	tell_missing(c, t_ms);
	if (c->open && other_size(c, f))
		cutter_cut(c, "size");
	else if (c->open && other_config(c, f))
		cutter_cut(c, "codec");
	opened = !c->open;
	if (opened)
		open_segment(c, f, t_ms);
	tell_rotation(c, t_ms);
	c->waiting = false;
	lasts_ms = duration_ms(c, f, t_ms, opened);
	put(c, f, t_ms, lasts_ms);
	c->last_ms = t_ms;
	c->end_ms = t_ms + lasts_ms;
	return opened ? CUT_OPENED : CUT_TAKEN;
}

enum cut cutter_frame(struct cutter *c, const struct frame *f, int64_t at_us)
{
	int64_t t_ms = rectime_at(&c->env->time, at_us) / 1000;

	t_ms = MAX(t_ms, c->last_ms + 1);
	if (!rectime_covers(&c->env->time, at_us) || t_ms * 1000 >= rectime_at(&c->env->time, c->env->time.end_us)) {
		cutter_skip(c);
		return CUT_OUTSIDE;
	}
	if (t_ms < c->env->floor_ms) {
		note_late(c, t_ms, t_ms + 1);
		cutter_break(c, "lost");
		return CUT_LATE;
	}
	if (c->waiting && !f->keyframe) {
		open_gap(c, c->open ? "lost" : "no_keyframe", t_ms);
		c->gap_to_ms = MAX(c->gap_to_ms, t_ms + FRAME_MS);
		return CUT_WAITING;
	}
	return take(c, f, t_ms);
}
