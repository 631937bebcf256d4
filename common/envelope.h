/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sealed objects: what lies encrypted in a store (docs/recording-format.md, "Sealed objects"). AES-256-GCM by OpenSSL, in blocks, so that a range is read
 * without the rest and a block is written anew without the rest. Pure: no file, no store; an envelope never changes, any number of threads may use one.
 *
 *   plain    ├──────── 65504 ────────┤├──────── 65536 ────────┤├──────── 65536 ────────┤├─ 0…65535 ─┤
 *   object   ├head┬nonce┬cipher┬tag──┤├nonce┬── cipher ──┬tag─┤├nonce┬── cipher ──┬tag─┤├nonce┬…┬tag┤
 *             32    12           16    12                  16
 *            0                        65564                    2·65564
 *
 * - The head counts as the first 32 bytes of the first block, so that each block but the last has 65564 bytes in the object, and parts of an upload cut
 *   between blocks are equally long (some stores want that).
 * - A block that is full is never the last: behind a last full one comes one without plain text. So whole blocks can be sealed and sent while the file
 *   still grows, and each size of plain text is one size of the object and back.
 * - What each block authenticates besides its text: the head (version, key, object), its number, whether it is the last. Blocks that were cut off, moved,
 *   changed, or come from another object or under another key are -EBADMSG.
 * - A nonce is 96 random bits each time a block is sealed; the same block sealed twice (a header rewritten, a part sent again) has two. A key is for one
 *   output: even at 2^32 blocks (256 TiB) two equal ones are less likely than 2^-32 (NIST SP 800-38D §8.3).
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	ENVELOPE_KEY = 32,         /* bytes of a data key */
	ENVELOPE_ID = 33,          /* a data key's name: 32 hex digits and NUL */
	ENVELOPE_HEAD = 32,        /* bytes in front: "RECSEAL1", key id (16), object (8) */
	ENVELOPE_PLAIN = 65536,    /* plain bytes of a block (of the first: ENVELOPE_HEAD less) */
	ENVELOPE_EXTRA = 28,       /* nonce and tag */
	ENVELOPE_BLOCK = ENVELOPE_PLAIN + ENVELOPE_EXTRA,   /* bytes of a block in the object, the first with its head */
};

struct envelope;

/** To seal. `object`: a text that no other object under this key has and that stays the same however often its blocks are sealed (the id of its upload);
 *  NULL: random, for what is sealed at once. -EINVAL: key_id is not 32 hex digits (lower case). */
int envelope_create(struct envelope **out, const unsigned char key[ENVELOPE_KEY], const char *key_id, const char *object);
/** To read, by the first ENVELOPE_HEAD bytes of the object; -EBADMSG when they are no head. */
int envelope_open(struct envelope **out, const unsigned char key[ENVELOPE_KEY], const void *head);
void envelope_unref(struct envelope **e);      /* the key is wiped */
/** Whose key it needs. -EBADMSG: no head (not sealed, or by a later version). */
int envelope_key_id(const void *head, size_t len, char key_id[ENVELOPE_ID]);
/** A new data key and its name, random. 0 or -EIO. */
int envelope_key_new(unsigned char key[ENVELOPE_KEY], char key_id[ENVELOPE_ID]);

/** Sizes. The plain one of an object that cannot be (cut off, too large): -EBADMSG. */
int64_t envelope_sealed_size(int64_t plain);
int64_t envelope_plain_size(int64_t sealed);
/** Where a block's plain text begins, and in which block a byte of it lies. */
int64_t envelope_block_begin(int64_t block);
int64_t envelope_block_of(int64_t plain_pos);

/** Seals plain bytes that begin where `block` does: whole blocks, or with `end` all until the end of the file (len may be 0). Writes the object's bytes from
 *  block·ENVELOPE_BLOCK on; `out` (not overlapping) has room for envelope_seal_room(len). How many, -EINVAL (not whole blocks, no room), -EIO. */
ssize_t envelope_seal(const struct envelope *e, int64_t block, const void *plain, size_t len, int end, void *out, size_t room);
size_t envelope_seal_room(size_t len);
/** Opens the object's bytes from block·ENVELOPE_BLOCK on, whole blocks; a shorter one at their end is the object's last. `out` (not overlapping) has room for
 *  `size` bytes. How many plain ones; -EBADMSG when a single one is not what was sealed there: then `out` holds nothing of it.
 *  Whether the last block is there the caller knows: size % ENVELOPE_BLOCK is not 0 then. */
ssize_t envelope_unseal(const struct envelope *e, int64_t block, const void *sealed, size_t size, void *out);

/** Small things whole (a thumbnail, a bundle): *out is g_free()d by the caller. */
int envelope_seal_all(const struct envelope *e, const void *plain, size_t len, unsigned char **out, size_t *out_len);
int envelope_unseal_all(const unsigned char key[ENVELOPE_KEY], const void *sealed, size_t len, unsigned char **out, size_t *out_len);

/** The plain bytes that the object's part `number` (from 1) is made of, at `blocks` blocks a part (part_mb · 16: then the parts have
 *  blocks · ENVELOPE_BLOCK bytes); the last one ends where the file does. False: there is no such part. plain_size -1: the file still grows, whole
 *  parts only, and the caller sees to it that more than their bytes are there. */
struct envelope_part { int64_t pos, block; size_t len; int end; };
int envelope_part(struct envelope_part *out, int number, int blocks, int64_t plain_size);
