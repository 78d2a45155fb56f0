"""The demo's streamer at the speed of the demo: real addon, real bridge, by the wall clock."""

import asyncio
import time
from pathlib import Path

import pytest

from goldomatic.simulation.streamer_side import StreamerSide
from goldomatic.simulation.wow_client import ClientFaultsError
from goldomatic.values import utc_now
from support.clock import FakeClock
from support.service import ANNA, API_KEY, running
from support.streamer_side import Winners

SEED = 1


def side(url: str, folder: Path) -> StreamerSide:
    return StreamerSide(
        url, API_KEY, folder, spin_seconds=10, names=lambda: ["Norinn"], seed=SEED
    )  # fmt: skip


async def test_a_payout_comes_to_its_end_and_the_game_is_left_cleanly(tmp_path: Path) -> None:
    clock = FakeClock(utc_now())
    async with running(tmp_path, clock, e2e_harness=True) as stage:
        story = Winners(stage)
        await story.make("Norinn")
        streamer, stop = side(stage.url, tmp_path), asyncio.Event()
        log = tmp_path / "game" / "Logs" / "WoWChatLog.txt"
        playing = asyncio.create_task(streamer.run(stop))
        deadline = time.monotonic() + 120
        while not await story.number("Sent", 1):
            assert time.monotonic() < deadline, "the payout was not sent"
            assert not playing.done()
            clock.now = utc_now()
            await asyncio.sleep(0.05)
        stop.set()
        await asyncio.wait_for(playing, 30)
        assert not streamer.client.in_world
        assert b"[MGM_CONFIRM:" in log.read_bytes()


async def test_a_gift_is_drawn_accepted_and_mailed(tmp_path: Path) -> None:
    clock = FakeClock(utc_now())
    async with running(tmp_path, clock, dev_skip_gift_subscriber_check=True) as stage:
        assert (await stage.chat(ANNA, "!twgift Norinn")).accepted
        streamer = StreamerSide(
            stage.url, API_KEY, tmp_path, spin_seconds=10, names=tuple, wishes=lambda: ["Norinn"],
            seed=SEED,
        )  # fmt: skip
        stop, received = asyncio.Event(), []
        playing = asyncio.create_task(streamer.run(stop))
        deadline = time.monotonic() + 120
        norinn = None
        while not received:
            assert time.monotonic() < deadline, "no gift"
            assert not playing.done(), playing.result()
            clock.now = utc_now()
            await asyncio.sleep(0.02)
            norinn = norinn or streamer.client.realm.find("Norinn")
            received = [
                item for letter in (norinn.letters if norinn else ()) for item in letter.items
            ]
        stop.set()
        await asyncio.wait_for(playing, 30)
        (request,) = stage.service.state.gifts.requests.durable.values()
        assert request.state == "Completed"
        assert received == [request.item.name]


async def test_a_failing_addon_ends_the_demo(tmp_path: Path) -> None:
    async with running(tmp_path, FakeClock(utc_now())) as stage:
        streamer = side(stage.url, tmp_path)
        playing = asyncio.create_task(streamer.run(asyncio.Event()))
        await asyncio.sleep(0.2)
        streamer.client.run_lua("nothing()")
        with pytest.raises(ClientFaultsError, match="nothing"):
            await asyncio.wait_for(playing, 30)
