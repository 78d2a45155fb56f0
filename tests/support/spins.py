"""Decisions of the spin, and stories that come as far as a draw."""

from datetime import timedelta
from typing import Any

from goldomatic import channel
from goldomatic.fairdraw.commitment import commit
from goldomatic.ledger.change import Decision
from goldomatic.ledger.event import Event
from goldomatic.roulette import spin
from goldomatic.roulette.events import (
    SpinCycleResolved,
)
from support.clock import NOON
from support.story import (
    CYCLE,
    NEXT_CYCLE,
    NEXT_SEED,
    SEED,
    Story,
    drawn,
    enrolled,
    started,
)

INTERVAL = timedelta(minutes=5)


def roll(
    *, cycle: str = NEXT_CYCLE, old_seed: bytes | None = SEED, **changes: Any
) -> Decision[channel.ChannelState]:
    """Begin a cycle, under `NEXT_SEED`."""
    return lambda state, now: spin.roll(
        state.roulette,
        now,
        INTERVAL,
        spin_cycle_id=cycle,
        commitment=commit(NEXT_SEED),
        old_seed=old_seed,
        **changes,
    )


def draw(cycle: str = CYCLE, seed: bytes | None = SEED) -> Decision[channel.ChannelState]:
    return channel.draw(cycle, seed)


def reveal(cycle: str = CYCLE, seed: bytes = SEED) -> Decision[channel.ChannelState]:
    return lambda state, now: spin.reveal(state.roulette, now, spin_cycle_id=cycle, seed=seed)


def lapse(state: channel.ChannelState, now: Any) -> list[Event]:
    return spin.lapse(state.roulette, now)


def report(name: str = "Norinn", *, online: bool = True, cycle: str = CYCLE) -> spin.Report:
    return spin.Report(cycle, name, online, captured_at=NOON)


def verify(found: spin.Report) -> Decision[channel.ChannelState]:
    return channel.verify_candidate(found, payout_id="payout", salt=b"a salt of 16 byt")


def closed(result: Any, *, seed: bytes | None = SEED, cycle: str = CYCLE) -> SpinCycleResolved:
    return SpinCycleResolved(
        spin_cycle_id=cycle, result=result, seed=None if seed is None else seed.hex()
    )


def due(story: Story, *without: spin.Step) -> spin.Step | None:
    return spin.due(story.state.roulette, story.clock(), INTERVAL, without)


def collecting(*names: str) -> Story:
    """A cycle that began at noon with these members, numbered from 1."""
    people = [enrolled(str(number), name) for number, name in enumerate(names, 1)]
    return Story().at(-60).given(*people).at(0).given(started(empty=not names))


def drawn_cycle() -> Story:
    """The same with one member, who has been drawn."""
    return collecting("Norinn").at(240).given(*drawn("1", "Norinn"))
