/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Called by sound, on the thread that makes the sound.
 *
 *   mix ─┬─▶ loudness so far ─▶ servo ─▶ gain ─┐
 *        ├────────────────────────────────────▶ outlet ─▶ packets, held back up to 3 minutes, while the recording may turn out to be short
 *        └─▶ kept, so long ──▶ the exact gain ─▶ another outlet, if it ends within and what the first one made cannot be made right
 *
 * The levellers aim where the whole shall end, so a gain that stands still is nearly right; the servo moves only if the loudness so far is clearly off, and then
 * slowly. Opus has a gain in its header, which the player applies: packets are made a little too loud, so that what remains at the end is a reduction, which no peak
 * suffers from. So at Stop there is nothing left to do, but for a short recording that a servo had to move, or that is too quiet: that is made again from
 * the kept mix, with one gain for all. AAC has no such field: longer than 3 minutes it is where the servo has brought it.
 */
#include <errno.h>
#include <math.h>
#include <glib.h>
#include <libavutil/error.h>
#include "postprocess/kept.h"
#include "postprocess/loudness.h"
#include "postprocess/master.h"
#include "postprocess/outlet.h"
#include "postprocess/pcm.h"

enum {
	SERVO_BLOCKS = 50,                         /* a turn each second */
	SERVO_FROM = 10 * SERVO_BLOCKS,            /* the first: before it, loudness is what the first speaker's first words are */
};
static const double
	aim_lufs = -16, peak_max_db = -1,
	tolerance = 0.3,                           /* LU: left alone */
	too_hot = 2,                               /* LU that the limiter worked for nothing */
	exact_max_db = 20,
	servo_max_db = 12, servo_step_db = 0.25, servo_calm_db = 1, feedback_max_db = 3;

static const struct aim { double lead_db, ceiling_db, feedback; } aims[] = {
	[false] = { 0, -3, 3 },                    /* no gain in the header: what the codec makes of it is the servo's to know; peaks of noise grow by 2 dB in AAC */
	[true] = { 0.7, -1.5, 0 },
};

struct master {
	const char *codec;
	int bitrate;
	const struct aim *aim;
	AVCodecParameters *par;
	struct outlet *outlet;
	struct loudness *mixed;
	struct kept *kept;         /* NULL: it is long */
	int64_t blocks, samples;
	int64_t exact_ms;
	double gain_db, want_db;
	bool heard, moved;
};

static int open_outlet(struct master *m)
{
	outlet_unref(&m->outlet);
	return outlet_create(&m->outlet, m->codec, m->bitrate, m->aim->ceiling_db);
}

static int copy_parameters(struct master *m)
{
	m->par = avcodec_parameters_alloc();
	return m->par ? MIN(avcodec_parameters_copy(m->par, outlet_codecpar(m->outlet)), 0) : -ENOMEM;
}

int master_create(struct master **out, const char *codec, int bitrate, int64_t exact_ms, const char *dir)
{
	struct master *m = g_new0(struct master, 1);
	int err;

	m->codec = codec;
	m->bitrate = bitrate;
	m->exact_ms = exact_ms;
	m->aim = &aims[true];
	err = open_outlet(m);
	if (err >= 0 && !outlet_has_gain(m->outlet)) {
		m->aim = &aims[false];
		err = open_outlet(m);
	}
	if (err >= 0)
		err = copy_parameters(m);
	if (err >= 0)
		err = loudness_create(&m->mixed, LOUDNESS_ONLY);
	m->gain_db = m->want_db = m->aim->lead_db;
	if (err >= 0 && exact_ms > 0)
		err = kept_create(&m->kept, dir);
	if (err < 0)
		master_unref(&m);
	*out = m;
	return err;
}

const AVCodecParameters *master_codecpar(const struct master *m)
{
	return m->par;
}

/* ---- the servo ---- */

static void turn(struct master *m)
{
	double missing = m->aim->feedback > 0 ? m->aim->feedback * (aim_lufs - loudness_integrated(outlet_heard(m->outlet))) : 0;
	double want = aim_lufs + m->aim->lead_db - loudness_integrated(m->mixed) + CLAMP(missing, -feedback_max_db, feedback_max_db);

	want = CLAMP(want, -servo_max_db, servo_max_db);
	if (!m->heard || fabs(want - m->want_db) < servo_calm_db)
		return;
	m->want_db = want;
	m->moved = true;
}

int master_put(struct master *m, const float *pcm, bool heard)
{
	double step = servo_step_db / SERVO_BLOCKS, before = m->gain_db;
	int err = loudness_add(m->mixed, pcm, PCM_BLOCK);

	if (err < 0)
		return err;
	m->heard = heard;
	if (m->kept)
		err = kept_add(m->kept, pcm, before);
	if (err < 0)
		return err;
	if (m->blocks >= SERVO_FROM && m->blocks % SERVO_BLOCKS == 0)
		turn(m);
	m->gain_db = CLAMP(m->want_db, m->gain_db - step, m->gain_db + step);
	m->blocks++;
	if (m->blocks * PCM_BLOCK_MS > m->exact_ms)
		kept_unref(&m->kept);
	return outlet_put(m->outlet, pcm, before, m->gain_db);
}

/* ---- the end ---- */

static bool has_loudness(const struct master *m)
{
	return m->heard && m->samples >= MASTER_MIN_MS * PCM_PER_MS && isfinite(loudness_integrated(outlet_heard(m->outlet)));
}

/* What the header can still do: exact in loudness, but no peak above the limit. */
static double header_gain_db(const struct master *m)
{
	double remaining = aim_lufs - loudness_integrated(outlet_heard(m->outlet)), room = peak_max_db - loudness_true_peak_db(outlet_heard(m->outlet));

	if (!has_loudness(m))
		return -m->aim->lead_db;
	if (m->aim == &aims[false] || (fabs(remaining) < tolerance && room >= 0))
		return 0;
	return CLAMP(MIN(remaining, room), -servo_max_db, servo_max_db);
}

/* Is what was made with the first gain what it shall be? */
static bool is_loud_enough(const struct master *m)
{
	const struct loudness *heard = outlet_heard(m->outlet);
	double gain = header_gain_db(m);

	return gain > -too_hot && fabs(loudness_integrated(heard) + gain - aim_lufs) <= tolerance &&
	       loudness_true_peak_db(heard) + gain <= peak_max_db + 1e-9;
}

/* What the codec takes away, as AAC does of hiss, is known from the first time; a second guess would keep Stop waiting. */
static int exact_gain_db(const struct master *m, double *gain_db)
{
	double lost;
	int err = kept_loudness(m->kept, m->aim->ceiling_db, &lost);

	lost -= loudness_integrated(outlet_heard(m->outlet));
	if (!err)
		err = kept_gain_db(m->kept, aim_lufs + CLAMP(lost, -feedback_max_db, feedback_max_db), m->aim->ceiling_db, exact_max_db, gain_db);
	return err;
}

static int make_again(struct master *m)
{
	double gain = 0;
	int err = exact_gain_db(m, &gain);

	if (!err)
		err = open_outlet(m);
	for (int64_t k = 0; k < kept_blocks(m->kept) && err >= 0; k++) {
		float pcm[PCM_BLOCK_VALUES];

		err = kept_block(m->kept, k, pcm);
		if (err >= 0)
			err = outlet_put(m->outlet, pcm, gain, gain);
	}
	return err < 0 ? err : outlet_end(m->outlet, m->samples);
}

int master_end(struct master *m, int64_t samples, bool heard)
{
	int err;

	m->samples = samples;
	m->heard = heard;
	err = outlet_end(m->outlet, samples);
	if (err >= 0 && m->kept && has_loudness(m) && (m->moved || !is_loud_enough(m)))
		err = make_again(m);
	kept_unref(&m->kept);
	return err;
}

int master_take(struct master *m, AVPacket *pkt)
{
	return m->kept ? -EAGAIN : outlet_take(m->outlet, pkt);
}

void master_result(const struct master *m, struct master_result *r)
{
	const struct loudness *heard = outlet_heard(m->outlet);

	*r = (struct master_result){ .measured = has_loudness(m), .gain_q8 = (int)floor(header_gain_db(m) * 256) };
	if (!r->measured)
		return;
	r->lufs = loudness_integrated(heard) + r->gain_q8 / 256.0;
	r->true_peak_db = loudness_true_peak_db(heard) + r->gain_q8 / 256.0;
	r->range_lu = loudness_range(heard);
}

void master_unref(struct master **m)
{
	if (!*m)
		return;
	outlet_unref(&(*m)->outlet);
	loudness_unref(&(*m)->mixed);
	kept_unref(&(*m)->kept);
	avcodec_parameters_free(&(*m)->par);
	g_clear_pointer(m, g_free);
}
