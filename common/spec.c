/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading, checking and writing an output's spec, each by the same table. The plugin checks with it what a client asks for, recroom-pp what the
 * catalog, the command line and the settings say.
 *
 *   settings ─▶ output_spec_default ─▶ spec ◀─ output_spec_read ◀─ JSON (client, catalog)
 *                                       ▲└──▶ output_spec_json ─▶ catalog, metadata.json
 *                                       └─ spec_row_set ◀─ command line
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/ids.h"
#include "common/layouts.h"
#include "common/spec.h"
#include "common/words.h"

#define MEMBER_SIZE(member) sizeof(((struct output_spec *)NULL)->member)
#define SPEC_ROW(member, option, arg, kind, min, max, choices, help) \
	{ #member, option, arg, SPEC_##kind, offsetof(struct output_spec, member), MEMBER_SIZE(member), min, max, choices, help },
const struct spec_row spec_rows[SPEC_COUNT] = { SPEC_ROWS(SPEC_ROW) };

const struct output_format output_formats[] = {
	{ "webm", "webm", "video/webm", "vp8|vp9|av1", "opus", .file = true },
	{ "mp4", "mp4", "video/mp4", "h264", "aac", .file = true, .constant_rate = true },
	{ "opus", "opus", "audio/ogg", "", "opus", .file = true },
	{ "m4a", "m4a", "audio/mp4", "", "aac", .file = true },
	{ "participants", "webm", "video/webm", "", "", .file = true, .several = true },
	{ "stems", "opus", "audio/ogg", "", "opus", .file = true, .several = true },
	{ "null", "", "", "vp8|vp9|av1|h264", "opus", .file = false },
	{ "md5", "", "", "vp8|vp9|av1|h264", "opus", .file = false },
	{ 0 },
};

enum { H264_MACROBLOCKS = 8192, H264_MACROBLOCKS_S = 245760 };     /* level 4.1 (H.264, table A-1): 1920×1080 at 30 frames a second */

const struct output_format *output_format_find(const char *name)
{
	for (const struct output_format *f = output_formats; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

static void *member(const struct spec_row *row, const struct output_spec *spec)
{
	return (char *)(uintptr_t)spec + row->offset;
}

void output_spec_default(struct output_spec *spec, const struct settings *s)
{
	*spec = (struct output_spec){ .width = 1280, .height = 720, .fps = 30, .video_bitrate = 1500000, .audio_bitrate = 96000, .segment_ms = 4000,
				      .format = "webm", .fit = "fill" };
	if (!s)
		return;
	spec->width = s->width;
	spec->height = s->height;
	spec->fps = s->fps;
	spec->video_bitrate = s->video_bitrate;
	spec->audio_bitrate = s->audio_bitrate;
	spec->segment_ms = s->segment_ms;
	spec->clock = s->clock;
	g_strlcpy(spec->fit, s->fit, sizeof(spec->fit));
	g_strlcpy(spec->time_zone, s->time_zone, sizeof(spec->time_zone));
	g_strlcpy(spec->text, s->text, sizeof(spec->text));
	g_strlcpy(spec->image, s->image, sizeof(spec->image));
}

/* ---- one member from text ---- */

/** "2", "1:30", "1:02:03.5": the last part may have a fraction, the first may be any length, the others are below 60. */
static int parse_time(const char *text, int64_t *ms)
{
	int64_t total = 0;
	double seconds;
	char *end;

	for (int parts = 0; strchr(text, ':'); parts++) {
		int64_t n = g_ascii_strtoll(text, &end, 10);

		if (!g_ascii_isdigit(*text) || *end != ':' || parts > 1 || n > 99999 || (parts && n > 59))
			return -EINVAL;
		total = (total + n) * 60;
		text = end + 1;
	}
	seconds = g_ascii_strtod(text, &end);
	if (!g_ascii_isdigit(*text) || strspn(text, "0123456789.") != strlen(text) || *end || seconds > 9999999 || (total && seconds >= 60))
		return -EINVAL;
	*ms = total * 1000 + (int64_t)(seconds * 1000 + 0.5);
	return 0;
}

static bool people_valid(const char *list)
{
	char **ids = g_strsplit(list, ",", -1);
	bool valid = true;

	for (char **id = ids; *id; id++)
		valid = valid && participant_id_valid(*id);
	g_strfreev(ids);
	return valid;
}

static bool text_valid(const char *text)
{
	bool valid = g_utf8_validate(text, -1, NULL);

	for (const char *c = text; *c; c++)
		valid = valid && !g_ascii_iscntrl(*c);
	return valid;
}

static bool array_valid(const char *text)
{
	json_t *o = json_loads(text, 0, NULL);
	bool valid = json_is_array(o);

	json_decref(o);
	return valid;
}

static int set_int(const struct spec_row *row, struct output_spec *spec, const char *text)
{
	char *end;
	int64_t n = g_ascii_strtoll(text, &end, 10);

	if (end == text || *end || n < row->min || n > row->max)
		return -EINVAL;
	*(int *)member(row, spec) = (int)n;
	return 0;
}

static bool string_fits(const struct spec_row *row, const char *text)
{
	switch (row->kind) {
	case SPEC_WORD: return word_index(row->choices, '|', text) >= 0;
	case SPEC_PERSON: return participant_id_valid(text);
	case SPEC_PEOPLE: return people_valid(text);
	case SPEC_ARRAY: return array_valid(text);
	default: return text_valid(text);
	}
}

static int set_string(const struct spec_row *row, struct output_spec *spec, const char *text)
{
	if (strlen(text) >= row->size || (*text && !string_fits(row, text)))
		return -EINVAL;
	g_strlcpy(member(row, spec), text, row->size);
	return 0;
}

static int set_member(const struct spec_row *row, struct output_spec *spec, const char *text)
{
	int on;

	switch (row->kind) {
	case SPEC_INT: return set_int(row, spec, text);
	case SPEC_TIME: return parse_time(text, member(row, spec));
	case SPEC_FLAG:
		on = word_index(row->choices, '|', text);
		*(bool *)member(row, spec) = on == 0;
		return on < 0 ? -EINVAL : 0;
	default: return set_string(row, spec, text);
	}
}

/** "a number from 1 to 120" and so on. */
static void describe(const struct spec_row *row, char *out, size_t size)
{
	switch (row->kind) {
	case SPEC_INT: snprintf(out, size, "a number from %d to %d", row->min, row->max); break;
	case SPEC_TIME: snprintf(out, size, "a time: seconds, 1:30 or 1:02:03.5"); break;
	case SPEC_WORD: case SPEC_FLAG: snprintf(out, size, "one of %s", row->choices); break;
	case SPEC_PERSON: snprintf(out, size, "a participant's id, as user1"); break;
	case SPEC_PEOPLE: snprintf(out, size, "participants' ids, as user1,user2, in less than %zu bytes", row->size); break;
	case SPEC_ARRAY: snprintf(out, size, "a JSON array of less than %zu bytes", row->size); break;
	default: snprintf(out, size, "text of less than %zu bytes", row->size); break;
	}
}

int spec_row_set(const struct spec_row *row, struct output_spec *spec, const char *text, char *why, size_t why_size)
{
	char wanted[160];
	int err = set_member(row, spec, text);

	if (err) {
		describe(row, wanted, sizeof(wanted));
		snprintf(why, why_size, "--%s wants %s, not \"%.80s\"", row->option, wanted, text);
	}
	return err;
}

/* ---- the whole ---- */

static int refuse(char *why, size_t why_size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int refuse(char *why, size_t why_size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, why_size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool row_holds(const struct spec_row *row, const struct output_spec *spec)
{
	const char *text = member(row, spec);
	int n;

	switch (row->kind) {
	case SPEC_INT:
		n = *(const int *)member(row, spec);
		return n >= row->min && n <= row->max;
	case SPEC_TIME: return *(const int64_t *)member(row, spec) >= 0;
	case SPEC_FLAG: return true;
	default: return memchr(text, '\0', row->size) && (!*text || string_fits(row, text));
	}
}

static bool zone_known(const char *zone)
{
	GTimeZone *tz = *zone && !strchr(zone, '.') && *zone != '/' && *zone != ':' ? g_time_zone_new_identifier(zone) : NULL;

	if (tz)
		g_time_zone_unref(tz);
	return tz || !*zone;
}

/** What an MP4 that plays everywhere may hold. */
static int check_h264(const struct output_spec *s, char *why, size_t why_size)
{
	int64_t blocks = ((s->width + 15) / 16) * (int64_t)((s->height + 15) / 16);

	if (blocks <= H264_MACROBLOCKS && blocks * s->fps <= H264_MACROBLOCKS_S)
		return 0;
	return refuse(why, why_size, "H.264 at level 4.1 holds no more than 1920×1080 at 30 frames a second, not %d×%d at %d.", s->width, s->height, s->fps);
}

static int check_regions(const struct output_spec *s, char *why, size_t why_size)
{
	struct region regions[REGIONS_MAX];
	size_t n;

	if (*s->regions)
		return regions_parse(s->regions, regions, &n, why, why_size);
	return strcmp(s->layout, "custom") ? 0 : refuse(why, why_size, "The layout custom needs regions.");
}

static int check_together(const struct output_spec *s, char *why, size_t why_size)
{
	const struct output_format *f = output_format_find(s->format);

	if (!f)
		return refuse(why, why_size, "The output's format must be said.");
	if (!*s->fit)
		return refuse(why, why_size, "The output's fit must be one of fit|fill.");
	if ((s->width | s->height) & 1)
		return refuse(why, why_size, "The output's size is %d×%d; both must be even.", s->width, s->height);
	if (*s->video_codec && *f->video && word_index(f->video, '|', s->video_codec) < 0)
		return refuse(why, why_size, "The format %s does not hold %s; it holds %s.", s->format, s->video_codec, f->video);
	if (s->to_ms && s->to_ms <= s->from_ms)
		return refuse(why, why_size, "The output would end (to) before it begins (from).");
	if (*s->only && *s->without)
		return refuse(why, why_size, "Only one of only and without can be said.");
	if (!zone_known(s->time_zone))
		return refuse(why, why_size, "There is no time zone \"%s\".", s->time_zone);
	if (check_regions(s, why, why_size))
		return -EINVAL;
	return !strcmp(output_spec_codec(s), "h264") ? check_h264(s, why, why_size) : 0;
}

int output_spec_check(const struct output_spec *spec, char *why, size_t why_size)
{
	char wanted[160];

	for (size_t i = 0; i < SPEC_COUNT; i++) {
		if (row_holds(&spec_rows[i], spec))
			continue;
		describe(&spec_rows[i], wanted, sizeof(wanted));
		if (spec_rows[i].kind == SPEC_INT)
			return refuse(why, why_size, "The output's %s is %d; it must be %s.", spec_rows[i].name, *(const int *)member(&spec_rows[i], spec), wanted);
		return refuse(why, why_size, "The output's %s must be %s.", spec_rows[i].name, wanted);
	}
	return check_together(spec, why, why_size);
}

/* ---- JSON in ---- */

/** Ids with commas out of a JSON array of strings. NULL: it is none. */
static char *joined_ids(json_t *list)
{
	GString *ids = g_string_new(NULL);
	bool valid = true;
	json_t *id;
	size_t i;

	json_array_foreach(list, i, id) {
		valid = valid && json_is_string(id) && ids->len < MEMBER_SIZE(only);
		if (valid)
			g_string_append_printf(ids, "%s%s", i ? "," : "", json_string_value(id));
	}
	return g_string_free(ids, !valid);
}

static int read_int(const struct spec_row *row, struct output_spec *spec, json_t *v)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < row->min || n > row->max)
		return -EINVAL;
	*(int *)member(row, spec) = (int)n;
	return 0;
}

static int read_time(const struct spec_row *row, struct output_spec *spec, json_t *v)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || n > 9999999999)
		return -EINVAL;
	*(int64_t *)member(row, spec) = n;
	return 0;
}

static int read_array(const struct spec_row *row, struct output_spec *spec, json_t *v)
{
	char *text = row->kind == SPEC_PEOPLE ? joined_ids(v) : json_dumps(v, JSON_COMPACT);
	int err = text ? set_string(row, spec, text) : -EINVAL;

	free(text);
	return err;
}

static int read_member(const struct spec_row *row, struct output_spec *spec, json_t *v)
{
	const char *text = json_string_value(v);

	switch (row->kind) {
	case SPEC_INT: return read_int(row, spec, v);
	case SPEC_TIME: return read_time(row, spec, v);
	case SPEC_FLAG:
		*(bool *)member(row, spec) = json_is_true(v);
		return json_is_boolean(v) ? 0 : -EINVAL;
	case SPEC_PEOPLE: case SPEC_ARRAY:
		if (json_is_array(v))
			return read_array(row, spec, v);
		break;
	default: break;
	}
	return text && strlen(text) == json_string_length(v) ? set_string(row, spec, text) : -EINVAL;
}

static const struct spec_row *find_row(const char *name)
{
	for (size_t i = 0; i < SPEC_COUNT; i++)
		if (spec_rows[i].kind != SPEC_PATH && !strcmp(spec_rows[i].name, name))
			return &spec_rows[i];
	return NULL;
}

static const char *nearest_row(const char *name)
{
	const char *best = "";
	unsigned least = UINT_MAX;

	for (size_t i = 0; i < SPEC_COUNT; i++) {
		unsigned d = *name && strstr(spec_rows[i].name, name) ? 1 : word_distance(spec_rows[i].name, name);

		if (spec_rows[i].kind != SPEC_PATH && d < least) {
			least = d;
			best = spec_rows[i].name;
		}
	}
	return best;
}

static int read_named(struct output_spec *spec, const char *name, json_t *v, char *why, size_t why_size)
{
	const struct spec_row *row = find_row(name);
	char wanted[160];

	if (!row)
		return refuse(why, why_size, "An output has no \"%.40s\"; did you mean \"%s\"?", name, nearest_row(name));
	if (!read_member(row, spec, v))
		return 0;
	describe(row, wanted, sizeof(wanted));
	return refuse(why, why_size, "The output's %s must be %s.", row->name,
		      row->kind == SPEC_FLAG ? "true or false" : row->kind == SPEC_TIME ? "milliseconds" : wanted);
}

int output_spec_read(struct output_spec *spec, json_t *o, char *why, size_t why_size)
{
	struct output_spec read = *spec;
	const char *name;
	json_t *v;
	int err = 0;

	if (json_is_string(o))
		err = read_named(&read, "format", o, why, why_size);
	else if (!json_is_object(o))
		err = refuse(why, why_size, "An output is a JSON object, or the name of a format.");
	json_object_foreach(o, name, v)
		if (!err)
			err = read_named(&read, name, v, why, why_size);
	if (!err)
		err = output_spec_check(&read, why, why_size);
	if (!err)
		*spec = read;
	return err;
}

/** A list of formats with commas, as a room's settings have it. */
static json_t *format_list(const char *formats)
{
	char **names = g_strsplit(formats, ",", -1);
	json_t *list = json_array();

	for (char **n = names; *n; n++)
		json_array_append_new(list, json_string(g_strstrip(*n)));
	g_strfreev(names);
	return list;
}

int output_spec_order(struct output_spec *spec, json_t *o, char *why, size_t why_size)
{
	int err = output_spec_read(spec, o, why, why_size);

	if (!err && !output_format_find(spec->format)->file)
		err = refuse(why, why_size, "The format %s leaves no file.", spec->format);
	return err;
}

static int append_spec(json_t *out, const struct output_spec *defaults, json_t *o, char *why, size_t why_size)
{
	struct output_spec spec = *defaults;
	int err = output_spec_order(&spec, o, why, why_size);

	if (!err)
		json_array_append_new(out, output_spec_json(&spec));
	return err;
}

int output_list_read(json_t **out, json_t *list, const char *formats, const struct settings *s, char *why, size_t why_size)
{
	json_t *wanted = list ? json_incref(list) : format_list(formats), *specs = json_array(), *o;
	struct output_spec defaults;
	int err = 0;
	size_t i;

	output_spec_default(&defaults, s);
	if (!json_is_array(wanted) || !json_array_size(wanted) || json_array_size(wanted) > OUTPUTS_MAX)
		err = refuse(why, why_size, "outputs must be an array of 1 to %d outputs.", OUTPUTS_MAX);
	json_array_foreach(wanted, i, o)
		if (!err)
			err = append_spec(specs, &defaults, o, why, why_size);
	json_decref(wanted);
	if (err)
		json_decref(specs);
	else
		*out = specs;
	return err;
}

/* ---- JSON out ---- */

static json_t *people_json(const char *list)
{
	char **ids = g_strsplit(list, ",", -1);
	json_t *o = json_array();

	for (char **id = ids; *id; id++)
		json_array_append_new(o, json_string(*id));
	g_strfreev(ids);
	return o;
}

/** NULL: nothing to say. */
static json_t *member_json(const struct spec_row *row, const struct output_spec *spec)
{
	const char *text = member(row, spec);
	int64_t ms;

	switch (row->kind) {
	case SPEC_INT: return json_integer(*(const int *)member(row, spec));
	case SPEC_TIME:
		ms = *(const int64_t *)member(row, spec);
		return ms ? json_integer(ms) : NULL;
	case SPEC_FLAG: return *(const bool *)member(row, spec) ? json_true() : NULL;
	case SPEC_PATH: return NULL;
	case SPEC_PEOPLE: return *text ? people_json(text) : NULL;
	case SPEC_ARRAY: return *text ? json_loads(text, 0, NULL) : NULL;
	default: return *text ? json_string(text) : NULL;
	}
}

json_t *output_spec_json(const struct output_spec *spec)
{
	json_t *o = json_object(), *v;

	for (size_t i = 0; i < SPEC_COUNT; i++) {
		v = member_json(&spec_rows[i], spec);
		if (v)
			json_object_set_new(o, spec_rows[i].name, v);
	}
	return o;
}

/* ---- what follows from it ---- */

const char *output_spec_codec(const struct output_spec *spec)
{
	static const char *const codecs[] = { "vp8", "vp9", "av1", "h264" };
	const struct output_format *f = output_format_find(spec->format);
	char name[8];

	if (!f || !*f->video)
		return "";
	if (*spec->video_codec)
		return spec->video_codec;
	word_first(f->video, '|', name, sizeof(name));
	for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++)
		if (!strcmp(codecs[i], name))
			return codecs[i];
	return "";
}

bool output_spec_live(const struct output_spec *spec)
{
	const struct output_format *f = output_format_find(spec->format);

	return f && !f->several && strcmp(output_spec_codec(spec), "av1") && !spec->from_ms && !spec->to_ms;
}

void output_spec_name(const struct output_spec *spec, int number, char *out, size_t size)
{
	const struct output_format *f = output_format_find(spec->format);

	if (f && f->several)
		snprintf(out, size, "%d-%s", number, spec->format);
	else if (f && !*f->video)
		snprintf(out, size, "%d-audio", number);
	else
		snprintf(out, size, "%d-%s-%dx%d", number, *spec->layout ? spec->layout : "grid", spec->width, spec->height);
}
