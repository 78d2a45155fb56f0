"""All or nothing: a start or an end that cannot be written leaves everything as it was."""

from typing import Any

import pytest

from goldomatic.channel import CODEC, TABLES, ChannelState
from goldomatic.ledger.rebuild import differences
from goldomatic.ledger.store import Batch, UnavailableError
from goldomatic.raffle.events import RaffleSessionEnded, RaffleSessionStarted
from support.raffle_stage import RaffleStage, problem, raffle_on
from support.service import CHANNEL, running, viewer


def fails_at(raffle: RaffleStage, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next batch with such an event is not written."""
    store = raffle.stage.service.store
    append = store.append
    left = [True]

    async def disturbed(batch: Batch) -> None:
        if left and any(event.type == kind.__name__ for event in batch.events):
            left.clear()
            raise UnavailableError("the disk is gone")
        await append(batch)

    monkeypatch.setattr(store, "append", disturbed)


#
async def test_a_start_that_fails_moves_nothing(
    raffle: RaffleStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await raffle.start()
    await raffle.entered(1, 2, 3)
    await raffle.end()
    before = raffle.stage.service.state.dump()
    fails_at(raffle, RaffleSessionStarted, monkeypatch)
    answer = await raffle.owner.post("/api/admin/session/start")
    assert problem(answer)[:2] == (503, "SERVICE_UNAVAILABLE")
    assert raffle.stage.service.state.dump() == before
    started = await raffle.done("POST", "/api/admin/session/start")
    assert started["movedEntries"] == 3


#
async def test_an_end_that_fails_carries_nothing_over(
    raffle: RaffleStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await raffle.start()
    await raffle.entered(1, 2, 3)
    before = raffle.stage.service.state.dump()
    fails_at(raffle, RaffleSessionEnded, monkeypatch)
    answer = await raffle.owner.post("/api/admin/session/end")
    assert problem(answer)[:2] == (503, "SERVICE_UNAVAILABLE")
    assert raffle.stage.service.state.dump() == before
    assert raffle.stage.service.raffle.progress.present is None
    ended = await raffle.end()
    assert {user["carryOverWeight"] for user in ended["carryOver"]["users"]} == {0.5}


async def test_progress_is_told_while_a_session_ends(
    raffle: RaffleStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    feed = raffle.stage.service.feed
    monkeypatch.setattr(feed, "announce", lambda name, data: told.append((name, data)))
    await raffle.start()
    await raffle.entered(1, 2, 3)
    told.clear()
    await raffle.end()
    steps = [data for name, data in told if name == "raffle-progress"]
    assert [(s.action, s.done, s.of) for s in steps if s] == [("end", 0, 0), ("end", 3, 3)]


# the raffle without its database
async def test_without_the_database_nothing_is_lost_and_everybody_is_told(
    raffle: RaffleStage,
) -> None:
    await raffle.start()
    await raffle.entered(1)
    person = await raffle.person(viewer(2))
    board = await raffle.seen("/api/leaderboard")
    await raffle.stage.service.store.close()
    answer = await person.post("/api/enter", json={})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    # What stands ready is still shown.
    assert await raffle.seen("/api/leaderboard") == board


@pytest.mark.postgres
async def test_the_raffle_on_postgresql(tmp_path: Any, postgres_url: str) -> None:
    async with running(tmp_path, database_url=postgres_url) as stage:
        raffle = await raffle_on(stage)
        await raffle.start(name="Friday")
        for number in (1, 2, 3):
            answer = await raffle.enter(viewer(number), name=f"Name {number}")
            assert answer.status_code == 200, answer.text
        await raffle.give(2, "cheer", 1500)
        board = await raffle.seen("/api/leaderboard")
        assert [e["name"] for e in board["entries"]] == ["Name 2", "Name 3", "Name 1"]
        for query, names in (
            ("search=NAME%202", ["Name 2"]),
            ("sortBy=name&sortOrder=asc&pageSize=2&page=2", ["Name 3"]),
            ("sortBy=age", ["Name 3", "Name 2", "Name 1"]),
        ):
            found = await raffle.done("GET", f"/api/admin/entries?{query}")
            assert [entry["name"] for entry in found["entries"]] == names
        drawn = await raffle.draw()
        assert (await raffle.done("GET", "/api/admin/winners"))["total"] == 1
        assert (await raffle.seen("/api/draws"))[0]["drawId"] == drawn["drawId"]
        await raffle.submissions(True)
        for _ in range(5):
            await raffle.enter(viewer(1))
        assert problem(await raffle.enter(viewer(1)))[:2] == (429, "RATE_LIMIT_USER")
        await raffle.end()
        await raffle.start()
        model = ChannelState(CHANNEL)
        assert await differences(stage.service.store, CHANNEL, model, CODEC, TABLES) == []
