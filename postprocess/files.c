/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sending files. Called by rest_file() and page.c on HTTP threads; libmicrohttpd reads the file (sendfile without TLS) and closes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "postprocess/files.h"
#include "postprocess/passing.h"
#include "postprocess/range.h"

enum { DATE_SIZE = 40, SEGMENT_MAX = 160 };

static const struct { const char *ext, *mime; } mimes[] = {
	{ ".html", "text/html; charset=utf-8" }, { ".js", "text/javascript; charset=utf-8" }, { ".css", "text/css; charset=utf-8" },
	{ ".svg", "image/svg+xml" }, { ".png", "image/png" }, { ".jpg", "image/jpeg" }, { ".ico", "image/x-icon" }, { ".webp", "image/webp" },
	{ ".json", "application/json" }, { ".webmanifest", "application/manifest+json" }, { ".woff2", "font/woff2" },
	{ ".txt", "text/plain; charset=utf-8" }, { ".vtt", "text/vtt; charset=utf-8" }, { ".webm", "video/webm" }, { ".mp4", "video/mp4" },
};

const char *file_mime(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(mimes); i++)
		if (g_str_has_suffix(name, mimes[i].ext))
			return mimes[i].mime;
	return NULL;
}

bool file_name_safe(const char *name, size_t len)
{
	if (!len || len > SEGMENT_MAX || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!g_ascii_isalnum(name[i]) && !strchr("._-", name[i]))
			return false;
	return true;
}

/* Opens one segment below dir_fd, which it closes. */
static int open_segment(int dir_fd, const char *name, size_t len, bool last)
{
	char segment[SEGMENT_MAX + 1];
	int fd = -EINVAL;

	if (file_name_safe(name, len)) {
		g_strlcpy(segment, name, len + 1);
		fd = openat(dir_fd, segment, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (last ? 0 : O_DIRECTORY));
		fd = fd < 0 ? -errno : fd;
	}
	close(dir_fd);
	return fd;
}

int file_open_below(const char *root, const char *rel, struct stat *st)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (fd >= 0 && rel) {
		size_t len = strcspn(rel, "/");
		bool last = !rel[len];

		fd = open_segment(fd, rel, len, last);
		rel = last ? NULL : rel + len + 1;
	}
	if (fd < 0)
		return fd;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	return -ENOENT;
}

void file_etag(char etag[ETAG_SIZE], const struct stat *st)
{
	snprintf(etag, ETAG_SIZE, "\"%llx-%llx%09lx\"", (unsigned long long)st->st_size, (unsigned long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
}

static void http_date(char out[DATE_SIZE], time_t t)
{
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

/* Our tags are quoted, so a part of another tag does not match. */
bool file_not_modified(const struct http_request *rq, const char *etag)
{
	const char *header = http_header(rq, MHD_HTTP_HEADER_IF_NONE_MATCH);

	return header && (!strcmp(header, "*") || strstr(header, etag));
}

/* A range counts only if If-Range, when given, names this version. */
static const char *range_header(const struct http_request *rq, const char *etag, const char *date)
{
	const char *condition = http_header(rq, MHD_HTTP_HEADER_IF_RANGE);

	if (condition && strcmp(condition, etag) && strcmp(condition, date))
		return NULL;
	return http_header(rq, MHD_HTTP_HEADER_RANGE);
}

static void put_headers(struct http_reply *rp, const struct file_reply_conf *conf, const char *date)
{
	http_set(rp, MHD_HTTP_HEADER_ETAG, conf->etag);
	http_set(rp, MHD_HTTP_HEADER_LAST_MODIFIED, date);
	http_set(rp, MHD_HTTP_HEADER_CACHE_CONTROL, conf->cache);
	http_set(rp, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	if (rp->status == MHD_HTTP_NOT_MODIFIED)
		return;
	http_set(rp, MHD_HTTP_HEADER_CONTENT_TYPE, conf->mime);
	if (conf->disposition)
		http_set(rp, MHD_HTTP_HEADER_CONTENT_DISPOSITION, conf->disposition);
}

static void put_content_range(struct http_reply *rp, const struct range *r, uint64_t size)
{
	char text[80];

	snprintf(text, sizeof(text), "bytes %llu-%llu/%llu", (unsigned long long)r->from, (unsigned long long)(r->from + r->length - 1),
		 (unsigned long long)size);
	http_set(rp, MHD_HTTP_HEADER_CONTENT_RANGE, text);
}

static void close_source(const struct file_reply_conf *conf)
{
	struct sealed *object = conf->object;

	if (conf->fd >= 0)
		close(conf->fd);
	sealed_unref(&object);
}

/* Takes file or object, of which nothing is sent when length is 0. */
static struct MHD_Response *body(const struct http_request *rq, const struct file_reply_conf *conf, const struct range *r)
{
	struct MHD_Response *response;

	if (!r->length) {
		close_source(conf);
		return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	}
	if (conf->fd < 0)
		return passing_response(conf->passing, rq->connection, conf->object, (int64_t)r->from, (int64_t)r->length);
	response = MHD_create_response_from_fd_at_offset64(r->length, conf->fd, r->from);
	if (!response)
		close(conf->fd);
	return response;
}

enum app_error file_reply(struct http_request *rq, struct http_reply *rp, const struct file_reply_conf *conf)
{
	uint64_t size = (uint64_t)conf->st.st_size;
	struct range r = { 0, size };
	char date[DATE_SIZE];
	int ranged;

	http_date(date, conf->st.st_mtim.tv_sec);
	ranged = range_parse(&r, range_header(rq, conf->etag, date), size);
	rp->status = ranged > 0 ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK;
	if (file_not_modified(rq, conf->etag)) {
		rp->status = MHD_HTTP_NOT_MODIFIED;
		r.length = 0;
	} else if (ranged < 0) {
		close_source(conf);
		rq->size = size;
		return APP_RANGE;
	}
	rp->response = body(rq, conf, &r);
	if (!rp->response)
		return APP_INTERNAL;
	put_headers(rp, conf, date);
	if (rp->status == MHD_HTTP_PARTIAL_CONTENT)
		put_content_range(rp, &r, size);
	return APP_OK;
}
