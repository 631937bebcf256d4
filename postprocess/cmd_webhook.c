/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp webhook`: who is told of events and what could not be, an event to try an endpoint with, and sending again. Main thread.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/catalog_webhook.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/cmd.h"
#include "postprocess/text.h"
#include "postprocess/webhook_attempt.h"

enum { LETTERS_MAX = 1000, SHOWN = 200 };

static const struct settings_webhook *configured(struct app *a, const char *name)
{
	for (size_t i = 0; i < a->settings->nwebhooks; i++)
		if (!strcmp(a->settings->webhooks[i].name, name))
			return &a->settings->webhooks[i];
	return NULL;
}

/* list */

static const char *state_of(struct app *a, json_t *row)
{
	if (json_num(row, "disabled_ms", 0))
		return "disabled (410)";
	if (json_num(row, "not_before_ms", 0) > clock_wall_ms())
		return "asked for less";
	if (!configured(a, json_str(row, "name")))
		return "not configured";
	return json_str(row, "reason") ? "failing" : "on";
}

static void print_endpoint(struct app *a, json_t *row)
{
	char t[TEXT_SIZE], o[TEXT_SIZE];
	int64_t delivered_ms = json_num(row, "delivered_ms", 0), oldest_ms = json_num(row, "oldest_ms", 0);

	printf("%-24s  %-14s  %6lld due  %6lld failed  delivered %s", json_str(row, "name"), state_of(a, row), (long long)json_num(row, "queued", 0),
	       (long long)json_num(row, "failed", 0), delivered_ms ? text_time(t, delivered_ms) : "never");
	if (oldest_ms)
		printf("  oldest due %s", text_time(o, oldest_ms));
	printf("%s%s\n", json_str(row, "reason") ? "  " : "", json_str(row, "reason") ? json_str(row, "reason") : "");
}

static void print_letter(json_t *row)
{
	char t[TEXT_SIZE];

	printf("%s  %-16s  %s  seq %lld  %-20s  %lld attempts  %s\n", text_time(t, json_num(row, "changed_ms", 0)), json_str(row, "endpoint"), json_str(row, "recording"),
	       (long long)json_num(row, "seq", 0), json_str(row, "type"), (long long)json_num(row, "attempts", 0), json_str(row, "reason") ? json_str(row, "reason") : "");
}

static void put_rows(struct app *a, json_t *rows, bool letters)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (!letters)
			json_object_set_new(row, "state", json_string(state_of(a, row)));
		if (a->o.json)
			app_json(letters ? "message" : "endpoint", json_incref(row));
		else if (letters)
			print_letter(row);
		else
			print_endpoint(a, row);
	}
}

static int list(struct app *a, const char *name)
{
	bool letters = a->o.failed || name;
	json_t *rows = NULL;
	int n, err = letters ? catalog_webhook_failed(a->catalog, name, LETTERS_MAX, &rows) : catalog_webhook_list(a->catalog, &rows);

	if (err < 0)
		return app_fail(a, app_exit_code(err), "cannot read the catalog: %s", err_str(err));
	put_rows(a, rows, letters);
	n = (int)json_array_size(rows);
	json_decref(rows);
	if (!n && !a->o.json && !a->o.quiet)
		fprintf(stderr, letters ? "Nothing was given up.\n" : "There are no endpoints; recroom-pp serve puts in those of the configuration.\n");
	return app_done(a, json_pack("{s:i}", letters ? "messages" : "endpoints", n));
}

/* test */

/* The answer's beginning on one line; whoever sent it does not write on this terminal. */
static char *beginning(const struct webhook_answer *answer)
{
	char *text = g_strndup(answer->body, MIN(answer->len, SHOWN));

	for (char *p = text; *p; p++)
		if (!g_ascii_isprint(*p))
			*p = *p == '\n' || *p == '\t' ? ' ' : '.';
	return text;
}

static int report(struct app *a, const char *name, const struct webhook_answer *answer)
{
	bool good = answer->status / 100 == 2;
	char *body = beginning(answer);
	json_t *o = json_pack("{s:s,s:b,s:i,s:I,s:s,s:s}", "endpoint", name, "delivered", good, "status", answer->status, "took_ms", (json_int_t)answer->took_ms,
			      "reason", answer->why, "body", body);
	int code;

	if (a->o.json)
		app_json("attempt", json_incref(o));
	else if (good)
		printf("%s: delivered, it answered %d in %lld ms\n", name, answer->status, (long long)answer->took_ms);
	if (!a->o.json && *body)
		printf("%s: its answer begins: %s\n", name, body);
	code = good ? app_done(a, json_incref(o)) : app_fail_with(a, EXIT_FAILED, json_pack("{s:s}", "endpoint", name), "%s: not delivered: %s", name, answer->why);
	json_decref(o);
	g_free(body);
	return code;
}

static int test(struct app *a, const char *name)
{
	const struct settings_webhook *h = configured(a, name);
	struct webhook_secrets secrets;
	struct webhook_answer answer;
	struct webhook_attempt *attempt = NULL;
	char id[SECRET_SIZE + 4] = "msg_", why[512], *body;
	struct webhook_post post = { .endpoint = h, .secrets = &secrets, .id = id, .now_s = clock_wall_ms() / 1000 };
	json_t *message;
	int err;

	if (!h)
		return app_fail(a, EXIT_NOT_FOUND, "the configuration has no webhook %s", name);
	if (webhook_secrets_load(&secrets, h->secret_file, why, sizeof(why)))
		return app_fail(a, EXIT_FAILED, "webhook %s: %s", name, why);
	secret_make(id + 4);
	message = json_pack("{s:s,s:I,s:{s:s}}", "type", "webhooktest", "at_ms", (json_int_t)clock_wall_ms(), "payload", "text", "recroom-pp webhook test");
	body = webhook_body(message, NULL);
	post.body = body;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	err = webhook_attempt_create(&attempt, &post);
	if (!err)
		webhook_attempt_run(attempt, &answer);
	webhook_attempt_unref(&attempt);
	curl_global_cleanup();
	free(body);
	json_decref(message);
	return err ? app_fail(a, EXIT_FAILED, "webhook %s: libcurl takes no such request", name) : report(a, name, &answer);
}

/* replay, enable, remove */

static int replay(struct app *a, const char *name)
{
	struct catalog_replay r = { .endpoint = a->o.endpoint ? a->o.endpoint : name, .recording = a->o.recording };
	int n;

	if (a->o.since)
		r.since_ms = text_since(a->o.since, clock_wall_ms());
	if (r.since_ms < 0)
		return app_fail(a, EXIT_USAGE, "--since wants a time (2026-11-23T10:00:00Z) or how long ago (90s, 30m, 2h, 7d), not \"%s\"", a->o.since);
	if (r.recording && !recording_id_valid(r.recording))
		return app_fail(a, EXIT_USAGE, "\"%s\" is no recording id", r.recording);
	n = catalog_webhook_replay(a->catalog, &r);
	if (n < 0)
		return app_fail(a, app_exit_code(n), "cannot replay: %s", err_str(n));
	if (!a->o.json && !a->o.quiet)
		printf("%d message%s to be sent again by recroom-pp serve\n", n, n == 1 ? "" : "s");
	return app_done(a, json_pack("{s:i}", "messages", n));
}

static int change(struct app *a, const char *name, int (*how)(struct catalog *c, const char *name))
{
	int err = how(a->catalog, name);

	if (err == -ENOENT)
		return app_fail(a, EXIT_NOT_FOUND, "the catalog has no webhook %s", name);
	return err < 0 ? app_fail(a, app_exit_code(err), "cannot change webhook %s: %s", name, err_str(err)) : app_done(a, json_pack("{s:s}", "endpoint", name));
}

static int enable(struct app *a, const char *name)
{
	return change(a, name, catalog_webhook_enable);
}

static int forget(struct app *a, const char *name)
{
	return change(a, name, catalog_webhook_remove);
}

int cmd_webhook(struct app *a)
{
	static const struct { const char *word; int (*run)(struct app *a, const char *name); bool wants_name, catalog; } rows[] = {
		{ "list", list, false, true }, { "test", test, true, false }, { "replay", replay, false, true }, { "enable", enable, true, true },
		{ "remove", forget, true, true },
	};
	const char *name = a->o.args[1];
	size_t i = 0;
	int code;

	while (i < G_N_ELEMENTS(rows) - 1 && strcmp(rows[i].word, a->o.args[0]))
		i++;
	if (rows[i].wants_name && !name)
		return app_fail(a, EXIT_USAGE, "webhook %s wants the name of an endpoint", rows[i].word);
	code = rows[i].catalog ? app_catalog(a, false) : app_settings(a);
	return code ? code : rows[i].run(a, name);
}
