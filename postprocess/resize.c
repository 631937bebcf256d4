/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Resizing. Called by picture for each row of a tile, on the composing thread.
 *
 *   rows of the source ─ resize_column ─▶ one row, 16 bit ─ resize_row ─▶ one row of the tile
 *
 * Columns first: their sums run along memory, and one row at a time stays in the nearest cache. With vectors on amd64, in plain C elsewhere, to the
 * same numbers. libswscale does the same work in more passes, and gives up on sizes that a broken sender may claim.
 */
#include <glib.h>
#include <math.h>
#include <string.h>
#include "postprocess/resize.h"
#ifdef __x86_64__
#include <immintrin.h>
#endif

enum { COLUMN_SHIFT = 8, COLUMN_HALF = 1 << (COLUMN_SHIFT - 1), ROW_SHIFT = 20, ROW_HALF = 1 << (ROW_SHIFT - 1), PAIRS_MAX = 32 };

#define INLINE inline __attribute__((always_inline))     /* also into functions for another processor */
#define AVX2 __attribute__((target("avx2")))

/* ---- weights ---- */

/** Keys' cubic with the sharpness that libswscale uses. */
static double cubic(double x)
{
	static const double a = -0.6;

	x = fabs(x);
	if (x < 1)
		return ((a + 2) * x - (a + 3)) * x * x + 1;
	return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

static double lanczos(double x)
{
	double p = M_PI * x;

	if (fabs(x) < 1e-9)
		return 1;
	return fabs(x) < 3 ? 3 * sin(p) * sin(p / 3) / (p * p) : 0;
}

static const struct { double (*at)(double x); double reach; } kernels[] = {
	[RESIZE_CUBIC] = { cubic, 2 },
	[RESIZE_LANCZOS] = { lanczos, 3 },
};

/** How much wider the kernel is than the distance of samples. Only where samples fall away; a camera's, no wider than an even number of them, if nearly so. */
static double stretch_of(const struct axis_conf *c)
{
	double stretch = MAX(1, c->ratio), taps = 2 * kernels[c->kernel].reach * stretch, fewer = floor(taps / 2) * 2;

	if (c->kernel == RESIZE_CUBIC && taps < fewer * 1.12)
		stretch *= fewer / taps;
	return MAX(1, stretch);
}

/* Where an output sample's middle lies, in samples of the input. */
static double middle_of(const struct axis_conf *c, int n)
{
	return (c->from + (n * c->step + c->out_at) * c->ratio - c->in_at) / c->step;
}

/** What one output sample is made of: `taps` samples from `first` on; what lies outside of the picture counts for its edge. */
static void weigh(const struct axis_conf *c, int n, double stretch, int first, int taps, double *w)
{
	double middle = middle_of(c, n), reach = kernels[c->kernel].reach * stretch, sum = 0;

	memset(w, 0, sizeof(*w) * (size_t)taps);
	for (int i = (int)ceil(middle - reach); i <= middle + reach; i++) {
		double v = kernels[c->kernel].at((i - middle) / stretch);

		w[CLAMP(CLAMP(i, 0, c->in - 1) - first, 0, taps - 1)] += v;
		sum += v;
	}
	for (int i = 0; i < taps; i++)
		w[i] /= sum;
}

/** To integers whose sum is exact: flat areas stay what they are. */
static void quantise(const double *w, int taps, int16_t *out)
{
	int sum = 0, largest = 0;

	for (int i = 0; i < taps; i++) {
		out[i] = (int16_t)lrint(w[i] * RESIZE_ONE);
		sum += out[i];
		if (out[i] > out[largest])
			largest = i;
	}
	out[largest] = (int16_t)(out[largest] + RESIZE_ONE - sum);
}

/** Every output sample is one of the input's: to be copied. */
static bool is_copy(const struct axis_conf *c)
{
	double first = middle_of(c, 0);

	return c->ratio == 1 && first == rint(first) && first >= 0 && first + c->out <= c->in;
}

void axis_init(struct axis *a, const struct axis_conf *c)
{
	double stretch = stretch_of(c);
	int wide = (int)ceil(2 * kernels[c->kernel].reach * stretch - 1e-9);
	g_autofree double *w = NULL;

	*a = (struct axis){ .out = c->out, .wide = (wide + 1) & ~1, .taps = wide <= 4 ? 4 : (wide + 7) & ~7, .copy = is_copy(c) };
	a->first = g_new0(int, (gsize)c->out);
	a->weights = g_new0(int16_t, ((gsize)c->out) * (gsize)a->taps);
	w = g_new(double, (gsize)a->taps);
	for (int n = 0; n < c->out; n++) {
		int begin = a->copy ? (int)middle_of(c, n) : (int)floor(middle_of(c, n) - wide / 2.0) + 1;

		a->first[n] = a->copy ? begin : CLAMP(begin, 0, MAX(0, c->in - a->wide));
		weigh(c, n, stretch, a->first[n], a->taps, w);
		quantise(w, a->taps, a->weights + (ptrdiff_t)n * a->taps);
	}
	a->low = a->first[0];
	a->high = MIN(c->in, a->first[c->out - 1] + a->taps);
}

void axis_clear(struct axis *a)
{
	g_clear_pointer(&a->first, g_free);
	g_clear_pointer(&a->weights, g_free);
}

/* ---- along columns ---- */

struct column {
	const uint8_t *rows;       /* the first that is read */
	ptrdiff_t stride;
	const int16_t *weights;
	int taps, last;            /* taps: even; last of the rows that are there, those after it weigh nothing */
};

static inline const uint8_t *row_of(const struct column *c, int k)
{
	return c->rows + MIN(k, c->last) * c->stride;
}

static void column_c(const struct column *c, int x0, int x1, int16_t *out)
{
	for (int x = x0; x < x1; x++) {
		int sum = COLUMN_HALF;

		for (int k = 0; k < c->taps; k++)
			sum += row_of(c, k)[x] * c->weights[k];
		out[x] = (int16_t)(sum >> COLUMN_SHIFT);
	}
}

#ifdef __x86_64__
/** Every amd64 has SSE2; most have AVX2, with which the same sums take fewer instructions. */
static bool wide_vectors(void)
{
	return __builtin_cpu_supports("avx2");
}

static INLINE __m128i load(const void *p)
{
	return _mm_loadu_si128((const __m128i *)p);
}

static INLINE void store(void *p, __m128i v)
{
	_mm_storeu_si128((__m128i *)p, v);
}

/** Two weights, as often as a vector holds them. */
static INLINE __m128i pair_of(const int16_t *w)
{
	return _mm_set1_epi32((int)((unsigned)(uint16_t)w[1] << 16 | (uint16_t)w[0]));
}

struct row_pair {
	const uint8_t *a, *b;
	__m128i weights;
};

/** 16 samples at a time; two rows, sample by sample side by side, are one multiply-add. */
static INLINE void column_16(const struct row_pair *pairs, int n, int x, int16_t *out)
{
	const __m128i zero = _mm_setzero_si128(), half = _mm_set1_epi32(COLUMN_HALF);
	__m128i s0 = half, s1 = half, s2 = half, s3 = half;

	for (const struct row_pair *p = pairs; p < pairs + n; p++) {
		__m128i a = load(p->a + x), b = load(p->b + x), low = _mm_unpacklo_epi8(a, b), high = _mm_unpackhi_epi8(a, b);

		s0 = _mm_add_epi32(s0, _mm_madd_epi16(_mm_unpacklo_epi8(low, zero), p->weights));
		s1 = _mm_add_epi32(s1, _mm_madd_epi16(_mm_unpackhi_epi8(low, zero), p->weights));
		s2 = _mm_add_epi32(s2, _mm_madd_epi16(_mm_unpacklo_epi8(high, zero), p->weights));
		s3 = _mm_add_epi32(s3, _mm_madd_epi16(_mm_unpackhi_epi8(high, zero), p->weights));
	}
	store(out + x, _mm_packs_epi32(_mm_srai_epi32(s0, COLUMN_SHIFT), _mm_srai_epi32(s1, COLUMN_SHIFT)));
	store(out + x + 8, _mm_packs_epi32(_mm_srai_epi32(s2, COLUMN_SHIFT), _mm_srai_epi32(s3, COLUMN_SHIFT)));
}

static INLINE int column_sse2(const struct row_pair *pairs, int n, int x, int x1, int16_t *out)
{
	for (; x + 16 <= x1; x += 16)
		column_16(pairs, n, x, out);
	return x;
}

/** The same on vectors twice as wide: unpacking and packing stay within their halves, so each half ends with 8 samples in a row of 32. */
static AVX2 int column_avx2(const struct row_pair *pairs, int n, int x, int x1, int16_t *out)
{
	const __m256i zero = _mm256_setzero_si256(), half = _mm256_set1_epi32(COLUMN_HALF);

	for (; x + 32 <= x1; x += 32) {
		__m256i s0 = half, s1 = half, s2 = half, s3 = half;

		for (const struct row_pair *p = pairs; p < pairs + n; p++) {
			__m256i a = _mm256_loadu_si256((const void *)(p->a + x)), b = _mm256_loadu_si256((const void *)(p->b + x));
			__m256i low = _mm256_unpacklo_epi8(a, b), high = _mm256_unpackhi_epi8(a, b), w = _mm256_broadcastsi128_si256(p->weights);

			s0 = _mm256_add_epi32(s0, _mm256_madd_epi16(_mm256_unpacklo_epi8(low, zero), w));
			s1 = _mm256_add_epi32(s1, _mm256_madd_epi16(_mm256_unpackhi_epi8(low, zero), w));
			s2 = _mm256_add_epi32(s2, _mm256_madd_epi16(_mm256_unpacklo_epi8(high, zero), w));
			s3 = _mm256_add_epi32(s3, _mm256_madd_epi16(_mm256_unpackhi_epi8(high, zero), w));
		}
		s0 = _mm256_packs_epi32(_mm256_srai_epi32(s0, COLUMN_SHIFT), _mm256_srai_epi32(s1, COLUMN_SHIFT));
		s2 = _mm256_packs_epi32(_mm256_srai_epi32(s2, COLUMN_SHIFT), _mm256_srai_epi32(s3, COLUMN_SHIFT));
		_mm256_storeu_si256((void *)(out + x), _mm256_permute2x128_si256(s0, s2, 0x20));
		_mm256_storeu_si256((void *)(out + x + 16), _mm256_permute2x128_si256(s0, s2, 0x31));
	}
	return column_sse2(pairs, n, x, x1, out);
}

/** Returns where it stopped: before the last few, or at once where a sample is made of more rows than any sane picture needs. */
static int column_fast(const struct column *c, int x0, int x1, int16_t *out)
{
	struct row_pair pairs[PAIRS_MAX];
	int n = c->taps / 2;

	if (n > PAIRS_MAX)
		return x0;
	for (int k = 0; k < n; k++)
		pairs[k] = (struct row_pair){ row_of(c, 2 * k), row_of(c, 2 * k + 1), pair_of(c->weights + 2 * k) };
	return wide_vectors() ? column_avx2(pairs, n, x0, x1, out) : column_sse2(pairs, n, x0, x1, out);
}
#else
static int column_fast(const struct column *c, int x0, int x1, int16_t *out)
{
	(void)c, (void)x1, (void)out;
	return x0;
}
#endif
void resize_column(const struct axis *a, int n, const uint8_t *rows, int stride, int in, int x0, int x1, int16_t *out)
{
	struct column c = { rows + (ptrdiff_t)a->first[n] * stride, stride, a->weights + (ptrdiff_t)n * a->taps, a->wide, in - 1 - a->first[n] };

	if (a->copy) {
		for (int x = x0; x < x1; x++)
			out[x] = (int16_t)(c.rows[x] << (14 - COLUMN_SHIFT));
		return;
	}
	column_c(&c, column_fast(&c, x0, x1, out), x1, out);
}

/* ---- along rows ---- */

static inline uint8_t clip(int v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void row_c(const struct axis *a, const int16_t *in, int n, uint8_t *out)
{
	for (; n < a->out; n++) {
		int sum = ROW_HALF;

		for (int k = 0; k < a->taps; k++)
			sum += in[a->first[n] + k] * a->weights[(ptrdiff_t)n * a->taps + k];
		out[n] = clip(sum >> ROW_SHIFT);
	}
}

#ifdef __x86_64__
/** Neighbours of two vectors added: a0+a1 a2+a3 b0+b1 b2+b3. */
static INLINE __m128i add_pairs(__m128i a, __m128i b)
{
	__m128 x = _mm_castsi128_ps(a), y = _mm_castsi128_ps(b);

	return _mm_add_epi32(_mm_castps_si128(_mm_shuffle_ps(x, y, 0x88)), _mm_castps_si128(_mm_shuffle_ps(x, y, 0xdd)));
}

/** Four samples of four taps each, and of 8, 16 … */
static INLINE __m128i four_of_4(const int16_t *in, const int *f, const int16_t *w)
{
	__m128i a = _mm_unpacklo_epi64(_mm_loadl_epi64((const void *)(in + f[0])), _mm_loadl_epi64((const void *)(in + f[1])));
	__m128i b = _mm_unpacklo_epi64(_mm_loadl_epi64((const void *)(in + f[2])), _mm_loadl_epi64((const void *)(in + f[3])));

	return add_pairs(_mm_madd_epi16(a, load(w)), _mm_madd_epi16(b, load(w + 8)));
}

static INLINE __m128i four_of_8(const int16_t *in, const int *f, const int16_t *w, int taps)
{
	__m128i s[4];

	for (int i = 0; i < 4; i++, w += taps) {
		s[i] = _mm_madd_epi16(load(in + f[i]), load(w));
		for (int k = 8; k < taps; k += 8)
			s[i] = _mm_add_epi32(s[i], _mm_madd_epi16(load(in + f[i] + k), load(w + k)));
	}
	return add_pairs(add_pairs(s[0], s[1]), add_pairs(s[2], s[3]));
}

/** Returns where it stopped. With `taps` a constant, its loop is none. */
static INLINE int row_of_taps(const struct axis *a, const int16_t *in, uint8_t *out, const int taps)
{
	const __m128i half = _mm_set1_epi32(ROW_HALF);
	const int16_t *w = a->weights;
	const int *f = a->first;
	int n = 0;

	for (; n + 8 <= a->out; n += 8, f += 8, w += 8 * taps) {
		__m128i low = taps == 4 ? four_of_4(in, f, w) : four_of_8(in, f, w, taps);
		__m128i high = taps == 4 ? four_of_4(in, f + 4, w + 16) : four_of_8(in, f + 4, w + 4 * taps, taps);

		low = _mm_packs_epi32(_mm_srai_epi32(_mm_add_epi32(low, half), ROW_SHIFT), _mm_srai_epi32(_mm_add_epi32(high, half), ROW_SHIFT));
		_mm_storel_epi64((__m128i *)(void *)(out + n), _mm_packus_epi16(low, low));
	}
	return n;
}

static INLINE int row_any(const struct axis *a, const int16_t *in, uint8_t *out)
{
	switch (a->taps) {
	case 4: return row_of_taps(a, in, out, 4);
	case 8: return row_of_taps(a, in, out, 8);
	default: return row_of_taps(a, in, out, a->taps);
	}
}

/** The same, in the newer instructions' shorter form. */
static AVX2 int row_avx2(const struct axis *a, const int16_t *in, uint8_t *out)
{
	return row_any(a, in, out);
}

static int row_fast(const struct axis *a, const int16_t *in, uint8_t *out)
{
	return wide_vectors() ? row_avx2(a, in, out) : row_any(a, in, out);
}
#else
static int row_fast(const struct axis *a, const int16_t *in, uint8_t *out)
{
	(void)a, (void)in, (void)out;
	return 0;
}
#endif

void resize_row(const struct axis *a, const int16_t *in, uint8_t *out)
{
	enum { SHIFT = 14 - COLUMN_SHIFT };

	if (!a->copy) {
		row_c(a, in, row_fast(a, in, out), out);
		return;
	}
	for (int n = 0; n < a->out; n++)
		out[n] = clip((in[a->first[0] + n] + (1 << (SHIFT - 1))) >> SHIFT);
}
