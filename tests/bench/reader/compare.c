/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Set difference by number, chains of pictures, and the error of the recording's clock.
 */
#include "tests/bench/reader/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_MS = 1000, BLOCK_LEAST = 10 };

static const struct got_frame *frames(const GArray *a)
{
	return (const struct got_frame *)(const void *)a->data;
}

static void tally(struct tally *t, const GArray *sent, const GArray *got)
{
	uint8_t *seen = g_malloc0(sent->len + 1);
	uint32_t first = UINT32_MAX;

	for (guint i = 0; i < got->len; i++) {
		uint32_t number = frames(got)[i].number;

		if (number >= sent->len)
			continue;
		first = MIN(first, number);
		t->repeated += seen[number];
		t->present += !seen[number];
		seen[number] = 1;
	}
	/* nothing at all recorded: all of it is missing */
	t->expected = sent->len - (first == UINT32_MAX ? 0 : first);
	g_free(seen);
}

/* Each picture but a keyframe needs the one before it, in the same segment. */
static uint64_t count_broken(const GArray *got)
{
	uint64_t n = 0;

	for (guint i = 0; i < got->len; i++) {
		const struct got_frame *f = &frames(got)[i], *before = i && f[-1].segment == f->segment ? f - 1 : NULL;

		n += f->position != 0 && (!before || before->number + 1 != f->number);
	}
	return n;
}

static double error_ms(const struct got_frame *f, const GArray *sent)
{
	return (double)f->t_ms - (double)g_array_index(sent, struct sent_frame, f->number).capture_us / 1000;
}

/* Mean error of the frames in a second of recording time; NAN when there are few. */
static double block_error(const GArray *got, const GArray *sent, int64_t block)
{
	double sum = 0;
	int n = 0;

	for (guint i = 0; i < got->len; i++) {
		const struct got_frame *f = &frames(got)[i];

		if (f->t_ms / BLOCK_MS != block || f->number >= sent->len)
			continue;
		sum += error_ms(f, sent);
		n++;
	}
	return n >= BLOCK_LEAST ? sum / n : NAN;
}

static double largest_drift(const struct sent *s, const struct got *g)
{
	int64_t last = g->frames[1]->len ? frames(g->frames[1])[g->frames[1]->len - 1].t_ms / BLOCK_MS : -1;
	double most = 0;

	for (int64_t block = 0; block <= last; block++) {
		double d = fabs(block_error(g->frames[0], s->frames[0], block) - block_error(g->frames[1], s->frames[1], block));

		most = isnan(d) ? most : MAX(most, d);
	}
	return most;
}

static int by_value(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return (d > 0) - (d < 0);
}

static double median_error(const GArray *got, const GArray *sent)
{
	double *all = g_new(double, got->len + 1), m = 0;
	guint n = 0;

	for (guint i = 0; i < got->len; i++)
		if (frames(got)[i].number < sent->len)
			all[n++] = error_ms(&frames(got)[i], sent);
	qsort(all, n, sizeof(all[0]), by_value);
	if (n)
		m = all[n / 2];
	g_free(all);
	return m;
}

static int64_t first_picture(const struct sent *s, const struct got *g)
{
	uint32_t number = g->frames[1]->len ? frames(g->frames[1])[0].number : UINT32_MAX;

	return number < s->frames[1]->len ? g_array_index(s->frames[1], struct sent_frame, number).capture_us : 0;
}

void compare(struct comparison *c, const struct sent *s, const struct got *g)
{
	memset(c, 0, sizeof(*c));
	tally(&c->sound, s->frames[0], g->frames[0]);
	tally(&c->pictures, s->frames[1], g->frames[1]);
	c->broken = count_broken(g->frames[1]);
	c->first_us = first_picture(s, g);
	c->drift_ms = largest_drift(s, g);
	c->offset_ms = median_error(g->frames[1], s->frames[1]);
}
