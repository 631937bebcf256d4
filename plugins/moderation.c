/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Moderation. Called by participant.c under the participant's lock; no state of its own.
 */
#include <glib.h>
#include <string.h>
#include "plugins/moderation.h"

static struct moderation_source *find(const struct moderation *m, const char *source)
{
	for (unsigned i = 0; i < m->n; i++)
		if (!strcmp(m->sources[i].source, source))
			return (struct moderation_source *)&m->sources[i];
	return NULL;
}

static bool any_muted(const struct moderation *m, bool audio)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->sources[i].muted && source_is_audio(m->sources[i].source) == audio)
			return true;
	return false;
}

/* Somebody has had more sources than fit: the safe side is that all are muted. */
static void put(struct moderation *m, const char *source, bool mute)
{
	struct moderation_source *s = find(m, source);

	if (!s && m->n == MODERATION_SOURCES) {
		m->all |= mute;
		return;
	}
	if (!s) {
		s = &m->sources[m->n++];
		g_strlcpy(s->source, source, sizeof(s->source));
	}
	s->muted = mute;
}

/* An exception means nothing where nothing is muted. */
static void tidy(struct moderation *m, bool audio)
{
	if (m->all || any_muted(m, audio))
		return;
	for (unsigned i = m->n; i--;)
		if (source_is_audio(m->sources[i].source) == audio)
			m->sources[i] = m->sources[--m->n];
}

void moderation_set(struct moderation *m, const char *source, bool mute)
{
	if (!source) {
		*m = (struct moderation){ .all = mute };
		return;
	}
	put(m, source, mute);
	tidy(m, source_is_audio(source));
}

bool moderation_mutes(const struct moderation *m, const char *source)
{
	const struct moderation_source *s = find(m, source);

	return s ? s->muted : m->all || any_muted(m, source_is_audio(source));
}
