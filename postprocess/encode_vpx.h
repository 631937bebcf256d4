/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * VP8 by libvpx itself, which libavcodec does not let be steered from frame to frame. As encode_video.h says; called by it alone.
 */
#pragma once
#include <glib.h>
#include <libavutil/frame.h>
#include "postprocess/spec.h"

struct vpx_encoder;

/** spec is not kept. 0 or negative errno. */
int vpx_encoder_create(struct vpx_encoder **out, const struct output_spec *spec);
int vpx_encoder_put(struct vpx_encoder *e, const AVFrame *frame, GPtrArray *packets);
void vpx_encoder_unref(struct vpx_encoder **e);
