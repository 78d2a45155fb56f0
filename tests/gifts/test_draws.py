"""The draw of an item: binding, public, and checked by anybody from its record alone."""

from pathlib import Path

from click.testing import CliRunner

from goldomatic.cli import main
from goldomatic.fairdraw.record import decode_record
from goldomatic.fairdraw.report import Verdict
from goldomatic.fairdraw.verify import verify
from goldomatic.gifts.events import GiftDrawVoided, GiftItemsDrawn
from goldomatic.ledger.store import Statement
from support.gifts import REQUESTS, GiftStage, Json, code, item
from support.service import ANNA, BORIS, CHANNEL
from support.watcher import watching


async def record_of(gifts: GiftStage, draw_id: str) -> Json:
    answer = await gifts.stage.request("GET", f"/api/draws/{draw_id}")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def verdict_of(gifts: GiftStage, draw_id: str) -> Verdict:
    answer = await gifts.stage.request("GET", f"/api/draws/{draw_id}")
    return verify(decode_record(answer.content)).verdict


async def test_the_draw_is_promised_held_and_shown(gifts: GiftStage, tmp_path: Path) -> None:
    request = await gifts.asked(ANNA, "Anna")
    promised = await record_of(gifts, request)
    assert (promised["status"], promised["kind"]) == ("committed", "gift")
    assert "openings" not in promised
    missing = await gifts.stage.operator("GET", f"{REQUESTS}/{request}/items")
    assert code(missing) == (404, "not_found")

    answer = await gifts.draw(request)
    assert answer.status_code == 200
    drawn = answer.json()
    assert drawn["items"] == [item(number) for number in range(10)]
    assert drawn["item"] == drawn["items"][drawn["index"]]
    assert drawn["drawId"] == request
    assert drawn["commitment"] == promised["commitment"]

    shown = await record_of(gifts, request)
    assert shown["status"] == "revealed"
    assert shown["seed"] == drawn["seed"]
    assert shown["winner"]["index"] == drawn["index"]
    assert [each["name"] for each in shown["openings"]] == [i["name"] for i in drawn["items"]]
    first = shown["openings"][0]
    assert first["viewerId"] == "item:7073:3:0:1"
    # The public record shows things and no people.
    for secret in (ANNA.id, ANNA.login, "Anna"):
        assert secret not in str(shown)
    assert await verdict_of(gifts, request) is Verdict.VERIFIED
    saved = tmp_path / "record.json"
    saved.write_bytes((await gifts.stage.request("GET", drawn["recordUrl"])).content)
    promise = ["--commitment", promised["commitment"]]
    result = CliRunner().invoke(main, ["verify", str(saved), *promise])
    assert result.exit_code == 0, result.output
    assert "openings" in result.output


async def test_the_drawn_item_binds(gifts: GiftStage) -> None:
    request = await gifts.asked(ANNA, "Anna")
    drawn = (await gifts.draw(request)).json()
    position = gifts.position
    others = [each for each in drawn["items"] if each != drawn["item"]]
    for other in (*others, drawn["item"] | {"count": 99}):
        assert code(await gifts.select(request, other)) == (409, "item_not_drawn")
    assert code(await gifts.draw(request, 1, 2)) == (409, "items_already_frozen")
    # The same list once more is the same answer.
    assert (await gifts.draw(request)).json() == drawn
    assert gifts.position == position
    told = (await gifts.select(request, drawn["item"])).json()
    assert told["selectedItem"] == drawn["item"]
    # Later, too.
    await gifts.confirm(request)
    position = gifts.position
    assert (await gifts.draw(request)).json() == drawn
    assert (await gifts.stage.operator("GET", f"{REQUESTS}/{request}/items")).json() == drawn
    assert gifts.position == position
    assert len(await gifts.stage.recorded(GiftItemsDrawn)) == 1


async def test_a_list_of_two_hundred_items_in_russian_arrives_whole(gifts: GiftStage) -> None:
    request = await gifts.asked(ANNA, "Anna")
    drawn = (await gifts.draw(request, *range(200))).json()
    assert drawn["items"] == [item(number) for number in range(200)]
    assert await verdict_of(gifts, request) is Verdict.VERIFIED


async def test_a_list_is_taken_in_its_turn_only(gifts: GiftStage) -> None:
    request, waiting = await gifts.asked(ANNA, "Anna"), await gifts.asked(BORIS, "Boris")
    assert code(await gifts.draw(waiting)) == (409, "invalid_state")
    await gifts.patch(request, "Failed")
    assert code(await gifts.draw(request)) == (409, "invalid_state")
    assert (await gifts.draw(waiting)).status_code == 200


async def test_a_request_that_ends_without_a_draw_opens_its_seed(gifts: GiftStage) -> None:
    failed = await gifts.asked(ANNA, "Anna")
    promised = await record_of(gifts, failed)
    await gifts.patch(failed, "Failed", reason="Norinn is away")
    assert (await record_of(gifts, failed))["status"] == "committed"
    await gifts.tick()
    shown = await record_of(gifts, failed)
    assert (shown["status"], shown["commitment"]) == ("void", promised["commitment"])
    assert shown["voidReason"] == "the request ended without a draw"
    assert "Norinn" not in str(shown)
    assert await verdict_of(gifts, failed) is Verdict.VERIFIED
    # An item that was named without a list is no draw either.
    named = await gifts.asked(BORIS, "Boris")
    await gifts.select(named)
    await gifts.tick()
    assert (await record_of(gifts, named))["status"] == "void"
    assert len(await gifts.stage.recorded(GiftDrawVoided)) == 2
    position = gifts.position
    await gifts.tick()
    assert gifts.position == position
    assert await gifts.stage.service.store.query("SELECT key FROM kept") == []


async def test_a_lost_seed_draws_nothing(gifts: GiftStage) -> None:
    request, _ = await gifts.asked(ANNA, "Anna"), await gifts.asked(BORIS, "Boris")
    key = f"gift-seed:{request}"
    store = gifts.stage.service.store
    await store.execute(Statement("DELETE FROM kept WHERE channel = ? AND key = ?", (CHANNEL, key)))
    assert code(await gifts.draw(request)) == (409, "invalid_state")
    assert await gifts.states() == {"Boris": "SelectingItem"}
    await gifts.tick()
    shown = await record_of(gifts, request)
    assert (shown["status"], shown["voidReason"]) == ("void", "seed lost")
    assert await verdict_of(gifts, request) is Verdict.FAILED, "and the record says so"


async def test_the_pages_show_the_items_in_both_languages(gifts: GiftStage) -> None:
    request = await gifts.asked(ANNA, "Anna")
    await gifts.draw(request)
    listed = (await gifts.stage.request("GET", "/api/draws")).json()
    assert [(row["drawId"], row["kind"], row["result"]) for row in listed] == [
        (request, "gift", "gift")
    ]
    for language, words in (("en", "4. The item"), ("ru", "4. Вещь")):
        headers = {"Accept": "text/html", "Accept-Language": language}
        page = await gifts.stage.request("GET", f"/draws/{request}", headers=headers)
        assert page.status_code == 200
        assert words in page.text
        assert page.text.count("Сломанный клык") >= 10
        assert (await gifts.stage.request("GET", "/draws", headers=headers)).status_code == 200
    receipt = f"/api/draws/{request}/receipt"
    assert code(await gifts.stage.as_viewer(ANNA, "GET", receipt)) == (404, "not_found")


# What is told live


async def test_watchers_are_told_of_the_one_who_is_served(gifts: GiftStage) -> None:
    stage = gifts.stage
    async with watching(stage) as anybody, watching(stage, stage.token(BORIS)) as boris:
        first, second = await gifts.asked(ANNA, "Anna"), await gifts.asked(BORIS, "Boris")
        drawn = (await gifts.draw(first)).json()
        await gifts.select(first, drawn["item"])
        await gifts.confirm(first)
        await gifts.patch(second, "Failed")
        await stage.chat(ANNA, "!twgift Anna")
        await anybody.next("gift", 6)
        told = anybody.data("gift")
        assert [(each["characterName"], each["state"], each["waiting"]) for each in told] == [
            ("Anna", "SelectingItem", 1),
            ("Anna", "SelectingItem", 2),
            ("Anna", "WaitingConfirmation", 2),
            ("Anna", "Completed", 1),
            ("Boris", "SelectingItem", 1),
            ("Boris", "Failed", 0),
        ]
        # The wheel has not stopped yet when the item is drawn.
        assert [each["item"] is None for each in told] == [True, True, False, False, True, True]
        assert told[1]["recordUrl"] == f"/api/draws/{first}"
        assert anybody.named("me") == []
        await boris.next("me", 3)
        mine = boris.data("me")
        assert [each["state"] for each in mine] == ["Pending", "SelectingItem", "Failed"]
        assert {each["kind"] for each in mine} == {"gift"}
    async with watching(stage, stage.token(ANNA)) as anna:
        await stage.chat(ANNA, "!twgift Anna")
        await anna.next("me")
        assert anna.data("me")[-1] == {"kind": "giftRefused", "code": "gift_already_used"}
