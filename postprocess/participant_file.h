/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One participant as sent: all sources in one Matroska file, not transcoded, each frame at its recording time. Pauses, mutes and gaps stay gaps. One thread.
 */
#pragma once
#include "postprocess/model.h"
#include "postprocess/outfile.h"

/** WebM where it can hold all codecs, else Matroska. */
const char *participant_extension(const struct model_participant *p);
/** Writes the file, all but publishing it. `done` is asked now and then and ends it with what it returns. -ENODATA: nothing was sent; or a negative errno. */
int participant_file(struct outfile **out, const struct model *m, const struct model_participant *p, const char *name, int (*done)(int64_t t_ms, void *arg), void *arg);
