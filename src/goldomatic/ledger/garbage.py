"""When Python searches for garbage: while a search goes on, no thread of the process runs."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLDS = (10_000, 20, 50)
"""A full search takes tens of milliseconds; nearly all that is made is freed without it."""


def settle() -> None:
    """Keep what lives as long as the service out of every later search."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


@contextmanager
def unsearched(wanted: bool) -> Iterator[None]:
    """Put searches off if it is wanted.

    One would walk through all that a heavy change makes, a million objects in tenths of a second;
    they are freed without it.
    """
    was_on = gc.isenabled()
    if wanted:
        gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
