/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tokens that must not pass, one of each kind, for the permission matrix of both APIs; and good ones with any role and grants. Files of keys lie in a folder
 * of the caller's: hs (a secret), rs and es (the public keys only, as an application's would be given to us).
 */
#pragma once
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "common/fsio.h"
#include "common/settings.h"
#include "common/sync.h"
#include "common/token.h"
#include "tests/unit/token_forge.h"

enum fault {
	FAULT_EXPIRED, FAULT_NOT_YET, FAULT_ISSUED_LATER, FAULT_OTHER_ROOM, FAULT_WRONG_KEY, FAULT_UNKNOWN_KID, FAULT_NO_KID, FAULT_ALG_NONE, FAULT_RSA_AS_SECRET,
	FAULT_EC_AS_SECRET, FAULT_OTHER_KID, FAULT_CUT_SIGNATURE, FAULT_NO_SIGNATURE, FAULT_CHANGED_CLAIM, FAULT_CRIT, FAULT_TOO_LONG, FAULT_NO_EXP,
	FAULT_FLOAT_EXP, FAULT_TWICE, FAULT_ISSUER, FAULT_NO_ROLE, FAULT_ALL_ROOMS, FAULT_EMPTY, FAULTS
};

struct fault_keys {
	char *dir, *rsa_public, *ec_public;
	struct token_keys *signing;            /* everything, the private keys as well */
	struct token_keys *wrong;              /* the same names; hs and es are other keys */
};

#define FAULT_SECRET "a secret of the application, 32 bytes and more"

static inline char *fault_put(const char *dir, const char *name, const char *text)
{
	if (fs_write_atomic(dir, name, text, strlen(text), 0600, 0))
		abort();
	return g_build_filename(dir, name, NULL);
}

static inline struct token_keys *fault_open(const char *dir, const char *secret, const char *rsa, const char *ec)
{
	struct settings_token_key rows[3] = {
		{ .kid = (char *)"hs", .alg = (char *)"HS256", .file = fault_put(dir, "hs", secret) },
		{ .kid = (char *)"rs", .alg = (char *)"RS256", .file = fault_put(dir, "rs", rsa), .sign = true },
		{ .kid = (char *)"es", .alg = (char *)"ES256", .file = fault_put(dir, "es", ec), .sign = true },
	};
	struct settings s = { .token_secret_file = g_build_filename(dir, "secret", NULL), .token_keys = rows, .ntoken_keys = 3 };
	struct token_keys *k = NULL;
	char why[300];

	if (token_keys_open(&k, &s, true, why, sizeof(why)))
		abort();
	for (size_t i = 0; i < 3; i++)
		g_free(rows[i].file);
	g_free(s.token_secret_file);
	return k;
}

/** Makes the folder's files; `dir` must be there. */
static inline void faults_open(struct fault_keys *f, const char *dir)
{
	char *sub = g_build_filename(dir, "signing", NULL), *rsa, *ec, *ec2;

	f->dir = g_strdup(dir);
	if (fs_mkdirs(sub, 0700) || token_key_generate(TOKEN_RS256, &rsa, &f->rsa_public) || token_key_generate(TOKEN_ES256, &ec, &f->ec_public) ||
	    token_key_generate(TOKEN_ES256, &ec2, NULL))
		abort();
	f->signing = fault_open(sub, FAULT_SECRET, rsa, ec);
	f->wrong = fault_open(sub, "another secret, of somebody else entirely", rsa, ec2);
	fs_remove_tree(sub);
	g_free(fault_put(dir, "hs", FAULT_SECRET));
	g_free(fault_put(dir, "rs", f->rsa_public));
	g_free(fault_put(dir, "es", f->ec_public));
	g_free(rsa);
	g_free(ec);
	g_free(ec2);
	g_free(sub);
}

static inline void faults_close(struct fault_keys *f)
{
	token_keys_unref(&f->signing);
	token_keys_unref(&f->wrong);
	g_free(f->rsa_public);
	g_free(f->ec_public);
	g_free(f->dir);
}

/** g_free(); by the key es. Each is somebody else's. */
static inline char *good_token(const struct fault_keys *f, const char *room, bool host, unsigned grants)
{
	struct token t = { .host = host, .grants = grants, .exp_s = clock_wall_ms() / 1000 + 600, .name = "App" };
	static unsigned made;
	char *jwt = NULL, *copy;

	g_snprintf(t.sub, sizeof(t.sub), "app-user-%u", ++made);
	g_strlcpy(t.room, room, sizeof(t.room));
	if (token_mint(&jwt, f->signing, "es", &t, clock_wall_ms() / 1000))
		abort();
	copy = g_strdup(jwt);
	free(jwt);
	return copy;
}

static inline char *fault_minted(struct token_keys *keys, const char *kid, const char *room, int64_t exp_s)
{
	struct token t = { .host = true, .sub = "app-user", .exp_s = exp_s };
	char *jwt = NULL, *copy;

	g_strlcpy(t.room, room, sizeof(t.room));
	if (token_mint(&jwt, keys, kid, &t, clock_wall_ms() / 1000))
		abort();
	copy = g_strdup(jwt);
	free(jwt);
	return copy;
}

static inline char *fault_forged(const char *header, const char *secret, const char *room, const char *more, const char *sig)
{
	char *claims = g_strdup_printf("{\"room\":\"%s\",\"sub\":\"app-user\",\"name\":\"A\"%s}", room, more), *jwt;

	jwt = forge_with(header, claims, secret, strlen(secret), sig);
	g_free(claims);
	return jwt;
}

/** A token for a host of `room` but for the fault. g_free() */
static inline char *fault_token(const struct fault_keys *f, enum fault fault, const char *room)
{
#define FAULT_HS "{\"alg\":\"HS256\",\"kid\":\"hs\"}"
#define FAULT_GOOD ",\"role\":\"host\",\"iss\":\"janus-recroom\",\"exp\":99999999999"
	int64_t now_s = clock_wall_ms() / 1000;
	char *jwt, *dot;

	switch (fault) {
	case FAULT_EXPIRED: return fault_minted(f->signing, "rs", room, now_s - TOKEN_LEEWAY_S - 1);
	case FAULT_NOT_YET: return fault_forged(FAULT_HS, FAULT_SECRET, room, FAULT_GOOD ",\"nbf\":99999999998", NULL);
	case FAULT_ISSUED_LATER: return fault_forged(FAULT_HS, FAULT_SECRET, room, FAULT_GOOD ",\"iat\":99999999998", NULL);
	case FAULT_OTHER_ROOM: return fault_minted(f->signing, "es", "elsewhere", now_s + 600);
	case FAULT_WRONG_KEY: return fault_minted(f->wrong, "es", room, now_s + 600);
	case FAULT_UNKNOWN_KID: return fault_forged("{\"alg\":\"HS256\",\"kid\":\"nobody\"}", FAULT_SECRET, room, FAULT_GOOD, NULL);
	case FAULT_NO_KID: return fault_forged("{\"alg\":\"HS256\"}", FAULT_SECRET, room, FAULT_GOOD, NULL);
	case FAULT_ALG_NONE: return fault_forged("{\"alg\":\"none\",\"kid\":\"hs\"}", FAULT_SECRET, room, FAULT_GOOD, NULL);
	case FAULT_RSA_AS_SECRET: return fault_forged("{\"alg\":\"HS256\",\"kid\":\"rs\"}", f->rsa_public, room, FAULT_GOOD, NULL);
	case FAULT_EC_AS_SECRET: return fault_forged("{\"alg\":\"HS256\",\"kid\":\"es\"}", f->ec_public, room, FAULT_GOOD, NULL);
	case FAULT_OTHER_KID: return fault_forged("{\"alg\":\"HS256\",\"kid\":\"es\"}", FAULT_SECRET, room, FAULT_GOOD, NULL);
	case FAULT_CUT_SIGNATURE:
		jwt = fault_minted(f->signing, "es", room, now_s + 600);
		jwt[strlen(jwt) - 4] = '\0';
		return jwt;
	case FAULT_NO_SIGNATURE:
		jwt = fault_minted(f->signing, "es", room, now_s + 600);
		strrchr(jwt, '.')[1] = '\0';
		return jwt;
	case FAULT_CHANGED_CLAIM:
		jwt = fault_minted(f->signing, "hs", room, now_s + 600);
		dot = strchr(jwt, '.');
		dot[20] = dot[20] == 'A' ? 'B' : 'A';
		return jwt;
	case FAULT_CRIT: return fault_forged("{\"alg\":\"HS256\",\"kid\":\"hs\",\"crit\":[\"exp\"]}", FAULT_SECRET, room, FAULT_GOOD, NULL);
	case FAULT_TOO_LONG:
		dot = g_strnfill(3500, 'x');
		jwt = g_strdup_printf("%s,\"x\":\"%s\"", FAULT_GOOD, dot);
		g_free(dot);
		dot = fault_forged(FAULT_HS, FAULT_SECRET, room, jwt, NULL);
		g_free(jwt);
		return dot;
	case FAULT_NO_EXP: return fault_forged(FAULT_HS, FAULT_SECRET, room, ",\"role\":\"host\",\"iss\":\"janus-recroom\"", NULL);
	case FAULT_FLOAT_EXP: return fault_forged(FAULT_HS, FAULT_SECRET, room, ",\"role\":\"host\",\"iss\":\"janus-recroom\",\"exp\":99999999999.5", NULL);
	case FAULT_TWICE: return fault_forged(FAULT_HS, FAULT_SECRET, room, FAULT_GOOD ",\"role\":\"host\"", NULL);
	case FAULT_ISSUER: return fault_forged(FAULT_HS, FAULT_SECRET, room, ",\"role\":\"host\",\"iss\":\"janus\",\"exp\":99999999999", NULL);
	case FAULT_NO_ROLE: return fault_forged(FAULT_HS, FAULT_SECRET, room, ",\"iss\":\"janus-recroom\",\"exp\":99999999999", NULL);
	case FAULT_ALL_ROOMS: return fault_forged(FAULT_HS, FAULT_SECRET, "*", FAULT_GOOD, NULL);
	default: return g_strdup("");
	}
}

/** What each is refused with, everywhere; FAULT_OTHER_ROOM is a good token where no room is named. */
static const char *const fault_codes[FAULTS] = {
	[FAULT_EXPIRED] = "token_expired", [FAULT_NOT_YET] = "token_expired", [FAULT_ISSUED_LATER] = "token_expired", [FAULT_OTHER_ROOM] = "other room",
	[FAULT_WRONG_KEY] = "unauthorized", [FAULT_UNKNOWN_KID] = "unauthorized", [FAULT_NO_KID] = "unauthorized", [FAULT_ALG_NONE] = "unauthorized",
	[FAULT_RSA_AS_SECRET] = "unauthorized", [FAULT_EC_AS_SECRET] = "unauthorized", [FAULT_OTHER_KID] = "unauthorized",
	[FAULT_CUT_SIGNATURE] = "unauthorized", [FAULT_NO_SIGNATURE] = "unauthorized", [FAULT_CHANGED_CLAIM] = "unauthorized", [FAULT_CRIT] = "unauthorized",
	[FAULT_TOO_LONG] = "unauthorized", [FAULT_NO_EXP] = "unauthorized", [FAULT_FLOAT_EXP] = "unauthorized", [FAULT_TWICE] = "unauthorized",
	[FAULT_ISSUER] = "unauthorized", [FAULT_NO_ROLE] = "unauthorized", [FAULT_ALL_ROOMS] = "unauthorized", [FAULT_EMPTY] = "unauthorized",
};
