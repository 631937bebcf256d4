/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names of layouts, and reading the regions of a custom one. Called by the plugin's requests, by the composer for its spec and for `layout` lines;
 * any thread.
 *
 *   [{"x":0,"y":0,"w":"75%","h":1,"show":"screen"}, {"x":0.75,"y":0,"w":0.25,"h":1,"show":"others"}]
 *        ─▶ members checked one by one ─▶ struct region (fractions of the canvas)
 */
#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "common/layouts.h"

const char LAYOUT_NAMES[] = "grid, speaker, presentation, single, audio, custom";
const char *const layout_names[] = { "grid", "speaker", "presentation", "single", "audio", "custom", NULL };

enum { Z_MAX = 1000, WHY_SIZE = 160 };
static const double SMALLEST = 0.02, ROUNDING = 1e-6;

bool layout_known(const char *name)
{
	return g_strv_contains(layout_names, name);
}

/** 0.25 or "25%"; NAN for anything else. */
static double fraction_of(json_t *v)
{
	const char *text = json_string_value(v);
	char *end = NULL;
	double n;

	if (json_is_number(v))
		return json_number_value(v);
	if (!text || !g_ascii_isdigit(*text))
		return NAN;
	n = g_ascii_strtod(text, &end);
	return strcmp(end, "%") ? NAN : n / 100;
}

static int read_edge(json_t *o, const char *key, double least, double *out, char *why)
{
	json_t *v = json_object_get(o, key);

	*out = v ? fraction_of(v) : NAN;
	if (*out >= least && *out <= 1)
		return 0;
	snprintf(why, WHY_SIZE, "its %s %s a fraction from %g to 1, or a percentage such as \"25%%\"", key, v ? "must be" : "is missing:", least);
	return -EINVAL;
}

static int read_place(json_t *o, struct region *r, char *why)
{
	const struct { const char *key; double least; double *out; } edges[] = {
		{ "x", 0, &r->x }, { "y", 0, &r->y }, { "w", SMALLEST, &r->w }, { "h", SMALLEST, &r->h },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(edges); i++)
		if (read_edge(o, edges[i].key, edges[i].least, edges[i].out, why))
			return -EINVAL;
	if (r->x + r->w <= 1 + ROUNDING && r->y + r->h <= 1 + ROUNDING)
		return 0;
	snprintf(why, WHY_SIZE, "it reaches over the canvas: %s is %g, at most 1", r->x + r->w > 1 + ROUNDING ? "x + w" : "y + h",
		 r->x + r->w > 1 + ROUNDING ? r->x + r->w : r->y + r->h);
	return -EINVAL;
}

static int read_show(json_t *o, struct region *r, char *why)
{
	static const struct { const char *name; enum region_show show; } words[] = {
		{ "speaker", REGION_SPEAKER }, { "screen", REGION_SCREEN }, { "others", REGION_OTHERS },
	};
	json_t *v = json_object_get(o, "show");
	const char *text = json_string_value(v);

	for (size_t i = 0; text && i < G_N_ELEMENTS(words); i++) {
		if (strcmp(words[i].name, text))
			continue;
		r->show = words[i].show;
		return 0;
	}
	if (text && participant_id_valid(text)) {
		r->show = REGION_PARTICIPANT;
		g_strlcpy(r->participant, text, sizeof(r->participant));
	} else if (json_is_integer(v) && json_integer_value(v) >= 1 && json_integer_value(v) <= REGIONS_MAX) {
		r->show = REGION_INDEX;
		r->index = (unsigned)json_integer_value(v);
	} else {
		snprintf(why, WHY_SIZE, "its show %s a participant's id, a number from 1 to %d, or one of speaker, screen, others",
			 v ? "must be" : "is missing:", REGIONS_MAX);
		return -EINVAL;
	}
	return 0;
}

static int read_z(json_t *o, struct region *r, char *why)
{
	json_t *v = json_object_get(o, "z");

	if (!v || (json_is_integer(v) && llabs(json_integer_value(v)) <= Z_MAX)) {
		r->z = (int)json_integer_value(v);
		return 0;
	}
	snprintf(why, WHY_SIZE, "its z must be a whole number from -%d to %d", Z_MAX, Z_MAX);
	return -EINVAL;
}

static int check_keys(json_t *o, char *why)
{
	static const char *const keys[] = { "x", "y", "w", "h", "show", "z", NULL };
	const char *key;
	json_t *v;

	json_object_foreach(o, key, v) {
		if (g_strv_contains(keys, key))
			continue;
		snprintf(why, WHY_SIZE, "it has no \"%.32s\"; it has x, y, w, h, show and z", key);
		return -EINVAL;
	}
	return 0;
}

static int read_region(json_t *o, struct region *r, char *why)
{
	int err;

	*r = (struct region){ .show = REGION_OTHERS };
	if (!json_is_object(o)) {
		g_strlcpy(why, "it must be an object", WHY_SIZE);
		return -EINVAL;
	}
	err = check_keys(o, why);
	if (!err)
		err = read_place(o, r, why);
	if (!err)
		err = read_show(o, r, why);
	return err ? err : read_z(o, r, why);
}

static int refuse(char *why, size_t why_size, const char *sentence)
{
	g_strlcpy(why, sentence, why_size);
	return -EINVAL;
}

int regions_read(json_t *array, struct region out[REGIONS_MAX], size_t *n, char *why, size_t why_size)
{
	size_t size = json_array_size(array), others = 0;
	char reason[WHY_SIZE];

	*n = 0;
	if (!json_is_array(array) || !size || size > REGIONS_MAX)
		return refuse(why, why_size, "regions must be an array of 1 to 49 regions.");
	for (size_t i = 0; i < size; i++) {
		if (read_region(json_array_get(array, i), &out[i], reason)) {
			snprintf(why, why_size, "Region %zu cannot be used: %s.", i + 1, reason);
			return -EINVAL;
		}
		others += out[i].show == REGION_OTHERS;
	}
	if (others > 1)
		return refuse(why, why_size, "Only one region can show the others.");
	*n = size;
	return 0;
}

int regions_parse(const char *text, struct region out[REGIONS_MAX], size_t *n, char *why, size_t why_size)
{
	json_error_t e;
	json_t *array = json_loads(text, JSON_REJECT_DUPLICATES, &e);
	int err = -EINVAL;

	*n = 0;
	if (array)
		err = regions_read(array, out, n, why, why_size);
	else
		snprintf(why, why_size, "regions is no JSON: line %d, column %d.", e.line, e.column);
	json_decref(array);
	return err;
}
