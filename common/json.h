/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Checked access to JSON from outside: a table says what a request may hold.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

enum json_param_type { P_STRING, P_INT, P_BOOL, P_OBJECT, P_ARRAY, P_STRING_OR_INT };
enum { P_REQUIRED = 1, P_NONEMPTY = 2, P_POSITIVE = 4 };

struct json_param {
	const char *name;
	enum json_param_type type;
	int flags;
	size_t max;          /* longest string in bytes, or most array members; 0: 256 */
};

/** Checks the members of `body` against a table ended by a row without name. Members not in the table are ignored. On failure writes a
 *  sentence that names the member into why[why_size]. Returns 0, -ENODATA (missing) or -EINVAL (wrong type, too long, control characters are
 *  refused in strings only where the caller checks them). */
int json_check(json_t *body, const struct json_param *params, char *why, size_t why_size);
/** How large a value is: *bytes, no fewer than its text has and no fewer than a quarter of what it takes in memory. Looks no deeper than max_depth levels (-ELOOP) and no further than max_bytes (-EFBIG). */
int json_measure(const json_t *v, unsigned max_depth, size_t max_bytes, size_t *bytes);
const char *json_str(json_t *o, const char *key);              /* NULL if absent or no string; owned by o */
int64_t json_num(json_t *o, const char *key, int64_t fallback);
bool json_flag(json_t *o, const char *key, bool fallback);
/** "room" may be a string or an integer: its text into out, 0 or -EINVAL. */
int json_room(json_t *o, char *out, size_t size);
