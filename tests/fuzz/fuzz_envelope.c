/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sealed objects from a store: nothing that was not sealed comes out. The input is an object under a key that the corpus was sealed with; its size, its head,
 * its blocks, wherever they begin. Whatever opens is what is sealed again, in as many bytes.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/envelope.h"
#include "tests/fuzz/fuzz.h"

static const unsigned char KEY[ENVELOPE_KEY] = "the corpus was sealed with this";

/* Sizes are one to one. */
static void check_sizes(size_t size)
{
	int64_t plain = envelope_plain_size((int64_t)size);

	FUZZ_CHECK(plain < 0 || envelope_sealed_size(plain) == (int64_t)size);
	FUZZ_CHECK(envelope_plain_size(envelope_sealed_size((int64_t)size)) == (int64_t)size);
}

static void check_opened(const unsigned char *plain, size_t n, size_t size)
{
	char id[ENVELOPE_ID] = "00000000000000000000000000000000";
	struct envelope *e = NULL;
	unsigned char *again = NULL;
	size_t len = 0;

	FUZZ_CHECK(envelope_sealed_size((int64_t)n) == (int64_t)size);
	FUZZ_CHECK(!envelope_create(&e, KEY, id, NULL) && !envelope_seal_all(e, plain, n, &again, &len) && len == size);
	envelope_unref(&e);
	g_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct envelope *e = NULL;
	unsigned char *out = NULL;
	char id[ENVELOPE_ID];
	size_t n = 0;

	check_sizes(size);
	if (!envelope_unseal_all(KEY, data, size, &out, &n))
		check_opened(out, n, size);
	else
		FUZZ_CHECK(!out && !n);
	g_free(out);
	if (envelope_key_id(data, size, id))
		return 0;
	FUZZ_CHECK(strspn(id, "0123456789abcdef") == ENVELOPE_ID - 1);
	FUZZ_CHECK(!envelope_open(&e, KEY, data));
	out = g_malloc(size);
	FUZZ_CHECK(envelope_unseal(e, 1, data, size, out) <= 0 || size == 0);      /* the first block is no other */
	envelope_unref(&e);
	g_free(out);
	return 0;
}
