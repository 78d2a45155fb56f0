"""Extension tokens, read with nothing but hmac and base64."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from goldomatic.simulation.extension_tokens import extension_token, opaque_user_id
from simulation.stage import OWNER, PASSER_BY, SUBSCRIBER

KEY = bytes(range(32))
SECRET_B64 = base64.b64encode(KEY).decode()
NOW = datetime(2026, 11, 21, 6, 41, 7, tzinfo=UTC)


def unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def claims(token: str) -> dict[str, Any]:
    header, payload, mac = token.split(".")
    expected = hmac.new(KEY, f"{header}.{payload}".encode(), hashlib.sha256).digest()
    assert hmac.compare_digest(expected, unpadded(mac))
    assert json.loads(unpadded(header)) == {"alg": "HS256", "typ": "JWT"}
    return dict(json.loads(unpadded(payload)))


def test_a_viewer_who_shared_the_identity() -> None:
    found = claims(extension_token(SECRET_B64, SUBSCRIBER, OWNER.id, now=NOW))
    opaque = found["opaque_user_id"]
    assert opaque.startswith("U")
    assert found == {
        "exp": int(NOW.timestamp()) + 3600,
        "opaque_user_id": opaque,
        "user_id": SUBSCRIBER.id,
        "channel_id": OWNER.id,
        "role": "viewer",
        "is_unlinked": False,
        "pubsub_perms": {"listen": ["broadcast", f"whisper-{opaque}"]},
    }


def test_a_viewer_who_did_not_keeps_the_opaque_id() -> None:
    shared = claims(extension_token(SECRET_B64, SUBSCRIBER, OWNER.id))
    hidden = claims(extension_token(SECRET_B64, SUBSCRIBER, OWNER.id, shares_identity=False))
    assert "user_id" not in hidden
    assert hidden["is_unlinked"] is True
    assert hidden["opaque_user_id"] == shared["opaque_user_id"]
    other = claims(extension_token(SECRET_B64, PASSER_BY, OWNER.id))
    assert other["opaque_user_id"] != shared["opaque_user_id"]


def test_a_visitor_who_is_signed_out() -> None:
    found = claims(extension_token(SECRET_B64, None, OWNER.id))
    assert found["opaque_user_id"].startswith("A")
    assert "user_id" not in found
    assert opaque_user_id(None, OWNER.id) == found["opaque_user_id"]


def test_the_broadcaster_is_always_known_and_may_send() -> None:
    token = extension_token(SECRET_B64, OWNER, OWNER.id, role="broadcaster", shares_identity=False)
    found = claims(token)
    assert found["user_id"] == OWNER.id
    assert found["pubsub_perms"]["send"] == ["*"]


def test_claims_can_be_bent_for_a_test() -> None:
    token = extension_token(
        SECRET_B64,
        SUBSCRIBER,
        OWNER.id,
        expires_in=timedelta(seconds=-31),
        opaque="U1",
        now=NOW,
        exp=None,
        aud="panel",
    )
    found = claims(token)
    assert "exp" not in found
    assert (found["aud"], found["opaque_user_id"]) == ("panel", "U1")
    expired = claims(
        extension_token(SECRET_B64, SUBSCRIBER, "1", expires_in=timedelta(seconds=-31), now=NOW)
    )
    assert expired["exp"] == int(NOW.timestamp()) - 31


def test_the_secret_is_base64() -> None:
    with pytest.raises(ValueError, match=r"[Bb]ase64|padding|alphabet"):
        extension_token("not base64", SUBSCRIBER, OWNER.id)
