/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/sha256.c"
#include "test.h"

/* FIPS 180-2, appendix B, and the empty text. */
static const struct { const char *text, *hash; } vectors[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

static void test_vectors(void)
{
	char out[SHA256_HEX];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		sha256_hex(out, vectors[i].text, strlen(vectors[i].text));
		CHECK_STR(out, vectors[i].hash);
	}
}

static void test_pieces_equal_the_whole(void)
{
	const char *text = vectors[2].text;
	char out[SHA256_HEX];

	for (size_t cut = 0; cut <= strlen(text); cut++) {
		struct sha256 *s = sha256_create();

		sha256_update(s, text, cut);
		sha256_update(s, text + cut, strlen(text) - cut);
		sha256_final(s, out);
		CHECK_STR(out, vectors[2].hash);
	}
}

static void test_peek_and_reset(void)
{
	struct sha256 *s = sha256_create();
	char out[SHA256_HEX];

	sha256_peek(s, out);
	CHECK_STR(out, vectors[0].hash);
	sha256_update(s, "ab", 2);
	sha256_peek(s, out);
	sha256_update(s, "c", 1);
	sha256_peek(s, out);
	CHECK_STR(out, vectors[1].hash);
	sha256_reset(s);
	sha256_update(s, vectors[2].text, strlen(vectors[2].text));
	sha256_final(s, out);
	CHECK_STR(out, vectors[2].hash);
	sha256_free(NULL);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_vectors), TEST(test_pieces_equal_the_whole), TEST(test_peek_and_reset) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
