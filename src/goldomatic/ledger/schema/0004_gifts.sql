-- Read tables of the gift queue: disposable, made anew by `goldomatic ledger rebuild`.
-- `selected_item` is JSON.
CREATE TABLE gift_requests (
  channel TEXT NOT NULL,
  id TEXT NOT NULL,
  streamer_id TEXT NOT NULL,
  viewer_id TEXT NOT NULL,
  display_name TEXT NOT NULL,
  character_name TEXT NOT NULL,
  state TEXT NOT NULL,
  selected_item TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  timeout_at BIGINT,
  failure_reason TEXT,
  position BIGINT NOT NULL,
  drawn_at BIGINT,
  drawn_position BIGINT,
  void_position BIGINT,
  PRIMARY KEY (channel, id)
);
CREATE INDEX gift_requests_by_draw
  ON gift_requests (channel, drawn_position) WHERE drawn_position IS NOT NULL;

-- Who has had a gift: once for ever.
CREATE TABLE gift_usage (
  channel TEXT NOT NULL,
  streamer_id TEXT NOT NULL,
  viewer_id TEXT NOT NULL,
  completed_at BIGINT NOT NULL,
  gift_request_id TEXT NOT NULL,
  PRIMARY KEY (channel, streamer_id, viewer_id)
);
