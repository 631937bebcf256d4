/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a kind of store is made of: a row of functions. Private to store*.c and their tests. A function tries each of its requests again as the thread's
 * patience says, except get(), which is one attempt. On failure it fills *why, which is never NULL here, and returns why->err. Any thread, many at once.
 */
#pragma once
#include "postprocess/store.h"

struct store_range {
	const char *key;
	int64_t pos, len;              /* len -1: to the end; never 0 */
	const char *etag;              /* not "": of this very object, else -EBADMSG */
	void (*told)(const struct store_stat *st, void *arg);  /* once, before the first take(), and where there is nothing to take */
	int (*take)(const void *data, size_t n, void *arg);
	void *arg;
};
struct store_part { const char *key, *upload; int number; const struct store_body *body; };
struct store_parts { const char *upload; const struct store_part_done *part; size_t n; };
typedef int (store_each_h)(const struct store_item *i, void *arg);
typedef int (store_each_part_h)(int number, int64_t size, const char *etag, void *arg);

struct store_driver {
	unsigned can;                  /* STORE_CAN_… */
	int (*open)(struct store *s, struct store_why *why);   /* makes s->own */
	void (*close)(struct store *s);        /* also half open; own may be NULL */
	int (*ready)(struct store *s, struct store_why *why);  /* is it there at all? Before each of what follows but url and lifecycle; NULL: they find out */
	int (*put)(struct store *s, const struct store_put *p, struct store_stat *st, struct store_why *why);
	int (*get)(struct store *s, const struct store_range *r, struct store_why *why);
	int (*head)(struct store *s, const char *key, struct store_stat *st, struct store_why *why);
	int (*remove)(struct store *s, const char *key, const char *version, struct store_why *why);
	/* NULL: one at a time. -ENOTSUP: this store knows no such request, and is not asked again */
	int (*remove_some)(struct store *s, const struct store_gone *g, size_t n, size_t *gone, struct store_why *why);
	int (*list)(struct store *s, const struct store_list *l, store_each_h *each, void *arg, struct store_why *why);
	int (*parts_begin)(struct store *s, const struct store_put *p, size_t part_size, char *upload, struct store_why *why);
	int (*part)(struct store *s, const struct store_part *p, char *etag, struct store_why *why);
	int (*parts_list)(struct store *s, const struct store_part *p, store_each_part_h *each, void *arg, struct store_why *why);
	int (*parts_end)(struct store *s, const struct store_put *p, const struct store_parts *parts, struct store_stat *st, struct store_why *why);
	int (*parts_abort)(struct store *s, const struct store_part *p, struct store_why *why);
	int (*url)(struct store *s, const struct store_url *u, char **out, struct store_why *why);     /* NULL: -ENOTSUP; so is the next */
	int (*lifecycle)(struct store *s, const struct store_lifecycle *l, bool dry, char **text, struct store_why *why);
};

struct store {
	int refs;                      /* atomic */
	const struct settings_storage *conf;
	const struct store_driver *driver;
	void *own;                     /* the driver's */
	int64_t (*now_s)(void);        /* Unix time that requests are signed with; tests put a wrong clock here */
	int page;                      /* items of a page of a list, 1000; tests put less here */
	int one_by_one;                /* atomic: it has said that it cannot remove several at once */
};

extern const struct store_driver store_local, store_s3, store_azure;

/** Fills why with err and "store NAME: …"; err -ENOENT and the like are no reason to try again. Returns err. */
int store_fail(const struct store *s, struct store_why *why, int err, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
