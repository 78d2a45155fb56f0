"""Whether everything works at Twitch: looked at from outside, told with the one thing to do."""
