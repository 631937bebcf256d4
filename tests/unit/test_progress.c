/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include "postprocess/progress.c"
#include "test.h"

static json_t *said;       /* the last JSON line */
static int lines;

void app_json(const char *type, json_t *o)
{
	CHECK_STR(type, "status");
	json_decref(said);
	said = o;
	lines++;
}

static char *text;
static size_t text_size;

static FILE *begin(struct progress *p, int mode, bool json, int64_t media_ms)
{
	struct options o = { .progress = mode, .json = json };
	FILE *f = tmpfile();

	lines = 0;
	progress_init(p, &o, f, media_ms, 0);
	return f;
}

/* Everything written so far, in `text`. */
static const char *written(FILE *f)
{
	free(text);
	text_size = (size_t)ftell(f);
	text = calloc(1, text_size + 1);
	rewind(f);
	CHECK_INT(fread(text, 1, text_size, f), text_size);
	return text;
}

/* Plain lines: each stage and each ten per cent once. */
static void test_lines(void)
{
	struct progress p;
	FILE *f = begin(&p, PROGRESS_AUTO, false, 60000);

	for (int i = 0; i <= 20; i++)
		progress_update(&p, "composing", i, 10000, i * INT64_C(1000000));
	progress_update(&p, "finishing", 20, -1, 21000000);
	progress_end(&p);
	CHECK_STR(written(f), "composing: 0 %  0:10 left\ncomposing: 10 %  0.6x  0:10 left\ncomposing: 20 %  0.6x  0:10 left\nfinishing: 20 %  0.6x\n");
	fclose(f);
}

static void test_bar(void)
{
	struct progress p;
	FILE *f = begin(&p, PROGRESS_TTY, false, 60000);

	progress_update(&p, "composing", 50, 61000, 15000000);
	progress_update(&p, "composing", 51, 61000, 15100000);    /* too soon */
	CHECK_STR(written(f), "\rcomposing  [====================>                   ]  50 %  2.0x  1:01 left\033[K");
	progress_update(&p, "composing", 100, 0, 15200000);
	CHECK(strstr(written(f), "100 %"));
	progress_end(&p);
	CHECK(g_str_has_suffix(written(f), "\r\033[K"));
	fclose(f);
}

/* However narrow the terminal, no line is wider than it. */
static void test_narrow(void)
{
	for (int width = 1; width <= 120; width++) {
		struct progress p;
		FILE *f = begin(&p, PROGRESS_TTY, false, 60000);
		const char *line, *end;

		p.width = width;
		progress_update(&p, "composing", 50, 3661000, 15000000);
		line = written(f) + 1;
		end = strstr(line, "\033[K");
		CHECK(end && end - line < MAX(width, 2));
		CHECK(width < 70 || strchr(line, '['));
		fclose(f);
	}
}

static void test_json(void)
{
	struct progress p;
	FILE *f = begin(&p, PROGRESS_AUTO, true, 60000);

	for (int i = 0; i < 100; i++)
		progress_update(&p, "composing", 50, -1, i * INT64_C(10000));
	CHECK_INT(lines, 4);
	CHECK_INT(json_integer_value(json_object_get(said, "percent")), 50);
	CHECK_STR(json_string_value(json_object_get(said, "stage")), "composing");
	CHECK(json_is_null(json_object_get(said, "eta_ms")));
	CHECK_INT(ftell(f), 0);
	fclose(f);
}

static void test_nothing(void)
{
	struct progress p;
	FILE *f = begin(&p, PROGRESS_NONE, true, 0);

	progress_update(&p, "composing", 50, -1, 0);
	progress_end(&p);
	CHECK_INT(ftell(f), 0);
	CHECK_INT(lines, 0);
	fclose(f);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_lines), TEST(test_bar), TEST(test_narrow), TEST(test_json), TEST(test_nothing) };
	int r = test_run(tests, G_N_ELEMENTS(tests), argc, argv);

	json_decref(said);
	free(text);
	return r;
}
