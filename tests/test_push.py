"""What is told to open panels, when, and to whom."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from goldomatic import push as push_module
from goldomatic.push import Push
from goldomatic.schedule import keep_panels_informed
from goldomatic.simulation.extension_pubsub import Extension
from goldomatic.simulation.extension_tokens import opaque_user_id
from goldomatic.simulation.twitch import FakeTwitch
from support.service import (
    ANNA,
    BORIS,
    CHANNEL,
    EXTENSION_CLIENT,
    EXTENSION_SECRET,
    OWNER,
    Stage,
    running,
    viewer,
)
from support.twitch import until, watched_twitch

SNAPSHOT = "/api/panel/snapshot"


@asynccontextmanager
async def watched(tmp_path: Path) -> AsyncIterator[tuple[Stage, FakeTwitch, Push]]:
    """A service whose panels are told; Anna's has asked."""
    async with watched_twitch() as (twitch, settings):
        twitch.twitch.extension = Extension(EXTENSION_CLIENT, EXTENSION_SECRET, OWNER.id)
        changes = {"twitch_api_url": settings["twitch_api_url"]}
        async with running(tmp_path, twitch_extension_owner_id=OWNER.id, **changes) as stage:
            twitch.twitch.clock = stage.clock
            push = stage.service.push
            assert push is not None
            assert (await stage.as_viewer(ANNA, "GET", SNAPSHOT)).status_code == 200
            yield stage, twitch.twitch, push


def broadcasts(twitch: FakeTwitch) -> list[dict[str, Any]]:
    return [json.loads(text) for target, text in twitch.broker.sent if target == "broadcast"]


def phase(told: dict[str, Any]) -> Any:
    return told["news"]["roulette"]["spinPhase"]


def whispers(twitch: FakeTwitch) -> list[tuple[str, str]]:
    return [each for each in twitch.broker.sent if each[0] != "broadcast"]


async def test_a_change_is_told_as_the_whole_public_state(tmp_path: Path) -> None:
    async with watched(tmp_path) as (stage, twitch, _):
        await stage.chat(BORIS, "!twgold Kael")
        await until(lambda: bool(broadcasts(twitch)))
        (told,) = broadcasts(twitch)
        shown = (await stage.as_viewer(BORIS, "GET", SNAPSHOT)).json()
        assert told["v"] == 1
        assert told["news"].keys() == {
            "roulette",
            "lastOutcome",
            "candidateCharacterName",
            "wheel",
        }
        assert all(shown[key] == value for key, value in told["news"].items())


async def test_many_changes_are_told_once_and_the_last_is_told(tmp_path: Path) -> None:
    async with watched(tmp_path) as (stage, twitch, _):
        began = monotonic()
        for number in range(60):
            letters = chr(97 + number // 26) + chr(97 + number % 26)
            await stage.chat(viewer(number), f"!twgold Name{letters}")
        await until(
            lambda: (
                broadcasts(twitch)[-1]["news"]["roulette"]["poolParticipantCount"] == 60
                if broadcasts(twitch)
                else False
            )
        )
        assert len(broadcasts(twitch)) <= 3 + (monotonic() - began) / push_module.EVERY_SECONDS
        wheel = broadcasts(twitch)[-1]["news"]["wheel"]
        assert (len(wheel["names"]), wheel["others"]) == (39, 21)
        assert max(len(text.encode()) for _, text in twitch.broker.sent) < 5_000


async def test_the_candidate_is_not_told_before_the_wheel_has_stopped(tmp_path: Path) -> None:
    async with watched(tmp_path) as (stage, twitch, _):
        await stage.chat(BORIS, "!twgold Kael")
        await stage.tick(0)
        await stage.tick(240)
        # The wheel turns for everybody before its stop is told to anybody.
        await until(lambda: "spinning" in [phase(told) for told in broadcasts(twitch)])
        assert all(told["news"]["candidateCharacterName"] is None for told in broadcasts(twitch))
        await stage.tick(270)
        await until(lambda: broadcasts(twitch)[-1]["news"]["candidateCharacterName"] == "Kael")


async def test_own_affairs_are_only_hinted_at_and_only_to_their_viewer(tmp_path: Path) -> None:
    async with watched(tmp_path) as (stage, twitch, _):
        await stage.chat(ANNA, "!twgold Norinn")
        await stage.chat(BORIS, "!twgold Kael")
        await until(lambda: bool(whispers(twitch)))
        await asyncio.sleep(0.05)
        target = f"whisper-{opaque_user_id(ANNA, CHANNEL)}"
        assert whispers(twitch) == [(target, '{"v":1,"me":true}')]


async def test_nothing_is_told_while_nobody_watches(tmp_path: Path) -> None:
    async with watched(tmp_path) as (stage, twitch, push):
        stage.clock.advance(push_module.WATCHED_FOR.total_seconds() + 1)
        await stage.chat(BORIS, "!twgold Kael")
        push.keep_alive()
        await asyncio.sleep(0.1)
        assert twitch.broker.sent == []


async def test_silence_is_broken_so_that_panels_know_they_are_told(tmp_path: Path) -> None:
    async with watched(tmp_path) as (stage, twitch, push):
        await keep_panels_informed(stage.service)
        await until(lambda: len(broadcasts(twitch)) == 1)
        await keep_panels_informed(stage.service)
        await asyncio.sleep(0.05)
        assert len(broadcasts(twitch)) == 1
        push._published_at -= push_module.KEEP_ALIVE_SECONDS
        await keep_panels_informed(stage.service)
        await until(lambda: len(broadcasts(twitch)) == 2)


async def test_without_an_owner_nothing_is_pushed(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        assert stage.service.push is None
        await keep_panels_informed(stage.service)
        assert (await stage.as_viewer(ANNA, "GET", SNAPSHOT)).status_code == 200
