/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of the command line and their parser over getopt_long. Called once by main(), before any thread.
 *
 *	recroom-pp [options of all] COMMAND [options of all and of the command] [arguments]
 *	           └─ first pass ─┘ └──────────────── second pass ────────────────────────┘
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/words.h"
#include "postprocess/cmd.h"
#include "postprocess/options.h"

const struct command commands[] = {
	{ "serve", COMMAND_SERVE, "", 0, NULL, false, "run jobs and serve page, files and REST",
	  "Takes jobs from the catalog, runs each in a process of its own, and serves the demo page, the finished files and the REST interface. "
	  "Prints one line \"listening on URL\" when ready. SIGTERM or Ctrl-C stop it cleanly: running jobs are given back and begin again elsewhere.",
	  cmd_serve },
	{ "compose", COMMAND_COMPOSE, "DIR", 1, NULL, true, "make one file of a recording by hand",
	  "Mixes the chunks in DIR, a recording's directory, into output.webm, with metadata.json, thumbnail, chapters, captions and storyboard beside it. Does not touch the catalog.",
	  cmd_compose },
	{ "recompose", COMMAND_RECOMPOSE, "DIR", 1, NULL, true, "make another output of a recording, differently",
	  "Mixes the chunks in DIR, a recording's directory, once more as the options say: another layout, size or format, only some people, a part of the time. "
	  "The new output and what stands beside it get the next number and lie in DIR/outputs; what was made before stays as it is. If the catalog of the configuration knows "
	  "the recording, it is told. Where the chunks are no longer kept, exit status 3 and \"originals_gone\".",
	  cmd_recompose },
	{ "erase", COMMAND_ERASE, "DIR", 1, NULL, true, "take a person out of a recording for good",
	  "Removes from DIR, a recording's directory, the chunks, name and chat lines of one person and every finished file that holds them (all but those made without them), and makes the first "
	  "output again without them. The timeline keeps the id and says that it was erased, so \"verify\" finds nothing amiss. Asks first on a terminal, wants --yes elsewhere. "
	  "If it is interrupted, run it again: it goes on where it was.",
	  cmd_erase },
	{ "cancel", COMMAND_CANCEL, "ID", 1, NULL, false, "stop making an output",
	  "Ends the job that makes an output of the recording ID; nothing half-made is left, and it can be made again.", cmd_cancel },
	{ "verify", COMMAND_VERIFY, "DIR", 1, NULL, true, "check that a recording is what was captured",
	  "Reads all of DIR, a recording's directory, and says whether anything was altered, taken out or put in since it was captured: exit status 0 when all "
	  "is sound, 4 when not, with what was done first. Lines, chunk files and their order are covered by hashes, the finished files by those in metadata.json; "
	  "a change made by somebody who writes everything anew is found only by a signature (--key) or a chain hash kept elsewhere (--chain-hash). Chunks that were erased "
	  "on request, and a recording that was repaired, are said to be that. Changes nothing.",
	  cmd_verify },
	{ "repair", COMMAND_REPAIR, "DIR", 1, NULL, true, "rebuild a recording from its files",
	  "Rebuilds timeline.jsonl of DIR, a recording's directory, from the lines of it that can still be read and from the chunk files, which say whose they are. "
	  "Whole temporary files are taken, files that cannot be read are renamed to NAME.damaged, the old timeline is kept as timeline.jsonl.damaged-N. "
	  "The new one says for ever that it was repaired. A recording that is sound stays as it is. Rows that are missing in the catalog are put in, "
	  "if DIR lies in the recordings directory of the configuration, or with --catalog. What is being recorded is left alone.",
	  cmd_repair },
	{ "fetch", COMMAND_FETCH, "ID", 1, NULL, false, "bring a recording back from a store",
	  "Brings the originals of the recording ID (timeline, chunks, names, chat) from a store that has them into the recordings directory, where its directory is not there or has no "
	  "chunks any more; each file is held against its hash. Where the catalog knows nothing any more, \"repair\" on the directory puts the recording in again. A running "
	  "\"recroom-pp serve\" does this by itself for a host that is lost.", cmd_fetch },
	{ "list", COMMAND_LIST, "", 0, NULL, false, "list recordings, newest first",
	  "Lists what the catalog knows, deleted recordings left out.", cmd_list },
	{ "show", COMMAND_SHOW, "ID", 1, NULL, false, "show one recording",
	  "Shows state, participants, outputs and files of the recording ID.", cmd_show },
	{ "delete", COMMAND_DELETE, "ID", 1, NULL, false, "delete a recording and its files",
	  "Marks the recording ID as being deleted: it is served no more from this moment. Its files are removed by a running \"recroom-pp serve\".",
	  cmd_delete },
	{ "upload", COMMAND_UPLOAD, "ID…", 1, NULL, false, "send a recording's files to the stores",
	  "Sends all finished files of the recordings ID that are not there yet to the primary store and the mirrors of the configuration, or to --store alone, also after an upload was given up: "
	  "what was sent before is not sent again. The recording is completed when they are verified there. A running \"recroom-pp serve\" does this by itself.",
	  cmd_upload },
	{ "hold", COMMAND_HOLD, "ID", 1, NULL, false, "keep a recording whatever happens",
	  "Marks the recording ID as held: until --release it is neither deleted nor does its time run out, and nobody is erased from it, whoever asks. "
	  "New outputs can be made.", cmd_hold },
	{ "keep", COMMAND_KEEP, "ID", 1, NULL, false, "say how long a recording is kept",
	  "Changes until when the recording ID is kept, or with --chunks its originals, which its room's keep_outputs_days and keep_chunks_days say else. "
	  "It is deleted a day after recordingexpiring was told at the earliest. What is held stays until it is released.", cmd_keep },
	{ "catalog", COMMAND_CATALOG, "ACTION [FILE]", 1, "move|backup|restore|check", false, "move, save, restore or check the catalog",
	  "move: copies the catalog of the configuration into the empty one of --to, from SQLite to PostgreSQL or back, in one transaction, while nobody uses it. "
	  "backup: writes all of it, as it is at one moment, to FILE as JSON Lines, whatever the engine; calls and recordings go on. "
	  "restore: reads such a FILE into the catalog of the configuration, which must be empty; one made by an older version is brought up to this one. "
	  "check: says whether the tables keep their rules, exit status 4 when not. Passwords belong into a password file (~/.pgpass) or a service file, not on a command line.",
	  cmd_catalog },
	{ "token", COMMAND_TOKEN, "", 0, NULL, false, "make or look at a token, make a key",
	  "Prints a token signed with the key of this installation, for Authorization: Bearer and for join. With --inspect it says of a token whether it is good here: "
	  "exit status 0 when it is, 1 when not. With --new-key it makes a key; over one that is in use only with --overwrite, and then programs that run take it within seconds.",
	  cmd_token },
	{ "webhook", COMMAND_WEBHOOK, "ACTION [NAME]", 1, "list|test|replay|enable|remove", false, "who is told of events over HTTP",
	  "list: the endpoints, what is due and what was given up; with NAME or --failed the messages that were given up. test NAME: posts a test event now and says what came of it. "
	  "replay [NAME]: what was given up or waits for its next attempt is sent again, with --recording or --since all events of that recording or time, delivered ones too. "
	  "enable NAME: after the endpoint answered 410. remove NAME: forgets one that the configuration names no more, with all that was to be sent to it. "
	  "A running \"recroom-pp serve\" does the sending.", cmd_webhook },
	{ "jobs", COMMAND_JOBS, "[ACTION] [WHAT]", 0, "list|workers|retry|drain|undrain", false, "what waits, runs and failed, and who works",
	  "list [RECORDING]: jobs that wait or run and those that failed for good; with --failed these alone. workers: the processes that take jobs, what they have and where they reach. "
	  "retry NUMBER: does a failed job again. drain WORKER: it, or all workers of a host, finishes what it has and takes nothing new; undrain: again.", cmd_jobs },
	{ "access", COMMAND_ACCESS, "[RECORDING]", 0, NULL, false, "who viewed, downloaded, shared, changed or deleted recordings",
	  "Lists the access log, newest first, of one recording or of all, deleted ones too. Shared means that links were given to whoever asked, which work without a token until "
	  "they expire. What was done with such a link is by \"link\"; by whom else is what their token calls them. Kept for serve.keep_access_days.", cmd_access },
	{ "download", COMMAND_DOWNLOAD, "[ID]", 0, NULL, false, "get files of a recording out of the stores",
	  "Gets the finished file of the recording ID out of the store that has it, the primary one first, another one where that fails; what is sealed is opened. A file has its name only when "
	  "it is whole, of the size and with the checksum that the catalog knows; what was interrupted goes on where it was when the same command is given again. With --key it gets one object "
	  "of a store, whatever it is, also without a catalog; only what is sealed needs that.",
	  cmd_download },
	{ "share", COMMAND_SHARE, "ID", 1, NULL, false, "give away a link to a recording, or take one back",
	  "Prints a link under which anybody may see a file of the recording ID without a token, until --expires is over or it is taken back; it is shown this once, the catalog keeps "
	  "only its hash. With --list the links there are, with --revoke takes one back: it opens nothing from then on. The link begins with serve.public_url.", cmd_share },
	{ "storage", COMMAND_STORAGE, "ACTION [WHAT]", 1, "setup|check|rekey|forget", false, "prepare and look after the stores",
	  "setup: tries with a small object whatever will be asked of each store of the configuration, or of STORE alone, says in words which permission is missing, and writes lifecycle "
	  "rules where the store takes them: unfinished uploads end after 7 days. Rules of others stay. Exit status 1 when something is missing that is needed. "
	  "check: compares catalog, disk and stores, of the recording or store WHAT or of all, and names every difference: what is missing, extra, of another size or content, not "
	  "verified for a day, an upload begun more than a day ago, a key that is gone. Changes nothing; exit status 4 when there is any. "
	  "rekey: wraps the keys of all that is encrypted with the first key of store.master_key_file, so that older lines can be taken out of it. Objects are not touched; it can be "
	  "interrupted and given again, and everything goes on meanwhile. "
	  "forget: takes the store WHAT, which is gone for good and is configured no more, out of the catalog, so that what waits for it to be deleted there ends; says what is nowhere "
	  "else, and asks.",
	  cmd_storage },
	{ "completion", COMMAND_COMPLETION, "SHELL", 1, "bash|zsh|fish", false, "print a completion script for a shell",
	  "Prints the completion script for bash, zsh or fish, for example: recroom-pp completion bash > /etc/bash_completion.d/recroom-pp", cmd_completion },
	{ 0 },
};

#define AT(field) offsetof(struct options, field)
/* An option for each member of an output's spec: of words one, of paths a file, of all else text; spec_row_set() checks it. */
enum { SPEC_OPTION_INT = OPTION_TEXT, SPEC_OPTION_TIME = OPTION_TEXT, SPEC_OPTION_WORD = OPTION_WORD, SPEC_OPTION_FLAG = OPTION_WORD, SPEC_OPTION_TEXT = OPTION_TEXT,
       SPEC_OPTION_PERSON = OPTION_TEXT, SPEC_OPTION_PEOPLE = OPTION_TEXT, SPEC_OPTION_ARRAY = OPTION_TEXT, SPEC_OPTION_PATH = OPTION_FILE };
#define SPEC_OPTION(member, option, arg, kind, min, max, choices, help) \
	{ option, 0, (enum option_kind)SPEC_OPTION_##kind, AT(spec) + SPEC_##member * sizeof(char *), arg, choices, 0, 0, help, COMMANDS_WITH_SPEC },
enum { COMMANDS_WITH_SPEC = COMMAND_COMPOSE | COMMAND_RECOMPOSE, COMPOSING = COMMANDS_WITH_SPEC | COMMAND_ERASE };
const struct option_row option_rows[] = {
	{ "config", 'c', OPTION_FILE, AT(config), "FILE", NULL, 0, 0, "read this configuration (default " RECROOM_CONFIG ", which may be missing)", 0 },
	{ "recordings", 'd', OPTION_DIR, AT(recordings), "DIR", NULL, 0, 0, "use this recordings directory, not the configuration's", 0 },
	{ "json", 'j', OPTION_FLAG, AT(json), NULL, NULL, 0, 0, "results as JSON Lines, each with message_type; the last is the summary", 0 },
	{ "progress", 0, OPTION_CHOICE, AT(progress), "HOW", "auto|tty|jsonl|none", 0, 0,
	  "a bar, JSON Lines on the output, or nothing; auto: jsonl with --json, a bar on a terminal, else plain lines", 0 },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet), NULL, NULL, 0, 0, "say nothing but errors and results", 0 },
	{ "verbose", 'v', OPTION_FLAG, AT(verbose), NULL, NULL, 0, 0, "say more", 0 },
	{ "log-format", 0, OPTION_CHOICE, AT(log_format), "HOW", "auto|text|json", 0, 0,
	  "what is said on stderr: as text, or as JSON Lines with recording, call, participant, job of each; auto: text, with systemd's levels where its journal reads it", 0 },
	{ "help", 'h', OPTION_FLAG, AT(help), NULL, NULL, 0, 0, "print help on recroom-pp or on a command", 0 },
	{ "version", 'V', OPTION_FLAG, AT(version), NULL, NULL, 0, 0, "print versions, those of libav* among them", 0 },
	{ "help-man", 0, OPTION_FLAG, AT(manual), NULL, NULL, 0, 0, "print the man page's source", 0 },

	{ "listen", 'l', OPTION_TEXT, AT(listen), "ADDR:PORT", NULL, 0, 0,
	  "listen there (default 127.0.0.1:8090); [ADDR]:PORT for IPv6, *:PORT for all addresses, port 0 for any free one", COMMAND_SERVE },
	{ "page", 0, OPTION_DIR, AT(page), "DIR", NULL, 0, 0, "serve the page in this directory (default: the installed one)", COMMAND_SERVE },
	{ "tls-cert", 0, OPTION_FILE, AT(tls_cert), "FILE", NULL, 0, 0, "serve HTTPS with this certificate chain (PEM)", COMMAND_SERVE },
	{ "tls-key", 0, OPTION_FILE, AT(tls_key), "FILE", NULL, 0, 0, "the certificate's private key (PEM)", COMMAND_SERVE },
	{ "no-jobs", 0, OPTION_FLAG, AT(no_jobs), NULL, NULL, 0, 0, "serve only, run no jobs", COMMAND_SERVE },
	{ "no-api", 0, OPTION_FLAG, AT(no_api), NULL, NULL, 0, 0, "run jobs only, listen nowhere", COMMAND_SERVE },

	{ "overwrite", 0, OPTION_FLAG, AT(overwrite), NULL, NULL, 0, 0, "replace an output, a key or a file that is there already", COMMAND_COMPOSE | COMMAND_TOKEN | COMMAND_DOWNLOAD },
	{ "follow", 0, OPTION_FLAG, AT(follow), NULL, NULL, 0, 0, "the recording may still run: keep up with it at low priority, and end with it", COMMAND_COMPOSE },
	{ "ask", 0, OPTION_FLAG, AT(ask), NULL, NULL, 0, 0, "before a file gets its name, say \"ready\" as a JSON line and wait for the line \"go\" on the input; without it nothing is written", COMMAND_COMPOSE },
	{ "threads", 0, OPTION_INT, AT(threads), "N", NULL, 0, 256, "encoders side by side (default 0: as many as cores); the result is the same", COMPOSING },
	{ "number", 0, OPTION_INT, AT(number), "N", NULL, 1, 1000000, "of the output: 1 is output.*, the others lie in outputs/ (compose, cancel: default 1; recompose: the next that is free; share: default the first that is done)", COMMANDS_WITH_SPEC | COMMAND_CANCEL | COMMAND_SHARE },
	{ "spec", 0, OPTION_TEXT, AT(spec_json), "JSON", NULL, 0, 0, "what to make, as start_recording and metadata.json have it; the options below come after it", COMMANDS_WITH_SPEC },
	SPEC_ROWS(SPEC_OPTION)

	{ "key", 'k', OPTION_FILE, AT(key), "FILE", NULL, 0, 0,
	  "the recording must be signed with one of the Ed25519 public keys (PEM) in this file", COMMAND_VERIFY },
	{ "chain-hash", 0, OPTION_TEXT, AT(chain_hash), "HEX", NULL, 0, 0,
	  "the chain hash the recording must have, as recordingcompleted or \"recroom-pp show\" said (default: that in metadata.json)", COMMAND_VERIFY },
	{ "all", 'a', OPTION_FLAG, AT(all), NULL, NULL, 0, 0, "list all that is damaged, not only the first", COMMAND_VERIFY },

	{ "room", 'r', OPTION_TEXT, AT(room), "ROOM", NULL, 0, 0, "list: only recordings of this room; token: the room it is for", COMMAND_LIST | COMMAND_TOKEN | COMMAND_JOBS },
	{ "status", 's', OPTION_TEXT, AT(status), "STATUS", NULL, 0, 0, "only recordings in this state, for example completed", COMMAND_LIST | COMMAND_JOBS },
	{ "limit", 'n', OPTION_INT, AT(limit), "N", NULL, 1, 1000000, "at most so many (default: all)", COMMAND_LIST | COMMAND_JOBS | COMMAND_ACCESS },

	{ "store", 0, OPTION_TEXT, AT(store), "NAME", NULL, 0, 0, "only this store of the configuration (default: one that has it)", COMMAND_FETCH },
	{ "catalog", 0, OPTION_TEXT, AT(catalog), "URL", NULL, 0, 0, "put missing rows into this catalog, wherever DIR lies (sqlite:/path/recroom.db)", COMMAND_REPAIR },

	{ "to", 0, OPTION_TEXT, AT(to), "URL", NULL, 0, 0, "move: the catalog to move to (postgresql://host/database, sqlite:/path/recroom.db)", COMMAND_CATALOG },
	{ "output", 0, OPTION_INT, AT(output), "N", NULL, 1, 1000000, "of this output (default: the first that is done)", COMMAND_DOWNLOAD },
	{ "file", 0, OPTION_WORD, AT(file), "KIND", "media|metadata|thumbnail|captions|chapters|storyboard|storyboard_index|participant", 0, 0, "its file of this kind, not the media", COMMAND_DOWNLOAD },
	{ "all", 'a', OPTION_FLAG, AT(all), NULL, NULL, 0, 0, "all files of the output", COMMAND_DOWNLOAD },
	{ "to", 0, OPTION_DIR, AT(to), "DIR", NULL, 0, 0, "into this directory (default: the current one)", COMMAND_DOWNLOAD },
	{ "store", 0, OPTION_TEXT, AT(store), "NAME", NULL, 0, 0, "download: from this store alone (default: the primary one, then any other that has it); upload: to this store alone", COMMAND_DOWNLOAD | COMMAND_UPLOAD },
	{ "key", 0, OPTION_TEXT, AT(object), "KEY", NULL, 0, 0, "this object of the store, no recording", COMMAND_DOWNLOAD },
	{ "force", 0, OPTION_FLAG, AT(force), NULL, NULL, 0, 0, "move: even while hosts give signs of life; what they write meanwhile is lost", COMMAND_CATALOG },

	{ "dry-run", 0, OPTION_FLAG, AT(dry_run), NULL, NULL, 0, 0, "only say what would be done", COMMAND_DELETE | COMMAND_REPAIR | COMMAND_ERASE | COMMAND_UPLOAD | COMMAND_STORAGE },
	{ "expire-originals", 0, OPTION_FLAG, AT(expire_originals), NULL, NULL, 0, 0,
	  "setup: a rule, too, that deletes originals 30 days after keep_chunks_days, where that is the same for all rooms; a hold does not bind the store's rule", COMMAND_STORAGE },

	{ "deep", 0, OPTION_FLAG, AT(deep), NULL, NULL, 0, 0, "check: read every file and object, too", COMMAND_STORAGE },
	{ "reason", 0, OPTION_TEXT, AT(reason), "TEXT", NULL, 0, 0, "why, for whoever looks at it later", COMMAND_HOLD },
	{ "release", 0, OPTION_FLAG, AT(release), NULL, NULL, 0, 0, "hold it no more", COMMAND_HOLD },
	{ "until", 0, OPTION_TEXT, AT(until), "TIME", NULL, 0, 0, "all of it: 2027-01-31, 2027-01-31T18:00:00Z, so long from now (90d, 12h), or forever", COMMAND_KEEP },
	{ "chunks", 0, OPTION_TEXT, AT(chunks), "TIME", NULL, 0, 0, "its originals, without which no other output can be made; forever: as long as the rest", COMMAND_KEEP },

	{ "participant", 'p', OPTION_TEXT, AT(participant), "ID", NULL, 0, 0, "whom to take out: user1, user2, … (metadata.json and participants.json say who is who)", COMMAND_ERASE },
	{ "yes", 'y', OPTION_FLAG, AT(yes), NULL, NULL, 0, 0, "do not ask", COMMAND_ERASE | COMMAND_STORAGE },
	{ "no-compose", 0, OPTION_FLAG, AT(no_compose), NULL, NULL, 0, 0, "do not make the output again", COMMAND_ERASE },

	{ "role", 0, OPTION_CHOICE, AT(role), "ROLE", "guest|host", 0, 0, "role in the room (default guest)", COMMAND_TOKEN },
	{ "name", 0, OPTION_TEXT, AT(name), "NAME", NULL, 0, 0, "display name in the token (default recroom-pp)", COMMAND_TOKEN },
	{ "grants", 0, OPTION_TEXT, AT(grants), "LIST", NULL, 0, 0,
	  "what it allows, with commas, of record, download, delete, admit, publish, subscribe, and only (default: all for a host; publish,subscribe for a guest)",
	  COMMAND_TOKEN },
	{ "identity", 0, OPTION_TEXT, AT(identity), "ID", NULL, 0, 0, "whose it is, in your application (default recroom-pp)", COMMAND_TOKEN },
	{ "expires", 0, OPTION_TEXT, AT(expires), "TIME", NULL, 0, 0, "valid for so long: 90s, 30m, 2h, 7d (share: default 7d; \"never\": until it is taken back)", COMMAND_TOKEN | COMMAND_SHARE },
	{ "file", 0, OPTION_TEXT, AT(file), "NAME", NULL, 0, 0, "this file of the output, as show lists it (default: its media)", COMMAND_SHARE },
	{ "revoke", 0, OPTION_TEXT, AT(revoke), "SHARE", NULL, 0, 0, "take this link back: its id, or the beginning of it that no other has", COMMAND_SHARE },
	{ "list", 0, OPTION_FLAG, AT(list_shares), NULL, NULL, 0, 0, "list the links of the recording", COMMAND_SHARE },
	{ "kid", 0, OPTION_TEXT, AT(kid), "KID", NULL, 0, 0, "made with this key of token_keys (default: the one that signs)", COMMAND_TOKEN },
	{ "inspect", 0, OPTION_TEXT, AT(inspect), "TOKEN", NULL, 0, 0, "say what a token holds and whether it is good, and why not; makes none", COMMAND_TOKEN },
	{ "new-key", 0, OPTION_FILE, AT(new_key), "FILE", NULL, 0, 0,
	  "make a key for token_keys in FILE, and for RS256 and ES256 the public one in FILE.pub; makes no token", COMMAND_TOKEN },
	{ "alg", 0, OPTION_CHOICE, AT(alg), "ALG", "HS256|RS256|ES256", 0, 0, "of the new key (default HS256)", COMMAND_TOKEN },
	{ "failed", 0, OPTION_FLAG, AT(failed), NULL, NULL, 0, 0, "list what was given up", COMMAND_WEBHOOK | COMMAND_JOBS },
	{ "endpoint", 0, OPTION_TEXT, AT(endpoint), "NAME", NULL, 0, 0, "replay: only to this endpoint", COMMAND_WEBHOOK },
	{ "recording", 0, OPTION_TEXT, AT(recording), "ID", NULL, 0, 0, "replay: all events of this recording", COMMAND_WEBHOOK },
	{ "since", 0, OPTION_TEXT, AT(since), "TIME", NULL, 0, 0, "since then: 2026-11-23T10:00:00Z, or 90s, 30m, 2h, 7d ago (webhook replay: all events)", COMMAND_WEBHOOK | COMMAND_ACCESS },
	{ "ttl", 0, OPTION_INT, AT(ttl_s), "SECONDS", NULL, 1, 31536000, "valid for so many seconds (default: token_ttl_s of the configuration)", COMMAND_TOKEN },
	{ 0 },
};

const struct exit_row exit_rows[] = {
	{ EXIT_DONE, "done" },
	{ EXIT_FAILED, "failed" },
	{ EXIT_USAGE, "the command line is wrong" },
	{ EXIT_NOT_FOUND, "not found" },
	{ EXIT_DAMAGE, "the recording is damaged" },
	{ EXIT_LATER, "cannot be done now, try again later" },
	{ EXIT_INT, "interrupted by Ctrl-C (SIGINT)" },
	{ EXIT_TERM, "interrupted by SIGTERM" },
	{ 0, NULL },
};

enum { MAX_OPTIONS = 96, ARGS_MAX = 1000, VALUE_BASE = 256 };   /* getopt_long's values: VALUE_BASE + index of the row */

bool option_applies(const struct option_row *row, const struct command *command)
{
	return !row->commands || (command && (row->commands & command->bit));
}

/* getopt's two forms of the rows that apply. */
static void build_getopt(const struct command *command, struct option lng[MAX_OPTIONS], char shrt[2 * MAX_OPTIONS + 3])
{
	char *s = shrt;
	int n = 0;

	if (!command)
		*s++ = '+';
	*s++ = ':';
	for (int i = 0; option_rows[i].name; i++) {
		const struct option_row *row = &option_rows[i];
		bool arg = row->kind != OPTION_FLAG;

		if (!option_applies(row, command))
			continue;
		lng[n++] = (struct option){ row->name, arg ? required_argument : no_argument, NULL, VALUE_BASE + i };
		if (row->letter) {
			*s++ = row->letter;
			if (arg)
				*s++ = ':';
		}
	}
	lng[n] = (struct option){ 0 };
	*s = '\0';
}

static int set_int(int *field, const struct option_row *row, const char *value, char *why, size_t why_size)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno || end == value || *end || n < row->min || n > row->max) {
		snprintf(why, why_size, "--%s wants a number from %d to %d, not \"%s\"", row->name, row->min, row->max, value);
		return -EINVAL;
	}
	*field = (int)n;
	return 0;
}

static int set_option(struct options *o, const struct option_row *row, const char *value, char *why, size_t why_size)
{
	void *field = (char *)o + row->offset;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return 0;
	case OPTION_INT:
		return set_int(field, row, value, why, why_size);
	case OPTION_CHOICE:
		*(int *)field = word_index(row->choices, '|', value);
		if (*(int *)field >= 0)
			return 0;
		snprintf(why, why_size, "--%s wants one of %s, not \"%s\"", row->name, row->choices, value);
		return -EINVAL;
	default:
		*(const char **)field = value;
		return 0;
	}
}

static const struct option_row *row_of(int value)
{
	if (value >= VALUE_BASE)
		return &option_rows[value - VALUE_BASE];
	for (const struct option_row *row = option_rows; row->name; row++)
		if (row->letter == value)
			return row;
	return NULL;
}

/* One run of getopt_long over the options that apply; leaves optind at the first argument. */
static int parse_pass(struct options *o, const struct command *command, int argc, char **argv, char *why, size_t why_size)
{
	struct option lng[MAX_OPTIONS];
	char shrt[2 * MAX_OPTIONS + 3];
	int v, err = 0;

	build_getopt(command, lng, shrt);
	opterr = 0;
	optind = 0;    /* glibc: forget the last run entirely */
	while (!err && (v = getopt_long(argc, argv, shrt, lng, NULL)) != -1) {
		if (v != '?' && v != ':') {
			err = set_option(o, row_of(v), optarg, why, why_size);
			continue;
		}
		if (optopt && optopt < VALUE_BASE && v == '?')
			snprintf(why, why_size, "unknown option -%c", optopt);
		else
			snprintf(why, why_size, "%s %s", v == ':' ? "a value is missing after" : "unknown option", argv[optind - 1]);
		err = -EINVAL;
	}
	return err;
}

static const struct command *command_find(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static int check_args(const struct options *o, int nargs, char *why, size_t why_size)
{
	const struct command *c = o->command;
	int more = strstr(c->args, "…") ? ARGS_MAX : 0;

	if (o->help || o->version || o->manual)
		return 0;
	for (const char *p = c->args; *p; p++)
		more += *p == '[';
	if (nargs < c->nargs || nargs > c->nargs + more) {
		snprintf(why, why_size, "%s wants %s%s", c->name, more ? "" : c->nargs ? "one argument, " : "no argument", c->args);
		return -EINVAL;
	}
	if (c->choices && nargs && word_index(c->choices, '|', o->args[0]) < 0) {
		snprintf(why, why_size, "%s wants one of %s, not \"%s\"", c->name, c->choices, o->args[0]);
		return -EINVAL;
	}
	return 0;
}

int options_parse(struct options *o, int argc, char **argv, char *why, size_t why_size)
{
	int err, first;

	memset(o, 0, sizeof(*o));
	err = parse_pass(o, NULL, argc, argv, why, why_size);
	if (err || optind >= argc)
		return err;
	first = optind;
	o->command = command_find(argv[first]);
	if (!o->command) {
		snprintf(why, why_size, "unknown command \"%s\"", argv[first]);
		return -EINVAL;
	}
	err = parse_pass(o, o->command, argc - first, argv + first, why, why_size);
	if (err)
		return err;
	o->args = argv + first + optind;
	return check_args(o, argc - first - optind, why, why_size);
}

int options_spec(const struct options *o, struct output_spec *spec, char *why, size_t why_size)
{
	json_error_t at;
	json_t *json = o->spec_json ? json_loads(o->spec_json, JSON_DECODE_ANY, &at) : NULL;
	int err = 0;

	if (o->spec_json && !json) {
		snprintf(why, why_size, "--spec wants JSON: %s", at.text);
		return -EINVAL;
	}
	if (json)
		err = output_spec_read(spec, json, why, why_size);
	json_decref(json);
	for (size_t i = 0; !err && i < SPEC_COUNT; i++)
		if (o->spec[i])
			err = spec_row_set(&spec_rows[i], spec, o->spec[i], why, why_size);
	return err ? err : output_spec_check(spec, why, why_size);
}
