"""Tokens as Twitch's Extension helper hands them to a panel."""

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any, Literal

from joserfc import jwt
from joserfc.jwk import OctKey

from goldomatic.simulation.users import SimulatedUser
from goldomatic.values import ChannelId, utc_now

Role = Literal["viewer", "moderator", "broadcaster", "external"]


def opaque_user_id(user: SimulatedUser | None, channel_id: str) -> str:
    """`U…`, stable for a signed-in person; `A…` for somebody who is signed out."""
    if user is None:
        return "A" + _letters(f"nobody:{channel_id}")
    return "U" + _letters(f"{user.id}:extension")


def _letters(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest())[:20].decode()


def extension_token(
    secret_b64: str,
    user: SimulatedUser | None,
    channel_id: ChannelId | str,
    *,
    role: Role = "viewer",
    shares_identity: bool = True,
    opaque: str | None = None,
    expires_in: timedelta = timedelta(hours=1),
    now: datetime | None = None,
    **claims: Any,
) -> str:
    """A signed HS256 token; `secret_b64` is the base64 text of the developer console.

    `user` None is a visitor who is signed out. `user_id` is present only when the person
    shared identity (always for the broadcaster). `claims` replace or add claims; None as a
    value takes a claim out.
    """
    opaque = opaque or opaque_user_id(user, channel_id)
    shared = user is not None and (shares_identity or role == "broadcaster")
    payload: dict[str, Any] = {
        "exp": int(((now or utc_now()) + expires_in).timestamp()),
        "opaque_user_id": opaque,
        "user_id": user.id if user is not None and shared else None,
        "channel_id": channel_id,
        "role": role,
        "is_unlinked": not shared,
        "pubsub_perms": _permissions(opaque, role),
        **claims,
    }
    present = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode({"alg": "HS256"}, present, OctKey.import_key(base64.b64decode(secret_b64)))


def _permissions(opaque: str, role: Role) -> dict[str, list[str]]:
    permissions = {"listen": ["broadcast", f"whisper-{opaque}"]}
    if role == "broadcaster":
        permissions["send"] = ["*"]
    return permissions
