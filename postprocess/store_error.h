/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a store's answer means: its word or else its status, as one of the errors of store.h, and whether it may pass by itself. Pure; any thread.
 */
#pragma once
#include <stddef.h>
#include "postprocess/store.h"

/** Fills why->err, again, status and code by the store's word (NULL or "": unknown) and HTTP status, not its text. Returns why->err. */
int store_error_of(struct store_why *why, int status, const char *code);
/** The word and sentence of an error's body, XML as S3 and Azure have it; "" where there is none. Texts are cut, and have no control characters. root: the
 *  name of its outermost element, which is "Error" for an error, whatever the status said. */
void store_error_read(const char *body, size_t len, char *root, size_t root_size, char *code, size_t code_size, char *text, size_t text_size);
