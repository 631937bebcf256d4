/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A world whose truth is known: a sender with sound and picture, each sampled by a clock of its own, reports by a wall clock that drifts and is set, a network
 * that delays, shakes and loses. Its time is the test's. Included by test_rtpclock.c.
 *
 *	capture ─ behind ─▶ sent ─ delay, jitter ─▶ arrival ─▶ queue by arrival ─▶ rtp_clock_packet … in order ─▶ rtp_clock_map ─▶ error
 */
#pragma once
#include <glib.h>
#include "common/rtpclock.h"

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define START (INT64_C(5000) * SECOND)       /* of the simulation, on our clock */

enum { SOURCES = 2, TRAIL = 512, EVENTS = 8 };

enum what {
	NET_DELAY,                 /* delay becomes value_us */
	NTP_SET,                   /* the sender's wall clock is set by value_us */
	RTP_JUMP,                  /* RTP time of source jumps by value_us */
	SILENCE,                   /* source sends nothing for value_us */
	SUSPEND,                   /* the sender sleeps for value_us, its RTP clocks with it */
	NEW_SSRC,                  /* source goes on with another RTP time */
};
struct event { enum what what; int64_t at_us, value_us; int source; };

/* A frame or report under way. */
struct flight {
	int64_t arrival_us, capture_us, ntp_us;
	uint32_t rtp;
	uint64_t number;           /* of frames, from 1; 0: report */
	unsigned ssrc;
};

struct world_source {
	unsigned rate_hz;
	int64_t period_us, behind_us, report_us;
	double ppm;                /* of its sampling clock, against the sender's wall clock */
	uint32_t rtp0;
	/* state */
	struct rtp_clock clock;
	int64_t next_us, next_report_us, silent_until_us, last_arrival_us;
	int64_t jumped_us;         /* what its RTP time is ahead of its sampling clock */
	unsigned ssrc, seen_ssrc;
	uint64_t sent, mapped;
	GQueue held;               /* frames that overtook one still under way */
	bool started;              /* the segment has begun */
	unsigned reports, reports_lost;
	/* the last frames mapped, by capture time */
	struct { int64_t capture_us, error_us; } trail[TRAIL];
	unsigned ntrail;
	int64_t last_rtp, last_mono_us;
	struct rtp_unwrap order;
	unsigned mapped_ssrc;
};

struct world {
	GRand *rand;
	double ppm;                /* of the sender's wall clock against ours */
	int64_t ntp0_us, delay_us, jitter_us, slept_us;
	double report_loss;
	bool ordered;              /* the network keeps the order of packets */
	struct event events[EVENTS];
	unsigned nevents, happened;
	struct world_source src[SOURCES];   /* sound, picture */
	struct sender_course course;
	GQueue flights;
	int64_t now_us;
	int64_t begin_us;          /* segments begin now: until then every frame takes the best mapping */
	/* found */
	int64_t worst_av_us, worst_early_us, worst_late_us;   /* error: sound against picture; least and most against the truth */
	int64_t check_from_us;     /* of capture time */
	unsigned compared;
	bool slew_checked;
	int64_t fall_us;           /* what a packet quicker than all before may take off at once */
};

static int64_t uniform(struct world *w, int64_t low, int64_t high)
{
	return high > low ? low + (int64_t)(g_rand_double(w->rand) * (double)(high - low)) : low;
}

/* What the sender's wall clock would show had nobody set it */
static double sender_us(const struct world *w, int64_t at_us)
{
	return (double)(at_us - START) * (1 + w->ppm * 1e-6);
}

static int64_t ntp_at(const struct world *w, int64_t at_us)
{
	return w->ntp0_us + (int64_t)sender_us(w, at_us);
}

static uint32_t rtp_at(const struct world *w, const struct world_source *q, int64_t at_us)
{
	double us = sender_us(w, at_us - w->slept_us) * (1 + q->ppm * 1e-6) + (double)q->jumped_us;

	return q->rtp0 + (uint32_t)(int64_t)(us * q->clock.rate_hz / 1e6);
}

static gint by_arrival(gconstpointer a, gconstpointer b, gpointer unused)
{
	const struct flight *x = a, *y = b;

	(void)unused;
	if (x->arrival_us != y->arrival_us)
		return x->arrival_us < y->arrival_us ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static gint by_number(gconstpointer a, gconstpointer b, gpointer unused)
{
	const struct flight *x = a, *y = b;

	(void)unused;
	return (x->number > y->number) - (x->number < y->number);
}

static void launch(struct world *w, struct world_source *q, const struct flight *f, int64_t sent_us)
{
	struct flight *copy = g_memdup2(f, sizeof(*f));

	copy->ssrc = q->ssrc << 1 | (unsigned)(q - w->src);
	copy->arrival_us = sent_us + w->delay_us + uniform(w, 0, w->jitter_us);
	if (w->ordered && copy->arrival_us < q->last_arrival_us)
		copy->arrival_us = q->last_arrival_us;
	q->last_arrival_us = copy->arrival_us;
	g_queue_insert_sorted(&w->flights, copy, by_arrival, NULL);
}

static void sample(struct world *w, struct world_source *q)
{
	struct flight f = { .capture_us = q->next_us, .rtp = rtp_at(w, q, q->next_us), .number = ++q->sent };

	launch(w, q, &f, q->next_us + q->behind_us);
}

static void send_report(struct world *w, struct world_source *q)
{
	struct flight f = { .capture_us = q->next_report_us, .rtp = rtp_at(w, q, q->next_report_us), .ntp_us = ntp_at(w, q->next_report_us) };

	if (g_rand_double(w->rand) < w->report_loss)
		q->reports_lost++;
	else
		launch(w, q, &f, q->next_report_us);
}

/* --- what arrives --- */

/* The other source's error at that time of capture, between its frames in proportion; false when it has none near. */
static bool error_at(const struct world_source *q, int64_t capture_us, double *error_us)
{
	unsigned low = q->ntrail > TRAIL ? q->ntrail - TRAIL + 1 : 1;

	for (unsigned i = q->ntrail; i-- > low;) {
		int64_t after_us = q->trail[i % TRAIL].capture_us, before_us = q->trail[(i - 1) % TRAIL].capture_us;

		if (before_us > capture_us)
			continue;
		*error_us = (double)q->trail[(i - 1) % TRAIL].error_us;
		*error_us += ((double)q->trail[i % TRAIL].error_us - *error_us) * (double)(capture_us - before_us) / (double)(after_us - before_us);
		return after_us >= capture_us && after_us - before_us <= 2 * q->period_us;
	}
	return false;
}

static void compare(struct world *w, const struct world_source *q, int64_t capture_us, int64_t error_us)
{
	double other_us;

	if (capture_us < w->check_from_us || !error_at(q, capture_us, &other_us))
		return;
	w->worst_av_us = MAX(w->worst_av_us, (int64_t)fabs((double)error_us - other_us));
	w->compared++;
}

/* The frame of one source with the other's around it, and the other's between this one's last two, whichever of them arrived later. */
static void compare_all(struct world *w, const struct world_source *q)
{
	const struct world_source *other = &w->src[q == w->src];
	unsigned last = (q->ntrail - 1) % TRAIL, low = other->ntrail > TRAIL ? other->ntrail - TRAIL : 0;

	compare(w, other, q->trail[last].capture_us, q->trail[last].error_us);
	for (unsigned i = other->ntrail; q->ntrail > 1 && i-- > low;) {
		int64_t capture_us = other->trail[i % TRAIL].capture_us;

		if (capture_us <= q->trail[(q->ntrail - 2) % TRAIL].capture_us)
			return;
		compare(w, q, capture_us, other->trail[i % TRAIL].error_us);
	}
}

static void note(struct world *w, struct world_source *q, int64_t capture_us, int64_t error_us)
{
	q->trail[q->ntrail % TRAIL].capture_us = capture_us;
	q->trail[q->ntrail++ % TRAIL].error_us = error_us;
	if (capture_us < w->check_from_us)
		return;
	if (w->compared == 0)
		w->worst_early_us = w->worst_late_us = error_us;
	w->worst_early_us = MIN(w->worst_early_us, error_us);
	w->worst_late_us = MAX(w->worst_late_us, error_us);
	compare_all(w, q);
}

/* What always holds. */
static void check_promises(const struct world *w, const struct world_source *q, int64_t rtp, int64_t mono_us, bool jump)
{
	int64_t passed_us = (rtp - q->last_rtp) * 1000000 / q->clock.rate_hz;

	CHECK(mono_us <= w->now_us);                          /* no more time claimed than has passed */
	if (!q->last_mono_us || jump || rtp < q->last_rtp)
		return;
	CHECK(mono_us >= q->last_mono_us);                    /* never backwards */
	if (w->slew_checked)          /* the course goes in steps of 0.25 ms */
		CHECK(mono_us - q->last_mono_us - passed_us <= passed_us / 100 + 300);
	if (w->slew_checked && passed_us < SECOND)
		CHECK(mono_us - q->last_mono_us - passed_us >= -passed_us / 100 - w->fall_us - 100);
}

static void map_frame(struct world *w, struct world_source *q, const struct flight *f)
{
	bool jump = w->now_us < w->begin_us || !q->started || f->ssrc >> 1 != q->mapped_ssrc;
	int64_t rtp = rtp_unwrap(&q->order, f->rtp), mono_us = rtp_clock_map(&q->clock, &w->course, rtp, f->arrival_us, jump);

	check_promises(w, q, rtp, mono_us, jump);
	q->started |= w->now_us >= w->begin_us;
	q->mapped_ssrc = f->ssrc >> 1;
	q->mapped = f->number;
	q->last_rtp = rtp;
	q->last_mono_us = mono_us;
	note(w, q, f->capture_us, mono_us - f->capture_us);
}

/* Maps what is next, as the reorder buffer does. */
static void on_frame(struct world *w, struct world_source *q, const struct flight *f)
{
	struct flight *next;

	if (f->ssrc >> 1 < q->seen_ssrc)                      /* a straggler of the stream before */
		return;
	if (f->ssrc >> 1 != q->seen_ssrc) {
		g_queue_clear_full(&q->held, g_free);
		q->mapped = f->number - 1;
		rtp_clock_restart(&q->clock, &w->course.clock);
		q->order = (struct rtp_unwrap){ 0 };
		q->seen_ssrc = f->ssrc >> 1;
	}
	rtp_clock_packet(&q->clock, f->rtp, f->arrival_us);
	g_queue_insert_sorted(&q->held, g_memdup2(f, sizeof(*f)), by_number, NULL);
	while ((next = g_queue_peek_head(&q->held)) && next->number == q->mapped + 1) {
		g_queue_pop_head(&q->held);
		map_frame(w, q, next);
		g_free(next);
	}
}

static void arrive(struct world *w, const struct flight *f)
{
	struct world_source *q = &w->src[f->ssrc & 1];

	w->now_us = f->arrival_us;
	if (f->number)
		on_frame(w, q, f);
	else if (f->ssrc >> 1 == q->seen_ssrc)
		q->reports += rtp_clock_report(&q->clock, &w->course.clock, f->rtp, f->ntp_us, f->arrival_us);
}

/* --- time --- */

static void happen(struct world *w, const struct event *e)
{
	struct world_source *q = &w->src[e->source];

	switch (e->what) {
	case NET_DELAY: w->delay_us = e->value_us; break;
	case NTP_SET: w->ntp0_us += e->value_us; break;
	case RTP_JUMP: q->jumped_us += e->value_us; break;
	case SILENCE: q->silent_until_us = e->at_us + e->value_us; break;
	case SUSPEND:
		w->slept_us += e->value_us;
		for (int i = 0; i < SOURCES; i++)
			w->src[i].silent_until_us = e->at_us + e->value_us;
		break;
	case NEW_SSRC:
		q->ssrc++;
		q->rtp0 = g_rand_int(w->rand);
		break;
	}
}

static void step_source(struct world *w, struct world_source *q, int64_t at_us)
{
	while (q->next_us <= at_us) {
		if (q->next_us >= q->silent_until_us)
			sample(w, q);
		q->next_us += q->period_us;
	}
	while (q->next_report_us <= at_us) {
		if (q->next_report_us >= q->silent_until_us)
			send_report(w, q);
		q->next_report_us += q->report_us;
	}
}

/* Runs the world to a time of capture. */
static void world_run(struct world *w, int64_t until_us)
{
	struct flight *f;

	for (int64_t at_us = MIN(w->src[0].next_us, w->src[1].next_us); at_us <= until_us; at_us += 10000) {
		while (w->happened < w->nevents && w->events[w->happened].at_us <= at_us)
			happen(w, &w->events[w->happened++]);
		for (int i = 0; i < SOURCES; i++)
			step_source(w, &w->src[i], at_us);
		while ((f = g_queue_peek_head(&w->flights)) && f->arrival_us <= at_us) {
			g_queue_pop_head(&w->flights);
			arrive(w, f);
			g_free(f);
		}
	}
}

static void world_init(struct world *w, unsigned seed)
{
	*w = (struct world){ .ntp0_us = INT64_C(3973000000) * SECOND, .delay_us = 20000 };
	w->rand = g_rand_new_with_seed(seed);
	g_queue_init(&w->flights);
	w->src[0] = (struct world_source){ .period_us = 20000, .report_us = 5 * SECOND };
	w->src[1] = (struct world_source){ .period_us = 33333, .report_us = SECOND };
	for (int i = 0; i < SOURCES; i++) {
		rtp_clock_init(&w->src[i].clock, i ? 90000 : 48000);
		w->src[i].rtp0 = g_rand_int(w->rand);
		w->src[i].next_us = START + i * 7000;
		w->src[i].next_report_us = START + w->src[i].report_us / 2;      /* as libwebrtc does */
	}
}

static void world_done(struct world *w)
{
	g_queue_clear_full(&w->flights, g_free);
	for (int i = 0; i < SOURCES; i++)
		g_queue_clear_full(&w->src[i].held, g_free);
	g_rand_free(w->rand);
}
