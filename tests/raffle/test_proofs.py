"""Anybody can check a raffle's draw; a viewer finds the own entry in it; a hidden one waits."""

from typing import Any

from goldomatic.fairdraw.record import decode_receipt, decode_record
from goldomatic.fairdraw.report import Verdict
from goldomatic.fairdraw.verify import verify, verify_receipt
from goldomatic.schedule import tend_raffle
from support.raffle_stage import RaffleStage, problem
from support.service import viewer


async def record(raffle: RaffleStage, draw_id: str) -> Any:
    answer = await raffle.nobody.get(f"/api/draws/{draw_id}")
    assert answer.status_code == 200, answer.text
    return decode_record(answer.content)


#
async def test_a_draw_is_verified_from_its_record_alone(raffle: RaffleStage) -> None:
    await raffle.start()
    committed = (await raffle.mine(1, "/api/raffle/receipts"))["coming"]
    assert committed is None
    await raffle.entered(1, 2, 3)
    await raffle.give(1, "cheer", 1234)
    coming = (await raffle.mine(1, "/api/raffle/receipts"))["coming"]
    before = await record(raffle, coming["drawId"])
    assert (before.status, before.commitment) == ("committed", coming["commitment"])
    raffle.stage.clock.advance(30)
    drawn = await raffle.draw()
    assert drawn["drawId"] == coming["drawId"]
    found = await record(raffle, drawn["drawId"])
    report = verify(found)
    assert report.verdict is Verdict.VERIFIED, report
    assert (found.kind, found.seed, found.commitment) == (
        "raffle",
        drawn["seed"],
        coming["commitment"],
    )
    assert sorted(e.weight for e in found.entrants) == [1_000_000, 1_000_000, 2_234_000]
    assert found.winner.opening.viewer_id == drawn["winner"]["userId"]
    tampered = decode_record(
        (await raffle.nobody.get(f"/api/draws/{drawn['drawId']}")).content.replace(
            b'"weight":2234000', b'"weight":9234000'
        )
    )
    assert verify(tampered).verdict is Verdict.FAILED


# R-84's receipts: the own leaf before the draw is the one that is drawn from
async def test_a_receipt_before_and_after_the_draw(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    await raffle.give(2, "cheer", 500)
    coming = (await raffle.mine(2, "/api/raffle/receipts"))["coming"]
    assert coming["weight"] == 1.5
    raffle.stage.clock.advance(1)
    drawn = await raffle.draw()
    mine = await raffle.mine(2, "/api/raffle/receipts")
    (held,) = mine["held"]
    assert held["opening"] == coming["opening"]
    found = await record(raffle, drawn["drawId"])
    assert found.entrants[held["index"]].hash == coming["hash"]
    person = await raffle.person(viewer(2))
    answer = await person.get(f"/api/draws/{drawn['drawId']}/receipt")
    report = verify_receipt(found, decode_receipt(answer.content))
    assert not report.failed
    stranger = await raffle.person(viewer(9))
    assert (await stranger.get(f"/api/draws/{drawn['drawId']}/receipt")).status_code == 404


async def test_the_list_of_draws_and_the_page_of_one(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    drawn = await raffle.draw()
    (line,) = await raffle.seen("/api/draws")
    assert (line["drawId"], line["kind"], line["result"]) == (drawn["drawId"], "raffle", "drawn")
    page = await raffle.nobody.get(f"/draws/{drawn['drawId']}")
    assert page.status_code == 200
    assert drawn["seed"] in page.text
    assert drawn["winner"]["name"] in page.text
    assert (await raffle.nobody.get("/draws")).status_code == 200


async def test_a_commitment_that_was_not_used_is_opened_at_the_end(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    coming = (await raffle.mine(1, "/api/raffle/receipts"))["coming"]
    await raffle.end()
    found = await record(raffle, coming["drawId"])
    assert (found.status, found.void_reason) == ("void", "session_ended")
    assert verify(found).verdict is Verdict.VERIFIED
    page = await raffle.nobody.get(f"/draws/{coming['drawId']}")
    assert "before another draw was held" in page.text


async def public_view(raffle: RaffleStage) -> list[Any]:
    """Everything that the public and both viewers are told."""
    status = await raffle.seen("/api/status")
    status.pop("updatedAt")
    views = [status, await raffle.seen("/api/leaderboard"), await raffle.seen("/api/winner")]
    for number in (1, 2):
        views.append(await raffle.mine(number, "/api/weight/me"))
        views.append(await raffle.mine(number, "/api/weight/me/events"))
        views.append(await raffle.mine(number, "/api/user/submission"))
        views.append((await (await raffle.person(viewer(number))).post("/api/twitch/sync")).json())
        views.append((await raffle.enter(viewer(number))).json())
    return views


#
async def test_a_hidden_result_is_told_to_nobody_but_the_broadcaster(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.submissions(True)
    await raffle.entered(1, 2)
    await raffle.give(1, "cheer", 500)
    await raffle.give(2, "gift", 5)
    before = await public_view(raffle)
    raffle.stage.clock.advance(1)
    drawn = await raffle.draw(hideUntilReveal=True)
    assert drawn["hidden"] is True
    assert await public_view(raffle) == before
    hidden = await record(raffle, drawn["drawId"])
    assert (hidden.status, hidden.seed, hidden.winner, hidden.order) == ("frozen", None, None, ())
    assert await raffle.seen("/api/draws") == []
    # The broadcaster's lists and the rules see what is.
    assert (await raffle.done("GET", "/api/admin/entries"))["total"] == 1
    number = int(drawn["winner"]["userId"]) - 400_000_000
    path = f"/api/admin/draws/{drawn['drawId']}/reveal"
    assert (await raffle.done("POST", path))["success"] is True
    assert (await raffle.done("POST", path))["success"] is True
    after = await public_view(raffle)
    assert after[2] == {"winner": {"id": drawn["winner"]["id"], "name": drawn["winner"]["name"]}}
    assert after[0]["version"] != before[0]["version"]
    assert after[1]["totalEntries"] == 1
    told = [view["errorCode"] for view in after if "errorCode" in view]
    assert told[number - 1] == "ALREADY_WON_THIS_SESSION"
    assert verify(await record(raffle, drawn["drawId"])).verdict is Verdict.VERIFIED
    answer = await raffle.owner.post("/api/admin/draws/unknown/reveal")
    assert problem(answer) == (404, "DRAW_NOT_FOUND", "Draw not found")


#
async def test_a_hidden_result_is_public_after_ten_seconds(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    before = await public_view(raffle)
    drawn = await raffle.draw(hideUntilReveal=True)
    raffle.stage.clock.advance(9.999)
    await tend_raffle(raffle.stage.service)
    assert await public_view(raffle) == before
    raffle.stage.clock.advance(0.001)
    # Also before the clock's job has come to it.
    late = await public_view(raffle)
    assert late[2]["winner"]["id"] == drawn["winner"]["id"]
    assert late[0]["version"] != before[0]["version"]
    await tend_raffle(raffle.stage.service)
    assert (await record(raffle, drawn["drawId"])).status == "revealed"
    assert len(await raffle.seen("/api/draws")) == 1


async def test_the_next_draw_reveals_the_one_before(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    first = await raffle.draw(hideUntilReveal=True)
    raffle.stage.clock.advance(1)
    second = await raffle.draw(hideUntilReveal=True)
    assert first["drawId"] != second["drawId"]
    assert (await record(raffle, first["drawId"])).status == "revealed"
    assert (await record(raffle, second["drawId"])).status == "frozen"


async def test_the_feed_tells_a_hidden_result_only_when_it_is_revealed(
    raffle: RaffleStage,
) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    board = raffle.stage.service.raffle.board
    before = await board.message()
    drawn = await raffle.draw(hideUntilReveal=True)
    during = await board.message()
    assert during["winner"] is None
    assert during["leaderboard"] == before["leaderboard"]
    await raffle.done("POST", f"/api/admin/draws/{drawn['drawId']}/reveal")
    after = await board.message()
    assert after["winner"].id == drawn["winner"]["id"]
    assert after["draw"]["drawId"] != drawn["drawId"]
