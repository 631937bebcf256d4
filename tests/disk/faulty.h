/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A disk that misbehaves on command: faulty.so, preloaded, stands between a program and what it does to files below one directory. Held, failed
 * and recorded as struct faulty says, which lies in memory shared with whoever commands: the file named by RECROOM_FAULTY, or the process itself
 * (faulty_control(), found by dlsym()); a forked child gets a block of its own then.
 */
#pragma once
#include <stdatomic.h>
#include <stdint.h>

enum faulty_call {
	FAULTY_OPEN, FAULTY_CREATE, FAULTY_WRITE, FAULTY_FSYNC, FAULTY_FDATASYNC, FAULTY_DIRSYNC, FAULTY_RENAME, FAULTY_MKDIR, FAULTY_UNLINK,
	FAULTY_TRUNCATE, FAULTY_PREAD, FAULTY_SYNCFS, FAULTY_CALLS
};
#define FAULTY_BIT(call) (1u << (call))
#define FAULTY_ALL (FAULTY_BIT(FAULTY_CALLS) - 1)
#define FAULTY_SYNCS (FAULTY_BIT(FAULTY_FSYNC) | FAULTY_BIT(FAULTY_FDATASYNC) | FAULTY_BIT(FAULTY_DIRSYNC) | FAULTY_BIT(FAULTY_SYNCFS))

enum { FAULTY_LOG = 24 << 20 };

struct faulty {
	char dir[256];             /* absolute, no slash at its end */
	atomic_bool on;            /* dir is there; else nothing is touched */
	atomic_uint stall;         /* bits of calls that wait while their bit is set */
	atomic_uint fail;          /* bits of calls that fail with `error` */
	atomic_int error;
	atomic_uint slow;          /* bits of calls that take slow_us longer */
	atomic_uint slow_us;
	atomic_uint waiting;       /* calls held this moment */
	atomic_uint from_loops;    /* calls from threads named as Janus' loops are: "hloop…", "fake-loop" */
	atomic_uint count[FAULTY_CALLS];
	_Atomic int64_t stamp;     /* goes into the records */
	atomic_bool recording;     /* into log[] */
	atomic_bool overflow;
	_Atomic uint64_t used;     /* of log[] */
	_Alignas(8) uint8_t log[FAULTY_LOG];
};

/** One call that succeeded, in its place in the order; then path, path2 and data follow, padded to 8 together. */
struct faulty_record {
	uint32_t size;             /* of all */
	uint32_t call;             /* enum faulty_call */
	int64_t stamp;
	uint64_t inode;            /* of the file, what is renamed, or the directory; 0: gone */
	int64_t offset;            /* of a write; length of a truncation */
	uint32_t len;              /* of data */
	uint16_t path, path2;      /* lengths; a rename has two */
	uint8_t directory;         /* it is one */
	uint8_t unused[7];
};

struct faulty *faulty_control(void);
