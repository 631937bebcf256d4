/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * output.vtt. Called by beside when an output is finished.
 */
#include "postprocess/captions.h"
#include "postprocess/turns.h"
#include "postprocess/vtt.h"

/* Who breathes in goes on speaking; who coughs does not speak. */
enum { JOIN_MS = 1500, LEAST_MS = 400 };

char *captions_text(const struct model *m, int64_t duration_ms)
{
	struct turns_conf conf = { .end_ms = duration_ms, .join_ms = JOIN_MS, .least_ms = LEAST_MS };
	GArray *turns = turns_speaking(m, &conf);
	GString *text = vtt_begin();

	for (guint i = 0; i < turns->len; i++) {
		const struct turn *t = &g_array_index(turns, struct turn, i);
		g_autofree char *name = vtt_escape(t->who->name), *cue = g_strdup_printf("<v %s>%s</v>", name, name);

		vtt_cue(text, t->from_ms, t->to_ms, cue);
	}
	g_array_unref(turns);
	return g_string_free(text, FALSE);
}
