/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a command gets and how it reports: the options, the settings, and one way to say a result and a failure. Main thread only.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include "common/catalog_access.h"
#include "common/settings.h"
#include "common/token.h"
#include "postprocess/options.h"

struct app {
	struct options o;
	char **argv;                   /* of main() */
	struct settings *settings;     /* after app_settings() */
	struct catalog *catalog;       /* after app_catalog() */
};

/** Each returns EXIT_DONE, or has said why and returns the exit code to leave with. app_settings applies --recordings; app_catalog includes it
 *  and, without `create`, finds a missing catalog to be EXIT_NOT_FOUND. */
int app_settings(struct app *a);
/** Reads the configuration into *out alone; as settings_load(). */
int app_load(const struct app *a, struct settings **out, char *why, size_t size);
int app_catalog(struct app *a, bool create);
/** Is there a catalog to be opened? After app_settings(). */
bool app_catalog_there(const struct app *a);
int app_keys(struct app *a, struct token_keys **keys);
void app_close(struct app *a);

/** One JSON line {"message_type":type, ...members of o} on the output, at once. Takes o. */
void app_json(const char *type, json_t *o);
/** Says the sentence on stderr, and with --json as a summary {"ok":false,"exit_code","reason"} on the output. Returns `code`. */
int app_fail(struct app *a, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/** The same with more members in the summary; takes o. */
int app_fail_with(struct app *a, int code, json_t *o, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/** The summary of success: with --json {"ok":true, ...members of o}. Takes o (may be NULL). Returns EXIT_DONE. */
int app_done(struct app *a, json_t *o);
/** Exit code for a negative errno: not found, damage, later, or failed. */
int app_exit_code(int err);

/** It was done by hand: for the access log, if the catalog is open. item: output or participant, or NULL. */
void app_note(struct app *a, enum access_action action, const char *recording, const char *item);

int cmd_serve(struct app *a);
int cmd_compose(struct app *a);
int cmd_list(struct app *a);
int cmd_show(struct app *a);
int cmd_delete(struct app *a);
int cmd_upload(struct app *a);
int cmd_hold(struct app *a);
int cmd_keep(struct app *a);
int cmd_verify(struct app *a);
int cmd_repair(struct app *a);
int cmd_fetch(struct app *a);
int cmd_recompose(struct app *a);
int cmd_erase(struct app *a);
int cmd_cancel(struct app *a);
int cmd_catalog(struct app *a);
int cmd_token(struct app *a);
int cmd_jobs(struct app *a);
int cmd_webhook(struct app *a);
int cmd_access(struct app *a);
int cmd_download(struct app *a);
int cmd_share(struct app *a);
int cmd_storage(struct app *a);
int cmd_completion(struct app *a);
