/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Puts runs of decoded samples at their places in recording time and gives them back in blocks. Within a run the sample clock runs free; what it is off from the
 * timestamps is low-passed and worked off by resampling a little faster or slower (at most 1.5 %), so that jitter of timestamps is not heard and drift does not add up. A run's
 * edges are faded. Positions as in pcm.h. One thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct retimer;

int retimer_create(struct retimer **out);
/** Starts a run whose first sample belongs at `at`. What would lie before the end of the run before, or has been read, is dropped. */
void retimer_begin(struct retimer *r, int64_t at);
/** How many samples too early the next sample fed would come out if it belongs at `at`. */
double retimer_error(const struct retimer *r, int64_t at);
/** Tells the control loop that the next `frames` samples belong at `at`. */
int retimer_steer(struct retimer *r, int64_t at, int frames);
/** Appends to the run. 0 or a negative errno. */
int retimer_feed(struct retimer *r, const float *pcm, int frames);
/** Ends the run: `tail` (what the decoder invents after the last packet, at least 20 ms) is faded out. */
int retimer_end(struct retimer *r, const float *tail, int frames);
/** Up to where the current run can be read. */
int64_t retimer_filled(const struct retimer *r);
/** Where the next block read begins. */
int64_t retimer_position(const struct retimer *r);
/** Goes on by so many blocks, which are silence. Only before the first run. */
void retimer_skip(struct retimer *r, int64_t blocks);
/** The next PCM_BLOCK samples; silence where nothing was put. False if all is silence. */
bool retimer_read(struct retimer *r, float *pcm);
void retimer_unref(struct retimer **r);
