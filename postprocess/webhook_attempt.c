/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One attempt over libcurl. Called by webhook.c on the sender's thread, and by `recroom-pp webhook test`.
 *
 *   libcurl ─ resolved address ─▶ open_socket(): webhook_guard() ─▶ a socket, or none
 *           ─ head, body ───────▶ on_header(), on_body(): counted, the beginning kept
 */
#include "config.h"
#include <errno.h>
#include <glib.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "postprocess/webhook_attempt.h"
#include "postprocess/webhook_guard.h"

enum { CONNECT_MS = 10000, HEAD_MAX = 65536, ADDRESS_SIZE = 64 };

struct webhook_attempt {
	CURL *curl;
	struct curl_slist *headers;
	char *body;
	bool private_too;
	size_t head;                   /* bytes of the answer's head so far */
	bool head_done;                /* the empty line after it, of no 1xx, has come */
	size_t len;
	char answer[WEBHOOK_ANSWER_MAX + 1];
	char refused[160];             /* why no socket was opened */
	char error[CURL_ERROR_SIZE];
};

/* libcurl asks for a socket to an address it has found: none for one that is not allowed. It tries its others then. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct webhook_attempt *a = arg;
	const char *what = purpose == CURLSOCKTYPE_IPCXN ? webhook_guard(&address->addr, a->private_too) : "is no internet address";
	char text[ADDRESS_SIZE] = "it";

	if (!what)
		return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	getnameinfo(&address->addr, address->addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
	g_snprintf(a->refused, sizeof(a->refused), "%s %s%s", text, what,
		   a->private_too || webhook_guard(&address->addr, true) ? "" : "; if that is meant, private = true allows it");
	return CURL_SOCKET_BAD;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
	struct webhook_attempt *a = arg;

	if (a->head_done && size * n >= 5 && !memcmp(data, "HTTP/", 5))
		a->head_done = false;          /* what ended was a 1xx */
	a->head_done |= size * n <= 2 && a->head;
	a->head += size * n;
	return a->head <= HEAD_MAX ? size * n : 0;
}

/* What is more than we read ends the transfer: the answer is known by then. */
static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct webhook_attempt *a = arg;
	size_t got = size * n, room = WEBHOOK_ANSWER_MAX - a->len, take = MIN(got, room);

	memcpy(a->answer + a->len, data, take);
	a->len += take;
	return take;
}

static void add_header(struct webhook_attempt *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add_header(struct webhook_attempt *a, const char *fmt, ...)
{
	char line[WEBHOOK_SIGNATURES + 64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	a->headers = curl_slist_append(a->headers, line);
}

static void add_headers(struct webhook_attempt *a, const struct webhook_post *p)
{
	char signatures[WEBHOOK_SIGNATURES];

	webhook_sign(signatures, p->secrets, p->id, p->now_s, p->body);
	add_header(a, "Content-Type: application/json");
	add_header(a, "User-Agent: janus-recroom/%s", PACKAGE_VERSION);
	add_header(a, "webhook-id: %s", p->id);
	add_header(a, "webhook-timestamp: %lld", (long long)p->now_s);
	add_header(a, "webhook-signature: %s", signatures);
	add_header(a, "Expect:");              /* libcurl's own is not sent */
}

/* Nothing of the environment, of other connections or of the answer decides where this goes. */
static CURLcode set_limits(struct webhook_attempt *a, const struct webhook_post *p)
{
	const struct { CURLoption option; long value; } longs[] = {
		{ CURLOPT_FOLLOWLOCATION, 0 }, { CURLOPT_FORBID_REUSE, 1 }, { CURLOPT_FRESH_CONNECT, 1 }, { CURLOPT_NOSIGNAL, 1 }, { CURLOPT_POST, 1 },
		{ CURLOPT_TIMEOUT_MS, p->timeout_ms ? p->timeout_ms : WEBHOOK_TIMEOUT_MS }, { CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS },
		{ CURLOPT_SSL_VERIFYPEER, 1 }, { CURLOPT_SSL_VERIFYHOST, 2 }, { CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 }, { CURLOPT_QUICK_EXIT, 1 }, { CURLOPT_NETRC, CURL_NETRC_IGNORED }, { CURLOPT_DNS_CACHE_TIMEOUT, 0 },
	};
	CURLcode rc = CURLE_OK;

	for (size_t i = 0; !rc && i < G_N_ELEMENTS(longs); i++)
		rc = curl_easy_setopt(a->curl, longs[i].option, longs[i].value);
	rc = rc ? rc : curl_easy_setopt(a->curl, CURLOPT_PROTOCOLS_STR, p->endpoint->plain ? "http,https" : "https");
	rc = rc ? rc : curl_easy_setopt(a->curl, CURLOPT_PROXY, "");
	rc = rc ? rc : curl_easy_setopt(a->curl, CURLOPT_NOPROXY, "*");
	if (!rc && p->endpoint->ca_file)
		rc = curl_easy_setopt(a->curl, CURLOPT_CAINFO, p->endpoint->ca_file);
	return rc;
}

static CURLcode set_functions(struct webhook_attempt *a, const struct webhook_post *p)
{
	CURLcode rc = curl_easy_setopt(a->curl, CURLOPT_URL, p->endpoint->url);

	rc = rc ? rc : curl_easy_setopt(a->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	rc = rc ? rc : curl_easy_setopt(a->curl, CURLOPT_OPENSOCKETDATA, a);
	rc = rc ? rc : curl_easy_setopt(a->curl, CURLOPT_HEADERFUNCTION, on_header);
	rc = rc ? rc : curl_easy_setopt(a->curl, CURLOPT_HEADERDATA, a);
	rc = rc ? rc : curl_easy_setopt(a->curl, CURLOPT_WRITEFUNCTION, on_body);
	rc = rc ? rc : curl_easy_setopt(a->curl, CURLOPT_WRITEDATA, a);
	rc = rc ? rc : curl_easy_setopt(a->curl, CURLOPT_ERRORBUFFER, a->error);
	rc = rc ? rc : curl_easy_setopt(a->curl, CURLOPT_HTTPHEADER, a->headers);
	rc = rc ? rc : curl_easy_setopt(a->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(a->body));
	return rc ? rc : curl_easy_setopt(a->curl, CURLOPT_POSTFIELDS, a->body);
}

int webhook_attempt_create(struct webhook_attempt **out, const struct webhook_post *p)
{
	struct webhook_attempt *a = g_new0(struct webhook_attempt, 1);
	CURLcode rc;

	a->private_too = p->endpoint->private;
	a->body = g_strdup(p->body);
	a->curl = curl_easy_init();
	add_headers(a, p);
	rc = a->curl ? set_limits(a, p) : CURLE_OUT_OF_MEMORY;
	rc = rc ? rc : set_functions(a, p);
	if (rc)
		webhook_attempt_unref(&a);
	else
		*out = a;
	return rc ? -EINVAL : 0;
}

void webhook_attempt_unref(struct webhook_attempt **ap)
{
	struct webhook_attempt *a = *ap;

	*ap = NULL;
	if (!a)
		return;
	curl_easy_cleanup(a->curl);
	curl_slist_free_all(a->headers);
	g_free(a->body);
	g_free(a);
}

CURL *webhook_attempt_handle(struct webhook_attempt *a, void *arg)
{
	curl_easy_setopt(a->curl, CURLOPT_PRIVATE, arg);
	return a->curl;
}

/* What users can do something about, in their words. */
static const char *plainly(CURLcode rc)
{
	static const struct { CURLcode rc; const char *text; } rows[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, "its name has no address (DNS)" }, { CURLE_COULDNT_CONNECT, "no connection" },
		{ CURLE_OPERATION_TIMEDOUT, "time-out" }, { CURLE_PEER_FAILED_VERIFICATION, "its certificate is not accepted (TLS)" },
		{ CURLE_SSL_CONNECT_ERROR, "no TLS connection" }, { CURLE_SSL_CACERT_BADFILE, "ca_file cannot be read" },
		{ CURLE_GOT_NOTHING, "it closed the connection without an answer" }, { CURLE_RECV_ERROR, "the connection broke" },
		{ CURLE_SEND_ERROR, "the connection broke" }, { CURLE_UNSUPPORTED_PROTOCOL, "it speaks no HTTP, or another scheme than https" },
		{ CURLE_WEIRD_SERVER_REPLY, "it speaks no HTTP" }, { CURLE_WRITE_ERROR, "its answer is too large" },
		{ CURLE_URL_MALFORMAT, "its url cannot be read" }, { CURLE_PARTIAL_FILE, "the connection broke" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].rc == rc)
			return rows[i].text;
	return "it failed";
}

static void explain(struct webhook_attempt *a, CURLcode rc, struct webhook_answer *out)
{
	if (a->refused[0] && (rc == CURLE_COULDNT_CONNECT || rc == CURLE_OPERATION_TIMEDOUT))
		g_snprintf(out->why, sizeof(out->why), "%s", a->refused);
	else if (!out->status)
		g_snprintf(out->why, sizeof(out->why), "%s: %s", plainly(rc), a->error[0] ? a->error : curl_easy_strerror(rc));
	else if (out->status / 100 == 3)
		g_snprintf(out->why, sizeof(out->why), "it answered %d; redirects are not followed", out->status);
	else if (out->status / 100 != 2)
		g_snprintf(out->why, sizeof(out->why), "it answered %d", out->status);
}

/* An answer counts from its head on: how its body ends is of no interest. */
void webhook_attempt_answer(struct webhook_attempt *a, CURLcode rc, struct webhook_answer *out)
{
	long status = 0;
	curl_off_t wait_s = 0, took_us = 0;

	*out = (struct webhook_answer){ .len = a->len };
	curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(a->curl, CURLINFO_RETRY_AFTER, &wait_s);
	curl_easy_getinfo(a->curl, CURLINFO_TOTAL_TIME_T, &took_us);
	if (status >= 200 && status <= 599 && (rc == CURLE_OK || a->head_done))
		out->status = (int)status;
	out->retry_after_s = MAX(wait_s, 0);
	out->took_ms = took_us / 1000;
	memcpy(out->body, a->answer, a->len);
	explain(a, rc, out);
}

void webhook_attempt_run(struct webhook_attempt *a, struct webhook_answer *out)
{
	webhook_attempt_answer(a, curl_easy_perform(a->curl), out);
}
