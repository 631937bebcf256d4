/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which of the codecs in an m-line are taken. Called on task threads; no state.
 *
 *   room's order ─▶ for each: entries of that name and rate ─▶ parameters that every receiver is offered, too? ─▶ the best one
 *
 * A receiver has one payload type per codec, so of each codec there is one form in every room: what all browsers have.
 */
#include <stdlib.h>
#include <string.h>
#include "plugins/sdp.h"

/* How well an entry suits, 0: not at all. */
typedef int (suits_h)(const struct sdp_codec *c);

bool sdp_fmtp(const char *fmtp, const char *key, char *out, size_t size)
{
	size_t n = strlen(key), len;

	for (const char *p = fmtp; p && *p; p += strcspn(p, ";"), p += *p == ';') {
		p += strspn(p, " \t");
		if (g_ascii_strncasecmp(p, key, n) || p[n] != '=')
			continue;
		len = strcspn(p + n + 1, "; \t");
		if (len >= size)
			return false;
		memcpy(out, p + n + 1, len);
		out[len] = '\0';
		return true;
	}
	return false;
}

/* The parameter is `value`, or absent where that means the same. */
static bool is(const struct sdp_codec *c, const char *key, const char *value, bool absent)
{
	char v[16];

	return sdp_fmtp(c->fmtp, key, v, sizeof(v)) ? !strcmp(v, value) : absent;
}

static int any(const struct sdp_codec *c)
{
	(void)c;
	return 1;
}

static int suits_vp9(const struct sdp_codec *c)
{
	return is(c, "profile-id", "0", true);
}

static int suits_av1(const struct sdp_codec *c)
{
	return is(c, "profile", "0", true);
}

/* RFC 6184 §8.1, table 5: constrained baseline is best, baseline is nearly always that under another name (and is meant when nothing is said). */
static int suits_h264(const struct sdp_codec *c)
{
	char v[16];
	unsigned long id = 0x42000a, profile, flags;
	char *end = v + 6;

	if (sdp_fmtp(c->fmtp, "profile-level-id", v, sizeof(v)))
		id = strtoul(v, &end, 16);
	else
		v[6] = '\0';
	if (end != v + 6 || *end || !is(c, "packetization-mode", "1", false))
		return 0;
	profile = id >> 16;
	flags = id >> 8 & 0xff;
	if ((profile == 0x42 && (flags & 0x4f) == 0x40) || (profile == 0x4d && (flags & 0x8f) == 0x80) || (profile == 0x58 && (flags & 0xcf) == 0xc0))
		return 2;
	return profile == 0x42 && (flags & 0x4f) == 0;
}

static const struct match {
	const char *codec;
	suits_h *suits;
	const char *offer;         /* parameters in our offers */
} matches[] = {
	{ "opus", any, "minptime=10;useinbandfec=1;stereo=1" },
	{ "vp8", any, NULL },
	{ "vp9", suits_vp9, "profile-id=0" },
	{ "h264", suits_h264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" },
	{ "av1", suits_av1, "level-idx=5;profile=0;tier=0" },
};

static const struct match *match_of(const struct codec *codec)
{
	size_t i = 0;

	while (i + 1 < G_N_ELEMENTS(matches) && strcmp(matches[i].codec, codec->name))
		i++;
	return &matches[i];
}

const char *sdp_offer_fmtp(const struct codec *codec)
{
	return match_of(codec)->offer;
}

static bool named(const struct sdp_codec *c, const struct codec *codec)
{
	return !g_ascii_strcasecmp(c->name, codec->sdp_name) && c->rate == codec->rate_hz;
}

static const struct sdp_codec *best_entry(const struct sdp_mline *m, const struct codec *codec)
{
	const struct match *match = match_of(codec);
	const struct sdp_codec *best = NULL;
	int most = 0;

	for (guint i = 0; i < m->codecs->len; i++) {
		const struct sdp_codec *c = &g_array_index(m->codecs, struct sdp_codec, i);
		int suits = named(c, codec) ? match->suits(c) : 0;

		if (suits > most) {
			most = suits;
			best = c;
		}
	}
	return best;
}

/* "111/111", of nothing but the sound itself; without parameters it could be of anything. */
static bool is_red_of(const struct sdp_codec *c, int pt)
{
	const char *p = c->fmtp;
	char *end;

	if (g_ascii_strcasecmp(c->name, "red") || c->rate != 48000 || !p || !g_ascii_isdigit(*p))
		return false;
	for (;; p = end + 1) {
		if (!g_ascii_isdigit(*p) || g_ascii_strtoull(p, &end, 10) != (guint64)pt)
			return false;
		if (*end != '/')
			return !*end || *end == ' ';
	}
}

static const struct sdp_codec *red_of(const struct sdp_mline *m, int pt)
{
	for (guint i = 0; i < m->codecs->len; i++) {
		const struct sdp_codec *c = &g_array_index(m->codecs, struct sdp_codec, i);

		if (is_red_of(c, pt))
			return c;
	}
	return NULL;
}

static bool choose(struct sdp_choice *out, const struct sdp_mline *m, const struct codec *codec)
{
	out->codec = NULL;
	out->offered = codec && codec->video == (m->kind == SDP_VIDEO) ? best_entry(m, codec) : NULL;
	if (out->offered)
		out->codec = codec;
	return out->codec;
}

static void choose_codec(struct sdp_choice *out, const struct sdp_mline *m, const struct codec_policy *policy, const struct codec *keep)
{
	if (m->rejected || m->kind == SDP_APPLICATION || choose(out, m, keep))
		return;
	if (m->kind == SDP_AUDIO)
		choose(out, m, codec_find("opus"));
	for (size_t i = 0; m->kind == SDP_VIDEO && i < policy->nvideo && !out->codec; i++)
		choose(out, m, policy->video[i]);
}

void sdp_choose(struct sdp_choice *out, const struct sdp_mline *m, const struct codec_policy *policy, const struct codec *keep)
{
	*out = (struct sdp_choice){ 0 };
	choose_codec(out, m, policy, keep);
	if (out->codec && !out->codec->video && policy->red)
		out->red = red_of(m, out->offered->pt);
}

bool sdp_takes(const struct sdp_mline *m, const struct codec *codec)
{
	if (m->rejected || !(m->direction & SDP_RECV))
		return false;
	for (guint i = 0; i < m->codecs->len; i++) {
		const struct sdp_codec *c = &g_array_index(m->codecs, struct sdp_codec, i);

		if (c->pt == codec->pt && named(c, codec))
			return true;
	}
	return false;
}

bool sdp_takes_red(const struct sdp_mline *m)
{
	for (guint i = 0; i < m->codecs->len; i++) {
		const struct sdp_codec *c = &g_array_index(m->codecs, struct sdp_codec, i);

		if (c->pt == CODEC_PT_RED && !g_ascii_strcasecmp(c->name, "red"))
			return true;
	}
	return false;
}
