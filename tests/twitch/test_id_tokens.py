"""Id tokens: what they must prove, and when Twitch's keys are asked for."""

import asyncio
import base64
import json
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from goldomatic.twitch.id_tokens import (
    KEYS_ASKED_EVERY,
    KEYS_KEPT,
    Identity,
    IdTokenError,
    IdTokens,
    KeysUnavailableError,
)
from goldomatic.twitch.oauth import OAuthFailed
from support.clock import NOON, FakeClock

ISSUER, CLIENT, NONCE = "https://id.twitch.tv/oauth2", "clientid", "the nonce"
NOW = int(NOON.timestamp())
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": CLIENT,
    "azp": CLIENT,
    "sub": "410000001",
    "exp": NOW + 900,
    "iat": NOW,
    "nonce": NONCE,
    "preferred_username": "Прохожий",
    "picture": "https://static-cdn.jtvnw.net/a.png",
    "email": "Some@Example.test",
    "email_verified": True,
}


@cache
def key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name})


def key_set(*names: str) -> bytes:
    return json.dumps(KeySet([key(name) for name in names]).as_dict(private=False)).encode()


class Keys:
    """Stands for the OAuth client: gives what it is told to give."""

    issuer = ISSUER
    client_id = CLIENT

    def __init__(self, *names: str) -> None:
        self.answer: bytes | OAuthFailed = key_set(*names) if names else b'{"keys": []}'
        self.asked = 0

    async def keys(self) -> bytes | OAuthFailed:
        self.asked += 1
        await asyncio.sleep(0)
        return self.answer


def signed(name: str = "one", **changes: Any) -> str:
    claims = {k: v for k, v in (CLAIMS | changes).items() if v is not ...}
    return jwt.encode({"alg": "RS256", "kid": name}, claims, key(name))


def verifier(keys: Keys, clock: FakeClock | None = None) -> IdTokens:
    return IdTokens(keys, clock or FakeClock())  # type: ignore[arg-type]


async def refused(token: str, match: str | None = None, keys: Keys | None = None) -> None:
    with pytest.raises(IdTokenError, match=match) as caught:
        await verifier(keys or Keys("one")).verify(token, NONCE)
    # Nothing of the token in what may be logged.
    assert token[:20] not in str(caught.value) or not token


async def test_whom_a_good_token_proves() -> None:
    told = await verifier(Keys("one")).verify(signed(), NONCE)
    picture = "https://static-cdn.jtvnw.net/a.png"
    assert told == Identity("410000001", "Прохожий", picture, "some@example.test")  # type: ignore[arg-type]
    assert "Прохожий" not in repr(told)
    assert "example" not in repr(told)


@pytest.mark.parametrize("verified", [False, None, "true", 1, ...])
async def test_an_address_that_is_not_verified_is_none(verified: Any) -> None:
    told = await verifier(Keys("one")).verify(signed(email_verified=verified), NONCE)
    assert told.email is None


async def test_claims_that_need_not_be_there() -> None:
    gone = {"preferred_username": ..., "picture": ..., "email": ..., "azp": ..., "iat": ...}
    told = await verifier(Keys("one")).verify(signed(**gone), NONCE)
    assert told == Identity("410000001", "", None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"iss": "https://evil.test"}, "issuer"),
        ({"iss": ISSUER + "/"}, "issuer"),
        ({"aud": "other"}, "application"),
        ({"aud": ["other"]}, "application"),
        ({"azp": "other"}, "application"),
        ({"aud": [CLIENT, "other"], "azp": ...}, "issued to"),
        ({"exp": NOW - 60}, "expired"),
        ({"exp": 0}, "expired"),
        ({"exp": 10**30}, "instant"),
        ({"iat": NOW + 61}, "future"),
        ({"nonce": "another"}, "browser"),
        ({"nonce": ...}, "browser"),
        ({"nonce": None}, "browser"),
        ({"sub": "somebody"}, "subject"),
        ({"sub": ""}, "subject"),
        ({"sub": "٤٢"}, "subject"),
        ({"sub": "1" * 21}, "subject"),
        ({"sub": ...}, "claim"),
        ({"sub": 7}, "claim"),
        ({"exp": ...}, "claim"),
        ({"exp": "soon"}, "claim"),
        ({"iss": ...}, "claim"),
        ({"aud": ...}, "claim"),
    ],
)
async def test_a_claim_that_is_wrong(changes: dict[str, Any], why: str) -> None:
    await refused(signed(**changes), why)


async def test_claims_at_their_limit() -> None:
    for changes in ({"exp": NOW - 59}, {"iat": NOW + 60}, {"aud": [CLIENT]}):
        assert (await verifier(Keys("one")).verify(signed(**changes), NONCE)).viewer_id


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


async def test_a_signature_that_is_none() -> None:
    head, payload, mark = signed().split(".")
    other = signed(sub="1").split(".")[1]
    for token in (
        "",
        "a.b.c",
        "nonsense",
        "..",
        "щ.щ.щ",
        signed().rpartition(".")[0],
        f"{head}.{payload}.",
        f"{head}.{other}.{mark}",
        f"{head}.{payload}.{mark[:-4]}AAAA",
        f"{part({'alg': 'none', 'kid': 'one'})}.{payload}.",
        f"{part({'alg': 'none'})}.{payload}.",
        f"{part({'alg': 'RS256'})}.{payload}.{mark}",
        f"{part({'alg': 'RS256', 'kid': 7})}.{payload}.{mark}",
        f"{part({'alg': 'RS256', 'kid': ''})}.{payload}.{mark}",
        f"{part({'alg': 'HS256', 'kid': 'one'})}.{payload}.{mark}",
        f"{part({'alg': 'RS512', 'kid': 'one'})}.{payload}.{mark}",
        f"{part([])}.{payload}.{mark}",
        "x" * 20_000,
    ):
        await refused(token)


async def test_a_key_of_somebody_else() -> None:
    await refused(signed("foreign"), "not signed by a key of Twitch")
    forged = jwt.encode({"alg": "RS256", "kid": "one"}, CLAIMS, key("foreign"))
    await refused(forged, "not signed by a key of Twitch")


async def test_keys_are_asked_for_once_by_many() -> None:
    keys = Keys("one")
    tokens = verifier(keys)
    await asyncio.gather(*[tokens.verify(signed(), NONCE) for _ in range(10)])
    assert keys.asked == 1


async def test_a_new_key_is_asked_for_but_not_for_every_forgery() -> None:
    keys, clock = Keys("one"), FakeClock()
    tokens = verifier(keys, clock)
    await tokens.verify(signed(), NONCE)
    keys.answer = key_set("two")
    for _ in range(5):
        with pytest.raises(IdTokenError):
            await tokens.verify(signed("two"), NONCE)
    assert keys.asked == 1
    clock.advance(KEYS_ASKED_EVERY.total_seconds())
    await tokens.verify(signed("two"), NONCE)
    assert keys.asked == 2
    # The withdrawn key no longer counts.
    with pytest.raises(IdTokenError):
        await tokens.verify(signed("one"), NONCE)


async def test_keys_are_asked_for_again_after_a_day() -> None:
    keys, clock = Keys("one"), FakeClock()
    tokens = verifier(keys, clock)
    for passed, asked in ((timedelta(0), 1), (KEYS_KEPT - timedelta(seconds=1), 1), (KEYS_KEPT, 2)):
        clock.now = NOON + passed
        now = int(clock().timestamp())
        await tokens.verify(signed(exp=now + 900, iat=now), NONCE)
        assert keys.asked == asked


@pytest.mark.parametrize(
    "answer", [OAuthFailed("http_503"), b"", b"[]", b"{}", b'{"keys": 1}', b'{"keys": []}', b"\xff"]
)
async def test_keys_that_cannot_be_had(answer: bytes | OAuthFailed) -> None:
    keys, clock = Keys("one"), FakeClock()
    tokens = verifier(keys, clock)
    keys.answer = answer
    with pytest.raises(KeysUnavailableError):
        await tokens.verify(signed(), NONCE)
    keys.answer = key_set("one")
    await tokens.verify(signed(), NONCE)
    # What was known goes on, when later Twitch has nothing to say.
    keys.answer = answer
    clock.advance(KEYS_KEPT.total_seconds())
    now = int(clock().timestamp())
    await tokens.verify(signed(exp=now + 900, iat=now), NONCE)


async def test_keys_of_a_kind_that_we_do_not_know_are_skipped() -> None:
    keys = Keys("one")
    known = json.loads(key_set("one"))
    keys.answer = json.dumps({"keys": [{"kty": "NEW", "kid": "x"}, *known["keys"]]}).encode()
    assert (await verifier(keys).verify(signed(), NONCE)).viewer_id
