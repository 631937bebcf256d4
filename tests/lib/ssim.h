/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How alike two pictures are: SSIM as Wang et al. define it, of the luma, over blocks that do not overlap. 1: the same.
 */
#pragma once
#include <libavutil/frame.h>

enum { SSIM_BLOCK = 8 };

static inline double ssim_block(const uint8_t *a, int a_stride, const uint8_t *b, int b_stride)
{
	int sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
	double n = SSIM_BLOCK * SSIM_BLOCK, ma, mb;

	for (int y = 0; y < SSIM_BLOCK; y++)
		for (int x = 0; x < SSIM_BLOCK; x++) {
			int va = a[y * a_stride + x], vb = b[y * b_stride + x];

			sa += va;
			sb += vb;
			aa += va * va;
			bb += vb * vb;
			ab += va * vb;
		}
	ma = sa / n;
	mb = sb / n;
	return (2 * ma * mb + 6.5025) * (2 * (ab / n - ma * mb) + 58.5225) /
	       ((ma * ma + mb * mb + 6.5025) * (aa / n - ma * ma + bb / n - mb * mb + 58.5225));
}

/** Two frames of the same size, 4:2:0. */
static inline double ssim(const AVFrame *a, const AVFrame *b)
{
	double sum = 0;
	int n = 0;

	for (int y = 0; y + SSIM_BLOCK <= a->height; y += SSIM_BLOCK)
		for (int x = 0; x + SSIM_BLOCK <= a->width; x += SSIM_BLOCK, n++)
			sum += ssim_block(a->data[0] + y * a->linesize[0] + x, a->linesize[0], b->data[0] + y * b->linesize[0] + x, b->linesize[0]);
	return n ? sum / n : 0;
}
