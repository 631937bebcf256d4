/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An outfile as libavformat's muxers see it.
 */
#pragma once
#include <libavformat/avio.h>
#include "postprocess/outfile.h"

/** f must outlive it. 0 or -ENOMEM. */
int outfile_io_open(AVIOContext **io, struct outfile *f);
/** Takes NULL in *io. */
void outfile_io_close(AVIOContext **io);
