/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * VideoRoom's .mjr files, from what its documentation says of them: a line of eight letters, a JSON header, then packets.
 *
 *	"MJR00002" │ length │ {…} │ "MEET" │ ms since the first │ length │ RTP packet │ "MEET" │ …
 *
 * Packets lie in the order of their arrival; pictures are put together by timestamp and sequence number.
 */
#include "tests/bench/reader/got.h"

#include <libavutil/intreadwrite.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/bench/mark.h"
#include "tests/plugin/synth.h"

enum { MAGIC = 8, RECORD = 10, RTP = 12, VP8_HEADER = 4 };

struct part {
	uint32_t ts, ms;
	uint16_t seq;
	const uint8_t *data;       /* payload */
	size_t len;
};

static void drop(gpointer p)
{
	struct got *g = p;

	got_free(&g);
}

/* What one packet of the file holds; false for padding and the like. */
static bool parse_packet(struct part *p, const uint8_t *data, size_t len)
{
	size_t head = len < RTP ? len : RTP + 4u * (data[0] & 15);

	if (len > head + 4 && data[0] & 0x10)
		head += 4 + 4u * AV_RB16(data + head + 2);
	if (len <= head)
		return false;
	p->seq = AV_RB16(data + 2);
	p->ts = AV_RB32(data + 4);
	p->data = data + head;
	p->len = len - head;
	return true;
}

static GArray *parse_file(const uint8_t *data, size_t len)
{
	GArray *parts = g_array_new(FALSE, TRUE, sizeof(struct part));
	size_t at = len >= MAGIC + 2 && !memcmp(data, "MJR00002", MAGIC) ? MAGIC + 2u + AV_RB16(data + MAGIC) : len;

	while (at + RECORD <= len && !memcmp(data + at, "MEET", 4)) {
		struct part p = { .ms = AV_RB32(data + at + 4) };
		size_t n = AV_RB16(data + at + 8);

		if (at + RECORD + n <= len && parse_packet(&p, data + at + RECORD, n))
			g_array_append_val(parts, p);
		at += RECORD + n;
	}
	return parts;
}

/* By time, then by number, both with wrap. */
static gint by_order(gconstpointer a, gconstpointer b)
{
	const struct part *p = a, *q = b;
	int32_t dt = (int32_t)(p->ts - q->ts);

	return dt ? (dt > 0) - (dt < 0) : (int16_t)(uint16_t)(p->seq - q->seq);
}

/* `first`: the dump may begin in the middle of it. */
static void put_picture(struct got *g, const struct part *parts, guint n, bool first)
{
	GByteArray *frame = g_byte_array_new();
	struct got_frame f = { .t_ms = parts[0].ms };
	struct mark m;

	for (guint i = 0; i < n; i++)
		if (parts[i].len > VP8_HEADER && (i == 0 || parts[i].seq != parts[i - 1].seq))
			g_byte_array_append(frame, parts[i].data + VP8_HEADER, (guint)(parts[i].len - VP8_HEADER));
	if (mark_get(&m, frame->data, frame->len)) {
		f.number = m.number;
		f.position = m.position;
		f.keyframe = m.position == 0;
		g_array_append_val(g->frames[1], f);
	} else {
		g->damaged += !first;
	}
	g_byte_array_unref(frame);
}

static void put_pictures(struct got *g, const GArray *parts)
{
	const struct part *p = (const struct part *)(const void *)parts->data;

	for (guint from = 0, to; from < parts->len; from = to) {
		for (to = from + 1; to < parts->len && p[to].ts == p[from].ts; to++)
			;
		put_picture(g, p + from, to - from, from == 0);
	}
}

static void put_sounds(struct got *g, const GArray *parts)
{
	for (guint i = 0; i < parts->len; i++) {
		const struct part *p = &g_array_index(parts, struct part, i);
		int64_t number = synth_opus_number(p->data, p->len);
		struct got_frame f = { .t_ms = p->ms, .number = (uint32_t)number };

		if (number >= 0)
			g_array_append_val(g->frames[0], f);
		else
			g->damaged++;
	}
}

static struct got *got_of(GHashTable *all, const char *file)
{
	const char *user = strstr(file, "-user-");
	char *name = g_strdup_printf("p%d", user ? atoi(user + 6) - 1 : -1);
	struct got *g = g_hash_table_lookup(all, name);

	if (!g) {
		g = got_new();
		g_hash_table_insert(all, g_strdup(name), g);
	}
	g_free(name);
	return g;
}

static void read_file(GHashTable *all, const char *dir, const char *file)
{
	char *path = g_build_filename(dir, file, NULL), *data = NULL;
	gsize len = 0;
	GArray *parts;

	if (g_str_has_suffix(file, ".mjr") && g_file_get_contents(path, &data, &len, NULL)) {
		parts = parse_file((const uint8_t *)data, len);
		g_array_sort(parts, by_order);
		if (strstr(file, "-video-"))
			put_pictures(got_of(all, file), parts);
		else
			put_sounds(got_of(all, file), parts);
		g_array_unref(parts);
	}
	g_free(data);
	g_free(path);
}

GHashTable *got_dump(const char *dir)
{
	GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, drop);
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *name;

	while (d && (name = g_dir_read_name(d)))
		read_file(all, dir, name);
	if (d)
		g_dir_close(d);
	else
		g_clear_pointer(&all, g_hash_table_unref);
	return all;
}
