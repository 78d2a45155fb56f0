"""Keys derived from GOLDOMATIC_SECRET_KEY, and the sealing of what is kept secret at rest.

A sealed value is: one byte of version, eight bytes that name the key, twelve random bytes, and the
AES-256-GCM ciphertext. It is bound to the place that it is kept in, so that it cannot be moved to
another row.
"""

import secrets
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_KEY_ID_BYTES = 8
_NONCE_BYTES = 12
_HEAD = len(_VERSION) + _KEY_ID_BYTES
_BODY = _HEAD + _NONCE_BYTES


class SealError(Exception):
    """A sealed value that none of the keys opens: another secret, another place, or damage."""


class Vault:
    """Seals with the present secret; opens also what former secrets have sealed."""

    def __init__(self, secret: str, former: Sequence[str] = ()) -> None:
        self._secret = secret
        self._key_id, self._sealing = _sealing_key(secret)
        self._opening = dict(map(_sealing_key, [*former, secret]))

    def __repr__(self) -> str:
        return "Vault(***)"

    def derive(self, purpose: bytes) -> bytes:
        """A key of 32 bytes for one purpose; no other key follows from it."""
        return _derived(self._secret, purpose)

    def seal(self, content: bytes, place: str) -> bytes:
        """`content` encrypted for one `place`, such as the row that it will stand in."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _VERSION + self._key_id
        return head + nonce + self._sealing.encrypt(nonce, content, head + place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """What was sealed for `place`; raises `SealError`."""
        head, nonce = sealed[:_HEAD], sealed[_HEAD:_BODY]
        key = self._opening.get(head[len(_VERSION) :])
        if len(sealed) < _BODY or head[:1] != _VERSION or key is None:
            raise SealError("sealed with a key that is not known")
        try:
            return key.decrypt(nonce, sealed[_BODY:], head + place.encode())
        except InvalidTag:
            raise SealError("not what was sealed for this place") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the present secret has sealed it."""
        return sealed[len(_VERSION) : _HEAD] == self._key_id


def _derived(secret: str, purpose: bytes) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"goldomatic " + purpose)
    return kdf.derive(secret.encode())


def _sealing_key(secret: str) -> tuple[bytes, AESGCM]:
    key = _derived(secret, b"tokens")
    return sha256(b"goldomatic key id" + key).digest()[:_KEY_ID_BYTES], AESGCM(key)
