"""Connections to the live feed: what a reconnect brings, and how one ends."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from goldomatic import channel, live
from goldomatic.live_messages import encode
from goldomatic.roulette.events import PoolMemberEnrolled
from goldomatic.values import ViewerId
from support.service import ANNA, BORIS, CLARA, Stage, running
from support.twitch import until
from support.watcher import watching


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as running_stage:
        yield running_stage


# A reconnect


async def test_a_reconnect_brings_exactly_what_was_missed(stage: Stage) -> None:
    token = stage.token(ANNA)
    async with watching(stage, token) as first:
        await stage.chat(ANNA, "!twgold Norinn")
        seen = (await first.next("me")).id
    payout = await stage.win(0, (ANNA, "Kael"))
    await stage.chat(BORIS, "!twgold kael")
    await stage.tick(270)
    await stage.patch(payout, "Failed")
    async with watching(stage, token, seen) as again:
        await again.next("payout", 2)
        names = [each.name for each in again.told]
        assert names == ["me", "outcome", "payout", "me", "draw", "payout", "me", "state"]
        ids = [each.id or 0 for each in again.told]
        assert ids == sorted(ids)
        assert seen is not None
        assert ids[0] > seen
        assert BORIS.id not in str(again.told)
        assert [me["kind"] for me in again.data("me")] == ["enrolled", "payout", "payout"]
    async with watching(stage, token, ids[-1]) as last:
        assert [each.name for each in last.told] == ["state"]


async def test_a_reconnect_without_a_token_brings_nothing_personal(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    async with watching(stage, last_event_id=0) as watcher:
        assert [each.name for each in watcher.told] == ["state"]
    async with watching(stage, stage.token(BORIS), last_event_id=0) as watcher:
        assert [each.name for each in watcher.told] == ["state"]


async def test_a_place_that_is_too_old_or_not_ours_is_a_reset(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    position = stage.service.ledger.position
    for place in (position + 1, 10**17):
        async with watching(stage, last_event_id=place) as watcher:
            assert [each.name for each in watcher.told] == ["reset", "state"]
            assert watcher.told[0].id == position
    stage.clock.advance(600)
    async with watching(stage, stage.token(ANNA), last_event_id=0) as watcher:
        assert [each.name for each in watcher.told] == ["me", "state"]
    stage.clock.advance(1)
    async with watching(stage, stage.token(ANNA), last_event_id=0) as watcher:
        assert [each.name for each in watcher.told] == ["reset", "state"]


async def test_too_much_to_be_told_again_is_a_reset(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_REPLAY", 3)
    for name in ("Norinn", "Kael", "Jaina"):
        await stage.chat(ANNA, f"!twgold {name}")
    position = stage.service.ledger.position
    token = stage.token(ANNA)
    async with watching(stage, token, last_event_id=position - 3) as watcher:
        assert [each.name for each in watcher.told] == ["me", "me", "state"]
    async with watching(stage, token, last_event_id=position - 4) as watcher:
        assert [each.name for each in watcher.told] == ["reset", "state"]


@pytest.mark.parametrize("place", ["", "x", "-1", "1.5", "٣", "9" * 40, "1, 2"])
async def test_a_place_that_is_no_number_is_no_place(stage: Stage, place: str) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    header = place.encode("utf-8").decode("latin-1")
    headers = {"Last-Event-ID": header.encode("latin-1")}
    url = f"{stage.url}/api/live"
    async with stage.http.stream("GET", url, headers=headers) as answer:  # type: ignore[arg-type]
        assert answer.status_code == 200
        lines = answer.aiter_lines()
        seen = [await anext(lines) for _ in range(4)]
        assert seen[3] == "event: state"


async def test_nothing_is_missed_or_doubled_while_everything_moves(stage: Stage) -> None:
    """Reconnects in the middle of a storm: every own message once, in order."""
    token = stage.token(ANNA)
    names = ["Name" + chr(97 + n // 26) + chr(97 + n % 26) for n in range(120)]

    async def storm() -> None:
        for name in names:
            await stage.chat(ANNA, f"!twgold {name}")

    storming = asyncio.create_task(storm())
    seen: list[tuple[int | None, str]] = []
    last: int | None = 0
    while not storming.done() or seen[-1][1] != names[-1]:
        async with watching(stage, token, last) as watcher:
            await watcher.next("me")
            await asyncio.sleep(0.02)
        fresh = [each for each in watcher.told if each.name == "me"]
        seen += [(each.id, each.data["characterName"]) for each in fresh]
        last = seen[-1][0]
    await storming
    recorded = [
        (each.position, each.event.personal and each.event.personal.character_name)
        for each in await stage.events()
        if isinstance(each.event, PoolMemberEnrolled)
    ]
    assert seen == recorded


async def test_a_forgotten_viewers_name_is_not_told_again(stage: Stage) -> None:
    payout = await stage.win(0, (ANNA, "Norinn"))
    forget = channel.forget_viewer(ViewerId(ANNA.id), "operator")
    await stage.service.ledger.change(forget)
    async with watching(stage, stage.token(ANNA), last_event_id=0) as watcher:
        await watcher.next("payout", 2)
        assert "Norinn" not in str(watcher.told)
        assert payout in str(watcher.data("me"))


# The end of a connection


# G-18
async def test_a_token_that_expires_ends_its_stream(stage: Stage) -> None:
    stage.clock.at(0.6)
    token = stage.token(ANNA, expires_in=timedelta(seconds=1))
    async with watching(stage, token) as watcher, watching(stage) as other:
        assert not watcher.ended.is_set()
        await watcher.end()
        assert not other.ended.is_set()
    await until(lambda: watching_now(stage) == 0)


# G-18
async def test_a_bad_token_is_refused_and_does_not_watch_as_anybody(stage: Stage) -> None:
    answer = await stage.with_token("nonsense", "GET", "/api/live")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert watching_now(stage) == 0


async def test_a_connection_ends_after_half_an_hour_at_most(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_CONNECTION_SECONDS", 0.1)
    async with watching(stage, stage.token(ANNA)) as watcher:
        await watcher.end()


async def test_who_leaves_is_forgotten(stage: Stage) -> None:
    for _ in range(5):
        async with watching(stage):
            assert watching_now(stage) >= 1
    await until(lambda: watching_now(stage) == 0)
    assert "goldomatic_live_clients 0.0" in (await stage.request("GET", "/metrics")).text


async def test_there_is_room_for_so_many(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MAX_CLIENTS", 1)
    async with watching(stage):
        answer = await stage.request("GET", "/api/live")
        assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
        assert answer.headers["retry-after"] == "5"
    await until(lambda: watching_now(stage) == 0)
    async with watching(stage):
        pass


async def test_when_the_service_stops_every_stream_ends(stage: Stage) -> None:
    async with watching(stage) as one, watching(stage, stage.token(ANNA)) as other:
        stage.service.feed.close()
        await one.end()
        await other.end()
    assert (await stage.request("GET", "/api/live")).status_code == 503


async def test_who_reads_too_slowly_is_dropped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SEND_SECONDS", 0.2)
    reader = slow_reader(stage.url)
    try:
        await until(lambda: watching_now(stage) == 1)
        async with watching(stage, stage.token(CLARA)) as quick:
            message = encode("outcome", {"filler": "x" * 20_000})
            for number in range(live.MAX_WAITING + 100):
                for client in stage.service.feed._clients:
                    client.put(message)
                await quick.next("outcome", number + 1)
            await until(lambda: watching_now(stage) == 1)
            assert not quick.ended.is_set()
        assert "goldomatic_live_dropped_total 1.0" in (await stage.request("GET", "/metrics")).text
    finally:
        reader.close()


def slow_reader(url: str) -> socket.socket:
    """A client that asks and never reads."""
    host, _, port = url.removeprefix("http://").partition(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((host, int(port)))
    client.sendall(b"GET /api/live HTTP/1.1\r\nHost: x\r\n\r\n")
    return client


def watching_now(stage: Stage) -> int:
    return len(stage.service.feed._clients)


async def test_only_get_is_answered(stage: Stage) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = await stage.request(method, "/api/live")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


# G-23
async def test_opening_streams_counts_as_reading(tmp_path: Path) -> None:
    async with running(tmp_path, reads_per_minute=2) as stage:
        for _ in range(2):
            async with watching(stage):
                pass
        answer = await stage.request("GET", "/api/live")
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
