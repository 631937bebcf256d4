/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files over HTTP: opened without following links, sent whole or in part, with validators.
 */
#pragma once
#include <stdint.h>
#include <sys/stat.h>
#include "postprocess/http.h"

enum { ETAG_SIZE = 80 };

/** A name that cannot leave its directory, hide or surprise: [A-Za-z0-9_-][A-Za-z0-9._-]*. */
bool file_name_safe(const char *name, size_t len);
/** Opens the regular file root/rel, where every segment of rel must be a safe name and none a symbolic link. fd or negative errno. */
int file_open_below(const char *root, const char *rel, struct stat *st);
/** Content type by extension, NULL for one that is not served. */
const char *file_mime(const char *name);
/** ETag of size and time of change. */
void file_etag(char etag[ETAG_SIZE], const struct stat *st);

struct passing;
struct sealed;
struct file_reply_conf {
	int fd;                    /* taken, whatever happens; -1: the object */
	struct stat st;            /* size and time of change count */
	struct sealed *object;     /* in a store, passed on; taken, whatever happens */
	struct passing *passing;
	const char *etag;          /* strong, with quotes */
	const char *mime, *cache;  /* Content-Type, Cache-Control */
	const char *disposition;   /* Content-Disposition or NULL */
};
/** If-None-Match names this version. */
bool file_not_modified(const struct http_request *rq, const char *etag);
/** 200, 206 or 304; APP_RANGE with rq->size set. */
enum app_error file_reply(struct http_request *rq, struct http_reply *rp, const struct file_reply_conf *conf);
