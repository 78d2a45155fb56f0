"""From a viewer's chat line to `Sent`: real service, real bridge, real addon, real log file.

The log writes as late as a real client's may (both pessimistic runs), and everything goes wrong
that can: the bridge is killed after each of its steps, the service is down for a minute at each
step, the log is cut off, a stranger forges every tag, the mailbox closes at the worst moment.
"""

import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from goldomatic.simulation.wow_client import (
    PESSIMISTIC,
    PESSIMISTIC_WITHOUT_SYSTEM,
    CannotTouchError,
    LogSettings,
)
from goldomatic.simulation.wow_client.foreign_chatter import ForeignChatter, forged_tags
from goldomatic.simulation.wow_client.mail_server import MailFault
from support.clock import FakeClock
from support.gate import Gate, gate
from support.service import ANNA, Stage, running
from support.streamer_side import StreamerSide, Winners

RUNS = pytest.mark.parametrize(
    "log",
    [
        pytest.param(PESSIMISTIC, id="system-lines-logged"),
        pytest.param(PESSIMISTIC_WITHOUT_SYSTEM, id="system-lines-not-logged"),
    ],
)


@asynccontextmanager
async def everybody(
    tmp_path: Path, log: LogSettings = PESSIMISTIC
) -> AsyncIterator[tuple[Stage, Gate, StreamerSide]]:
    """Service, a way to it, and the streamer's side, which has said hello."""
    clock = FakeClock()
    async with running(tmp_path, clock, e2e_harness=True) as stage, gate(stage.url) as way:
        side = StreamerSide(way.url, tmp_path, clock, log)
        if not log.system_logged:
            side.client.type_line("/mgm pad whisper")
        try:
            for _ in range(4):
                await side.second()
            yield stage, way, side
        finally:
            await side.close()


async def draw(stage: Stage, side: StreamerSide, cycle: int = 1) -> None:
    """Let the wheel stop in the cycle of that number, so that its winner is to be verified."""
    await side.reach(300 * cycle)
    await stage.tick()
    await side.reach(300 * cycle + 240)
    await stage.tick()


def forging(side: StreamerSide, public_id: str) -> Callable[[], Awaitable[None]]:
    """A stranger who says every tag about a public id, in every way, as fast as nobody is muted."""
    chatter, client = ForeignChatter(side.client), side.client
    tags = itertools.cycle(forged_tags([UUID(public_id)]))
    said_at = 0.0

    async def forge() -> None:
        nonlocal said_at
        if client.clock.seconds - said_at >= 1:
            said_at = client.clock.seconds
            chatter.forge([next(tags), next(tags)])

    return forge


@RUNS
async def test_from_chat_to_sent(tmp_path: Path, log: LogSettings) -> None:
    async with everybody(tmp_path, log) as (stage, _, side):
        norinn = side.winner("Норинн")
        assert (await stage.chat(ANNA, "!twgold Норинн")).accepted
        await draw(stage, side)
        story = Winners(stage)
        await side.until(lambda: story.number("Pending", 1), within=60)
        await side.until(lambda: story.number("Sent", 1), within=200)
        assert [letter.copper for letter in norinn.letters] == [10_000_000]


async def test_an_offline_candidate_wins_nothing(tmp_path: Path) -> None:
    """Though a stranger reports about the public spin."""
    async with everybody(tmp_path) as (stage, way, side):
        side.client.realm.settle("Norinn", online=False)
        side.client.realm.settle("Norinnka")
        assert (await stage.chat(ANNA, "!twgold Norinn")).accepted
        await draw(stage, side)
        candidate = (await stage.operator("GET", "/api/roulette/candidate")).json()
        side.after_each_step = forging(side, candidate["spinCycleId"])

        async def told() -> bool:
            return bool(way.to("/verify-candidate"))

        await side.until(told, within=60)
        assert [json.loads(call.body)["online"] for call in way.to("/verify-candidate")] == [False]
        assert await Winners(stage).number("Pending", 0)


@RUNS
async def test_the_bridge_is_killed_after_every_step(tmp_path: Path, log: LogSettings) -> None:
    async with everybody(tmp_path, log) as (stage, _, side):
        side.after_each_step = side.kill_in_turn
        norinn = side.winner("Norinn")
        assert (await stage.chat(ANNA, "!twgold Norinn")).accepted
        await draw(stage, side)
        story = Winners(stage)
        await side.until(lambda: story.number("Sent", 1), within=400)
        assert len(norinn.letters) == 1
        assert sum("!twgold" in text for _, text in norinn.heard) <= 2


@RUNS
@pytest.mark.parametrize("status", ["Pending", "InProgress", "Sent"])
async def test_the_service_is_down_for_a_minute(
    tmp_path: Path, status: str, log: LogSettings
) -> None:
    async with everybody(tmp_path, log) as (stage, way, side):
        norinn = side.winner("Norinn")
        story = Winners(stage)
        await story.make("Norinn")

        async def reached() -> bool:
            way.down = status == "Sent" and len(norinn.letters) == 1
            return way.down or (status != "Sent" and await story.number(status, 1))

        await side.until(reached, within=300)
        way.down = True
        for _ in range(60):
            await side.second()
        way.down = False
        await side.until(lambda: story.number("Sent", 1), within=300)
        assert len(norinn.letters) == 1


async def test_the_service_is_down_while_the_winner_is_verified(tmp_path: Path) -> None:
    async with everybody(tmp_path) as (stage, way, side):
        norinn = side.winner("Norinn")
        assert (await stage.chat(ANNA, "!twgold Norinn")).accepted
        await draw(stage, side)
        way.down = True
        for _ in range(60):
            await side.second()
        way.down = False
        await stage.tick()
        story = Winners(stage)
        assert await story.number("Sent", 0)
        await draw(stage, side, cycle=2)
        await side.until(lambda: story.number("Sent", 1), within=300)
        assert len(norinn.letters) == 1


@RUNS
async def test_the_log_is_cut_off_on_the_way(tmp_path: Path, log: LogSettings) -> None:
    async with everybody(tmp_path, log) as (stage, _, side):
        norinn = side.winner("Norinn")
        story = Winners(stage)
        await story.make("Norinn")
        for status in ("Pending", "InProgress"):
            await side.until(lambda status=status: story.number(status, 1), within=300)
            path = side.client.log.path
            assert path
            with path.open("r+b") as log:
                log.truncate(path.stat().st_size // 2 if status == "Pending" else 0)
        await side.until(lambda: story.number("Sent", 1), within=300)
        assert len(norinn.letters) == 1


@RUNS
async def test_a_stranger_forges_every_tag(tmp_path: Path, log: LogSettings) -> None:
    async with everybody(tmp_path, log) as (stage, way, side):
        norinn = side.winner("Norinn", answer=None)
        story = Winners(stage)
        payout = await story.make("Norinn")
        side.after_each_step = forging(side, payout)
        for _ in range(40):
            await side.second()
        side.client.log.flush()
        await side.second()
        assert way.changes() == []
        assert await story.number("Pending", 1)
        assert side.bridge.view.log.ignored >= 4 * 36
        side.client.realm_whisper("Norinn", "!twgold")
        await side.until(lambda: story.number("Sent", 1), within=300)
        assert len(norinn.letters) == 1
        path = f"/api/payouts/{payout}"
        consent = ("POST", f"{path}/confirm-acceptance")
        assert way.changes() == [consent, *[("PATCH", f"{path}/status")] * 2]


@RUNS
async def test_twenty_winners_in_the_queue(tmp_path: Path, log: LogSettings) -> None:
    async with everybody(tmp_path, log) as (stage, _, side):
        story = Winners(stage)
        people = []
        for number in range(20):
            name = f"Nori{chr(97 + number)}"
            people.append(side.winner(name))
            await story.make(name)
        await side.until(lambda: story.number("Sent", 20), within=400)
        assert [len(one.letters) for one in people] == [1] * 20


@RUNS
async def test_the_mailbox_closes_as_the_mail_goes(tmp_path: Path, log: LogSettings) -> None:
    async with everybody(tmp_path, log) as (stage, _, side):
        norinn = side.winner("Norinn")
        story = Winners(stage)
        await story.make("Norinn")
        side.streamer.after_mail = side.hands.close_mailbox
        await side.until(lambda: story.number("Sent", 1), within=300)
        assert len(norinn.letters) == 1


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "delivered"])
async def test_nobody_answers_about_the_mail(tmp_path: Path, lost: bool) -> None:
    """The operator is asked, and pays once, whichever it was."""
    async with everybody(tmp_path) as (stage, _, side):
        norinn = side.winner("Norinn")
        story = Winners(stage)
        payout = await story.make("Norinn")
        side.client.world.post.faults.append(MailFault.SILENT if lost else MailFault.UNANSWERED)

        async def asked() -> bool:
            return any(row.doubt for row in side.bridge.view.rows)

        await side.until(asked, within=300)
        for _ in range(20):
            await side.second()
        assert len(norinn.letters) == (0 if lost else 1)
        panel = side.client.frame("MGMQueuePanel")
        panel.find("Not sent" if lost else "Was sent").click()
        if lost:
            # The client itself still waits for the answer; it forgets that with the mailbox.
            side.hands.close_mailbox()
        else:
            assert await side.bridge.act(payout, "mark_sent") is None
        await side.until(lambda: story.number("Sent", 1), within=300)
        assert len(norinn.letters) == 1
        with pytest.raises(CannotTouchError):
            side.hands.click("MGMQueuePanelPrepare")


@RUNS
async def test_the_game_crashes_before_the_confirmation_is_written(
    tmp_path: Path, log: LogSettings
) -> None:
    async with everybody(tmp_path, log) as (stage, _, side):
        norinn = side.winner("Norinn")
        story = Winners(stage)
        payout = await story.make("Norinn")

        async def mailed() -> bool:
            return len(norinn.letters) == 1

        await side.until(mailed, within=300)
        side.client.crash()
        side.client.log_in()
        for _ in range(120):
            await side.second()
        assert len(norinn.letters) == 1
        assert await story.number("Sent", 1) or any(
            row.id == payout for row in side.bridge.view.rows
        )
