/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * XML into trees. Called by the stores' drivers on what a server sent, which may be anything.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "common/uri.h"
#include "postprocess/store_xml.h"

struct build {
	struct xml_node *root;
	struct xml_node *open[XML_DEPTH];
	bool encoded;                  /* the innermost element's text is percent-encoded */
	int depth, nodes;
};

static void node_free(void *node)
{
	struct xml_node *n = node;

	g_ptr_array_unref(n->children);
	g_string_free(n->text, TRUE);
	g_free(n->name);
	g_free(n);
}

static struct xml_node *node_create(const char *name)
{
	const char *colon = strrchr(name, ':');
	struct xml_node *n = g_new0(struct xml_node, 1);

	n->name = g_strdup(colon ? colon + 1 : name);
	n->text = g_string_new(NULL);
	n->children = g_ptr_array_new_with_free_func(node_free);
	return n;
}

static void on_start(GMarkupParseContext *context, const char *name, const char **names, const char **values, void *arg, GError **error)
{
	struct build *b = arg;
	struct xml_node *n;

	(void)context;
	if (b->depth == XML_DEPTH || b->nodes++ == XML_NODES || (!b->depth && b->root)) {
		g_set_error_literal(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "too deep or too much");
		return;
	}
	b->encoded = false;
	for (int i = 0; names[i]; i++)
		b->encoded = b->encoded || (!strcmp(names[i], "Encoded") && !strcmp(values[i], "true"));
	n = node_create(name);
	if (b->depth)
		g_ptr_array_add(b->open[b->depth - 1]->children, n);
	else
		b->root = n;
	b->open[b->depth++] = n;
}

static void on_end(GMarkupParseContext *context, const char *name, void *arg, GError **error)
{
	struct build *b = arg;
	struct xml_node *n = b->open[--b->depth];
	char *plain = NULL;

	(void)context;
	(void)name;
	if (b->encoded && uri_decode(&plain, n->text->str))
		g_set_error_literal(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "a broken escape");
	if (plain)
		g_string_assign(n->text, plain);
	g_free(plain);
	b->encoded = false;
}

static void on_text(GMarkupParseContext *context, const char *text, gsize len, void *arg, GError **error)
{
	struct build *b = arg;

	(void)context;
	(void)error;
	if (b->depth)
		g_string_append_len(b->open[b->depth - 1]->text, text, (gssize)len);
}

int xml_parse(struct xml_node **out, const char *text, size_t len)
{
	static const GMarkupParser parser = { on_start, on_end, on_text, NULL, NULL };
	struct build b = { 0 };
	GMarkupParseContext *context = g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &b, NULL);
	int err;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		len -= 3;
	}
	while (len && g_ascii_isspace(*text)) {
		text++;
		len--;
	}
	err = len && g_markup_parse_context_parse(context, text, (gssize)len, NULL) && g_markup_parse_context_end_parse(context, NULL) && b.root ? 0 : -EBADMSG;
	g_markup_parse_context_free(context);
	if (err)
		xml_free(&b.root);
	else
		*out = b.root;
	return err;
}

void xml_free(struct xml_node **n)
{
	if (*n)
		node_free(*n);
	*n = NULL;
}

const struct xml_node *xml_child(const struct xml_node *n, const char *name)
{
	for (guint i = 0; n && i < n->children->len; i++) {
		const struct xml_node *child = n->children->pdata[i];

		if (!strcmp(child->name, name))
			return child;
	}
	return NULL;
}

const char *xml_text(const struct xml_node *n, const char *path)
{
	char **names = g_strsplit(path, "/", XML_DEPTH);

	for (int i = 0; n && names[i]; i++)
		n = xml_child(n, names[i]);
	g_strfreev(names);
	return n ? n->text->str : "";
}

void xml_write(GString *out, const struct xml_node *n)
{
	char *text = g_markup_escape_text(n->text->str, (gssize)n->text->len);

	g_string_append_printf(out, "<%s>", n->name);
	if (n->children->len)          /* blanks between elements say nothing */
		for (guint i = 0; i < n->children->len; i++)
			xml_write(out, n->children->pdata[i]);
	else
		g_string_append(out, text);
	g_string_append_printf(out, "</%s>", n->name);
	g_free(text);
}
