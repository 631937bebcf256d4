/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of sinks, and the two that need no file of their own. Called by compose, on the writing thread.
 */
#include <errno.h>
#include <glib.h>
#include <libavutil/md5.h>
#include <libavutil/mem.h>
#include <stdio.h>
#include <string.h>
#include "postprocess/mux_mp4.h"
#include "postprocess/mux_ogg.h"
#include "postprocess/mux_webm.h"
#include "postprocess/sink.h"

struct sink {
	const struct sink_type *type;
	void *state;
};

/* ---- null: nothing is kept, for measuring everything before it ---- */

static int null_open(void **state, const struct sink_conf *conf)
{
	(void)conf;
	*state = NULL;
	return 0;
}

static int null_write(void *state, AVPacket *pkt, enum sink_track track)
{
	(void)state, (void)pkt, (void)track;
	return 0;
}

static int null_finish(void *state, int gain_q8, struct sink_result *r)
{
	(void)state, (void)gain_q8;
	*r = (struct sink_result){ 0 };
	return 0;
}

static int no_file(void *state)
{
	(void)state;
	return 0;
}

static void null_close(void *state)
{
	(void)state;
}

/* ---- md5: one hash of all packets, for comparing ---- */

static int md5_open(void **state, const struct sink_conf *conf)
{
	struct AVMD5 *md5 = av_md5_alloc();

	(void)conf;
	if (!md5)
		return -ENOMEM;
	av_md5_init(md5);
	*state = md5;
	return 0;
}

static int md5_write(void *state, AVPacket *pkt, enum sink_track track)
{
	char head[96];
	int n = snprintf(head, sizeof(head), "%d,%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%d,%d\n", (int)track, (gint64)pkt->pts, (gint64)pkt->duration,
			 pkt->size, pkt->flags & AV_PKT_FLAG_KEY);

	av_md5_update(state, (const uint8_t *)head, (size_t)n);
	av_md5_update(state, pkt->data, (size_t)pkt->size);
	return 0;
}

static int md5_finish(void *state, int gain_q8, struct sink_result *r)
{
	uint8_t sum[16];
	char gain[16];

	av_md5_update(state, (const uint8_t *)gain, (size_t)snprintf(gain, sizeof(gain), "%d\n", gain_q8));
	av_md5_final(state, sum);
	*r = (struct sink_result){ 0 };
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(r->digest + 2 * i, 3, "%02x", sum[i]);
	return 0;
}

static void md5_close(void *state)
{
	av_free(state);
}

static const struct sink_type types[] = {
	{ "webm", mux_webm_open, mux_webm_write, mux_webm_finish, mux_webm_publish, mux_webm_close, mux_webm_chapters },
	{ "mp4", mux_mp4_open, mux_mp4_write, mux_mp4_finish, mux_mp4_publish, mux_mp4_close, NULL },
	{ "m4a", mux_mp4_open, mux_mp4_write, mux_mp4_finish, mux_mp4_publish, mux_mp4_close, NULL },
	{ "opus", mux_ogg_open, mux_ogg_write, mux_ogg_finish, mux_ogg_publish, mux_ogg_close, NULL },
	{ "null", null_open, null_write, null_finish, no_file, null_close, NULL },
	{ "md5", md5_open, md5_write, md5_finish, no_file, md5_close, NULL },
};

const struct sink_type *sink_find(const char *format)
{
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (!strcmp(types[i].name, format))
			return &types[i];
	return NULL;
}

int sink_open(struct sink **out, const struct sink_type *type, const struct sink_conf *conf)
{
	struct sink *s = g_new0(struct sink, 1);
	int err;

	s->type = type;
	err = type->open(&s->state, conf);
	if (err)
		sink_unref(&s);
	else
		*out = s;
	return err;
}

int sink_write(struct sink *s, AVPacket *pkt, enum sink_track track)
{
	return s->type->write(s->state, pkt, track);
}

int sink_chapters(struct sink *s, const struct sink_chapter *list, size_t n)
{
	return s->type->chapters && n ? s->type->chapters(s->state, list, n) : 0;
}

int sink_finish(struct sink *s, int gain_q8, struct sink_result *r)
{
	return s->type->finish(s->state, gain_q8, r);
}

int sink_publish(struct sink *s)
{
	return s->type->publish(s->state);
}

void sink_unref(struct sink **s)
{
	if (!*s)
		return;
	(*s)->type->close((*s)->state);
	g_clear_pointer(s, g_free);
}
