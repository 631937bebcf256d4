/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Session descriptions: what parses can be answered, and the answer parses, with the same m-lines.
 */
#include <glib.h>
#include <string.h>
#include "plugins/sdp.h"
#include "tests/fuzz/fuzz.h"

static void check_answer(const struct sdp *offer)
{
	bool want[SDP_MLINES];
	struct sdp *answer = NULL;
	char *text;

	for (int i = 0; i < SDP_MLINES; i++)
		want[i] = i % 3 != 2;
	text = sdp_answer(offer, want, 1, 1);
	FUZZ_CHECK(text);
	FUZZ_CHECK(!sdp_parse(&answer, text, strlen(text)));
	FUZZ_CHECK(answer->mlines->len == offer->mlines->len);
	for (unsigned i = 0; i < offer->mlines->len; i++) {
		FUZZ_CHECK(sdp_mline(answer, i)->kind == sdp_mline(offer, i)->kind);
		FUZZ_CHECK(!strcmp(sdp_mline(answer, i)->mid, sdp_mline(offer, i)->mid));
		FUZZ_CHECK(!(sdp_mline(answer, i)->direction & SDP_SEND));
	}
	sdp_unref(&answer);
	g_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = g_strndup((const char *)data, size);
	struct sdp *s = NULL;

	if (!sdp_parse(&s, text, strlen(text))) {
		FUZZ_CHECK(s->mlines->len <= SDP_MLINES);
		for (unsigned i = 0; i < s->mlines->len; i++)
			sdp_codec(sdp_mline(s, i));
		if (s->mlines->len)
			check_answer(s);
	}
	sdp_unref(&s);
	g_free(text);
	return 0;
}
