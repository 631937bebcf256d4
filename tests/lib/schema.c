/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small validator: a row per word of JSON Schema. Called by tests of composing.
 */
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include "tests/lib/schema.h"

struct judge {
	json_t *root;
	char *fault;
};

static void judge(struct judge *j, json_t *schema, json_t *v, const char *path);

static void __attribute__((format(printf, 3, 4))) find(struct judge *j, const char *path, const char *fmt, ...)
{
	g_autofree char *what = NULL;
	va_list ap;

	if (j->fault)
		return;
	va_start(ap, fmt);
	what = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	j->fault = g_strdup_printf("%s: %s", path, what);
}

static bool is_type(json_t *v, const char *name)
{
	static const struct { const char *name; json_type type; } names[] = {
		{ "object", JSON_OBJECT }, { "array", JSON_ARRAY }, { "string", JSON_STRING }, { "integer", JSON_INTEGER }, { "null", JSON_NULL },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (!g_strcmp0(names[i].name, name))
			return json_typeof(v) == names[i].type;
	return !g_strcmp0(name, "boolean") ? json_is_boolean(v) : !g_strcmp0(name, "number") && json_is_number(v);
}

/* ---- a word each ---- */

static void on_type(struct judge *j, json_t *type, json_t *v, const char *path)
{
	bool fits = json_is_string(type) && is_type(v, json_string_value(type));
	json_t *one;
	size_t i;

	json_array_foreach(type, i, one)
		fits |= is_type(v, json_string_value(one));
	if (!fits)
		find(j, path, "not of the type");
}

static void on_const(struct judge *j, json_t *want, json_t *v, const char *path)
{
	if (!json_equal(want, v))
		find(j, path, "not the constant");
}

static void on_enum(struct judge *j, json_t *list, json_t *v, const char *path)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (json_equal(one, v))
			return;
	find(j, path, "none of the values");
}

static void on_minimum(struct judge *j, json_t *least, json_t *v, const char *path)
{
	if (json_is_number(v) && json_number_value(v) < json_number_value(least))
		find(j, path, "too small");
}

static void on_pattern(struct judge *j, json_t *pattern, json_t *v, const char *path)
{
	if (json_is_string(v) && !g_regex_match_simple(json_string_value(pattern), json_string_value(v), 0, 0))
		find(j, path, "\"%s\" is not as the pattern wants it", json_string_value(v));
}

static void on_required(struct judge *j, json_t *names, json_t *v, const char *path)
{
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		if (json_is_object(v) && !json_object_get(v, json_string_value(name)))
			find(j, path, "no %s", json_string_value(name));
}

static void on_items(struct judge *j, json_t *schema, json_t *v, const char *path)
{
	json_t *one;
	size_t i;

	json_array_foreach(v, i, one) {
		g_autofree char *below = g_strdup_printf("%s[%zu]", path, i);

		judge(j, schema, one, below);
	}
}

static void on_properties(struct judge *j, json_t *properties, json_t *v, const char *path)
{
	const char *key;
	json_t *one;

	json_object_foreach(v, key, one) {
		g_autofree char *below = g_strconcat(path, ".", key, NULL);

		if (json_object_get(properties, key))
			judge(j, json_object_get(properties, key), one, below);
		else
			find(j, below, "not in the schema");
	}
}

static void on_additional(struct judge *j, json_t *schema, json_t *v, const char *path)
{
	const char *key;
	json_t *one;

	json_object_foreach(v, key, one)
		judge(j, schema, one, path);
}

static void on_ref(struct judge *j, json_t *ref, json_t *v, const char *path)
{
	const char *name = json_string_value(ref) + strlen("#/$defs/");
	json_t *schema = json_object_get(json_object_get(j->root, "$defs"), name);

	if (schema)
		judge(j, schema, v, path);
	else
		find(j, path, "the schema has no %s", name);
}

static void on_nothing(struct judge *j, json_t *word, json_t *v, const char *path)
{
	(void)j, (void)word, (void)v, (void)path;
}

static void judge(struct judge *j, json_t *schema, json_t *v, const char *path)
{
	static const struct { const char *word; void (*read)(struct judge *, json_t *, json_t *, const char *); } words[] = {
		{ "type", on_type }, { "const", on_const }, { "enum", on_enum }, { "minimum", on_minimum }, { "pattern", on_pattern }, { "required", on_required },
		{ "items", on_items }, { "properties", on_properties }, { "additionalProperties", on_additional }, { "$ref", on_ref }, { "$defs", on_nothing },
		{ "$schema", on_nothing }, { "$id", on_nothing }, { "$comment", on_nothing }, { "title", on_nothing }, { "description", on_nothing },
	};
	const char *key;
	json_t *word;

	json_object_foreach(schema, key, word) {
		size_t i = 0;

		while (i < G_N_ELEMENTS(words) && strcmp(words[i].word, key))
			i++;
		if (i < G_N_ELEMENTS(words))
			words[i].read(j, word, v, path);
		else
			find(j, path, "the schema says %s", key);
	}
}

char *schema_fault(json_t *schema, json_t *doc)
{
	struct judge j = { .root = schema };

	judge(&j, schema, doc, "$");
	return j.fault;
}

char *schema_metadata_fault(const char *srcdir, const char *dir)
{
	g_autofree char *path = g_build_filename(srcdir, "docs/schemas/metadata.schema.json", NULL), *file = g_build_filename(dir, "metadata.json", NULL);
	json_t *schema = json_load_file(path, 0, NULL), *doc = json_load_file(file, 0, NULL);
	char *fault = !schema ? g_strdup("no schema") : !doc ? g_strdup("no metadata.json") : schema_fault(schema, doc);

	json_decref(schema);
	json_decref(doc);
	return fault;
}
