/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys from the metadata service of the machine or container this runs on. Called by credentials.c when it has none, or when they end soon.
 *
 *   ECS, EKS: GET the address of the environment ─▶ JSON          EC2: PUT token ─▶ GET role's name ─▶ GET role ─▶ JSON
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/fsio.h"
#include "postprocess/credentials_private.h"
#include "postprocess/fetch.h"

enum { CONNECT_MS = 1000, TIMEOUT_MS = 3000, ANSWER_MAX = 64 << 10, TOKEN_MAX = 8 << 10 };

static int ask(GString **out, const char *method, const char *url, const char *header)
{
	const char *headers[] = { header, NULL };
	struct fetch_conf conf = { .method = method, .url = url, .headers = headers, .connect_ms = CONNECT_MS, .timeout_ms = TIMEOUT_MS, .max = ANSWER_MAX };
	struct fetched f;
	int err = fetch(&f, &conf) ? -EAGAIN : 0;

	if (err)
		return err;
	if (f.status == 200) {
		*out = f.body;
		f.body = NULL;
	} else {
		err = f.status >= 500 || f.status == 429 ? -EAGAIN : f.status == 404 ? -ENOENT : -EACCES;
	}
	fetched_free(&f);
	return err;
}

static void wipe(GString **s)
{
	if (*s) {
		explicit_bzero((*s)->str, (*s)->len);
		g_string_free(*s, TRUE);
	}
	*s = NULL;
}

/* A token goes in clear to this machine or the link only. */
static bool container_url_allowed(const char *url)
{
	static const char *const hosts[] = { "http://127.0.0.1", "http://localhost", "http://[::1]", "http://169.254.170.2", "http://169.254.170.23",
		"http://[fd00:ec2::23]" };
	bool ok = g_str_has_prefix(url, "https://");

	if (strchr(url, '@'))          /* what stands before it only looks like the host */
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++)
		ok = ok || (g_str_has_prefix(url, hosts[i]) && (strchr("/:", url[strlen(hosts[i])]) || !url[strlen(hosts[i])]));
	return ok;
}

static char *container_header(void)
{
	const char *file = g_getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"), *token = g_getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	char *text = NULL, *header = NULL;
	size_t len;

	if (file && *file && fs_read(file, TOKEN_MAX, &text, &len))
		text = NULL;
	if (text)
		token = g_strstrip(text);
	if (token && *token && !strpbrk(token, "\r\n"))
		header = g_strdup_printf("Authorization: %s", token);
	g_free(text);
	return header;
}

static int from_container(struct found *out, const char *url, char *why, size_t size)
{
	char *header = container_header();
	GString *text = NULL;
	int err = container_url_allowed(url) ? ask(&text, "GET", url, header) : -EACCES;

	if (!err)
		err = credentials_parse_json(out, text->str, text->len) ? -EACCES : 0;
	if (err)
		snprintf(why, size, "the container's credentials service %s", err == -EAGAIN ? "does not answer" : "has none for us");
	wipe(&text);
	g_free(header);
	return err == -ENOENT ? -EACCES : err;
}

static int from_machine(struct found *out, const char *base, char *why, size_t size)
{
	char *token_url = g_strdup_printf("%s/latest/api/token", base), *list = g_strdup_printf("%s/latest/meta-data/iam/security-credentials/", base);
	char *header = NULL, *url = NULL;
	GString *token = NULL, *role = NULL, *text = NULL;
	int err = ask(&token, "PUT", token_url, "X-aws-ec2-metadata-token-ttl-seconds: 300");

	if (!err && (!token->len || strpbrk(token->str, "\r\n")))
		err = -EACCES;
	if (!err) {
		header = g_strdup_printf("X-aws-ec2-metadata-token: %s", token->str);
		err = ask(&role, "GET", list, header);
	}
	if (!err) {
		role->str[strcspn(role->str, "\r\n")] = '\0';
		url = g_strconcat(list, role->str, NULL);
		err = ask(&text, "GET", url, header);
	}
	if (!err)
		err = credentials_parse_json(out, text->str, text->len) ? -EACCES : 0;
	if (err)
		snprintf(why, size, "the machine's metadata service %s", err == -EAGAIN ? "does not answer" : err == -ENOENT ? "knows no role" : "has none for us");
	wipe(&token);
	wipe(&role);
	wipe(&text);
	g_free(header);
	g_free(url);
	g_free(list);
	g_free(token_url);
	return err;
}

int credentials_metadata(struct found *out, char *why, size_t size)
{
	const char *relative = g_getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), *full = g_getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *base = g_getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT"), *off = g_getenv("AWS_EC2_METADATA_DISABLED");
	char *url = NULL;
	int err;

	if (relative && *relative == '/')
		url = g_strconcat("http://169.254.170.2", relative, NULL);
	else if (full && *full)
		url = g_strdup(full);
	if (url) {
		err = from_container(out, url, why, size);
	} else if (off && !g_ascii_strcasecmp(off, "true")) {
		snprintf(why, size, "AWS_EC2_METADATA_DISABLED is set");
		err = -ENOENT;
	} else {
		err = from_machine(out, base && *base ? base : "http://169.254.169.254", why, size);
	}
	g_free(url);
	return err;
}
