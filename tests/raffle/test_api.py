"""What viewers and everybody ask of the raffle over HTTP."""

from pathlib import Path
from typing import Any

import pytest

from goldomatic.config import Secret
from goldomatic.raffle.events import RaffleEntryRefused
from goldomatic.values import ViewerId
from support.accounts import signed_in
from support.raffle_stage import LINK, RaffleStage, problem, raffle_on
from support.service import running, viewer

CLOSED = "Submissions are currently closed. Please try again later."


#
async def test_an_entry_is_answered_with_its_number_twice(raffle: RaffleStage) -> None:
    await raffle.start()
    answer = await raffle.enter(viewer(1), demoLink=LINK, notes="first")
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "id": 1, "entryId": 1}
    mine = await raffle.mine(1, "/api/user/submission")
    assert mine == {
        "success": True,
        "hasSubmission": True,
        "submission": {
            "id": 1,
            "name": "Viewer_1",
            "demoLink": LINK,
            "notes": "first",
            "createdAt": "2026-11-21T12:00:00.000Z",
            "carriedOver": False,
        },
    }


#
async def test_the_order_of_the_first_checks(raffle: RaffleStage) -> None:
    person = await raffle.person(viewer(1))
    answer = await person.post("/api/enter", json={})
    assert problem(answer)[:2] == (400, "NO_ACTIVE_SESSION")
    assert problem(await raffle.nobody.post("/api/enter", json={})) == (
        401,
        "UNAUTHENTICATED",
        "You must be logged in with Twitch to enter the raffle",
    )
    await raffle.submissions(False)
    for who in (person, raffle.nobody):
        assert problem(await who.post("/api/enter")) == (400, "SUBMISSIONS_CLOSED", CLOSED)


#
async def test_who_does_not_follow_is_sent_the_bare_code(raffle: RaffleStage) -> None:
    await raffle.start()
    stranger = await raffle.person(viewer(1), follows=False)
    answer = await stranger.post("/api/enter", json={})
    assert answer.status_code == 403
    assert answer.json() == {
        "success": False,
        "error": "NOT_FOLLOWING",
        "errorCode": "NOT_FOLLOWING",
        "message": "You need to follow the channel on Twitch before entering the raffle.",
    }


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"\xff{}", b"[" * 50_000])
async def test_a_body_that_is_no_object_is_refused(raffle: RaffleStage, body: bytes) -> None:
    await raffle.start()
    person = await raffle.person(viewer(1))
    assert problem(await person.post("/api/enter", content=body))[:2] == (400, "INVALID_JSON")


# texts
async def test_refusals_have_their_texts_and_are_recorded(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    again = await raffle.enter(viewer(1))
    assert problem(again) == (
        400,
        "ALREADY_SUBMITTED_THIS_SESSION",
        "You already have an active submission for this session.",
    )
    assert again.json()["carriedOver"] is False
    await raffle.draw()
    await raffle.submissions(True)
    assert problem(await raffle.enter(viewer(1))) == (
        400,
        "ALREADY_WON_THIS_SESSION",
        "You have already won this session. You’ll be eligible again in the next session.",
    )
    codes = [each.code for each in await raffle.stage.recorded(RaffleEntryRefused)]
    assert codes == ["already_submitted_this_session", "already_won_this_session"]


#
async def test_an_address_enters_once(raffle: RaffleStage) -> None:
    await raffle.start()
    for number in (1, 2):
        await raffle.person(viewer(number), email="norinn@example.org")
    await raffle.entered(1)
    assert problem(await raffle.enter(viewer(2))) == (
        400,
        "EMAIL_ALREADY_REGISTERED",
        "This email is already registered",
    )
    log = [
        event
        async for chunk in raffle.stage.service.store.walk(raffle.stage.service.channel)
        for event in chunk
    ]
    assert all(b"norinn@example.org" not in e.data + (e.personal or b"") for e in log)


#
async def test_entries_without_an_address_are_like_all_others(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    assert (await raffle.seen("/api/leaderboard"))["totalEntries"] == 2
    assert (await raffle.draw())["winner"]["email"] is None


#
async def test_the_sixth_request_of_a_viewer_in_an_hour_is_refused(raffle: RaffleStage) -> None:
    await raffle.start()
    for _ in range(5):
        await raffle.enter(viewer(1))
    refused = await raffle.enter(viewer(1))
    assert problem(refused) == (
        429,
        "RATE_LIMIT_USER",
        "Too many submissions. Please try again later.",
    )
    assert refused.headers["retry-after"] == "3600"
    raffle.stage.clock.advance(3599)
    refused = await raffle.enter(viewer(1))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    raffle.stage.clock.advance(1)
    assert (await raffle.enter(viewer(1))).status_code == 400


#
async def test_an_address_asks_ten_times_an_hour_whatever_it_says_it_is(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        raffle = await raffle_on(stage)
        codes = []
        for number in range(11):
            headers = {"X-Forwarded-For": f"203.0.113.{number}"}
            answer = await raffle.nobody.post("/api/enter", headers=headers)
            codes.append(answer.json()["errorCode"])
        assert codes == ["UNAUTHENTICATED"] * 10 + ["RATE_LIMIT_IP"]


#
async def test_the_limit_survives_a_restart(tmp_path: Path) -> None:
    codes = []
    for _ in range(2):
        async with running(
            tmp_path, secret_key=Secret("the same secret key after a restart")
        ) as on:
            person = await signed_in(on, viewer(1))
            for _ in range(6):
                answer = await person.post("/api/enter", json={})
                codes.append(answer.json()["errorCode"])
    assert codes == ["NOT_FOLLOWING"] * 10 + ["RATE_LIMIT_IP"] * 2


#
async def test_the_leaderboard_has_twenty_rows_of_twenty_five(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(*range(1, 26))
    await raffle.give(3, "cheer", 5000)
    board = await raffle.seen("/api/leaderboard")
    assert (len(board["entries"]), board["totalEntries"]) == (20, 25)
    first, second = board["entries"][:2]
    assert (first["name"], first["weight"]) == ("Viewer_3", 6)
    assert first["probability"] == 6 / 30 * 100
    # Equal weights: the newest first.
    assert second["name"] == "Viewer_25"
    assert sorted(first) == ["id", "name", "probability", "weight"]


async def test_the_example_of_the_leaderboard(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2, 3, 4, 5)
    await raffle.give(1, "cheer", 2400)
    await raffle.give(2, "cheer", 1000)
    chances = [e["probability"] for e in (await raffle.seen("/api/leaderboard"))["entries"]]
    total = 3.4 + 2 + 3
    assert chances == pytest.approx([3.4 / total * 100, 2 / total * 100] + [100 / total] * 3)


async def test_without_a_session_lists_are_empty(raffle: RaffleStage) -> None:
    board = await raffle.seen("/api/leaderboard")
    assert board["entries"] == []
    assert (board["totalEntries"], board["sessionId"], board["submissionsOpen"]) == (0, None, True)
    assert await raffle.seen("/api/winner") == {"winner": None}
    status = await raffle.seen("/api/status")
    assert status.pop("version")
    assert status == {
        "submissionsOpen": True,
        "hasActiveSession": False,
        "sessionId": None,
        "lastEntryAt": None,
        "updatedAt": "2026-11-21T12:00:00.000Z",
    }


async def test_the_version_changes_with_everything_that_is_public(raffle: RaffleStage) -> None:
    versions = [(await raffle.seen("/api/status"))["version"]]

    async def look() -> None:
        versions.append((await raffle.seen("/api/status"))["version"])

    await raffle.start()
    await look()
    await raffle.entered(1)
    await look()
    assert (await raffle.seen("/api/status"))["lastEntryAt"] == "2026-11-21T12:00:00.000Z"
    await raffle.give(1, "cheer", 100)
    await look()
    await raffle.submissions(False)
    await look()
    await raffle.draw()
    await look()
    await raffle.end()
    await look()
    assert len(set(versions)) == 7
    await look()
    assert versions[-1] == versions[-2]


#
async def test_the_winner_is_who_was_drawn_last(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2, 3)
    for _ in range(3):
        raffle.stage.clock.advance(5)
        drawn = await raffle.draw()
        winner = drawn["winner"]
        assert await raffle.seen("/api/winner") == {
            "winner": {"id": winner["id"], "name": winner["name"]}
        }
    await raffle.end()
    await raffle.start()
    assert (await raffle.seen("/api/winner"))["winner"]["id"] == winner["id"]


#
async def test_the_own_chance_is_that_of_the_leaderboard(raffle: RaffleStage) -> None:
    await raffle.start()
    assert (await raffle.mine(1, "/api/weight/me"))["chancePercent"] is None
    await raffle.entered(1, 2, 3)
    await raffle.give(1, "cheer", 1500)
    await raffle.give(1, "resub", months=4)
    mine = await raffle.mine(1, "/api/weight/me")
    board = await raffle.seen("/api/leaderboard")
    assert mine["chancePercent"] == board["entries"][0]["probability"]
    assert mine["user"]["totalWeight"] == mine["breakdown"]["totalWeight"] == 3.1
    assert mine["breakdown"]["loyalty"] == {
        "monthsComponent": 0.4,
        "resubComponent": 0.2,
        "rawTotal": 0.6,
        "cappedTotal": 0.6,
        "cap": None,
    }
    assert mine["stale"] is False
    assert mine["settings"]["minOneSubMonth"] is False


async def test_a_stored_weight_behind_the_formula_is_stale(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    await raffle.give(1, "cheer", 1000)
    await raffle.end()
    mine = await raffle.mine(1, "/api/weight/me")
    assert (mine["user"]["totalWeight"], mine["breakdown"]["totalWeight"]) == (2, 3)
    assert (mine["stale"], mine["chancePercent"]) == (True, None)


async def test_a_chance_is_explained_event_by_event(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    await raffle.end()
    session = await raffle.start()
    await raffle.give(1, "gift", 3)
    raffle.stage.clock.advance(60)
    await raffle.give(1, "cheer", 4000)
    raffle.stage.clock.advance(60)
    await raffle.give(1, "cheer", 4000)
    told = await raffle.mine(1, "/api/weight/me/events")
    shares = [(s["kind"], s["amount"], s["adds"]) for s in told["shares"]]
    assert shares == [
        ("base", 0, 1),
        ("cheer", 4000, 4),
        ("cheer", 4000, 1),
        ("gift", 3, 0.3),
        ("carry_over", 0, 0.5),
    ]
    assert sum(s["adds"] for s in told["shares"]) == pytest.approx(told["totalWeight"])
    assert told["shares"][2]["at"] == "2026-11-21T12:02:00.000Z"
    assert told["shares"][-1]["sessionId"] != session
    assert told["chancePercent"] == 100
    await raffle.draw()
    told = await raffle.mine(1, "/api/weight/me/events")
    assert [s["kind"] for s in told["shares"]] == ["base", "carry_over"]


@pytest.mark.parametrize(
    "path",
    ["/api/user/submission", "/api/weight/me", "/api/weight/me/events", "/api/raffle/receipts"],
)
async def test_own_answers_need_a_login(raffle: RaffleStage, path: str) -> None:
    answer = await raffle.nobody.get(path)
    assert problem(answer) == (401, "UNAUTHENTICATED", "Unauthorized")


#
async def test_health_without_the_database(raffle: RaffleStage) -> None:
    alive = await raffle.seen("/api/health/app")
    assert alive["ok"] is True
    assert alive["uptime"] >= 0
    assert await raffle.seen("/api/health/db") == {"ok": True}
    await raffle.stage.service.store.close()
    assert (await raffle.seen("/api/health/app"))["ok"] is True
    down = await raffle.nobody.get("/api/health/db")
    assert down.status_code == 500
    assert down.json() == {"ok": False, "error": "Database connection failed"}


#
async def test_another_sites_page_changes_nothing(raffle: RaffleStage) -> None:
    person = await raffle.person(viewer(1))
    foreign = {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}
    for method, path in (
        ("POST", "/api/enter"),
        ("POST", "/api/twitch/sync"),
        ("POST", "/api/twitch/check-follow"),
    ):
        answer = await person.request(method, path, headers=foreign, json={})
        assert problem(answer) == (403, "CSRF_FAILED", "Request rejected")


async def test_names_follow_twitch(raffle: RaffleStage) -> None:
    user = viewer(1)
    await raffle.person(user)
    renamed = viewer(1, display_name="Norinn", login="norinn")
    browser = await signed_in(raffle.stage, renamed)
    await browser.get("/api/weight/me")
    member: Any = raffle.state.members.durable[ViewerId(user.id)]
    assert (member.login, member.display_name) == ("norinn", "Norinn")
