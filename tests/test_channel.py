"""Whatever viewers, operator and clock do in whatever order: what must hold of a channel holds."""

from collections import Counter
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from goldomatic import channel
from goldomatic.channel import CODEC, ChannelState
from goldomatic.fairdraw.commitment import commit
from goldomatic.ledger.change import Decision
from goldomatic.ledger.event import Event, Recorded, StoredEvent, ViewerForgotten, to_micros
from goldomatic.ledger.store import Delete
from goldomatic.payouts.events import PayoutCreated, PayoutStatus, PayoutStatusChanged
from goldomatic.payouts.rules import LIFETIME_CAP
from goldomatic.roulette import spin
from goldomatic.roulette.events import (
    DrawFrozen,
    DrawRevealed,
    SpinCandidateForced,
    SpinCandidateSelected,
    SpinCycleResolved,
    SpinCycleStarted,
)
from goldomatic.values import ChannelId, Refused, ViewerId, name_key
from support.clock import NOON
from support.story import entry, sent

pytestmark = pytest.mark.slow

CHANNEL = ChannelId("1001")
INTERVAL = timedelta(minutes=5)
VIEWERS = st.sampled_from([ViewerId(str(number)) for number in range(1, 6)])
NAMES = st.sampled_from(["Norinn", "nORINN", "Kael", "Ёжик", "ёжик", "Jaina", "Bad:Name"])
Tables = dict[tuple[str, tuple[Any, ...]], tuple[Any, ...]]


def refolded(log: list[Recorded]) -> tuple[ChannelState, Tables]:
    """State and read tables made anew from the events alone."""
    state, tables = ChannelState(CHANNEL), Tables()
    for recorded in log:
        state.evolve(recorded)
        apply(tables, state, recorded)
    state.commit()
    return state, tables


def apply(tables: Tables, state: ChannelState, recorded: Recorded) -> None:
    for change in state.project(recorded):
        if isinstance(change, Delete):
            tables.pop((change.table.name, change.key), None)
        else:
            key = change.row[: len(change.table.key)]
            tables[change.table.name, key] = change.row


def content(state: ChannelState) -> Any:
    """The state in a form that does not depend on the order in which rows were added."""
    dump = msgspec.msgpack.decode(state.dump())
    for rows in ("pool", "payouts"):
        dump[rows].sort(key=msgspec.json.encode)
    names = dict(state.roulette.names.durable)
    derived = state.payouts
    tables = (derived.active, derived.sent_gold, derived.unannounced, derived.attempted)
    return dump, names, [dict(table.durable) for table in tables]


class Channel(RuleBasedStateMachine):
    """Decisions in a random order, carried out as the ledger and the schedule would."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.state = ChannelState(CHANNEL)
        self.log: list[Recorded] = []
        self.tables = Tables()
        self.seeds: dict[str, bytes] = {}
        self.numbers = count(1)
        for event in sent("1", 9):
            self.record(event)
        self.state.commit()
        self.before = len(self.log)

    def decide(self, decision: Decision[ChannelState]) -> list[Any]:
        decided = decision(self.state, self.now)
        events: Any = decided.events if isinstance(decided, Refused) else decided
        for event in events:
            self.record(event)
        self.state.commit()
        return list(events)

    def record(self, event: Event) -> None:
        position, at = len(self.log) + 1, to_micros(self.now)
        kind, viewer, data, personal = CODEC.encode(event)
        stored = StoredEvent(position, at, kind, viewer, None, data, personal, None, b"")
        recorded = CODEC.decode(stored)
        self.log.append(recorded)
        self.state.evolve(recorded)
        apply(self.tables, self.state, recorded)
        if isinstance(event, ViewerForgotten):
            self.log = [erased(each, event.viewer_id) for each in self.log]

    def fresh_id(self) -> str:
        return f"00000000-0000-4000-8000-{next(self.numbers):012d}"

    @rule(viewer=VIEWERS, name=NAMES, subscriber=st.sampled_from([True, True, True, False]))
    def enrol(self, viewer: ViewerId, name: str, subscriber: bool) -> None:
        salt = sha256(str(next(self.numbers)).encode()).digest()[:16]
        wish = msgspec.structs.replace(entry(viewer, name, subscriber=subscriber), salt=salt)
        self.decide(channel.enrol(wish))

    @rule()
    def everybody_enters(self) -> None:
        """What most of it is about: without a crowd there is nothing to draw."""
        names = ["Norinn", "Kael", "Jaina", "Thrall", "Anduin"]
        for number, name in enumerate(names, 1):
            self.enrol(ViewerId(str(number)), name, subscriber=True)

    @rule(seconds=st.sampled_from([1, 20, 60, 240, 299.5, 301, 700, -30, -290, -1200, 90_000]))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(seconds=st.sampled_from([0.0, 240.0, 270.0, 299.9]))
    def tick_at(self, seconds: float) -> None:
        """The clock's work at an instant of the running cycle, or now."""
        current = self.state.roulette.current.durable
        if current is not None and seconds:
            self.now = max(self.now, current.start + timedelta(seconds=seconds))
        self.tick()

    @rule()
    def tick(self) -> None:
        failed: set[spin.Step] = set()
        for _ in range(50):
            step = spin.due(self.state.roulette, self.now, INTERVAL, failed)
            if step is None:
                return
            if not self.step(step):
                failed.add(step)
        raise AssertionError("the clock's work does not end")

    def step(self, step: spin.Step, *, after_winner: bool = False) -> bool:
        roulette = self.state.roulette
        current = roulette.current.durable
        match step:
            case "roll":
                new, seed = self.fresh_id(), sha256(str(next(self.numbers)).encode()).digest()
                self.seeds[new] = seed
                old_seed = self.seeds[current.spin_cycle_id] if current else None
                rolled = self.decide(
                    lambda state, now: spin.roll(
                        state.roulette,
                        now,
                        INTERVAL,
                        spin_cycle_id=new,
                        commitment=commit(seed),
                        old_seed=old_seed,
                        after_winner=after_winner,
                    )
                )
                return bool(rolled)
            case "draw":
                assert current is not None
                cycle = current.spin_cycle_id
                return bool(self.decide(channel.draw(cycle, self.seeds[cycle])))
            case "reveal":
                found = spin.unrevealed(roulette, self.now)
                assert found is not None
                cycle, seed = found.spin_cycle_id, self.seeds[found.spin_cycle_id]
                revealed = self.decide(
                    lambda state, now: spin.reveal(
                        state.roulette, now, spin_cycle_id=cycle, seed=seed
                    )
                )
                return bool(revealed)
            case "lapse":
                return bool(self.decide(lambda state, now: spin.lapse(state.roulette, now)))

    @rule(
        previous=st.booleans(),
        online=st.sampled_from([True, True, False]),
        wrong=st.sampled_from(["", "", "", "Whoever"]),
    )
    def report(self, previous: bool, online: bool, wrong: str) -> None:
        roulette = self.state.roulette
        cycle = (roulette.previous if previous else roulette.current).durable
        if cycle is None:
            return
        name = wrong or (cycle.candidate.character_name if cycle.candidate else "Norinn")
        found = spin.Report(cycle.spin_cycle_id, name, online, self.now)
        self.decide(
            channel.verify_candidate(found, payout_id=self.fresh_id(), salt=b"sixteen bytes of")
        )

    @rule(end=st.sampled_from([PayoutStatus.SENT, PayoutStatus.FAILED]))
    def spin_and_win(self, end: PayoutStatus) -> None:
        """A whole cycle with a winner, reported twice: random steps alone rarely get there."""
        self.tick()
        self.tick_at(240.0)
        self.report(previous=False, online=True, wrong="")
        for payout in list(self.state.payouts.active.durable.values()):
            for status in (PayoutStatus.IN_PROGRESS, end):
                self.decide(channel.change_status(payout, status, "operator"))
        self.report(previous=False, online=True, wrong="")
        self.now += timedelta(seconds=70)

    @rule()
    def draw_and_set_the_clock_far_back(self) -> None:
        self.tick()
        self.tick_at(240.0)
        self.now -= timedelta(seconds=1200)
        self.tick()

    @precondition(lambda self: self.state.payouts.payouts.durable)
    @rule(data=st.data(), status=st.sampled_from(PayoutStatus))
    def move_payout(self, data: st.DataObject, status: PayoutStatus) -> None:
        payout = data.draw(st.sampled_from(sorted(self.state.payouts.payouts.durable)))
        self.decide(channel.change_status(payout, status, "operator"))
        self.decide(channel.accept_payout(payout, "Norinn"))

    @precondition(lambda self: self.state.payouts.payouts.durable)
    @rule(data=st.data())
    def cancel_payout(self, data: st.DataObject) -> None:
        payout = data.draw(st.sampled_from(sorted(self.state.payouts.payouts.durable)))
        self.decide(channel.cancel_payout(payout, "broadcaster:9"))

    @rule()
    def expire(self) -> None:
        self.decide(channel.expire_payouts)

    @rule(viewer=VIEWERS, seriously=st.sampled_from([False, False, True]))
    def forget(self, viewer: ViewerId, seriously: bool) -> None:
        if not seriously:
            return
        self.decide(channel.forget_viewer(viewer, "operator"))
        self.what_is_kept_follows_from_the_events()

    @rule(viewer=VIEWERS)
    def harness(self, viewer: ViewerId) -> None:
        if viewer in self.state.roulette.pool.durable:
            self.tick()
            self.step("roll", after_winner=True)
            self.decide(lambda state, now: spin.force(state.roulette, now, viewer))
            self.report(previous=False, online=True, wrong="")

    @invariant()
    def a_name_is_once_in_the_pool(self) -> None:
        pool = self.state.roulette.pool.durable
        keys = [name_key(member.character_name) for member in pool.values()]
        assert len(keys) == len(set(keys))
        assert dict(self.state.roulette.names.durable) == dict(zip(keys, pool, strict=True))

    @invariant()
    def a_viewer_has_at_most_one_active_payout(self) -> None:
        payouts = self.state.payouts.payouts.durable.values()
        active = Counter(p.viewer_id for p in payouts if p.status.active)
        assert all(number == 1 for number in active.values())
        assert set(active) == set(self.state.payouts.active.durable)

    @invariant()
    def nobody_is_sent_more_than_the_cap(self) -> None:
        gold: Counter[str] = Counter()
        for payout in self.state.payouts.payouts.durable.values():
            if payout.status is PayoutStatus.SENT:
                gold[payout.viewer_id] += payout.gold_amount
        assert max(gold.values()) <= LIFETIME_CAP
        assert gold == Counter(self.state.payouts.sent_gold.durable)

    @invariant()
    def a_cycle_pays_at_most_once_and_only_its_candidate(self) -> None:
        created = [each.event for each in self.of(PayoutCreated) if each.position > self.before]
        cycles = Counter(event.spin_cycle_id for event in created)
        assert all(number == 1 for number in cycles.values())
        assert len({event.enrollment_request_id for event in created}) == len(created)
        candidates = {
            (each.event.spin_cycle_id, each.event.viewer_id)
            for each in self.log
            if isinstance(each.event, SpinCandidateSelected | SpinCandidateForced)
        }
        assert all((event.spin_cycle_id, event.viewer_id) in candidates for event in created)

    @invariant()
    def a_cycle_is_drawn_at_most_once_within_its_time_and_after_its_commitment(self) -> None:
        begun = {e.event.spin_cycle_id: e for e in self.of(SpinCycleStarted)}
        drawn = self.of(DrawFrozen)
        assert len({each.event.spin_cycle_id for each in drawn}) == len(drawn)
        for each in drawn:
            start = begun[each.event.spin_cycle_id]
            collecting = timedelta(seconds=240)
            assert start.event.cycle_start + collecting <= each.at
            assert each.at < start.event.cycle_start + INTERVAL
            assert start.at < start.event.cycle_start + collecting

    @invariant()
    def every_opened_seed_is_the_committed_one(self) -> None:
        for event in (each.event for each in self.of(DrawRevealed, SpinCycleResolved)):
            if event.seed is not None:
                assert commit(bytes.fromhex(event.seed)).hex() == self.commitment(event)

    def commitment(self, event: Any) -> str:
        (begun,) = (
            each.event
            for each in self.of(SpinCycleStarted)
            if each.event.spin_cycle_id == event.spin_cycle_id
        )
        return str(begun.commitment)

    @invariant()
    def a_terminal_payout_stays_as_it_is(self) -> None:
        ended: set[str] = set()
        for event in (each.event for each in self.of(PayoutStatusChanged)):
            assert event.payout_id not in ended
            if not event.status.active:
                ended.add(event.payout_id)

    def of(self, *kinds: type[Event]) -> list[Recorded]:
        return [each for each in self.log if isinstance(each.event, kinds)]

    def teardown(self) -> None:
        self.what_is_kept_follows_from_the_events()
        self.every_commitment_ends()
        self.what_is_kept_follows_from_the_events()

    def what_is_kept_follows_from_the_events(self) -> None:
        state, tables = refolded(self.log)
        assert content(state) == content(self.state)
        assert tables == self.tables
        loaded = ChannelState(CHANNEL)
        loaded.load(self.state.dump())
        assert content(loaded) == content(self.state)

    def every_commitment_ends(self) -> None:
        for _ in range(3):
            self.now = max(self.now, self.end_of_cycle()) + INTERVAL * 2
            self.tick()
        begun = [each.event.spin_cycle_id for each in self.of(SpinCycleStarted)]
        opened = {
            each.event.spin_cycle_id
            for each in self.of(DrawRevealed, SpinCycleResolved)
            if each.event.seed is not None
        }
        resolved = {each.event.spin_cycle_id for each in self.of(SpinCycleResolved)}
        assert set(begun[:-1]) == opened - set(begun[-1:])
        assert set(begun[:-1]) == resolved - set(begun[-1:])

    def end_of_cycle(self) -> datetime:
        current = self.state.roulette.current.durable
        return current.end if current else self.now


def erased(recorded: Recorded, viewer: ViewerId) -> Recorded:
    """The event as the store gives it back after the viewer was forgotten."""
    event = recorded.event
    if getattr(event, "viewer_id", None) != viewer or not hasattr(event, "personal"):
        return recorded
    return recorded._replace(event=msgspec.structs.replace(event, personal=None))


# G-54
TestChannel = Channel.TestCase
TestChannel.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None, derandomize=True
)
