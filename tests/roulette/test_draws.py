"""Published draws over HTTP: anybody can check them, entrants can prove that they took part."""

from pathlib import Path
from typing import Any

import pytest

from goldomatic import channel
from goldomatic.fairdraw.record import DrawRecord, Status, decode_receipt, decode_record
from goldomatic.fairdraw.report import Verdict
from goldomatic.fairdraw.verify import verify, verify_receipt
from goldomatic.roulette.events import (
    DrawRevealed,
    SpinCandidateSelected,
    SpinCycleResolved,
    SpinCyclesMissed,
)
from goldomatic.simulation.users import SimulatedUser
from goldomatic.values import ViewerId
from support.clock import FakeClock
from support.service import ANNA, BORIS, CLARA, Stage, running, viewer

COMMITMENT = "/api/roulette/commitment"


async def commitment(stage: Stage) -> dict[str, Any]:
    answer = await stage.request("GET", COMMITMENT)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def record(stage: Stage, draw_id: str) -> DrawRecord:
    answer = await stage.request("GET", f"/api/draws/{draw_id}")
    assert answer.status_code == 200, answer.text
    return decode_record(answer.content)


async def receipt(stage: Stage, draw_id: str, user: SimulatedUser) -> Any:
    return await stage.as_viewer(user, "GET", f"/api/draws/{draw_id}/receipt")


def problems(found: DrawRecord) -> list[str]:
    return [f"{check.name}: {check.sentence}" for check in verify(found).failed]


async def drawn(stage: Stage, start: float = 0) -> str:
    """Run a cycle up to its draw: the id of the draw."""
    await stage.tick(start)
    draw_id: str = (await commitment(stage))["drawId"]
    await stage.tick(start + 240)
    return draw_id


def name(number: int) -> str:
    return "Name" + chr(ord("a") + number // 26) + chr(ord("a") + number % 26)


async def test_the_commitment_is_public_before_the_draw_and_stays(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    noted = await commitment(stage)
    assert noted == {
        "drawId": noted["drawId"],
        "status": "committed",
        "commitment": noted["commitment"],
        "committedAt": "2026-11-21T12:00:00.000Z",
        "drawAt": "2026-11-21T12:04:00.000Z",
        "root": None,
        "entrantCount": 0,
        "recordUrl": f"/api/draws/{noted['drawId']}",
    }
    before = await record(stage, noted["drawId"])
    assert verify(before).verdict is Verdict.PENDING
    await stage.tick(240)
    frozen = await commitment(stage)
    assert (frozen["status"], frozen["entrantCount"]) == ("frozen", 1)
    assert frozen["commitment"] == noted["commitment"]
    await stage.tick(270)
    after = await record(stage, noted["drawId"])
    assert verify(after).verdict is Verdict.VERIFIED, problems(after)
    assert after.commitment == noted["commitment"]


async def test_before_the_first_cycle_there_is_no_commitment(stage: Stage) -> None:
    answer = await stage.request("GET", COMMITMENT)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_nothing_tells_the_result_before_the_wheel_has_stopped(stage: Stage) -> None:
    for number in range(5):
        await stage.chat(viewer(number), f"!twgold {name(number)}")
    draw_id = await drawn(stage)
    await stage.tick(269.999)
    found = await record(stage, draw_id)
    assert found.status is Status.FROZEN
    assert (found.seed, found.order, found.winner) == (None, (), None)
    public = [
        (await stage.request("GET", path)).text
        for path in (COMMITMENT, "/api/draws", f"/api/draws/{draw_id}", "/", f"/draws/{draw_id}")
    ]
    winner = (await stage.candidate())["characterName"]
    panel = await stage.as_viewer(viewer(99), "GET", "/api/panel/snapshot")
    assert panel.json()["candidateCharacterName"] is None
    (selected,) = await stage.recorded(SpinCandidateSelected)
    assert all(selected.viewer_id not in text for text in public)
    assert winner not in "".join(public[:3])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 33])
async def test_a_revealed_draw_verifies(stage: Stage, size: int) -> None:
    people = {str(viewer(number).id): name(number) for number in range(size)}
    for number in range(size):
        await stage.chat(viewer(number), f"!twgold {name(number)}")
    draw_id = await drawn(stage)
    await stage.tick(270)
    found = await record(stage, draw_id)
    assert verify(found).verdict is Verdict.VERIFIED, problems(found)
    assert (found.entrant_count, found.total_weight) == (size, size)
    assert {entrant.weight for entrant in found.entrants} == {1}
    assert len(found.order) == min(size, 10)
    candidate = await stage.candidate()
    assert found.winner is not None
    assert found.winner.opening is not None
    assert found.winner.opening.name == candidate["characterName"]
    assert people[found.winner.opening.viewer_id] == candidate["characterName"]


async def test_several_draws_in_a_row_verify_each_with_its_own_seed(stage: Stage) -> None:
    for number in range(6):
        await stage.chat(viewer(number), f"!twgold {name(number)}")
    ids = []
    for cycle in range(4):
        ids.append(await drawn(stage, cycle * 300))
        await stage.report(await stage.candidate(), online=cycle % 2 == 0)
        await stage.tick(cycle * 300 + 250)
    found = [await record(stage, draw_id) for draw_id in ids]
    assert [problems(each) for each in found] == [[], [], [], []]
    assert {verify(each).verdict for each in found} == {Verdict.VERIFIED}
    assert len({each.seed for each in found}) == len({each.commitment for each in found}) == 4
    listed = (await stage.request("GET", "/api/draws")).json()
    assert [each["drawId"] for each in listed] == ids[::-1]
    assert [each["result"] for each in listed] == ["offline", "winner", "offline", "winner"]
    assert sorted(listed[0]) == ["cycleStart", "drawId", "kind", "recordUrl", "result"]


async def test_every_entrant_has_a_receipt_and_nobody_else(stage: Stage) -> None:
    people = [viewer(number) for number in range(7)]
    for number, person in enumerate(people):
        await stage.chat(person, f"!twgold {name(number)}")
    draw_id = await drawn(stage)
    await stage.chat(CLARA, "!twgold Latecomer")
    for revealed in (False, True):
        if revealed:
            await stage.tick(270)
        found = await record(stage, draw_id)
        for number, person in enumerate(people):
            answer = await receipt(stage, draw_id, person)
            mine = decode_receipt(answer.content)
            assert verify_receipt(found, mine).verdict is Verdict.VERIFIED
            assert (mine.opening.name, mine.opening.weight) == (name(number), 1)
        assert (await receipt(stage, draw_id, viewer(99))).status_code == 404
    anonymous = await stage.as_viewer(None, "GET", f"/api/draws/{draw_id}/receipt")
    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "unauthorized")


async def test_a_receipt_is_for_the_entry_as_it_was_at_the_draw(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    first = await drawn(stage)
    await stage.report(await stage.candidate(), online=False)
    await stage.chat(ANNA, "!twgold Kael")
    second = await drawn(stage, 300)
    await stage.tick(570)
    names = []
    for draw_id in (first, second):
        mine = decode_receipt((await receipt(stage, draw_id, ANNA)).content)
        found = await record(stage, draw_id)
        assert verify_receipt(found, mine).verdict is Verdict.VERIFIED
        names.append(mine.opening.name)
    assert names == ["Norinn", "Kael"]
    receipts = [(await receipt(stage, draw, ANNA)).json() for draw in (first, second)]
    assert receipts[0]["opening"]["salt"] != receipts[1]["opening"]["salt"]


async def test_before_the_draw_and_in_a_void_one_there_is_no_receipt(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    draw_id = (await commitment(stage))["drawId"]
    assert (await receipt(stage, draw_id, ANNA)).status_code == 404
    await stage.tick(301)
    assert (await receipt(stage, draw_id, ANNA)).status_code == 404


async def test_a_record_outlives_the_wish_to_be_forgotten(stage: Stage) -> None:
    people = {person.id: person for person in (ANNA, BORIS, CLARA)}
    for person, character in ((ANNA, "Norinn"), (BORIS, "Kael"), (CLARA, "Jaina")):
        await stage.chat(person, f"!twgold {character}")
    draw_id = await drawn(stage)
    await stage.tick(270)
    before = await record(stage, draw_id)
    assert before.winner is not None
    assert before.winner.opening is not None
    winner = before.winner.opening
    forget = channel.forget_viewer(ViewerId(winner.viewer_id), "operator")
    await stage.service.ledger.change(forget)
    answer = await stage.request("GET", f"/api/draws/{draw_id}")
    after = decode_record(answer.content)
    assert verify(after).verdict is Verdict.VERIFIED, problems(after)
    assert after.winner is not None
    assert after.winner.opening is None
    assert winner.name not in answer.text
    assert winner.viewer_id not in answer.text
    assert (await receipt(stage, draw_id, people[winner.viewer_id])).status_code == 404
    for other in people.keys() - {winner.viewer_id}:
        mine = decode_receipt((await receipt(stage, draw_id, people[other])).content)
        assert verify_receipt(after, mine).verdict is Verdict.VERIFIED


async def void(stage: Stage, draw_id: str) -> str:
    """Why a draw is void; its record must verify all the same."""
    found = await record(stage, draw_id)
    assert found.status is Status.VOID
    assert verify(found).verdict is Verdict.VERIFIED, problems(found)
    return found.void_reason or ""


async def test_a_cycle_without_a_draw_opens_its_seed_and_says_why(stage: Stage) -> None:
    await stage.tick(0)
    empty = (await commitment(stage))["drawId"]
    await stage.tick(300)
    assert await void(stage, empty) == "empty"
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(600)
    missed = (await commitment(stage))["drawId"]
    await stage.tick(900)
    assert await void(stage, missed) == "missed"
    kept = await stage.service.store.query("SELECT key FROM kept")
    assert kept == [(f"seed:{(await commitment(stage))['drawId']}",)]
    await stage.tick(1140)
    await stage.report(await stage.candidate())
    await stage.tick(1200)
    none_eligible = (await commitment(stage))["drawId"]
    await stage.tick(1440)
    assert await void(stage, none_eligible) == "nobody_eligible"
    await stage.tick(1500)
    assert await void(stage, none_eligible) == "nobody_eligible"


async def test_a_service_that_starts_after_the_draw_was_due_draws_nobody(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running(tmp_path, clock) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
    clock.at(3600 + 241)
    async with running(tmp_path, clock) as stage:
        await stage.tick()
        late = await commitment(stage)
        assert late["status"] == "committed"
        assert (await stage.operator("GET", "/api/roulette/candidate")).status_code == 204
        await stage.tick(3900)
        assert await void(stage, late["drawId"]) == "missed"
        await stage.tick(3900 + 240)
        await stage.tick(3900 + 270)
        fair = await record(stage, (await commitment(stage))["drawId"])
        assert verify(fair).verdict is Verdict.VERIFIED, problems(fair)


async def test_a_clock_that_is_set_back_leaves_every_record_verifiable(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    first = await drawn(stage)
    await stage.tick(10)
    await stage.report(await stage.candidate(), online=False)
    await stage.tick(10)
    found = await record(stage, first)
    assert verify(found).verdict is Verdict.VERIFIED, problems(found)
    await stage.tick(300)
    second = (await commitment(stage))["drawId"]
    await stage.tick(-900)
    await stage.tick(-660)
    await stage.tick(-600)
    assert await void(stage, second) == "missed"
    third = await drawn(stage, -600)
    await stage.tick(-1200)
    await stage.tick(-1000)
    found = await record(stage, third)
    assert verify(found).verdict is Verdict.VERIFIED, problems(found)


async def test_a_lost_seed_stops_its_own_draw_and_no_other(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    undrawn = (await commitment(stage))["drawId"]
    await lose_seed(stage, undrawn)
    await stage.tick(240)
    found = await record(stage, undrawn)
    assert (found.status, found.void_reason) == (Status.VOID, "seed lost")
    assert verify(found).verdict is Verdict.FAILED
    frozen = await drawn(stage, 300)
    await lose_seed(stage, frozen)
    await stage.tick(570)
    assert (await record(stage, frozen)).status is Status.FROZEN
    fair = await drawn(stage, 600)
    assert fair not in (undrawn, frozen)
    await stage.tick(870)
    found = await record(stage, fair)
    assert verify(found).verdict is Verdict.VERIFIED, problems(found)
    closed = [event.result for event in await stage.recorded(SpinCycleResolved)]
    assert closed == ["missed", "unverified"]


async def lose_seed(stage: Stage, draw_id: str) -> None:
    await stage.service.ledger.change(
        lambda state, now: [SpinCyclesMissed(first_start=now, count=1)], drop=[f"seed:{draw_id}"]
    )


async def test_seeds_are_kept_until_they_are_revealed_and_no_longer(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    draw_id = await drawn(stage)
    store, channel_id = stage.service.store, stage.service.channel
    seed = await store.kept(channel_id, f"seed:{draw_id}")
    assert seed is not None
    await stage.tick(270)
    (revealed,) = await stage.recorded(DrawRevealed)
    assert revealed.seed == seed.hex()
    assert await store.kept(channel_id, f"seed:{draw_id}") is None
    await stage.tick(300)
    rows = await store.query("SELECT key FROM kept")
    assert rows == [(f"seed:{(await commitment(stage))['drawId']}",)]


async def test_draws_that_are_not_there(stage: Stage) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    for draw_id in (unknown, "no-uuid", "%00", "1"):
        for suffix in ("", "/receipt"):
            answer = await stage.as_viewer(ANNA, "GET", f"/api/draws/{draw_id}{suffix}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_draw_id_may_be_written_in_any_case(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    draw_id = await drawn(stage)
    for spelling in (draw_id.upper(), draw_id.replace("-", "")):
        assert (await record(stage, spelling)).draw_id == draw_id
