/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A fuzz target: one function that must survive any input. Built with libFuzzer by ./configure --enable-fuzzing CC=clang, else with replay.c, which feeds
 * it the corpus in `make check`. A broken promise aborts.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A slow target defines how often replay.c cuts and changes each file; else 16 times. */
extern const size_t fuzz_cuts __attribute__((weak));

#define FUZZ_CHECK(cond) do { \
		if (!(cond)) { \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond); \
			abort(); \
		} \
	} while (0)
