/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The composing thread: the frame grid from its beginning to the recording's end, as far as the recording is known. Started by compose.c; while the call
 * runs it is a low one, and another takes over at its end.
 *
 *   model ─ sealed? ─▶ scene ─▶ frames where something changed ─▶ segmenter        (and beside: pictures for thumbnail and storyboard)
 *
 * A composer that was killed begins from the beginning: what it had in memory comes of itself, and of segments that are in the spool nothing is encoded.
 */
#include <errno.h>
#include <glib.h>
#include "common/sync.h"
#include "postprocess/compose_private.h"

enum { STOOD_PARTS = 4 };      /* of a second: longer than one of them is long */

int64_t segment_of(const struct output_spec *spec, int64_t n)
{
	return grid_ms(n, spec->fps) / spec->segment_ms;
}

int64_t segment_after(const struct output_spec *spec, int64_t segment)
{
	int64_t n = MAX(0, (segment + 1) * spec->segment_ms * spec->fps / 1000 - 1);      /* about where it begins */

	while (segment_of(spec, n) <= segment)
		n++;
	return segment_of(spec, n);
}

static bool begins_segment(const struct job *j, int64_t n)
{
	return n == 0 || segment_of(&j->conf->spec, n) != segment_of(&j->conf->spec, n - 1);
}

/** Where nothing changed the last one again, which is not copied. */
static int emit(struct job *j, int64_t n, bool changed)
{
	AVFrame *f;

	if (changed || !j->shown) {
		av_frame_free(&j->shown);
		j->shown = canvas_copy(scene_canvas(j->scene));
	}
	f = j->shown ? av_frame_clone(j->shown) : NULL;
	if (!f)
		return -ENOMEM;
	f->pts = n;
	return segmenter_put(j->segmenter, segment_of(&j->conf->spec, n), f);
}

/**
 * What was shown up to a change, once more right before it, if it stood for long: players that are put to a place in a stretch without frames do not all
 * look back. mpv and ffmpeg show the next frame there is, which would be one of up to a second later.
 */
static int emit_before(struct job *j, int64_t n)
{
	const struct output_spec *spec = &j->conf->spec;
	int64_t segment = segment_of(spec, n - 1);

	if (j->format->constant_rate || (n - 1 - j->last) * STOOD_PARTS < spec->fps || segment < j->spooled)
		return 0;
	j->last = n - 1;
	return emit(j, n - 1, false);
}

/** One place of the grid. Where the format allows it frames in which nothing changed are left out, but one a second; and those of segments that are there already. */
static int compose_frame(struct job *j, int64_t n)
{
	const struct output_spec *spec = &j->conf->spec;
	int64_t t_ms = grid_ms(n, spec->fps);
	bool changed = false;
	int err = scene_at(j->scene, t_ms, &changed);

	if (!err)
		err = beside_frame(j->beside, scene_canvas(j->scene), t_ms, scene_live(j->scene));
	j->drawn = j->drawn || changed;
	if (err || !compose_has_picture(j))
		return err;
	if (!(changed || j->format->constant_rate || n - j->last >= spec->fps || begins_segment(j, n)))
		return 0;
	if (changed)
		err = emit_before(j, n);
	j->last = n;
	if (err || segment_of(spec, n) < j->spooled)
		return err;
	err = emit(j, n, j->drawn);
	j->drawn = false;
	return err;
}

/** 1: the place can be composed, 0: not yet, -ENODATA: it is behind the end; or what reading the recording said. */
static int known(struct job *j, int64_t n)
{
	struct model *m = j->picture_model;
	int64_t t_ms = grid_ms(n, j->conf->spec.fps);
	bool enough = n > 0 && !compose_has_picture(j);       /* one is enough for a thumbnail; the model is needed to its end */
	int err = t_ms >= m->sealed_ms || enough ? model_advance(m) : 0;

	if (err < 0)
		return err;
	if (enough)
		return m->complete ? -ENODATA : 0;
	if (m->complete)
		return n == 0 || t_ms < m->duration_ms ? 1 : -ENODATA;
	return t_ms < m->sealed_ms;
}

/** Is it a thread's turn that is not low? */
static bool handed_over(const struct job *j)
{
	return j->low && (j->picture_model->complete || atomic_load(&j->stopped));
}

void *compose_picture(void *job)
{
	struct job *j = job;
	int got = 0;

	if (j->low)
		thread_lower();
	while (got >= 0 && !atomic_load(&j->cancelled) && !handed_over(j)) {
		got = atomic_load(&j->waiting) ? 0 : known(j, j->next);
		if (got == 0) {
			g_usleep(COMPOSE_POLL_US);
		} else if (got > 0) {
			got = compose_frame(j, j->next++);
			atomic_store(&j->composed_ms, grid_ms(j->next, j->conf->spec.fps));
		}
	}
	if (got < 0)
		segmenter_end(j->segmenter, got == -ENODATA ? 0 : got);
	atomic_store(&j->idle, true);
	return NULL;
}
