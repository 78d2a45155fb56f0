"""Tokens of the Extension: whom they prove, and which are refused.

They are signed here with the standard library, so that signing and verifying share no code.
"""

import base64
import hashlib
import hmac
import json
import logging
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from goldomatic.twitch.extension_jwt import Caller, ExtensionTokens, Role
from goldomatic.values import Code, Refused, ViewerId

KEY = bytes(range(200, 232))
SECRET = base64.b64encode(KEY).decode()
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EXP = int(NOW.timestamp()) + 3_600
CHANNEL = "778812345"
CLIENT = "extensionclientid"
HEADER: dict[str, Any] = {"alg": "HS256", "typ": "JWT"}


def claims(**changes: object) -> dict[str, Any]:
    real = {
        "exp": EXP,
        "opaque_user_id": "U410000001",
        "user_id": "410000001",
        "channel_id": CHANNEL,
        "role": "viewer",
        "is_unlinked": False,
        "pubsub_perms": {"listen": ["broadcast"], "send": ["*"]},
    }
    merged = real | changes
    return {name: value for name, value in merged.items() if value is not ...}


def segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def raw_token(header: bytes, payload: bytes, key: bytes = KEY) -> str:
    signed = f"{segment(header)}.{segment(payload)}"
    return f"{signed}.{segment(hmac.digest(key, signed.encode(), hashlib.sha256))}"


def token(header: dict[str, Any] = HEADER, key: bytes = KEY, **changes: object) -> str:
    return raw_token(json.dumps(header).encode(), json.dumps(claims(**changes)).encode(), key)


def tokens(**changes: Any) -> ExtensionTokens:
    return ExtensionTokens(SECRET, **({"client_id": CLIENT, "channel_id": CHANNEL} | changes))


def refusal(text: str, now: datetime = NOW, verifier: ExtensionTokens | None = None) -> Refused:
    with pytest.raises(Refused) as refused:
        (verifier or tokens()).verify(text, now)
    return refused.value


def assert_unauthorized(text: str, verifier: ExtensionTokens | None = None) -> None:
    assert refusal(text, verifier=verifier).code is Code.UNAUTHORIZED


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
