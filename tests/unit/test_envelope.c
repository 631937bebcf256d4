/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sealed objects: known vectors, sizes and places, ranges, everything that may be done to an object from outside, nonces.
 */
#include "common/envelope.c"
#include "common/gcm.c"
#include "tests/unit/test.h"

#define ID "00112233445566778899aabbccddeeff"
static const unsigned char KEY[ENVELOPE_KEY] = "a key of thirty-two bytes, yes!";
static const unsigned char OTHER[ENVELOPE_KEY] = "another of thirty-two bytes, no!";

static size_t unhex(const char *hex, unsigned char *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
	return n;
}

/* The test cases 13 to 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega), with keys of 256 bits: key, nonce, text, further data, result and tag. */
static const struct vector { const char *key, *nonce, *plain, *aad, *sealed; } VECTORS[] = {
	{ "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b" },
	{ "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "00000000000000000000000000000000", "",
	  "cea7403d4d606b6e074ec5d3baf39d18" "d0d1c8a799996bf0265b98b5d48ab919" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
	  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255", "",
	  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
	  "b094dac5d93471bdec1a502270e3cc6c" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
	  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	  "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	  "76fc6ece0f4e1768cddf8853bb2d551b" },
};

static void test_vectors(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(VECTORS); i++) {
		unsigned char key[32], nonce[12], plain[64], aad[32], sealed[80], out[80];
		struct gcm g = { key, nonce, aad, unhex(VECTORS[i].aad, aad) };
		size_t n = unhex(VECTORS[i].plain, plain);

		unhex(VECTORS[i].key, key);
		unhex(VECTORS[i].nonce, nonce);
		CHECK_INT(unhex(VECTORS[i].sealed, sealed), n + GCM_TAG);
		CHECK_INT(gcm_seal(&g, plain, n, out), 0);
		CHECK(!memcmp(out, sealed, n + GCM_TAG));
		CHECK_INT(gcm_open(&g, sealed, n, out), 0);
		CHECK(!memcmp(out, plain, n));
		for (size_t byte = 0; byte < n + GCM_TAG; byte++) {
			sealed[byte] ^= 0x80;
			CHECK_INT(gcm_open(&g, sealed, n, out), -EBADMSG);
			CHECK(!n || (!out[0] && !out[n - 1]));
			sealed[byte] ^= 0x80;
		}
	}
}

/* ---- sizes and places ---- */

static const int64_t SIZES[] = { 0, 1, 100, 65503, 65504, 65505, 65536, 131039, 131040, 131041, 200000, 8 * 65536, 1000003 };

static void test_sizes(void)
{
	int64_t before = 0;

	CHECK_INT(envelope_sealed_size(0), 60);
	CHECK_INT(envelope_sealed_size(65503), 65563);
	CHECK_INT(envelope_sealed_size(65504), 65564 + 28);
	for (int64_t n = 0; n < 400000; n += n % 65536 < 65530 && n % 65536 > 100 && n % 65504 < 65400 ? 97 : 1) {
		int64_t size = envelope_sealed_size(n);

		CHECK(size > before);
		CHECK_INT(envelope_plain_size(size), n);
		before = size;
	}
	CHECK_INT(envelope_plain_size(envelope_sealed_size((int64_t)1 << 40)), (int64_t)1 << 40);
	CHECK_INT(envelope_plain_size(0), -EBADMSG);
	CHECK_INT(envelope_plain_size(59), -EBADMSG);
	CHECK_INT(envelope_plain_size(-1), -EBADMSG);
	CHECK_INT(envelope_plain_size(ENVELOPE_BLOCK), -EBADMSG);
	CHECK_INT(envelope_plain_size(ENVELOPE_BLOCK * 3LL + 27), -EBADMSG);
	CHECK_INT(envelope_plain_size(INT64_MAX), -EBADMSG);
	CHECK_INT(envelope_block_begin(0), 0);
	CHECK_INT(envelope_block_begin(1), 65504);
	CHECK_INT(envelope_block_of(65503), 0);
	CHECK_INT(envelope_block_of(65504), 1);
	CHECK_INT(envelope_block_of(131040), 2);
}

/* ---- an object, and what may be done to it ---- */

static struct {
	GRand *rand;
	struct envelope *e;
	unsigned char *plain, *sealed, *out;
	size_t len, size;
} box;

static void setup(size_t len, const char *object)
{
	static guint32 seed;

	if (!box.rand) {
		seed = g_getenv("RECROOM_SEED") ? (guint32)g_ascii_strtoull(g_getenv("RECROOM_SEED"), NULL, 10) : g_random_int();
		printf("seed %u\n", seed);
		box.rand = g_rand_new_with_seed(seed);
	}
	CHECK_INT(envelope_create(&box.e, KEY, ID, object), 0);
	box.len = len;
	box.plain = g_malloc(len + 1);
	for (size_t i = 0; i < len; i++)
		box.plain[i] = (unsigned char)g_rand_int(box.rand);
	CHECK_INT(envelope_seal_all(box.e, box.plain, len, &box.sealed, &box.size), 0);
	CHECK_INT(box.size, envelope_sealed_size((int64_t)len));
	box.out = g_malloc(box.size + ENVELOPE_BLOCK);
}

static void teardown(void)
{
	envelope_unref(&box.e);
	g_free(box.plain);
	g_free(box.sealed);
	g_free(box.out);
}

static ssize_t open_all(void)
{
	return envelope_unseal(box.e, 0, box.sealed, box.size, box.out);
}

static void test_there_and_back(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(SIZES); i++) {
		unsigned char *plain = NULL;
		char id[ENVELOPE_ID];
		size_t n = 0;

		setup((size_t)SIZES[i], i % 2 ? "upload" : NULL);
		CHECK_INT(envelope_unseal_all(KEY, box.sealed, box.size, &plain, &n), 0);
		CHECK_INT(n, box.len);
		CHECK(!memcmp(plain, box.plain, n));
		CHECK_INT(envelope_key_id(box.sealed, box.size, id), 0);
		CHECK_STR(id, ID);
		g_free(plain);
		teardown();
	}
}

/* Any range is in the blocks that the arithmetic names. */
static void test_ranges(void)
{
	setup(700000, NULL);
	for (int i = 0; i < 500; i++) {
		int64_t pos = g_rand_int_range(box.rand, 0, (gint32)box.len), len = g_rand_int_range(box.rand, 1, i % 2 ? 300 : 200000);
		int64_t first, last, begin;
		size_t from, to;

		len = MIN(len, (int64_t)box.len - pos);
		first = envelope_block_of(pos);
		last = envelope_block_of(pos + len - 1);
		begin = envelope_block_begin(first);
		from = (size_t)first * ENVELOPE_BLOCK;
		to = MIN((size_t)(last + 1) * ENVELOPE_BLOCK, box.size);
		CHECK(envelope_unseal(box.e, first, box.sealed + from, to - from, box.out) >= pos - begin + len);
		CHECK(!memcmp(box.out + (pos - begin), box.plain + pos, (size_t)len));
	}
	teardown();
}

/* Every kind of byte: of the head's three fields, of nonce, text and tag of the first, a middle and the last block. */
static void test_tampering(void)
{
	static const size_t at[] = { 0, 7, 8, 23, 24, 31, 32, 43, 44, 5000, 65547, 65548, 65563 };
	static const size_t within[] = { 0, 11, 12, 40000, 65547, 65548, 65563 };

	setup(180000, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(at) + G_N_ELEMENTS(within) + 4; i++) {
		size_t w = i - G_N_ELEMENTS(at), n = i < G_N_ELEMENTS(at) ? at[i] : w < G_N_ELEMENTS(within) ? ENVELOPE_BLOCK + within[w] : box.size - 1 - (i % 4) * 9;

		box.sealed[n] ^= (unsigned char)(1 << (i % 8));
		memset(box.out, 0xaa, box.size);
		CHECK_INT(open_all(), -EBADMSG);
		CHECK(n < ENVELOPE_HEAD || !box.out[0]);           /* nothing of what was good before it, either */
		box.sealed[n] ^= (unsigned char)(1 << (i % 8));
	}
	CHECK_INT(open_all(), box.len);
	teardown();
}

/* Where it was cut: sizes that no object has, and sizes that one could have. */
static void test_truncated(void)
{
	unsigned char *out;
	size_t n;

	setup(200000, NULL);
	for (size_t blocks = 0; blocks <= box.size / ENVELOPE_BLOCK; blocks++)
		for (size_t rest = 0; rest < 4; rest++) {
			size_t cut = blocks * ENVELOPE_BLOCK + (size_t[]){ 0, 1, 28, 3000 }[rest];

			if (cut >= box.size)
				continue;
			CHECK_INT(envelope_unseal_all(KEY, box.sealed, cut, &out, &n), -EBADMSG);
			CHECK(!out && !n);
		}
	teardown();
}

static void test_moved(void)
{
	unsigned char *copy;
	struct envelope *other = NULL;
	size_t size;

	setup(250000, "one");
	/* blocks 1 and 2 change places */
	copy = g_memdup2(box.sealed, box.size);
	memcpy(box.sealed + ENVELOPE_BLOCK, copy + 2 * ENVELOPE_BLOCK, ENVELOPE_BLOCK);
	memcpy(box.sealed + 2 * ENVELOPE_BLOCK, copy + ENVELOPE_BLOCK, ENVELOPE_BLOCK);
	CHECK_INT(open_all(), -EBADMSG);
	/* one twice, one left out */
	memcpy(box.sealed, copy, box.size);
	memcpy(box.sealed + 2 * ENVELOPE_BLOCK, copy + ENVELOPE_BLOCK, ENVELOPE_BLOCK);
	CHECK_INT(open_all(), -EBADMSG);
	/* the block of another object under the same key */
	memcpy(box.sealed, copy, box.size);
	g_free(copy);
	CHECK_INT(envelope_create(&other, KEY, ID, "two"), 0);
	CHECK_INT(envelope_seal_all(other, box.plain, box.len, &copy, &size), 0);
	memcpy(box.sealed + ENVELOPE_BLOCK, copy + ENVELOPE_BLOCK, ENVELOPE_BLOCK);
	CHECK_INT(open_all(), -EBADMSG);
	envelope_unref(&other);
	g_free(copy);
	teardown();
}

static void test_other_key(void)
{
	unsigned char *out;
	size_t n;

	setup(5000, NULL);
	CHECK_INT(envelope_unseal_all(OTHER, box.sealed, box.size, &out, &n), -EBADMSG);
	CHECK(!out);
	CHECK_INT(envelope_unseal_all(KEY, box.plain, box.len, &out, &n), -EBADMSG);
	teardown();
}

static void test_refused(void)
{
	static const char *const bad[] = { "", "0011", ID "00", "00112233445566778899AABBCCDDEEFF", "0011223344556677 899aabbccddeeff", NULL };
	unsigned char buf[200];
	char id[ENVELOPE_ID];
	struct envelope *e;

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		CHECK_INT(envelope_create(&e, KEY, bad[i], NULL), -EINVAL);
		CHECK(!e);
	}
	CHECK_INT(envelope_key_id("RECSEAL1", 8, id), -EBADMSG);
	setup(100, NULL);
	CHECK_INT(envelope_seal(box.e, 0, box.plain, 100, 0, buf, sizeof(buf)), -EINVAL);      /* not whole */
	CHECK_INT(envelope_seal(box.e, 0, box.plain, 100, 1, buf, 100), -EINVAL);              /* no room */
	CHECK_INT(envelope_seal(box.e, -1, box.plain, 0, 1, buf, sizeof(buf)), -EINVAL);
	CHECK_INT(envelope_unseal(box.e, -1, box.sealed, box.size, buf), -EINVAL);
	CHECK_INT(envelope_unseal(box.e, 0, box.sealed, 59, buf), -EBADMSG);
	CHECK_INT(envelope_unseal(box.e, 1, box.sealed, 27, buf), -EBADMSG);
	CHECK_INT(envelope_unseal(box.e, 0, box.sealed, 0, buf), 0);
	CHECK_INT(envelope_seal(box.e, 0, box.plain, 0, 0, buf, sizeof(buf)), 0);
	teardown();
}

/* ---- as an upload does it ---- */

/* Parts in any order, each sealed when it is sent, the first last and anew; together they are the object. */
static void test_parts(void)
{
	enum { BLOCKS = 2 };
	struct envelope_part p;
	int parts = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(SIZES); i++) {
		size_t end = 0;

		setup((size_t)SIZES[i], "upload 7");
		memset(box.sealed, 0, box.size);
		for (parts = 0; envelope_part(&p, parts + 1, BLOCKS, (int64_t)box.len); parts++)
			;
		for (int n = parts; n >= 1; n--) {
			size_t room;
			unsigned char *buf;
			ssize_t got;

			CHECK(envelope_part(&p, n, BLOCKS, (int64_t)box.len));
			CHECK_INT(p.end, n == parts);
			room = envelope_seal_room(p.len);
			buf = g_malloc(room);
			got = envelope_seal(box.e, p.block, box.plain + p.pos, p.len, p.end, buf, room);
			CHECK(got > 0 && (p.end || got == (ssize_t)BLOCKS * ENVELOPE_BLOCK));
			memcpy(box.sealed + (size_t)p.block * ENVELOPE_BLOCK, buf, (size_t)got);
			end = MAX(end, (size_t)p.block * ENVELOPE_BLOCK + (size_t)got);
			g_free(buf);
		}
		CHECK_INT(end, box.size);
		CHECK_INT(open_all(), box.len);
		CHECK(!memcmp(box.out, box.plain, box.len));
		teardown();
	}
	CHECK(!envelope_part(&p, 0, 2, 100) && !envelope_part(&p, 2, 2, 100) && envelope_part(&p, 1, 2, 0) && p.end && !p.len);
	CHECK(envelope_part(&p, 3, 2, -1) && !p.end && p.len == 2 * ENVELOPE_PLAIN);
}

/* A rewritten header: the same block, another text; neither nonce nor key stream come twice. */
static void test_first_block_again(void)
{
	unsigned char *again;
	size_t size, same = 0;

	setup(150000, "upload 8");
	memset(box.plain, 0x5a, 500);
	CHECK_INT(envelope_seal_all(box.e, box.plain, box.len, &again, &size), 0);
	CHECK(!memcmp(again, box.sealed, ENVELOPE_HEAD));
	CHECK(memcmp(again + ENVELOPE_HEAD, box.sealed + ENVELOPE_HEAD, GCM_NONCE));
	for (size_t i = ENVELOPE_HEAD + GCM_NONCE; i < ENVELOPE_BLOCK; i++)
		same += again[i] == box.sealed[i];
	CHECK(same < 1000);                    /* 256 by chance */
	memcpy(box.sealed, again, ENVELOPE_BLOCK);
	CHECK_INT(open_all(), box.len);
	CHECK(!memcmp(box.out, box.plain, box.len));
	g_free(again);
	teardown();
}

static void test_nonces(void)
{
	enum { SEALS = 100000 };
	GHashTable *seen = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
	unsigned char buf[2 * ENVELOPE_EXTRA + ENVELOPE_HEAD];

	setup(0, NULL);
	for (int i = 0; i < SEALS; i++) {
		CHECK_INT(envelope_seal(box.e, 1, NULL, 0, 1, buf, sizeof(buf)), ENVELOPE_EXTRA);
		CHECK(g_hash_table_add(seen, g_bytes_new(buf, GCM_NONCE)));
	}
	g_hash_table_unref(seen);
	teardown();
}

static void test_new_keys(void)
{
	unsigned char a[ENVELOPE_KEY] = { 0 }, b[ENVELOPE_KEY] = { 0 };
	char id[ENVELOPE_ID], other[ENVELOPE_ID];
	struct envelope *e = NULL;

	CHECK_INT(envelope_key_new(a, id), 0);
	CHECK_INT(envelope_key_new(b, other), 0);
	CHECK(memcmp(a, b, sizeof(a)) && strcmp(id, other));
	CHECK_INT(envelope_create(&e, a, id, NULL), 0);
	envelope_unref(&e);
	CHECK(!e);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_vectors), TEST(test_sizes), TEST(test_there_and_back), TEST(test_ranges), TEST(test_tampering), TEST(test_truncated), TEST(test_moved),
		TEST(test_other_key), TEST(test_refused), TEST(test_parts), TEST(test_first_block_again), TEST(test_nonces), TEST(test_new_keys),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
