/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parameter sets that a stranger's SDP brings, and the configuration made of them.
 */
#include <glib.h>
#include "plugins/h264.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *fmtp = g_strndup((const char *)data, size);
	GByteArray *config = g_byte_array_new();
	struct h264_sets *sets = g_new0(struct h264_sets, 1);

	h264_sets_prime(sets, fmtp);
	h264_sets_put(sets, data, size);
	for (unsigned i = 0; i <= H264_PPS_MAX; i++)
		FUZZ_CHECK(h264_sets_config(sets, i, config) != 0 || (config->len > 10 && config->data[0] == 1));
	h264_sets_clear(sets);
	g_free(sets);
	g_byte_array_unref(config);
	g_free(fmtp);
	return 0;
}
