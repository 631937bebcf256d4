/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tokens, keys and signed addresses: nothing that comes from outside is believed. The input is shown as a token; as the claims of one that is rightly signed, so
 * that what lies behind the signature is reached; as its header; and as a file of keys of each algorithm. The corpus holds tokens under another key, claims,
 * headers and keys.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "common/ids.h"
#include "common/token.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/token_forge.h"

#define KEY "a key that no fuzzer will ever guess"
#define NOW 1760000000

static void check_claims(struct token_keys *keys, const char *text)
{
	static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"default\"}";
	char *jwt = forge_with(header, text, KEY, strlen(KEY), NULL), *again = NULL;
	struct token t, back;

	if (!token_verify(&t, keys, jwt, NOW)) {
		FUZZ_CHECK(room_id_valid(t.room) && identity_valid(t.sub) && (!t.name[0] || identity_valid(t.name)));
		FUZZ_CHECK(t.exp_s + TOKEN_LEEWAY_S > NOW);
		FUZZ_CHECK(!token_mint(&again, keys, NULL, &t, NOW) && !token_verify(&back, keys, again, NOW));
		FUZZ_CHECK(back.host == t.host && back.exp_s == t.exp_s && !strcmp(back.room, t.room) && !strcmp(back.sub, t.sub));
		free(again);
	} else {
		FUZZ_CHECK(!t.host && !t.grants && !t.room[0]);
	}
	g_free(jwt);
}

/* Whatever it says, the key has the last word: only HS256, by its name or none, and no crit. */
static void check_header(struct token_keys *keys, const char *text)
{
	static const char claims[] = "{\"room\":\"demo\",\"sub\":\"a\",\"role\":\"host\",\"iss\":\"janus-recroom\",\"exp\":1760000060}";
	char *jwt = forge_with(text, claims, KEY, strlen(KEY), NULL);
	struct token t;

	if (!token_verify(&t, keys, jwt, NOW))
		FUZZ_CHECK(strstr(text, "alg") || strchr(text, '\\'));
	g_free(jwt);
}

/* A key that is taken keeps its promise: what it signs it finds good. */
static void check_keys(const uint8_t *data, size_t size)
{
	for (int alg = 0; alg < TOKEN_ALGS; alg++) {
		struct token_key_conf conf = { .kid = "a", .alg = (enum token_alg)alg, .issuer = "i", .data = (const char *)data, .len = size };
		unsigned char sig[TOKEN_SIG_MAX];
		struct token_key *k = NULL;
		char why[160] = "";
		size_t n = 0;

		if (token_key_create(&k, &conf, why, sizeof(why))) {
			FUZZ_CHECK(!k && why[0]);
			continue;
		}
		if (!token_key_sign(k, "text", 4, sig, &n))
			FUZZ_CHECK(token_key_verify(k, "text", 4, sig, n) && !token_key_verify(k, "test", 4, sig, n) && !token_key_verify(k, "text", 4, sig, n - 1));
		token_key_verify(k, "text", 4, data, size);
		token_key_free(&k);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct token_keys *keys;
	char *text = g_strndup((const char *)data, size), sig[65];
	struct token t;

	if (!keys)
		FUZZ_CHECK(!token_keys_of_secret(&keys, KEY, strlen(KEY)));
	FUZZ_CHECK(token_verify(&t, keys, text, NOW) < 0);
	FUZZ_CHECK(!t.host && !t.grants && !t.room[0]);
	FUZZ_CHECK(url_verify(keys, text, 1760000000, text, 1750000000) < 0);
	url_sign(sig, keys, text, 1760000000);
	FUZZ_CHECK(!url_verify(keys, text, 1760000000, sig, 1750000000));
	check_claims(keys, text);
	check_header(keys, text);
	check_keys(data, size);
	g_free(text);
	return 0;
}
