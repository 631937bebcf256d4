/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of webhooks needs no network: addresses, secrets, bodies, signatures, and what an answer means.
 */
#include <arpa/inet.h>
#include <glib/gstdio.h>
#include "postprocess/webhook_guard.c"
#include "postprocess/webhook_message.c"
#include "postprocess/webhook_retry.c"
#include "test.h"

/* The example of the specification's authors, which all their verifiers are tested with. */
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define OTHER "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static const char *judge_text(const char *text, bool private_too)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return webhook_guard((struct sockaddr *)&in, private_too);
	if (inet_pton(AF_INET6, text, &in6.sin6_addr) != 1)
		TEST_FAIL("%s is no address", text);
	return webhook_guard((struct sockaddr *)&in6, private_too);
}

static void test_guard(void)
{
	static const struct { const char *address; char kind; } rows[] = {     /* p: public, i: private, n: never */
		{ "1.1.1.1", 'p' }, { "8.8.8.8", 'p' }, { "172.15.255.255", 'p' }, { "172.32.0.0", 'p' }, { "100.63.255.255", 'p' }, { "100.128.0.0", 'p' },
		{ "11.0.0.0", 'p' }, { "9.255.255.255", 'p' }, { "128.0.0.0", 'p' }, { "126.255.255.255", 'p' }, { "169.253.0.1", 'p' }, { "192.167.0.1", 'p' },
		{ "198.17.0.1", 'p' }, { "198.20.0.1", 'p' }, { "223.255.255.255", 'p' }, { "2606:4700:4700::1111", 'p' }, { "2a00:1450::1", 'p' }, { "::ffff:1.1.1.1", 'p' },
		{ "64:ff9b::8.8.8.8", 'p' }, { "2002:808:808::1", 'p' },
		{ "10.0.0.0", 'i' }, { "10.255.255.255", 'i' }, { "172.16.0.1", 'i' }, { "172.31.255.255", 'i' }, { "192.168.1.1", 'i' }, { "127.0.0.1", 'i' },
		{ "127.255.255.254", 'i' }, { "169.254.1.1", 'i' }, { "100.64.0.1", 'i' }, { "100.127.255.255", 'i' }, { "198.18.0.1", 'i' }, { "::1", 'i' }, { "fe80::1", 'i' },
		{ "febf::1", 'i' }, { "fc00::1", 'i' }, { "fdff::1", 'i' }, { "fec0::1", 'i' }, { "::ffff:127.0.0.1", 'i' }, { "::ffff:10.1.2.3", 'i' }, { "::127.0.0.1", 'i' },
		{ "::ffff:0:192.168.0.1", 'i' }, { "64:ff9b::10.0.0.1", 'i' }, { "64:ff9b:1::1", 'i' }, { "2002:7f00:1::1", 'i' }, { "2002:c0a8:101::1", 'i' },
		{ "0.0.0.0", 'n' }, { "0.1.2.3", 'n' }, { "169.254.169.254", 'n' }, { "169.254.170.2", 'n' }, { "100.100.100.200", 'n' }, { "192.0.0.192", 'n' },
		{ "168.63.129.16", 'n' }, { "fd00:ec2::254", 'n' }, { "fd20:ce::254", 'n' }, { "::", 'n' }, { "224.0.0.1", 'n' }, { "255.255.255.255", 'n' }, { "240.0.0.1", 'n' },
		{ "192.0.2.1", 'n' }, { "ff02::1", 'n' }, { "2001:db8::1", 'n' }, { "::ffff:169.254.169.254", 'n' }, { "::ffff:0.0.0.0", 'n' }, { "2001::1", 'n' },
		{ "64:ff9b::169.254.169.254", 'n' }, { "2002:a9fe:a9fe::1", 'n' }, { "100::1", 'n' },
	};
	struct sockaddr other = { .sa_family = AF_UNIX };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char got = !judge_text(rows[i].address, false) ? 'p' : !judge_text(rows[i].address, true) ? 'i' : 'n';

		if (got != rows[i].kind || (got == 'p' && judge_text(rows[i].address, true)))
			TEST_FAIL("%s is taken for %c, expected %c", rows[i].address, got, rows[i].kind);
	}
	CHECK(webhook_guard(&other, true) != NULL);
}

static int load(struct webhook_secrets *s, const char *text, int mode, char *why, size_t size)
{
	char dir[] = "/tmp/test_webhook.XXXXXX", *path;
	int err;

	CHECK(mkdtemp(dir) != NULL);
	path = g_build_filename(dir, "secret", NULL);
	CHECK(g_file_set_contents(path, text, -1, NULL) && !g_chmod(path, mode));
	err = webhook_secrets_load(s, path, why, size);
	CHECK(!strstr(why, "MfKQ") && !strstr(why, "AAEC"));
	g_remove(path);
	g_rmdir(dir);
	g_free(path);
	return err;
}

static void test_secrets(void)
{
	static const struct { const char *text; int mode, err, n; } rows[] = {
		{ SECRET "\n", 0600, 0, 1 }, { SECRET, 0640, 0, 1 }, { "# new, old\n" OTHER "\n\n  " SECRET " \r\n", 0400, 0, 2 }, { SECRET "\n", 0604, -EACCES, 0 },
		{ SECRET "\n", 0602, -EACCES, 0 }, { "", 0600, -EINVAL, 0 }, { "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", 0600, -EINVAL, 0 }, { "whsec_MfKQ\n", 0600, -EINVAL, 0 },
		{ "whsec_\n", 0600, -EINVAL, 0 }, { SECRET "\n" SECRET "\n" SECRET "\n" SECRET "\n", 0600, -EINVAL, 3 },
	};
	struct webhook_secrets s;
	char why[512];

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		why[0] = '\0';
		CHECK_INT(load(&s, rows[i].text, rows[i].mode, why, sizeof(why)), rows[i].err);
		CHECK(!rows[i].err == !why[0]);
		CHECK(rows[i].err || s.n == rows[i].n);
	}
	CHECK_INT(webhook_secrets_load(&s, "/nonexistent", why, sizeof(why)), -ENOENT);
	CHECK_INT(webhook_secrets_load(&s, "/tmp", why, sizeof(why)), -EINVAL);
}

static void test_sign(void)
{
	struct webhook_secrets s;
	char out[WEBHOOK_SIGNATURES], why[512] = "";

	CHECK_INT(load(&s, SECRET "\n", 0600, why, sizeof(why)), 0);
	webhook_sign(out, &s, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}");
	CHECK_STR(out, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	CHECK_INT(load(&s, OTHER "\n" SECRET "\n" OTHER "\n", 0600, why, sizeof(why)), 0);
	webhook_sign(out, &s, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}");
	CHECK_INT(strlen(out), 3 * 48 - 1);
	CHECK(strstr(out, " v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,") != NULL);
}

static void test_body(void)
{
	json_t *m = json_pack("{s:s,s:I,s:s,s:s,s:i,s:{s:i,s:s}}", "type", "recordingstopped", "at_ms", (json_int_t)1795357800042LL, "room", "demo", "recording", "rec_1", "seq", 5,
			      "payload", "duration", 60020, "recordingId", "rec_1");
	json_t *more = json_pack("{s:s}", "url", "https://x/y");
	char *text = webhook_body(m, NULL), *large = g_strnfill(WEBHOOK_BODY_MAX, 'x');

	CHECK_STR(text, "{\"type\":\"recordingstopped\",\"timestamp\":\"2026-11-22T14:30:00.042Z\",\"data\":{\"roomId\":\"demo\",\"recordingId\":\"rec_1\",\"seq\":5,\"duration\":60020}}");
	free(text);
	text = webhook_body(m, more);
	CHECK(strstr(text, "\"url\":\"https://x/y\"}}") != NULL);
	free(text);
	json_object_set_new(json_object_get(m, "payload"), "custom", json_string(large));
	CHECK(!webhook_body(m, NULL));
	g_free(large);
	json_decref(more);
	json_decref(m);
}

static void test_verdict(void)
{
	static const struct { int status, attempts; int64_t retry_after_s, slow_ms; const char *state; int64_t delay_ms, slow_want_ms; bool gone; } rows[] = {
		{ 200, 0, 0, 0, "done", 0, 0, false }, { 204, 9, 0, 0, "done", 0, 0, false }, { 299, 0, 99, 0, "done", 0, 0, false },
		{ 0, 0, 0, 0, "retrying", 5000, 0, false }, { 500, 1, 0, 0, "retrying", 300000, 0, false }, { 301, 2, 0, 0, "retrying", 1800000, 0, false },
		{ 404, 8, 0, 0, "retrying", 86400000, 0, false }, { 404, 9, 0, 0, "failed", 86400000, 0, false }, { 0, 30, 0, 0, "failed", 86400000, 0, false },
		{ 410, 0, 0, 0, "failed", 5000, 0, true }, { 429, 0, 0, 0, "retrying", 5000, 5000, false }, { 429, 0, 60, 0, "retrying", 60000, 60000, false },
		{ 502, 0, 0, 5000, "retrying", 5000, 10000, false }, { 504, 0, 0, 200000, "retrying", 5000, 300000, false }, { 503, 0, 7200, 300000, "retrying", 7200000, 300000, false },
		{ 429, 0, 99999999999LL, 0, "retrying", 86400000, 300000, false }, { 429, 3, 1, 0, "retrying", 7200000, 5000, false }, { 500, 0, 30, 0, "retrying", 30000, 0, false },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct webhook_answer a = { .status = rows[i].status, .retry_after_s = rows[i].retry_after_s, .why = "why" };
		struct catalog_sent out;

		webhook_verdict(&out, &webhook_standard, &a, rows[i].attempts, rows[i].slow_ms, 0);
		CHECK_STR(out.state, rows[i].state);
		CHECK_INT(out.delay_ms, rows[i].delay_ms);
		CHECK_INT(out.slow_ms, rows[i].slow_want_ms);
		CHECK_INT(out.gone, rows[i].gone);
		CHECK(!out.reason == (rows[i].status / 100 == 2));
		webhook_verdict(&out, &webhook_standard, &a, rows[i].attempts, rows[i].slow_ms, 1);
		CHECK(out.delay_ms >= rows[i].delay_ms && out.delay_ms <= rows[i].delay_ms * 6 / 5);
	}
}

static void test_schedule(void)
{
	int64_t sum = 0;

	for (int i = 0; i < WEBHOOK_ATTEMPTS - 1; i++)
		sum += webhook_standard.delay_ms[i];
	CHECK_INT(sum, (75 * 3600 + 35 * 60 + 5) * 1000LL);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_guard), TEST(test_secrets), TEST(test_sign), TEST(test_body), TEST(test_verdict), TEST(test_schedule) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
