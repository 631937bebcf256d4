-- SPDX-License-Identifier: GPL-3.0-or-later
-- The catalog, version 6: webhooks. What is to be sent stands here in the moment an event does, since the same transaction puts it in: no reader of the
-- events has to find out what it has seen.

DROP TABLE webhooks;

-- Whom the configurations of the senders name. Addresses and secrets stay in the configuration.
CREATE TABLE webhook_endpoints (
	name TEXT COLLATE "C" PRIMARY KEY,
	events TEXT NOT NULL,                  -- types, each between commas
	since_ms BIGINT NOT NULL,              -- first seen in a configuration
	seen_ms BIGINT NOT NULL,               -- last
	not_before_ms BIGINT NOT NULL DEFAULT 0,       -- it asked to be left alone until
	slow_ms BIGINT NOT NULL DEFAULT 0,     -- and for how long at a time; 0: it did not
	delivered_ms BIGINT,                   -- last success
	disabled_ms BIGINT,                    -- it answered 410; NULL: it is on
	reason TEXT                            -- of the last failure
);

-- What one endpoint is told about one recording, in order. Only the first open message is ever sent, by whoever holds the lease.
CREATE TABLE webhook_streams (
	id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	endpoint TEXT COLLATE "C" NOT NULL,
	recording TEXT COLLATE "C" NOT NULL,
	is_open BIGINT NOT NULL,               -- 1: there are messages to be sent
	not_before_ms BIGINT NOT NULL,
	owner TEXT,
	lease_until_ms BIGINT NOT NULL DEFAULT 0,
	UNIQUE (endpoint, recording)
);
CREATE INDEX webhook_streams_due ON webhook_streams (endpoint, not_before_ms) WHERE is_open = 1;

CREATE TABLE webhooks (
	id TEXT COLLATE "C" PRIMARY KEY,       -- msg_…, the same at every attempt
	endpoint TEXT COLLATE "C" NOT NULL,
	event BIGINT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
	recording TEXT COLLATE "C" NOT NULL,   -- of the event
	seq BIGINT NOT NULL,                   -- of the event
	state TEXT NOT NULL,                   -- queued retrying done failed
	attempts BIGINT NOT NULL DEFAULT 0,
	changed_ms BIGINT NOT NULL,
	status BIGINT,                         -- of the last answer
	reason TEXT,                           -- of the last failure
	UNIQUE (endpoint, event)
);
CREATE INDEX webhooks_open ON webhooks (endpoint, recording, seq) WHERE state IN ('queued', 'retrying');
CREATE INDEX webhooks_failed ON webhooks (endpoint, changed_ms) WHERE state = 'failed';
CREATE INDEX webhooks_done ON webhooks (changed_ms) WHERE state = 'done';
CREATE INDEX webhooks_stream ON webhooks (recording, endpoint);

-- The stream's row first: with it the sender and the event take turns. An endpoint that no configuration has named for 30 days gets nothing more.
CREATE FUNCTION events_to_webhooks() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO webhook_streams (endpoint, recording, is_open, not_before_ms)
		SELECT name, NEW.recording, 1, NEW.at_ms FROM webhook_endpoints
		WHERE disabled_ms IS NULL AND seen_ms > NEW.at_ms - 2592000000 AND events LIKE '%,' || NEW.type || ',%' ORDER BY name
		ON CONFLICT (endpoint, recording) DO UPDATE SET is_open = 1;
	INSERT INTO webhooks (id, endpoint, event, recording, seq, state, changed_ms)
		SELECT 'msg_' || REPLACE(CAST(gen_random_uuid() AS TEXT), '-', ''), name, NEW.id, NEW.recording, NEW.seq, 'queued', NEW.at_ms FROM webhook_endpoints
		WHERE disabled_ms IS NULL AND seen_ms > NEW.at_ms - 2592000000 AND events LIKE '%,' || NEW.type || ',%';
	RETURN NULL;
END
$$;
CREATE TRIGGER events_to_webhooks AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_to_webhooks();
