/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A store of objects: a directory, Amazon S3 or what speaks like it, Google Cloud Storage, Azure Blob Storage. Kinds are rows of a table of struct
 * store_driver (store_driver.h).
 *
 * Any thread, many at once on one store; a call blocks, in at most struct store_patience's time and with bounded memory, and uses a connection of its own
 * from a pool. Keys are UTF-8 as they are, not encoded, without a slash before them. Each call tries again by itself what may pass by itself; what it returns
 * is 0 or a negative errno, and *why (may be NULL) says the same with a sentence for logs and reasons, in which no secret is:
 *
 *   -ENOENT         no such object, bucket (`why.code` NoSuchBucket, ContainerNotFound) or upload
 *   -EEXIST         if_absent, and it is there
 *   -EACCES         credentials missing, wrong or without the permission; a clock that is wrong
 *   -EBADMSG        the store got other bytes than were sent, or sent other ones than it has; after the retries
 *   -ENOSPC         a quota, a full disk
 *   -ETIMEDOUT -ECONNREFUSED -EIO      not reached, lost, or it failed (5xx); -EAGAIN: it asks for less (503 SlowDown, 429); all with `again`
 *   -EPROTO         TLS: the certificate is not good, or is of another; an answer that is none
 *   -ECANCELED      the patience's stopping() said so
 *   -ENOTSUP        this kind cannot do that
 *   -EINVAL         refused as it is: a bug, or a setting this store does not take (storage_class, acl, …)
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/settings.h"
#include "common/store_key.h"     /* STORE_KEY_MAX */

struct store;

enum { STORE_ETAG = 96, STORE_VERSION = 1025, STORE_UPLOAD = 1025, STORE_SHA256 = 65, STORE_KEY_ID = 48, STORE_PARTS_MAX = 10000 };

/** Why a call failed. After success all is 0. */
struct store_why {
	int err;                       /* negative errno, as returned */
	int status;                    /* HTTP; 0: no answer */
	char code[64];                 /* the store's word, "SlowDown"; "" */
	char text[240];                /* "store main: PUT recordings/….webm: 503 SlowDown: Please reduce your request rate." */
	bool again;                    /* may pass by itself */
	int64_t retry_after_ms;        /* the store asked for so much; 0: it did not */
};

struct store_stat {
	int64_t size;                  /* bytes; of store_get: of the whole object */
	char etag[STORE_ETAG];         /* without quotes; "" unknown */
	char version[STORE_VERSION];   /* "" where the bucket keeps none */
	char sha256[STORE_SHA256];     /* as it was told when it was put, metadata recroom-sha256; "" unknown */
	char key_id[STORE_KEY_ID];     /* the key it is sealed with, metadata recroom-key; "" it is not */
	int64_t modified_ms;
};

/** Bytes to be sent: memory, or with data NULL len bytes of fd from pos (pread, so that threads share it). Must stay as they are during the call: the store
 *  refuses what is not of the hash that we signed. sha256: of just these bytes, in hex, where the caller has just made it; NULL: it is made. */
struct store_body { const void *data; size_t len; int fd; int64_t pos; const char *sha256; };

struct store_put {
	const char *key;
	const char *mime;              /* Content-Type; NULL: application/octet-stream */
	const char *disposition;       /* Content-Disposition, whole value; NULL: none */
	const char *sha256;            /* hex, of the whole object; kept in its metadata; NULL: unknown */
	const char *key_id;            /* kept in its metadata; NULL: none */
	struct store_body body;
	bool if_absent;                /* -EEXIST rather than replace */
};

/** How long calls of this thread try, and who stops them. */
struct store_patience {
	int attempts;                  /* of each request, 1..; default 4 */
	int64_t total_ms;              /* no further attempt begins after this; default 30 000 */
	bool (*stopping)(void *arg);   /* asked several times a second, also while bytes flow; NULL: never */
	void *arg;
};

/** The store of this setting, which is borrowed until the last unref. Nothing is asked of the network. -EINVAL, -EACCES, -ENOENT: certificates or
 *  credentials' file cannot be read, the directory is not there. */
int store_open(struct store **out, const struct settings_storage *conf, struct store_why *why);
struct store *store_ref(struct store *s);
/** Closes it at the last reference. Clears *s; NULL is all right. */
void store_unref(struct store **s);
const struct settings_storage *store_conf(const struct store *s);
static inline const char *store_name(const struct store *s) { return store_conf(s)->name; }

/** Of the calling thread from now on; borrowed; NULL: the default. */
void store_patience(const struct store_patience *p);

/** In one request, so up to 5 GiB; local: under a temporary name, synced, renamed. st may be NULL; its size, etag and version are set. The store checks
 *  the bytes against our hash. */
int store_put(struct store *s, const struct store_put *p, struct store_stat *st, struct store_why *why);
/** Bytes pos … pos+len-1 (len -1: to the end) are given to take(), in order, each once, also when the connection breaks in between; a take() that returns
 *  not 0 ends it with that. A range that begins beyond the end is -ERANGE. st (may be NULL) is complete before the first take(). */
int store_get(struct store *s, const char *key, int64_t pos, int64_t len, int (*take)(const void *data, size_t n, void *arg), void *arg,
	      struct store_stat *st, struct store_why *why);
int store_head(struct store *s, const char *key, struct store_stat *st, struct store_why *why);
/** Removes it, or with `version` that version or delete marker. It is success if it is not there. Azure: with its snapshots. Without `version` a bucket that
 *  keeps versions gets a delete marker: list with `versions` and remove each to be rid of them. */
int store_remove(struct store *s, const char *key, const char *version, struct store_why *why);

/** Many of them, in one request where the store knows such a one: as if each had been store_remove()d, and one that the store keeps does not keep the others.
 *  At most store_batch() of them, which is 1 where there is no such request. *gone: how many are; why: of the first that is not. */
struct store_gone { const char *key, *version; };
enum { STORE_BATCH_MAX = 1000 };
size_t store_batch(const struct store *s);
int store_remove_some(struct store *s, const struct store_gone *g, size_t n, size_t *gone, struct store_why *why);

struct store_list {
	const char *prefix;            /* keys that begin with it; "" all */
	bool versions;                 /* every version and delete marker (S3, GCS); else the latest */
	bool uploads;                  /* unfinished uploads in parts instead (Azure: blobs with uncommitted blocks) */
};
struct store_item {
	const char *key;
	const char *version;           /* "" none; what store_remove() takes */
	const char *upload;            /* of `uploads`, what store_parts_abort() takes; else "" */
	const char *etag;              /* "" unknown */
	int64_t size, modified_ms;     /* of an upload: -1, and when it began; 0 unknown */
	bool is_latest, delete_marker;
};
/** Gives all of them, page by page, keys in the store's order; each() that returns not 0 ends it with that. Strings are good during the call of each(). */
int store_list(struct store *s, const struct store_list *l, int (*each)(const struct store_item *i, void *arg), void *arg, struct store_why *why);

/* In parts: any number at a time, in any order, each safe to send again; nothing is visible under the key before store_parts_end(). Parts are numbered
 * from 1, all but the last of the same size, 5 MiB at least. Azure: blocks (nothing is made by begin; two uploads to one key are told apart by their id);
 * local: one temporary file, in which part n lies behind the others, so the size of part 1 must be known by begin's `part_size`. */

/** `p` as in store_put() without body; upload (STORE_UPLOAD bytes) is its id, to be kept in the journal. */
int store_parts_begin(struct store *s, const struct store_put *p, size_t part_size, char *upload, struct store_why *why);
/** etag (STORE_ETAG bytes) is for store_parts_end(). -ENOENT: no such upload. */
int store_part(struct store *s, const char *key, const char *upload, int number, const struct store_body *b, char *etag, struct store_why *why);
/** What of it the store has, by number; none is success. -ENOENT: no such upload. */
int store_parts_list(struct store *s, const char *key, const char *upload, int (*each)(int number, int64_t size, const char *etag, void *arg), void *arg,
		     struct store_why *why);
struct store_part_done { int number; char etag[STORE_ETAG]; };
/** Makes the object of parts 1 … n, in order. if_absent is kept as far as the store can: S3 and Azure by condition, else by a HEAD before. -ENOENT: no such
 *  upload, which also is so when an answer was lost and it was completed: HEAD tells. st may be NULL. */
int store_parts_end(struct store *s, const struct store_put *p, const char *upload, const struct store_part_done *parts, size_t n, struct store_stat *st,
		    struct store_why *why);
/** Forgets it and its bytes; success if it is not there. Azure: its blocks vanish after a week by themselves unless the key exists. */
int store_parts_abort(struct store *s, const char *key, const char *upload, struct store_why *why);

struct store_url {
	const char *key;
	const char *method;            /* GET, HEAD or PUT */
	const char *disposition, *mime;        /* what the store is to answer with; NULL: as it was put */
	int ttl_s;                     /* 1..604800 */
	int64_t now_s;                 /* Unix */
};
/** An address of the store that needs nothing else, signed; with `public` and GET it is unsigned. Caller g_free()s *out. -ENOTSUP: local, or credentials that
 *  cannot sign. Credentials that end before it does end it, too. */
int store_url(struct store *s, const struct store_url *u, char **out, struct store_why *why);

/** What the store is asked to do by itself: see storage setup. */
struct store_lifecycle {
	int abort_days;                /* unfinished uploads end after so many; 0: no such rule */
	const char *expire_prefix;     /* keys that begin with it … */
	int expire_days;               /* … are deleted after so many; 0: no such rule */
};
/** Puts these rules beside those of others that are there; ours are known by their ids (recroom-…), and replaced. *text (may be NULL; g_free()) is what was, or
 *  with `dry` would be sent. -ENOTSUP. */
int store_lifecycle(struct store *s, const struct store_lifecycle *l, bool dry, char **text, struct store_why *why);

enum { STORE_CAN_IF_ABSENT = 1, STORE_CAN_VERSIONS = 2, STORE_CAN_URLS = 4, STORE_CAN_LIFECYCLE = 8 };
/** All of these? IF_ABSENT: by itself, in one step. Of the kind; nothing is asked. */
bool store_can(const struct store *s, unsigned what);
