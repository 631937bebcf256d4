/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * HTTP to a store. Called by the drivers on the threads of their callers; the pool alone is shared.
 *
 *   store_body ─▶ on_read ─▶ curl ─▶ store            store ─▶ curl ─┬▶ on_header ─▶ answer.headers
 *                                                                    └▶ on_write ──▶ take(), or answer.text
 */
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/sync.h"
#include "postprocess/store_http.h"
#include "postprocess/store_retry.h"

struct store_http {
	char *ca_file;
	bool plain;
	struct lock lock;              /* of what follows */
	CURL *idle[STORE_POOL];
	int nidle;
};

struct transfer {
	const struct store_request *request;
	struct store_answer *answer;
	CURL *curl;
	size_t sent;                   /* of the body */
	size_t header_bytes;
	int err;                       /* ours, that ended it */
	int64_t began_us;
	int64_t moved, moved_us;       /* bytes in both directions, and when that last changed */
};

static void init_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct store_http *store_http_create(const char *ca_file, bool plain)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct store_http *h = g_new0(struct store_http, 1);

	pthread_once(&once, init_curl);
	lock_init(&h->lock);
	h->ca_file = g_strdup(ca_file);
	h->plain = plain;
	return h;
}

void store_http_free(struct store_http **h)
{
	if (!*h)
		return;
	for (int i = 0; i < (*h)->nidle; i++)
		curl_easy_cleanup((*h)->idle[i]);
	lock_destroy(&(*h)->lock);
	g_free((*h)->ca_file);
	g_free(*h);
	*h = NULL;
}

static CURL *handle_get(struct store_http *h)
{
	CURL *curl = NULL;

	lock_take(&h->lock);
	if (h->nidle)
		curl = h->idle[--h->nidle];
	lock_release(&h->lock);
	return curl ? curl : curl_easy_init();
}

static void handle_put(struct store_http *h, CURL *curl)
{
	curl_easy_reset(curl);         /* its connections stay */
	lock_take(&h->lock);
	if (h->nidle < STORE_POOL) {
		h->idle[h->nidle++] = curl;
		curl = NULL;
	}
	lock_release(&h->lock);
	curl_easy_cleanup(curl);
}

static size_t on_read(char *out, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	const struct store_body *b = t->request->body;
	size_t len = MIN(size * n, b->len - t->sent);
	ssize_t got;

	if (b->data) {
		memcpy(out, (const char *)b->data + t->sent, len);
		got = (ssize_t)len;
	} else {
		do
			got = pread(b->fd, out, len, b->pos + (int64_t)t->sent);
		while (got < 0 && errno == EINTR);
	}
	if (got < 0 || (!got && len)) {
		t->err = got < 0 ? -errno : -ENODATA;  /* shorter than it was */
		return CURL_READFUNC_ABORT;
	}
	t->sent += (size_t)got;
	return (size_t)got;
}

/* A connection that was kept turned out to be closed: curl begins again. */
static int on_seek(void *arg, curl_off_t offset, int origin)
{
	struct transfer *t = arg;

	if (origin != SEEK_SET || offset < 0 || (size_t)offset > t->request->body->len)
		return CURL_SEEKFUNC_FAIL;
	t->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static size_t on_write(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * n;

	if (t->request->take && t->answer->status / 100 == 2) {
		t->answer->taken = t->request->take(data, len, t->request->arg);
		return t->answer->taken ? 0 : len;
	}
	if (t->answer->text->len + len > STORE_ANSWER_MAX) {
		t->err = -EFBIG;
		return 0;
	}
	g_string_append_len(t->answer->text, data, (gssize)len);
	return len;
}

/* "Name: value\r\n" without a NUL; a status line begins the next answer (after a 100). */
static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * n;
	char *line = g_strndup(data, len), *colon = strchr(line, ':');
	long status = 0;

	t->header_bytes += len;
	if (g_str_has_prefix(line, "HTTP/")) {
		curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
		t->answer->status = (int)status;
		g_hash_table_remove_all(t->answer->headers);
	} else if (colon) {
		*colon = '\0';
		g_hash_table_replace(t->answer->headers, g_ascii_strdown(line, -1), g_strstrip(g_strdup(colon + 1)));
	}
	g_free(line);
	if (t->header_bytes > STORE_HEADERS_MAX)
		t->err = -EFBIG;
	return t->err ? 0 : len;
}

/* A byte now and then is not enough. What is taken piece by piece may take as long as whoever takes it. */
static bool is_too_slow(const struct transfer *t, int64_t now, int64_t idle_ms)
{
	int64_t len = t->request->body ? (int64_t)t->request->body->len : 0;

	return !t->request->take && now - t->began_us > STORE_IDLE_TIMES * idle_ms * 1000 + len * 1000000 / STORE_SLOWEST;
}

/* Once a second at least. */
static int on_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow)
{
	struct transfer *t = arg;
	int64_t now = clock_mono_us(), idle_ms = t->request->idle_ms ? t->request->idle_ms : STORE_IDLE_MS;

	(void)dltotal;
	(void)ultotal;
	if (dlnow + ulnow != t->moved) {
		t->moved = dlnow + ulnow;
		t->moved_us = now;
	}
	if (store_stopping())
		t->err = -ECANCELED;
	else if (now - t->moved_us > idle_ms * 1000 || is_too_slow(t, now, idle_ms))
		t->err = -ETIMEDOUT;
	return t->err != 0;
}

static void set_rules(CURL *c, const struct store_http *h, struct transfer *t)
{
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, h->plain ? "http,https" : "https");
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)STORE_CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 262144L);
	curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, 524288L);
	if (h->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, h->ca_file);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
}

static void set_request(CURL *c, struct transfer *t)
{
	const struct store_request *r = t->request;
	bool get = !strcmp(r->method, "GET"), head = !strcmp(r->method, "HEAD"), remove = !strcmp(r->method, "DELETE");

	curl_easy_setopt(c, CURLOPT_URL, r->url);
	if (head) {
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	} else if (r->body && r->body->len) {
		curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->body->len);
		curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(c, CURLOPT_READDATA, t);
		curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_seek);
		curl_easy_setopt(c, CURLOPT_SEEKDATA, t);
	} else if (!get && !remove) {  /* says Content-Length: 0 */
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, 0L);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, "");
	}
	if (!get && !head)
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
}

/* The headers of the signer, and what takes curl's own away. */
static struct curl_slist *list_of(const char *const *headers)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	bool typed = false;

	for (; headers && *headers; headers++) {
		typed = typed || !g_ascii_strncasecmp(*headers, "Content-Type:", 13);
		list = curl_slist_append(list, *headers);
	}
	return typed ? list : curl_slist_append(list, "Content-Type:");
}

static const struct { CURLcode code; int err; bool again; } curl_errors[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, -ECONNREFUSED, true }, { CURLE_COULDNT_CONNECT, -ECONNREFUSED, true }, { CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT, true },
	{ CURLE_PEER_FAILED_VERIFICATION, -EPROTO, false }, { CURLE_SSL_CACERT_BADFILE, -EPROTO, false }, { CURLE_SSL_ISSUER_ERROR, -EPROTO, false },
	{ CURLE_WEIRD_SERVER_REPLY, -EPROTO, true }, { CURLE_UNSUPPORTED_PROTOCOL, -EINVAL, false }, { CURLE_URL_MALFORMAT, -EINVAL, false },
	{ CURLE_OUT_OF_MEMORY, -ENOMEM, true },
};

static int failure(struct store_why *why, const struct transfer *t, CURLcode code, const char *said)
{
	why->err = -EIO;
	why->again = true;             /* lost on the way */
	for (size_t i = 0; i < G_N_ELEMENTS(curl_errors); i++) {
		if (curl_errors[i].code == code) {
			why->err = curl_errors[i].err;
			why->again = curl_errors[i].again;
		}
	}
	snprintf(why->text, sizeof(why->text), "%.200s", said && *said ? said : curl_easy_strerror(code));
	if (t->answer->taken) {
		why->err = t->answer->taken;
		why->again = false;
	} else if (t->err) {
		why->err = t->err;
		why->again = t->err == -ETIMEDOUT || t->err == -ECANCELED;
		snprintf(why->text, sizeof(why->text), t->err == -ETIMEDOUT ? "nothing moved for too long" : t->err == -ECANCELED ? "stopped"
			 : t->err == -EFBIG ? "the answer is too large" : "the file cannot be read as far as it was");
	}
	return why->err;
}

/* The answer stood there whole before the connection broke: stores that refuse a body do not read it. */
static bool answered(CURLcode code, const struct transfer *t)
{
	return code == CURLE_OK || (code == CURLE_SEND_ERROR && t->answer->status >= 400 && !t->err);
}

int store_http(struct store_http *h, const struct store_request *r, struct store_answer *a, struct store_why *why)
{
	struct transfer t = { .request = r, .answer = a, .began_us = clock_mono_us(), .moved_us = clock_mono_us() };
	struct curl_slist *headers = list_of(r->headers);
	char said[CURL_ERROR_SIZE] = "";
	CURLcode code = CURLE_OUT_OF_MEMORY;
	int err;

	memset(a, 0, sizeof(*a));
	a->text = g_string_new(NULL);
	a->headers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	t.curl = handle_get(h);
	if (t.curl && headers) {
		set_rules(t.curl, h, &t);
		set_request(t.curl, &t);
		curl_easy_setopt(t.curl, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(t.curl, CURLOPT_ERRORBUFFER, said);
		code = curl_easy_perform(t.curl);
	}
	err = answered(code, &t) ? 0 : failure(why, &t, code, said);
	if (err && !a->taken)
		a->status = 0;
	if (t.curl)
		handle_put(h, t.curl);
	curl_slist_free_all(headers);
	return err;
}

void store_answer_clear(struct store_answer *a)
{
	if (a->text)
		g_string_free(a->text, TRUE);
	if (a->headers)
		g_hash_table_unref(a->headers);
	memset(a, 0, sizeof(*a));
}

const char *store_answer_header(const struct store_answer *a, const char *name)
{
	const char *value = a->headers ? g_hash_table_lookup(a->headers, name) : NULL;

	return value ? value : "";
}
