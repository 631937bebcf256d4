/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing. Called by chunk on the capture thread.
 *
 *	EBML header · Segment { Info · Tracks { TrackEntry } · Tags · Cluster { Timestamp · SimpleBlock … } … }
 *
 * Lengths that are not known yet are written with all their bytes and filled in at the end: a file whose Segment ends where the file ends is whole.
 */
#include "plugins/webm.h"

#include <glib.h>
#include <string.h>
#include "plugins/webm_ids.h"

enum { LONG_LENGTH = 8, CLUSTER_LENGTH = 4, CLUSTER_MS = 30000, FIRST_SIZE = 4096, SEEK_PREROLL_NS = 80000000, MS_NS = 1000000, TRACK = 1,
       TRACK_VIDEO = 1, TRACK_AUDIO = 2, KEYFRAME = 0x80 };

struct webm {
	uint8_t *data;
	size_t len, size;
	size_t segment, duration;          /* where these lengths and values go */
	size_t cluster;                    /* where the open cluster's length goes; 0: none is open */
	int64_t cluster_ms;
};

/* Room for n more bytes, which the caller fills. */
static uint8_t *more(struct webm *w, size_t n)
{
	if (w->len + n > w->size) {
		w->size = MAX(w->size * 2, w->len + n);
		w->data = g_realloc(w->data, w->size);
	}
	w->len += n;
	return w->data + w->len - n;
}

static void put_number(uint8_t *p, uint64_t v, unsigned bytes)
{
	while (bytes-- > 0) {
		p[bytes] = (uint8_t)v;
		v >>= 8;
	}
}

static void put_id(struct webm *w, uint32_t id)
{
	unsigned bytes = id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1;

	put_number(more(w, bytes), id, bytes);
}

/* A length with its marker bit in front, in as many bytes as told. */
static void fill_length(uint8_t *p, uint64_t v, unsigned bytes)
{
	put_number(p, v | UINT64_C(1) << (7 * bytes), bytes);
}

static void put_length(struct webm *w, uint64_t v)
{
	unsigned bytes = 1;

	while (v >= (UINT64_C(1) << (7 * bytes)) - 1)
		bytes++;
	fill_length(more(w, bytes), v, bytes);
}

static void put_uint(struct webm *w, uint32_t id, uint64_t v)
{
	unsigned bytes = 1;

	while (bytes < 8 && v >> (8 * bytes))
		bytes++;
	put_id(w, id);
	put_length(w, bytes);
	put_number(more(w, bytes), v, bytes);
}

static void put_bytes(struct webm *w, uint32_t id, const void *data, size_t len)
{
	put_id(w, id);
	put_length(w, len);
	memcpy(more(w, len), data, len);
}

static void put_text(struct webm *w, uint32_t id, const char *text)
{
	put_bytes(w, id, text, strlen(text));
}

static void put_double(struct webm *w, uint32_t id, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	put_id(w, id);
	put_length(w, sizeof(bits));
	put_number(more(w, sizeof(bits)), bits, sizeof(bits));
}

/* An element whose length is filled in by end_element(). */
static size_t begin_element(struct webm *w, uint32_t id, unsigned length_bytes)
{
	put_id(w, id);
	memset(more(w, length_bytes), 0, length_bytes);
	return w->len - length_bytes;
}

static void end_element(struct webm *w, size_t at, unsigned length_bytes)
{
	fill_length(w->data + at, w->len - at - length_bytes, length_bytes);
}

static void put_header(struct webm *w, const char *doctype)
{
	size_t at = begin_element(w, EBML, 1);

	put_uint(w, EBML_VERSION, 1);
	put_uint(w, EBML_READ_VERSION, 1);
	put_uint(w, EBML_MAX_ID_LENGTH, 4);
	put_uint(w, EBML_MAX_SIZE_LENGTH, 8);
	put_text(w, EBML_DOCTYPE, doctype);
	put_uint(w, EBML_DOCTYPE_VERSION, 4);
	put_uint(w, EBML_DOCTYPE_READ_VERSION, 2);
	end_element(w, at, 1);
}

static void put_info(struct webm *w)
{
	size_t at = begin_element(w, INFO, CLUSTER_LENGTH);

	put_uint(w, TIMESTAMP_SCALE, MS_NS);
	put_text(w, MUXING_APP, "janus-recroom");
	put_text(w, WRITING_APP, "janus-recroom");
	put_double(w, DURATION, 0);
	w->duration = w->len - sizeof(double);
	end_element(w, at, CLUSTER_LENGTH);
}

static void put_kind(struct webm *w, const struct webm_conf *conf)
{
	size_t at = begin_element(w, conf->video ? VIDEO : AUDIO, 1);

	if (conf->video) {
		put_uint(w, PIXEL_WIDTH, (uint64_t)conf->width);
		put_uint(w, PIXEL_HEIGHT, (uint64_t)conf->height);
	} else {
		put_double(w, SAMPLING_FREQUENCY, conf->rate_hz);
		put_uint(w, CHANNELS, conf->channels);
	}
	end_element(w, at, 1);
}

static void put_track(struct webm *w, const struct webm_conf *conf)
{
	size_t tracks = begin_element(w, TRACKS, CLUSTER_LENGTH), at = begin_element(w, TRACK_ENTRY, CLUSTER_LENGTH);

	put_uint(w, TRACK_NUMBER, TRACK);
	put_uint(w, TRACK_UID, TRACK);
	put_uint(w, TRACK_TYPE, conf->video ? TRACK_VIDEO : TRACK_AUDIO);
	put_uint(w, FLAG_LACING, 0);
	put_text(w, LANGUAGE, "und");
	put_text(w, CODEC_ID, conf->codec_id);
	if (!conf->video) {
		put_uint(w, CODEC_DELAY, 0);
		put_uint(w, SEEK_PREROLL, SEEK_PREROLL_NS);
	}
	put_kind(w, conf);
	if (conf->private_len)
		put_bytes(w, CODEC_PRIVATE, conf->private_data, conf->private_len);
	end_element(w, at, CLUSTER_LENGTH);
	end_element(w, tracks, CLUSTER_LENGTH);
}

static void put_tags(struct webm *w, const struct webm_tag *tags, size_t n)
{
	size_t all = begin_element(w, TAGS, CLUSTER_LENGTH), at = begin_element(w, TAG, CLUSTER_LENGTH);

	put_bytes(w, TARGETS, "", 0);
	for (size_t i = 0; i < n; i++) {
		size_t one = begin_element(w, SIMPLE_TAG, CLUSTER_LENGTH);

		put_text(w, TAG_NAME, tags[i].name);
		put_text(w, TAG_STRING, tags[i].value);
		end_element(w, one, CLUSTER_LENGTH);
	}
	end_element(w, at, CLUSTER_LENGTH);
	end_element(w, all, CLUSTER_LENGTH);
}

void webm_begin(struct webm **out, const struct webm_conf *conf)
{
	struct webm *w = g_new0(struct webm, 1);

	w->size = MAX(conf->expected, (size_t)FIRST_SIZE);
	w->data = g_malloc(w->size);
	put_header(w, conf->doctype);
	w->segment = begin_element(w, SEGMENT, LONG_LENGTH);
	put_info(w);
	put_track(w, conf);
	put_tags(w, conf->tags, conf->ntags);
	*out = w;
}

static void end_cluster(struct webm *w)
{
	if (w->cluster)
		end_element(w, w->cluster, CLUSTER_LENGTH);
	w->cluster = 0;
}

void webm_frame(struct webm *w, const uint8_t *data, size_t len, int64_t t_ms, bool keyframe)
{
	uint8_t *head;

	if (!w->cluster || t_ms - w->cluster_ms > CLUSTER_MS) {
		end_cluster(w);
		w->cluster = begin_element(w, CLUSTER, CLUSTER_LENGTH);
		w->cluster_ms = t_ms;
		put_uint(w, TIMESTAMP, (uint64_t)t_ms);
	}
	put_id(w, SIMPLE_BLOCK);
	put_length(w, BLOCK_HEAD + len);
	head = more(w, BLOCK_HEAD);
	fill_length(head, TRACK, 1);
	put_number(head + 1, (uint64_t)(t_ms - w->cluster_ms), 2);
	head[3] = keyframe ? KEYFRAME : 0;
	memcpy(more(w, len), data, len);
}

void webm_end(struct webm **wp, int64_t end_ms, uint8_t **data, size_t *size)
{
	struct webm *w = *wp;
	double duration = (double)end_ms;
	uint64_t bits;

	end_cluster(w);
	memcpy(&bits, &duration, sizeof(bits));
	put_number(w->data + w->duration, bits, sizeof(bits));
	end_element(w, w->segment, LONG_LENGTH);
	*data = g_realloc(g_steal_pointer(&w->data), w->len);      /* it may wait for the disk: no spare room then */
	*size = w->len;
	webm_unref(wp);
}

void webm_unref(struct webm **w)
{
	if (*w)
		g_free((*w)->data);
	g_clear_pointer(w, g_free);
}
