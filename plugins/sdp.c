/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading session descriptions (RFC 8866, 8829). Called on task threads with text from clients; writing is in sdp_write.c.
 * What of it suits this server is said in sdp_match.c.
 *
 *   text ─▶ lines ─▶ "m=" opens an m-line ─▶ "a=" lines by the table below ─▶ struct sdp
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "plugins/sdp.h"
#include "plugins/sdp_feedback.h"

const struct sdp_feedback sdp_feedbacks[SDP_FEEDBACKS] = {
	{ "nack" }, { "nack pli" }, { "ccm fir" }, { "goog-remb" }, { "transport-cc" },
};

static const struct { const char *name; enum sdp_kind kind; } kinds[] = {
	{ "audio", SDP_AUDIO }, { "video", SDP_VIDEO }, { "application", SDP_APPLICATION },
};

static void codec_clear(gpointer p)
{
	g_free(((struct sdp_codec *)p)->fmtp);
}

static void mline_free(gpointer p)
{
	struct sdp_mline *m = p;

	g_array_free(m->codecs, TRUE);
	g_array_free(m->extensions, TRUE);
	g_free(m);
}

void sdp_unref(struct sdp **s)
{
	if (*s)
		g_ptr_array_free((*s)->mlines, TRUE);
	g_free(*s);
	*s = NULL;
}

const struct sdp_mline *sdp_mline(const struct sdp *s, size_t i)
{
	return i < s->mlines->len ? s->mlines->pdata[i] : NULL;
}

/* Digits only: 0..max, or -1. */
static int number(const char *s, const char **end, int max)
{
	int v = 0;

	if (!g_ascii_isdigit(*s))
		return -1;
	while (g_ascii_isdigit(*s) && v <= max)
		v = v * 10 + (*s++ - '0');
	if (end)
		*end = s;
	return v <= max ? v : -1;
}

static struct sdp_codec *codec_of(struct sdp_mline *m, int pt)
{
	for (guint i = 0; i < m->codecs->len; i++) {
		struct sdp_codec *c = &g_array_index(m->codecs, struct sdp_codec, i);

		if (c->pt == pt)
			return c;
	}
	return NULL;
}

/* "m=video 9 UDP/TLS/RTP/SAVPF 96 97" */
static int parse_mline(struct sdp *s, const char *value)
{
	char **part = g_strsplit(value, " ", SDP_CODECS + 4);
	guint n = g_strv_length(part), kind = 0;
	struct sdp_mline *m;
	int port = n > 1 ? number(part[1], NULL, 65535) : -1, err = 0;

	while (kind < G_N_ELEMENTS(kinds) && n && strcmp(part[0], kinds[kind].name))
		kind++;
	if (n < 4 || kind == G_N_ELEMENTS(kinds) || port < 0 || strlen(part[2]) >= sizeof(m->proto) || strlen(part[3]) >= sizeof(m->format))
		err = -EBADMSG;
	else if (s->mlines->len >= SDP_MLINES || n > SDP_CODECS + 3)
		err = -E2BIG;
	if (!err) {
		m = g_new0(struct sdp_mline, 1);
		m->kind = kinds[kind].kind;
		m->rejected = port == 0;
		m->direction = SDP_SEND | SDP_RECV;
		m->codecs = g_array_new(FALSE, TRUE, sizeof(struct sdp_codec));
		g_array_set_clear_func(m->codecs, codec_clear);
		m->extensions = g_array_new(FALSE, TRUE, sizeof(struct sdp_extension));
		g_strlcpy(m->proto, part[2], sizeof(m->proto));
		g_strlcpy(m->format, part[3], sizeof(m->format));
		g_snprintf(m->mid, sizeof(m->mid), "%u", s->mlines->len);
		g_ptr_array_add(s->mlines, m);
	}
	g_strfreev(part);
	return err;
}

static bool token_char(char c)
{
	return g_ascii_isalnum(c) || (c && strchr("!#$%&'*+-.^_`{|}~", c));
}

static bool is_token(const char *s)
{
	if (!*s)
		return false;
	while (token_char(*s))
		s++;
	return !*s;
}

/* Janus allows 16 characters. */
static int on_mid(struct sdp_mline *m, const char *value)
{
	if (!is_token(value) || strlen(value) >= sizeof(m->mid))
		return -EBADMSG;
	g_strlcpy(m->mid, value, sizeof(m->mid));
	return 0;
}

/* "111 opus/48000/2" */
static int on_rtpmap(struct sdp_mline *m, const char *value)
{
	struct sdp_codec c = { .channels = 1 };
	const char *p, *slash;

	c.pt = number(value, &p, 127);
	slash = c.pt < 0 ? NULL : strchr(p, '/');
	if (!slash || *p++ != ' ' || slash <= p || (size_t)(slash - p) >= sizeof(c.name))
		return -EBADMSG;
	if (m->codecs->len >= SDP_CODECS)
		return -E2BIG;
	memcpy(c.name, p, (size_t)(slash - p));
	c.rate = (unsigned)strtoul(slash + 1, NULL, 10);
	slash = strchr(slash + 1, '/');
	if (slash)
		c.channels = (unsigned)strtoul(slash + 1, NULL, 10);
	if (!codec_of(m, c.pt))
		g_array_append_val(m->codecs, c);
	return 0;
}

/* "96 nack pli" or "* nack"; unknown kinds and payload types are skipped */
static int on_feedback(struct sdp_mline *m, const char *value)
{
	const char *p = value;
	int pt = *p == '*' ? -1 : number(value, &p, 127);
	unsigned bit = 0;

	p = strchr(p, ' ');
	for (unsigned i = 0; p && i < SDP_FEEDBACKS; i++)
		if (!strcmp(p + 1, sdp_feedbacks[i].name))
			bit = 1u << i;
	for (guint i = 0; i < m->codecs->len; i++) {
		struct sdp_codec *c = &g_array_index(m->codecs, struct sdp_codec, i);

		if (*value == '*' || c->pt == pt)
			c->feedback |= bit;
	}
	return 0;
}

/* "111 minptime=10;stereo=1"; of several the first counts */
static int on_fmtp(struct sdp_mline *m, const char *value)
{
	const char *p = value;
	int pt = number(value, &p, 127);
	struct sdp_codec *c = pt < 0 ? NULL : codec_of(m, pt);

	if (c && !c->fmtp && *p == ' ')
		c->fmtp = g_strdup(p + 1);
	return 0;
}

/* "3 urn:…" or "3/sendonly urn:…"; an id above 14 needs two-byte headers, which not everybody sends */
static int on_extmap(struct sdp_mline *m, const char *value)
{
	struct sdp_extension e = { .id = number(value, NULL, 255) };
	const char *uri = strchr(value, ' ');
	size_t len;

	if (e.id < 1 || !uri)
		return -EBADMSG;
	len = strcspn(++uri, " ");
	if (len >= sizeof(e.uri))
		return 0;
	if (m->extensions->len >= SDP_EXTENSIONS)
		return -E2BIG;
	memcpy(e.uri, uri, len);
	g_array_append_val(m->extensions, e);
	return 0;
}

static const struct attribute {
	const char *name;
	int (*parse)(struct sdp_mline *m, const char *value);
	unsigned direction;        /* of those without a value */
} attributes[] = {
	{ "mid:", on_mid, 0 },
	{ "rtpmap:", on_rtpmap, 0 },
	{ "rtcp-fb:", on_feedback, 0 },
	{ "fmtp:", on_fmtp, 0 },
	{ "extmap:", on_extmap, 0 },
	{ "sendrecv", NULL, SDP_SEND | SDP_RECV },
	{ "sendonly", NULL, SDP_SEND },
	{ "recvonly", NULL, SDP_RECV },
	{ "inactive", NULL, 0 },
};

static int parse_attribute(struct sdp_mline *m, const char *text)
{
	for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
		const struct attribute *a = &attributes[i];
		size_t n = strlen(a->name);

		if (a->parse && !strncmp(text, a->name, n))
			return a->parse(m, text + n);
		if (!a->parse && !strcmp(text, a->name)) {
			m->direction = a->direction;
			return 0;
		}
	}
	return 0;
}

static int parse_line(struct sdp *s, const char *line)
{
	guint n = s->mlines->len;

	if (!line[0])
		return 0;
	if (line[1] != '=')
		return -EBADMSG;
	if (line[0] == 'm')
		return parse_mline(s, line + 2);
	if (line[0] == 'a' && n)
		return parse_attribute(s->mlines->pdata[n - 1], line + 2);
	return 0;
}

/* Two m-lines of one name could not be told apart. */
static bool mids_differ(const struct sdp *s)
{
	GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);
	bool differ = true;

	for (guint i = 0; i < s->mlines->len; i++)
		differ &= g_hash_table_add(seen, ((struct sdp_mline *)s->mlines->pdata[i])->mid);
	g_hash_table_destroy(seen);
	return differ;
}

int sdp_parse(struct sdp **out, const char *text, size_t len)
{
	struct sdp *s;
	char *copy, *line, *rest;
	int err = 0;

	if (len > SDP_MAX)
		return -E2BIG;
	if (len < 2 || memcmp(text, "v=", 2) || memchr(text, 0, len))
		return -EBADMSG;
	s = g_new0(struct sdp, 1);
	s->mlines = g_ptr_array_new_with_free_func(mline_free);
	copy = g_strndup(text, len);
	for (line = strtok_r(copy, "\r\n", &rest); line && !err; line = strtok_r(NULL, "\r\n", &rest))
		err = parse_line(s, line);
	if (!err && (!s->mlines->len || !mids_differ(s)))
		err = -EBADMSG;
	g_free(copy);
	if (err)
		sdp_unref(&s);
	else
		*out = s;
	return err;
}

int sdp_extension_id(const struct sdp_mline *m, const char *uri)
{
	for (guint i = 0; i < m->extensions->len; i++) {
		const struct sdp_extension *e = &g_array_index(m->extensions, struct sdp_extension, i);

		if (!strcmp(e->uri, uri))
			return e->id;
	}
	return 0;
}
