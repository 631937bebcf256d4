/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <stdarg.h>
#include "postprocess/options.c"
#include "postprocess/completion.c"
#include "postprocess/manual.c"
#include "test.h"

/* The commands themselves are not under test here. */
int cmd_serve(struct app *a) { (void)a; return 10; }
int cmd_compose(struct app *a) { (void)a; return 11; }
int cmd_list(struct app *a) { (void)a; return 12; }
int cmd_show(struct app *a) { (void)a; return 13; }
int cmd_delete(struct app *a) { (void)a; return 14; }
int cmd_hold(struct app *a) { (void)a; return 30; }
int cmd_keep(struct app *a) { (void)a; return 31; }
int cmd_download(struct app *a) { (void)a; return 32; }
int cmd_upload(struct app *a) { (void)a; return 34; }
int cmd_verify(struct app *a) { (void)a; return 17; }
int cmd_repair(struct app *a) { (void)a; return 18; }
int cmd_fetch(struct app *a) { (void)a; return 33; }
int cmd_recompose(struct app *a) { (void)a; return 18; }
int cmd_erase(struct app *a) { (void)a; return 18; }
int cmd_cancel(struct app *a) { (void)a; return 18; }
int cmd_webhook(struct app *a) { (void)a; return 18; }
int cmd_catalog(struct app *a) { (void)a; return 18; }
int cmd_token(struct app *a) { (void)a; return 15; }
int cmd_jobs(struct app *a) { (void)a; return 19; }
int cmd_completion(struct app *a) { (void)a; return 16; }
int cmd_access(struct app *a) { (void)a; return 17; }
int cmd_storage(struct app *a) { (void)a; return 33; }
int cmd_share(struct app *a) { (void)a; return 18; }
void app_json(const char *type, json_t *o) { (void)type; json_decref(o); }

static char why[256];
static char *words[32];

/* Parses a line of words parted by blanks. */
static int parse(struct options *o, const char *line)
{
	static char copy[512];
	int n = 0;

	why[0] = '\0';
	g_strlcpy(copy, line, sizeof(copy));
	for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
		words[n++] = w;
	words[n] = NULL;
	return options_parse(o, n, words, why, sizeof(why));
}

static void test_serve(void)
{
	struct options o;

	CHECK_INT(parse(&o, "recroom-pp --config a.jcfg serve --listen 127.0.0.1:0 --no-jobs -v --recordings=/r --tls-cert c.pem"), 0);
	CHECK_STR(o.config, "a.jcfg");
	CHECK_STR(o.command->name, "serve");
	CHECK_STR(o.listen, "127.0.0.1:0");
	CHECK_STR(o.recordings, "/r");
	CHECK_STR(o.tls_cert, "c.pem");
	CHECK(o.no_jobs && o.verbose && !o.no_api && !o.json);
	CHECK_INT(o.command->run(NULL), 10);
}

static void test_arguments(void)
{
	struct options o;

	CHECK_INT(parse(&o, "recroom-pp compose --overwrite dir --progress jsonl --threads=3 --json"), 0);
	CHECK_STR(o.args[0], "dir");
	CHECK(o.overwrite && o.json);
	CHECK_INT(o.threads, 3);
	CHECK_INT(o.progress, PROGRESS_JSONL);
	CHECK_INT(parse(&o, "recroom-pp show -- -odd"), 0);
	CHECK_STR(o.args[0], "-odd");
	CHECK_INT(parse(&o, "recroom-pp completion zsh"), 0);
	CHECK_INT(parse(&o, "recroom-pp"), 0);
	CHECK(!o.command);
	CHECK_INT(parse(&o, "recroom-pp token --room demo --role host --ttl 60"), 0);
	CHECK_INT(o.role, ROLE_HOST);
	CHECK_INT(o.ttl_s, 60);
}

static void test_help(void)
{
	struct options o;

	CHECK_INT(parse(&o, "recroom-pp compose --help"), 0);
	CHECK(o.help && o.command);
	CHECK_INT(parse(&o, "recroom-pp -h"), 0);
	CHECK(o.help && !o.command);
	CHECK_INT(parse(&o, "recroom-pp --version"), 0);
	CHECK(o.version);
	CHECK_INT(parse(&o, "recroom-pp --help-man"), 0);
	CHECK(o.manual);
}

static void test_mistakes(void)
{
	static const struct { const char *line, *why; } rows[] = {
		{ "recroom-pp fly", "unknown command \"fly\"" },
		{ "recroom-pp --fly serve", "unknown option --fly" },
		{ "recroom-pp list --fly", "unknown option --fly" },
		{ "recroom-pp list -Z", "unknown option -Z" },
		{ "recroom-pp list --overwrite", "unknown option --overwrite" },
		{ "recroom-pp --overwrite compose d", "unknown option --overwrite" },
		{ "recroom-pp list --room", "a value is missing after --room" },
		{ "recroom-pp list -r", "a value is missing after -r" },
		{ "recroom-pp compose", "compose wants one argument, DIR" },
		{ "recroom-pp compose a b", "compose wants one argument, DIR" },
		{ "recroom-pp list x", "list wants no argument" },
		{ "recroom-pp completion csh", "completion wants one of bash|zsh|fish, not \"csh\"" },
		{ "recroom-pp list --progress=loud", "--progress wants one of auto|tty|jsonl|none, not \"loud\"" },
		{ "recroom-pp list --progress=json", "--progress wants one of auto|tty|jsonl|none, not \"json\"" },
		{ "recroom-pp list --limit 0", "--limit wants a number from 1 to 1000000, not \"0\"" },
		{ "recroom-pp list --limit 5x", "--limit wants a number from 1 to 1000000, not \"5x\"" },
		{ "recroom-pp compose --threads -1 d", "--threads wants a number from 0 to 256, not \"-1\"" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct options o;

		CHECK_INT(parse(&o, rows[i].line), -EINVAL);
		CHECK_STR(why, rows[i].why);
	}
}

/* What a writer prints; g_free() it. */
static char *capture(void (*write)(FILE *f))
{
	char *text = NULL, *copy;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	write(f);
	fclose(f);
	copy = g_strdup(text);
	free(text);
	return copy;
}

static void write_bash(FILE *f) { completion_script(f, "bash"); }
static void write_zsh(FILE *f) { completion_script(f, "zsh"); }
static void write_fish(FILE *f) { completion_script(f, "fish"); }
static void write_help(FILE *f)
{
	manual_help(f, NULL);
	for (const struct command *c = commands; c->name; c++)
		manual_help(f, c);
}

/* `dashes` and name, as this text writes them. */
static void check_names(const char *text, const char *dashes, const char *hyphen)
{
	for (const struct option_row *row = option_rows; row->name; row++) {
		char **parts = g_strsplit(row->name, "-", -1), *name = g_strjoinv(hyphen, parts), *want = g_strconcat(dashes, name, NULL);

		if (!strstr(text, want))
			TEST_FAIL("no %s", want);
		g_strfreev(parts);
		g_free(name);
		g_free(want);
	}
	for (const struct command *c = commands; c->name; c++)
		CHECK(strstr(text, c->name));
}

static void test_texts_name_everything(void)
{
	static const struct { void (*write)(FILE *f); const char *dashes, *hyphen; } rows[] = {
		{ write_help, "--", "-" }, { manual_page, "\\-\\-", "\\-" }, { write_bash, "--", "-" }, { write_zsh, "--", "-" }, { write_fish, " -l ", "-" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *text = capture(rows[i].write);

		check_names(text, rows[i].dashes, rows[i].hyphen);
		g_free(text);
	}
}

/* Letters and names are not given twice to options that meet in one command. */
static void test_rows_are_unique(void)
{
	for (const struct option_row *a = option_rows; a->name; a++)
		for (const struct option_row *b = a + 1; b->name; b++) {
			if (!strcmp(a->name, b->name) || (a->letter && a->letter == b->letter))
				CHECK(a->commands && b->commands && !(a->commands & b->commands));
		}
}

static void test_scripts_parse(void)
{
	char *text = capture(write_bash);

	CHECK(g_file_set_contents("test_options.bash", text, -1, NULL));
	g_free(text);
	CHECK_INT(system("bash -n test_options.bash"), 0);
	CHECK_INT(system("bash -c '. ./test_options.bash; COMP_WORDS=(recroom-pp compose --progress j); COMP_CWORD=3; _recroom_pp; "
			 "[ \"${COMPREPLY[*]}\" = jsonl ]'"), 0);
	CHECK_INT(system("bash -c '. ./test_options.bash; COMP_WORDS=(recroom-pp --json tok); COMP_CWORD=2; _recroom_pp; "
			 "[ \"${COMPREPLY[*]}\" = token ]'"), 0);
	remove("test_options.bash");
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_serve), TEST(test_arguments), TEST(test_help), TEST(test_mistakes), TEST(test_texts_name_everything), TEST(test_rows_are_unique),
		TEST(test_scripts_parse),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
