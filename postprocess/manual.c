/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Help, versions and man page out of the tables of options.c. Called by main() and at build time, for docs/recroom-pp.1.
 */
#include <glib.h>
#include <jansson.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
#include <microhttpd.h>
#include <string.h>
#include "config.h"
#include "postprocess/cmd.h"
#include "postprocess/manual.h"

enum { HELP_COLUMN = 26, WIDTH = 100 };

void manual_hint(FILE *f, const struct command *command)
{
	fprintf(f, "Try: recroom-pp %s%s--help\n", command ? command->name : "", command ? " " : "");
}

/* Words of `text` from `column` on, folded at WIDTH; the cursor is at `column` already. */
static void put_folded(FILE *f, const char *text, int column)
{
	int at = column;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (at > column && at + 1 + (int)n > WIDTH) {
			fprintf(f, "\n%*s", column, "");
			at = column;
		} else if (at > column) {
			fputc(' ', f);
			at++;
		}
		fwrite(text, 1, n, f);
		at += (int)n;
		text += n;
		text += *text == ' ';
	}
	fputc('\n', f);
}

static void put_help_row(FILE *f, const char *left, const char *help)
{
	int n = fprintf(f, "  %s", left);

	if (n > HELP_COLUMN - 2)
		fprintf(f, "\n%*s", HELP_COLUMN, "");
	else
		fprintf(f, "%*s", HELP_COLUMN - n, "");
	put_folded(f, help, HELP_COLUMN);
}

static void put_option_help(FILE *f, const struct option_row *row)
{
	char letter[] = "    ", left[80], help[400];

	if (row->letter)
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, row->name, row->arg ? " " : "", row->arg ? row->arg : "");
	snprintf(help, sizeof(help), "%s%s%s%s", row->help, row->choices ? " (" : "", row->choices ? row->choices : "", row->choices ? ")" : "");
	put_help_row(f, left, help);
}

void manual_help(FILE *f, const struct command *command)
{
	fprintf(f, "Usage: recroom-pp %s [options] %s\n\n", command ? command->name : "COMMAND", command ? command->args : "[arguments]");
	put_folded(f, command ? command->text : "Makes finished files of the recordings of janus-recroom, and serves them.", 0);
	if (!command) {
		fprintf(f, "\nCommands:\n");
		for (const struct command *c = commands; c->name; c++) {
			char left[64];

			snprintf(left, sizeof(left), "%s %s", c->name, c->args);
			put_help_row(f, left, c->summary);
		}
	}
	fprintf(f, "\nOptions:\n");
	for (const struct option_row *row = option_rows; row->name; row++)
		if (row->commands && option_applies(row, command))
			put_option_help(f, row);
	for (const struct option_row *row = option_rows; row->name; row++)
		if (!row->commands)
			put_option_help(f, row);
	fprintf(f, "\nExit status:\n");
	for (const struct exit_row *row = exit_rows; row->meaning; row++)
		fprintf(f, "  %3d  %s\n", row->code, row->meaning);
}

void manual_version(FILE *f, bool json)
{
	const struct { const char *name; unsigned version; } libs[] = {
		{ "libavformat", avformat_version() }, { "libavcodec", avcodec_version() }, { "libavutil", avutil_version() },
		{ "libswscale", swscale_version() }, { "libswresample", swresample_version() },
	};
	json_t *all = json_pack("{s:s, s:s}", "recroom-pp", PACKAGE_VERSION, "libmicrohttpd", MHD_get_version()), *v;
	const char *name;

	for (size_t i = 0; i < G_N_ELEMENTS(libs); i++)
		json_object_set_new(all, libs[i].name, json_sprintf("%u.%u.%u", AV_VERSION_MAJOR(libs[i].version),
			AV_VERSION_MINOR(libs[i].version), AV_VERSION_MICRO(libs[i].version)));
	if (json) {
		app_json("version", all);
		return;
	}
	json_object_foreach(all, name, v)
		fprintf(f, "%s %s\n", name, json_string_value(v));
	json_decref(all);
}

/* Text for roff: hyphens that stay hyphens, backslashes, and no line that begins with a dot. */
static void put_roff(FILE *f, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", f);
	for (; *text; text++) {
		if (*text == '-' || *text == '\\')
			fputc('\\', f);
		fputc(*text == '\\' ? 'e' : *text, f);
	}
}

static void put_option_roff(FILE *f, const struct option_row *row)
{
	fputs(".TP\n", f);
	if (row->letter)
		fprintf(f, "\\fB\\-%c\\fR, ", row->letter);
	fputs("\\fB\\-\\-", f);
	put_roff(f, row->name);
	fputs("\\fR", f);
	if (row->arg)
		fprintf(f, " \\fI%s\\fR", row->arg);
	fputc('\n', f);
	put_roff(f, row->help);
	if (row->choices) {
		fputs(". One of ", f);
		put_roff(f, row->choices);
	}
	fputs(".\n", f);
}

static void put_command_roff(FILE *f, const struct command *c)
{
	fprintf(f, ".SS recroom\\-pp %s %s\n", c->name, c->args);
	put_roff(f, c->text);
	fputc('\n', f);
	for (const struct option_row *row = option_rows; row->name; row++)
		if (row->commands & c->bit)
			put_option_roff(f, row);
}

void manual_page(FILE *f)
{
	fprintf(f, ".\\\" Made by recroom-pp --help-man; do not edit.\n.TH RECROOM\\-PP 1 \"\" \"janus\\-recroom %s\" \"User Commands\"\n", PACKAGE_VERSION);
	fputs(".SH NAME\nrecroom\\-pp \\- compose and serve recordings of janus\\-recroom\n.SH SYNOPSIS\n"
	      ".B recroom\\-pp\n.I COMMAND\n[options] [arguments]\n.SH DESCRIPTION\n"
	      "The Janus plugin janus.plugin.recroom captures a call as chunks of a second. recroom\\-pp makes one finished file of them and serves it: "
	      "\\fBrecroom\\-pp serve\\fR does so by itself for every recording that was stopped, the other commands by hand. "
	      "Results go to the standard output, talk and progress to the standard error.\n.SH COMMANDS\n", f);
	for (const struct command *c = commands; c->name; c++)
		put_command_roff(f, c);
	fputs(".SH OPTIONS\nThese are understood by every command, before and after its name.\n", f);
	for (const struct option_row *row = option_rows; row->name; row++)
		if (!row->commands)
			put_option_roff(f, row);
	fputs(".SH EXIT STATUS\n", f);
	for (const struct exit_row *row = exit_rows; row->meaning; row++)
		fprintf(f, ".TP\n%d\n%s\n", row->code, row->meaning);
	fputs(".SH FILES\n.TP\n", f);
	put_roff(f, RECROOM_CONFIG);
	fputs("\nThe configuration, shared with the plugin.\n.SH SIGNALS\n"
	      "SIGINT (Ctrl\\-C) and SIGTERM finish tidily: no half\\-made file is left under a final name, and jobs are given back. "
	      "A second SIGINT ends at once.\n"
	      ".SH EXAMPLES\n.nf\nrecroom\\-pp serve \\-\\-listen 127.0.0.1:8090\nrecroom\\-pp compose \\-\\-overwrite recordings/rec_demo_1760090400123_k3v9qa\n"
	      "recroom\\-pp list \\-\\-json \\-\\-status completed\n.fi\n.SH SEE ALSO\n.BR janus (1)\n", f);
}
