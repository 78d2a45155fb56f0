"""Bodies, timestamps and signatures of EventSub messages."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from goldomatic.simulation.eventsub_messages import (
    ChatLine,
    RepliedLine,
    SharedChatSource,
    chat_event,
    message_body,
    nanosecond_timestamp,
    signature,
)
from simulation.stage import FOUNDER, OWNER, PASSER_BY, SUBSCRIBER

SAMPLES = Path(__file__).parents[1] / "samples" / "eventsub"
PARENT = RepliedLine(author=OWNER, text="Type !twgold <name> to enter", message_id="parent-id")
NEIGHBOUR = SharedChatSource(
    broadcaster=PASSER_BY,
    message_id="their-id",
    badges=({"set_id": "founder", "id": "0", "info": "30"},),
)
HOME = SharedChatSource(broadcaster=OWNER, message_id="our-id", badges=tuple(SUBSCRIBER.badges))
VARIANTS = {
    "chat-subscriber-lower": ChatLine(chatter=SUBSCRIBER, text="!twgold Aurelian"),
    "chat-founder": ChatLine(chatter=FOUNDER, text="!twgold Brannoch"),
    "chat-non-subscriber": ChatLine(chatter=PASSER_BY, text="!twgold Corwyn"),
    "chat-me-action": ChatLine(chatter=SUBSCRIBER, text="!twgold Aurelian", action=True),
    "chat-reply": ChatLine(chatter=SUBSCRIBER, text="!twgold Aurelian", reply_to=PARENT),
    "chat-cheer": ChatLine(chatter=PASSER_BY, text="!twgold Corwyn", bits=100),
    "chat-subscriber-invisible-suffix": ChatLine(
        chatter=SUBSCRIBER, text="!twgold Aurelian", invisible_suffix=True
    ),
    "chat-shared-foreign": ChatLine(chatter=PASSER_BY, text="!twgold Korrin", source=NEIGHBOUR),
    "chat-shared-native-own-source": ChatLine(
        chatter=SUBSCRIBER, text="!twgold Aurelian", source=HOME
    ),
}


def shape(value: Any) -> Any:
    """The keys and kinds of a JSON value, whatever its words."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value[:1]]
    return type(value)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_has_the_shape_of_its_sample(name: str) -> None:
    sample = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))["event"]
    event = chat_event(VARIANTS[name], OWNER, "a-message-id")
    sample["badges"] = event["badges"] and sample["badges"]
    assert shape(event) == shape(sample)
    assert event["message"]["text"] == sample["message"]["text"]
    assert [part["type"] for part in event["message"]["fragments"]] == [
        part["type"] for part in sample["message"]["fragments"]
    ]


def test_the_chatters_badges_and_names_are_told() -> None:
    event = chat_event(VARIANTS["chat-founder"], OWNER, "a-message-id")
    assert event["badges"] == [{"set_id": "founder", "id": "0", "info": "41"}]
    assert event["chatter_user_name"] == "First_One"
    assert event["chatter_user_login"] == "first_one"
    assert event["broadcaster_user_id"] == OWNER.id
    assert event["message_id"] == "a-message-id"


def test_the_body_is_compact_and_escapes_on_request_only() -> None:
    content = {"text": "Мирослава", "n": [1, 2]}
    raw, escaped = message_body(content), message_body(content, escaped=True)
    assert raw == '{"text":"Мирослава","n":[1,2]}'.encode()
    assert escaped.isascii()
    assert json.loads(raw) == json.loads(escaped) == content


def test_the_signature_covers_id_timestamp_and_body() -> None:
    message = b"an-id" + b"2026-11-21T06:41:07.634234626Z" + b'{"a":1}'
    expected = "sha256=" + hmac.new(b"the-secret", message, hashlib.sha256).hexdigest()
    assert (
        signature("the-secret", "an-id", "2026-11-21T06:41:07.634234626Z", b'{"a":1}') == expected
    )


def test_the_published_vectors_are_reproduced() -> None:
    vectors = json.loads((SAMPLES / "signing-vectors.json").read_text(encoding="utf-8"))
    for vector in vectors["vectors"]:
        made = signature(
            vectors["secret"], vector["message_id"], vector["timestamp"], vector["body"].encode()
        )
        assert (made == vector["signature"]) is (vector["expect"] == "valid"), vector["name"]


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        (0, "2026-11-21T06:41:07Z"),
        (3, "2026-11-21T06:41:07.634Z"),
        (6, "2026-11-21T06:41:07.634234Z"),
        (7, "2026-11-21T06:41:07.6342340Z"),
        (9, "2026-11-21T06:41:07.634234026Z"),
    ],
)
def test_timestamps_have_as_many_digits_as_asked_for(digits: int, expected: str) -> None:
    instant = datetime(2026, 11, 21, 6, 41, 7, 634234, UTC)
    assert nanosecond_timestamp(instant, digits, 26) == expected
    elsewhere = instant.astimezone(timezone(timedelta(hours=5)))
    assert nanosecond_timestamp(elsewhere, digits, 26) == expected
