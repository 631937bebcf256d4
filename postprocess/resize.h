/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Changing the size of planes of 8-bit samples: weights for one direction, and the sums along columns and rows. Integers only: the same on every machine. Pure.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { RESIZE_ONE = 1 << 14 };         /* a weight of 1 */

enum resize_kernel {
	RESIZE_CUBIC,              /* cameras: four samples where the size hardly changes */
	RESIZE_LANCZOS,            /* text: six */
};

/** One direction of one plane. Positions are in luma samples from the picture's edge, where sample n has its middle at n + ½. */
struct axis_conf {
	int in, out;               /* samples */
	int step;                  /* luma samples per sample: 1, chroma 2 */
	double from, ratio;        /* where the first output sample's left edge lies in the input; input per output */
	double in_at, out_at;      /* where the first sample's middle is: luma ½; chroma ½ (left), 1 (centre), 1½ */
	enum resize_kernel kernel;
};

struct axis {
	int out;
	int wide, taps;            /* weights that count, even; weights there are, 4 or a multiple of 8 */
	bool copy;                 /* output sample n is input sample first[0] + n and nothing else */
	int low, high;             /* input samples [low, high) are read */
	int *first;                /* of each output sample; taps from there may pass the end of a short plane, with weight 0 */
	int16_t *weights;          /* out × taps, RESIZE_ONE in sum */
};

void axis_init(struct axis *a, const struct axis_conf *conf);
void axis_clear(struct axis *a);

/** Row n of an axis along columns, samples [x0, x1): out[x] is 64 times the weighted sum of the plane's `in` rows. */
void resize_column(const struct axis *a, int n, const uint8_t *rows, int stride, int in, int x0, int x1, int16_t *out);
/** All samples of an axis along a row that resize_column() made, which has room for `taps` more. */
void resize_row(const struct axis *a, const int16_t *in, uint8_t *out);
