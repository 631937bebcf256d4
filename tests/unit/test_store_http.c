/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stores over HTTP, S3's as the example, against a server that misbehaves by script. Servers that behave: tests/store.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <microhttpd.h>
#include <string.h>
#include "postprocess/store_http.c"
#include "postprocess/store_s3.h"
#include "tests/lib/certificate.h"
#include "store_server.h"
#include "test.h"

#define SECRET "a-secret-that-nobody-sees"
#define HELLO_SHA256 "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static const struct store_patience quick = { .attempts = 3, .total_ms = 20000 };
static struct server server;
static struct settings_storage conf;
static struct store *store;
static struct store_why why;

static void begin(const char *const *answers)
{
	static char endpoint[64];

	server_open(&server, answers);
	snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%d", server.port);
	conf = (struct settings_storage){ .name = "main", .kind = STORAGE_S3, .bucket = "rec", .endpoint = endpoint, .path_style = true, .plain = true, .tags = "",
					  .credentials = CREDENTIALS_ENVIRONMENT };
	CHECK_INT(store_open(&store, &conf, &why), 0);
	store_patience(&quick);
}

/* How many requests there were. */
static guint end(void)
{
	guint n;

	store_unref(&store);
	store_patience(NULL);
	lock_take(&server.lock);
	n = server.heads->len;
	lock_release(&server.lock);
	server_close(&server);
	CHECK(!strstr(why.text, SECRET));
	return n;
}

static int put(const char *text, bool if_absent, struct store_stat *st)
{
	struct store_put p = { .key = "a/b c", .mime = "video/webm", .sha256 = HELLO_SHA256, .body = { .data = text, .len = strlen(text) }, .if_absent = if_absent };

	return store_put(store, &p, st, &why);
}

static int append(const void *data, size_t n, void *arg)
{
	g_string_append_len(arg, data, (gssize)n);
	return 0;
}

#define OK200 "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
#define NO(status, xml) "HTTP/1.1 " status "\r\nConnection: close\r\n\r\n" xml
#define ERROR_XML(code) "<?xml version=\"1.0\"?><Error><Code>" code "</Code><Message>said so</Message></Error>"
#define THERE(size, sha) "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: " size "\r\nx-amz-meta-recroom-sha256: " sha "\r\nConnection: close\r\n\r\n"

static void test_what_is_sent(void)
{
	static const char *const answers[] = { OK200, NULL };
	const char *head;
	struct store_stat st;

	begin(answers);
	CHECK_INT(put("hello", false, &st), 0);
	CHECK_STR(st.etag, "e1");
	head = server.heads->pdata[0];
	CHECK(g_str_has_prefix(head, "PUT /rec/a/b%20c HTTP/1.1\r\n"));
	CHECK(strstr(head, "\r\nContent-Length: 5\r\n") && strstr(head, "\r\nContent-Type: video/webm\r\n"));
	CHECK(strstr(head, "\r\nx-amz-content-sha256: " HELLO_SHA256 "\r\n"));
	CHECK(strstr(head, "\r\nx-amz-meta-recroom-sha256: " HELLO_SHA256 "\r\n"));
	CHECK(strstr(head, "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=KEYID/"));
	CHECK(!strstr(head, "Expect:") && !strstr(head, "Transfer-Encoding:") && !strstr(head, SECRET));
	CHECK_STR(server.bodies->pdata[0], "hello");
	CHECK_INT(end(), 1);
}

static const char *last_head(void)
{
	return server.heads->pdata[server.heads->len - 1];
}

static void again_as(int kind)
{
	conf.kind = kind;
	store_unref(&store);
	CHECK_INT(store_open(&store, &conf, &why), 0);
}

static void test_what_is_told_of_an_object(void)
{
	static const char *const answers[] = { OK200, OK200, OK200, NULL };
	struct store_put p = { .key = "a", .disposition = "inline", .key_id = "k1", .body = { .data = "x", .len = 1 } };

	begin(answers);
	conf.storage_class = "STANDARD_IA";
	conf.sse = STORAGE_SSE_KMS;
	conf.kms_key = "arn:k";
	conf.acl = "bucket-owner-full-control";
	conf.tags = "team=media & more,x=1";
	CHECK_INT(store_put(store, &p, NULL, &why), 0);
	CHECK(strstr(last_head(), "\r\nx-amz-storage-class: STANDARD_IA\r\n") && strstr(last_head(), "\r\nx-amz-server-side-encryption: aws:kms\r\n"));
	CHECK(strstr(last_head(), "\r\nx-amz-server-side-encryption-aws-kms-key-id: arn:k\r\n") && strstr(last_head(), "\r\nx-amz-acl: bucket-owner-full-control\r\n"));
	CHECK(strstr(last_head(), "\r\nx-amz-tagging: team=media%20%26%20more&x=1\r\n") && strstr(last_head(), "\r\nContent-Disposition: inline\r\n"));
	CHECK(strstr(last_head(), "\r\nx-amz-meta-recroom-key: k1\r\n") && !strstr(last_head(), "Content-MD5"));
	g_setenv("AWS_SESSION_TOKEN", "the-token", TRUE);
	again_as(STORAGE_S3);
	CHECK_INT(store_put(store, &p, NULL, &why), 0);
	CHECK(strstr(last_head(), "\r\nx-amz-security-token: the-token\r\n") && strstr(last_head(), "x-amz-security-token"));
	g_unsetenv("AWS_SESSION_TOKEN");
	conf.account = "acc";
	conf.tier = "Cool";
	again_as(STORAGE_AZURE);
	CHECK_INT(store_put(store, &p, NULL, &why), 0);
	CHECK(strstr(last_head(), "\r\nx-ms-access-tier: Cool\r\n") && strstr(last_head(), "\r\nx-ms-tags: team=media%20%26%20more&x=1\r\n"));
	CHECK(strstr(last_head(), "\r\nx-ms-blob-type: BlockBlob\r\n") && strstr(last_head(), "\r\nContent-MD5: ndTkYSaMgDT1yFZOFVxnpg==\r\n"));
	CHECK(strstr(last_head(), "\r\nx-ms-meta-recroom_key: k1\r\n") && strstr(last_head(), "\r\nx-ms-blob-content-disposition: inline\r\n"));
	CHECK_INT(end(), 3);
}

/* As Google's documentation has it; nobody has seen it with theirs. */
static void test_google(void)
{
	static const char *const answers[] = { NO("404 No", ""), "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nx-goog-generation: 17\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		"HTTP/1.1 204 No\r\nConnection: close\r\n\r\n", NULL };
	struct store_put p = { .key = "a", .body = { .data = "x", .len = 1 }, .if_absent = true };
	struct store_stat st;

	begin(answers);
	g_setenv("GOOG_ACCESS_KEY_ID", "GOOG1", TRUE);
	g_setenv("GOOG_SECRET_ACCESS_KEY", "gs", TRUE);
	conf.path_style = false;
	again_as(STORAGE_GCS);
	CHECK_INT(store_put(store, &p, &st, &why), 0);         /* asked before, as there is no condition */
	CHECK_STR(st.version, "17");
	CHECK(g_str_has_prefix(last_head(), "PUT /rec/a HTTP/1.1\r\n") && !strstr(last_head(), "If-None-Match"));
	CHECK(strstr(last_head(), "AWS4-HMAC-SHA256 Credential=GOOG1/") && strstr(last_head(), "/auto/s3/aws4_request") && strstr(last_head(), "\r\nContent-MD5: ndTkYSaMgDT1yFZOFVxnpg==\r\n"));
	CHECK_INT(store_remove(store, "a", "17", &why), 0);
	CHECK(g_str_has_prefix(last_head(), "DELETE /rec/a?generation=17 HTTP/1.1\r\n"));
	CHECK_INT(end(), 3);
	g_unsetenv("GOOG_ACCESS_KEY_ID");
	g_unsetenv("GOOG_SECRET_ACCESS_KEY");
}

static void test_passing_faults(void)
{
	static const char *const faults[] = { NO("503 Slow", ERROR_XML("SlowDown")), NO("500 No", "<html>"), "reset", "close", "HTTP/1.1 200 O",
		NO("400 Bad", ERROR_XML("XAmzContentSHA256Mismatch")), NO("400 Bad", ERROR_XML("RequestTimeout")), NO("200 OK", ERROR_XML("InternalError")),
		"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut", NO("429 Many", "") };

	for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
		const char *answers[] = { faults[i], OK200, NULL };

		begin(answers);
		if (put("hello", false, NULL))
			TEST_FAIL("after \"%s\": %s", faults[i], why.text);
		CHECK_INT(end(), 2);
	}
}

static void test_lasting_faults(void)
{
	static const struct { const char *answer; int err; guint requests; const char *text; } rows[] = {
		{ NO("403 No", ERROR_XML("SignatureDoesNotMatch")), -EACCES, 1, "store main: PUT a/b c: 403 SignatureDoesNotMatch: said so" },
		{ NO("404 No", ERROR_XML("NoSuchBucket")), -ENOENT, 1, "store main: PUT a/b c: 404 NoSuchBucket: said so" },
		{ NO("503 No", ERROR_XML("SlowDown")), -EAGAIN, 3, "store main: PUT a/b c: 503 SlowDown: said so" },
		{ NO("501 No", ERROR_XML("NotImplemented")), -ENOTSUP, 1, "store main: PUT a/b c: 501 NotImplemented: said so" },
		{ "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nx-amz-bucket-region: eu-north-1\r\nConnection: close\r\n\r\n" ERROR_XML("PermanentRedirect"), -EINVAL, 1,
		  "store main: PUT a/b c: 301 PermanentRedirect: the bucket is in the region eu-north-1: set region" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *answers[] = { rows[i].answer, rows[i].answer, rows[i].answer, NULL };

		begin(answers);
		CHECK_INT(put("hello", false, NULL), rows[i].err);
		CHECK_STR(why.text, rows[i].text);
		CHECK_INT(end(), rows[i].requests);
	}
}

/* The answer to the first attempt was lost; the second finds the object there. */
static void test_its_own_object(void)
{
	static const char *const ours[] = { NO("404 No", ""), "reset", NO("412 No", ERROR_XML("PreconditionFailed")), THERE("5", HELLO_SHA256), NULL };
	static const char *const others[] = { NO("404 No", ""), "reset", NO("412 No", ERROR_XML("PreconditionFailed")), THERE("5", "ff"), NULL };
	static const char *const there[] = { THERE("9", "ff"), NULL };

	begin(ours);
	CHECK_INT(put("hello", true, NULL), 0);
	CHECK_INT(end(), 4);
	begin(others);
	CHECK_INT(put("hello", true, NULL), -EEXIST);
	CHECK_INT(end(), 4);
	begin(there);
	CHECK_INT(put("hello", true, NULL), -EEXIST);
	CHECK_INT(end(), 1);
}

static void test_no_condition_here(void)
{
	static const char *const answers[] = { NO("404 No", ""), NO("501 No", ERROR_XML("NotImplemented")), NO("404 No", ""), OK200, NO("404 No", ""), OK200, NULL };

	begin(answers);
	CHECK_INT(put("hello", true, NULL), 0);
	CHECK(strstr(server.heads->pdata[1], "If-None-Match: *") && !strstr(server.heads->pdata[3], "If-None-Match"));
	CHECK_INT(put("hello", true, NULL), 0);        /* it is remembered */
	CHECK(!strstr(server.heads->pdata[5], "If-None-Match"));
	CHECK_INT(end(), 6);
}

static void test_download_goes_on(void)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: 10\r\n\r\n0123",
		"HTTP/1.1 206 Part\r\nETag: \"e1\"\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\n45",
		"HTTP/1.1 206 Part\r\nETag: \"e1\"\r\nContent-Range: bytes 6-9/10\r\nContent-Length: 4\r\nConnection: close\r\n\r\n6789", NULL };
	GString *out = g_string_new(NULL);
	struct store_stat st;

	begin(answers);
	CHECK_INT(store_get(store, "a", 0, -1, append, out, &st, &why), 0);
	CHECK_STR(out->str, "0123456789");
	CHECK_INT(st.size, 10);
	CHECK(!strstr(server.heads->pdata[0], "Range:") && strstr(server.heads->pdata[1], "\r\nRange: bytes=4-\r\n") && strstr(server.heads->pdata[1], "\r\nIf-Match: \"e1\"\r\n"));
	CHECK(strstr(server.heads->pdata[2], "\r\nRange: bytes=6-\r\n"));
	CHECK_INT(end(), 3);
	g_string_free(out, TRUE);
}

static void test_download_of_another_object(void)
{
	static const char *const replaced[] = { "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: 10\r\n\r\n0123", NO("412 No", ERROR_XML("PreconditionFailed")), NULL };
	static const char *const whole[] = { "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: 10\r\nConnection: close\r\n\r\n0123456789", NULL };
	GString *out = g_string_new(NULL);

	begin(replaced);
	CHECK_INT(store_get(store, "a", 0, -1, append, out, NULL, &why), -EBADMSG);
	CHECK_INT(end(), 2);
	g_string_truncate(out, 0);
	begin(whole);                  /* though a part was asked for */
	CHECK_INT(store_get(store, "a", 4, 2, append, out, NULL, &why), -EPROTO);
	CHECK_STR(out->str, "");
	CHECK_INT(end(), 1);
	g_string_free(out, TRUE);
}

static int refuse(const void *data, size_t n, void *arg)
{
	(void)data;
	(void)n;
	(void)arg;
	return -ENOSPC;
}

static void test_taker_ends_it(void)
{
	static const char *const answers[] = { "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: 10\r\nConnection: close\r\n\r\n0123456789", NULL };

	begin(answers);
	CHECK_INT(store_get(store, "a", 0, -1, refuse, NULL, NULL, &why), -ENOSPC);
	CHECK(!why.again);
	CHECK_INT(end(), 1);
}

static void test_answers_are_bounded(void)
{
	char *headers = g_strnfill(STORE_HEADERS_MAX + 1000, 'h'), *body = g_strnfill(STORE_ANSWER_MAX + 1000, 'b');
	char *long_headers = g_strdup_printf("HTTP/1.1 200 OK\r\nX: %s\r\n\r\n", headers), *long_body = g_strdup_printf("HTTP/1.1 403 No\r\n\r\n%s", body);
	const char *answers[] = { long_headers, NULL }, *others[] = { long_body, NULL };

	begin(answers);
	CHECK(put("hello", false, NULL) == -EFBIG || why.err == -EIO);
	end();
	begin(others);
	CHECK_INT(put("hello", false, NULL), -EFBIG);
	CHECK_INT(end(), 1);
	g_free(headers);
	g_free(body);
	g_free(long_headers);
	g_free(long_body);
}

/* Once the request has arrived. */
static bool when_asked(void *arg)
{
	struct server *s = arg;
	bool asked;

	lock_take(&s->lock);
	asked = s->heads->len > 0;
	lock_release(&s->lock);
	return asked;
}

static void test_stopped_while_it_waits(void)
{
	static const char *const answers[] = { "hang", NULL };
	struct store_patience p = { .attempts = 4, .total_ms = 600000, .stopping = when_asked, .arg = &server };

	begin(answers);
	store_patience(&p);
	CHECK_INT(put("hello", false, NULL), -ECANCELED);
	CHECK_INT(end(), 1);
}

static void check_idle(const char *answer)
{
	const char *answers[] = { answer, NULL };
	static const char *const none[] = { NULL };
	struct store_answer a;
	struct store_request r = { .method = "GET", .headers = none, .idle_ms = 200 };
	struct store_http *h;
	char url[64];

	begin(answers);
	h = store_http_create(NULL, true);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", server.port);
	r.url = url;
	memset(&why, 0, sizeof(why));
	CHECK_INT(store_http(h, &r, &a, &why), -ETIMEDOUT);
	CHECK(why.again && !a.status);
	store_answer_clear(&a);
	store_http_free(&h);
	CHECK_INT(end(), 1);
}

static void test_nothing_moves(void)
{
	check_idle("hang");
}

static void test_too_little_moves(void)
{
	check_idle("trickle");
}

/* --- uploads in parts --- */

static const struct store_part_done one_part[] = { { 1, "5d41402abc4b2a76b9719d911017c592" } };
#define COMPLETED "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n \n <?xml version=\"1.0\"?><CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>"

static int complete(struct store_stat *st)
{
	struct store_put p = { .key = "a", .if_absent = false };

	return store_parts_end(store, &p, "up", one_part, 1, st, &why);
}

static char *whole_head(void)
{
	unsigned char md5[16], digest[16];
	GString *hex = g_string_new(NULL);
	char *text;
	unsigned n;

	for (int i = 0; i < 16; i++)
		md5[i] = (unsigned char)(g_ascii_xdigit_value(one_part->etag[2 * i]) << 4 | g_ascii_xdigit_value(one_part->etag[2 * i + 1]));
	CHECK(EVP_Digest(md5, 16, digest, &n, EVP_md5(), NULL));
	for (int i = 0; i < 16; i++)
		g_string_append_printf(hex, "%02x", digest[i]);
	text = g_strdup_printf("HTTP/1.1 200 OK\r\nETag: \"%s-1\"\r\nContent-Length: 5\r\nConnection: close\r\n\r\n", hex->str);
	g_string_free(hex, TRUE);
	return text;
}

static void test_completion(void)
{
	char *head = whole_head();
	const char *plain[] = { COMPLETED, head, NULL };
	const char *error_first[] = { NO("200 OK", " \n" ERROR_XML("InternalError")), COMPLETED, head, NULL };
	const char *lost[] = { "reset", NO("404 No", ERROR_XML("NoSuchUpload")), head, head, NULL };
	const char *gone[] = { NO("404 No", ERROR_XML("NoSuchUpload")), NO("404 No", ""), NULL };
	const char *other[] = { NO("404 No", ERROR_XML("NoSuchUpload")), THERE("5", "ff"), NULL };
	struct store_stat st;

	begin(plain);
	CHECK_INT(complete(&st), 0);
	CHECK_INT(st.size, 5);
	CHECK(strstr(server.bodies->pdata[0], "<PartNumber>1</PartNumber><ETag>\"5d41402abc4b2a76b9719d911017c592\"</ETag>"));
	CHECK_INT(end(), 2);
	begin(error_first);
	CHECK_INT(complete(&st), 0);
	CHECK_INT(end(), 3);
	begin(lost);                   /* it was completed, but the answer got lost */
	CHECK_INT(complete(&st), 0);
	CHECK_INT(end(), 4);
	begin(gone);
	CHECK_INT(complete(&st), -ENOENT);
	CHECK_STR(why.code, "NoSuchUpload");
	CHECK_INT(end(), 2);
	begin(other);                  /* another object has that name */
	CHECK_INT(complete(&st), -ENOENT);
	CHECK_INT(end(), 2);
	g_free(head);
}

/* Nothing is heard of it: it is there by now, or asked for once more. */
static void test_completion_unanswered(void)
{
	static const struct store_patience short_one = { .attempts = 4, .total_ms = 200 };
	char *head = whole_head();
	const char *there[] = { "hang", head, head, NULL };
	const char *again[] = { "hang", NO("404 No", ""), "hang", NO("404 No", ""), COMPLETED, head, NULL };
	struct store_stat st;

	begin(there);
	((struct s3 *)store->own)->complete_ms = 300;
	store_patience(&short_one);
	CHECK_INT(complete(&st), 0);
	CHECK_INT(st.size, 5);
	CHECK_INT(end(), 3);
	begin(again);
	((struct s3 *)store->own)->complete_ms = 300;
	store_patience(&short_one);
	CHECK_INT(complete(&st), 0);
	CHECK(g_str_has_prefix(last_head(), "HEAD ") && g_str_has_prefix(server.heads->pdata[4], "POST "));
	CHECK_INT(end(), 6);
	g_free(head);
}

/* --- TLS --- */

static enum MHD_Result on_tls(void *arg, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *data, size_t *len,
			      void **own)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result ok = MHD_queue_response(c, 200, r);

	(void)arg; (void)url; (void)method; (void)version; (void)data; (void)len; (void)own;
	MHD_destroy_response(r);
	return ok;
}

static void test_certificates(void)
{
	char *cert, *key, *file = NULL, endpoint[64];
	struct MHD_Daemon *d;
	int fd = g_file_open_tmp("test_store_ca.XXXXXX", &file, NULL);

	make_certificate(&cert, &key);
	CHECK(fd >= 0 && g_file_set_contents(file, cert, -1, NULL));
	close(fd);
	d = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, on_tls, NULL, MHD_OPTION_HTTPS_MEM_CERT, cert, MHD_OPTION_HTTPS_MEM_KEY, key,
			     MHD_OPTION_END);
	CHECK(d);
	snprintf(endpoint, sizeof(endpoint), "https://127.0.0.1:%d", (int)MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
	conf = (struct settings_storage){ .name = "main", .kind = STORAGE_S3, .bucket = "rec", .endpoint = endpoint, .path_style = true, .tags = "",
					  .credentials = CREDENTIALS_ENVIRONMENT };
	CHECK_INT(store_open(&store, &conf, &why), 0);
	CHECK_INT(store_head(store, "a", NULL, &why), -EPROTO);        /* nobody vouches for it */
	CHECK(!why.again && !why.status);
	store_unref(&store);
	conf.ca_file = file;
	CHECK_INT(store_open(&store, &conf, &why), 0);
	CHECK_INT(store_head(store, "a", NULL, &why), 0);
	store_unref(&store);
	MHD_stop_daemon(d);
	g_unlink(file);
	g_free(file);
	g_free(cert);
	g_free(key);
}

static void test_azure_says_it_in_a_header(void)
{
	static const char *const answers[] = { "HTTP/1.1 404 No\r\nx-ms-error-code: ContainerNotFound\r\nConnection: close\r\n\r\n", NULL };

	begin(answers);
	conf.kind = STORAGE_AZURE;
	conf.account = "acc";
	store_unref(&store);
	CHECK_INT(store_open(&store, &conf, &why), 0);
	CHECK_INT(store_head(store, "a", NULL, &why), -ENOENT);
	CHECK_STR(why.code, "ContainerNotFound");
	CHECK(strstr(server.heads->pdata[0], "Authorization: SharedKey acc:"));
	CHECK_INT(end(), 1);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_what_is_sent), TEST(test_what_is_told_of_an_object), TEST(test_google), TEST(test_passing_faults), TEST(test_lasting_faults), TEST(test_its_own_object), TEST(test_no_condition_here),
		TEST(test_download_goes_on), TEST(test_download_of_another_object), TEST(test_taker_ends_it), TEST(test_answers_are_bounded),
		TEST(test_stopped_while_it_waits), TEST(test_nothing_moves), TEST(test_too_little_moves), TEST(test_completion), TEST(test_completion_unanswered), TEST(test_certificates), TEST(test_azure_says_it_in_a_header),
	};

	g_setenv("AWS_ACCESS_KEY_ID", "KEYID", TRUE);
	g_setenv("AWS_SECRET_ACCESS_KEY", SECRET, TRUE);
	g_setenv("AZURE_STORAGE_KEY", "YS1zZWNyZXQ=", TRUE);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
