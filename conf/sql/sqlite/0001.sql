-- SPDX-License-Identifier: GPL-3.0-or-later
-- The catalog, version 1. Times are milliseconds since 1970 UTC on the database's clock, unless they say when something
-- happened in a call. The table schema_version (version, applied_ms) is made before any migration runs.

CREATE TABLE hosts (
	id TEXT PRIMARY KEY,
	address TEXT,                          -- of its REST listener
	version TEXT,
	heartbeat_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE rooms (
	id TEXT PRIMARY KEY,
	seen_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE calls (
	id TEXT PRIMARY KEY,
	room TEXT NOT NULL REFERENCES rooms (id),
	host_id TEXT NOT NULL REFERENCES hosts (id),
	started_ms INTEGER NOT NULL,
	ended_ms INTEGER,                      -- NULL: open
	conflict INTEGER NOT NULL DEFAULT 0    -- opened while another host held the room: both are kept
) STRICT;
CREATE UNIQUE INDEX calls_open ON calls (room) WHERE ended_ms IS NULL AND conflict = 0;

CREATE TABLE participants (
	call_id TEXT NOT NULL REFERENCES calls (id),
	id TEXT NOT NULL,
	identity TEXT,
	name TEXT,
	role TEXT NOT NULL,
	joined_ms INTEGER NOT NULL,            -- first
	left_ms INTEGER NOT NULL,              -- last, 0: still there
	PRIMARY KEY (call_id, id)
) STRICT;

CREATE TABLE recordings (
	id TEXT PRIMARY KEY,
	room TEXT NOT NULL REFERENCES rooms (id),
	call_id TEXT NOT NULL REFERENCES calls (id),
	host_id TEXT NOT NULL REFERENCES hosts (id),
	epoch INTEGER NOT NULL DEFAULT 1,      -- raised when another host takes over
	title TEXT,
	layout TEXT,
	custom TEXT,                           -- JSON
	status TEXT NOT NULL,
	reason TEXT,
	flags TEXT NOT NULL DEFAULT '[]',      -- JSON
	started_ms INTEGER NOT NULL,
	stopped_ms INTEGER,
	duration_ms INTEGER NOT NULL DEFAULT 0,
	elapsed_ms INTEGER NOT NULL DEFAULT 0,
	bytes INTEGER NOT NULL DEFAULT 0,
	tracks INTEGER NOT NULL DEFAULT 0,
	chain_hash TEXT,
	primary_output INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX recordings_newest ON recordings (started_ms DESC, id DESC);
CREATE INDEX recordings_room ON recordings (room, started_ms DESC, id DESC);
CREATE INDEX recordings_open ON recordings (host_id) WHERE status IN ('starting', 'recording', 'paused');

CREATE TABLE outputs (
	recording TEXT NOT NULL REFERENCES recordings (id),
	id INTEGER NOT NULL,
	state TEXT NOT NULL,
	spec TEXT,                             -- JSON
	path TEXT,                             -- below the recordings directory
	mime TEXT,
	size INTEGER,
	duration_ms INTEGER,
	reason TEXT,
	PRIMARY KEY (recording, id)
) STRICT;

CREATE TABLE files (
	id INTEGER PRIMARY KEY,
	recording TEXT NOT NULL,
	output INTEGER NOT NULL,
	kind TEXT NOT NULL,                    -- media, metadata, thumbnail
	name TEXT NOT NULL,
	mime TEXT,
	size INTEGER NOT NULL,
	sha256 TEXT,
	UNIQUE (recording, name),
	FOREIGN KEY (recording, output) REFERENCES outputs (recording, id)
) STRICT;
CREATE INDEX files_output ON files (recording, output);

CREATE TABLE copies (
	file INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
	store TEXT NOT NULL,
	key TEXT NOT NULL,
	version TEXT,
	etag TEXT,
	upload TEXT,                           -- of a multipart upload under way
	key_id TEXT,                           -- of encryption
	state TEXT NOT NULL,
	verified_ms INTEGER,
	expires_ms INTEGER,
	PRIMARY KEY (file, store)
) STRICT;

CREATE TABLE jobs (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	kind TEXT NOT NULL,                    -- compose, delete
	recording TEXT NOT NULL REFERENCES recordings (id),
	output INTEGER NOT NULL,               -- 0: of no output
	place TEXT NOT NULL,                   -- where the chunks are: host:<id> or store:<name>
	state TEXT NOT NULL,
	not_before_ms INTEGER NOT NULL,
	owner TEXT,
	lease_until_ms INTEGER,
	attempts INTEGER NOT NULL DEFAULT 0,
	stage TEXT,
	percent INTEGER NOT NULL DEFAULT 0,
	eta_ms INTEGER NOT NULL DEFAULT 0,
	reason TEXT
) STRICT;
CREATE INDEX jobs_recording ON jobs (recording);
CREATE INDEX jobs_due ON jobs (not_before_ms, id) WHERE state IN ('queued', 'retrying', 'running');

-- The outbox: (recording, seq) is what clients know, id the order in which readers follow.
CREATE TABLE events (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	recording TEXT NOT NULL REFERENCES recordings (id),
	seq INTEGER NOT NULL,
	type TEXT NOT NULL,
	payload TEXT NOT NULL,                 -- JSON
	origin TEXT NOT NULL,                  -- plugin, worker
	at_ms INTEGER NOT NULL,
	UNIQUE (recording, seq)
) STRICT;

CREATE TABLE webhooks (
	id TEXT PRIMARY KEY,                   -- msg_…
	event INTEGER NOT NULL REFERENCES events (id),
	url TEXT NOT NULL,
	state TEXT NOT NULL,
	attempts INTEGER NOT NULL DEFAULT 0,
	not_before_ms INTEGER NOT NULL,
	status INTEGER                         -- of the last answer
) STRICT;
CREATE INDEX webhooks_due ON webhooks (not_before_ms) WHERE state IN ('queued', 'retrying');
