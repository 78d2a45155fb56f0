"""EventSub for the raffle: what is taken, what it counts, and what is tried again."""

import hmac
import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from goldomatic.raffle import deliveries, support
from goldomatic.raffle.events import RaffleDeliveryFailed, RaffleDeliverySettled
from goldomatic.raffle.state import Member
from goldomatic.schedule import tend_raffle
from goldomatic.twitch.eventsub import EventSubVerifier
from goldomatic.values import ViewerId
from support.raffle_stage import RaffleStage
from support.service import EVENTSUB_SECRET, OWNER, millisecond, viewer

PATH = "/api/twitch/webhook"
ANNA = viewer(1)


async def deliver(
    raffle: RaffleStage,
    body: bytes,
    *,
    kind: str = "notification",
    message: str = "m-1",
    age: timedelta = timedelta(0),
    path: str = PATH,
    **changes: str | None,
) -> httpx2.Response:
    """A signed delivery; `changes` replace headers, None removes one."""
    timestamp = millisecond(raffle.stage.clock() - age)
    signed = hmac.digest(
        EVENTSUB_SECRET.encode(), message.encode() + timestamp.encode() + body, "sha256"
    )
    headers: dict[str, str | None] = {
        "id": message,
        "timestamp": timestamp,
        "signature": "sha256=" + signed.hex(),
        "type": kind,
    }
    sent = {
        f"Twitch-Eventsub-Message-{name}": value
        for name, value in (headers | changes).items()
        if value is not None
    }
    return await raffle.stage.request("POST", path, content=body, headers=sent)


def news(kind: str, user: str | None = ANNA.id, **event: Any) -> bytes:
    given = {"user_id": user, "broadcaster_user_id": OWNER.id} | event
    return json.dumps({"subscription": {"type": kind}, "event": given}).encode()


async def told(raffle: RaffleStage, message: str, kind: str, **event: Any) -> None:
    answer = await deliver(raffle, news(kind, **event), message=message)
    assert (answer.status_code, answer.content) == (204, b"")


async def anna(raffle: RaffleStage) -> Member:
    await raffle.person(ANNA)
    member: Member = raffle.state.members.durable[ViewerId(ANNA.id)]
    return member


def test_the_test_vector_of_the_signature() -> None:
    headers = {
        "twitch-eventsub-message-id": "msg-1",
        "twitch-eventsub-message-timestamp": "2025-11-30T12:00:00Z",
        "twitch-eventsub-message-signature": "sha256="
        "bc5d677849db58cf4bf9eb70aaac0634829750d1e496a852d1a30a50c0f58970",
    }
    verifier = EventSubVerifier("s3cre7-for-tests")
    assert verifier.is_signed(headers, b'{"a":1}')
    assert not verifier.is_signed(headers, b'{"a":2}')


#
@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(minutes=11), (400, "event_too_old")),
        (timedelta(minutes=10), (204, None)),
        (timedelta(seconds=-30), (204, None)),
        (timedelta(minutes=-2), (400, "event_too_old")),
    ],
)
async def test_the_age_of_a_delivery(
    raffle: RaffleStage, age: timedelta, expected: tuple[int, str | None]
) -> None:
    answer = await deliver(raffle, news("channel.cheer", bits=1), age=age)
    code = answer.json()["errorCode"] if answer.content else None
    assert (answer.status_code, code) == expected


#
async def test_what_is_not_twitchs_or_not_readable_is_refused(raffle: RaffleStage) -> None:
    body = news("channel.cheer", bits=1)
    wrong = await deliver(raffle, body, signature="sha256=" + "0" * 64)
    assert (wrong.status_code, wrong.json()["errorCode"]) == (403, "invalid_signature")
    for header in ("id", "timestamp", "signature", "type"):
        missing = await deliver(raffle, body, **{header: None})
        assert (missing.status_code, missing.json()) == (
            400,
            {"error": "Missing required headers", "errorCode": "missing_headers"},
        )
    for bad in (b"{", b"[]", b'"x"', b"\xff"):
        answer = await deliver(raffle, bad)
        assert (answer.status_code, answer.json()["errorCode"]) == (400, "invalid_json")


#
async def test_a_challenge_is_given_back(raffle: RaffleStage) -> None:
    kind = "webhook_callback_verification"
    answer = await deliver(raffle, b'{"challenge":"pogchamp-kappa"}', kind=kind)
    assert (answer.status_code, answer.text) == (200, "pogchamp-kappa")
    assert answer.headers["content-type"].startswith("text/plain")
    missing = await deliver(raffle, b"{}", kind=kind)
    assert (missing.status_code, missing.json()["errorCode"]) == (400, "missing_challenge")


#
async def test_the_same_message_counts_once(raffle: RaffleStage) -> None:
    await anna(raffle)
    for path in (PATH, PATH, "/api/twitch/eventsub"):
        answer = await deliver(raffle, news("channel.cheer", bits=100), path=path)
        assert answer.status_code in (200, 204)
    assert (await anna(raffle)).bits == 100


#
async def test_every_type_has_its_effect(raffle: RaffleStage) -> None:
    await anna(raffle)
    await told(raffle, "a", "channel.cheer", bits=100.9)
    await told(raffle, "b", "channel.subscription.gift", total=5, cumulative_total=500)
    await told(raffle, "c", "channel.subscription.message", cumulative_months=14)
    await told(raffle, "d", "channel.subscribe")
    await told(raffle, "e", "channel.follow")
    member = await anna(raffle)
    assert (member.bits, member.gifts, member.sub_months, member.resubs) == (100, 5, 14, 1)
    assert (member.is_subscriber, member.is_follower) == (True, True)
    assert member.total == 1_000_000 + 100_000 + 500_000 + 1_000_000 + 200_000
    await told(raffle, "f", "channel.subscription.end")
    await told(raffle, "g", "channel.subscription.gift", total=None)
    member = await anna(raffle)
    assert (member.is_subscriber, member.gifts) == (False, 6)


#
async def test_what_belongs_to_nobody_known_has_no_effect(raffle: RaffleStage) -> None:
    await anna(raffle)
    await raffle.person(OWNER)
    before = raffle.stage.service.ledger.position
    await told(raffle, "a", "channel.cheer", user=None, bits=100)
    await told(raffle, "b", "channel.cheer", bits=100, is_anonymous=True)
    await told(raffle, "c", "channel.cheer", user="999", bits=100)
    await told(raffle, "d", "channel.subscription.gift", user=OWNER.id, total=5)
    await told(raffle, "e", "channel.raid", user=ANNA.id)
    await told(raffle, "f", "channel.cheer", bits=0)
    await told(raffle, "g", "channel.cheer", bits="many")
    await told(raffle, "h", "channel.cheer", user="", bits=100)
    assert raffle.stage.service.ledger.position == before
    assert ViewerId("999") not in raffle.state.members.durable
    empty = await deliver(raffle, b'{"subscription":{"type":"channel.cheer"}}', message="i")
    assert empty.status_code == 204


async def test_a_revoked_subscription_is_shown_to_the_broadcaster(raffle: RaffleStage) -> None:
    body = b'{"subscription":{"type":"channel.cheer","status":"authorization_revoked"}}'
    for message in ("a", "b"):
        answer = await deliver(raffle, body, kind="revocation", message=message)
        assert answer.status_code == 204
    told = await raffle.done("GET", "/api/admin/diagnostics")
    assert told["revokedSubscriptions"] == {"channel.cheer": "authorization_revoked"}


#
async def test_an_effect_that_fails_is_tried_again(
    raffle: RaffleStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await anna(raffle)
    with monkeypatch.context() as broken:

        def fail(*_: object) -> Any:
            raise RuntimeError("a fault in the rules")

        broken.setattr(support, "count", fail)
        await told(raffle, "a", "channel.cheer", bits=100)
        await told(raffle, "a", "channel.cheer", bits=100)
        assert (await raffle.done("GET", "/api/admin/diagnostics"))["failedEvents"] == 1
        raffle.stage.clock.advance(60)
        await tend_raffle(raffle.stage.service)
        attempts = await raffle.stage.recorded(RaffleDeliveryFailed)
        assert [each.attempt for each in attempts] == [1, 2]
    await tend_raffle(raffle.stage.service)
    assert (await anna(raffle)).bits == 0
    raffle.stage.clock.advance(300)
    await tend_raffle(raffle.stage.service)
    await tend_raffle(raffle.stage.service)
    assert (await anna(raffle)).bits == 100
    assert len(await raffle.stage.recorded(RaffleDeliverySettled)) == 1
    assert (await raffle.done("GET", "/api/admin/diagnostics"))["failedEvents"] == 0
    store, channel = raffle.stage.service.store, raffle.stage.service.channel
    assert await store.kept(channel, "delivery:a") is None


#
async def test_what_always_fails_is_given_up(
    raffle: RaffleStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await anna(raffle)

    def fail(*_: object) -> Any:
        raise RuntimeError("a fault in the rules")

    monkeypatch.setattr(support, "count", fail)
    await told(raffle, "a", "channel.cheer", bits=100)
    for pause in deliveries.RETRIED_AFTER:
        assert len(raffle.state.failed.durable) == 1
        raffle.stage.clock.now += pause
        await tend_raffle(raffle.stage.service)
    assert len(raffle.state.failed.durable) == 0
    (settled,) = await raffle.stage.recorded(RaffleDeliverySettled)
    assert settled.applied is False


async def test_without_the_database_twitch_is_asked_to_deliver_again(
    raffle: RaffleStage,
) -> None:
    await anna(raffle)
    await raffle.stage.service.store.close()
    answer = await deliver(raffle, news("channel.cheer", bits=100))
    assert answer.status_code == 503
