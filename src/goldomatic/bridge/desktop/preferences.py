"""The operator's settings and key, as the window reads and saves them."""

import os
from collections.abc import Mapping
from pathlib import Path

from goldomatic.bridge import settings as files
from goldomatic.bridge.keystore import KeyStore, Place
from goldomatic.bridge.settings import BridgeSettings
from goldomatic.setting_texts import Secret, header_secret


class Preferences:
    """Of one user. Variables of the environment win over what is saved."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str] = os.environ, *, use_keyring: bool = True
    ) -> None:
        """Raises `BridgeSettingsError` for a variable that cannot be read."""
        self.folder = folder
        self._store = KeyStore(folder, environment, use_keyring=use_keyring)
        self.settings = files.load(folder, environment)
        found = self._store.load()
        self.key: Secret | None = found[0] if found else None

    @property
    def complete(self) -> bool:
        """Whether the service can be asked at all."""
        return bool(self.key and self.settings.service_url)

    def keep(self, settings: BridgeSettings) -> None:
        """Save settings. Raises `OSError`."""
        files.save(self.folder, settings)
        self.settings = settings

    def keep_key(self, text: str) -> Place:
        """Save the key and say where. Raises `ValueError` for a key that no header can carry,
        `OSError` if nothing takes it."""
        place = self._store.save(text)
        self.key = header_secret(text.strip())
        return place
