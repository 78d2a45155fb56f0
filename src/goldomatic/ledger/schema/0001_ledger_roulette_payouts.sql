-- The log. Every row is covered by the hash chain; only `personal` may ever be erased.
CREATE TABLE events (
  channel TEXT NOT NULL,
  position BIGINT NOT NULL,
  at BIGINT NOT NULL,
  type TEXT NOT NULL,
  viewer TEXT,
  cause TEXT,
  data BYTES NOT NULL,
  personal BYTES,
  personal_hash BYTES,
  hash BYTES NOT NULL,
  PRIMARY KEY (channel, position)
);

CREATE INDEX events_by_viewer ON events (channel, viewer, position);

-- What has been handled already: Twitch message ids and idempotency keys.
CREATE TABLE causes (
  channel TEXT NOT NULL,
  cause TEXT NOT NULL,
  at BIGINT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (channel, cause)
);

-- Secrets that wait for their time, such as the seed of the running draw.
CREATE TABLE kept (
  channel TEXT NOT NULL,
  key TEXT NOT NULL,
  value BYTES NOT NULL,
  PRIMARY KEY (channel, key)
);

CREATE TABLE snapshots (
  channel TEXT NOT NULL,
  position BIGINT NOT NULL,
  version BIGINT NOT NULL,
  head BYTES NOT NULL,
  state BYTES NOT NULL,
  PRIMARY KEY (channel, position, version)
);

-- Read tables: disposable, made anew by `goldomatic ledger rebuild`.
CREATE TABLE pool_members (
  channel TEXT NOT NULL,
  viewer_id TEXT NOT NULL,
  display_name TEXT NOT NULL,
  character_name TEXT NOT NULL,
  source TEXT NOT NULL,
  enrolled_at BIGINT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (channel, viewer_id)
);

CREATE TABLE spin_cycles (
  channel TEXT NOT NULL,
  spin_cycle_id TEXT NOT NULL,
  cycle_start BIGINT NOT NULL,
  result TEXT,
  closed_at BIGINT,
  started_position BIGINT NOT NULL,
  drawn_position BIGINT,
  revealed_position BIGINT,
  closed_position BIGINT,
  PRIMARY KEY (channel, spin_cycle_id)
);
CREATE INDEX spin_cycles_by_start ON spin_cycles (channel, started_position);

CREATE TABLE payouts (
  channel TEXT NOT NULL,
  id TEXT NOT NULL,
  viewer_id TEXT NOT NULL,
  display_name TEXT NOT NULL,
  character_name TEXT NOT NULL,
  gold_amount BIGINT NOT NULL,
  enrollment_request_id TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT,
  accepted_at BIGINT,
  announced BIGINT NOT NULL,
  spin_cycle_id TEXT,
  position BIGINT NOT NULL,
  PRIMARY KEY (channel, id)
);
CREATE INDEX payouts_by_viewer ON payouts (channel, viewer_id, position);
CREATE INDEX payouts_by_status ON payouts (channel, status, position);
