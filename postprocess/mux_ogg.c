/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ogg Opus on disk: pages of a second (RFC 3533), the gain put into the first page at the end. Called through the sink table, on the writing thread.
 *
 *   page: OpusHead │ page: OpusTags │ page: up to 50 packets │ … │ last page: ends with the last sample heard
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "postprocess/mux_ogg.h"
#include "postprocess/outfile.h"

enum {
	SEGMENTS_MAX = 255, HEADER_SIZE = 27,
	PAGE_PACKETS = 50,             /* a second */
	SERIAL = 1,                    /* the file has one stream; the same recording gives the same bytes */
	FIRST = 2, LAST = 4,           /* flags of a page */
	GAIN_OFFSET = 16, HEAD_MIN = 19,
};

struct mux {
	struct outfile *file;
	GByteArray *head;              /* OpusHead */
	GByteArray *lacing, *body;     /* of the page being filled */
	int packets;
	uint32_t pages;
	int64_t padding;               /* samples in front that are not heard */
	int64_t end;                   /* where the packets so far end, padding included */
};

/* ---- pages ---- */

/** The checksum of RFC 3533 §6: polynomial 0x04c11db7, neither reflected nor inverted. */
static uint32_t crc_of(const uint8_t *p, size_t len)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)p[i] << 24;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7 : 0);
	}
	return crc;
}

static void put_le(uint8_t *p, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static GByteArray *make_page(const GByteArray *lacing, const GByteArray *body, uint32_t number, int64_t granule, unsigned flags)
{
	uint8_t header[HEADER_SIZE] = { 'O', 'g', 'g', 'S', 0, (uint8_t)flags };
	GByteArray *page = g_byte_array_new();

	put_le(header + 6, (uint64_t)granule, 8);
	put_le(header + 14, SERIAL, 4);
	put_le(header + 18, number, 4);
	header[26] = (uint8_t)lacing->len;
	g_byte_array_append(page, header, HEADER_SIZE);
	g_byte_array_append(page, lacing->data, lacing->len);
	g_byte_array_append(page, body->data, body->len);
	put_le(page->data + 22, crc_of(page->data, page->len), 4);
	return page;
}

static int write_page(struct mux *m, int64_t granule, unsigned flags)
{
	GByteArray *page = make_page(m->lacing, m->body, m->pages++, granule, flags);
	int err = outfile_append(m->file, page->data, page->len);

	g_byte_array_unref(page);
	g_byte_array_set_size(m->lacing, 0);
	g_byte_array_set_size(m->body, 0);
	m->packets = 0;
	return err;
}

static guint segments_of(size_t size)
{
	return (guint)(size / 255 + 1);
}

static void put_packet(GByteArray *lacing, GByteArray *body, const uint8_t *data, size_t size)
{
	static const uint8_t full = 255;
	uint8_t rest = (uint8_t)(size % 255);

	for (size_t i = 0; i < size / 255; i++)
		g_byte_array_append(lacing, &full, 1);
	g_byte_array_append(lacing, &rest, 1);
	g_byte_array_append(body, data, (guint)size);
}

/* ---- the two headers ---- */

/** Always the same length, so that it can be written again. */
static GByteArray *head_page(const GByteArray *head)
{
	GByteArray *lacing = g_byte_array_new(), *page;
	uint8_t size = (uint8_t)head->len;

	g_byte_array_append(lacing, &size, 1);
	page = make_page(lacing, head, 0, 0, FIRST);
	g_byte_array_unref(lacing);
	return page;
}

static int write_head(struct mux *m)
{
	GByteArray *page = head_page(m->head);
	int err = outfile_write(m->file, 0, page->data, page->len);

	g_byte_array_unref(page);
	return err;
}

static void put_string(GByteArray *b, const char *text)
{
	uint8_t size[4];

	put_le(size, strlen(text), 4);
	g_byte_array_append(b, size, sizeof(size));
	g_byte_array_append(b, (const uint8_t *)text, (guint)strlen(text));
}

static int write_tags(struct mux *m, const char *title)
{
	GByteArray *tags = g_byte_array_new();
	g_autofree char *comment = g_strconcat("TITLE=", title ? title : "", NULL);
	uint8_t count[4] = { title && *title, 0, 0, 0 };

	g_byte_array_append(tags, (const uint8_t *)"OpusTags", 8);
	put_string(tags, "janus-recroom");
	g_byte_array_append(tags, count, sizeof(count));
	if (count[0])
		put_string(tags, comment);
	put_packet(m->lacing, m->body, tags->data, tags->len);
	g_byte_array_unref(tags);
	return write_page(m, 0, 0);
}

int mux_ogg_open(void **state, const struct sink_conf *conf)
{
	struct mux *m = g_new0(struct mux, 1);
	const AVCodecParameters *par = conf->audio;
	int err;

	*state = m;
	m->head = g_byte_array_new();
	m->lacing = g_byte_array_new();
	m->body = g_byte_array_new();
	if (conf->video || !par || par->codec_id != AV_CODEC_ID_OPUS || par->extradata_size < HEAD_MIN || par->extradata_size > SEGMENTS_MAX - 1)
		return -EINVAL;
	m->padding = par->initial_padding;
	g_byte_array_append(m->head, par->extradata, (guint)par->extradata_size);
	err = outfile_create(&m->file, conf->dir, conf->name);
	if (!err)
		err = write_head(m);
	m->pages = 1;
	return err ? err : write_tags(m, conf->title);
}

/* ---- packets ---- */

int mux_ogg_write(void *state, AVPacket *pkt, enum sink_track track)
{
	struct mux *m = state;
	int err = 0;

	if (track != SINK_AUDIO || pkt->size <= 0 || segments_of((size_t)pkt->size) > SEGMENTS_MAX)
		return -EINVAL;
	/* The last page must not be empty, so a page is written when the packet after it is there. */
	if (m->packets >= PAGE_PACKETS || m->lacing->len + segments_of((size_t)pkt->size) > SEGMENTS_MAX)
		err = write_page(m, m->end, 0);
	put_packet(m->lacing, m->body, pkt->data, (size_t)pkt->size);
	m->packets++;
	m->end = pkt->pts + pkt->duration + m->padding;
	return err;
}

int mux_ogg_finish(void *state, int gain_q8, struct sink_result *r)
{
	struct mux *m = state;
	int err = write_page(m, m->end, LAST);

	if (!err && gain_q8) {
		put_le(m->head->data + GAIN_OFFSET, (uint16_t)gain_q8, 2);
		err = write_head(m);
	}
	return err ? err : outfile_finish(m->file, r);
}

int mux_ogg_publish(void *state)
{
	return outfile_publish(((struct mux *)state)->file);
}

void mux_ogg_close(void *state)
{
	struct mux *m = state;

	if (!m)
		return;
	outfile_unref(&m->file);
	g_byte_array_unref(m->head);
	g_byte_array_unref(m->lacing);
	g_byte_array_unref(m->body);
	g_free(m);
}
