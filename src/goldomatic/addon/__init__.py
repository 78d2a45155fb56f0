"""The in-game addon as this distribution carries it: packing it and putting it into a game folder."""
