"""The gift queue: one request a viewer, one at a time, one item drawn from the streamer's bags."""
