/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A viewer; called by peer on a loop thread.
 */
#include "tests/bench/generator/viewer.h"

#include <glib.h>
#include <libavutil/intreadwrite.h>
#include <stdatomic.h>

struct arrival {
	int64_t at_us;
	uint32_t ssrc, timestamp;
};

struct viewer {
	GHashTable *next;          /* SSRC → the number that should come next */
	GArray *log;               /* struct arrival; NULL: not kept */
};

static struct {
	atomic_uint_fast64_t packets, bytes;
	atomic_int_fast64_t missing;
} all;

struct viewer *viewer_create(bool log)
{
	struct viewer *v = g_new0(struct viewer, 1);

	v->next = g_hash_table_new(NULL, NULL);
	v->log = log ? g_array_new(FALSE, FALSE, sizeof(struct arrival)) : NULL;
	return v;
}

static void viewer_free(void *arg)
{
	struct viewer *v = arg;

	g_hash_table_unref(v->next);
	g_clear_pointer(&v->log, g_array_unref);
	g_free(v);
}

struct viewers_stats viewers_stats(void)
{
	int64_t missing = atomic_load(&all.missing);

	return (struct viewers_stats){ .packets = atomic_load(&all.packets), .bytes = atomic_load(&all.bytes), .missing = (uint64_t)MAX(missing, 0) };
}

static void on_rtp(void *arg, const uint8_t *data, size_t len, int64_t now_us)
{
	struct viewer *v = arg;
	gpointer ssrc = GUINT_TO_POINTER(AV_RB32(data + 8)), value;
	uint16_t seq = AV_RB16(data + 2);
	int16_t ahead = 0;

	if (v->log)
		g_array_append_vals(v->log, &(struct arrival){ .at_us = now_us, .ssrc = AV_RB32(data + 8), .timestamp = AV_RB32(data + 4) }, 1);
	if (g_hash_table_lookup_extended(v->next, ssrc, NULL, &value))
		ahead = (int16_t)(uint16_t)(seq - GPOINTER_TO_UINT(value));
	atomic_fetch_add(&all.missing, ahead < 0 ? -1 : ahead);
	if (ahead >= 0)
		g_hash_table_insert(v->next, ssrc, GUINT_TO_POINTER((uint16_t)(seq + 1)));
	atomic_fetch_add(&all.packets, 1);
	atomic_fetch_add(&all.bytes, len);
}

static void on_tick(void *arg, int64_t now_us)
{
	(void)arg, (void)now_us;
}

static void on_rtcp(void *arg, const uint8_t *data, size_t len, int64_t now_us)
{
	(void)arg, (void)data, (void)len, (void)now_us;
}

void viewer_print(const struct viewer *v, FILE *out)
{
	for (guint i = 0; i < v->log->len; i++) {
		const struct arrival *a = &g_array_index(v->log, struct arrival, i);

		fprintf(out, "%u %" G_GINT64_FORMAT " %u\n", a->ssrc, a->at_us, a->timestamp);
	}
}

const struct peer_user viewer_user = { .tick = on_tick, .on_rtp = on_rtp, .on_rtcp = on_rtcp, .free = viewer_free };
