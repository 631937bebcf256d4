/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lines that must outlive the process: appended first, done later, in order. The ledger keeps here what it has to write to the catalog. One thread.
 *
 *   <recordings>/journal/<host>.jsonl:  {"type":"journal","format":1,"host":"…","done":"<byte, 20 digits>"}   then a line an entry
 *
 * "done" is where the first line begins that is not done. It is written in place without a sync, so after a power cut lines may be found that were done:
 * doing one twice must be harmless. A last line without its end is cut off.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct journal;

/** Makes folder and file (0660) if need be. -EPROTO: written by a newer version, -EBUSY: another process of this host has it; both with a log line. */
int journal_open(struct journal **out, const char *recordings, const char *host_id);
void journal_close(struct journal **j);
/** Appends a line (no newline in it). -EDQUOT: as many bytes wait as may, and minor lines sooner; -EMSGSIZE; or why the disk does not take it: then the file is
 *  as before. */
int journal_append(struct journal *j, const char *line, bool minor);
/** 1 and the oldest line that is not done, until the next call; 0: there is none; negative errno. */
int journal_next(struct journal *j, const char **line);
/** The line of journal_next() is done. */
void journal_done(struct journal *j);
/** Lines that are not done. */
int64_t journal_waiting(const struct journal *j);
/** What was appended is on the disk. */
int journal_sync(struct journal *j);
