-- SPDX-License-Identifier: GPL-3.0-or-later
-- The catalog, version 11: copies of files in stores, how long what is kept, and what keeps it.

ALTER TABLE recordings ADD COLUMN held INTEGER NOT NULL DEFAULT 0;       -- 1: nothing of it may be removed
ALTER TABLE recordings ADD COLUMN held_reason TEXT;
ALTER TABLE recordings ADD COLUMN keep_outputs_days INTEGER NOT NULL DEFAULT 0;    -- from its end on, as the room had it at the start; 0: for ever
ALTER TABLE recordings ADD COLUMN keep_chunks_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN keep_until_ms INTEGER;                 -- its outputs, and so all of it; NULL: for ever
ALTER TABLE recordings ADD COLUMN chunks_until_ms INTEGER;               -- its originals; NULL: as long as the rest
ALTER TABLE recordings ADD COLUMN expiring_ms INTEGER;                   -- when recordingexpiring was said for keep_until_ms; NULL: not yet
ALTER TABLE recordings ADD COLUMN chunks_gone_ms INTEGER;                -- when the last original was removed; NULL: they are there
ALTER TABLE recordings ADD COLUMN backup TEXT;                           -- the store that gets the originals while it runs
ALTER TABLE recordings ADD COLUMN backup_ms INTEGER;                     -- when it last got something
ALTER TABLE recordings ADD COLUMN public_id TEXT;                        -- 128 random bits in hex: its place in a public store
ALTER TABLE recordings ADD COLUMN local_gone_ms INTEGER;                 -- when the local copies of its outputs were removed; NULL: they are there
UPDATE recordings SET public_id = lower(hex(randomblob(16)));
CREATE INDEX recordings_keep ON recordings (keep_until_ms) WHERE keep_until_ms IS NOT NULL;
CREATE INDEX recordings_chunks ON recordings (chunks_until_ms) WHERE chunks_until_ms IS NOT NULL AND chunks_gone_ms IS NULL;

-- Nothing was ever in it.
DROP TABLE copies;
CREATE TABLE copies (
	file INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
	store TEXT NOT NULL,
	key TEXT NOT NULL,
	version TEXT,
	etag TEXT,
	upload TEXT,                           -- of a multipart upload under way
	key_id TEXT,                           -- keys.id: it is sealed
	state TEXT NOT NULL,                   -- queued uploading verified deleting failed
	size INTEGER NOT NULL,                 -- of the object
	sha256 TEXT,                           -- of the object
	reason TEXT,
	changed_ms INTEGER NOT NULL,
	verified_ms INTEGER,
	PRIMARY KEY (file, store)
) STRICT;
CREATE INDEX copies_open ON copies (store, changed_ms) WHERE state <> 'verified';

-- Chunks and timeline of a recording in a store.
CREATE TABLE originals (
	recording TEXT NOT NULL REFERENCES recordings (id),
	store TEXT NOT NULL,
	state TEXT NOT NULL,                   -- running complete verified deleting
	objects INTEGER NOT NULL DEFAULT 0,
	bytes INTEGER NOT NULL DEFAULT 0,
	changed_ms INTEGER NOT NULL,
	PRIMARY KEY (recording, store)
) STRICT;

-- Data keys, each wrapped by a master key that is not here. What was sealed with one whose row is gone nobody reads again.
CREATE TABLE keys (
	id TEXT PRIMARY KEY,
	recording TEXT NOT NULL REFERENCES recordings (id),
	output INTEGER NOT NULL,               -- 0: its originals
	master TEXT NOT NULL,                  -- id of the master key
	wrapped TEXT NOT NULL,
	created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX keys_recording ON keys (recording, output);
CREATE INDEX keys_master ON keys (master);

-- Links to a recording that were given away.
CREATE TABLE shares (
	id TEXT PRIMARY KEY,                   -- hash of the secret in the link
	recording TEXT NOT NULL REFERENCES recordings (id),
	output INTEGER NOT NULL,               -- 0: the primary one, whichever it is
	name TEXT,
	created_ms INTEGER NOT NULL,
	expires_ms INTEGER,                    -- NULL: never
	revoked_ms INTEGER,
	created_by TEXT,                       -- sub of a token
	uses INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX shares_recording ON shares (recording, created_ms);
