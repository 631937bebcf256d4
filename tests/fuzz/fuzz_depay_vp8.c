/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The VP8 depacketiser; fuzz_depay.h says how the input is read.
 */
#include "tests/fuzz/fuzz_depay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_depay(&depay_vp8, data, size);
	return 0;
}
