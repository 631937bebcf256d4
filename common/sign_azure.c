/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SharedKey and service SAS. Called by the Azure driver for each request and by whoever gives out links to a store, on any thread; no state.
 *
 *	SharedKey   METHOD \n eleven headers, a line each \n x-ms-name:value \n … /account/path \n query-name:value …     ─HMAC─▶ Authorization
 *	SAS         sixteen lines: what may be done, when, with what, and how it is answered                               ─HMAC─▶ sig
 */
#include "common/sign_azure.h"

#include <errno.h>
#include <glib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

enum { MAC_SIZE = 32, DATE_SIZE = 32 };

/* The headers of which only the value is signed, in their order. Date is empty: x-ms-date says it. */
static const char *const plain[] = { "content-encoding", "content-language", "content-length", "content-md5", "content-type", "date", "if-modified-since",
				     "if-match", "if-none-match", "if-unmodified-since", "range" };

/* base64(HMAC of the text under the decoded key) or NULL where the key is no base64. */
static char *signature(const char *key, const char *text)
{
	gsize len = 0;
	guchar *raw = key ? g_base64_decode(key, &len) : NULL;
	char *again = raw ? g_base64_encode(raw, len) : NULL, *sig = NULL;
	unsigned char mac[MAC_SIZE];
	unsigned n = MAC_SIZE;

	if (again && len > 0 && !strcmp(again, key)) {        /* g_base64_decode() takes anything */
		if (!HMAC(EVP_sha256(), raw, (int)len, (const unsigned char *)text, strlen(text), mac, &n))
			g_error("sign: OpenSSL gave no HMAC");
		sig = g_base64_encode(mac, n);
	}
	g_free(again);
	g_free(raw);
	return sig;
}

static bool name_valid(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!g_ascii_isalnum(*p) && *p != '-' && *p != '_' && *p != '.')
			return false;
	return *name != '\0';
}

static bool value_valid(const char *value)
{
	for (const char *p = value; *p; p++)
		if (g_ascii_iscntrl(*p) && *p != '\t')
			return false;
	return true;
}

static const char *header_of(const struct sign_request *req, const char *name)
{
	for (const struct uri_pair *h = req->headers; h && h->name; h++)
		if (!g_ascii_strcasecmp(h->name, name))
			return h->value ? h->value : "";
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct uri_pair *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Where a letter stands in the order of names: Azure sorts headers as .NET sorts words, '_' before digits. 0: the end. */
static int weight(char c)
{
	static const char order[] = "._0123456789abcdefghijklmnopqrstuvwxyz";
	const char *at = c ? strchr(order, c) : NULL;

	return at ? (int)(at - order) + 1 : 0;
}

/* Hyphens count only where nothing else differs, and then the name without one comes first. */
static int compare_words(const void *a, const void *b)
{
	const char *x = ((const struct uri_pair *)a)->name, *y = ((const struct uri_pair *)b)->name, *p = x, *q = y;

	for (;;) {
		p += strspn(p, "-");
		q += strspn(q, "-");
		if (*p != *q)
			return weight(*p) - weight(*q);
		if (!*p)
			break;
		p++;
		q++;
	}
	for (; *x && *x == *y; x++)
		y++;
	return (*x == '-') - (*y == '-');
}

static void clear(void *pair)
{
	struct uri_pair *p = pair;

	g_free((char *)p->name);
	g_free((char *)p->value);
}

/* Lower-case names with their values; `strip`: without the blanks around them, as headers are read. */
static void add(GArray *pairs, const char *name, const char *value, bool strip)
{
	char *copy = g_strdup(value ? value : "");
	struct uri_pair p = { g_ascii_strdown(name, -1), strip ? g_strstrip(copy) : copy };

	g_array_append_val(pairs, p);
}

static GArray *pairs_new(void)
{
	GArray *pairs = g_array_new(TRUE, TRUE, sizeof(struct uri_pair));

	g_array_set_clear_func(pairs, clear);
	return pairs;
}

static const struct uri_pair *pair_at(const GArray *pairs, guint i)
{
	return &g_array_index(pairs, struct uri_pair, i);
}

/* Those of the request that begin with x-ms-, and our two. */
static int ms_headers(GArray *out, const struct sign_request *req, const char *date)
{
	for (const struct uri_pair *h = req->headers; h && h->name; h++) {
		if (!name_valid(h->name) || !value_valid(h->value ? h->value : ""))
			return -EINVAL;
		if (!g_ascii_strncasecmp(h->name, "x-ms-", 5))
			add(out, h->name, h->value, true);
	}
	if (!header_of(req, "x-ms-date"))
		add(out, "x-ms-date", date, true);
	if (!header_of(req, "x-ms-version"))
		add(out, "x-ms-version", SIGN_AZURE_VERSION, true);
	g_array_sort(out, compare_words);
	return 0;
}

static void plain_to(GString *s, const struct sign_request *req)
{
	for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
		const char *value = header_of(req, plain[i]);
		bool nothing = !value || !strcmp(plain[i], "date") || (!strcmp(plain[i], "content-length") && !strcmp(value, "0"));
		char *text = g_strstrip(g_strdup(nothing ? "" : value));

		g_string_append_printf(s, "%s\n", text);
		g_free(text);
	}
}

/* "\nname:value": names in order, the values of a name that comes twice in one line. */
static void query_to(GString *s, const struct uri_pair *query)
{
	GArray *pairs = pairs_new();

	for (; query && query->name; query++)
		add(pairs, query->name, query->value, false);
	g_array_sort(pairs, compare);
	for (guint i = 0; i < pairs->len; i++) {
		const struct uri_pair *p = pair_at(pairs, i);

		if (i > 0 && !strcmp(p->name, p[-1].name))
			g_string_append_printf(s, ",%s", p->value);
		else
			g_string_append_printf(s, "\n%s:%s", p->name, p->value);
	}
	g_array_unref(pairs);
}

static char *string_to_sign(const struct sign_azure_key *key, const struct sign_request *req, const GArray *ms)
{
	GString *s = g_string_new(NULL);
	char *path = uri_encode(req->path, "/");

	g_string_append_printf(s, "%s\n", req->method);
	plain_to(s, req);
	for (guint i = 0; i < ms->len; i++)
		g_string_append_printf(s, "%s:%s\n", pair_at(ms, i)->name, pair_at(ms, i)->value);
	g_string_append_printf(s, "/%s%s", key->account, path);
	query_to(s, req->query);
	g_free(path);
	return g_string_free(s, FALSE);
}

static int fields(struct tm *tm, int64_t now_s)
{
	time_t t = (time_t)now_s;

	return now_s >= 0 && gmtime_r(&t, tm) && tm->tm_year <= 9999 - 1900 ? 0 : -EINVAL;
}

/* "Sun, 22 Nov 2026 14:30:00 GMT" (RFC 9110 §5.6.7), whatever language the process speaks. */
static int http_date(char out[DATE_SIZE], int64_t now_s)
{
	static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm;
	int err = fields(&tm, now_s);

	if (!err)
		g_snprintf(out, DATE_SIZE, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
			   tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return err;
}

/* "2026-11-22T14:30:00Z" */
static int sas_time(char out[DATE_SIZE], int64_t now_s)
{
	struct tm tm;
	int err = fields(&tm, now_s);

	if (!err)
		g_snprintf(out, DATE_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return err;
}

int sign_azure_headers(char ***out, const struct sign_azure_key *key, const struct sign_request *req)
{
	GPtrArray *lines = g_ptr_array_new();
	GArray *ms = pairs_new();
	char date[DATE_SIZE], *text = NULL, *sig = NULL;
	int err = req->path && req->path[0] == '/' && key->account ? http_date(date, req->now_s) : -EINVAL;

	if (!err)
		err = ms_headers(ms, req, date);
	if (!err) {
		text = string_to_sign(key, req, ms);
		sig = signature(key->key, text);
		err = sig ? 0 : -EINVAL;
	}
	if (!err) {
		if (!header_of(req, "x-ms-date"))
			g_ptr_array_add(lines, g_strdup_printf("x-ms-date: %s", date));
		if (!header_of(req, "x-ms-version"))
			g_ptr_array_add(lines, g_strdup("x-ms-version: " SIGN_AZURE_VERSION));
		g_ptr_array_add(lines, g_strdup_printf("Authorization: SharedKey %s:%s", key->account, sig));
		g_ptr_array_add(lines, NULL);
		*out = (char **)g_ptr_array_free(g_steal_pointer(&lines), FALSE);
	}
	if (lines)
		g_ptr_array_free(lines, TRUE);
	g_array_unref(ms);
	g_free(text);
	g_free(sig);
	return err;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static char *sas_string(const struct sign_azure_key *key, const struct sign_azure_sas *sas, const char *start, const char *expiry)
{
	return g_strdup_printf("%s\n%s\n%s\n/blob/%s/%s/%s\n\n\n%s\n%s\nb\n\n\n\n%s\n\n\n%s", sas->permissions, start, expiry, key->account, sas->container,
			       sas->blob, or_empty(sas->protocol), SIGN_AZURE_VERSION, or_empty(sas->disposition), or_empty(sas->mime));
}

static char *sas_query(const struct sign_azure_sas *sas, const char *start, const char *expiry, const char *sig)
{
	const struct uri_pair all[] = { { "sv", SIGN_AZURE_VERSION }, { "sr", "b" }, { "sp", sas->permissions }, { "st", start }, { "se", expiry },
					{ "spr", sas->protocol }, { "rscd", sas->disposition }, { "rsct", sas->mime }, { "sig", sig } };
	struct uri_pair said[G_N_ELEMENTS(all) + 1] = { { NULL, NULL } };
	size_t n = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
		if (all[i].value && *all[i].value)
			said[n++] = all[i];
	return uri_query(said);
}

static bool line_valid(const char *text)
{
	return !text || value_valid(text);
}

int sign_azure_sas(char **out, const struct sign_azure_key *key, const struct sign_azure_sas *sas)
{
	char start[DATE_SIZE] = "", expiry[DATE_SIZE], *text, *sig;
	bool whole = key->account && sas->container && sas->blob && sas->permissions && line_valid(sas->blob) && line_valid(sas->disposition) && line_valid(sas->mime);
	int err = whole ? sas_time(expiry, sas->expiry_s) : -EINVAL;

	if (!err && sas->start_s)
		err = sas_time(start, sas->start_s);
	if (err)
		return err;
	text = sas_string(key, sas, start, expiry);
	sig = signature(key->key, text);
	if (sig)
		*out = sas_query(sas, start, expiry, sig);
	g_free(text);
	g_free(sig);
	return sig ? 0 : -EINVAL;
}
