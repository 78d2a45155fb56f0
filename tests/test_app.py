"""The service as a whole: what it says of itself, and the ledger behind it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from goldomatic.channel import CODEC, TABLES, ChannelState
from goldomatic.config import Secret
from goldomatic.ledger.rebuild import differences, rebuild
from support.answers import code
from support.ledgers import checked_log
from support.service import (
    ANNA,
    BORIS,
    CHANNEL,
    Stage,
    running,
    viewer,
)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as running_stage:
        yield running_stage


# What the service says of itself


# G-48
async def test_the_version_is_told_to_anybody(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        answer = await stage.request("GET", "/api/version")
        assert answer.json() == {
            "version": "0.1.0",
            "releaseNotesUrl": None,
            "minimumDesktopVersion": None,
            "minimumAddonVersion": None,
            "minimumExtensionVersion": None,
        }
    told: dict[str, Any] = {
        "version_current_version": " 9.8.7 ",
        "version_release_notes_url": "https://gold.example.org/notes",
        "version_minimum_desktop_version": "1.2.0",
        "version_minimum_addon_version": "1.3.0",
        "version_minimum_extension_version": "1.4.0",
    }
    async with running(tmp_path, **told) as stage:
        answer = await stage.request("GET", "/api/version")
        assert answer.json() == {
            "version": "9.8.7",
            "releaseNotesUrl": "https://gold.example.org/notes",
            "minimumDesktopVersion": "1.2.0",
            "minimumAddonVersion": "1.3.0",
            "minimumExtensionVersion": "1.4.0",
        }


async def test_a_service_whose_store_is_gone_says_so_everywhere(stage: Stage) -> None:
    assert (await stage.request("GET", "/api/health")).json() == {"status": "ok"}
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    await stage.service.store.close()
    answer = await stage.request("GET", "/api/health")
    assert code(answer) == (503, "service_unavailable")
    assert answer.headers["retry-after"] == "5"
    down = [
        await stage.as_viewer(ANNA, "GET", "/api/pool/me"),
        await stage.as_viewer(ANNA, "GET", "/api/panel/snapshot"),
        await stage.claim(ANNA, "Norinn"),
        await stage.operator("GET", "/api/payouts"),
        await stage.request("GET", "/api/draws"),
        await stage.request("GET", "/api/live", headers={"Last-Event-ID": "0"}),
        await stage.as_owner("GET", "/api/broadcaster/session"),
    ]
    assert [code(each) for each in down] == [(503, "service_unavailable")] * len(down)
    assert (await stage.chat(BORIS, "!twgold Kael")).statuses == [503]
    state = await stage.as_viewer(ANNA, "GET", "/api/roulette/state")
    assert state.json()["poolParticipantCount"] == 1


async def test_what_is_not_there_has_the_one_shape(stage: Stage) -> None:
    for path in ("/api/nothing", "/api", "/api/payouts/a/b/c", "/api/roulette/state/x"):
        assert code(await stage.request("GET", path)) == (404, "not_found"), path
    for method, path in (("POST", "/api/roulette/state"), ("DELETE", "/api/payouts")):
        assert code(await stage.request(method, path)) == (405, "method_not_allowed"), path


async def test_answers_of_the_api_are_not_to_be_stored(stage: Stage) -> None:
    for path in ("/api/version", "/api/nothing", "/api/pool/me"):
        answer = await stage.request("GET", path)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


# G-55
async def test_there_is_no_route_that_pauses_or_retries(stage: Stage) -> None:
    paths = json.loads((await stage.request("GET", "/schema")).text)["paths"]
    words = ("pause", "resume", "retry", "token", "spin")
    assert not [path for path in paths if any(word in path for word in words)]


# The ledger behind it


# G-54
async def test_read_tables_that_are_dropped_are_made_anew_from_the_events(stage: Stage) -> None:
    for number in range(5):
        await stage.chat(viewer(number), f"!twgold Name{chr(97 + number)}")
    await stage.chat(viewer(0), "!twgold Renamed")
    payout = await stage.win(0, (ANNA, "Norinn"))
    await stage.accept(payout, (await shown(stage))[0]["characterName"])
    await stage.patch(payout, "InProgress")
    await stage.patch(payout, "Sent")
    for seconds in (300, 540, 570, 600, 631):
        await stage.tick(seconds)
    before = await tables(stage)
    assert await drift(stage) == []
    store = stage.service.store
    await rebuild(store, CHANNEL, ChannelState(CHANNEL), CODEC, TABLES)
    assert await tables(stage) == before
    assert all(rows for name, rows in before.items() if not name.startswith(("raffle_", "gift_")))
    await store.clear_tables(CHANNEL, TABLES)
    assert await shown(stage) == []
    await rebuild(store, CHANNEL, ChannelState(CHANNEL), CODEC, TABLES)
    assert await tables(stage) == before
    await checked_log(store)


async def shown(stage: Stage) -> list[dict[str, Any]]:
    query = "&".join(f"status={status}" for status in ("Pending", "InProgress", "Sent"))
    answer = await stage.operator("GET", f"/api/payouts?{query}")
    found: list[dict[str, Any]] = answer.json()
    return found


async def tables(stage: Stage) -> dict[str, list[Any]]:
    """Every row of every read table."""
    return {
        table.name: sorted(
            await stage.service.store.query(f"SELECT * FROM {table.name}")  # noqa: S608
        )
        for table in TABLES
    }


async def drift(stage: Stage) -> list[Any]:
    store = stage.service.store
    return await differences(store, CHANNEL, ChannelState(CHANNEL), CODEC, TABLES)


# G-54
async def test_after_a_restart_the_state_is_the_same(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        for number in range(5):
            await stage.chat(viewer(number), f"!twgold Name{chr(97 + number)}")
        await stage.win(0, (ANNA, "Norinn"))
        before = stage.service.state.dump()
    async with running(tmp_path) as stage:
        assert stage.service.state.dump() == before
        folded = ChannelState(CHANNEL)
        for recorded in await stage.events():
            folded.evolve(recorded)
        folded.commit()
        assert folded.dump() == before


async def test_production_starts_with_what_it_needs(tmp_path: Path) -> None:
    production: dict[str, Any] = {
        "environment": "production",
        "secret_key": Secret("a secret key that is long enough to serve"),
    }
    async with running(tmp_path, **production) as stage:
        assert (await stage.chat(ANNA, "!twgold Norinn")).statuses == [200]
        assert (await stage.operator("GET", "/api/payouts")).status_code == 200
