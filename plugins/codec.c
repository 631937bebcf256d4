/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of codecs. A new one is a row here and a depacketiser.
 */
#include "plugins/codec.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

static const struct codec codecs[] = {
	{ "opus", "opus", false, 48000, 2, 111, &depay_opus },
	{ "vp8", "VP8", true, 90000, 0, 96, &depay_vp8 },
	{ "vp9", "VP9", true, 90000, 0, 98, &depay_vp9 },
	{ "h264", "H264", true, 90000, 0, 102, &depay_h264 },
	{ "av1", "AV1", true, 90000, 0, 104, &depay_av1 },
};

const struct codec *codec_table(size_t *n)
{
	*n = sizeof(codecs) / sizeof(codecs[0]);
	return codecs;
}

const struct codec *codec_find(const char *name)
{
	size_t n;
	const struct codec *all = codec_table(&n);

	for (size_t i = 0; name && i < n; i++) {
		if (!strcmp(all[i].name, name))
			return &all[i];
	}
	return NULL;
}

static bool ordered(const struct codec_policy *p, const struct codec *c)
{
	for (size_t i = 0; i < p->nvideo; i++)
		if (p->video[i] == c)
			return true;
	return false;
}

int codec_policy_order(struct codec_policy *p, const char *words)
{
	char **list = g_strsplit(words, ",", CODEC_ORDER_MAX + 1);
	int err = 0;

	p->nvideo = 0;
	for (int i = 0; !err && list[i]; i++) {
		const struct codec *c = codec_find(g_strstrip(list[i]));

		if (!c || !c->video || ordered(p, c) || p->nvideo == CODEC_ORDER_MAX)
			err = -EINVAL;
		else
			p->video[p->nvideo++] = c;
	}
	g_strfreev(list);
	return err || !p->nvideo ? -EINVAL : 0;
}
