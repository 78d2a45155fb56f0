"""What the broadcaster does over HTTP: sessions, switch, draws, entries, weights."""

from typing import Any

import pytest
from litestar import Litestar

from goldomatic.accounts.guard import broadcaster_only
from goldomatic.app import build_app
from goldomatic.raffle import csv_files
from goldomatic.raffle.admin_view import PATH
from goldomatic.raffle.routes import ROUTES
from support.accounts import Browser
from support.raffle_stage import LINK, RaffleStage, problem
from support.service import viewer


def admin_routes() -> list[tuple[str, str]]:
    """Every route of the raffle that needs the broadcaster, with its methods."""
    found = []
    for route in ROUTES:
        guards = [guard.__name__ for guard in route.guards or ()]
        if "broadcaster_only" in guards:
            for path in route.paths:
                found += [(str(method), filled(path)) for method in route.http_methods]
    return sorted(found)


def filled(path: str) -> str:
    """An address that can be asked for."""
    path = path.replace("{draw_id:str}", "x").replace("{entry_id:str}", "1")
    return path.replace("{what:str}", "entries.csv")


OPEN = {
    ("GET", "/admin"),
    ("GET", "/api/admin/auth"),
    ("GET", "/api/health/app"),
    ("GET", "/api/health/db"),
    ("GET", "/api/leaderboard"),
    ("GET", "/api/raffle/receipts"),
    ("GET", "/api/status"),
    ("GET", "/api/user/submission"),
    ("GET", "/api/weight/me"),
    ("GET", "/api/weight/me/events"),
    ("GET", "/api/winner"),
    ("GET", "/demo-admin/draw"),
    ("GET", "/demo-admin/session/start"),
    ("GET", "/demo-admin/submissions"),
    ("GET", "/demo-admin/weights"),
    ("GET", "/demo-portal"),
    ("GET", "/raffle/{name:str}"),
    ("POST", "/api/enter"),
    ("POST", "/api/twitch/check-follow"),
    ("POST", "/api/twitch/sync"),
    ("POST", "/demo-portal"),
    ("POST", "/raffle/follow"),
}
"""All of the raffle that is for more than the broadcaster; four of them only lead elsewhere."""


def served(raffle: RaffleStage) -> list[tuple[str, str, bool]]:
    """Everything of the raffle that the app serves: method, address, is it guarded."""
    app: Any = build_app(raffle.stage.service)
    while not isinstance(app, Litestar):
        app = app._app
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            is_guarded = broadcaster_only in handler.resolve_guards()
            module = str(handler.fn.__module__)
            if module.startswith("goldomatic.raffle.") or "admin" in route.path:
                methods = sorted(map(str, handler.http_methods))
                found += [(method, route.path, is_guarded) for method in methods]
    return found


# I-9: whatever is added is for the broadcaster alone, unless the list above says otherwise.
def test_every_route_of_the_administrator_is_guarded(raffle: RaffleStage) -> None:
    walked = {path for _, path in admin_routes()}
    guarded = {path for _, path, is_guarded in served(raffle) if is_guarded}
    assert {filled(path) for path in guarded if not path.startswith(PATH)} <= walked
    others = {(method, path) for method, path, is_guarded in served(raffle) if not is_guarded}
    assert {each for each in others if each[0] not in ("HEAD", "OPTIONS")} == OPEN
    assert {"/api/pick-winner", "/api/demo-played", "/api/twitch/carry-over"} <= walked
    assert {"/api/twitch/update-weights", f"{PATH}/draw"} <= walked | guarded


# R-08, I-9: the pages and their forms
async def test_no_page_and_no_form_answers_anybody_else(raffle: RaffleStage) -> None:
    await raffle.start(name="Secret session")
    await raffle.entered(1)
    person = await raffle.person(viewer(1))
    moderator = await raffle.person(viewer(2, moderator=True))
    forged = Browser(raffle.stage, dict.fromkeys(person.cookies, "x" * 43))
    foreign = {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}
    before = raffle.stage.service.ledger.position
    walked = [
        (method, filled(path))
        for method, path, is_guarded in served(raffle)
        if is_guarded and path.startswith(PATH) and method in ("GET", "POST")
    ]
    assert len(walked) >= 17
    for method, path in walked:
        for who in (raffle.nobody, person, moderator, forged):
            answer = await who.request(method, path, headers={"Accept": "text/html"})
            assert answer.status_code == 401, (method, path)
            assert "Secret" not in answer.text
            assert "Viewer_1" not in answer.text
        if method == "POST":
            answer = await raffle.owner.request(method, path, headers=foreign)
            assert answer.status_code == 403, path
    assert raffle.stage.service.ledger.position == before


# R-08, I-9
@pytest.mark.parametrize(("method", "path"), admin_routes())
async def test_nobody_but_the_broadcaster_is_answered(
    raffle: RaffleStage, method: str, path: str
) -> None:
    person = await raffle.person(viewer(1))
    moderator = await raffle.person(viewer(2, moderator=True))
    forged = Browser(raffle.stage, dict.fromkeys(person.cookies, "x" * 43))
    token = {"X-Admin-Token": "x" * 20, "Authorization": "Bearer x"}
    body = {"adminToken": "x", "token": "x"}
    before = raffle.stage.service.ledger.position
    for who in (raffle.nobody, person, moderator, forged):
        for headers in ({}, token):
            answer = await who.request(method, f"{path}?token=x", headers=headers, json=body)
            assert problem(answer) == (401, "UNAUTHORIZED", "Unauthorized access")
    if method != "GET":
        foreign = {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}
        answer = await raffle.owner.request(method, path, headers=foreign, json=body)
        assert problem(answer)[:2] == (403, "CSRF_FAILED")
    assert raffle.stage.service.ledger.position == before


#
async def test_a_session_from_start_to_end(raffle: RaffleStage) -> None:
    started = await raffle.done("POST", "/api/admin/session/start", json={"name": "  Friday "})
    session = started["session"]
    assert (session["name"], session["status"], session["endedAt"]) == ("Friday", "ACTIVE", None)
    assert started["movedEntries"] == 0
    again = await raffle.owner.post("/api/admin/session/start")
    assert problem(again) == (400, "ACTIVE_SESSION_EXISTS", "ACTIVE_SESSION_EXISTS")
    await raffle.entered(1, 2)
    raffle.stage.clock.advance(60)
    ended = await raffle.end(resetWeights="yes")
    assert (ended["session"]["status"], ended["session"]["endedAt"]) == (
        "ENDED",
        "2026-11-21T12:01:00.000Z",
    )
    assert ended["carryOver"] == {
        "updatedCount": 2,
        "users": [
            {"id": viewer(n).id, "username": viewer(n).login, "carryOverWeight": 0.5}
            for n in (1, 2)
        ],
    }
    refused = await raffle.owner.post("/api/admin/session/end", content=b"{not json")
    assert problem(refused) == (400, "NO_ACTIVE_SESSION", "No active session to end.")
    assert (await raffle.done("POST", "/api/admin/session/start"))["movedEntries"] == 2


#
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"submissionsOpen":"yes"}', ("INVALID_BODY", "submissionsOpen boolean is required")),
        (b"{}", ("INVALID_BODY", "submissionsOpen boolean is required")),
        (b"{", ("INVALID_JSON", "Invalid JSON body")),
        (b"", ("INVALID_JSON", "Invalid JSON body")),
    ],
)
async def test_the_switch_takes_a_boolean(
    raffle: RaffleStage, body: bytes, expected: tuple[str, str]
) -> None:
    answer = await raffle.owner.post("/api/admin/submissions", content=body)
    assert problem(answer) == (400, *expected)


#
async def test_the_switch_before_it_was_ever_set(raffle: RaffleStage) -> None:
    path = "/api/admin/submissions"
    assert (await raffle.done("GET", path))["submissionsOpen"] is True
    await raffle.start()
    await raffle.entered(1)
    await raffle.draw()
    assert (await raffle.done("GET", path))["submissionsOpen"] is False
    assert (await raffle.done("POST", path, json={"submissionsOpen": True})) == {
        "success": True,
        "submissionsOpen": True,
    }


async def test_the_answer_to_a_draw(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.person(viewer(1), email="one@example.org")
    await raffle.entered(1, 2, 3)
    await raffle.give(1, "cheer", 2500)
    drawn = await raffle.draw()
    winner = drawn.pop("winner")
    number = int(winner["userId"]) - 400_000_000
    assert winner == {
        "id": number,
        "name": f"Viewer_{number}",
        "email": "one@example.org" if number == 1 else None,
        "userId": viewer(number).id,
        "weight": 3.5 if number == 1 else 1,
    }
    names = [each["name"] for each in drawn.pop("spinList")]
    assert sorted([*names, winner["name"]]) == ["Viewer_1", "Viewer_2", "Viewer_3"]
    draw_id, seed = drawn.pop("drawId"), drawn.pop("seed")
    assert len(bytes.fromhex(seed)) == 32
    assert 0 <= drawn.pop("roll") < 5_500_000
    assert drawn == {
        "success": True,
        "totalWeight": 5.5,
        "message": "Cheer bits and gifted subs reset for winner",
        "recordUrl": f"/api/draws/{draw_id}",
        "proofUrl": f"/draws/{draw_id}",
        "hidden": False,
    }


#
async def test_a_draw_needs_a_session_and_a_pool(raffle: RaffleStage) -> None:
    answer = await raffle.owner.post("/api/pick-winner")
    assert problem(answer) == (
        400,
        "NO_ACTIVE_SESSION",
        "No active session. Start a session before picking a winner.",
    )
    await raffle.start()
    answer = await raffle.owner.post("/api/pick-winner")
    assert problem(answer) == (400, "NO_PARTICIPANTS", "No participants available to choose from")
    answer = await raffle.owner.post("/api/pick-winner", content=b"{")
    assert problem(answer)[:2] == (400, "INVALID_JSON")


#
async def test_removing_entries(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    done = await raffle.done("DELETE", "/api/admin/entries/1")
    assert done["message"] == "Entry removed successfully"
    assert (await raffle.seen("/api/leaderboard"))["totalEntries"] == 0
    await raffle.entered(1)
    for wrong in ("12abc", "0", "-1", "1.5", "99999999999999999999"):
        answer = await raffle.owner.request("DELETE", f"/api/admin/entries/{wrong}")
        assert problem(answer) == (400, "INVALID_ENTRY_ID", "Invalid entry ID")
    answer = await raffle.owner.request("DELETE", "/api/admin/entries/77")
    assert problem(answer) == (404, "ENTRY_NOT_FOUND", "Entry not found")


async def test_the_list_of_entries_is_searched_sorted_and_paged(raffle: RaffleStage) -> None:
    await raffle.start()
    for number, name in ((1, "Ada"), (2, "ben"), (3, "Cleo %"), (4, "Ärger")):
        await raffle.enter(viewer(number), name=name, demoLink=LINK)
    await raffle.give(2, "cheer", 1000)

    async def names(query: str) -> list[str]:
        found = await raffle.done("GET", f"/api/admin/entries?{query}")
        return [entry["name"] for entry in found["entries"]]

    assert await names("") == ["ben", "Ärger", "Cleo %", "Ada"]
    assert await names("sortOrder=asc") == ["Ada", "Cleo %", "Ärger", "ben"]
    assert await names("sortBy=name&sortOrder=asc") == ["Ada", "ben", "Cleo %", "Ärger"]
    assert await names("sortBy=nonsense&sortOrder=up") == await names("")
    assert await names("search=BE") == ["ben"]
    assert await names("search=%25") == ["Cleo %"]
    assert await names("search=_4") == ["Ärger"]
    assert await names("search=%C3%84RG") == ["Ärger"]
    assert await names("pageSize=2&page=2") == ["Cleo %", "Ada"]
    found = await raffle.done("GET", "/api/admin/entries?search=viewer&pageSize=1")
    assert (found["total"], found["page"], found["pageSize"]) == (4, 1, 1)
    row = found["entries"][0]
    assert (row["username"], row["displayName"], row["demoLink"]) == ("viewer_2", "Viewer_2", LINK)
    assert row["weightBreakdown"]["cheerBits"] == 1000
    assert row["weightBreakdown"]["support"]["cheerWeight"] == 1
    await raffle.end()
    assert await names("") == []
    assert len(await names("session=latest")) == 4


async def test_the_dashboard(raffle: RaffleStage) -> None:
    await raffle.start(name="Friday")
    await raffle.entered(1, 2)
    board = await raffle.done("GET", "/api/admin/dashboard")
    assert len(board["entries"]) == board["totalEntries"] == 2
    assert (board["currentSession"]["name"], board["lastEndedSession"]) == ("Friday", None)
    assert board["carryOverUsers"] == []
    assert board["settings"]["baseWeight"] == 1
    await raffle.give(2, "gift", 10)
    await raffle.end()
    board = await raffle.done("GET", "/api/admin/dashboard")
    assert (board["entries"], board["currentSession"]) == ([], None)
    carried = [(u["displayName"], u["carryOverWeight"]) for u in board["carryOverUsers"]]
    assert carried == [("Viewer_2", 1), ("Viewer_1", 0.5)]


#
async def test_weight_settings(raffle: RaffleStage) -> None:
    path = "/api/admin/weight-settings"
    before = (await raffle.done("GET", path))["settings"]
    assert (before["cheerBitsDivisor"], before["loyaltyMaxBonus"]) == (1000, None)
    for bad in (
        b'{"settings":{"cheerBitsDivisor":0}}',
        b'{"settings":{"cheerBitsCap":-1}}',
        b'{"settings":{"baseWeight":"12abc"}}',
        b'{"settings":{"baseWeight":NaN}}',
        b'{"settings":{"baseWeight":2,"resubCap":1e400}}',
    ):
        answer = await raffle.owner.request("PUT", path, content=bad)
        assert problem(answer)[:2] == (400, "INVALID_SETTING")
        assert answer.json()["field"] in answer.json()["error"]
    answer = await raffle.owner.request("PUT", path, json={"settings": 7})
    assert problem(answer) == (400, "INVALID_BODY", "Settings object is required")
    answer = await raffle.owner.request("PUT", path, content=b"{")
    assert problem(answer) == (400, "INVALID_JSON", "Invalid JSON in request body")
    assert (await raffle.done("GET", path))["settings"] == before
    given = {"settings": {"cheerBitsCap": "7.25", "loyaltyMaxBonus": 3, "other": 1}}
    done = await raffle.done("PUT", path, json=given)
    assert done["message"] == "Weight settings updated successfully"
    assert done["settings"] == before | {"cheerBitsCap": 7.25, "loyaltyMaxBonus": 3}
    assert (await raffle.done("GET", path))["settings"] == done["settings"]


async def test_a_change_of_weights_is_tried_before_it_is_saved(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    await raffle.give(1, "cheer", 1000)
    position = raffle.stage.service.ledger.position
    tried = await raffle.done(
        "POST",
        "/api/admin/weight-settings/preview",
        json={"settings": {"cheerBitsDivisor": 500}},
    )
    assert raffle.stage.service.ledger.position == position
    preview = tried["preview"]
    assert (preview["count"], preview["changed"]) == (2, 1)
    assert (preview["totalBefore"], preview["totalAfter"]) == (3, 4)
    assert preview["entries"][0] == preview["mostChanged"][0]
    first = preview["entries"][0]
    assert (first["weightBefore"], first["weightAfter"]) == (2, 3)
    assert first["probabilityAfter"] == 75
    await raffle.done(
        "PUT",
        "/api/admin/weight-settings",
        json={"settings": {"cheerBitsDivisor": 500}, "recalculate": True},
    )
    board = await raffle.seen("/api/leaderboard")
    assert board["entries"][0]["weight"] == 3


#
async def test_a_session_bonus(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    path = "/api/admin/users"
    text = "userId and sessionBonus are required (sessionBonus >= 0)"
    for bonus in (-1, "2.5", None, True):
        body = {"userId": viewer(1).id, "sessionBonus": bonus}
        answer = await raffle.owner.post(path, json=body)
        assert problem(answer) == (400, "INVALID_BODY", text)
    answer = await raffle.owner.post(path, json={"userId": "9", "sessionBonus": 1})
    assert problem(answer) == (404, "USER_NOT_FOUND", "User not found")
    body = {"userId": viewer(1).id, "sessionBonus": 2.5}
    user = (await raffle.done("POST", path, json=body))["user"]
    assert (user["sessionBonus"], user["totalWeight"], user["currentWeight"]) == (2.5, 3.5, 3.5)
    assert (await raffle.seen("/api/leaderboard"))["entries"][0]["weight"] == 3.5
    await raffle.end()
    found = await raffle.done("GET", f"{path}?search=VIEWER_1&limit=abc")
    assert [(u["sessionBonus"], u["totalWeight"]) for u in found["users"]] == [(0, 1.5)]


async def test_recomputing_and_a_demo_that_was_played(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    await raffle.give(1, "cheer", 1000)
    await raffle.done("POST", "/api/twitch/carry-over", json={})
    assert (await raffle.done("POST", "/api/admin/recalc-weights"))["processed"] == 1
    updated = await raffle.done("POST", "/api/twitch/update-weights", json={"streamId": "x"})
    assert updated == {
        "success": True,
        "updated": 1,
        "users": [{"id": viewer(1).id, "username": "viewer_1", "totalWeight": 3}],
    }
    played = await raffle.done("POST", "/api/demo-played", json={"userId": viewer(1).id})
    assert played["user"] == {
        "id": viewer(1).id,
        "username": "viewer_1",
        "totalCheerBits": 0,
        "totalGiftedSubs": 0,
        "totalWeight": 2,
    }
    answer = await raffle.owner.post("/api/demo-played", json={})
    assert problem(answer) == (400, "INVALID_BODY", "userId is required")
    answer = await raffle.owner.post("/api/demo-played", json={"userId": "9"})
    assert problem(answer) == (404, "USER_NOT_FOUND", "User not found")


#
async def test_carry_over_by_hand_needs_a_session(raffle: RaffleStage) -> None:
    path = "/api/twitch/carry-over"
    assert problem(await raffle.owner.post(path)) == (
        400,
        "NO_ACTIVE_SESSION",
        "No active session found. Provide sessionId to run carry-over manually.",
    )
    assert problem(await raffle.owner.post(path, content=b"{"))[1] == "INVALID_JSON"
    unknown = await raffle.done("POST", path, json={"sessionId": "unknown"})
    assert unknown == {"success": True, "updatedCount": 0, "users": []}


#
async def test_diagnostics_tell_no_whole_id_and_no_token(raffle: RaffleStage) -> None:
    found = await raffle.owner.get("/api/admin/diagnostics")
    assert found.status_code == 200
    told = found.json()
    assert told["auth"]["twitchIdSuffix"] == f"...{raffle.stage.service.channel[-4:]}"
    assert raffle.stage.service.channel not in found.text
    assert told["settings"]["pendingRule"] == "global"
    assert (told["strandedEntries"], told["failedEvents"]) == (0, 0)


async def test_lists_as_csv_are_harmless_to_spreadsheets(raffle: RaffleStage) -> None:
    await raffle.start()
    notes = "a,b\nc;=1+1\n- d;\t ＝2"
    await raffle.enter(viewer(1), name='=HYPERLINK("x")', notes=notes)
    answer = await raffle.owner.get("/api/admin/export/entries.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="entries.csv"'
    text = answer.content.decode("utf-8-sig")
    assert '1,"\'=HYPERLINK(""x"")",viewer_1,Viewer_1' in text
    assert "\"a,b\nc;'=1+1\n'- d;'\t' ＝2\",1," in text
    await raffle.draw()
    text = (await raffle.owner.get("/api/admin/export/winners.csv")).content.decode("utf-8-sig")
    assert len(text.strip().split("\r\n")) == 2
    assert (await raffle.owner.get("/api/admin/export/secrets.csv")).status_code == 404


async def test_a_long_list_is_written_in_pieces(
    raffle: RaffleStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await raffle.start()
    await raffle.entered(1, 2, 3, 4, 5)
    whole = (await raffle.owner.get("/api/admin/export/entries.csv")).content
    monkeypatch.setattr(csv_files, "_ROWS", 2)
    session = raffle.state.active_id.durable
    pieces = [each async for each in csv_files.content(raffle.stage.service, "entries", session)]
    assert b"".join(pieces) == whole
    assert [each.count(b"\r\n") for each in pieces] == [1, 2, 2, 1]


async def test_history(raffle: RaffleStage) -> None:
    for _ in range(2):
        await raffle.start()
        await raffle.submissions(True)
        await raffle.enter(viewer(1))
        await raffle.draw()
        await raffle.end()
    sessions = await raffle.done("GET", "/api/admin/sessions?pageSize=1")
    assert (sessions["total"], len(sessions["sessions"])) == (2, 1)
    winners = await raffle.done("GET", "/api/admin/winners")
    assert winners["total"] == 2
    assert winners["entries"][0]["wonAt"] == "2026-11-21T12:00:00.000Z"
    newest = sessions["sessions"][0]["id"]
    one = await raffle.done("GET", f"/api/admin/winners?sessionId={newest}")
    assert one["total"] == 1
    draws = (await raffle.done("GET", "/api/admin/draws"))["draws"]
    assert len(draws) == 2
    assert draws[0]["entries"] == [[2, 1_000_000]]
    assert draws[0]["total"] == 1_000_000
