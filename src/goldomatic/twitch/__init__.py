"""Where Twitch's names and shapes end: everything past this package speaks our own words."""
