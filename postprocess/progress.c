/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Progress on a terminal, in a log or for a program. Called by cmd_compose() from the composer's thread, one caller at a time.
 *
 *	composing  [==============>             ]  52 %  1.8x  0:12 left
 */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "postprocess/cmd.h"
#include "postprocess/progress.h"
#include "postprocess/text.h"

enum { SHOW_EVERY_US = 250000, LINE_EVERY = 10, DEFAULT_WIDTH = 80, BAR_MIN = 10, BAR_MAX = 40 };

static int terminal_width(FILE *f)
{
	struct winsize w;

	return ioctl(fileno(f), TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : DEFAULT_WIDTH;
}

void progress_init(struct progress *p, const struct options *o, FILE *talk, int64_t media_ms, int64_t now_us)
{
	bool terminal = isatty(fileno(talk));

	*p = (struct progress){ .talk = talk, .media_ms = media_ms, .lag_ms = -1, .begin_us = now_us, .shown_us = -1, .shown_percent = -1 };
	p->width = terminal ? terminal_width(talk) : DEFAULT_WIDTH;
	if (o->progress == PROGRESS_JSONL || (o->progress == PROGRESS_AUTO && o->json))
		p->show = SHOW_JSON;
	else if (o->progress == PROGRESS_NONE || o->quiet)
		p->show = SHOW_NOTHING;
	else
		p->show = o->progress == PROGRESS_TTY || terminal ? SHOW_BAR : SHOW_LINES;
}

/* Recording time made per wall time so far; 0 when nothing can be said yet. */
static double speed_of(const struct progress *p, int percent, int64_t now_us)
{
	int64_t us = now_us - p->begin_us;

	return us < 1000000 || percent <= 0 ? 0 : (double)p->media_ms * percent / 100 * 1000 / (double)us;
}

/* " 52 %  1.8x  0:12 left" */
static void format_numbers(char *out, size_t size, const struct progress *p, double speed, int percent, int64_t eta_ms)
{
	char d[TEXT_SIZE], s[TEXT_SIZE + 8] = "", e[TEXT_SIZE + 16] = "";

	if (p->bytes_per_s > 0)
		snprintf(s, sizeof(s), "  %s/s", text_bytes(d, p->bytes_per_s));
	else if (speed > 0)
		snprintf(s, sizeof(s), "  %.1fx", speed);
	if (eta_ms >= 0)
		snprintf(e, sizeof(e), "  %s left", text_duration(d, eta_ms));
	snprintf(out, size, "%3d %%%s%s", percent, s, e);
}

static void draw_bar(struct progress *p, const char *stage, int percent, const char *numbers)
{
	int width = p->width - 1 - 11 - 4 - (int)strlen(numbers), n;
	char line[192];

	p->drawn = true;
	width = width > BAR_MAX ? BAR_MAX : width;
	n = percent * width / 100;
	if (width < BAR_MIN) {         /* a line that wraps would stay behind at each step */
		snprintf(line, sizeof(line), "%s %s", stage, numbers + strspn(numbers, " "));
		fprintf(p->talk, "\r%.*s\033[K", p->width > 1 ? p->width - 1 : 1, line);
		fflush(p->talk);
		return;
	}
	fprintf(p->talk, "\r%-10s [", stage);
	for (int i = 0; i < width; i++)
		fputc(i < n ? '=' : i == n ? '>' : ' ', p->talk);
	fprintf(p->talk, "] %s\033[K", numbers);
	fflush(p->talk);
}

static void put_json(const struct progress *p, const char *stage, int percent, int64_t eta_ms, double speed)
{
	json_t *o = json_pack("{s:s,s:i,s:o}", "stage", stage, "percent", percent, "eta_ms", eta_ms < 0 ? json_null() : json_integer(eta_ms));

	if (speed > 0)
		json_object_set_new(o, "speed", json_real((double)(int64_t)(speed * 100) / 100));
	if (p->bytes_per_s > 0)
		json_object_set_new(o, "bytes_per_s", json_integer(p->bytes_per_s));
	if (p->lag_ms >= 0)
		json_object_set_new(o, "lag_ms", json_integer(p->lag_ms));
	app_json("status", o);
}

static bool due(const struct progress *p, const char *stage, int percent, int64_t now_us)
{
	bool new_stage = strcmp(stage, p->shown_stage) != 0;

	if (p->show == SHOW_LINES)
		return new_stage || percent / LINE_EVERY != p->shown_percent / LINE_EVERY;
	return new_stage || p->shown_us < 0 || now_us - p->shown_us >= SHOW_EVERY_US || (percent == 100 && p->shown_percent != 100);
}

void progress_update(struct progress *p, const char *stage, int percent, int64_t eta_ms, int64_t now_us)
{
	double speed = speed_of(p, percent, now_us);
	char numbers[160];

	if (p->show == SHOW_NOTHING || !due(p, stage, percent, now_us))
		return;
	p->shown_us = now_us;
	p->shown_percent = percent;
	snprintf(p->shown_stage, sizeof(p->shown_stage), "%s", stage);
	format_numbers(numbers, sizeof(numbers), p, speed, percent, eta_ms);
	if (p->show == SHOW_JSON)
		put_json(p, stage, percent, eta_ms, speed);
	else if (p->show == SHOW_BAR)
		draw_bar(p, stage, percent, numbers);
	else
		fprintf(p->talk, "%s: %s\n", stage, numbers + strspn(numbers, " "));
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", p->talk);
	p->drawn = false;
	fflush(p->talk);
}
