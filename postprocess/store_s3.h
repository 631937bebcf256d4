/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of the S3 driver share. Private to store_s3*.c.
 */
#pragma once
#include "common/uri.h"
#include "postprocess/store_driver.h"
#include "postprocess/store_remote.h"
#include "postprocess/store_xml.h"

/* What Google's XML API does otherwise than S3, and we say otherwise to it. */
struct s3_profile {
	const char *region;            /* default */
	const char *meta;              /* beginning of the names of metadata in answers */
	const char *version_header, *version_query, *version_element;
	bool md5;                      /* sends Content-MD5, too: whether it looks at our SHA-256 is not said */
	bool condition;                /* knows If-None-Match: * */
	bool rules_by_id;              /* lifecycle rules have ids */
	bool batch;                    /* removes many at once */
};

enum { STORE_S3_COMPLETE_MS = 30000 };
struct s3 {
	struct store_remote remote;    /* first */
	const struct s3_profile *profile;
	const char *region;
	int no_condition;              /* atomic: the store has said that it knows no If-None-Match */
	int complete_ms;               /* without a word, before it is asked whether the parts were put together, STORE_S3_COMPLETE_MS; tests put less here */
};

/** From the headers of an answer about an object. */
void s3_stat(const struct s3 *s3, const struct store_answer *a, struct store_stat *st);

/** The headers of a new object; without `condition` If-None-Match is left out. s3_headers_free(). */
struct uri_pair *s3_put_headers(struct store *s, const struct store_put *p, bool condition);
void s3_headers_free(struct uri_pair *h);

int s3_remove_some(struct store *s, const struct store_gone *g, size_t n, size_t *gone, struct store_why *why);
int s3_list(struct store *s, const struct store_list *l, store_each_h *each, void *arg, struct store_why *why);
int s3_parts_begin(struct store *s, const struct store_put *p, size_t part_size, char *upload, struct store_why *why);
int s3_part(struct store *s, const struct store_part *p, char *etag, struct store_why *why);
int s3_parts_list(struct store *s, const struct store_part *p, store_each_part_h *each, void *arg, struct store_why *why);
int s3_parts_end(struct store *s, const struct store_put *p, const struct store_parts *parts, struct store_stat *st, struct store_why *why);
int s3_parts_abort(struct store *s, const struct store_part *p, struct store_why *why);
int s3_url(struct store *s, const struct store_url *u, char **out, struct store_why *why);
int s3_lifecycle(struct store *s, const struct store_lifecycle *l, bool dry, char **text, struct store_why *why);
