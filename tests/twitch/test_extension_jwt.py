"""Tokens of the Extension: which are refused."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from goldomatic.twitch.extension_jwt import Caller, ExtensionTokens, Role
from goldomatic.values import Code, Refused, ViewerId
from twitch.extension_signing import (
    CLIENT,
    EXP,
    HEADER,
    KEY,
    NOW,
    SECRET,
    assert_unauthorized,
    claims,
    raw_token,
    refusal,
    segment,
    token,
    tokens,
)


# G-19
def test_a_real_token_proves_its_viewer() -> None:
    assert tokens().verify(token(), NOW) == Caller(
        viewer_id=ViewerId("410000001"),
        opaque_id="U410000001",
        display_name="410000001",
        role=Role.VIEWER,
        expires_at=datetime.fromtimestamp(EXP, UTC),
    )


# G-18
@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c",
        "a.b.c.d.e",
        "no token",
        "☃.☃.☃",
        "\ud800",
        "\x00",
        "é" * 10,
        "x" * 1_000_000,
        "." * 100_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_a_malformed_token_is_refused(text: str) -> None:
    assert_unauthorized(text)


# G-18
@pytest.mark.parametrize(
    "header",
    [
        {},
        {"typ": "JWT"},
        {"alg": "none"},
        {"alg": "None"},
        {"alg": ""},
        {"alg": None},
        {"alg": 256},
        {"alg": ["HS256"]},
        {"alg": {"HS256": 1}},
        {"alg": "hs256"},
        {"alg": "HS384"},
        {"alg": "HS512"},
        {"alg": "RS256"},
        {"alg": "ES256"},
        {"alg": "PS256"},
        {"alg": "EdDSA"},
        {"alg": "dir", "enc": "A128GCM"},
        {"alg": "HS256", "crit": 5},
        {"alg": "HS256", "crit": None},
        {"alg": "HS256", "crit": ["exp"]},
        {"alg": "HS256", "crit": [["b64"]]},
        {"alg": "HS256", "kid": 5},
        {"alg": "HS256", "jwk": "x"},
    ],
    ids=str,
)
def test_another_header_is_refused_even_when_our_key_signed_it(header: dict[str, Any]) -> None:
    assert_unauthorized(token(header))


# G-18
@pytest.mark.parametrize(
    "header",
    [b"", b"{", b"null", b"5", b"[]", b'["alg"]', b'"alg"', b"\xff", b"[" * 300, b'{"alg":' * 40],
)
def test_a_header_that_is_no_object_is_refused(header: bytes) -> None:
    assert_unauthorized(raw_token(header, json.dumps(claims()).encode()))


# G-18
def test_an_unsigned_token_is_refused() -> None:
    unsigned = token({"alg": "none"}).rpartition(".")[0]
    assert_unauthorized(f"{unsigned}.")
    assert_unauthorized(unsigned)
    signed = token()
    assert_unauthorized(f"{signed.rpartition('.')[0]}.")


# G-18
def test_an_asymmetric_signature_is_refused() -> None:
    private = rsa.generate_private_key(65_537, 2_048)
    header, payload = b'{"alg":"RS256"}', json.dumps(claims()).encode()
    signed = f"{segment(header)}.{segment(payload)}"
    signature = private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    assert_unauthorized(f"{signed}.{segment(signature)}")


# G-18
@pytest.mark.parametrize("key", [b"", SECRET.encode(), bytes(32), KEY[:31], KEY + b"\x01"])
def test_another_key_is_refused(key: bytes) -> None:
    assert_unauthorized(token(key=key))


# G-18
def test_every_changed_character_is_refused() -> None:
    verifier = tokens()
    good = token()
    for place, letter in enumerate(good):
        if letter != ".":
            other = "A" if letter != "A" else "B"
            assert_unauthorized(good[:place] + other + good[place + 1 :], verifier)
    verifier.verify(good, NOW)


def test_a_header_may_say_more_than_we_know() -> None:
    for header in (HEADER | {"kid": "1"}, HEADER | {"ver": 2}, {"alg": "HS256"}):
        assert tokens().verify(token(header), NOW).viewer_id == "410000001"


# G-18
@pytest.mark.parametrize(
    "exp",
    [
        ...,
        None,
        "",
        str(EXP),
        True,
        [],
        [EXP],
        {},
        -1,
        0,
        10**18,
        -(10**18),
        10**400,
        1e300,
        253_402_300_799,
        float("nan"),
        float("inf"),
    ],
    ids=lambda exp: str(exp)[:24],
)
def test_a_token_without_a_usable_expiry_is_refused(exp: object) -> None:
    assert_unauthorized(token(exp=exp))


# G-18
def test_a_token_is_refused_from_30_s_after_its_expiry() -> None:
    verifier = tokens()
    text = token()
    limit = datetime.fromtimestamp(EXP + 30, UTC)
    just_before = limit - timedelta(microseconds=1)
    assert verifier.verify(text, just_before).viewer_id
    assert refusal(text, limit, verifier).code is Code.UNAUTHORIZED
    assert tokens().verify(text, just_before).viewer_id
    assert refusal(text, limit).code is Code.UNAUTHORIZED


def test_an_expiry_may_have_a_fraction() -> None:
    caller = tokens().verify(token(exp=EXP + 0.5), NOW)
    assert caller.expires_at == datetime.fromtimestamp(EXP + 0.5, UTC)


# G-18
@pytest.mark.parametrize("aud", ["", "other", None, 5, [], ["other"], {}, {CLIENT: 1}, [[CLIENT]]])
def test_another_audience_is_refused(aud: object) -> None:
    assert_unauthorized(token(aud=aud))
    assert tokens(client_id=None).verify(token(aud=aud), NOW).viewer_id
    assert tokens(client_id="").verify(token(aud=aud), NOW).viewer_id


@pytest.mark.parametrize("aud", [..., CLIENT, [CLIENT], [5, None, CLIENT]])
def test_our_audience_or_none_passes(aud: object) -> None:
    assert tokens().verify(token(aud=aud), NOW).viewer_id


def test_the_issuer_is_not_looked_at() -> None:
    for issuer in ("anybody", 5, None):
        assert tokens().verify(token(iss=issuer), NOW).viewer_id


# G-18
@pytest.mark.parametrize(
    "payload",
    [b"", b"null", b"5", b"[]", b'"x"', b"{", b"\xff", b"[" * 50_000, b'{"a":' * 10_000],
    ids=lambda payload: repr(payload[:8]),
)
def test_a_payload_that_is_no_object_is_refused(payload: bytes) -> None:
    assert_unauthorized(raw_token(json.dumps(HEADER).encode(), payload))


def test_what_is_not_read_may_be_anything() -> None:
    values: list[Any] = [None, 5, [[]], {"a": None}, "x"]
    for value in values:
        text = token(is_unlinked=value, pubsub_perms=value, iat=value, nbf=value)
        assert tokens().verify(text, NOW).viewer_id == "410000001"


@given(st.text(".eyJhbG0-_=", max_size=60))
def test_any_text_is_refused(text: str) -> None:
    assert_unauthorized(text)


MEMBERS = ["alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "typ", "cty", "crit", "b64", "enc"]

ODD = st.sampled_from(
    [None, True, False, 0, 1.5, "", "b64", "none", [], ["b64"], [["b64"]], [None], {}, {"alg": 1}]
)


@given(st.dictionaries(st.sampled_from(MEMBERS), ODD, max_size=4), st.booleans())
def test_a_signed_token_with_odd_headers_is_read_or_refused(
    header: dict[str, Any], is_hs256: bool
) -> None:
    code: Code | None = None
    try:
        caller = tokens().verify(token(header | {"alg": "HS256"} if is_hs256 else header), NOW)
    except Refused as refused:
        code = refused.code
    else:
        assert is_hs256
        assert caller.viewer_id == "410000001"
    assert code in (None, Code.UNAUTHORIZED)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_signed_bytes_are_refused(header: bytes, payload: bytes) -> None:
    assert_unauthorized(raw_token(header, payload))
    assert_unauthorized(raw_token(json.dumps(HEADER).encode(), payload))


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("", "32 bytes"),
        (base64.b64encode(KEY[:31]).decode(), "32 bytes"),
        ("not base64!", "base64"),
        (SECRET.rstrip("="), "base64"),
        (SECRET[:10] + "☃" + SECRET[10:], "base64"),
        (SECRET[:10] + "\n" + SECRET[10:], "base64"),
    ],
)
def test_an_unusable_secret_stops_the_start(secret: str, says: str) -> None:
    with pytest.raises(ValueError, match=f"GOLDOMATIC_TWITCH_EXTENSION_SECRET.*{says}") as error:
        ExtensionTokens(secret)
    assert not secret or secret not in str(error.value)


def test_the_secret_is_the_decoded_text_and_may_have_space_around_it() -> None:
    assert ExtensionTokens(f" {SECRET}\n").verify(token(), NOW).viewer_id
