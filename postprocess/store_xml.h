/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Answers of stores, as small trees (GMarkup: no entities but XML's own five, no documents from elsewhere). Depth and number of elements are bounded.
 * Pure; any thread.
 */
#pragma once
#include <glib.h>
#include <stddef.h>

enum { XML_DEPTH = 16, XML_NODES = 100000 };

struct xml_node {
	char *name;                    /* without a namespace's prefix */
	GString *text;                 /* its own, all pieces together; of Azure's <Name Encoded="true"> decoded */
	GPtrArray *children;           /* struct xml_node *, in order */
};

/** -EBADMSG: it is none, or beyond the bounds. Leading blanks and a byte order mark are passed over. */
int xml_parse(struct xml_node **out, const char *text, size_t len);
void xml_free(struct xml_node **n);
/** The first child of that name, or NULL; n may be NULL. */
const struct xml_node *xml_child(const struct xml_node *n, const char *name);
/** Text below n: "Properties/Etag"; "" if it is not there. */
const char *xml_text(const struct xml_node *n, const char *path);
/** The element and all in it, as XML, attributes left out. */
void xml_write(GString *out, const struct xml_node *n);
