/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tokens and signed addresses: nothing that comes from outside is believed. The corpus holds tokens under another key.
 */
#include <glib.h>
#include <string.h>
#include "common/token.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct token_keys *key;
	char *text = g_strndup((const char *)data, size), sig[65];
	struct token t;

	if (!key)
		FUZZ_CHECK(!token_keys_of_secret(&key, "a key that no fuzzer will ever guess", 36));
	FUZZ_CHECK(token_verify(&t, key, text, 1760000000) < 0);
	FUZZ_CHECK(!t.host && !t.grants && !t.room[0]);
	FUZZ_CHECK(url_verify(key, text, 1760000000, text, 1750000000) < 0);
	url_sign(sig, key, text, 1760000000);
	FUZZ_CHECK(!url_verify(key, text, 1760000000, sig, 1750000000));
	g_free(text);
	return 0;
}
