/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sync errors from the timeline's lines. Fed while a model reads them, asked by metadata when an output is finished.
 *
 *	sync: rtp, ntp, arrival ─▶ waits for the two chunks it lies between ─▶ point: arrival, recording time − ntp ─▶ compared with the sound's points around it
 *
 * The points' axis is our monotonic clock, which goes on in pauses and does not care who sets what. Where the difference leaps between two neighbours
 * (a pause, a sender's clock that was set), nothing is compared.
 */
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include "postprocess/sync_log.h"

enum {
	WAITING = 32,
	POINTS = 2048,             /* then every second one goes */
	BEYOND_MS = 2000,          /* so far from a chunk its rate may be trusted */
	APART_US = 120000000,      /* neighbours further away say nothing of the time between */
	LEAP_US = 150000,
};

struct report { unsigned segment; int64_t rtp, ntp_us, arrival_us; };
struct anchor { int64_t t_ms, rtp; };
struct point { int64_t arrival_us, offset_us; };

struct sync_log {
	/* chunks */
	bool begun;
	unsigned segment, rate_hz;
	bool two;                  /* `before` is there, of the same segment */
	struct anchor before, last;
	/* reports */
	struct report waiting[WAITING];
	int nwaiting;
	unsigned reports;
	GArray *points;
	unsigned every, skipped;   /* one in so many is kept */
};

static struct sync_log *get(struct sync_log **log)
{
	if (!*log) {
		*log = g_new0(struct sync_log, 1);
		(*log)->points = g_array_new(FALSE, FALSE, sizeof(struct point));
		(*log)->every = 1;
	}
	return *log;
}

static void add_point(struct sync_log *l, const struct report *r, double t_ms)
{
	struct point p = { r->arrival_us, llrint(t_ms * 1000) - r->ntp_us };

	if (++l->skipped < l->every)
		return;
	l->skipped = 0;
	if (l->points->len == POINTS) {
		for (guint i = 0; i < POINTS / 2; i++)
			g_array_index(l->points, struct point, i) = g_array_index(l->points, struct point, 2 * i);
		g_array_set_size(l->points, POINTS / 2);
		l->every *= 2;
	}
	g_array_append_val(l->points, p);
}

/** Where an RTP time lies: between the last two chunks, or not far from one of them. */
static bool place(const struct sync_log *l, int64_t rtp, double *t_ms)
{
	const struct anchor *a = &l->before, *b = &l->last;
	double away_ms;

	if (l->two && rtp >= a->rtp && rtp < b->rtp) {
		*t_ms = (double)a->t_ms + (double)(rtp - a->rtp) * (double)(b->t_ms - a->t_ms) / (double)(b->rtp - a->rtp);
		return true;
	}
	b = l->two && rtp < a->rtp ? a : b;
	away_ms = (double)(rtp - b->rtp) * 1000.0 / l->rate_hz;
	*t_ms = (double)b->t_ms + away_ms;
	return fabs(away_ms) <= BEYOND_MS;
}

/** Places what can be placed. `all`: nothing more comes of this segment. */
static void settle(struct sync_log *l, bool all)
{
	int n = 0;

	for (int i = 0; i < l->nwaiting; i++) {
		const struct report r = l->waiting[i];
		double t_ms;

		if (r.segment > l->segment || (r.segment == l->segment && !all && r.rtp >= l->last.rtp))
			l->waiting[n++] = r;
		else if (r.segment == l->segment && place(l, r.rtp, &t_ms))
			add_point(l, &r, t_ms);
	}
	l->nwaiting = n;
}

void sync_log_chunk(struct sync_log **log, unsigned segment, unsigned rate_hz, int64_t t_ms, int64_t rtp)
{
	struct sync_log *l = get(log);
	bool goes_on = l->begun && segment == l->segment;

	if (!rate_hz || (goes_on && rtp <= l->last.rtp))
		return;
	if (l->begun && !goes_on)
		settle(l, true);
	l->before = l->last;
	l->two = goes_on;
	l->begun = true;
	l->segment = segment;
	l->rate_hz = rate_hz;
	l->last = (struct anchor){ t_ms, rtp };
	settle(l, false);
}

void sync_log_report(struct sync_log **log, unsigned segment, int64_t rtp, int64_t ntp_us, int64_t arrival_us)
{
	struct sync_log *l = get(log);
	struct report r = { segment, rtp, ntp_us, arrival_us };

	if (ntp_us <= 0)
		return;
	l->reports++;
	if (l->nwaiting == WAITING) {
		for (int i = 1; i < WAITING; i++)
			l->waiting[i - 1] = l->waiting[i];
		l->nwaiting--;
	}
	l->waiting[l->nwaiting++] = r;
	if (l->begun)
		settle(l, false);
}

/* ---- the error ---- */

static const struct point *point_at(const struct sync_log *l, guint i)
{
	return &g_array_index(l->points, struct point, i);
}

/** What the neighbours say of a time between them. */
static bool between(const struct point *a, const struct point *b, int64_t at_us, double *offset_us)
{
	int64_t wide_us = b->arrival_us - a->arrival_us, leap_us = b->offset_us - a->offset_us;

	if (wide_us <= 0 || wide_us > APART_US || llabs(leap_us) > LEAP_US)
		return false;
	*offset_us = (double)a->offset_us + (double)leap_us * (double)(at_us - a->arrival_us) / (double)wide_us;
	return true;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/** Difference to the reference, in ms, for each point that can be compared; returns how many. */
static guint compare(const struct sync_log *l, const struct sync_log *ref, double *errors)
{
	guint n = 0, at = 0;

	for (guint i = 0; i < l->points->len; i++) {
		const struct point *p = point_at(l, i);
		bool own = ref == l, found;
		double offset_us;

		while (!own && at + 2 < ref->points->len && point_at(ref, at + 1)->arrival_us <= p->arrival_us)
			at++;
		if (own && i > 0 && i + 1 < l->points->len)
			found = between(point_at(l, i - 1), point_at(l, i + 1), p->arrival_us, &offset_us);
		else
			found = !own && at + 1 < ref->points->len && point_at(ref, at)->arrival_us <= p->arrival_us + APART_US / 8 &&
				p->arrival_us <= point_at(ref, at + 1)->arrival_us + APART_US / 8 &&
				between(point_at(ref, at), point_at(ref, at + 1), p->arrival_us, &offset_us);
		if (found)
			errors[n++] = ((double)p->offset_us - offset_us) / 1000;
	}
	return n;
}

static double at_share(const double *sorted, guint n, double share)
{
	return sorted[MIN(n - 1, (guint)(share * n))];
}

static double rounded(double ms)
{
	return round(ms * 10) / 10 + 0.0;      /* no -0.0 */
}

void sync_log_error(const struct sync_log *log, const struct sync_log *sound, struct sync_error *out)
{
	double *errors;
	guint n;

	*out = (struct sync_error){ .reports = log ? log->reports : 0 };
	if (!log || !log->points->len)
		return;
	errors = g_new(double, log->points->len);
	n = compare(log, sound ? sound : log, errors);
	out->compared = n;
	if (n) {
		qsort(errors, n, sizeof(*errors), by_value);
		out->bias_ms = rounded(at_share(errors, n, 0.5));
		for (guint i = 0; i < n; i++)
			errors[i] = fabs(errors[i]);
		qsort(errors, n, sizeof(*errors), by_value);
		out->median_ms = rounded(at_share(errors, n, 0.5));
		out->p95_ms = rounded(at_share(errors, n, 0.95));
		out->max_ms = rounded(errors[n - 1]);
	}
	g_free(errors);
}

void sync_log_unref(struct sync_log **log)
{
	if (*log)
		g_array_unref((*log)->points);
	g_clear_pointer(log, g_free);
}
