/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * WebVTT: header, cues, and what must not stand in them. Called by captions, chapters and storyboard.
 */
#include <string.h>
#include "postprocess/vtt.h"

GString *vtt_begin(void)
{
	return g_string_new("WEBVTT\n");
}

static void put_time(GString *vtt, int64_t ms)
{
	g_string_append_printf(vtt, "%02d:%02d:%02d.%03d", (int)(ms / 3600000), (int)(ms / 60000 % 60), (int)(ms / 1000 % 60), (int)(ms % 1000));
}

void vtt_cue(GString *vtt, int64_t from_ms, int64_t to_ms, const char *text)
{
	if (to_ms <= from_ms)
		return;
	g_string_append_c(vtt, '\n');
	put_time(vtt, from_ms);
	g_string_append(vtt, " --> ");
	put_time(vtt, to_ms);
	g_string_append_printf(vtt, "\n%s\n", text);
}

static const char *entity(gunichar c)
{
	return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : NULL;
}

char *vtt_escape(const char *s)
{
	g_autofree char *valid = g_utf8_make_valid(s, -1);
	GString *out = g_string_new(NULL);

	g_strstrip(valid);
	for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (entity(c))
			g_string_append(out, entity(c));
		else
			g_string_append_unichar(out, g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029 ? ' ' : c);
	}
	return g_string_free(out, FALSE);
}
