/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The chunks of one source, one after the other, as packets. Damaged or missing chunks are skipped and counted, never fatal. One thread.
 */
#pragma once
#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>
#include <libavformat/avformat.h>
#include <stdbool.h>
#include "postprocess/model.h"

struct chunk_reader;

/** Borrows model and source, which must outlive the reader. */
int chunk_reader_create(struct chunk_reader **out, const struct model *m, const struct model_source *s);
/** Next packet: pts and dts are ms in the model's time (before a selected part: below 0), never falling; *segment (index into s->segments) changes where the decoder must start anew.
 *  0, -EAGAIN (not sealed yet: ask again when the model has grown), AVERROR_EOF or a negative errno that ends the source. The packet is blank before and after a failure. */
int chunk_reader_next(struct chunk_reader *r, AVPacket *pkt, size_t *segment);
/** What the packet just returned is made of; good until the next call. */
const AVCodecParameters *chunk_reader_codec(const struct chunk_reader *r);
/** True when a chunk, or a part of one, was skipped between the packet just returned and the one before it in the same segment. */
bool chunk_reader_broken(const struct chunk_reader *r);
/** Chunks that were missing, unreadable, cut short or held something else. */
unsigned chunk_reader_damaged(const struct chunk_reader *r);
/** Opens the file of one chunk, which the caller closes: a plain file, or negative errno or AVERROR. */
int chunk_open(AVFormatContext **file, const struct model *m, const struct model_source *s, const struct model_segment *g, const struct model_chunk *c);
/** Where nothing came of chunks that are there, in order: "damaged", or "foreign" where a file says that it is another source's chunk. What is missing the model
 *  knows. The reader's, until the next call. */
const struct model_gap *chunk_reader_gaps(const struct chunk_reader *r, size_t *n);
void chunk_reader_unref(struct chunk_reader **r);
