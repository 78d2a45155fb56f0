"""What stands in for the outside world: Twitch, its chatters and the streamer's game."""
