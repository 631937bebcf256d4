/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The storyboard. Called by beside: pictures on the composing thread, sheet and index after it has ended.
 *
 *	canvas at 0, 1, 2 … s ─▶ the next place on the sheet ─▶ full? every second one moves up, and from now on half as many come
 */
#include <errno.h>
#include <string.h>
#include "postprocess/jpeg.h"
#include "postprocess/spread.h"
#include "postprocess/storyboard.h"
#include "postprocess/vtt.h"

enum { COLUMNS = 10, ROWS = 10, TILE_W = 160, TILE_H = 90, STEP_MS = 1000 };

struct storyboard {
	struct spread spread;
	struct canvas *sheet;
	struct scaler *scaler;
	int w, h;                  /* of a picture */
	int n;
};

static struct rect place(const struct storyboard *s, int i)
{
	return (struct rect){ i % COLUMNS * s->w, i / COLUMNS * s->h, s->w, s->h };
}

int storyboard_create(struct storyboard **out, int w, int h)
{
	struct storyboard *s = g_new0(struct storyboard, 1);
	double scale = MIN((double)TILE_W / w, (double)TILE_H / h);
	int err;

	s->spread = (struct spread){ .step_ms = STEP_MS, .most = COLUMNS * ROWS };
	s->w = MAX(2, (int)(w * scale + 0.5) & ~1);
	s->h = MAX(2, (int)(h * scale + 0.5) & ~1);
	err = canvas_create(&s->sheet, s->w * COLUMNS, s->h * ROWS);
	if (err)
		storyboard_unref(&s);
	*out = s;
	return err;
}

bool storyboard_due(const struct storyboard *s, int64_t t_ms)
{
	return spread_due(&s->spread, t_ms);
}

/** Every second picture moves to the front. */
static void halve(struct storyboard *s)
{
	const AVFrame *f = canvas_image(s->sheet);

	s->n /= 2;
	for (int i = 1; i < s->n; i++)
		for (int p = 0; p < 3; p++) {
			struct rect to = place(s, i), from = place(s, 2 * i);
			int sub = p ? 2 : 1, stride = f->linesize[p];

			for (int y = 0; y < s->h / sub; y++)
				memcpy(f->data[p] + (ptrdiff_t)(to.y / sub + y) * stride + to.x / sub,
				       f->data[p] + (ptrdiff_t)(from.y / sub + y) * stride + from.x / sub, (size_t)(s->w / sub));
		}
}

int storyboard_offer(struct storyboard *s, const struct canvas *c, int64_t t_ms)
{
	bool halved;
	int64_t k = spread_take(&s->spread, t_ms, &halved);

	if (halved)
		halve(s);
	s->n = (int)MIN(k >> s->spread.level, COLUMNS * ROWS - 1) + 1;
	return canvas_video(s->sheet, &s->scaler, canvas_image(c), place(s, s->n - 1), 0);
}

bool storyboard_empty(const struct storyboard *s)
{
	return !s->n;
}

int storyboard_jpeg(const struct storyboard *s, GByteArray **jpeg)
{
	struct rect left = place(s, s->n);
	struct rect rest = { left.x, left.y, s->w * COLUMNS - left.x, s->h };

	if (!s->n)
		return -ENODATA;
	if (left.x)
		canvas_fill(s->sheet, rest, colour_rgb(0));
	return jpeg_encode(canvas_image(s->sheet), s->w * MIN(s->n, COLUMNS), s->h * ((s->n + COLUMNS - 1) / COLUMNS), jpeg);
}

char *storyboard_vtt(const struct storyboard *s, const char *image, int64_t duration_ms)
{
	int64_t step_ms = spread_step_ms(&s->spread);
	GString *text = vtt_begin();

	for (int i = 0; i < s->n; i++) {
		int64_t to_ms = i + 1 < s->n ? (i + 1) * step_ms : MAX(duration_ms, i * step_ms + 1);
		struct rect r = place(s, i);
		g_autofree char *cue = g_strdup_printf("%s#xywh=%d,%d,%d,%d", image, r.x, r.y, r.w, r.h);

		vtt_cue(text, i * step_ms, to_ms, cue);
	}
	return g_string_free(text, FALSE);
}

void storyboard_unref(struct storyboard **s)
{
	if (!*s)
		return;
	scaler_unref(&(*s)->scaler);
	canvas_unref(&(*s)->sheet);
	g_clear_pointer(s, g_free);
}
