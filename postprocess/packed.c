/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Packing the page's texts. Called by page.c on HTTP threads; nothing is kept, as a file of the page takes less than a millisecond.
 *
 *   file ── read ──▶ text ── deflate, gzip's head ──▶ body of the answer
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include "postprocess/packed.h"

enum { LARGEST = 512 * 1024, LEVEL = 6, WINDOW_GZIP = 15 + 16, MEMORY = 8 };

bool packed_suits(const char *mime)
{
	static const char *const suited[] = { "text/", "image/svg+xml", "application/json", "application/manifest+json" };

	for (size_t i = 0; i < G_N_ELEMENTS(suited); i++)
		if (g_str_has_prefix(mime, suited[i]))
			return true;
	return false;
}

/* "gzip", "gzip;q=0.5", " * ": one coding that the client names. q=0 means: not this one. */
static bool takes(const char *coding)
{
	g_auto(GStrv) parts = g_strsplit(coding, ";", 3);
	const char *q = parts[0] && parts[1] ? strstr(parts[1], "q=") : NULL;

	if (!parts[0] || (g_ascii_strcasecmp(g_strstrip(parts[0]), "gzip") && strcmp(parts[0], "*")))
		return false;
	return !q || g_ascii_strtod(q + 2, NULL) > 0;
}

static bool takes_gzip(const struct http_request *rq)
{
	const char *header = http_header(rq, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	g_auto(GStrv) codings = g_strsplit(header ? header : "", ",", 16);

	for (char **coding = codings; *coding; coding++)
		if (takes(*coding))
			return true;
	return false;
}

bool packed_wanted(const struct http_request *rq, const struct file_reply_conf *conf)
{
	return packed_suits(conf->mime) && conf->fd >= 0 && conf->st.st_size > 0 && conf->st.st_size <= LARGEST && !http_header(rq, MHD_HTTP_HEADER_RANGE) && takes_gzip(rq);
}

/* All of the file, NULL when it cannot be read or has become shorter. */
static unsigned char *read_all(int fd, size_t size)
{
	unsigned char *text = g_malloc(size);
	size_t have = 0;

	while (have < size) {
		ssize_t n = pread(fd, text + have, size - have, (off_t)have);

		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (have == size)
		return text;
	g_free(text);
	return NULL;
}

/* In malloc()ed memory, as libmicrohttpd frees it. */
static unsigned char *pack(unsigned char *text, size_t size, size_t *packed_size)
{
	z_stream z = { .next_in = text, .avail_in = (uInt)size };
	unsigned char *out = NULL;

	if (deflateInit2(&z, LEVEL, Z_DEFLATED, WINDOW_GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	z.avail_out = (uInt)deflateBound(&z, size);
	out = z.next_out = malloc(z.avail_out);
	if (out && deflate(&z, Z_FINISH) != Z_STREAM_END) {
		free(out);
		out = NULL;
	}
	*packed_size = z.total_out;
	deflateEnd(&z);
	return out;
}

static struct MHD_Response *packed_body(int fd, size_t size)
{
	unsigned char *text = read_all(fd, size), *packed;
	struct MHD_Response *response = NULL;
	size_t packed_size = 0;

	packed = text ? pack(text, size, &packed_size) : NULL;
	g_free(text);
	if (packed)
		response = MHD_create_response_from_buffer(packed_size, packed, MHD_RESPMEM_MUST_FREE);
	if (packed && !response)
		free(packed);
	return response;
}

enum app_error packed_reply(struct http_request *rq, struct http_reply *rp, const struct file_reply_conf *conf)
{
	struct file_reply_conf packed = *conf;
	char etag[ETAG_SIZE + 2];

	g_snprintf(etag, sizeof(etag), "%.*s-z\"", (int)strlen(conf->etag) - 1, conf->etag);
	packed.etag = etag;
	if (file_not_modified(rq, etag))
		return file_reply(rq, rp, &packed);
	rp->response = packed_body(conf->fd, (size_t)conf->st.st_size);
	close(conf->fd);
	if (!rp->response)
		return APP_INTERNAL;
	rp->status = MHD_HTTP_OK;
	http_set(rp, MHD_HTTP_HEADER_ETAG, etag);
	http_set(rp, MHD_HTTP_HEADER_CACHE_CONTROL, conf->cache);
	http_set(rp, MHD_HTTP_HEADER_CONTENT_TYPE, conf->mime);
	http_set(rp, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	return APP_OK;
}
