/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file as the parts of an object: where part n lies, what it hashes to, its bytes as they are sent. Any thread; a source never changes while it is used.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/envelope.h"
#include "common/sha256.h"
#include "postprocess/store.h"

struct upload_source {
	int fd;
	int64_t size;                      /* of the file; -1: it grows, whole parts only */
	int64_t part_size;                 /* a multiple of 8 MiB; of plain bytes, about */
	const struct envelope *seal;       /* NULL: sent as it is */
	char *const *blocks;               /* hashes of its 8 MiB blocks, ended by NULL; NULL: not known */
};
struct upload_part {
	int number;
	int64_t pos;                       /* of its plain bytes in the file */
	size_t len, object_len;            /* plain, and as sent */
	int64_t block;                     /* of the envelope */
	bool end;
};

/** False: there is no such part. */
bool upload_part_at(const struct upload_source *s, int number, struct upload_part *out);
/** Of the whole file. */
int upload_part_count(const struct upload_source *s);
int64_t upload_object_size(const struct upload_source *s);
/** Of a part of the object, all but the last. */
int64_t upload_object_part(const struct upload_source *s);
/** What its plain bytes hash to (upload_journal.h); known of a file whose blocks are, else by reading. */
int upload_part_hash(const struct upload_source *s, const struct upload_part *p, char hex[SHA256_HEX]);
/** What is to be sent, and the hash of its plain bytes as they are read here. *mem is g_free()d by the caller after it was sent: NULL where the store reads from
 *  the file itself, unless `held`. -EBADMSG: these are not the bytes that the file had when it was finished. */
int upload_part_body(const struct upload_source *s, const struct upload_part *p, bool held, struct store_body *body, void **mem, char hex[SHA256_HEX]);
/** MD5 of what is sent, of parts that are not sealed: what most stores call their etag. */
int upload_part_md5(const struct upload_source *s, const struct upload_part *p, char hex[33]);
