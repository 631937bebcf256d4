/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An HTTP client for tests that sends exactly what it is told, to a server on this machine, and reads what comes until the connection ends.
 */
#pragma once
#include <arpa/inet.h>
#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/json.h"
#include "test.h"

static unsigned port;

struct answer {
	int status;
	char head[4096];
	char *body;
	size_t body_size;
	json_t *json;
};
static struct answer a;

/* ---- the client ---- */

static int open_connection(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(fd >= 0);
	CHECK_INT(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static GString *exchange(const char *text)
{
	GString *got = g_string_new(NULL);
	int fd = open_connection();
	char buf[4096];
	ssize_t n;

	CHECK_INT(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		g_string_append_len(got, buf, n);
	close(fd);
	return got;
}

static void forget(void)
{
	g_free(a.body);
	json_decref(a.json);
	memset(&a, 0, sizeof(a));
}

/* `more`: further header lines, each with its CRLF. */
static int request(const char *method, const char *path, const char *token, const char *more)
{
	char *text = g_strdup_printf("%s %s HTTP/1.1\r\nHost: rec.example.org:8090\r\nConnection: close\r\n%s%s%s%s\r\n", method, path,
				     token ? "Authorization: Bearer " : "", token ? token : "", token ? "\r\n" : "", more ? more : "");
	GString *got = exchange(text);
	char *end = strstr(got->str, "\r\n\r\n");

	forget();
	g_free(text);
	if (!end || sscanf(got->str, "HTTP/1.1 %d", &a.status) != 1)
		TEST_FAIL("%s %s: no answer: %s", method, path, got->str);
	snprintf(a.head, sizeof(a.head), "%.*s\r\n", (int)(end - got->str), got->str);
	a.body_size = got->len - (size_t)(end + 4 - got->str);
	a.body = g_memdup2(end + 4, a.body_size + 1);
	a.json = json_loadb(a.body, a.body_size, 0, NULL);
	g_string_free(got, TRUE);
	return a.status;
}

static int get(const char *path, const char *token)
{
	return request("GET", path, token, NULL);
}

/* The value of a header of the last answer; static. */
static const char *header(const char *name)
{
	static char value[1024];
	char *want = g_strdup_printf("\r\n%s: ", name), *at = strcasestr(a.head, want);

	value[0] = '\0';
	if (at)
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(at + strlen(want), "\r"), at + strlen(want));
	g_free(want);
	return value;
}

static const char *member(const char *name)
{
	return json_str(a.json, name);
}

/* The last answer is a problem document of this kind. */
static void check_problem(int status, const char *code)
{
	char type[80];

	CHECK_INT(a.status, status);
	CHECK_STR(header("Content-Type"), "application/problem+json");
	CHECK_STR(member("code"), code);
	CHECK_INT(json_num(a.json, "status", 0), status);
	snprintf(type, sizeof(type), "/problems/%s", code);
	CHECK_STR(member("type"), type);
	CHECK(member("title") && member("detail") && member("instance"));
	CHECK_STR(member("requestId"), header("X-Request-Id"));
	CHECK_INT(strlen(member("requestId")), 16);
}
