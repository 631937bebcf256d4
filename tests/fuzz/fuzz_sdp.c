/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Negotiations: what parses can be answered, the answer parses, has the same m-lines and means the same, and what is in use can be offered on, one offer
 * after the other.
 */
#include <glib.h>
#include <string.h>
#include "plugins/sdp.h"
#include "tests/fuzz/fuzz.h"

static struct codec_policy policy = { .fec = true, .dtx = true, .red = true };

/* As the publisher's side does: choices with what is in use kept, an answer, that read again. Gives the codecs in use afterwards. */
static void negotiate(const struct sdp *offer, const struct codec *now[SDP_MLINES])
{
	struct sdp_choice choices[SDP_MLINES];
	bool want[SDP_MLINES];
	struct sdp *answer = NULL;
	char *text;

	for (unsigned i = 0; i < offer->mlines->len; i++) {
		sdp_choose(&choices[i], sdp_mline(offer, i), &policy, now[i]);
		want[i] = choices[i].codec && (sdp_mline(offer, i)->direction & SDP_SEND) && i % 3 != 2;
		now[i] = want[i] ? choices[i].codec : NULL;
	}
	text = sdp_answer(offer, choices, want, &policy, 1, 1);
	FUZZ_CHECK(text);
	FUZZ_CHECK(!sdp_parse(&answer, text, strlen(text)));
	FUZZ_CHECK(answer->mlines->len == offer->mlines->len);
	for (unsigned i = 0; i < offer->mlines->len; i++) {
		const struct sdp_mline *o = sdp_mline(offer, i), *a = sdp_mline(answer, i);
		struct sdp_choice again;

		FUZZ_CHECK(a->kind == o->kind);
		FUZZ_CHECK(!strcmp(a->mid, o->mid));
		FUZZ_CHECK(!(a->direction & SDP_SEND));
		FUZZ_CHECK(want[i] == !!(a->direction & SDP_RECV));
		FUZZ_CHECK(a->rejected == !choices[i].codec);
		sdp_choose(&again, a, &policy, choices[i].codec);
		FUZZ_CHECK(again.codec == choices[i].codec);
		FUZZ_CHECK(!again.codec || again.offered->pt == choices[i].offered->pt);
		FUZZ_CHECK(!again.red == !choices[i].red);
	}
	sdp_unref(&answer);
	g_free(text);
}

/* As the subscriber's side does with the same streams: every codec under its own payload type. */
static void offer_on(const struct codec *const now[SDP_MLINES])
{
	struct sdp_offer_line lines[SDP_MLINES];
	char mids[SDP_MLINES][8], *text;
	struct sdp *s = NULL;
	size_t n = 0;

	for (size_t i = 0; i < SDP_MLINES; i++) {
		if (!now[i])
			continue;
		g_snprintf(mids[n], sizeof(mids[n]), "%zu", n);
		lines[n] = (struct sdp_offer_line){ .codec = now[i], .active = i % 4 != 3, .red = !now[i]->video, .mid = mids[n] };
		n++;
	}
	if (!n)
		return;
	text = sdp_offer(lines, n, 1, 1);
	FUZZ_CHECK(!sdp_parse(&s, text, strlen(text)));
	FUZZ_CHECK(s->mlines->len == n);
	for (size_t i = 0; i < n; i++) {
		struct sdp_choice c;

		sdp_choose(&c, sdp_mline(s, i), &policy, lines[i].codec);
		FUZZ_CHECK(c.codec == lines[i].codec && c.offered->pt == c.codec->pt);
	}
	sdp_unref(&s);
	g_free(text);
}

/* Offers one after the other, parted by a NUL, on one PeerConnection. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct codec *now[SDP_MLINES] = { NULL };
	const uint8_t *end = data + size;

	codec_policy_order(&policy, size % 2 ? "vp8,vp9,h264,av1" : "av1,h264,vp9,vp8");
	while (data < end) {
		const uint8_t *stop = memchr(data, 0, (size_t)(end - data));
		size_t len = (size_t)((stop ? stop : end) - data);
		struct sdp *s = NULL;

		if (!sdp_parse(&s, (const char *)data, len)) {
			FUZZ_CHECK(s->mlines->len && s->mlines->len <= SDP_MLINES);
			negotiate(s, now);
			offer_on(now);
			for (unsigned i = 0; i < s->mlines->len; i++)
				sdp_takes_red(sdp_mline(s, i));
		}
		sdp_unref(&s);
		data += len + !!stop;
	}
	return 0;
}
