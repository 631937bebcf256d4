/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Percent-encoding as signers need it: exactly one text for each value (RFC 3986 §2: everything but the unreserved letters, upper-case digits). Pure; any
 * thread. Texts that are returned are g_free()d by the caller.
 */
#pragma once

/** A name and its value, not encoded. A list of them ends with a name that is NULL; NULL is the empty list. */
struct uri_pair {
	const char *name, *value;
};

/** Text with everything encoded but A-Z a-z 0-9 - . _ ~ and the letters of `keep` ("/" for a path, "" else). */
char *uri_encode(const char *text, const char *keep);
/** What percent-escapes stand for; '+' is a plus. -EBADMSG: a broken escape, or one of a NUL. */
int uri_decode(char **out, const char *text);
/** Decoded and encoded again, slashes kept: whoever wrote the path, it is spelt as the signer does. -EBADMSG. */
int uri_path(char **out, const char *encoded);
/** "a=1&b=": encoded, sorted by encoded name, then by encoded value; '=' always, where a value is NULL too. "" for an empty list. */
char *uri_query(const struct uri_pair *pairs);
