"""From a line in the chat log to the service: the real bridge, the real service, real HTTP."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from goldomatic.simulation.asgi import Answer
from support.bridge_game import Rig, bridged, status, who_report, winners
from support.gate import Gate
from support.service import ANNA, Stage

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
Three = tuple[Stage, Gate, Rig]


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Three]:
    async with bridged(tmp_path) as found:
        found[2].bridge.read_log()
        yield found


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Three]:
    async with bridged(tmp_path, tag_match="strict") as found:
        found[2].bridge.read_log()
        yield found


async def candidate(stage: Stage) -> str:
    """A drawn candidate called Norinn; the cycle's id."""
    stage.clock.at(-1)
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    await stage.tick(240)
    cycle: str = (await stage.candidate())["spinCycleId"]
    return cycle


# D-15
async def test_a_report_goes_unchanged_and_once(strict: Three) -> None:
    stage, way, rig = strict
    report = who_report(await candidate(stage), "Norinn")
    for _ in range(2):
        rig.game.log.open("ab").write(f"3/4 12:00:00 [MGM_WHO] {report}\r\n".encode())
        await rig.look()
    (sent,) = way.to("/verify-candidate")
    assert json.loads(sent.body) == json.loads(report)
    assert len((await stage.operator("GET", "/api/payouts/pending")).json()) == 1
    assert "verify-candidate OK spin=" in rig.told[-1]
    assert rig.told[-1].endswith("online=true")


# D-16
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nobody there", "[MGM_WHO] parse skip (no JSON)"),
        ('{"schemaVersion":1,', "[MGM_WHO] JSON error:"),
        (who_report(ID, "Norinn", schemaVersion=2), "[MGM_WHO] schemaVersion 2"),
        (who_report(ID, "Norinn", schemaVersion=True), "[MGM_WHO] schemaVersion True"),
        ('{"a":' * 100_000, "[MGM_WHO] JSON error:"),
    ],
)
async def test_a_report_that_is_none_is_told_of(strict: Three, text: str, told: str) -> None:
    _, way, rig = strict
    rig.game.write(f"[MGM_WHO] {text}")
    await rig.look()
    assert way.calls == []
    assert rig.told[-1].startswith(told)


async def test_a_report_with_half_a_letter_does_not_stop_the_bridge(strict: Three) -> None:
    _, way, rig = strict
    rig.game.write(r'[MGM_WHO]{"schemaVersion":1,"spinCycleId":"\ud800","big":' + "9" * 99 + "}")
    await rig.look()
    rig.game.write(f"[MGM_CONFIRM:{ID}]")
    await rig.look()
    report = who_report(ID, "half").replace("half", r"\ud800")
    rig.game.write(f"[MGM_WHO]{report}")
    await rig.look()
    assert [call.status for call in way.to("/verify-candidate")] == [400]
    assert way.to("/status")


# D-17
async def test_consent_is_told_with_the_payouts_name(three: Three) -> None:
    stage, way, rig = three
    await rig.hello()
    first, second = await winners(stage, 2)
    await stage.patch(second, "InProgress")
    await rig.bridge.refresh()
    for payout_id in (first, second):
        rig.game.tag(f"[MGM_ACCEPT:{payout_id}]")
    await rig.look()
    bodies = [json.loads(call.body) for call in way.to("/confirm-acceptance")]
    assert bodies == [{"characterName": "Noriaa"}, {"characterName": "Noriab"}]
    found = (await stage.operator("GET", "/api/payouts")).json()
    assert all(each["winnerAcceptedWillingToReceiveAt"] for each in found)
    assert f"[MGM_ACCEPT] confirm-acceptance OK {second} (Noriab)" in rig.told


# D-17
async def test_consent_to_a_payout_that_is_not_in_the_list_is_looked_up(three: Three) -> None:
    stage, way, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    rig.game.tag(f"[MGM_ACCEPT:{payout_id}]")
    rig.game.tag(f"[MGM_ACCEPT:{ID}]")
    await rig.look()
    assert [call.path for call in way.to("/confirm-acceptance")] == [
        f"/api/payouts/{payout_id}/confirm-acceptance"
    ]
    assert rig.told[-1] == f"[MGM_ACCEPT] unknown payout {ID} — refresh pending list"


# D-18
async def test_a_confirmed_mail_is_sent_once(three: Three) -> None:
    stage, way, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    number = rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")
    await rig.look()
    assert await status(stage, payout_id) == "Sent"
    assert rig.told[-1] == f"[MGM_CONFIRM] PATCH Sent OK {payout_id}"
    for before in ("To Me: ", "Me whispers: ", ""):
        rig.game.tag(f"[MGM_CONFIRM:{payout_id}]", seq=number, before=before)
    await rig.restart()
    await rig.look()
    assert len(way.to("/status", "PATCH")) == 1


# D-18
async def test_a_confirmation_of_what_was_sent_already_is_no_error(three: Three) -> None:
    stage, _, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    await stage.patch(payout_id, "Sent")
    rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")
    await rig.look()
    assert rig.told[-1] == f"[MGM_CONFIRM] PATCH Sent OK {payout_id}"
    assert rig.bridge.view.alert is None


# D-18: a payout that was put back meanwhile is still paid
async def test_a_confirmed_mail_of_a_payout_that_was_put_back_goes_in_two_steps(
    three: Three,
) -> None:
    stage, way, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")
    await rig.look()
    assert await status(stage, payout_id) == "Sent"
    moves = [json.loads(call.body)["status"] for call in way.to("/status", "PATCH")]
    assert moves == ["Sent", "InProgress", "Sent"]


async def test_a_confirmed_mail_of_a_closed_payout_is_an_alert(three: Three) -> None:
    stage, _, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "Cancelled")
    rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")
    await rig.look()
    alert = rig.bridge.view.alert
    assert alert is not None
    assert (alert.kind, alert.title) == ("closed_payout", "Mail confirmed for a closed payout")
    assert payout_id in alert.body
    assert await status(stage, payout_id) == "Cancelled"
    rig.bridge.dismiss()
    assert rig.bridge.view.alert is None


# D-19
async def test_what_is_no_uuid_leads_to_nothing(strict: Three) -> None:
    _, way, rig = strict
    for wrong in (ID[:-1], "z" * 36, ID + "0"):
        rig.game.write(f"[MGM_CONFIRM:{wrong}]", f"[MGM_ACCEPT:{wrong}]")
    await rig.look()
    assert way.calls == []


# D-20
@pytest.mark.parametrize(
    ("match", "told", "sent"),
    [
        ("signed", "ignored unsigned tag", 0),
        ("strict", "ignored embedded tag", 0),
        ("anywhere", "", 1),
    ],
)
async def test_a_tag_in_somebodys_words(tmp_path: Path, match: str, told: str, sent: int) -> None:
    async with bridged(tmp_path, tag_match=match) as (stage, way, rig):
        rig.bridge.read_log()
        (payout_id,) = await winners(stage, 1)
        await stage.patch(payout_id, "InProgress")
        rig.game.write(f"Bob whispers: [MGM_CONFIRM:{payout_id}]")
        await rig.look()
        assert len(way.to("/status", "PATCH")) == sent
        assert rig.bridge.view.log.ignored == 1 - sent
        assert any(text.startswith(told) for text in rig.told) == bool(told) or not told


async def test_a_flood_of_forged_tags_is_counted_and_told_of_once(three: Three) -> None:
    _, way, rig = three
    for _ in range(500):
        rig.game.write(f"Bob says: [MGM_CONFIRM:{ID}] k=AAAAAAAAAAAA.1")
    await rig.look()
    assert way.calls == []
    assert rig.bridge.view.log.ignored == 500
    assert len(rig.told) == 1


async def test_the_addons_own_unsigned_echo_is_not_called_a_forgery(three: Three) -> None:
    _, _, rig = three
    await rig.hello()
    rig.game.write(f"[MGM_ACCEPT:{ID}]")
    rig.game.tag(f"[MGM_ACCEPT:{ID}]")
    await rig.look()
    assert rig.bridge.view.log.ignored == 0
    rig.clock.advance(61)
    rig.game.write(f"[MGM_ACCEPT:{ID}]")
    await rig.look()
    assert rig.bridge.view.log.ignored == 1


async def test_the_service_is_told_in_the_order_of_each_payout(three: Three) -> None:
    stage, way, rig = three
    await rig.hello()
    first, second = await winners(stage, 2)
    for payout_id in (first, second):
        await stage.patch(payout_id, "InProgress")
    rig.game.tag(f"[MGM_ACCEPT:{first}]")
    rig.game.tag(f"[MGM_CONFIRM:{first}]")
    rig.game.tag(f"[MGM_CONFIRM:{second}]")
    await rig.bridge.refresh()
    rig.bridge.read_log()
    way.answers = [Answer(503)]
    await rig.bridge.deliver()
    # The consent was not taken; the confirmation behind it waits, that of another payout does not.
    assert (await status(stage, first), await status(stage, second)) == ("InProgress", "Sent")
    rig.clock.advance(2)
    for _ in range(2):
        await rig.bridge.deliver()
    assert await status(stage, first) == "Sent"
    order = [path.rpartition("/")[2] for _, path in way.changes() if first in path]
    assert order == ["confirm-acceptance", "confirm-acceptance", "status"]


async def test_a_report_that_is_too_late_is_dropped(three: Three) -> None:
    stage, way, rig = three
    await rig.hello()
    way.down = True
    rig.game.who(await candidate(stage), "Norinn")
    await rig.look()
    rig.clock.advance(331)
    way.down = False
    await rig.look()
    assert [call for call in way.to("/verify-candidate") if call.status] == []
    assert "too late" in rig.told[-1]
    await rig.look()
    assert len(rig.told) == len(set(rig.told))


async def test_an_unknown_tag_is_shown_and_acknowledged(three: Three) -> None:
    _, _, rig = three
    await rig.hello()
    number = rig.game.tag("[MGM_NEWS:42]of tomorrow")
    await rig.settle(4)
    assert number in rig.game.acknowledged
    assert any("[MGM_NEWS:42]" in text for text in rig.told)


async def test_the_mailbox_is_shown(three: Three) -> None:
    _, _, rig = three
    await rig.hello()
    for state in ("open", "closed"):
        rig.game.tag(f"[MGM_MAILBOX:{state}]")
        await rig.look()
        assert rig.bridge.view.mailbox == state
