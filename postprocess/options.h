/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The command line of recroom-pp, as tables: commands, options, exit codes. Parsing, --help, the man page and the shells' completions are all
 * made of these tables, so none can lag behind.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "common/spec.h"

#ifndef RECROOM_CONFIG
#define RECROOM_CONFIG "/etc/janus/janus.plugin.recroom.jcfg"
#endif

enum exit_code { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_NOT_FOUND, EXIT_DAMAGE, EXIT_LATER, EXIT_INT = 130, EXIT_TERM = 143 };
enum progress_mode { PROGRESS_AUTO, PROGRESS_TTY, PROGRESS_JSONL, PROGRESS_NONE };
enum token_role { ROLE_GUEST, ROLE_HOST };
enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_INT, OPTION_CHOICE, OPTION_WORD, OPTION_FILE, OPTION_DIR };
enum { COMMAND_SERVE = 1, COMMAND_COMPOSE = 2, COMMAND_LIST = 4, COMMAND_SHOW = 8, COMMAND_DELETE = 16, COMMAND_TOKEN = 32, COMMAND_COMPLETION = 64,
       COMMAND_VERIFY = 128, COMMAND_REPAIR = 256, COMMAND_RECOMPOSE = 512, COMMAND_ERASE = 1024, COMMAND_CANCEL = 2048, COMMAND_WEBHOOK = 4096,
       COMMAND_CATALOG = 8192, COMMAND_JOBS = 16384, COMMAND_ACCESS = 32768, COMMAND_HOLD = 65536,
       COMMAND_KEEP = 131072, COMMAND_SHARE = 262144, COMMAND_DOWNLOAD = 1 << 20, COMMAND_UPLOAD = 1 << 21, COMMAND_FETCH = 1 << 22,
       COMMAND_STORAGE = 1 << 23 };

struct app;
struct command {
	const char *name;
	unsigned bit;
	const char *args;              /* "DIR", or ""; "ACTION [NAME]": the last one may be left out, and is NULL then */
	int nargs;                     /* so many, without those in brackets; "ID…": or more */
	const char *choices;           /* of the first argument, "bash|zsh", or NULL */
	bool takes_dir;                /* the argument is a directory, for completion */
	const char *summary;           /* one line, no full stop */
	const char *text;              /* a paragraph */
	int (*run)(struct app *a);     /* returns an enum exit_code */
};
extern const struct command commands[];        /* ends with a row without name */

struct option_row {
	const char *name;
	char letter;                   /* 0: none */
	enum option_kind kind;
	size_t offset;                 /* in struct options: bool, int (OPTION_INT, OPTION_CHOICE) or const char * */
	const char *arg;               /* "DIR" */
	const char *choices;           /* OPTION_CHOICE: "a|b|c", the value is the index; OPTION_WORD: the value is the word */
	int min, max;                  /* OPTION_INT */
	const char *help;
	unsigned commands;             /* 0: all, also before the command */
};
extern const struct option_row option_rows[];  /* ends with a row without name */

struct exit_row { int code; const char *meaning; };
extern const struct exit_row exit_rows[];      /* ends with a row without meaning */

struct options {
	/* all commands; strings are borrowed from argv */
	bool help, version, manual, json, quiet, verbose;
	const char *config, *recordings;
	int log_format;                /* enum log_format */
	int progress;                  /* enum progress_mode */
	/* serve */
	const char *listen, *page, *tls_cert, *tls_key;
	bool no_jobs, no_api;
	/* compose */
	bool overwrite, follow, ask;
	int number;                    /* of the output; 0: not given */
	int threads;                   /* 0: as many as cores */
	const char *spec_json, *spec[SPEC_COUNT];      /* see options_spec() */
	/* verify */
	const char *key, *chain_hash;
	bool all;
	/* list */
	const char *room, *status, *page_token;
	int limit;
	/* repair */
	const char *catalog;
	/* erase */
	const char *participant;
	bool yes, no_compose;
	/* delete, repair, erase, storage */
	bool dry_run;
	/* storage */
	bool expire_originals;
	/* catalog */
	const char *to;
	bool force;
	/* token (and room above) */
	int role, ttl_s, alg;
	const char *name, *grants, *identity, *kid, *expires, *inspect, *new_key;
	/* webhook */
	const char *endpoint, *recording, *since;
	bool failed;
	/* share (and name, number, expires above) */
	const char *revoke;
	bool list_shares;
	/* storage check */
	bool deep;
	/* hold, keep */
	const char *reason, *until, *chunks;
	bool release;
	/* download, upload (store), fetch (store) */
	int output;
	const char *object, *file, *store;
	/* what is left */
	const struct command *command; /* NULL: none was given */
	char **args;                   /* command->nargs of them, then one more or NULL */
};

/** Fills *o from argv, which getopt may reorder. On a mistake -EINVAL and a sentence in why. A command's arguments are not counted when help is asked. */
int options_parse(struct options *o, int argc, char **argv, char *why, size_t why_size);
/** Lays --spec and then the options named for members of the spec over it. 0, or -EINVAL with a sentence without a full stop. */
int options_spec(const struct options *o, struct output_spec *spec, char *why, size_t why_size);
/** True if this option belongs to the command (NULL: to all). */
bool option_applies(const struct option_row *row, const struct command *command);
