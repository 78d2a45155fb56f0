"""The overlay for streaming programs: its signed link, what it shows, and its feed."""
