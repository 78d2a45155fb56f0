"""Renewed tokens on the disk before they are in the database.

A refresh token that Twitch has used up is worth nothing, and the one that follows on it exists only
in Twitch's answer. So the answer is sealed into a file of its own and flushed to the disk before
anything else is done with it; the file goes when the database has the tokens.
"""

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from goldomatic.accounts.records import Tokens
from goldomatic.accounts.vault import SealError, Vault
from goldomatic.values import ChannelId, ViewerId

log = structlog.get_logger()

DIRECTORY = "goldomatic-tokens"
_SUFFIX = ".sealed"


class Entry(msgspec.Struct, frozen=True):
    """Tokens that follow on those of a version."""

    viewer_id: ViewerId
    version: int
    tokens: Tokens

    def __repr__(self) -> str:
        return "Entry(***)"


class _Written(msgspec.Struct):
    access: str
    refresh: str | None
    scopes: list[str]
    expires_at: datetime


class TokenJournal:
    """The files of one channel, in a directory that is made when it is needed."""

    def __init__(self, directory: Path, channel: ChannelId, vault: Vault) -> None:
        self._directory = directory / DIRECTORY
        self._channel = channel
        self._vault = vault

    async def write(self, entry: Entry) -> None:
        """Keep an entry; returns when it would survive a power failure.

        A disk that refuses is logged and no more: the database may still take the tokens.
        """
        try:
            await asyncio.to_thread(self._write, entry)
        except OSError as error:
            log.error("token_journal_not_written", reason=type(error).__name__)

    async def find(self, viewer_id: ViewerId) -> list[Entry]:
        """What is kept of an account, by version."""
        return await asyncio.to_thread(lambda: list(self._find(viewer_id)))

    async def drop(self, entry: Entry) -> None:
        """The database has them, or newer ones."""
        await asyncio.to_thread(self._path(entry.viewer_id, entry.version).unlink, missing_ok=True)

    def _path(self, viewer_id: ViewerId, version: int) -> Path:
        return self._directory / f"{self._channel}-{viewer_id}-{version}{_SUFFIX}"

    def _write(self, entry: Entry) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, tokens = self._path(entry.viewer_id, entry.version), entry.tokens
        written = _Written(tokens.access, tokens.refresh, sorted(tokens.scopes), tokens.expires_at)
        sealed = self._vault.seal(msgspec.msgpack.encode(written), path.name)
        draft = path.with_suffix(".new")
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(opened, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _flush_directory(self._directory)

    def _find(self, viewer_id: ViewerId) -> Iterator[Entry]:
        start = f"{self._channel}-{viewer_id}-"
        found = (path for path in self._directory.glob(f"{start}*{_SUFFIX}"))
        versions = ((path.name.removeprefix(start).removesuffix(_SUFFIX), path) for path in found)
        for version, path in sorted((int(text), path) for text, path in versions if text.isdigit()):
            try:
                content = self._vault.open(path.read_bytes(), path.name)
                read = msgspec.msgpack.decode(content, type=_Written)
            except (OSError, SealError, ValueError) as error:
                log.error("token_journal_unreadable", reason=str(error))
                continue
            scopes = frozenset(read.scopes)
            tokens = Tokens(read.access, read.refresh, scopes, read.expires_at)
            yield Entry(viewer_id, version, tokens)


def _flush_directory(directory: Path) -> None:
    """Make a rename durable, where the system lets directories be opened (Windows does not)."""
    try:
        opened = os.open(directory, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
