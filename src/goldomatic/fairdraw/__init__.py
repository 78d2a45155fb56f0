"""The fair draw: a commitment, a frozen list, a draw, and the means to check all three.

Format "goldomatic-draw/1", specified byte for byte in `docs/fair-draw.md`. Everything here is
pure, no I/O, clock or random source, except `source` and `commands`: the `verify` command.
"""
