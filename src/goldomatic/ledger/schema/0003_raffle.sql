-- Read tables of the raffle: disposable, made anew by `goldomatic ledger rebuild`.
-- Weights in whole millionths; `search` and `sort_name` are case-folded.
CREATE TABLE raffle_entries (
  channel TEXT NOT NULL,
  id BIGINT NOT NULL,
  session_id TEXT NOT NULL,
  pending BIGINT NOT NULL,
  sort_name TEXT NOT NULL,
  search TEXT NOT NULL,
  won_at BIGINT,
  PRIMARY KEY (channel, id)
);
CREATE INDEX raffle_entries_by_name
  ON raffle_entries (channel, session_id, pending, sort_name, id);
CREATE INDEX raffle_entries_by_win ON raffle_entries (channel, won_at) WHERE won_at IS NOT NULL;

-- Entries that wait, by weight: apart, because the end of a session changes every weight.
CREATE TABLE raffle_ranks (
  channel TEXT NOT NULL,
  id BIGINT NOT NULL,
  session_id TEXT NOT NULL,
  weight BIGINT NOT NULL,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (channel, id)
);
CREATE INDEX raffle_ranks_by_weight
  ON raffle_ranks (channel, session_id, weight DESC, id DESC);

-- How far each draw has come: where its events stand in the ledger.
CREATE TABLE raffle_draw_steps (
  channel TEXT NOT NULL,
  draw_id TEXT NOT NULL,
  step TEXT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (channel, draw_id, step)
);
CREATE INDEX raffle_draw_steps_by_position ON raffle_draw_steps (channel, step, position);

-- How often somebody has asked to enter within the present hour. A plain table, beside the log.
CREATE TABLE raffle_limits (
  channel TEXT NOT NULL,
  key TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (channel, key)
);
CREATE INDEX raffle_limits_by_start ON raffle_limits (channel, started_at);
