/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The chapters of a recording: screens shared, somebody who speaks at length, conversations between, a new one after each pause. Pure.
 */
#pragma once
#include <glib.h>
#include "postprocess/model.h"

struct chapter {
	int64_t from_ms, to_ms;
	char *title;               /* UTF-8, one line */
};
/** Of struct chapter *, without holes from 0 to duration_ms, none for nothing; g_ptr_array_unref(). */
GPtrArray *chapters_create(const struct model *m, int64_t duration_ms);
/** As WebVTT; g_free(). Titles are valid UTF-8, whatever names are. */
char *chapters_text(const GPtrArray *chapters);
