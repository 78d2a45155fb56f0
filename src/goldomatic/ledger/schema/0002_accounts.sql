-- Who has signed in. Plain tables: nothing of them is in the log, and forgetting a viewer empties them.
CREATE TABLE accounts (
  channel TEXT NOT NULL,
  viewer_id TEXT NOT NULL,
  login TEXT NOT NULL,
  display_name TEXT NOT NULL,
  image TEXT,
  email TEXT,
  created_at BIGINT NOT NULL,
  signed_in_at BIGINT NOT NULL,
  PRIMARY KEY (channel, viewer_id)
);
CREATE INDEX accounts_by_email ON accounts (channel, email);

-- Access and refresh token in one sealed value. Whoever renews it holds the row by a lease.
CREATE TABLE account_tokens (
  channel TEXT NOT NULL,
  viewer_id TEXT NOT NULL,
  sealed BYTES NOT NULL,
  scopes TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  checked_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  leased_until BIGINT NOT NULL,
  PRIMARY KEY (channel, viewer_id)
);

-- Login sessions by the hash of their cookie.
CREATE TABLE login_sessions (
  hash BYTES NOT NULL,
  channel TEXT NOT NULL,
  viewer_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (hash)
);
CREATE INDEX login_sessions_by_viewer ON login_sessions (channel, viewer_id);

-- Sign-ins that have gone to Twitch and not come back, by the hash of their cookie.
CREATE TABLE sign_ins (
  hash BYTES NOT NULL,
  channel TEXT NOT NULL,
  return_to TEXT NOT NULL,
  as_broadcaster BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  PRIMARY KEY (hash)
);
