"""From nothing to a service that is connected with Twitch: in a terminal or in a browser."""
