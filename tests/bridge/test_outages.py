"""A bridge that is killed, a service that is gone, a log that is cut: nothing lost or doubled."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from goldomatic.payouts.events import PayoutCreated, PayoutStatusChanged
from goldomatic.setting_texts import Secret
from goldomatic.simulation.asgi import Answer
from support.bridge_game import Rig, bridged, status, winners
from support.clock import NOON
from support.gate import Gate
from support.service import ANNA, API_KEY, Stage, viewer

Three = tuple[Stage, Gate, Rig]
Step = Callable[[], Awaitable[None]]
Trouble = Callable[[int], Awaitable[None]]


async def _nothing(_: int) -> None:
    return None


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Three]:
    async with bridged(tmp_path, auto_sync=True) as found:
        found[2].bridge.read_log()
        yield found


class Story:
    """One winner from the draw to the mail, in steps, each of which leaves the world as a crash
    would find it. Several follow each other on one service, each with a viewer of its own."""

    def __init__(self, stage: Stage, rig: Rig, number: int) -> None:
        self.stage, self.rig = stage, rig
        self.user = viewer(500 + number)
        self.name = f"Норин{chr(0x430 + number)}"

    async def draw(self) -> None:
        cycle = int((self.stage.clock.now - NOON).total_seconds() // 300) + 1
        self.stage.clock.at(300 * cycle - 1)
        assert (await self.stage.chat(self.user, f"!twgold {self.name}")).accepted
        await self.stage.tick(300 * cycle)
        await self.stage.tick(300 * cycle + 240)

    async def ask(self) -> None:
        await self.rig.bridge.watch_window()
        await self.rig.bridge.watch_candidate()
        while await self.rig.bridge.type_next():
            pass

    async def read(self) -> None:
        self.rig.bridge.read_log()

    async def deliver(self) -> None:
        await self.rig.bridge.deliver()

    async def poll(self) -> None:
        await self.rig.bridge.refresh()

    async def type_all(self) -> None:
        await self.rig.bridge.watch_window()
        while await self.rig.bridge.type_next():
            self.rig.clock.advance(0.3)

    async def consent(self) -> None:
        for payout_id in set(self.rig.game.whispered) - set(self.rig.game.mailed):
            self.rig.game.tag(f"[MGM_ACCEPT:{payout_id}]")

    async def mail(self) -> None:
        for payout_id in list(self.rig.game.queue):
            self.rig.game.mail(payout_id)

    @property
    def steps(self) -> tuple[Step, ...]:
        return (
            *(self.draw, self.ask, self.read, self.deliver, self.poll, self.type_all),
            *(self.consent, self.read, self.deliver, self.poll, self.type_all),
            *(self.read, self.mail, self.read, self.deliver, self.poll),
        )

    async def finish(self) -> None:
        """Whatever was interrupted goes on: the game is played until nothing is left to do."""
        for _ in range(4):
            self.rig.game.repeat()
            await self.rig.settle(8)
            if await self.is_sent():
                break
            await self.consent()
            await self.rig.settle(4)
            await self.mail()
            self.rig.clock.advance(12)
        self.rig.game.repeat()
        await self.rig.settle(2)

    async def payout(self) -> PayoutCreated:
        (found,) = [
            event
            for event in await self.stage.recorded(PayoutCreated)
            if event.viewer_id == self.user.id
        ]
        return found  # type: ignore[no-any-return]

    async def is_sent(self) -> bool:
        payouts = self.stage.service.state.payouts.payouts.durable.values()
        return any(each.viewer_id == self.user.id and each.status == "Sent" for each in payouts)

    async def paid_once(self) -> None:
        """One payout, sent once, mailed once, and each step told once."""
        payout_id = (await self.payout()).payout_id
        moves = [
            event.status.value
            for event in await self.stage.recorded(PayoutStatusChanged)
            if event.payout_id == payout_id
        ]
        assert moves == ["InProgress", "Sent"]
        assert self.rig.game.mailed.count(payout_id) == 1
        assert self.rig.game.whispered.count(payout_id) == 1

    async def goes_well(self, before: Trouble, after: Trouble = _nothing) -> None:
        """Play with trouble around each step, then go on without it."""
        for number, act in enumerate(self.steps):
            await before(number)
            await act()
            await after(number)
        await self.finish()
        await self.paid_once()


STEPS = 16
CALLING = (1, 3, 4, 8, 9, 14, 15)
"""Steps at which the bridge talks to the service."""
WRITTEN = (2, 7, 11, 13)
"""Steps before which the game has written what nobody has read."""


async def each_of(three: Three, steps: Iterable[int], play: Callable[[Story, int], Any]) -> None:
    """A story for each of the steps, which is named if its story goes wrong."""
    stage, _, rig = three
    for step in steps:
        try:
            await play(Story(stage, rig, step), step)
        except BaseException as error:
            error.add_note(f"in the story with trouble at step {step}")
            raise


async def test_a_bridge_that_is_killed_between_any_two_steps(three: Three) -> None:
    rig = three[2]

    async def play(story: Story, step: int) -> None:
        async def kill(number: int) -> None:
            if number == step:
                await rig.restart()

        await story.goes_well(kill)

    await each_of(three, range(STEPS), play)


@pytest.mark.parametrize("lost", ["requests", "answers"])
async def test_a_service_that_is_gone_for_a_while_at_any_step(three: Three, lost: str) -> None:
    way = three[1]

    async def play(story: Story, step: int) -> None:
        async def break_off(number: int) -> None:
            way.down = number == step and lost == "requests"
            way.lose_answers = 2 if number == step and lost == "answers" else 0

        async def mend(number: int) -> None:
            way.down, way.lose_answers = False, 0

        await story.goes_well(break_off, mend)

    await each_of(three, CALLING, play)


# D-23
@pytest.mark.parametrize("lost", [True, False])
async def test_a_log_that_is_cut_at_any_step(three: Three, lost: bool) -> None:
    log = three[2].game.log

    async def play(story: Story, step: int) -> None:
        async def cut(number: int) -> None:
            if number == step:
                content = b"" if lost or not log.exists() else log.read_bytes()
                log.write_bytes(b"11/21 12:00:00.000  Bob says: hello\r\n" + content)

        await story.goes_well(cut)

    await each_of(three, WRITTEN, play)


# D-22
async def test_a_confirmation_survives_an_outage_and_a_restart(three: Three) -> None:
    stage, way, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    await rig.settle(2)
    way.down = True
    rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")
    for _ in range(10):
        await rig.look()
        rig.clock.advance(60)
    assert len(way.to("/status", "PATCH")) == 10
    assert rig.told.count("") == 0
    assert sum("it is kept and tried again" in text for text in rig.told) == 1
    await rig.restart()
    way.down = False
    await rig.look()
    assert await status(stage, payout_id) == "Sent"
    way.calls.clear()
    rig.clock.advance(600)
    await rig.look()
    assert way.to("/status", "PATCH") == []


# D-22
async def test_an_outage_is_shown_once_and_ends_by_itself(three: Three) -> None:
    _, way, rig = three
    await rig.bridge.refresh()
    assert rig.bridge.view.api == "online"
    assert rig.bridge.view.api_text == "API: OK (0 in queue)"
    way.down = True
    alerts = []
    for _ in range(8):
        await rig.bridge.refresh()
        alert = rig.bridge.view.alert
        alerts.append(alert)
        if alert is not None:
            assert (alert.title, alert.kind) == ("API unreachable", "api_unreachable")
            rig.bridge.dismiss()
        rig.clock.advance(15)
    assert rig.bridge.view.api == "degraded"
    assert rig.bridge.view.api_text == "API: error"
    assert [alert is not None for alert in alerts] == [False, False, True, *[False] * 5]
    assert sum("Poll failed" in text for text in rig.told) == 1
    way.down = False
    await rig.bridge.refresh()
    assert rig.bridge.view.api == "online"


# D-21
async def test_a_tag_is_delivered_once_though_the_first_requests_are_lost(three: Three) -> None:
    stage, way, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    way.drop = 3
    rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")
    started = rig.clock.now
    at = []
    for _ in range(60):
        before = len(way.calls)
        await rig.look()
        at += [(rig.clock.now - started).total_seconds()] * (len(way.calls) - before)
        rig.clock.advance(0.5)
    assert at == [0, 2, 6, 14]
    assert await status(stage, payout_id) == "Sent"


async def test_what_waits_is_told_as_soon_as_the_service_answers_again(three: Three) -> None:
    stage, way, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    way.answers = [Answer(503, None, {"Retry-After": "600"})]
    rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")
    await rig.look()
    await rig.look()
    assert await status(stage, payout_id) == "InProgress"
    await rig.bridge.refresh()
    await rig.look()
    assert await status(stage, payout_id) == "Sent"


async def test_a_wrong_key_loses_nothing(three: Three) -> None:
    stage, _way, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    await rig.bridge.apply(rig.settings, Secret("not-the-key"))
    rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")
    await rig.look()
    assert await status(stage, payout_id) == "InProgress"
    assert rig.bridge.view.api == "degraded"
    await rig.bridge.apply(rig.settings, Secret(API_KEY))
    await rig.bridge.refresh()
    await rig.look()
    assert await status(stage, payout_id) == "Sent"
    assert not any("not-the-key" in text or API_KEY in text for text in rig.told)


async def test_twenty_winners_at_once(three: Three) -> None:
    stage, way, rig = three
    rig.game.consents = rig.game.mails = True
    ids = await winners(stage, 20)
    await rig.settle(40)
    assert rig.game.whispered == ids
    assert sorted(rig.game.mailed) == sorted(ids)
    assert {await status(stage, each) for each in ids} == {"Sent"}
    assert len(rig.game.typed("NotifyWinnerWhisper")) == 20
    assert len(way.to("/confirm-acceptance")) == 20
    await rig.settle(5)
    assert rig.game.queue == {}


# D-23
async def test_a_log_that_is_replaced_with_its_old_tags_repeats_no_action(three: Three) -> None:
    stage, way, rig = three
    rig.game.consents = rig.game.mails = True
    await winners(stage, 2)
    await rig.settle(15)
    told = way.changes()
    content = rig.game.log.read_bytes()
    rig.game.log.unlink()
    rig.game.log.write_bytes(b"another first line\r\n" + content)
    third = await one(stage)
    rig.game.tag(f"[MGM_ACCEPT:{third}]")
    await rig.look()
    assert way.changes() == [*told, ("POST", f"/api/payouts/{third}/confirm-acceptance")]


async def one(stage: Stage) -> str:
    await stage.chat(ANNA, "!twgold Kaelen")
    answer = await stage.operator(
        "POST", "/api/e2e/prepare-pending-payout", json={"twitchUserId": ANNA.id}
    )
    found: str = answer.json()["payoutId"]
    return found


async def test_a_memory_that_cannot_be_written_acknowledges_nothing_and_loses_nothing(
    three: Three, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, way, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    number = rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(rig.bridge._desk.state, "set_place", full)
        with pytest.raises(sqlite3.OperationalError):
            rig.bridge.read_log()
        rig.clock.advance(5)
        await rig.bridge.deliver()
        await rig.bridge.watch_window()
        while await rig.bridge.type_next():
            rig.clock.advance(0.3)
    assert way.to("/status", "PATCH") == []
    assert number not in rig.game.acknowledged
    await rig.settle(5)
    assert await status(stage, payout_id) == "Sent"
    assert number in rig.game.acknowledged


async def test_run_goes_on_after_an_error_of_one_part(
    three: Three, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, way, rig = three
    calls = 0
    thrice = asyncio.Event()

    def broken() -> bool:
        nonlocal calls
        calls += 1
        if calls == 3:
            thrice.set()
        raise RuntimeError("a bug")

    monkeypatch.setattr(rig.bridge._intake, "look", broken)
    task = asyncio.create_task(rig.bridge.run())
    await asyncio.wait_for(way.arrived.wait(), 30)
    await asyncio.wait_for(thrice.wait(), 30)
    rig.bridge.stop()
    await asyncio.wait_for(task, 30)
    assert "Internal error: RuntimeError" in rig.told
