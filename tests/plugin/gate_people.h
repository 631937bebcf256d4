/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * People at the gate, as bare handles: for test_plugin_gate.c and test_plugin_hosts.c, which include it.
 */
#pragma once
#include <glib.h>
#include <stdlib.h>
#include "common/json.h"
#include "common/settings.h"
#include "common/sync.h"
#include "common/token.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"

enum { SOON_MS = 10000 };

/* A token as an application would make it; grants as of token.h. */
static char *jwt(const char *room, const char *sub, bool host, unsigned grants)
{
	struct token t = { .host = host, .grants = grants, .exp_s = clock_wall_ms() / 1000 + 600 };
	struct settings s = { .token_secret_file = g_build_filename(fake_folder(), "recordings", "secret.key", NULL) };
	struct token_keys *k = NULL;
	char *out = NULL, why[200];

	g_strlcpy(t.room, room, sizeof(t.room));
	g_strlcpy(t.sub, sub, sizeof(t.sub));
	g_strlcpy(t.name, sub, sizeof(t.name));
	CHECK_INT(token_keys_open(&k, &s, false, why, sizeof(why)), 0);
	CHECK_INT(token_mint(&out, k, NULL, &t, clock_wall_ms() / 1000), 0);
	token_keys_unref(&k);
	g_free(s.token_secret_file);
	return out;
}

/* The answer to a join with these members more (may be ""), borrowed. */
static json_t *join(struct fake_handle *h, const char *room, const char *more)
{
	return fake_ask(h, "{'recroom':'join','room':'%s'%s%s}", room, *more ? "," : "", more);
}

static json_t *join_jwt(struct fake_handle *h, const char *room, const char *sub, bool host, unsigned grants)
{
	char *token = jwt(room, sub, host, grants), *more = g_strdup_printf("'token':'%s'", token);
	json_t *a = join(h, room, more);

	g_free(more);
	free(token);
	return a;
}

/* Somebody who comes in at once; *resume (may be NULL) is g_free()d by the caller. */
static struct fake_handle *inside(const char *room, const char *more, char **resume)
{
	struct fake_handle *h = fake_attach();
	json_t *a = join(h, room, more);

	CHECK_STR(json_str(a, "recroom"), "joined");
	if (resume)
		*resume = g_strdup(json_str(a, "resume"));
	return h;
}

static inline struct fake_handle *host_of(const char *room)
{
	return inside(room, "'secret':'hosthost','display':'Hedy'", NULL);
}

/* How a join ends: "joined", "waiting", or the error's code. */
static inline const char *how(json_t *answer)
{
	return json_str(answer, "code") ? json_str(answer, "code") : json_str(answer, "recroom");
}

/* The answer comes before the leaving is done. */
static inline void leaves(struct fake_handle *h, struct fake_handle *witness)
{
	CHECK_CODE(fake_ask(h, "{'recroom':'leave'}"), NULL);
	CHECK(fake_expect(witness, "leaving", NULL, SOON_MS));
}

static inline void back_in(struct fake_handle *h, const char *room, const char *resume, const char *expected)
{
	char *more = g_strdup_printf("'resume':'%s'", resume);

	CHECK_STR(how(join(h, room, more)), expected);
	g_free(more);
}

/* Waits until `what` does not hold any more, or fails the test. */
#define CHECK_SOON(what) do { \
	int64_t until_us_ = clock_mono_us() + SOON_MS * 1000LL; \
	while (!(what) && clock_mono_us() < until_us_) \
		g_usleep(5000); \
	CHECK(what); \
} while (0)
