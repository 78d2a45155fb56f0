"""The demo raffle: viewers submit one link per session and are drawn by weight."""
