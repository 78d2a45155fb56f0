"""The in-game addon that this distribution carries: its zip, and its way into a game folder."""
