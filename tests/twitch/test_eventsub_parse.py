"""Deliveries of EventSub: what a verified body is read as."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldomatic.twitch.eventsub import (
    Challenge,
    Message,
    Notification,
    Revocation,
    parse,
)
from goldomatic.values import Code, Refused
from twitch.eventsub_samples import WEBHOOKS, Sample, sample


# G-05 G-06
@pytest.mark.parametrize("webhook", WEBHOOKS, ids=lambda webhook: str(webhook.name))
def test_every_webhook_sample_is_read_as_what_it_is(webhook: Sample) -> None:
    message = parse(webhook.message_type, webhook.body)
    if webhook.message_type == "webhook_callback_verification":
        assert message == Challenge(webhook.facts["expected_body"])
    elif webhook.message_type == "revocation":
        status = webhook.name.removeprefix("webhook-revocation-").removesuffix(".json")
        assert message == Revocation(webhook.subscription_type, status.replace("-", "_"))
    else:
        assert isinstance(message, Notification)
        assert message.subscription_type == webhook.subscription_type
        assert json.loads(bytes(message.event)) == json.loads(webhook.body)["event"]


# G-05
def test_a_challenge_is_one_whatever_else_the_body_holds() -> None:
    body = json.dumps({"challenge": "x\n", "subscription": 1, "event": {"a": 1}}).encode()
    assert parse("notification", body) == Challenge("x\n")
    assert parse("revocation", body) == Challenge("x\n")
    assert parse("", b'{"challenge":""}') == Challenge("")


@pytest.mark.parametrize("value", [None, 1, True, [], {}, 1.5, ["x"]])
def test_a_challenge_that_is_no_text_is_none(value: object) -> None:
    body = {"challenge": value, "subscription": {"type": "channel.follow"}, "event": {"a": 1}}
    message = parse("notification", json.dumps(body).encode())
    assert isinstance(message, Notification)
    assert message.subscription_type == "channel.follow"


# G-06
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"subscription":{"type":"channel.chat.message"}}',
        b'{"subscription":{"type":"channel.chat.message"},"event":null}',
        b'{"subscription":null,"event":{}}',
        b'{"subscription":[],"event":{}}',
        b'{"subscription":"channel.chat.message","event":{}}',
        b'{"subscription":{},"event":{}}',
        b'{"subscription":{"type":null},"event":{}}',
        b'{"subscription":{"type":7},"event":{}}',
        b'{"event":{}}',
    ],
)
def test_without_a_type_or_an_event_nobody_handles_it(body: bytes) -> None:
    message = parse("notification", body)
    assert isinstance(message, Notification)
    assert message.subscription_type == ""


def test_wrong_types_of_what_is_not_read_refuse_nothing() -> None:
    body = {
        "subscription": {
            "type": "channel.chat.message",
            "status": 7,
            "id": None,
            "condition": [1e300],
            "cost": "free",
        },
        "event": {"message_id": 5},
        "metadata": [[[]]],
    }
    message = parse("notification", json.dumps(body).encode())
    assert isinstance(message, Notification)
    assert message.subscription_type == "channel.chat.message"
    assert parse("revocation", json.dumps(body).encode()) == Revocation("channel.chat.message", "")


def test_a_revocation_without_a_subscription_is_still_one() -> None:
    assert parse("revocation", b"") == Revocation("", "")


UNREADABLE = [
    b" ",
    b"\x00",
    b"no json",
    b"null",
    b"1",
    b'"text"',
    b"[]",
    b'[{"challenge":"x"}]',
    b"{",
    b'{"a":1}}',
    b'{"a":1,}',
    b"{'a':1}",
    b'{"a":NaN}',
    b"\xff\xfe{\x00}\x00",
    b'{"a":"\xff"}',
    b'{"event":{"message":{"text":"\xed\xa0\x80"}}}',
    b'{"event":{"message":{"text":"\\ud800"}}}',
    b'{"challenge":"\\udc00"}',
    b'{"event":{"message":{"text":"a\x00b"}}}',
]

DEEP = 100_000

NESTED = [
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b'{"a":' + b"[" * DEEP + b"]" * DEEP + b"}",
    b'{"event":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    b'{"challenge":' + b"[" * DEEP + b"]" * DEEP + b"}",
    b'{"subscription":{"type":' + b"[" * DEEP + b"]" * DEEP + b"}}",
]


@pytest.mark.parametrize("body", UNREADABLE + NESTED, ids=lambda body: repr(body[:20]))
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        parse("notification", body)
    assert refused.value.code is Code.INVALID_PAYLOAD


def parsed_or_refused(message_type: str, body: bytes) -> Message | Code:
    try:
        return parse(message_type, body)
    except Refused as refused:
        return refused.code


@given(st.sampled_from(["notification", "revocation", "", "x"]), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(message_type: str, body: bytes) -> None:
    read = parsed_or_refused(message_type, body)
    assert read is Code.INVALID_PAYLOAD or isinstance(read, Message)


# A small alphabet of what is special somewhere; drawing from all of Unicode is slow to set up.
TEXT = st.text('az09"\\/\x00\x01\n\u0301é☃😀\U000e0000', max_size=6)

SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT

JSON = SCALAR | st.lists(SCALAR, max_size=3) | st.dictionaries(TEXT, SCALAR, max_size=3)

FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "challenge": JSON,
        "event": JSON,
        "subscription": JSON | st.fixed_dictionaries({"type": JSON, "status": JSON}),
        "extra": JSON,
    },
)


@given(st.sampled_from(["notification", "revocation", "x"]), FIELDS)
def test_any_object_is_read_in_the_order_of_the_rules(
    message_type: str, fields: dict[str, Any]
) -> None:
    message = parsed_or_refused(message_type, msgspec.json.encode(fields))
    if isinstance(fields.get("challenge"), str):
        assert message == Challenge(fields["challenge"])
    elif message_type == "revocation":
        assert isinstance(message, Revocation)
    else:
        assert isinstance(message, Notification)
        if fields.get("event") is None:
            assert message.subscription_type == ""


@given(st.data())
def test_a_damaged_sample_is_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(sample("chat-unknown-fields.json").body)
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    read = parsed_or_refused("notification", bytes(body))
    assert read is Code.INVALID_PAYLOAD or isinstance(read, Message)
