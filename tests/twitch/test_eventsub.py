"""Deliveries of EventSub: which are let in."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldomatic.twitch.eventsub import (
    EventSubVerifier,
)
from goldomatic.values import Code, Refused
from twitch.eventsub_samples import FOLDER, MANIFEST, SAMPLES, SIGNING

SECRET = "a-secret-of-the-test"

NOW = datetime(2026, 11, 21, 6, 41, 8, tzinfo=UTC)

BODY = b'{"subscription":{"type":"channel.chat.message"},"event":{}}'


def signed(
    body: bytes = BODY,
    timestamp: str = "2026-11-21T06:41:07.634234626Z",
    message_id: str = "delivery-1",
    secret: str = SECRET,
) -> dict[str, str]:
    data = message_id.encode("latin-1") + timestamp.encode("latin-1") + body
    signature = hmac.digest(secret.encode(), data, hashlib.sha256).hex()
    return {
        "twitch-eventsub-message-id": message_id,
        "twitch-eventsub-message-timestamp": timestamp,
        "twitch-eventsub-message-signature": f"sha256={signature}",
    }


def refusal(headers: dict[str, str], body: bytes = BODY, now: datetime = NOW) -> str:
    with pytest.raises(Refused) as refused:
        EventSubVerifier(SECRET).verify(headers, body, now)
    assert refused.value.code is Code.UNAUTHORIZED
    assert SECRET not in str(refused.value)
    return refused.value.message


# G-02 G-03
@pytest.mark.parametrize("vector", SIGNING["vectors"], ids=lambda vector: str(vector["name"]))
def test_signing_vectors(vector: dict[str, Any]) -> None:
    headers = {
        "twitch-eventsub-message-id": vector["message_id"],
        "twitch-eventsub-message-timestamp": vector["timestamp"],
        "twitch-eventsub-message-signature": vector["signature"],
    }
    verifier = EventSubVerifier(SIGNING["secret"])
    if vector["expect"] == "valid":
        verifier.verify(headers, vector["body"].encode(), NOW)
        return
    with pytest.raises(Refused) as refused:
        verifier.verify(headers, vector["body"].encode(), NOW)
    assert refused.value.code is Code.UNAUTHORIZED


def test_signing_vectors_hold_both_kinds() -> None:
    kinds = [vector["expect"] for vector in SIGNING["vectors"]]
    assert (kinds.count("valid"), kinds.count("invalid")) == (9, 6)


# G-03
@pytest.mark.parametrize("name", sorted(signed()))
@pytest.mark.parametrize("empty", [True, False])
def test_a_missing_or_empty_header_is_refused(name: str, empty: bool) -> None:
    headers = signed()
    if empty:
        headers[name] = ""
    else:
        del headers[name]
    assert "missing" in refusal(headers)


# G-03
@pytest.mark.parametrize("name", sorted(signed()))
def test_any_changed_header_is_refused(name: str) -> None:
    headers = signed()
    first, rest = headers[name][0], headers[name][1:]
    headers[name] = ("3" if first != "3" else "4") + rest
    assert "wrong" in refusal(headers)


# G-03
def test_a_changed_body_another_secret_and_upper_case_hex_are_refused() -> None:
    assert "wrong" in refusal(signed(), BODY + b" ")
    assert "wrong" in refusal(signed(secret="another-secret-of-the-test"))
    headers = signed()
    headers["twitch-eventsub-message-signature"] = "sha256=" + (
        headers["twitch-eventsub-message-signature"].removeprefix("sha256=").upper()
    )
    assert "wrong" in refusal(headers)


# G-03
@pytest.mark.parametrize("text", ["sha256=é", "sha256=☃", "☃", "\ud800", "\x00"])
@pytest.mark.parametrize("name", sorted(signed()))
def test_text_beyond_ascii_in_a_header_is_refused(name: str, text: str) -> None:
    assert "wrong" in refusal(signed() | {name: text})


def test_header_text_is_taken_as_the_bytes_that_came() -> None:
    EventSubVerifier(SECRET).verify(signed(message_id="\xe9\xff"), BODY, NOW)


@given(body=st.binary(max_size=300), message_id=st.text("abc-0=_", min_size=1), cut=st.integers(0))
def test_what_was_signed_passes_and_one_changed_bit_does_not(
    body: bytes, message_id: str, cut: int
) -> None:
    headers = signed(body, message_id=message_id)
    verifier = EventSubVerifier(SECRET)
    verifier.verify(headers, body, NOW)
    if body:
        changed = bytearray(body)
        changed[cut % len(body)] ^= 1
        with pytest.raises(Refused):
            verifier.verify(headers, bytes(changed), NOW)


# G-03
@pytest.mark.parametrize("seconds", [-601, 601, 86_400, -86_400])
def test_a_timestamp_far_from_now_is_refused(seconds: int) -> None:
    sent = NOW + timedelta(seconds=seconds)
    for timestamp in (f"{sent:%Y-%m-%dT%H:%M:%S}Z", str(int(sent.timestamp()))):
        assert "600 s" in refusal(signed(timestamp=timestamp))


@pytest.mark.parametrize("seconds", [-600, 0, 600])
@pytest.mark.parametrize("fraction", ["", ".0", ".000000000", ".00000000000000000000"])
def test_a_timestamp_within_ten_minutes_passes(seconds: int, fraction: str) -> None:
    sent = NOW + timedelta(seconds=seconds)
    verifier = EventSubVerifier(SECRET)
    for timestamp in (f"{sent:%Y-%m-%dT%H:%M:%S}{fraction}Z", str(int(sent.timestamp()))):
        verifier.verify(signed(timestamp=timestamp), BODY, NOW)


@pytest.mark.parametrize(
    "timestamp",
    [
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "0",
        "1763707268",
        "1795243268000",
        "9" * 5_000,
    ],
)
def test_an_instant_at_the_edge_of_time_is_refused_as_far(timestamp: str) -> None:
    assert "600 s" in refusal(signed(timestamp=timestamp))


@pytest.mark.parametrize("timestamp", ["soon", "2026-11-21", "2026-11-21T06:41:07", "-", "1e9"])
def test_an_unreadable_timestamp_passes_when_it_was_signed(timestamp: str) -> None:
    EventSubVerifier(SECRET).verify(signed(timestamp=timestamp), BODY, NOW)
    assert "wrong" in refusal(signed(timestamp=timestamp) | signed(secret="b" * 10))


def test_the_signature_is_judged_before_the_timestamp() -> None:
    stale = signed(timestamp="2020-01-01T00:00:00Z", secret="another-secret-of-the-test")
    assert "wrong" in refusal(stale)


@pytest.mark.parametrize(
    "secret", ["", "ninechars", "x" * 101, "пароль-пароль", "secret\u2028secret"]
)
def test_a_secret_that_twitch_would_not_take_stops_the_start(secret: str) -> None:
    with pytest.raises(ValueError, match="GOLDOMATIC_TWITCH_EVENTSUB_SECRET") as error:
        EventSubVerifier(secret)
    assert not secret or secret not in str(error.value)


@pytest.mark.parametrize("secret", ["x" * 10, "x" * 100])
def test_the_lengths_that_twitch_takes_are_ours(secret: str) -> None:
    EventSubVerifier(secret).verify(signed(secret=secret), BODY, NOW)


def test_the_secret_does_not_show() -> None:
    assert SECRET not in repr(EventSubVerifier(SECRET))


def test_the_manifest_lists_every_sample() -> None:
    files = {path.name for path in FOLDER.glob("*.json")}
    assert files == {s.name for s in SAMPLES} | {"manifest.json", "signing-vectors.json"}
    assert len(MANIFEST["files"]) == 70
