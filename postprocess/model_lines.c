/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What each line of a timeline adds to the model: a table of readers. Called by timeline_read.c for model.c. A reader that returns negative errno
 * had an unusable line, and changed nothing that matters.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "common/json.h"
#include "postprocess/model_build.h"
#include "postprocess/model_select.h"
#include "postprocess/sync_log.h"

enum { SIZE_MAX_PX = 16384, SEGMENT_MAX = 1000000, RATE_MAX = 192000, LAYER_MAX = 7, FRAMES_MAX = (1 << 29) - 1, REGIONS_MAX = 16384 };

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

static struct model_participant *participant_of(struct model *m, json_t *o)
{
	const char *id = json_str(o, "participant");

	return id && participant_id_valid(id) ? model_participant_get(m, id) : NULL;
}

static struct model_source *source_of(struct model *m, json_t *o)
{
	struct model_participant *p = participant_of(m, o);
	const char *name = json_str(o, "source");

	return p && name && source_valid(name) ? model_source_get(p, name) : NULL;
}

static struct model_segment *segment_of(struct model *m, json_t *o, struct model_source **source)
{
	struct model_source *s = source_of(m, o);
	int64_t number = json_num(o, "segment", -1);

	*source = s;
	return s && number >= 0 && number <= SEGMENT_MAX ? model_segment_get(s, (unsigned)number) : NULL;
}

/** A number that must lie in [0, max], else 0. */
static int64_t bounded(json_t *o, const char *key, int64_t max)
{
	int64_t v = json_num(o, key, 0);

	return v >= 0 && v <= max ? v : 0;
}

/* ---- the recording ---- */

static int on_start(struct model *m, int64_t t_ms, json_t *o)
{
	const char *id = json_str(o, "recording");
	int64_t chunk_ms = json_num(o, "chunk_ms", 1000);

	(void)t_ms;
	m->identified = id && recording_id_valid(id);
	if (m->identified)
		copy_text(m->id, sizeof(m->id), id);
	copy_text(m->room, sizeof(m->room), json_str(o, "room"));
	copy_text(m->call_id, sizeof(m->call_id), json_str(o, "call"));
	copy_text(m->layout, sizeof(m->layout), json_str(o, "layout"));
	copy_text(m->consent, sizeof(m->consent), json_str(o, "consent"));
	id = json_str(o, "continues");
	if (id && recording_id_valid(id))
		copy_text(m->continues, sizeof(m->continues), id);
	set_text(&m->title, json_str(o, "title"));
	m->start_wall_ms = json_num(o, "wall_ms", 0);
	m->chunk_ms = chunk_ms >= 100 && chunk_ms <= 60000 ? (unsigned)chunk_ms : 1000;
	m->started = true;
	return 0;
}

static int on_stop(struct model *m, int64_t t_ms, json_t *o)
{
	json_t *flags = json_object_get(o, "flags"), *flag;
	size_t i;

	m->stopped = true;
	m->duration_ms = bounded(o, "duration_ms", MODEL_T_MAX_MS);
	if (!m->duration_ms)
		m->duration_ms = t_ms;
	m->elapsed_ms = json_num(o, "elapsed_ms", m->duration_ms);
	json_array_foreach(flags, i, flag)
		add_flag(m, json_string_value(flag));
	return 0;
}

/** The last seal of a recording ends where the recording does, which is within its second: `to_ms`. */
static int on_sealed(struct model *m, int64_t t_ms, json_t *o)
{
	int64_t n = json_num(o, "n", -1), end_ms;

	(void)t_ms;
	if (n < 0 || n >= MODEL_T_MAX_MS / m->chunk_ms)
		return -EBADMSG;
	end_ms = (n + 1) * m->chunk_ms;
	m->sealed_ms = MAX(m->sealed_ms, CLAMP(json_num(o, "to_ms", end_ms), n * m->chunk_ms, end_ms));
	return 0;
}

/** A pause has no length in recording time; the wall clock's labels tell it. */
static int on_pause(struct model *m, int64_t t_ms, json_t *o)
{
	struct model_pause *p = ARRAY_ADD(m->pauses, m->npauses);

	p->at_ms = t_ms;
	p->length_ms = -json_num(o, "wall_ms", 0);
	return 0;
}

static int on_resume(struct model *m, int64_t t_ms, json_t *o)
{
	struct model_pause *p = m->npauses ? &m->pauses[m->npauses - 1] : NULL;

	(void)t_ms;
	if (!p || p->length_ms >= 0)
		return -EBADMSG;
	p->length_ms = MAX(0, p->length_ms + json_num(o, "wall_ms", 0));
	return 0;
}

static int on_flag(struct model *m, int64_t t_ms, json_t *o)
{
	(void)t_ms;
	add_flag(m, json_str(o, "type"));
	return 0;
}

/** All of somebody's: they are no part of the recording any more. */
static int on_erased(struct model *m, int64_t t_ms, json_t *o)
{
	const char *id = json_str(o, "participant");

	if (id && participant_id_valid(id) && !json_object_get(o, "source") && !json_object_get(o, "from_ms") && !json_object_get(o, "to_ms"))
		model_erase(m, id);
	return on_flag(m, t_ms, o);
}

static int on_layout(struct model *m, int64_t t_ms, json_t *o)
{
	const char *mode = json_str(o, "layout"), *focus = json_str(o, "focus");
	json_t *regions = json_object_get(o, "regions");
	struct model_layout *l;
	char *text = NULL;

	if (!mode || strlen(mode) >= sizeof(l->mode) || (m->nlayouts && t_ms < m->layouts[m->nlayouts - 1].at_ms))
		return -EBADMSG;
	l = ARRAY_ADD(m->layouts, m->nlayouts);
	l->at_ms = t_ms;
	copy_text(l->mode, sizeof(l->mode), mode);
	if (focus && participant_id_valid(focus) && !model_leaves_out(m, focus))
		copy_text(l->focus, sizeof(l->focus), focus);
	if (json_is_array(regions))
		text = json_dumps(regions, JSON_COMPACT);
	if (text && strlen(text) <= REGIONS_MAX)
		l->regions = g_strdup(text);
	free(text);
	return 0;
}

/* ---- people ---- */

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

static void end_at(struct model_segment *g, int64_t t_ms)
{
	if (g->end_ms == OPEN_MS && g->from_ms != OPEN_MS)
		g->end_ms = MAX(t_ms, g->from_ms);
}

static int on_joined(struct model *m, int64_t t_ms, json_t *o)
{
	struct model_participant *p = participant_of(m, o);

	if (!p)
		return -EBADMSG;
	span_edge(&p->present, &p->npresent, t_ms, true);
	set_text(&p->role, json_str(o, "role"));
	return 0;
}

static int on_role(struct model *m, int64_t t_ms, json_t *o)
{
	struct model_participant *p = participant_of(m, o);

	(void)t_ms;
	if (!p)
		return -EBADMSG;
	set_text(&p->role, json_str(o, "role"));
	return 0;
}

static int on_left(struct model *m, int64_t t_ms, json_t *o)
{
	struct model_participant *p = participant_of(m, o);

	if (!p)
		return -EBADMSG;
	span_edge(&p->present, &p->npresent, t_ms, false);
	for (size_t i = 0; i < p->nsources; i++)
		if (p->sources[i]->nsegments)
			end_at(p->sources[i]->segments[p->sources[i]->nsegments - 1], t_ms);
	return 0;
}

/* Makes nobody appear: who said no is in no picture. */
static int on_consent(struct model *m, int64_t t_ms, json_t *o)
{
	const char *id = json_str(o, "participant"), *state = json_str(o, "state");
	struct model_consent *c;

	if (!id || !participant_id_valid(id) || !state || strlen(state) >= sizeof(c->state))
		return -EBADMSG;
	c = ARRAY_ADD(m->consents, m->nconsents);
	copy_text(c->participant, sizeof(c->participant), id);
	copy_text(c->state, sizeof(c->state), state);
	c->at_ms = t_ms;
	c->wall_ms = json_num(o, "wall_ms", 0);
	return 0;
}

static int on_talking(struct model *m, int64_t t_ms, json_t *o)
{
	struct model_participant *p = participant_of(m, o);

	if (!p)
		return -EBADMSG;
	span_edge(&p->talking, &p->ntalking, t_ms, !strcmp(json_str(o, "type"), "talking"));
	return 0;
}

/* ---- media ---- */

static int on_mute(struct model *m, int64_t t_ms, json_t *o)
{
	struct model_source *s = source_of(m, o);

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

static int on_rotation(struct model *m, int64_t t_ms, json_t *o)
{
	struct model_source *s;
	struct model_segment *g = segment_of(m, o, &s);
	struct model_turn *turn;

	if (!g || (g->nturns && t_ms < g->turns[g->nturns - 1].at_ms))
		return -EBADMSG;
	turn = ARRAY_ADD(g->turns, g->nturns);
	*turn = (struct model_turn){ t_ms, rotation_of(o) };
	return 0;
}

/** Ends the one before it, where no line has; and who sends is there, whether or not `joined` can be read. */
static void begin_segment(struct model *m, struct model_source *s, struct model_segment *g, int64_t t_ms)
{
	struct model_participant *p = model_participant_get(m, s->owner->id);

	for (size_t i = 1; i < s->nsegments; i++)
		if (s->segments[i] == g)
			end_at(s->segments[i - 1], t_ms);
	if (!p->npresent)
		span_edge(&p->present, &p->npresent, t_ms, true);
	g->from_ms = t_ms;
	g->to_ms = MAX(g->to_ms, t_ms);
}

static int on_segment(struct model *m, int64_t t_ms, json_t *o)
{
	struct model_source *s;
	struct model_segment *g = segment_of(m, o, &s);

	if (!g)
		return -EBADMSG;
	copy_text(g->codec, sizeof(g->codec), json_str(o, "codec"));
	g->rate_hz = (unsigned)bounded(o, "rate_hz", RATE_MAX);
	g->channels = (unsigned)bounded(o, "channels", 255);
	g->width = (int)bounded(o, "width", SIZE_MAX_PX);
	g->height = (int)bounded(o, "height", SIZE_MAX_PX);
	g->rotation = rotation_of(o);
	g->layer = json_object_get(o, "layer") ? (int)bounded(o, "layer", LAYER_MAX) : -1;
	copy_text(g->reason, sizeof(g->reason), json_str(o, "reason"));
	g->guessed &= !json_str(o, "codec");
	begin_segment(m, s, g, t_ms);
	return 0;
}

static int on_ended(struct model *m, int64_t t_ms, json_t *o)
{
	struct model_source *s;
	struct model_segment *g = segment_of(m, o, &s);

	if (!g)
		return -EBADMSG;
	end_at(g, t_ms);
	return 0;
}

/** Is `file` the one name that a chunk of this segment and index can have? */
static bool is_its_file(const char *file, const struct model_source *s, const struct model_segment *g, int64_t index, bool mkv)
{
	struct model_chunk c = { .index = (uint32_t)index, .mkv = mkv };
	char name[NAME_SIZE];

	model_chunk_name(name, s, g, &c);
	return !strcmp(name, file);
}

/** Clocks are 64 bits wide, but differences of theirs must be, too. */
static bool is_near_zero(int64_t v)
{
	return v > -(1LL << 60) && v < 1LL << 60;
}

static int on_chunk(struct model *m, int64_t t_ms, json_t *o)
{
	struct model_source *s;
	struct model_segment *g = segment_of(m, o, &s);
	const char *file = json_str(o, "file");
	int64_t end_ms = json_num(o, "end_ms", t_ms), index = json_num(o, "index", -1);
	bool mkv = file && g_str_has_suffix(file, ".mkv");
	struct model_chunk *c;

	if (!g || !file || index < 0 || index > UINT32_MAX || end_ms < t_ms || end_ms > MODEL_T_MAX_MS || !is_its_file(file, s, g, index, mkv))
		return -EBADMSG;
	c = model_chunk_add(g, (unsigned)index);
	if (!c)
		return 0;
	c->mkv = mkv;
	c->from_ms = (uint32_t)t_ms;
	c->to_ms = (uint32_t)end_ms;
	c->frames = (unsigned)bounded(o, "frames", FRAMES_MAX) & FRAMES_MAX;
	c->keyframe = json_flag(o, "keyframe", false);
	g->to_ms = MAX(g->to_ms, end_ms);
	g->lost += bounded(o, "lost", INT32_MAX);
	if (json_is_integer(json_object_get(o, "rtp_first")) && is_near_zero(json_num(o, "rtp_first", 0)))
		sync_log_chunk(&s->sync, g->number, g->rate_hz, t_ms, json_num(o, "rtp_first", 0));
	return 0;
}

/** The source, if other lines have told of it: this one makes nobody appear. */
static struct model_source *known_source(struct model *m, json_t *o)
{
	const char *id = json_str(o, "participant"), *name = json_str(o, "source");

	for (size_t i = 0; id && name && i < m->nparticipants; i++)
		for (size_t k = 0; !strcmp(m->participants[i]->id, id) && k < m->participants[i]->nsources; k++)
			if (!strcmp(m->participants[i]->sources[k]->name, name))
				return m->participants[i]->sources[k];
	return NULL;
}

static int on_sync(struct model *m, int64_t t_ms, json_t *o)
{
	int64_t rtp = json_num(o, "rtp", 0), ntp_us = json_num(o, "ntp_us", 0), arrival_us = json_num(o, "arrival_us", 0), segment = json_num(o, "segment", -1);
	struct model_source *s = known_source(m, o);

	(void)t_ms;
	if (segment < 0 || segment > SEGMENT_MAX || !is_near_zero(rtp) || !is_near_zero(ntp_us) || !is_near_zero(arrival_us))
		return -EBADMSG;
	if (s)
		sync_log_report(&s->sync, (unsigned)segment, rtp, ntp_us, arrival_us);
	return 0;
}

static int on_gap(struct model *m, int64_t t_ms, json_t *o)
{
	struct model_source *s;
	struct model_segment *g = segment_of(m, o, &s);
	int64_t to_ms = json_num(o, "to_ms", t_ms);
	struct model_gap *gap;

	if (!g || to_ms < t_ms || to_ms > MODEL_T_MAX_MS)
		return -EBADMSG;
	gap = ARRAY_ADD(g->gaps, g->ngaps);
	gap->from_ms = t_ms;
	gap->to_ms = to_ms;
	copy_text(gap->reason, sizeof(gap->reason), json_str(o, "reason"));
	return 0;
}

int model_line(enum timeline_type type, int64_t t_ms, json_t *o, void *arg)
{
	static int (*const readers[])(struct model *, int64_t, json_t *) = {
		[TL_START] = on_start, [TL_STOP] = on_stop, [TL_PAUSE] = on_pause, [TL_RESUME] = on_resume, [TL_SEALED] = on_sealed,
		[TL_JOINED] = on_joined, [TL_ROLE] = on_role, [TL_LEFT] = on_left, [TL_TALKING] = on_talking, [TL_STOPPED_TALKING] = on_talking, [TL_LAYOUT] = on_layout,
		[TL_SEGMENT] = on_segment, [TL_ENDED] = on_ended, [TL_ROTATION] = on_rotation, [TL_MUTED] = on_mute, [TL_UNMUTED] = on_mute,
		[TL_CHUNK] = on_chunk, [TL_SYNC] = on_sync, [TL_GAP] = on_gap, [TL_DEGRADED] = on_flag, [TL_RECOVERED] = on_flag, [TL_REPAIRED] = on_flag,
		[TL_ERASED] = on_erased, [TL_CONSENT] = on_consent,
	};
	struct model *m = arg;

	if ((size_t)type >= G_N_ELEMENTS(readers) || !readers[type] || model_leaves_out(m, json_str(o, "participant")))
		return 0;
	if (t_ms < 0 || t_ms > MODEL_T_MAX_MS || readers[type](m, t_ms, o))
		m->bad_lines++;
	return 0;
}
