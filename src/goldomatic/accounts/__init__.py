"""Who has signed in with Twitch: accounts, login sessions, tokens. Nothing of it is in the log."""
