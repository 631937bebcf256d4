-- SPDX-License-Identifier: GPL-3.0-or-later
-- The catalog, version 4: workers with one sign of life each, in place of a lease time for each job; whose turn it is.

CREATE TABLE workers (
	id TEXT COLLATE "C" PRIMARY KEY,                   -- one process: <host>:<pid>:<start>:<machine>:<random>
	host_id TEXT NOT NULL,
	version TEXT NOT NULL,
	started_ms BIGINT NOT NULL,
	heartbeat_ms BIGINT NOT NULL,
	cores BIGINT NOT NULL,                -- it may use, thousandths
	draining BIGINT NOT NULL DEFAULT 0    -- takes nothing new
);
CREATE INDEX workers_host ON workers (host_id);

-- Where a worker reaches the chunks: what jobs.place says.
CREATE TABLE worker_places (
	worker TEXT NOT NULL REFERENCES workers (id) ON DELETE CASCADE,
	place TEXT NOT NULL,
	PRIMARY KEY (worker, place)
);

DROP INDEX jobs_due;
ALTER TABLE jobs DROP COLUMN lease_until_ms;
ALTER TABLE jobs ADD COLUMN worker TEXT;                          -- workers.id while running; owner is that and a runner of it
ALTER TABLE jobs ADD COLUMN room TEXT;
ALTER TABLE jobs ADD COLUMN live BIGINT NOT NULL DEFAULT 0;      -- of a recording that runs
ALTER TABLE jobs ADD COLUMN cost BIGINT NOT NULL DEFAULT 350;    -- cores at the pace of the call, thousandths
ALTER TABLE jobs ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;      -- the least is next; rooms count theirs for themselves

-- Who held one by the old kind of lease holds it no more.
UPDATE outputs SET state = 'queued' WHERE state = 'running';
UPDATE jobs SET state = 'queued', owner = NULL WHERE state = 'running';
UPDATE jobs SET room = (SELECT room FROM recordings WHERE id = jobs.recording), turn = id,
	live = (SELECT COUNT(*) FROM recordings WHERE id = jobs.recording AND status IN ('starting', 'recording', 'paused'));

CREATE INDEX jobs_due ON jobs (place, live, turn, id) WHERE state IN ('queued', 'retrying');
CREATE INDEX jobs_room ON jobs (room, turn) WHERE state IN ('queued', 'retrying');
CREATE INDEX jobs_later ON jobs (not_before_ms) WHERE state = 'retrying';
CREATE INDEX jobs_worker ON jobs (worker) WHERE state = 'running';
CREATE INDEX jobs_failed ON jobs (id) WHERE state = 'failed';
