/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A part of a recording, as if it were the whole: some of its people, some of its time. What is left out leaves no trace in the model, so whatever is
 * made of it (picture, sound, names, metadata) cannot show it.
 */
#pragma once
#include "common/spec.h"
#include "postprocess/model.h"

/** Narrows the model to spec's only, without, from_ms and to_ms. Of a model that grows, before it is first advanced, people may be left out; times want a
 *  complete one (-EPROTO). -ERANGE: nothing of the recording lies in that time. Afterwards all times count from `from_ms`, but those of chunks, which are found by
 *  their own (chunk_reader.c); model->shift_ms is the difference. */
int model_select(struct model *m, const struct output_spec *spec);

/* for model*.c */
/** Is nothing about this person to be read? NULL: no. */
bool model_leaves_out(const struct model *m, const char *participant);
/** Somebody who was erased from the recording. */
void model_erase(struct model *m, const char *participant);
/** Forgets those who are left out. */
void model_drop(struct model *m);
