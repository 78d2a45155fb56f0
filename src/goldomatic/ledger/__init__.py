"""The append-only, hash-chained log of each channel: the single source of truth."""
