"""Giveaways on Twitch that anyone can check."""
