/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ed25519 signatures of chain hashes (RFC 8032, by OpenSSL). A key may be used by any number of threads at a time. Keys are known by their public half:
 * the base64 of its SubjectPublicKeyInfo (RFC 8410), which is what stands between the lines of a PEM file.
 */
#pragma once
#include <stddef.h>

enum { SIGN_TEXT = 96 };               /* room for a public key (60 characters) or a signature (88) and a NUL */

struct sign_key;

/** The private key of a PEM file (openssl genpkey -algorithm ed25519). -EACCES when others may read the file, -EINVAL when it holds no such key; `why` is a
 *  whole sentence then. Caller frees. */
int sign_key_load(struct sign_key **out, const char *path, char *why, size_t why_size);
void sign_key_unref(struct sign_key **key);
const char *sign_key_public(const struct sign_key *key);

/** Signs a chain hash (64 hex digits): what is signed is the text "recroom-chain-1 <hash>", without newline. */
int sign_chain(const struct sign_key *key, const char *chain, char out[SIGN_TEXT]);
/** 0, -EKEYREJECTED (not this key's signature of this hash) or -EINVAL (key or signature is no such thing). */
int sign_verify(const char *public_key, const char *chain, const char *sig);

/** The public keys in a PEM file, old and new ones one after the other: NULL-terminated, g_strfreev(). -EINVAL when there is none, or another kind. */
int sign_public_load(char ***out, const char *path);
