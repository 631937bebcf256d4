/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of the Azure driver share. Private to store_azure*.c.
 */
#pragma once
#include "postprocess/store_remote.h"
#include "postprocess/store_xml.h"

enum { AZURE_UPLOAD = 16, AZURE_BLOCK = 48 };  /* letters of an upload's id; of a block's, not encoded: "<upload>.<number>.<hash>" */

/** The headers of a new blob, Content-Length not among them; with If-None-Match if absent is wanted. azure_headers_free(). */
struct uri_pair *azure_put_headers(struct store *s, const struct store_put *p);
void azure_headers_free(struct uri_pair *h);
void azure_stat(const struct store_answer *a, struct store_stat *st);
/** Each uncommitted block of a key. -ENOENT: there are neither blocks nor a blob. */
int azure_blocks(struct store *s, const char *key, int (*each)(const char *id, int64_t size, void *arg), void *arg, struct store_why *why);

int azure_list(struct store *s, const struct store_list *l, store_each_h *each, void *arg, struct store_why *why);
int azure_parts_begin(struct store *s, const struct store_put *p, size_t part_size, char *upload, struct store_why *why);
int azure_part(struct store *s, const struct store_part *p, char *etag, struct store_why *why);
int azure_parts_list(struct store *s, const struct store_part *p, store_each_part_h *each, void *arg, struct store_why *why);
int azure_parts_end(struct store *s, const struct store_put *p, const struct store_parts *parts, struct store_stat *st, struct store_why *why);
int azure_parts_abort(struct store *s, const struct store_part *p, struct store_why *why);
