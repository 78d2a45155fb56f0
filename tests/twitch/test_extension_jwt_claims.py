"""Tokens of the Extension: whom they prove, how long they are known, and what they show."""

import logging
import traceback
from datetime import timedelta
from typing import Any

import pytest

from goldomatic.twitch.extension_jwt import Role
from goldomatic.values import Code
from twitch.extension_signing import (
    CHANNEL,
    EXP,
    KEY,
    NOW,
    SECRET,
    assert_unauthorized,
    refusal,
    token,
    tokens,
)


@pytest.mark.parametrize(
    ("changes", "viewer_id"),
    [
        ({"nameid": "2", "sub": "3"}, "410000001"),
        ({"user_id": ..., "nameid": "2", "sub": "3"}, "2"),
        ({"user_id": "", "nameid": None, "sub": "3"}, "3"),
        ({"user_id": ..., "sub": "3"}, "3"),
        ({"user_id": ...}, None),
        ({"user_id": None, "nameid": "", "sub": ""}, None),
    ],
)
def test_identity_comes_from_the_first_claim_that_has_it(
    changes: dict[str, Any], viewer_id: str | None
) -> None:
    assert tokens().verify(token(**changes), NOW).viewer_id == viewer_id


# G-20
def test_the_opaque_id_is_a_partition_and_never_an_identity() -> None:
    anonymous = tokens().verify(token(user_id=..., opaque_user_id="A99"), NOW)
    assert (anonymous.viewer_id, anonymous.opaque_id) == (None, "A99")
    assert anonymous.display_name == ""
    assert anonymous.rate_key == "opaque:A99"
    linked = tokens().verify(token(), NOW)
    assert linked.rate_key == "viewer:410000001"
    nobody = tokens().verify(token(user_id=..., opaque_user_id=...), NOW)
    assert nobody.rate_key is None
    posing = tokens().verify(token(user_id=..., opaque_user_id="410000001"), NOW)
    assert posing.rate_key != linked.rate_key


@pytest.mark.parametrize(
    ("changes", "display_name"),
    [
        ({"name": "A", "unique_name": "B", "display_name": "C"}, "A"),
        ({"unique_name": "B", "display_name": "C"}, "B"),
        ({"name": "", "display_name": "C"}, "C"),
        ({"name": "\u202eA\x00😀"}, "A😀"),
        ({"name": "\x00"}, "410000001"),
        ({}, "410000001"),
    ],
)
def test_the_display_name(changes: dict[str, Any], display_name: str) -> None:
    assert tokens().verify(token(**changes), NOW).display_name == display_name


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("viewer", Role.VIEWER),
        ("moderator", Role.MODERATOR),
        ("broadcaster", Role.BROADCASTER),
        ("", Role.VIEWER),
        (None, Role.VIEWER),
        (..., Role.VIEWER),
        ("Broadcaster", Role.VIEWER),
        ("superuser", Role.VIEWER),
    ],
)
def test_the_role(role: object, expected: Role) -> None:
    assert tokens().verify(token(role=role), NOW).role is expected


# G-18
def test_a_token_that_a_service_made_is_refused() -> None:
    assert_unauthorized(token(role="external"))


@pytest.mark.parametrize("channel_id", ["661100220", "", f"{CHANNEL} "])
def test_another_channel_is_refused_as_such(channel_id: str) -> None:
    assert refusal(token(channel_id=channel_id)).code is Code.WRONG_CHANNEL
    assert tokens(channel_id=None).verify(token(channel_id=channel_id), NOW).viewer_id
    assert tokens(channel_id="").verify(token(channel_id=channel_id), NOW).viewer_id


def test_a_token_without_a_channel_passes() -> None:
    for channel_id in (..., None):
        assert tokens().verify(token(channel_id=channel_id), NOW).viewer_id


# G-18
def test_an_expired_token_of_another_channel_proves_nothing_at_all() -> None:
    assert refusal(token(channel_id="1", exp=EXP - 7_200)).code is Code.UNAUTHORIZED


READ = [
    "user_id",
    "nameid",
    "sub",
    "opaque_user_id",
    "name",
    "unique_name",
    "display_name",
    "role",
    "channel_id",
]


# G-18
@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("value", [410000001, 1.5, True, [], ["410000001"], {"a": 1}, "\ud800"])
def test_a_claim_of_a_wrong_type_is_refused(name: str, value: Any) -> None:
    assert_unauthorized(token(**{name: value}))


# G-18
@pytest.mark.parametrize("name", READ[:4])
@pytest.mark.parametrize("value", ["4\x00", "4\n", "\u202e4"])
def test_an_id_with_hidden_characters_is_refused(name: str, value: Any) -> None:
    assert_unauthorized(token(**{name: value}))


def test_a_known_token_is_not_verified_again() -> None:
    verifier = tokens()
    text = token()
    first = verifier.verify(text, NOW)
    assert verifier.verify(text, NOW + timedelta(minutes=59)) is first
    assert tokens().verify(text, NOW) is not first


def test_a_known_token_is_forgotten_when_it_expires() -> None:
    verifier = tokens()
    text = token()
    verifier.verify(text, NOW)
    late = NOW + timedelta(hours=2)
    assert refusal(text, late, verifier).code is Code.UNAUTHORIZED
    assert len(verifier._verified) == 0


def test_only_valid_tokens_are_remembered() -> None:
    verifier = tokens()
    for bad in (token(key=b"x"), token(exp=1), token(channel_id="1"), token(role="external")):
        refusal(bad, verifier=verifier)
    assert len(verifier._verified) == 0


def test_the_least_recently_used_token_goes_first() -> None:
    verifier = tokens(capacity=3)
    texts = [token(user_id=str(number)) for number in range(5)]
    callers = [verifier.verify(text, NOW) for text in texts[:3]]
    assert verifier.verify(texts[0], NOW) is callers[0]
    verifier.verify(texts[3], NOW)
    assert len(verifier._verified) == 3
    assert verifier.verify(texts[0], NOW) is callers[0]
    assert verifier.verify(texts[2], NOW) is callers[2]
    assert verifier.verify(texts[1], NOW) is not callers[1]
    assert verifier.verify(texts[1], NOW) == callers[1]


def test_the_cache_is_bounded() -> None:
    verifier = tokens(capacity=10)
    for number in range(50):
        verifier.verify(token(user_id=str(number)), NOW)
    assert len(verifier._verified) == 10


# G-18
@pytest.mark.parametrize(
    "text",
    [
        token(aud="a-telling-word"),
        token(exp=1),
        token(role="external"),
        token(channel_id="1"),
        token(user_id=5),
        token(key=b"x"),
        token({"alg": "a-telling-word"}),
        "a-telling-word",
    ],
    ids=range(8),
)
def test_a_refusal_tells_nothing_of_the_token(text: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refused = refusal(text)
    told = "".join(traceback.format_exception(refused)) + repr(refused) + caplog.text
    for part in (text, *text.split("."), "a-telling-word"):
        assert part not in told
    assert refused.__context__ is None or "token" not in str(refused.__context__)


def test_nothing_shows_the_secret_or_a_token() -> None:
    verifier = tokens()
    text = token()
    caller = verifier.verify(text, NOW)
    told = repr(verifier) + repr(vars(verifier)) + repr(caller)
    assert SECRET not in told
    assert repr(KEY) not in told
    assert not any(part in told for part in text.split("."))
