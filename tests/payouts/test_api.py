"""The payouts' JSON routes over HTTP: lists, status, consent, the viewer's own."""

from itertools import product
from typing import Any

import pytest

from goldomatic import channel
from goldomatic.payouts.events import PayoutStatus, PayoutStatusChanged, WinnerAcceptanceRecorded
from goldomatic.roulette.events import PoolMemberRemoved
from goldomatic.schedule import expire_payouts
from goldomatic.values import ViewerId
from support.answers import code
from support.clock import NOON
from support.service import ANNA, BORIS, CLARA, OWNER, Stage, viewer

S = PayoutStatus
UNKNOWN = "00000000-0000-4000-8000-000000000000"
NINE_FIELDS = {
    "id",
    "twitchUserId",
    "twitchDisplayName",
    "characterName",
    "goldAmount",
    "enrollmentRequestId",
    "status",
    "createdAt",
    "isRewardSentAnnouncedToChat",
}
ADMIN_FIELDS = NINE_FIELDS | {"updatedAt", "winnerAcceptedWillingToReceiveAt", "spinCycleId"}
ALLOWED = {
    (S.PENDING, S.IN_PROGRESS),
    (S.PENDING, S.CANCELLED),
    (S.PENDING, S.FAILED),
    (S.IN_PROGRESS, S.SENT),
    (S.IN_PROGRESS, S.CANCELLED),
    (S.IN_PROGRESS, S.FAILED),
    (S.IN_PROGRESS, S.PENDING),
}


async def payout(stage: Stage, payout_id: str) -> dict[str, Any]:
    answer = await stage.operator("GET", f"/api/payouts/{payout_id}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def bring(stage: Stage, payout_id: str, status: PayoutStatus) -> None:
    if status in (S.IN_PROGRESS, S.SENT):
        assert (await stage.patch(payout_id, "InProgress")).status_code == 200
    if status in (S.SENT, S.FAILED, S.CANCELLED):
        assert (await stage.patch(payout_id, status)).status_code == 200
    if status is S.EXPIRED:
        stage.clock.advance(86_401)
        await expire_payouts(stage.service)


# G-38, G-39, G-40
async def test_every_move_of_a_payout(stage: Stage) -> None:
    start = 0
    for number, (before, after) in enumerate(product(S, S)):
        person = viewer(number)
        payout_id = await stage.win(start, (person, "Norinn"))
        await bring(stage, payout_id, before)
        history = len(await stage.recorded(PayoutStatusChanged))
        answer = await stage.patch(payout_id, after)
        more = len(await stage.recorded(PayoutStatusChanged)) - history
        if before is after:
            assert (answer.status_code, answer.json()["status"], more) == (200, after, 0)
        elif (before, after) in ALLOWED:
            assert (answer.status_code, answer.json()["status"], more) == (200, after, 1)
        else:
            assert code(answer) == (409, "terminal_status_change_not_allowed"), (before, after)
            assert answer.json()["message"] == "Transition not allowed."
            assert more == 0
        # The next of the 36 is drawn from an empty pool again.
        await stage.service.ledger.change(channel.forget_viewer(ViewerId(person.id), "operator"))
        start = int((stage.clock() - NOON).total_seconds()) // 300 * 300 + 600


async def test_a_moved_payout_has_exactly_nine_fields(stage: Stage) -> None:
    payout_id = await stage.win(0, (ANNA, "Norinn"))
    moves = [("inprogress", "1"), ("PENDING", "1"), ("InProgress", "1"), ("InProgress", "0")]
    for status, changed in [*moves, ("sENT", "1")]:
        answer = await stage.patch(payout_id, status)
        assert answer.status_code == 200
        assert answer.json().keys() == NINE_FIELDS
        assert answer.headers["x-mgm-changed"] == changed
    assert answer.json()["status"] == "Sent"
    assert answer.json()["goldAmount"] == 1000


async def test_the_operators_view_has_three_fields_more(stage: Stage) -> None:
    payout_id = await stage.win(0, (ANNA, "Norinn"))
    found = await payout(stage, payout_id)
    assert found.keys() == ADMIN_FIELDS
    assert (found["updatedAt"], found["winnerAcceptedWillingToReceiveAt"]) == (None, None)
    assert found["enrollmentRequestId"] == f"spin:{found['spinCycleId'].replace('-', '')}"
    stage.clock.advance(1.2345)
    await stage.patch(payout_id, "InProgress")
    assert (await payout(stage, payout_id))["updatedAt"] == "2026-11-21T12:04:01.234Z"
    assert await payout(stage, payout_id.upper()) == await payout(stage, payout_id)


# G-37
async def test_payouts_wait_until_the_bridge_asks_oldest_first(stage: Stage) -> None:
    ids = [
        await stage.win(number * 300, (person, character))
        for number, (person, character) in enumerate(
            [(ANNA, "Norinn"), (BORIS, "Kael"), (CLARA, "Jaina")]
        )
    ]
    stage.clock.advance(3600)
    pending = (await stage.operator("GET", "/api/payouts/pending")).json()
    assert [each["id"] for each in pending] == ids
    assert {each["status"] for each in pending} == {"Pending"}
    assert all(each.keys() == NINE_FIELDS for each in pending)


# G-21
async def test_with_nothing_to_pay_the_list_is_empty(stage: Stage) -> None:
    answer = await stage.operator("GET", "/api/payouts/pending")
    assert (answer.status_code, answer.json()) == (200, [])


async def test_payouts_are_listed_by_status(stage: Stage) -> None:
    ids = {}
    for number, (person, status) in enumerate([(ANNA, S.SENT), (BORIS, S.IN_PROGRESS)]):
        ids[status] = await stage.win(number * 300, (person, f"Name{'ab'[number]}"))
        await bring(stage, ids[status], status)
    ids[S.PENDING] = await stage.win(600, (CLARA, "Jaina"))

    async def listed(query: str) -> list[str]:
        answer = await stage.operator("GET", f"/api/payouts{query}")
        assert answer.status_code == 200
        assert all(each.keys() == ADMIN_FIELDS for each in answer.json())
        return [each["id"] for each in answer.json()]

    assert await listed("") == [ids[S.IN_PROGRESS], ids[S.PENDING]]
    assert await listed("?status=pending") == [ids[S.PENDING]]
    assert await listed("?status=Sent&status=InProgress") == [ids[S.SENT], ids[S.IN_PROGRESS]]
    assert await listed("?status=Failed") == []
    assert await listed("?status=Sent&status=Sent") == [ids[S.SENT]]
    for query in ("?status=", "?status=nonsense", "?status=Sent&status=x", "?status=%00"):
        answer = await stage.operator("GET", f"/api/payouts{query}")
        assert code(answer) == (400, "invalid_payload"), query


# G-41
async def test_a_payout_that_is_not_there_is_not_found(stage: Stage) -> None:
    for payout_id in (UNKNOWN, "no-uuid", "%00", "1"):
        assert code(await stage.patch(payout_id, "Sent")) == (404, "not_found")
        assert code(await stage.accept(payout_id, "Norinn")) == (404, "not_found")
        answer = await stage.operator("GET", f"/api/payouts/{payout_id}")
        assert code(answer) == (404, "not_found")
        answer = await stage.as_owner("POST", f"/api/broadcaster/payouts/{payout_id}/cancel")
        assert code(answer) == (404, "not_found")


# G-42
async def test_consent_is_recorded_once_and_moves_nothing(stage: Stage) -> None:
    payout_id = await stage.win(0, (ANNA, "Norinn"))
    answer = await stage.accept(payout_id, " nORINN ")
    assert (answer.status_code, answer.content) == (200, b"")
    stage.clock.advance(10)
    assert (await stage.accept(payout_id, "Norinn")).status_code == 200
    found = await payout(stage, payout_id)
    assert found["winnerAcceptedWillingToReceiveAt"] == "2026-11-21T12:04:00.000Z"
    assert found["status"] == "Pending"
    assert len(await stage.recorded(WinnerAcceptanceRecorded)) == 1
    answer = await stage.accept(payout_id, "Kael")
    assert code(answer) == (400, "invalid_character_name")
    assert answer.json()["message"] == "characterName does not match payout."


# G-42
async def test_consent_counts_while_the_payout_is_active(stage: Stage) -> None:
    payout_id = await stage.win(0, (ANNA, "Norinn"))
    await stage.patch(payout_id, "InProgress")
    assert (await stage.accept(payout_id, "Norinn")).status_code == 200
    await stage.patch(payout_id, "Sent")
    assert (await stage.accept(payout_id, "Norinn")).status_code == 200
    other = await stage.win(300, (BORIS, "Kael"))
    await stage.patch(other, "Failed")
    answer = await stage.accept(other, "Kael")
    assert code(answer) == (409, "terminal_status_change_not_allowed")


async def test_odd_bodies_are_invalid_payloads(stage: Stage) -> None:
    payout_id = await stage.win(0, (ANNA, "Norinn"))
    bodies: list[bytes] = [
        b"",
        b"null",
        b"[]",
        b"5",
        b'"Sent"',
        b"{}",
        b"\xff\xfe",
        b"not json",
        b"[" * 100_000,
        b'{"status": null, "characterName": null}',
        b'{"status": 5, "characterName": 5}',
        b'{"status": ["Sent"], "characterName": {}}',
        b'{"status": "\\ud800", "characterName": "\\ud800"}',
    ]
    for content in bodies:
        for method, path in (("PATCH", "status"), ("POST", "confirm-acceptance")):
            answer = await stage.operator(
                method, f"/api/payouts/{payout_id}/{path}", content=content
            )
            assert code(answer) == (400, "invalid_payload"), (method, content[:30])
    for status in ("", "Done", "Sent ", "İnProgress", "Sent\u0000", "x" * 100_000):
        assert code(await stage.patch(payout_id, status)) == (400, "invalid_payload"), status[:20]
    answer = await stage.operator(
        "PATCH", f"/api/payouts/{payout_id}/status", content=b" " * 1_048_577
    )
    assert code(answer) == (413, "payload_too_large")
    assert (await payout(stage, payout_id))["status"] == "Pending"


async def test_unknown_fields_and_a_missing_content_type_are_fine(stage: Stage) -> None:
    payout_id = await stage.win(0, (ANNA, "Norinn"))
    answer = await stage.operator(
        "PATCH", f"/api/payouts/{payout_id}/status", content=b'{"status":"InProgress","by":"me"}'
    )
    assert answer.status_code == 200


# G-43
async def test_the_job_lets_old_payouts_expire(stage: Stage) -> None:
    stage.clock.at(0)
    old = await stage.win(0, (ANNA, "Norinn"))
    begun = await stage.win(300, (BORIS, "Kael"))
    await stage.patch(begun, "InProgress")
    young = await stage.win(600, (CLARA, "Jaina"))
    stage.clock.at(600 + 240 + 86_400 - 60)
    await expire_payouts(stage.service)
    statuses = [(await payout(stage, each))["status"] for each in (old, begun, young)]
    assert statuses == ["Expired", "Expired", "Pending"]
    assert len(stage.pool()) == 3
    stage.clock.at(600 + 240 + 86_400)
    await expire_payouts(stage.service)
    assert (await payout(stage, young))["status"] == "Pending"
    stage.clock.at(600 + 240 + 86_460)
    await expire_payouts(stage.service)
    await expire_payouts(stage.service)
    assert (await payout(stage, young))["status"] == "Expired"
    assert len(await stage.recorded(PayoutStatusChanged)) == 4
    assert code(await stage.patch(young, "Pending")) == (409, "terminal_status_change_not_allowed")


# G-47
async def test_who_never_won_has_no_last_payout(stage: Stage) -> None:
    path = "/api/payouts/my-last"
    assert code(await stage.as_viewer(ANNA, "GET", path)) == (404, "not_found")
    await stage.chat(ANNA, "!twgold Norinn")
    assert code(await stage.as_viewer(ANNA, "GET", path)) == (404, "not_found")


async def test_the_last_payout_is_the_newest_of_any_status(stage: Stage) -> None:
    first = await stage.win(0, (ANNA, "Norinn"))
    await stage.patch(first, "Failed")
    mine = (await stage.as_viewer(ANNA, "GET", "/api/payouts/my-last")).json()
    assert (mine["id"], mine["status"], mine.keys()) == (first, "Failed", NINE_FIELDS)
    second = await stage.win(300, (ANNA, "Norinn"))
    mine = (await stage.as_viewer(ANNA, "GET", "/api/payouts/my-last")).json()
    assert (mine["id"], mine["status"]) == (second, "Pending")
    assert (await stage.as_viewer(BORIS, "GET", "/api/payouts/my-last")).status_code == 404


# G-40
async def test_sent_takes_the_winner_out_of_the_pool_once(stage: Stage) -> None:
    payout_id = await stage.win(0, (ANNA, "Norinn"))
    await bring(stage, payout_id, S.SENT)
    assert stage.pool() == {}
    await stage.chat(ANNA, "!twgold Norinn")
    assert (await stage.patch(payout_id, "Sent")).status_code == 200
    assert stage.pool() == {ANNA.id: "Norinn"}
    assert len(await stage.recorded(PoolMemberRemoved)) == 1


# G-52
@pytest.mark.parametrize("status", list(S))
async def test_the_broadcaster_cancels_only_what_is_pending(
    stage: Stage, status: PayoutStatus
) -> None:
    payout_id = await stage.win(0, (ANNA, "Norinn"))
    await bring(stage, payout_id, status)
    path = f"/api/broadcaster/payouts/{payout_id}/cancel"
    for role in ("viewer", "moderator"):
        token = stage.token(ANNA, role=role)
        answer = await stage.with_token(token, "POST", path)
        assert code(answer) == (403, "forbidden_role")
    answer = await stage.as_owner("POST", path)
    if status in (S.PENDING, S.CANCELLED):
        assert answer.status_code == 200
        assert (answer.json()["status"], answer.json().keys()) == ("Cancelled", ADMIN_FIELDS)
    else:
        assert code(answer) == (409, "terminal_status_change_not_allowed")
    if status is S.PENDING:
        (changed,) = await stage.recorded(PayoutStatusChanged)
        assert changed.actor == f"broadcaster:{OWNER.id}"
        assert (await stage.as_owner("POST", path)).status_code == 200
        assert len(await stage.recorded(PayoutStatusChanged)) == 1
