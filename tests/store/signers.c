/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our signers, for others to be compared with (signers.py, signers.mjs): requests on stdin, a JSON object a line, what they are signed with on stdout.
 *
 *	{"kind":"aws-headers","scheme":"AWS4","id":…,"secret":…,"token":…,"region":…,"method":…,"host":…,"path":…,"query":[[name,value]…],"headers":[…],"hash":…,"now":…}
 *	      ─▶ {"lines":["x-amz-date: …",…]}           and so "azure-headers" with account and key
 *	{"kind":"aws-query",…,"ttl":…}  {"kind":"azure-sas",…}     ─▶ {"query":"…"}
 */
#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/json.h"
#include "common/sign_aws.h"
#include "common/sign_azure.h"

/* The pairs of an array, ending with NULL; the texts are the array's. */
static struct uri_pair *pairs_of(json_t *array)
{
	struct uri_pair *pairs = g_new0(struct uri_pair, json_array_size(array) + 1);
	size_t i;
	json_t *one;

	json_array_foreach(array, i, one)
		pairs[i] = (struct uri_pair){ json_string_value(json_array_get(one, 0)), json_string_value(json_array_get(one, 1)) };
	return pairs;
}

static struct sign_aws_key aws_key(json_t *o)
{
	return (struct sign_aws_key){ !strcmp(json_str(o, "scheme"), "GOOG4") ? SIGN_GOOG4 : SIGN_AWS4, json_str(o, "id"), json_str(o, "secret"),
				      json_str(o, "token"), json_str(o, "region"), NULL };
}

static struct sign_azure_key azure_key(json_t *o)
{
	return (struct sign_azure_key){ json_str(o, "account"), json_str(o, "key") };
}

static int aws_headers(char ***lines, char **query, json_t *o, const struct sign_request *req)
{
	struct sign_aws_key key = aws_key(o);

	(void)query;
	return sign_aws_headers(lines, &key, req);
}

static int aws_query(char ***lines, char **query, json_t *o, const struct sign_request *req)
{
	struct sign_aws_key key = aws_key(o);

	(void)lines;
	return sign_aws_query(query, &key, req, json_num(o, "ttl", 0));
}

static int azure_headers(char ***lines, char **query, json_t *o, const struct sign_request *req)
{
	struct sign_azure_key key = azure_key(o);

	(void)query;
	return sign_azure_headers(lines, &key, req);
}

static int azure_sas(char ***lines, char **query, json_t *o, const struct sign_request *req)
{
	struct sign_azure_key key = azure_key(o);
	struct sign_azure_sas sas = { json_str(o, "container"), json_str(o, "blob"), json_str(o, "permissions"), json_str(o, "protocol"), json_num(o, "start", 0),
				      json_num(o, "expiry", 0), json_str(o, "disposition"), json_str(o, "mime") };

	(void)lines;
	(void)req;
	return sign_azure_sas(query, &key, &sas);
}

static const struct {
	const char *kind;
	int (*sign)(char ***lines, char **query, json_t *o, const struct sign_request *req);
} kinds[] = { { "aws-headers", aws_headers }, { "aws-query", aws_query }, { "azure-headers", azure_headers }, { "azure-sas", azure_sas } };

static json_t *answer(json_t *o)
{
	struct uri_pair *query = pairs_of(json_object_get(o, "query")), *headers = pairs_of(json_object_get(o, "headers"));
	struct sign_request req = { json_str(o, "method"), json_str(o, "host"), json_str(o, "path"), query, headers, json_str(o, "hash"), json_num(o, "now", 0) };
	json_t *out = json_object(), *list = json_array();
	char **lines = NULL, *text = NULL;
	int err = -1;

	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (!strcmp(kinds[i].kind, json_str(o, "kind")))
			err = kinds[i].sign(&lines, &text, o, &req);
	for (char **line = lines; line && *line; line++)
		json_array_append_new(list, json_string(*line));
	json_object_set_new(out, "error", json_integer(err));
	json_object_set_new(out, "lines", list);
	json_object_set_new(out, "query", text ? json_string(text) : json_null());
	g_strfreev(lines);
	g_free(text);
	g_free(query);
	g_free(headers);
	return out;
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		json_t *o = json_loads(line, 0, NULL), *a = o ? answer(o) : NULL;

		if (!a)
			return 2;
		json_dumpf(a, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(a);
		json_decref(o);
	}
	free(line);
	return 0;
}
