/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sealed objects by OpenSSL's EVP. Uploads and backup seal on their threads, `serve` and download open; nothing here is shared but the envelope, which
 * never changes.
 *
 *   data key ─┐
 *   head ─────┼─▶ for each block: nonce (random) · GCM(plain; head ‖ number ‖ last) · tag
 *   number ───┘
 */
#include "common/envelope.h"

#include <errno.h>
#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <string.h>
#include "common/gcm.h"

#define MAGIC "RECSEAL1"

enum {
	MAGIC_BYTES = 8, ID_BYTES = 16, OBJECT_BYTES = 8,
	AAD = ENVELOPE_HEAD + 8 + 1,           /* head, number of the block, is it the last? */
};
G_STATIC_ASSERT(MAGIC_BYTES + ID_BYTES + OBJECT_BYTES == ENVELOPE_HEAD);
G_STATIC_ASSERT(GCM_NONCE + GCM_TAG == ENVELOPE_EXTRA);
/* The largest object there can be: 2^32 blocks. */
static const int64_t BLOCKS_MAX = (int64_t)1 << 32;

struct envelope {
	unsigned char key[ENVELOPE_KEY], head[ENVELOPE_HEAD];
};

/* ---- heads and keys ---- */

static int id_to_bytes(const char *id, unsigned char out[ID_BYTES])
{
	if (!id || strlen(id) != 2 * ID_BYTES || strspn(id, "0123456789abcdef") != 2 * ID_BYTES)
		return -EINVAL;
	for (int i = 0; i < ID_BYTES; i++)
		out[i] = (unsigned char)(g_ascii_xdigit_value(id[2 * i]) << 4 | g_ascii_xdigit_value(id[2 * i + 1]));
	return 0;
}

static void bytes_to_id(const unsigned char bytes[ID_BYTES], char id[ENVELOPE_ID])
{
	for (int i = 0; i < ID_BYTES; i++)
		g_snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

/* An upload's id may be long or short: its hash is as good as a random number for as long as no two are equal. */
static int object_bytes(const char *object, unsigned char out[OBJECT_BYTES])
{
	unsigned char md[EVP_MAX_MD_SIZE];

	if (!object)
		return RAND_bytes(out, OBJECT_BYTES) == 1 ? 0 : -EIO;
	if (EVP_Digest(object, strlen(object), md, NULL, EVP_sha256(), NULL) != 1)
		return -EIO;
	memcpy(out, md, OBJECT_BYTES);
	return 0;
}

int envelope_create(struct envelope **out, const unsigned char key[ENVELOPE_KEY], const char *key_id, const char *object)
{
	struct envelope *e = g_new0(struct envelope, 1);
	int err = id_to_bytes(key_id, e->head + MAGIC_BYTES);

	memcpy(e->key, key, ENVELOPE_KEY);
	memcpy(e->head, MAGIC, MAGIC_BYTES);
	if (!err)
		err = object_bytes(object, e->head + MAGIC_BYTES + ID_BYTES);
	if (err)
		envelope_unref(&e);
	*out = e;
	return err;
}

int envelope_open(struct envelope **out, const unsigned char key[ENVELOPE_KEY], const void *head)
{
	char id[ENVELOPE_ID];
	int err = envelope_key_id(head, ENVELOPE_HEAD, id);

	*out = NULL;
	if (err)
		return err;
	*out = g_new0(struct envelope, 1);
	memcpy((*out)->key, key, ENVELOPE_KEY);
	memcpy((*out)->head, head, ENVELOPE_HEAD);
	return 0;
}

void envelope_unref(struct envelope **e)
{
	if (*e)
		OPENSSL_cleanse(*e, sizeof(**e));
	g_clear_pointer(e, g_free);
}

int envelope_key_id(const void *head, size_t len, char key_id[ENVELOPE_ID])
{
	if (len < ENVELOPE_HEAD || memcmp(head, MAGIC, MAGIC_BYTES))
		return -EBADMSG;
	bytes_to_id((const unsigned char *)head + MAGIC_BYTES, key_id);
	return 0;
}

int envelope_key_new(unsigned char key[ENVELOPE_KEY], char key_id[ENVELOPE_ID])
{
	unsigned char id[ID_BYTES];

	if (RAND_priv_bytes(key, ENVELOPE_KEY) != 1 || RAND_bytes(id, sizeof(id)) != 1)
		return -EIO;
	bytes_to_id(id, key_id);
	return 0;
}

/* ---- sizes and places: the head is counted as if it were text of the first block ---- */

int64_t envelope_sealed_size(int64_t plain)
{
	int64_t blocks = (plain + ENVELOPE_HEAD) / ENVELOPE_PLAIN + 1;

	return plain + ENVELOPE_HEAD + blocks * ENVELOPE_EXTRA;
}

int64_t envelope_plain_size(int64_t sealed)
{
	int64_t whole = sealed / ENVELOPE_BLOCK, rest = sealed % ENVELOPE_BLOCK;

	if (sealed < ENVELOPE_HEAD + ENVELOPE_EXTRA || rest < ENVELOPE_EXTRA || whole >= BLOCKS_MAX)
		return -EBADMSG;
	return whole * ENVELOPE_PLAIN + rest - ENVELOPE_EXTRA - ENVELOPE_HEAD;
}

int64_t envelope_block_begin(int64_t block)
{
	return block ? block * ENVELOPE_PLAIN - ENVELOPE_HEAD : 0;
}

int64_t envelope_block_of(int64_t plain_pos)
{
	return (plain_pos + ENVELOPE_HEAD) / ENVELOPE_PLAIN;
}

int envelope_part(struct envelope_part *out, int number, int blocks, int64_t plain_size)
{
	int64_t to;

	out->block = (int64_t)(number - 1) * blocks;
	out->pos = envelope_block_begin(out->block);
	out->end = 0;
	to = envelope_block_begin(out->block + blocks);
	if (number < 1 || blocks < 1 || (plain_size >= 0 && out->block > envelope_block_of(plain_size)))
		return 0;
	if (plain_size >= 0 && to > plain_size) {
		to = plain_size;
		out->end = 1;
	}
	out->len = (size_t)(to - out->pos);
	return 1;
}

/* ---- blocks ---- */

static size_t head_of(int64_t block)
{
	return block ? 0 : ENVELOPE_HEAD;
}

/* Plain bytes of a full block. */
static size_t room_of(int64_t block)
{
	return ENVELOPE_PLAIN - head_of(block);
}

static void aad_of(const struct envelope *e, int64_t block, bool last, unsigned char aad[AAD])
{
	guint64 number = GUINT64_TO_BE((guint64)block);

	memcpy(aad, e->head, ENVELOPE_HEAD);
	memcpy(aad + ENVELOPE_HEAD, &number, sizeof(number));
	aad[AAD - 1] = last;
}

/* `out`: nonce, text, tag. */
static int seal_one(const struct envelope *e, int64_t block, const unsigned char *plain, size_t len, unsigned char *out)
{
	unsigned char aad[AAD];
	struct gcm g = { .key = e->key, .nonce = out, .aad = aad, .aad_len = AAD };

	aad_of(e, block, len < room_of(block), aad);
	return RAND_bytes(out, GCM_NONCE) == 1 ? gcm_seal(&g, plain, len, out + GCM_NONCE) : -EIO;
}

/* `in`: nonce, `len` bytes of text, tag. */
static int unseal_one(const struct envelope *e, int64_t block, const unsigned char *in, size_t len, unsigned char *out)
{
	unsigned char aad[AAD];
	struct gcm g = { .key = e->key, .nonce = in, .aad = aad, .aad_len = AAD };

	aad_of(e, block, len < room_of(block), aad);
	return gcm_open(&g, in + GCM_NONCE, len, out);
}

size_t envelope_seal_room(size_t len)
{
	return len + ENVELOPE_HEAD + (len / ENVELOPE_PLAIN + 2) * ENVELOPE_EXTRA;
}

ssize_t envelope_seal(const struct envelope *e, int64_t block, const void *plain, size_t len, int end, void *out, size_t room)
{
	const unsigned char *from = len ? plain : (const unsigned char *)"";      /* NULL may stand for nothing */
	unsigned char *to = out;
	bool more = len > 0 || end;
	int err = 0;

	if (block < 0 || block >= BLOCKS_MAX || len > G_MAXSSIZE / 2 || room < envelope_seal_room(len))
		return -EINVAL;
	for (; more && !err; block++) {
		size_t n = MIN(len, room_of(block));

		more = n == room_of(block) && (len > n || end);
		if (n < room_of(block) && !end) {
			err = -EINVAL;
			break;
		}
		memcpy(to, e->head, head_of(block));
		to += head_of(block);
		err = seal_one(e, block, from, n, to);
		to += n + ENVELOPE_EXTRA;
		from += n;
		len -= n;
	}
	return err ? err : to - (unsigned char *)out;
}

ssize_t envelope_unseal(const struct envelope *e, int64_t block, const void *sealed, size_t size, void *out)
{
	const unsigned char *from = sealed, *stop = from + size;
	unsigned char *to = out;
	int err = 0;

	if (block < 0 || block >= BLOCKS_MAX || size > G_MAXSSIZE)
		return -EINVAL;
	for (; from < stop && !err; block++) {
		size_t n = MIN((size_t)(stop - from), (size_t)ENVELOPE_BLOCK), extra = head_of(block) + ENVELOPE_EXTRA;

		if (n < extra || memcmp(from, e->head, head_of(block))) {
			err = -EBADMSG;
			break;
		}
		err = unseal_one(e, block, from + head_of(block), n - extra, to);
		to += n - extra;
		from += n;
	}
	if (err)
		OPENSSL_cleanse(out, (size_t)(to - (unsigned char *)out));
	return err ? err : to - (unsigned char *)out;
}

/* ---- whole ---- */

int envelope_seal_all(const struct envelope *e, const void *plain, size_t len, unsigned char **out, size_t *out_len)
{
	size_t room = envelope_seal_room(len);
	unsigned char *buf = g_malloc(room);
	ssize_t n = envelope_seal(e, 0, plain, len, 1, buf, room);

	if (n < 0)
		g_clear_pointer(&buf, g_free);
	*out = buf;
	*out_len = n < 0 ? 0 : (size_t)n;
	return n < 0 ? (int)n : 0;
}

int envelope_unseal_all(const unsigned char key[ENVELOPE_KEY], const void *sealed, size_t len, unsigned char **out, size_t *out_len)
{
	struct envelope *e = NULL;
	ssize_t n;

	*out = NULL;
	*out_len = 0;
	if (len > G_MAXSSIZE || envelope_plain_size((int64_t)len) < 0)
		return -EBADMSG;
	n = envelope_open(&e, key, sealed);
	if (!n) {
		*out = g_malloc(len);
		n = envelope_unseal(e, 0, sealed, len, *out);
	}
	if (n < 0)
		g_clear_pointer(out, g_free);
	else
		*out_len = (size_t)n;
	envelope_unref(&e);
	return n < 0 ? (int)n : 0;
}
