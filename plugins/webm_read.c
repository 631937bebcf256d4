/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading chunk files again, as far as recovery needs it: what was written here before a crash, so an unknown element is skipped and anything else out of
 * order is damage. Called when the plugin starts.
 *
 *	walk(parent): id, length ─▶ a row of `elements` ─▶ its reader, or walk(it)        lengths never leave the parent
 */
#include <errno.h>
#include <string.h>
#include "plugins/webm.h"
#include "plugins/webm_ids.h"

#define TIME_MAX_MS UINT64_C(1000000000000)      /* thirty years */

struct reader {
	struct webm_info *info;
	int64_t cluster_ms;
	unsigned tracks;
	bool bad;
};

/* The rest of what is being read; element() moves `at`. */
struct bytes { const uint8_t *at, *end; };

static bool read_number(struct bytes *b, unsigned n, uint64_t *out)
{
	*out = 0;
	if (n > 8 || (size_t)(b->end - b->at) < n)
		return false;
	while (n-- > 0)
		*out = *out << 8 | *b->at++;
	return true;
}

/* A variable-size integer: the first byte's leading zeros say how long it is; ids keep the marker, lengths do not. */
static bool read_vint(struct bytes *b, bool keep_marker, uint64_t *out)
{
	unsigned n = b->at < b->end && *b->at ? (unsigned)__builtin_clz(*b->at) - 23 : 0;
	uint64_t marker = n ? UINT64_C(1) << (7 * n) : 0;

	if (n == 0 || !read_number(b, n, out))
		return false;
	if (keep_marker)
		return n <= 4;
	*out &= marker - 1;
	return *out != marker - 1;             /* all ones: a length not known */
}

/* The next element of b: its id, and its content, which b is moved behind. */
static bool element(struct bytes *b, uint64_t *id, struct bytes *content)
{
	uint64_t len;

	if (!read_vint(b, true, id) || !read_vint(b, false, &len) || len > (uint64_t)(b->end - b->at))
		return false;
	*content = (struct bytes){ b->at, b->at + len };
	b->at += len;
	return true;
}

static uint64_t uint_of(struct bytes b)
{
	uint64_t v;

	return read_number(&b, (unsigned)(b.end - b.at), &v) ? v : 0;
}

static double double_of(struct bytes b)
{
	uint64_t bits = uint_of(b);
	double v;

	memcpy(&v, &bits, sizeof(v));
	return b.end - b.at == sizeof(v) && v >= 0 && v < TIME_MAX_MS ? v : 0;
}

static void on_codec(struct reader *r, struct bytes b)
{
	size_t n = (size_t)(b.end - b.at);

	r->bad |= n >= sizeof(r->info->codec_id);
	if (!r->bad)
		memcpy(r->info->codec_id, b.at, n);
}

static void on_type(struct reader *r, struct bytes b)
{
	r->info->video = uint_of(b) == 1;
	r->tracks++;
}

static void on_width(struct reader *r, struct bytes b) { r->info->width = (int)(uint_of(b) & 0xffff); }
static void on_height(struct reader *r, struct bytes b) { r->info->height = (int)(uint_of(b) & 0xffff); }
static void on_rate(struct reader *r, struct bytes b) { r->info->rate_hz = (unsigned)(double_of(b) < 1e6 ? double_of(b) : 0); }
static void on_channels(struct reader *r, struct bytes b) { r->info->channels = (unsigned)(uint_of(b) & 0xff); }
static void on_duration(struct reader *r, struct bytes b) { r->info->end_ms = (int64_t)double_of(b); }

static void on_time(struct reader *r, struct bytes b)
{
	uint64_t ms = uint_of(b);

	r->bad |= ms > TIME_MAX_MS;
	r->cluster_ms = r->bad ? 0 : (int64_t)ms;
}

static void on_block(struct reader *r, struct bytes b)
{
	struct webm_info *i = r->info;
	int64_t t_ms;

	if (b.end - b.at <= BLOCK_HEAD) {
		r->bad = true;
		return;
	}
	t_ms = r->cluster_ms + (int16_t)(b.at[1] << 8 | b.at[2]);
	if (i->frames++ == 0) {
		i->first_ms = t_ms;
		i->keyframe = b.at[3] & 0x80;
	}
	i->last_ms = t_ms;
}

static const struct {
	enum webm_id id;
	void (*read)(struct reader *r, struct bytes b);    /* NULL: it has elements of its own */
} elements[] = {
	{ SIMPLE_BLOCK, on_block }, { TIMESTAMP, on_time }, { CLUSTER, NULL }, { INFO, NULL }, { DURATION, on_duration }, { TRACKS, NULL },
	{ TRACK_ENTRY, NULL }, { TRACK_TYPE, on_type }, { CODEC_ID, on_codec }, { VIDEO, NULL }, { PIXEL_WIDTH, on_width },
	{ PIXEL_HEIGHT, on_height }, { AUDIO, NULL }, { SAMPLING_FREQUENCY, on_rate }, { CHANNELS, on_channels },
};
enum { ELEMENTS = sizeof(elements) / sizeof(elements[0]), DEPTH_MAX = 4 };

static void walk(struct reader *r, struct bytes b, int depth)
{
	struct bytes content;
	uint64_t id;

	while (!r->bad && b.at < b.end) {
		size_t i = 0;

		if (!element(&b, &id, &content) || depth > DEPTH_MAX) {
			r->bad = true;
			return;
		}
		while (i < ELEMENTS && elements[i].id != id)
			i++;
		if (i < ELEMENTS && elements[i].read)
			elements[i].read(r, content);
		else if (i < ELEMENTS)
			walk(r, content, depth + 1);
	}
}

/* The content of the Segment, if that is the last thing in the file and whole. */
static bool segment_of(const uint8_t *data, size_t len, struct bytes *segment)
{
	struct bytes b = { data, data + len }, header;
	uint64_t id;

	return element(&b, &id, &header) && id == EBML && element(&b, &id, segment) && id == SEGMENT && b.at == b.end;
}

int webm_read(struct webm_info *out, const uint8_t *data, size_t len)
{
	struct reader r = { .info = out };
	struct bytes segment;

	*out = (struct webm_info){ 0 };
	if (!segment_of(data, len, &segment))
		return -EBADMSG;
	walk(&r, segment, 0);
	if (r.bad || r.tracks != 1 || out->frames == 0)
		return -EBADMSG;
	if (out->end_ms < out->last_ms)
		out->end_ms = out->last_ms;
	return 0;
}
