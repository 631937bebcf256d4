/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who the client is, behind proxies that we know. Called by http.c for each request and connection.
 *
 * X-Forwarded-For grows at its end: what a proxy of ours added is true, what stands before the first address that is none of ours may be anything.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "postprocess/address.h"

enum { HOPS = 32 };

struct network { struct address address; unsigned bits; };
struct networks { size_t n; struct network *all; };

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static void from_four(struct address *out, const struct in_addr *a)
{
	memcpy(out->b, mapped, sizeof(mapped));
	memcpy(out->b + sizeof(mapped), a, 4);
}

static bool is_four(const struct address *a)
{
	return !memcmp(a->b, mapped, sizeof(mapped));
}

void address_from(struct address *out, const struct sockaddr *sa)
{
	memset(out, 0, sizeof(*out));
	if (sa && sa->sa_family == AF_INET)
		from_four(out, &((const struct sockaddr_in *)(const void *)sa)->sin_addr);
	else if (sa && sa->sa_family == AF_INET6)
		memcpy(out->b, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, ADDRESS_SIZE);
}

bool address_parse(struct address *out, const char *text)
{
	char host[ADDRESS_TEXT + 8];
	const char *colon = strchr(text, ':');
	struct in_addr four;
	struct in6_addr six;
	size_t n = strlen(text);

	if (text[0] == '[') {
		n = strcspn(++text, "]");
	} else if (colon && !strchr(colon + 1, ':')) {
		n = (size_t)(colon - text);
	}
	if (!n || n >= sizeof(host))
		return false;
	g_strlcpy(host, text, n + 1);
	if (inet_pton(AF_INET, host, &four) == 1) {
		from_four(out, &four);
		return true;
	}
	if (inet_pton(AF_INET6, host, &six) != 1)
		return false;
	memcpy(out->b, &six, ADDRESS_SIZE);
	return true;
}

void address_text(char out[ADDRESS_TEXT], const struct address *a)
{
	bool four = is_four(a);

	if (!inet_ntop(four ? AF_INET : AF_INET6, a->b + (four ? sizeof(mapped) : 0), out, ADDRESS_TEXT))
		out[0] = '\0';
}

size_t address_key(const struct address *a)
{
	return is_four(a) ? ADDRESS_SIZE : 8;
}

static bool network_parse(struct network *out, const char *text)
{
	const char *slash = strchr(text, '/');
	g_autofree char *host = g_strndup(text, slash ? (size_t)(slash - text) : strlen(text));
	guint64 bits = 128, most;

	if (!address_parse(&out->address, host))
		return false;
	most = is_four(&out->address) ? 32 : 128;
	if (slash && !g_ascii_string_to_unsigned(slash + 1, 10, 0, most, &bits, NULL))
		return false;
	out->bits = (unsigned)(slash ? bits + 128 - most : 128);
	return true;
}

int networks_parse(struct networks **out, const char *list, char *why, size_t why_size)
{
	g_auto(GStrv) words = g_strsplit_set(list ? list : "", ", ", -1);
	struct networks *n = g_new0(struct networks, 1);
	int err = 0;

	n->all = g_new0(struct network, g_strv_length(words) + 1);
	for (char **w = words; *w && !err; w++) {
		if (!**w)
			continue;
		if (network_parse(&n->all[n->n], *w)) {
			n->n++;
			continue;
		}
		snprintf(why, why_size, "\"%s\" is neither an address nor a network as 10.0.0.0/8 is", *w);
		err = -EINVAL;
	}
	if (err)
		networks_free(n);
	else
		*out = n;
	return err;
}

void networks_free(struct networks *n)
{
	if (!n)
		return;
	g_free(n->all);
	g_free(n);
}

static bool in_network(const struct network *n, const struct address *a)
{
	unsigned bytes = n->bits / 8, rest = n->bits % 8;

	if (memcmp(n->address.b, a->b, bytes))
		return false;
	return !rest || !((n->address.b[bytes] ^ a->b[bytes]) >> (8 - rest));
}

bool networks_have(const struct networks *n, const struct address *a)
{
	for (size_t i = 0; n && i < n->n; i++)
		if (in_network(&n->all[i], a))
			return true;
	return false;
}

void networks_client(const struct networks *n, const struct address *peer, const char *header, struct address *out)
{
	g_auto(GStrv) words = header && networks_have(n, peer) ? g_strsplit(header, ",", -1) : NULL;
	struct address next;
	guint i = words ? g_strv_length(words) : 0;

	*out = *peer;
	for (int hops = 0; i > 0 && hops < HOPS && networks_have(n, out); hops++) {
		if (!address_parse(&next, g_strstrip(words[--i])))
			return;
		*out = next;
	}
}
