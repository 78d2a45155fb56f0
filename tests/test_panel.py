"""What the panel and the broadcaster's view show, and to whom."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from support.service import ANNA, BORIS, CLARA, Stage, running, viewer
from support.twitch import running_with, watched_twitch

SNAPSHOT = "/api/panel/snapshot"
SESSION = "/api/broadcaster/session"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as running_stage:
        yield running_stage


async def snapshot(stage: Stage, user: Any = ANNA) -> dict[str, Any]:
    answer = await stage.as_viewer(user, "GET", SNAPSHOT)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def session(stage: Stage) -> dict[str, Any]:
    answer = await stage.as_owner("GET", SESSION)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_snapshot_has_exactly_these_fields(stage: Stage) -> None:
    assert (await snapshot(stage)).keys() == {
        "roulette",
        "wheel",
        "poolMe",
        "myLast",
        "lastOutcome",
        "candidateCharacterName",
        "poolNames",
        "giftQueue",
        "myGift",
    }


# G-51
async def test_the_snapshot_says_what_the_single_routes_say(stage: Stage) -> None:
    for start, user in ((0, ANNA), (300, BORIS)):
        for seconds in (start, start + 240):
            if seconds == start:
                await stage.chat(user, f"!twgold Name{chr(97 + start // 300)}")
            await stage.tick(seconds)
        await stage.report(await stage.candidate())
        for who in (ANNA, BORIS, CLARA):
            shown = await snapshot(stage, who)
            state = await stage.as_viewer(who, "GET", "/api/roulette/state")
            pool_me = await stage.as_viewer(who, "GET", "/api/pool/me")
            my_last = await stage.as_viewer(who, "GET", "/api/payouts/my-last")
            assert shown["roulette"] == state.json()
            assert shown["poolMe"] == pool_me.json()
            assert shown["myLast"] == (my_last.json() if my_last.status_code == 200 else None)


# G-51
async def test_the_snapshot_counts_as_one_request(tmp_path: Path) -> None:
    async with running(tmp_path, reads_per_minute=3) as stage:
        for _ in range(3):
            assert (await stage.as_viewer(ANNA, "GET", SNAPSHOT)).status_code == 200
        answer = await stage.as_viewer(ANNA, "GET", SNAPSHOT)
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert (await stage.as_viewer(BORIS, "GET", SNAPSHOT)).status_code == 200


# G-20
async def test_without_identity_the_own_parts_are_null(stage: Stage) -> None:
    await stage.win(0, (ANNA, "Norinn"))
    shown = await snapshot(stage, None)
    assert (shown["poolMe"], shown["myLast"], shown["myGift"]) == (None, None, None)
    assert shown["poolNames"] == ["Norinn"]


async def test_the_candidate_is_named_once_the_wheel_has_stopped(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    names = []
    for seconds in (0, 240, 269.999, 270, 299, 300):
        await stage.tick(seconds)
        names.append((await snapshot(stage))["candidateCharacterName"])
    assert names == [None, None, None, "Norinn", "Norinn", None]


async def test_the_candidate_is_named_once_the_cycle_is_resolved(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    await stage.tick(240)
    assert (await snapshot(stage))["candidateCharacterName"] is None
    await stage.report(await stage.candidate(), online=False)
    assert (await snapshot(stage))["candidateCharacterName"] == "Norinn"


async def test_the_last_outcome_names_a_winner_only(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    assert (await snapshot(stage))["lastOutcome"] is None
    await stage.tick(240)
    cycle = (await stage.candidate())["spinCycleId"]
    assert (await snapshot(stage))["lastOutcome"] is None
    await stage.report(await stage.candidate(), online=False)
    at = "2026-11-21T12:04:00.000Z"
    outcome = {"spinCycleId": cycle, "result": "offline", "characterName": None, "at": at}
    assert (await snapshot(stage))["lastOutcome"] == outcome
    for seconds in (300, 540, 600, 630.5):
        await stage.tick(seconds)
    unverified = (await snapshot(stage))["lastOutcome"]
    assert (unverified["result"], unverified["characterName"]) == ("unverified", None)
    await stage.tick(840)
    await stage.report(await stage.candidate())
    won = (await snapshot(stage))["lastOutcome"]
    assert (won["result"], won["characterName"]) == ("winner", "Norinn")
    await stage.tick(900)
    await stage.tick(1200)
    assert (await snapshot(stage))["lastOutcome"] == won, "a cycle without a draw is no outcome"


async def test_pool_names_are_at_most_24_and_of_the_pool(stage: Stage) -> None:
    names = {"Name" + chr(97 + n // 26) + chr(97 + n % 26) for n in range(60)}
    for number, name in enumerate(sorted(names)):
        await stage.chat(viewer(number), f"!twgold {name}")
    seen: set[str] = set()
    orders = set()
    for _ in range(20):
        shown = (await snapshot(stage))["poolNames"]
        assert len(shown) == len(set(shown)) == 24
        seen |= set(shown)
        orders.add(tuple(shown))
    assert seen <= names
    assert len(seen) > 24
    assert len(orders) > 1


async def test_few_pool_names_are_all_shown(stage: Stage) -> None:
    assert (await snapshot(stage))["poolNames"] == []
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.chat(BORIS, "!twgold Kael")
    assert sorted((await snapshot(stage))["poolNames"]) == ["Kael", "Norinn"]


# G-52
@pytest.mark.parametrize("role", ["viewer", "moderator"])
async def test_the_broadcasters_view_is_for_the_broadcaster(stage: Stage, role: Any) -> None:
    answer = await stage.with_token(stage.token(ANNA, role=role), "GET", SESSION)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden_role")
    answer = await stage.operator("GET", SESSION)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert (await stage.as_owner("GET", SESSION)).status_code == 200


async def test_the_session_has_exactly_these_fields(stage: Stage) -> None:
    found = await session(stage)
    assert found.keys() == {"settings", "setup", "roulette", "recentWinners", "openPayouts"}
    assert found["settings"] == {
        "goldPerWin": 1000,
        "spinIntervalSeconds": 300,
        "pauseSupported": False,
    }
    assert found["setup"] == {
        "desktopLastSeenAt": None,
        "eventSubLastEventAt": None,
        "helixConfigured": False,
    }
    assert (found["recentWinners"], found["openPayouts"]) == ([], [])
    state = await stage.as_owner("GET", "/api/roulette/state")
    assert found["roulette"] == state.json()


async def test_the_session_tells_what_is_set_up(tmp_path: Path) -> None:
    async with watched_twitch() as (_, settings), running_with(tmp_path, settings) as stage:
        await stage.request("GET", "/api/payouts", headers={"X-MGM-ApiKey": "wrong"})
        assert (await session(stage))["setup"] == {
            "desktopLastSeenAt": None,
            "eventSubLastEventAt": None,
            "helixConfigured": True,
        }
        await stage.operator("GET", "/api/payouts")
        stage.clock.advance(1.5)
        assert (await session(stage))["setup"]["desktopLastSeenAt"] == "2026-11-21T12:00:00.000Z"


async def test_the_session_lists_winners_newest_first_and_what_is_open(stage: Stage) -> None:
    ids = []
    for number in range(21):
        payout = await stage.win(number * 300, (viewer(number), "Norinn"))
        ids.append(payout)
        await stage.patch(payout, "InProgress")
        if number < 20:
            await stage.patch(payout, "Sent")
    found = await session(stage)
    assert [payout["id"] for payout in found["recentWinners"]] == ids[:0:-1]
    assert len(found["recentWinners"]) == 20
    assert [payout["id"] for payout in found["openPayouts"]] == ids[20:]
    admin = await stage.operator("GET", f"/api/payouts/{ids[20]}")
    assert found["openPayouts"][0] == found["recentWinners"][0] == admin.json()
