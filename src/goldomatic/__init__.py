"""Giveaways on Twitch that anyone can check."""

from importlib.metadata import version

__version__ = version("goldomatic")
