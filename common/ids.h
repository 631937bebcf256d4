/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Identifiers and names on disk. Nothing here ever comes from a client unchecked into a path.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ROOM_ID_MAX = 64, ID_SIZE = 112, NAME_SIZE = 96, SOURCE_SIZE = 24, PARTICIPANT_SIZE = 16, SECRET_SIZE = 33 };

bool room_id_valid(const char *s);          /* [A-Za-z0-9._-]{1,64}, neither "." nor ".." */
bool identity_valid(const char *s);         /* UTF-8, 1..256 bytes, no control characters */
bool recording_id_valid(const char *s);     /* rec_<room>_<digits>_<6 base32> */
bool participant_id_valid(const char *s);   /* user<1..9 digits> */
bool source_valid(const char *s);           /* audio video screen screenaudio, with a number from 2 on */
bool source_is_audio(const char *source);

/** rec_<room>_<start ms>_<6 random base32> into out[ID_SIZE]. The room id must be valid. */
void recording_id_make(char out[ID_SIZE], const char *room, int64_t start_ms);
void call_id_make(char out[ID_SIZE], const char *room, int64_t start_ms);
/** 128 random bits in base32, 26 characters. Aborts when the kernel gives no randomness. */
void secret_make(char out[SECRET_SIZE]);
/** n random bytes. */
void random_bytes(void *out, size_t n);
/** The time in a recording id [ms since 1970], or -EINVAL. */
int64_t recording_id_time(const char *id);

struct chunk_name {
	char participant[PARTICIPANT_SIZE];
	char source[SOURCE_SIZE];
	unsigned segment;
	unsigned index;
	char ext[5];   /* "webm" or "mkv" */
};
/** <participant>_<source>_<segment, 2+ digits>_<index, 6+ digits>.<ext> into out[NAME_SIZE]. */
void chunk_name_format(char out[NAME_SIZE], const struct chunk_name *n);
/** Strict inverse (numbers may have more digits). 0 or -EINVAL. */
int chunk_name_parse(struct chunk_name *n, const char *name);

/** Compares in time that depends on neither string's content nor the other's length; false when either is NULL, empty or longer than 511 bytes. */
bool secret_equal(const char *a, const char *b);
