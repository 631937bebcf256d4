/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The H.264 depacketiser; fuzz_depay.h says how the input is read.
 */
#include "tests/fuzz/fuzz_depay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_depay(&depay_h264, data, size);
	return 0;
}
