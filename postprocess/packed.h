/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Texts over HTTP in the content coding gzip (RFC 9110 §8.4.1.3), a third or less of what they are. For the page: what was recorded is packed already.
 */
#pragma once
#include "postprocess/files.h"

/** A text that a client who takes gzip may have packed: by its type. Its answers vary by Accept-Encoding (the caller says so). */
bool packed_suits(const char *mime);
/** This request's client takes it, wants all of it, and it is not too large to be packed for each. */
bool packed_wanted(const struct http_request *rq, const struct file_reply_conf *conf);
/** 200 or 304; conf as in file_reply(), whose file it takes, whatever happens. The ETag is another than that of the file as it is. */
enum app_error packed_reply(struct http_request *rq, struct http_reply *rp, const struct file_reply_conf *conf);
