"""Tokens of the Extension signed with the standard library, so that verifying shares no code."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from goldomatic.twitch.extension_jwt import ExtensionTokens
from goldomatic.values import Code, Refused

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
