/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The chunks of one source, one after the other, as packets. Damaged or missing chunks are skipped and counted, never fatal. One thread.
 */
#pragma once
#include <libavcodec/packet.h>
#include "postprocess/model.h"

struct chunk_reader;

int chunk_reader_create(struct chunk_reader **out, const struct model *m, const struct model_source *s);
/** Next packet: pts and dts are recording time in ms; *segment (index into s->segments) changes where the decoder must start anew.
 *  0, AVERROR_EOF or a negative errno that ends the source. */
int chunk_reader_next(struct chunk_reader *r, AVPacket *pkt, size_t *segment);
unsigned chunk_reader_damaged(const struct chunk_reader *r);
void chunk_reader_unref(struct chunk_reader **r);
