"""The simulated crowd: what it types, whom it hears, how it is carried."""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from goldomatic.simulation.chat_commands import ChatAction, ChatKind, bad_name
from goldomatic.simulation.chatters import Chatters
from goldomatic.simulation.eventsub_deliveries import Delivery
from goldomatic.simulation.eventsub_messages import ChatLine, chat_event
from goldomatic.simulation.users import SimulatedUser, population
from goldomatic.values import CharacterName, Refused
from simulation.stage import BOT, OWNER, PASSER_BY, SUBSCRIBER
from support.twitch import until

ENTRIES = {ChatKind.ENROL, ChatKind.RENAME, ChatKind.RETURN}
WELL_FORMED = {*ENTRIES, ChatKind.TAKEN_NAME, ChatKind.NOT_SUBSCRIBED, ChatKind.FOREIGN}


def reader(line: ChatLine) -> str | None:
    """An independent reader of `!twgold`: the argument, or None."""
    text = str(chat_event(line, OWNER, "id")["message"]["text"])
    text = re.sub("[\U000e0000-\U000e007f]", "", text)
    text = re.sub(r"^\x01ACTION (.*)\x01$", r"\1", text)
    found = re.fullmatch(r"!twgold\s+(\S+)", text.strip(), re.IGNORECASE | re.ASCII)
    return found[1] if found else None


def crowd(
    seed: int = 1,
    size: int = 200,
    arrivals: Callable[[Sequence[SimulatedUser]], object] = len,
) -> Chatters:
    people = population(random.Random(99), size)
    return Chatters(BOT, people, rng=random.Random(seed), arrivals=arrivals)


@pytest.fixture(scope="module")
def actions() -> list[ChatAction]:
    chatters = crowd()
    found = []
    for _ in range(6000):
        found.append(chatters.line())
        if found[-1].kind in ENTRIES and len(found) % 3 == 0:
            chatters.hear(
                f"Награда отправлена персонажу {found[-1].character_name} на почту, проверяй ящик!"
            )
    return found


def of(actions: list[ChatAction], kind: ChatKind) -> list[ChatAction]:
    return [action for action in actions if action.kind is kind]


def test_the_crowd_does_everything_and_mostly_talks(actions: list[ChatAction]) -> None:
    kinds = Counter(action.kind for action in actions)
    assert set(kinds) == set(ChatKind)
    assert 0.5 < kinds[ChatKind.TALK] / len(actions) < 0.9
    texts = {action.line.text for action in of(actions, ChatKind.TALK)}
    assert {text.isascii() for text in texts} == {True, False}
    assert all(reader(action.line) is None for action in of(actions, ChatKind.TALK))


def test_the_same_seed_types_the_same_lines() -> None:
    first, second, third = crowd(1), crowd(1), crowd(2)
    lines = [[chatters.line() for _ in range(300)] for chatters in (first, second, third)]
    assert lines[0] == lines[1] != lines[2]


def test_well_formed_commands_carry_the_name_that_they_claim(actions: list[ChatAction]) -> None:
    for action in actions:
        assert (action.character_name is not None) is (action.kind in WELL_FORMED)
        if action.character_name is not None:
            assert reader(action.line) == action.character_name
            assert CharacterName.parse(action.character_name) == action.character_name


def test_entries_come_from_subscribers_of_this_channel(actions: list[ChatAction]) -> None:
    for action in actions:
        if action.kind in ENTRIES:
            assert action.line.chatter.is_subscriber
            assert action.line.source is None
    assert not any(one.line.chatter.is_subscriber for one in of(actions, ChatKind.NOT_SUBSCRIBED))
    assert all(one.line.source is not None for one in of(actions, ChatKind.FOREIGN))
    assert all(one.line.chatter is BOT for one in of(actions, ChatKind.BOT))


def test_entries_are_typed_in_many_ways(actions: list[ChatAction]) -> None:
    lines = [action.line for action in actions if action.kind in ENTRIES]
    assert any(line.action for line in lines)
    assert any(line.invisible_suffix for line in lines)
    assert any("\t" in line.text for line in lines)
    assert any(line.text != line.text.strip() for line in lines)
    assert len({line.text.split()[0] for line in lines}) == 3
    names = {action.character_name or "" for action in actions if action.kind in ENTRIES}
    assert {name.isascii() for name in names} == {True, False}
    assert any(action.copies == 2 for action in actions)


def test_a_name_is_held_by_one_viewer_at_a_time(actions: list[ChatAction]) -> None:
    held: dict[str, str] = {}
    for action in actions:
        name, chatter = action.character_name, action.line.chatter.id
        if name is None or action.kind is ChatKind.FOREIGN:
            continue
        if action.kind in ENTRIES:
            held = {key: owner for key, owner in held.items() if owner != chatter}
            assert held.get(name.key) in (None, chatter)
            held[name.key] = chatter


def test_a_large_crowd_shares_no_name() -> None:
    people = population(random.Random(99), 1500, subscriber_share=1.0)
    chatters = Chatters(BOT, people, rng=random.Random(1))
    for _ in range(6000):
        chatters.line()
    assert len(chatters.entered) > 800
    assert len({name.key for name in chatters.entered.values()}) == len(chatters.entered)


def test_taken_names_are_names_of_somebody_else(actions: list[ChatAction]) -> None:
    entered: dict[str, set[str]] = {}
    for action in actions:
        if action.character_name is None:
            continue
        if action.kind is ChatKind.TAKEN_NAME:
            assert entered[action.character_name.key] - {action.line.chatter.id}
        elif action.kind in ENTRIES:
            entered.setdefault(action.character_name.key, set()).add(action.line.chatter.id)


def test_refused_forms_are_refused_by_a_correct_reader(actions: list[ChatAction]) -> None:
    for kind in (ChatKind.WRONG_ARITY, ChatKind.LOOKALIKE, ChatKind.GIFT):
        assert all(reader(action.line) is None for action in of(actions, kind)), kind
    gifts = {action.line.text.lower().split()[0] for action in of(actions, ChatKind.GIFT)}
    assert gifts == {"!twgift"}
    assert any(
        action.line.text.startswith("!twgolden") for action in of(actions, ChatKind.LOOKALIKE)
    )


def test_bad_names_are_bad() -> None:
    rng = random.Random(4)
    names = {bad_name(rng) for _ in range(400)}
    assert any(len(name) == 14 for name in names)
    assert any(name[-1].isdigit() for name in names)
    for name in names:
        with pytest.raises(Refused):
            CharacterName.parse(name)


def test_a_raid_brings_new_people_in_a_burst() -> None:
    arrived: list[SimulatedUser] = []
    chatters = crowd(arrivals=arrived.extend)
    before = {one.id for one in chatters.people}
    actions = [chatters.line() for _ in range(4000)]
    raid = of(actions, ChatKind.RAID)
    assert len(raid) >= 15
    assert all(action.burst for action in raid)
    assert not before & {action.line.chatter.id for action in raid}
    assert {one.id for one in arrived} == {one.id for one in chatters.people} - before
    first = next(index for index, action in enumerate(actions) if action.burst)
    assert all(action.burst for action in actions[first : first + 15])


def returns(chatters: Chatters, lines: int = 3000) -> list[ChatAction]:
    return of([chatters.line() for _ in range(lines)], ChatKind.RETURN)


def test_winners_come_back_when_they_read_of_their_gold() -> None:
    chatters = crowd(size=40)
    assert returns(chatters) == []
    winner, name = next(iter(chatters.entered.items()))
    chatters.hear(f"Награда отправлена персонажу {name} на почту, проверяй ящик!")
    assert winner not in chatters.entered
    (back,) = returns(chatters)
    assert back.line.chatter.id == winner


def test_other_lines_of_the_service_change_nothing() -> None:
    chatters = crowd(size=40)
    returns(chatters)
    entered = dict(chatters.entered)
    for text in ("Entered: Thaldor", "Награда отправлена персонажу Никто на почту, ура", ""):
        chatters.hear(text)
    assert chatters.entered == entered


def test_a_winner_who_changed_the_name_since_comes_back_too() -> None:
    chatters = crowd(size=40)
    actions = [chatters.line() for _ in range(3000)]
    rename = of(actions, ChatKind.RENAME)[-1]
    viewer = rename.line.chatter.id
    earlier = [
        action.character_name
        for action in actions
        if action.kind in ENTRIES and action.line.chatter.id == viewer
    ]
    assert len(earlier) > 1
    chatters.hear(f"Награда отправлена персонажу {earlier[0]} на почту, проверяй ящик!")
    assert viewer not in chatters.entered


def test_hours_of_chat_never_run_out_of_names() -> None:
    chatters = crowd(size=120)
    for _ in range(15_000):
        action = chatters.line()
        if action.kind in ENTRIES:
            chatters.hear(f"Награда отправлена персонажу {action.character_name} на почту")
    assert len(chatters.people) <= 3000
    assert returns(chatters)


def test_a_crowd_needs_a_subscriber() -> None:
    with pytest.raises(ValueError, match="subscribers"):
        Chatters(BOT, [PASSER_BY], rng=random.Random(1))
    alone = Chatters(BOT, [SUBSCRIBER], rng=random.Random(1))
    assert of([alone.line() for _ in range(300)], ChatKind.ENROL)


class Carrier:
    """Takes lines as a sender does, with a given delay or failure."""

    def __init__(self, delay: float = 0.0, breaks_after: int | None = None) -> None:
        self.lines: list[tuple[ChatLine, int]] = []
        self.under_way = self.most_under_way = 0
        self.flushed = False
        self._delay, self._breaks_after = delay, breaks_after

    async def enqueue(self, line: ChatLine, *, copies: int = 1) -> list[Delivery]:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(self._delay)
        finally:
            self.under_way -= 1
        self.lines.append((line, copies))
        if len(self.lines) == self._breaks_after:
            raise RuntimeError("broken carrier")
        return []

    async def flush(self) -> list[Delivery]:
        self.flushed = True
        return []


async def test_running_keeps_the_rate_and_ends_when_told() -> None:
    carrier, stop = Carrier(), asyncio.Event()
    began = time.monotonic()
    running = asyncio.create_task(crowd().run(carrier, 200, stop))
    await until(lambda: len(carrier.lines) >= 60)
    stop.set()
    await asyncio.wait_for(running, 30)
    assert len(carrier.lines) <= 60 + 3 * 200 * (time.monotonic() - began)
    assert time.monotonic() - began > 0.1, "not all at once"
    assert carrier.flushed
    same = crowd()
    expected = [(action.line, action.copies) for action in (same.line() for _ in carrier.lines)]
    assert carrier.lines == expected


async def test_a_slow_service_slows_the_crowd_down() -> None:
    carrier, stop = Carrier(delay=0.2), asyncio.Event()
    running = asyncio.create_task(crowd().run(carrier, 10_000, stop))
    await until(lambda: len(carrier.lines) > 16)
    stop.set()
    await asyncio.wait_for(running, 30)
    assert carrier.most_under_way == 16
    assert carrier.under_way == 0


async def test_cancelling_leaves_nothing_behind() -> None:
    carrier = Carrier(delay=5)
    running = asyncio.create_task(crowd().run(carrier, 1000, asyncio.Event()))
    await until(lambda: carrier.under_way == 16)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert carrier.under_way == 0
    assert len(asyncio.all_tasks()) == 1


async def test_a_broken_carrier_is_told_to_the_caller() -> None:
    with pytest.raises(ExceptionGroup) as failure:
        await asyncio.wait_for(crowd().run(Carrier(breaks_after=3), 500, asyncio.Event()), 30)
    assert failure.group_contains(RuntimeError, match="broken carrier")
