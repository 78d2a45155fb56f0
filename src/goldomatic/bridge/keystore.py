"""Where the API key is kept: the system's key ring, else a file that only its owner may read.

The key is never among the settings, in a log or in the text of an error.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from goldomatic.bridge.settings import PREFIX, write_whole
from goldomatic.setting_texts import Secret, header_secret

KEY_VARIABLE = PREFIX + "API_KEY"
SERVICE = "goldomatic"
ACCOUNT = "bridge-api-key"
FILE_NAME = "api-key"

Place = Literal["variable", "keyring", "file"]


class KeyStore:
    """The API key of one user. `GOLDOMATIC_BRIDGE_API_KEY` wins over what was saved."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str] = os.environ,
        *,
        use_keyring: bool = True,
    ) -> None:
        self._file = folder / FILE_NAME
        self._environment = environment
        self._ring = _Ring() if use_keyring else None

    def load(self) -> tuple[Secret, Place] | None:
        """The key and where it was found; None where there is none or it cannot be read."""
        if given := _clean(self._environment.get(KEY_VARIABLE)):
            return given, "variable"
        if self._ring is not None and (kept := _clean(self._ring.get())):
            return kept, "keyring"
        try:
            text = self._file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return (found, "file") if (found := _clean(text)) else None

    def save(self, text: str) -> Place:
        """Keep a key; the returned place says how well.

        Raises `ValueError` for one that no HTTP header can carry, `OSError` if nothing takes it.
        """
        key = header_secret(text.strip())
        if not key:
            raise ValueError("is empty")
        if self._ring is not None and self._ring.set(key.reveal()):
            self._file.unlink(missing_ok=True)
            return "keyring"
        write_whole(self._file, key.reveal().encode())
        return "file"

    def forget(self) -> None:
        """Remove what was saved."""
        if self._ring is not None:
            self._ring.delete()
        self._file.unlink(missing_ok=True)


def _clean(text: str | None) -> Secret | None:
    try:
        return header_secret((text or "").strip()) or None
    except ValueError:
        return None


class _Ring:
    """The system's key ring, which may be missing, locked or broken at any call."""

    def get(self) -> str | None:
        try:
            import keyring

            return keyring.get_password(SERVICE, ACCOUNT)
        except Exception:
            return None

    def set(self, key: str) -> bool:
        try:
            import keyring

            keyring.set_password(SERVICE, ACCOUNT, key)
            return keyring.get_password(SERVICE, ACCOUNT) == key
        except Exception:
            return False

    def delete(self) -> None:
        try:
            import keyring

            keyring.delete_password(SERVICE, ACCOUNT)
        except Exception:  # noqa: S110
            pass
