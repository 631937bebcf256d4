/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp token`: makes a token, looks at one, makes a key. And `recroom-pp completion`. Main thread.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/base64url.h"
#include "common/fsio.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/cmd.h"
#include "postprocess/text.h"
#include "postprocess/manual.h"

enum { TTL_MAX_S = 31536000, KEY_MODE = 0640 };

/* ---- making a token ---- */

/* "download,delete" into bits; false for an unknown word. */
static bool parse_grants(const char *list, unsigned *out)
{
	char **words = g_strsplit(list, ",", -1);
	bool good = true;

	*out = 0;
	for (char **w = words; *w; w++) {
		unsigned grant = grant_find(*w);

		good = good && grant;
		*out |= grant;
	}
	g_strfreev(words);
	return good;
}

static int fill_times(struct app *a, struct token *t, int64_t now_s)
{
	int64_t ttl_s = a->o.ttl_s ? a->o.ttl_s : a->settings->token_ttl_s;

	if (a->o.expires)
		ttl_s = text_seconds(a->o.expires, TTL_MAX_S);
	t->exp_s = now_s + ttl_s;
	return ttl_s ? EXIT_DONE : app_fail(a, EXIT_USAGE, "--expires wants a time like 90s, 30m, 2h or 7d, a year at most");
}

static int fill_token(struct app *a, struct token *t)
{
	const char *name = a->o.name ? a->o.name : "recroom-pp", *identity = a->o.identity ? a->o.identity : "recroom-pp";
	bool good = true;

	if (!a->o.room || !room_id_valid(a->o.room))
		return app_fail(a, EXIT_USAGE, a->o.room ? "--room wants 1 to 64 of A-Z a-z 0-9 . _ -" : "--room is missing");
	if (!identity_valid(name))
		return app_fail(a, EXIT_USAGE, "--name wants 1 to 256 bytes of UTF-8 without control characters");
	if (!identity_valid(identity) || strlen(identity) >= sizeof(t->sub))
		return app_fail(a, EXIT_USAGE, "--identity wants 1 to %zu bytes of UTF-8 without control characters", sizeof(t->sub) - 1);
	t->host = a->o.role == ROLE_HOST;
	t->grants = t->host ? GRANTS_MEDIA | GRANTS_HOST : GRANTS_MEDIA;
	if (a->o.grants)
		good = parse_grants(a->o.grants, &t->grants);
	if (!good)
		return app_fail(a, EXIT_USAGE, "--grants knows record, download, delete, admit, publish, subscribe and only");
	g_strlcpy(t->room, a->o.room, sizeof(t->room));
	g_strlcpy(t->name, name, sizeof(t->name));
	g_strlcpy(t->sub, identity, sizeof(t->sub));
	return EXIT_DONE;
}

static int cannot_mint(struct app *a, int err)
{
	if (err == -ENOENT)
		return app_fail(a, EXIT_NOT_FOUND, "token_keys has no key %s", a->o.kid);
	if (err == -EPERM)
		return app_fail(a, EXIT_FAILED, "of the key %s only the public one is here; it cannot sign", a->o.kid);
	return app_fail(a, EXIT_FAILED, "cannot make a token: %s", err_str(err));
}

static int make_token(struct app *a, struct token_keys *keys)
{
	int64_t now_s = clock_wall_ms() / 1000;
	struct token t = { 0 };
	char *jwt = NULL;
	int code = fill_token(a, &t), err;

	if (!code)
		code = fill_times(a, &t, now_s);
	if (code)
		return code;
	err = token_mint(&jwt, keys, a->o.kid, &t, now_s);
	if (err)
		return cannot_mint(a, err);
	if (a->o.json)
		app_json("token", json_pack("{s:s,s:s,s:I}", "token", jwt, "room", t.room, "expires_s", (json_int_t)t.exp_s));
	else
		printf("%s\n", jwt);
	free(jwt);
	return app_done(a, NULL);
}

/* ---- looking at one ---- */

/* A part of the token as it stands there, believed or not; NULL when it is no JSON. */
static json_t *part_of(const char *jwt, int part)
{
	char text[TOKEN_MAX];
	size_t n;

	while (jwt && part--) {
		jwt = strchr(jwt, '.');
		jwt = jwt ? jwt + 1 : NULL;
	}
	if (!jwt || base64url_decode(text, sizeof(text), &n, jwt, strcspn(jwt, ".")))
		return NULL;
	return json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
}

static void print_part(const char *title, json_t *o)
{
	char *text = o ? json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;    /* nothing in it reaches the terminal as it is */

	printf("%s %s\n", title, text ? text : "cannot be read");
	free(text);
}

static int inspect(struct app *a, struct token_keys *keys)
{
	json_t *header = part_of(a->o.inspect, 0), *claims = part_of(a->o.inspect, 1);
	const char *why = NULL;
	struct token t;
	int err = token_verify_why(&t, keys, a->o.inspect, clock_wall_ms() / 1000, &why), code;

	if (a->o.json) {
		app_json("token", json_pack("{s:b,s:O?,s:O?,s:s?}", "good", !err, "header", header, "claims", claims, "why", why));
	} else {
		print_part("header", header);
		print_part("claims", claims);
		printf("%s\n", err ? "refused" : "good");
	}
	code = err ? app_fail(a, EXIT_FAILED, "%s", why) : app_done(a, NULL);
	json_decref(header);
	json_decref(claims);
	return code;
}

/* ---- making a key ---- */

/* Whole or not at all, since programs may be reading it; a key that is replaced hands its owner and mode on. */
static int put_file(const char *path, const char *text, mode_t mode)
{
	char *dir = g_path_get_dirname(path), *name = g_path_get_basename(path);
	struct stat old;
	bool there = !stat(path, &old);
	int err = fs_write_atomic(dir, name, text, strlen(text), there ? old.st_mode & 0777 : mode, 1);

	if (!err && there && chown(path, old.st_uid, old.st_gid))
		log_warn("%s: its owner cannot be kept: %s", path, err_str(-errno));
	g_free(dir);
	g_free(name);
	return err;
}

static int put_key(struct app *a, const char *public_path, const char *text, const char *public_pem)
{
	int err = put_file(a->o.new_key, text, KEY_MODE);

	if (err)
		return app_fail(a, app_exit_code(err), "cannot write %s: %s", a->o.new_key, err_str(err));
	err = public_pem ? put_file(public_path, public_pem, 0644) : 0;
	if (err)
		return app_fail(a, app_exit_code(err), "cannot write %s: %s", public_path, err_str(err));
	if (a->o.json)
		app_json("key", json_pack("{s:s,s:s,s:s?}", "alg", token_alg_name((enum token_alg)a->o.alg), "file", a->o.new_key, "public",
					  public_pem ? public_path : NULL));
	else
		printf("%s\n%s%s", a->o.new_key, public_pem ? public_path : "", public_pem ? "\n" : "");
	return app_done(a, NULL);
}

static int new_key(struct app *a)
{
	char *public_path = g_strdup_printf("%s.pub", a->o.new_key), *text = NULL, *public_pem = NULL;
	int code;

	if (!a->o.overwrite && (!access(a->o.new_key, F_OK) || (a->o.alg != TOKEN_HS256 && !access(public_path, F_OK))))
		code = app_fail(a, EXIT_FAILED, "%s is there already; --overwrite replaces it, and what it signed is good no longer", a->o.new_key);
	else if (token_key_generate((enum token_alg)a->o.alg, &text, &public_pem))
		code = app_fail(a, EXIT_FAILED, "OpenSSL makes no key");
	else
		code = put_key(a, public_path, text, public_pem);
	if (text)
		explicit_bzero(text, strlen(text));
	g_free(text);
	g_free(public_pem);
	g_free(public_path);
	return code;
}

int cmd_token(struct app *a)
{
	struct token_keys *keys = NULL;
	int code;

	if (a->o.new_key)
		return new_key(a);
	code = app_keys(a, &keys);
	if (!code)
		code = a->o.inspect ? inspect(a, keys) : make_token(a, keys);
	token_keys_unref(&keys);
	return code;
}

int cmd_completion(struct app *a)
{
	completion_script(stdout, a->o.args[0]);
	return EXIT_DONE;
}
