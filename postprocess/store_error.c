/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of what stores say. Called by store_s3 and store_azure for each answer that is no success.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "postprocess/store_error.h"
#include "postprocess/store_xml.h"

static const struct { const char *code; int err; bool again; } words[] = {
	{ "NoSuchKey", -ENOENT, false }, { "NoSuchBucket", -ENOENT, false }, { "NoSuchUpload", -ENOENT, false }, { "NoSuchVersion", -ENOENT, false },
	{ "BlobNotFound", -ENOENT, false }, { "ContainerNotFound", -ENOENT, false }, { "ResourceNotFound", -ENOENT, false },
	{ "InvalidBlockList", -ENOENT, false },                /* Azure: blocks are gone, and with them the upload */
	{ "PreconditionFailed", -EEXIST, false }, { "ConditionNotMet", -EEXIST, false }, { "BlobAlreadyExists", -EEXIST, false },
	{ "ConditionalRequestConflict", -EBUSY, true }, { "OperationAborted", -EBUSY, true }, { "ContainerBeingDeleted", -EBUSY, true },
	{ "BadDigest", -EBADMSG, true }, { "XAmzContentSHA256Mismatch", -EBADMSG, true }, { "XAmzContentChecksumMismatch", -EBADMSG, true },
	{ "Md5Mismatch", -EBADMSG, true }, { "IncompleteBody", -EBADMSG, true }, { "InvalidPart", -EBADMSG, false },
	{ "SlowDown", -EAGAIN, true }, { "ServerBusy", -EAGAIN, true }, { "TooManyRequests", -EAGAIN, true }, { "RequestLimitExceeded", -EAGAIN, true },
	{ "Throttling", -EAGAIN, true }, { "RequestTimeout", -ETIMEDOUT, true }, { "OperationTimedOut", -ETIMEDOUT, true },
	{ "InternalError", -EIO, true }, { "ServiceUnavailable", -EAGAIN, true },
	{ "RequestTimeTooSkewed", -EACCES, false }, { "InvalidAccessKeyId", -EACCES, false }, { "ExpiredToken", -EACCES, false },
	{ "InvalidToken", -EACCES, false }, { "TokenRefreshRequired", -EACCES, false },
	{ "QuotaExceeded", -ENOSPC, false }, { "InsufficientCapacity", -ENOSPC, false }, { "InvalidRange", -ERANGE, false },
	{ "NotImplemented", -ENOTSUP, false }, { "PermanentRedirect", -EINVAL, false }, { "TemporaryRedirect", -EINVAL, false },
	{ "AuthorizationHeaderMalformed", -EINVAL, false },
};

static const struct { int least, most, err; bool again; } statuses[] = {
	{ 300, 399, -EINVAL, false },          /* another region or host; none is followed */
	{ 401, 401, -EACCES, false }, { 403, 403, -EACCES, false }, { 404, 404, -ENOENT, false }, { 405, 405, -ENOTSUP, false },
	{ 408, 408, -ETIMEDOUT, true }, { 409, 409, -EBUSY, false }, { 410, 410, -ENOENT, false }, { 412, 412, -EEXIST, false },
	{ 416, 416, -ERANGE, false }, { 425, 425, -EAGAIN, true }, { 429, 429, -EAGAIN, true }, { 400, 499, -EINVAL, false },
	{ 501, 501, -ENOTSUP, false }, { 503, 503, -EAGAIN, true }, { 504, 504, -ETIMEDOUT, true }, { 507, 507, -ENOSPC, false },
	{ 500, 599, -EIO, true },
	{ 200, 299, -EIO, true },              /* an error in the body of a success, without a word we know: "try again" says S3 */
};

static void set(struct store_why *why, int err, bool again)
{
	why->err = err;
	why->again = again;
}

int store_error_of(struct store_why *why, int status, const char *code)
{
	why->status = status;
	g_strlcpy(why->code, code ? code : "", sizeof(why->code));
	for (size_t i = 0; *why->code && i < G_N_ELEMENTS(words); i++) {
		if (!strcmp(words[i].code, why->code)) {
			set(why, words[i].err, words[i].again);
			return why->err;
		}
	}
	for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
		if (status >= statuses[i].least && status <= statuses[i].most) {
			set(why, statuses[i].err, statuses[i].again);
			return why->err;
		}
	}
	set(why, -EPROTO, false);
	return why->err;
}

/* One line of UTF-8, cut at a character's end, and before what Azure puts behind each sentence. */
static void copy_line(char *out, size_t size, const char *text)
{
	const char *end = strstr(text, "\nRequestId:");

	g_strlcpy(out, text, end ? MIN(size, (size_t)(end - text) + 1) : size);
	if (!g_utf8_validate(out, -1, &end))
		out[end - out] = '\0';
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = ' ';
	g_strstrip(out);
}

void store_error_read(const char *body, size_t len, char *root, size_t root_size, char *code, size_t code_size, char *text, size_t text_size)
{
	struct xml_node *n = NULL;

	*root = *code = *text = '\0';
	if (xml_parse(&n, body, len))
		return;
	copy_line(root, root_size, n->name);
	if (!strcmp(n->name, "Error")) {
		copy_line(code, code_size, xml_text(n, "Code"));
		copy_line(text, text_size, xml_text(n, "Message"));
	}
	xml_free(&n);
}
