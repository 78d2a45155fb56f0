"""The streamer's side: reads the game's chat log, talks to the service, types into the game."""
