-- SPDX-License-Identifier: GPL-3.0-or-later
-- The catalog, version 1: the tables of conf/sql/sqlite/0001.sql, column by column. Times are milliseconds since 1970 UTC on the
-- database's clock, unless they say when something happened in a call. The table schema_version (version, applied_ms) is made
-- before any migration runs. What is sorted by is sorted by bytes, as in SQLite.

CREATE FUNCTION now_ms() RETURNS BIGINT LANGUAGE SQL VOLATILE AS $$
	SELECT CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT)
$$;

-- For how long this server has been able to hear of anybody.
CREATE FUNCTION uptime_ms() RETURNS BIGINT LANGUAGE SQL VOLATILE AS $$
	SELECT CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp() - pg_postmaster_start_time()) * 1000) AS BIGINT)
$$;

-- A trigger: who waits (common/catalog_watch.c) is told, when the transaction commits, what may have changed. One database may
-- hold several catalogs, in schemas of their own.
CREATE FUNCTION catalog_tell() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('recroom', TG_TABLE_SCHEMA || ' ' || TG_ARGV[0]);
	RETURN NULL;
END
$$;

-- A trigger: who inserts here holds all others back until it has committed, and before it gets a number. So numbers become
-- visible in their order, and who reads on from the last one it knows misses none.
CREATE FUNCTION catalog_in_order() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(CAST(TG_RELID AS BIGINT));
	RETURN NULL;
END
$$;

CREATE TABLE hosts (
	id TEXT PRIMARY KEY,
	address TEXT,                          -- of its REST listener
	version TEXT,
	heartbeat_ms BIGINT NOT NULL
);

CREATE TABLE rooms (
	id TEXT PRIMARY KEY,
	seen_ms BIGINT NOT NULL
);

CREATE TABLE calls (
	id TEXT PRIMARY KEY,
	room TEXT NOT NULL REFERENCES rooms (id),
	host_id TEXT NOT NULL REFERENCES hosts (id),
	started_ms BIGINT NOT NULL,
	ended_ms BIGINT,                      -- NULL: open
	conflict BIGINT NOT NULL DEFAULT 0    -- opened while another host held the room: both are kept
);
CREATE UNIQUE INDEX calls_open ON calls (room) WHERE ended_ms IS NULL AND conflict = 0;

CREATE TABLE participants (
	call_id TEXT NOT NULL REFERENCES calls (id),
	id TEXT COLLATE "C" NOT NULL,
	identity TEXT,
	name TEXT,
	role TEXT NOT NULL,
	joined_ms BIGINT NOT NULL,            -- first
	left_ms BIGINT NOT NULL,              -- last, 0: still there
	PRIMARY KEY (call_id, id)
);

CREATE TABLE recordings (
	id TEXT COLLATE "C" PRIMARY KEY,
	room TEXT NOT NULL REFERENCES rooms (id),
	call_id TEXT NOT NULL REFERENCES calls (id),
	host_id TEXT NOT NULL REFERENCES hosts (id),
	epoch BIGINT NOT NULL DEFAULT 1,      -- raised when another host takes over
	title TEXT,
	layout TEXT,
	custom TEXT,                           -- JSON
	status TEXT NOT NULL,
	reason TEXT,
	flags TEXT NOT NULL DEFAULT '[]',      -- JSON
	started_ms BIGINT NOT NULL,
	stopped_ms BIGINT,
	duration_ms BIGINT NOT NULL DEFAULT 0,
	elapsed_ms BIGINT NOT NULL DEFAULT 0,
	bytes BIGINT NOT NULL DEFAULT 0,
	tracks BIGINT NOT NULL DEFAULT 0,
	chain_hash TEXT,
	primary_output BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX recordings_newest ON recordings (started_ms DESC, id DESC);
CREATE INDEX recordings_room ON recordings (room, started_ms DESC, id DESC);
CREATE INDEX recordings_open ON recordings (host_id) WHERE status IN ('starting', 'recording', 'paused');

CREATE TABLE outputs (
	recording TEXT NOT NULL REFERENCES recordings (id),
	id BIGINT NOT NULL,
	state TEXT NOT NULL,
	spec TEXT,                             -- JSON
	path TEXT,                             -- below the recordings directory
	mime TEXT,
	size BIGINT,
	duration_ms BIGINT,
	reason TEXT,
	PRIMARY KEY (recording, id)
);

CREATE TABLE files (
	id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	recording TEXT NOT NULL,
	output BIGINT NOT NULL,
	kind TEXT NOT NULL,                    -- media, metadata, thumbnail
	name TEXT NOT NULL,
	mime TEXT,
	size BIGINT NOT NULL,
	sha256 TEXT,
	UNIQUE (recording, name),
	FOREIGN KEY (recording, output) REFERENCES outputs (recording, id)
);
CREATE INDEX files_output ON files (recording, output);

CREATE TABLE copies (
	file BIGINT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
	store TEXT NOT NULL,
	key TEXT NOT NULL,
	version TEXT,
	etag TEXT,
	upload TEXT,                           -- of a multipart upload under way
	key_id TEXT,                           -- of encryption
	state TEXT NOT NULL,
	verified_ms BIGINT,
	expires_ms BIGINT,
	PRIMARY KEY (file, store)
);

CREATE TABLE jobs (
	id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind TEXT NOT NULL,                    -- compose, delete
	recording TEXT NOT NULL REFERENCES recordings (id),
	output BIGINT NOT NULL,               -- 0: of no output
	place TEXT NOT NULL,                   -- where the chunks are: host:<id> or store:<name>
	state TEXT NOT NULL,
	not_before_ms BIGINT NOT NULL,
	owner TEXT,
	lease_until_ms BIGINT,
	attempts BIGINT NOT NULL DEFAULT 0,
	stage TEXT,
	percent BIGINT NOT NULL DEFAULT 0,
	eta_ms BIGINT NOT NULL DEFAULT 0,
	reason TEXT
);
-- Not for progress, nor for a job that somebody took.
CREATE TRIGGER jobs_new AFTER INSERT ON jobs FOR EACH STATEMENT EXECUTE FUNCTION catalog_tell('jobs');
CREATE TRIGGER jobs_due AFTER UPDATE OF state, not_before_ms ON jobs FOR EACH ROW WHEN (NEW.state <> 'running')
	EXECUTE FUNCTION catalog_tell('jobs');
CREATE INDEX jobs_recording ON jobs (recording);
CREATE INDEX jobs_due ON jobs (not_before_ms, id) WHERE state IN ('queued', 'retrying', 'running');

-- The outbox: (recording, seq) is what clients know, id the order in which readers follow.
CREATE TABLE events (
	id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	recording TEXT NOT NULL REFERENCES recordings (id),
	seq BIGINT NOT NULL,
	type TEXT NOT NULL,
	payload TEXT NOT NULL,                 -- JSON
	origin TEXT NOT NULL,                  -- plugin, worker
	at_ms BIGINT NOT NULL,
	UNIQUE (recording, seq)
);
CREATE TRIGGER events_order BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION catalog_in_order();
CREATE TRIGGER events_new AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION catalog_tell('events');

CREATE TABLE webhooks (
	id TEXT PRIMARY KEY,                   -- msg_…
	event BIGINT NOT NULL REFERENCES events (id),
	url TEXT NOT NULL,
	state TEXT NOT NULL,
	attempts BIGINT NOT NULL DEFAULT 0,
	not_before_ms BIGINT NOT NULL,
	status BIGINT                         -- of the last answer
);
CREATE INDEX webhooks_due ON webhooks (not_before_ms) WHERE state IN ('queued', 'retrying');
