/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that are only in a store, opened to be sent by us: sealed ones, which nobody else can open, and such for which there is no address. Called by
 * rest_file.c: first on a thread of libmicrohttpd, which may not wait for a store, then on one of those that may.
 *
 *   its verified copies, the primary store's first ─▶ the first that opens ─┬─ small ─▶ memory, sent like a file
 *                                                                           └─ else ──▶ passed on while it is fetched
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "common/json.h"
#include "common/log.h"
#include "postprocess/files.h"
#include "postprocess/passing.h"
#include "postprocess/service.h"
#include "postprocess/stores.h"

/* An index of a storyboard, which is rewritten before it is sent, is small; so is most that stands beside the media. */
enum { SMALL = 1 << 20, ATTEMPTS = 2, PATIENCE_MS = 6000, AGAIN_MS = 5000 };

/* Number n of those that can be read, the primary store's first; NULL: no more. */
static json_t *copy_at(const struct service *svc, json_t *file, int n)
{
	struct store *primary = stores_primary(svc->stores), *store;
	json_t *copy;
	size_t i;

	for (int round = 0; round < 2; round++)
		json_array_foreach(json_object_get(file, "copies"), i, copy) {
			store = stores_find(svc->stores, json_str(copy, "store"));
			if (!store || g_strcmp0(json_str(copy, "state"), "verified") || (store == primary) != (round == 0))
				continue;
			if (!n--)
				return copy;
		}
	return NULL;
}

bool rest_stored_there(const struct http_request *rq, json_t *file)
{
	const struct service *svc = rq->ctx;

	return svc->stores && svc->passing && copy_at(svc, file, 0);
}

static int keep(const void *data, size_t n, void *arg)
{
	return write(*(int *)arg, data, n) == (ssize_t)n ? 0 : -EIO;
}

/* What is small becomes a file in memory. */
static int to_memory(struct file_reply_conf *conf)
{
	struct store_why why;
	int fd = memfd_create("recroom", MFD_CLOEXEC), err = fd < 0 ? -errno : sealed_read(conf->object, 0, -1, keep, &fd, &why);

	if (err && fd >= 0)
		close(fd);
	sealed_unref(&conf->object);
	conf->fd = err ? -1 : fd;
	return err;
}

static int open_copy(struct http_request *rq, json_t *copy, struct file_reply_conf *conf)
{
	const struct service *svc = rq->ctx;
	struct sealed_conf from = { .store = stores_find(svc->stores, json_str(copy, "store")), .key = json_str(copy, "key"), .key_id = json_str(copy, "key_id"),
				    .catalog = svc->catalog, .masters = svc->masters };
	char why[400];
	int64_t modified_ms;
	int err = sealed_open(&conf->object, &from, why, sizeof(why));

	if (err) {
		log_warn("http %s: %s", rq->id, why);
		return err;
	}
	modified_ms = sealed_stat(conf->object)->modified_ms;
	conf->passing = svc->passing;
	conf->st.st_size = sealed_size(conf->object);
	conf->st.st_mtim = (struct timespec){ modified_ms / 1000, modified_ms % 1000 * 1000000 };
	return conf->st.st_size <= SMALL ? to_memory(conf) : 0;
}

enum app_error rest_stored(struct http_request *rq, json_t *file, struct file_reply_conf *conf)
{
	const struct service *svc = rq->ctx;
	struct store_patience patience = { .attempts = ATTEMPTS, .total_ms = PATIENCE_MS };
	json_t *copy;
	int err = -ENOENT;

	if (!rq->waits) {
		rq->waits = true;
		return APP_OK;
	}
	store_patience(&patience);
	for (int n = 0; err && (copy = copy_at(svc, file, n)); n++)
		err = open_copy(rq, copy, conf);
	store_patience(NULL);
	if (err)
		rq->retry_ms = AGAIN_MS;
	return err ? APP_STORE_UNAVAILABLE : APP_OK;
}
