/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Completion scripts for bash, zsh and fish out of the tables of options.c. Called by cmd_completion() and at build time.
 */
#include <string.h>
#include "postprocess/manual.h"

/* Words of the options that apply to the command (NULL: those of all commands). */
static void put_option_words(FILE *f, const struct command *command)
{
	for (const struct option_row *row = option_rows; row->name; row++) {
		if (!option_applies(row, command))
			continue;
		fprintf(f, " --%s", row->name);
		if (row->letter)
			fprintf(f, " -%c", row->letter);
	}
}

static void put_words(FILE *f, const char *choices)
{
	for (; *choices; choices++)
		fputc(*choices == '|' ? ' ' : *choices, f);
}

/* A row of the case over the word before: what may follow this option. */
static void put_bash_value(FILE *f, const struct option_row *row)
{
	fprintf(f, "\t--%s", row->name);
	if (row->letter)
		fprintf(f, "|-%c", row->letter);
	fputs(") ", f);
	if (row->choices) {
		fputs("COMPREPLY=($(compgen -W \"", f);
		put_words(f, row->choices);
		fputs("\" -- \"$cur\"))", f);
	} else if (row->kind == OPTION_FILE || row->kind == OPTION_DIR) {
		fprintf(f, "COMPREPLY=($(compgen -%c -- \"$cur\"))", row->kind == OPTION_DIR ? 'd' : 'f');
	} else {
		fputs("COMPREPLY=()", f);
	}
	fputs("; return;;\n", f);
}

static void put_bash_command(FILE *f, const struct command *c)
{
	fprintf(f, "\t%s) words=\"", c->name);
	put_option_words(f, c);
	if (c->choices) {
		fputc(' ', f);
		put_words(f, c->choices);
	}
	fprintf(f, "\"%s;;\n", c->takes_dir ? "; dirs=yes" : "");
}

static void bash_script(FILE *f)
{
	fputs("# Completion of recroom-pp for bash; made by recroom-pp completion bash.\n_recroom_pp()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= words dirs= w\n"
	      "\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n\t\tcase $w in\n\t\t", f);
	for (const struct command *c = commands; c->name; c++)
		fprintf(f, "%s%s", c == commands ? "" : "|", c->name);
	fputs(") command=$w; break;;\n\t\tesac\n\tdone\n\tcase $prev in\n", f);
	for (const struct option_row *row = option_rows; row->name; row++)
		if (row->kind != OPTION_FLAG)
			put_bash_value(f, row);
	fputs("\tesac\n\tcase $command in\n", f);
	for (const struct command *c = commands; c->name; c++)
		put_bash_command(f, c);
	fputs("\t*) words=\"", f);
	put_option_words(f, NULL);
	for (const struct command *c = commands; c->name; c++)
		fprintf(f, " %s", c->name);
	fputs("\";;\n\tesac\n\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	      "\t[ -z \"$dirs\" ] || [[ $cur == -* ]] || COMPREPLY+=($(compgen -d -- \"$cur\"))\n}\ncomplete -F _recroom_pp recroom-pp\n", f);
}

/* For single quotes, within zsh's [...] and fish's -d. */
static void put_quoted(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", f);
		else if (strchr("[]:", *text))
			fputc('\\', f);
		fputc(*text, f);
	}
}

static void put_zsh_option(FILE *f, const struct option_row *row, const char *indent)
{
	const char *names[] = { row->name, NULL };

	for (int i = 0; i < (row->letter ? 2 : 1); i++) {
		if (i)
			fprintf(f, "%s'-%c", indent, row->letter);
		else
			fprintf(f, "%s'--%s", indent, names[0]);
		fputc('[', f);
		put_quoted(f, row->help);
		fputc(']', f);
		if (row->choices) {
			fprintf(f, ":%s:(", row->arg);
			put_words(f, row->choices);
			fputc(')', f);
		} else if (row->kind != OPTION_FLAG) {
			fprintf(f, ":%s:%s", row->arg, row->kind == OPTION_FILE ? "_files" : row->kind == OPTION_DIR ? "_files -/" : "");
		}
		fputs("' \\\n", f);
	}
}

static void put_zsh_command(FILE *f, const struct command *c)
{
	fprintf(f, "\t%s) _arguments \\\n", c->name);
	for (const struct option_row *row = option_rows; row->name; row++)
		if (option_applies(row, c))
			put_zsh_option(f, row, "\t\t");
	fprintf(f, "\t\t'1:command:' '2:%s:", c->args);
	if (c->choices) {
		fputc('(', f);
		put_words(f, c->choices);
		fputc(')', f);
	} else if (c->takes_dir) {
		fputs("_files -/", f);
	}
	fputs("';;\n", f);
}

static void zsh_script(FILE *f)
{
	fputs("#compdef recroom-pp\n# Completion of recroom-pp for zsh; made by recroom-pp completion zsh.\n"
	      "local -a commands=(\n", f);
	for (const struct command *c = commands; c->name; c++) {
		fprintf(f, "\t'%s:", c->name);
		put_quoted(f, c->summary);
		fputs("'\n", f);
	}
	fputs(")\nlocal command=${words[(r)(", f);
	for (const struct command *c = commands; c->name; c++)
		fprintf(f, "%s%s", c == commands ? "" : "|", c->name);
	fputs(")]}\ncase $command in\n", f);
	for (const struct command *c = commands; c->name; c++)
		put_zsh_command(f, c);
	fputs("\t*) _arguments \\\n", f);
	for (const struct option_row *row = option_rows; row->name; row++)
		if (!row->commands)
			put_zsh_option(f, row, "\t\t");
	fputs("\t\t'1:command:{_describe command commands}';;\nesac\n", f);
}

static void put_fish_option(FILE *f, const struct option_row *row)
{
	fputs("complete -c recroom-pp", f);
	if (row->commands) {
		fputs(" -n '__fish_seen_subcommand_from", f);
		for (const struct command *c = commands; c->name; c++)
			if (row->commands & c->bit)
				fprintf(f, " %s", c->name);
		fputc('\'', f);
	}
	fprintf(f, " -l %s", row->name);
	if (row->letter)
		fprintf(f, " -s %c", row->letter);
	if (row->kind == OPTION_FILE || row->kind == OPTION_DIR)
		fputs(" -rF", f);
	else if (row->kind != OPTION_FLAG)
		fputs(" -x", f);
	if (row->choices) {
		fputs(" -a '", f);
		put_words(f, row->choices);
		fputc('\'', f);
	}
	fprintf(f, " -d \"%s\"\n", row->help);
}

static void fish_script(FILE *f)
{
	fputs("# Completion of recroom-pp for fish; made by recroom-pp completion fish.\ncomplete -c recroom-pp -f\n", f);
	for (const struct command *c = commands; c->name; c++) {
		fprintf(f, "complete -c recroom-pp -n __fish_use_subcommand -a %s -d \"%s\"\n", c->name, c->summary);
		if (c->takes_dir)
			fprintf(f, "complete -c recroom-pp -n '__fish_seen_subcommand_from %s' -a '(__fish_complete_directories)'\n", c->name);
		if (c->choices) {
			fprintf(f, "complete -c recroom-pp -n '__fish_seen_subcommand_from %s' -a '", c->name);
			put_words(f, c->choices);
			fputs("'\n", f);
		}
	}
	for (const struct option_row *row = option_rows; row->name; row++)
		put_fish_option(f, row);
}

void completion_script(FILE *f, const char *shell)
{
	static const struct { const char *name; void (*write)(FILE *f); } shells[] = {
		{ "bash", bash_script }, { "zsh", zsh_script }, { "fish", fish_script },
	};

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (!strcmp(shells[i].name, shell))
			shells[i].write(f);
}
