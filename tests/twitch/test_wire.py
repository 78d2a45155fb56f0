"""Chat lines in our words."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldomatic.twitch.eventsub import Notification, parse
from goldomatic.twitch.wire import (
    ChatLine,
    chat_line,
    command,
)
from twitch.eventsub_samples import MANIFEST, SAMPLES, Sample, sample

BADGES = frozenset({"subscriber", "founder"})

CHAT_SAMPLES = [s for s in SAMPLES if "command" in s.facts]


def line_of(seen: Sample) -> ChatLine:
    if seen.kind == "websocket-frame":
        event = msgspec.json.encode(json.loads(seen.body)["payload"]["event"])
        line = chat_line(event, subscriber_badges=BADGES)
    else:
        message = parse(seen.message_type, seen.body)
        assert isinstance(message, Notification)
        line = chat_line(message.event, subscriber_badges=BADGES)
    assert line is not None
    return line


def event(**changes: object) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(sample("chat-subscriber-lower.json").body)["event"]
    return fields | changes


def read(**changes: object) -> ChatLine | None:
    return chat_line(msgspec.json.encode(event(**changes)), subscriber_badges=BADGES)


def told(**changes: object) -> ChatLine:
    line = read(**changes)
    assert line is not None
    return line


# G-02 G-08 G-09
@pytest.mark.parametrize("seen", CHAT_SAMPLES, ids=lambda seen: str(seen.name))
def test_every_chat_sample_says_what_its_facts_say(seen: Sample) -> None:
    line = line_of(seen)
    facts = seen.facts
    args = facts["args"]
    if facts.get("is_action"):
        # The facts are of the text as delivered; ours is freed of the wrapping of `/me`.
        expected: tuple[str, str] | None = ("!twgold", "Aurelian")
    else:
        expected = (facts["command"], args[0]) if args is not None and len(args) == 1 else None
    assert command(line.text) == expected
    assert line.is_subscriber is facts["has_channel_sub_badge"]
    assert line.is_foreign is facts["foreign_shared_chat"]
    assert line.channel_id == MANIFEST["broadcaster"]["id"]
    assert line.message_id
    assert line.viewer_id
    assert line.viewer_name


def test_all_chat_samples_are_looked_at() -> None:
    names = {s.name for s in SAMPLES if s.name.startswith("chat-")} - {
        "chat-notification-resub.json"
    }
    others = {"conduit-notification-chat.json", "ws-notification-chat.json"}
    assert {s.name for s in CHAT_SAMPLES} == names | others


def test_a_line_is_read_whole() -> None:
    assert line_of(sample("chat-subscriber-lower.json")) == told()
    assert told() == ChatLine(
        message_id=event()["message_id"],
        channel_id=MANIFEST["broadcaster"]["id"],
        viewer_id=event()["chatter_user_id"],
        viewer_name=event()["chatter_user_name"],
        text="!twgold Aurelian",
        is_subscriber=True,
        is_foreign=False,
    )


def test_missing_texts_are_empty_and_missing_badges_none() -> None:
    empty = ChatLine("", "", "", "", "", False, False)  # type: ignore[arg-type]
    assert chat_line(b"{}", subscriber_badges=BADGES) == empty
    nulls = dict.fromkeys(event())
    assert chat_line(msgspec.json.encode(nulls), subscriber_badges=BADGES) == empty
    assert told(message={}).text == ""
    assert told(message={"text": None}).text == ""


def test_the_login_stands_in_for_a_missing_display_name() -> None:
    names: list[object] = [None, "", 7, [], "\x00"]
    for name in names:
        assert told(chatter_user_name=name).viewer_name == "stonebelly"
    assert told(chatter_user_name=None, chatter_user_login=None).viewer_name == ""


def test_a_display_name_cannot_disguise_itself() -> None:
    assert told(chatter_user_name="Bad\u202e\x00\nName").viewer_name == "BadName"
    assert told(chatter_user_name="Злой Кот😀").viewer_name == "Злой Кот😀"


@pytest.mark.parametrize("badge", ["subscriber", "founder"])
@pytest.mark.parametrize("others", [[], [{"set_id": "vip"}], [{}], [None], [{"set_id": None}]])
def test_a_counted_badge_proves_among_any_others(badge: str, others: list[object]) -> None:
    assert told(badges=[*others, {"set_id": badge, "id": "0", "info": None}]).is_subscriber


# G-08
@pytest.mark.parametrize(
    "badges",
    [
        None,
        [],
        {},
        "subscriber",
        7,
        ["subscriber"],
        [["subscriber"]],
        [{"id": "subscriber"}],
        [{"set_id": ["subscriber"]}],
        [{"set_id": {"subscriber": 1}}],
        [{"set_id": "Subscriber"}],
        [{"set_id": "premium"}, {"set_id": "sub-gifter"}, {"set_id": "vip"}],
    ],
)
def test_other_badges_prove_nothing_and_cost_no_line(badges: object) -> None:
    line = told(badges=badges)
    assert not line.is_subscriber
    assert line.text == "!twgold Aurelian"


def test_which_badges_count_is_the_callers_choice() -> None:
    encoded = msgspec.json.encode(event(badges=[{"set_id": "premium"}]))
    for counted, expected in ((frozenset({"premium"}), True), (frozenset[str](), False)):
        line = chat_line(encoded, subscriber_badges=counted)
        assert line is not None
        assert line.is_subscriber is expected


def test_ten_thousand_badges_are_read() -> None:
    many = [{"set_id": f"badge-{number}", "id": "1", "info": ""} for number in range(10_000)]
    assert not told(badges=many).is_subscriber
    assert told(badges=[*many, {"set_id": "founder"}]).is_subscriber


@pytest.mark.parametrize(
    ("source", "foreign"),
    [
        (None, False),
        ("", False),
        ("778812345", False),
        ("661100220", True),
        (661100220, True),
        ([], True),
        ({}, True),
    ],
)
def test_lines_of_other_channels_are_foreign(source: object, foreign: bool) -> None:
    assert told(source_broadcaster_user_id=source).is_foreign is foreign


UNREAD = sorted(
    set(event())
    - {"message_id", "chatter_user_id", "broadcaster_user_id", "message"}
    - {"chatter_user_name", "chatter_user_login", "badges", "source_broadcaster_user_id"}
)


@pytest.mark.parametrize("field", UNREAD)
@pytest.mark.parametrize("value", [None, 7, [1], {"a": [None]}, "text"])
def test_a_field_that_we_do_not_read_never_costs_the_line(field: str, value: object) -> None:
    assert read(**{field: value}) == told()


@pytest.mark.parametrize("field", ["message_id", "chatter_user_id", "broadcaster_user_id"])
@pytest.mark.parametrize("value", [7, 1.5, True, [], {}, "a\x00b", "a\nb"])
def test_an_id_of_a_wrong_type_is_no_chat_line(field: str, value: object) -> None:
    assert read(**{field: value}) is None


@pytest.mark.parametrize("message", ["!twgold A", 7, [], {"text": 7}, {"text": ["!twgold A"]}])
def test_a_text_of_a_wrong_type_is_no_chat_line(message: object) -> None:
    assert read(message=message) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"7",
        b"[]",
        b'"x"',
        b"{",
        b'{"message_id":"\xff"}',
        b'{"message_id":"\\ud800"}',
        b'{"badges":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"message":' + b'{"a":' * 100_000,
    ],
    ids=lambda raw: repr(raw[:20]),
)
def test_what_is_no_event_is_no_chat_line(raw: bytes) -> None:
    assert chat_line(raw, subscriber_badges=BADGES) is None


@given(st.binary(max_size=120))
def test_any_bytes_are_a_line_or_none(raw: bytes) -> None:
    line = chat_line(raw, subscriber_badges=BADGES)
    assert line is None or isinstance(line, ChatLine)


# A small alphabet of what is special somewhere; drawing from all of Unicode is slow to set up.
TEXT = st.text("!aTW_0 \t\n\u3000\x00\x01İıſ\u212aЖ\u0301\U000e0000😀", max_size=30)

SCALARS = st.none() | st.booleans() | st.integers() | TEXT

VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(TEXT, SCALARS, max_size=3)


@given(st.dictionaries(st.sampled_from(sorted(event())), VALUES, max_size=4))
def test_any_values_are_a_line_or_none(changes: dict[str, object]) -> None:
    line = read(**changes)
    if line is not None:
        line.text.encode()
        line.viewer_name.encode()


@pytest.mark.parametrize(
    ("delivered", "text"),
    [
        ("!twgold A \U000e0000", "!twgold A"),
        ("\U000e0000 !twgold\U000e007f A", "!twgold A"),
        ("!twgold A\U000e0080", "!twgold A\U000e0080"),
        ("\x01ACTION !twgold A\x01", "!twgold A"),
        ("\x01ACTION  !twgold A \U000e0000\x01\U000e0000", "!twgold A"),
        ("\x01ACTION !twgold A", "!twgold A"),
        ("\x01ACTIONS !twgold A\x01", "\x01ACTIONS !twgold A\x01"),
        ("say \x01ACTION !twgold A\x01", "say \x01ACTION !twgold A\x01"),
        ("\u3000\u00a0 !twgold A\t\r\n", "!twgold A"),
        ("", ""),
        ("\U000e0000", ""),
    ],
)
def test_text_is_cleaned(delivered: str, text: str) -> None:
    assert told(message={"text": delivered}).text == text
