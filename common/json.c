/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Checked access to JSON from outside. Pure; the caller owns every object.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "common/json.h"

enum { DEFAULT_MAX = 256 };

static bool type_fits(const json_t *v, enum json_param_type type)
{
	switch (type) {
	case P_STRING: return json_is_string(v);
	case P_INT: return json_is_integer(v);
	case P_BOOL: return json_is_boolean(v);
	case P_OBJECT: return json_is_object(v);
	case P_ARRAY: return json_is_array(v);
	case P_STRING_OR_INT: return json_is_string(v) || json_is_integer(v);
	}
	return false;
}

static const char *type_words(enum json_param_type type)
{
	static const char *const words[] = {
		[P_STRING] = "a string", [P_INT] = "an integer", [P_BOOL] = "true or false", [P_OBJECT] = "an object",
		[P_ARRAY] = "an array", [P_STRING_OR_INT] = "a string or an integer",
	};

	return words[type];
}

static size_t length_of(const json_t *v)
{
	return json_is_string(v) ? json_string_length(v) : json_is_array(v) ? json_array_size(v) : 0;
}

static int check_string(const json_t *v, const struct json_param *p, char *why, size_t why_size)
{
	/* A string with a NUL inside is one thing to jansson and another to strcmp(). */
	if (!json_is_string(v) || strlen(json_string_value(v)) == json_string_length(v))
		return 0;
	snprintf(why, why_size, "Member %s holds a NUL character.", p->name);
	return -EINVAL;
}

static int check_size(const json_t *v, const struct json_param *p, char *why, size_t why_size)
{
	size_t max = p->max ? p->max : DEFAULT_MAX, len = length_of(v);
	const char *unit = json_is_array(v) ? "members" : "bytes";

	if (len > max)
		snprintf(why, why_size, "Member %s is too long: %zu %s, at most %zu.", p->name, len, unit, max);
	else if ((p->flags & P_NONEMPTY) && (json_is_string(v) || json_is_array(v)) && !len)
		snprintf(why, why_size, "Member %s must not be empty.", p->name);
	else if ((p->flags & P_POSITIVE) && json_is_integer(v) && json_integer_value(v) <= 0)
		snprintf(why, why_size, "Member %s must be greater than zero.", p->name);
	else
		return check_string(v, p, why, why_size);
	return -EINVAL;
}

static int check_one(json_t *body, const struct json_param *p, char *why, size_t why_size)
{
	const json_t *v = json_object_get(body, p->name);

	if (!v || json_is_null(v)) {
		if (!(p->flags & P_REQUIRED))
			return 0;
		snprintf(why, why_size, "Member %s is missing.", p->name);
		return -ENODATA;
	}
	if (!type_fits(v, p->type)) {
		snprintf(why, why_size, "Member %s must be %s.", p->name, type_words(p->type));
		return -EINVAL;
	}
	return check_size(v, p, why, why_size);
}

int json_check(json_t *body, const struct json_param *params, char *why, size_t why_size)
{
	int err = 0;

	if (!json_is_object(body)) {
		snprintf(why, why_size, "The body must be an object.");
		return -EINVAL;
	}
	for (; params->name && !err; params++)
		err = check_one(body, params, why, why_size);
	return err;
}

/* A quarter of what it takes in memory, at least, and no less than its text. */
enum { SCALAR_BYTES = 16, ARRAY_BYTES = 32, OBJECT_BYTES = 64, KEY_BYTES = 16 };

static int measure_one(const json_t *v, unsigned depth, size_t max_bytes, size_t *bytes);

static int measure_object(const json_t *v, unsigned depth, size_t max_bytes, size_t *bytes)
{
	json_t *object = (json_t *)(uintptr_t)v, *member;
	const char *key;
	int err = 0;

	json_object_foreach(object, key, member) {
		*bytes += strlen(key) + KEY_BYTES;
		err = measure_one(member, depth, max_bytes, bytes);
		if (err)
			break;
	}
	return err;
}

/* `depth` levels may still follow. */
static int measure_one(const json_t *v, unsigned depth, size_t max_bytes, size_t *bytes)
{
	int err = 0;

	*bytes += json_is_object(v) ? OBJECT_BYTES : json_is_array(v) ? ARRAY_BYTES : SCALAR_BYTES + (json_is_string(v) ? json_string_length(v) : 0);
	if (*bytes > max_bytes)
		return -EFBIG;
	if (!json_is_object(v) && !json_is_array(v))
		return 0;
	if (!depth)
		return -ELOOP;
	if (json_is_object(v))
		return measure_object(v, depth - 1, max_bytes, bytes);
	for (size_t i = 0; !err && i < json_array_size(v); i++)
		err = measure_one(json_array_get(v, i), depth - 1, max_bytes, bytes);
	return err;
}

int json_measure(const json_t *v, unsigned max_depth, size_t max_bytes, size_t *bytes)
{
	*bytes = 0;
	return v ? measure_one(v, max_depth, max_bytes, bytes) : 0;
}

const char *json_str(json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

int64_t json_num(json_t *o, const char *key, int64_t fallback)
{
	const json_t *v = json_object_get(o, key);

	return json_is_integer(v) ? json_integer_value(v) : fallback;
}

bool json_flag(json_t *o, const char *key, bool fallback)
{
	const json_t *v = json_object_get(o, key);

	return json_is_boolean(v) ? json_is_true(v) : fallback;
}

int json_room(json_t *o, char *out, size_t size)
{
	const json_t *v = json_object_get(o, "room");
	int n = -1;

	if (json_is_string(v) && strlen(json_string_value(v)) == json_string_length(v))
		n = snprintf(out, size, "%s", json_string_value(v));
	else if (json_is_integer(v) && json_integer_value(v) >= 0)
		n = snprintf(out, size, "%" PRIi64, (int64_t)json_integer_value(v));
	return n > 0 && (size_t)n < size ? 0 : -EINVAL;
}
