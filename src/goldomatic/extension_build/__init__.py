"""The Twitch extension as files: what it consists of, Twitch's rules for it, and its archive."""
