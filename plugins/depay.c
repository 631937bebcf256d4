/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of codecs that can be captured: a new one is a file and a row.
 */
#include "plugins/depay.h"

#include <glib.h>
#include <string.h>

static const struct depay *const codecs[] = { &depay_opus, &depay_vp8 };

const struct depay *depay_find(const char *codec)
{
	for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++) {
		if (codec && !strcmp(codecs[i]->codec, codec))
			return codecs[i];
	}
	return NULL;
}
