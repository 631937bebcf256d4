/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between upload.c (one file, from beginning to end), upload_parts.c (its parts, side by side) and upload_compare.c (is what is there ours?).
 */
#pragma once
#include "postprocess/upload.h"
#include "postprocess/upload_part.h"

struct transfer {
	const struct upload_conf *conf;
	const struct upload_file *file;
	struct upload_source source;
	char upload[STORE_UPLOAD];
	int nparts;
	struct store_part_done *parts;     /* nparts; etag "": it is not there */
	int64_t sent, there;               /* bytes of the object: sent by us, there in all */
	char sha256[SHA256_HEX];           /* of an object in one request, as it was sent; "": it was not, or is not known */
};

/** Sends those that are not there, with the configuration's number of threads. Calling thread: may(), progress(). */
int upload_parts(struct transfer *t, struct store_why *why);
/** Which parts the store has, with what the file holds now. -ENOENT: no such upload. */
int upload_parts_look(struct transfer *t, struct store_why *why);
/** Which parts the journal says were sent, with what the file holds now. */
void upload_parts_recall(struct transfer *t);
/** Is the object that this stat is of the same as the file? 0; -EEXIST: it is not; or why that cannot be known. Cheap where the store's etag or our metadata
 *  say so, else it is read. */
int upload_compare(struct transfer *t, const struct store_stat *st, struct store_why *why);
/** Fills in *why; returns err. */
int upload_why(struct store_why *why, int err, bool again, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
