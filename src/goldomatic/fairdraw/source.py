"""Where a record to verify comes from: a file, standard input, or a service on the web."""

import re
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit
from uuid import UUID

import httpx2

from goldomatic.fairdraw.record import MAX_RECORD_BYTES

REQUEST_SECONDS = 10.0
"""Longest silence of a server."""

DOWNLOAD_SECONDS = 600.0
"""Longest download altogether, so that a server that trickles cannot hold us."""

_DRAW_PATH = re.compile(r"(?P<prefix>.*?)/(?:api/)?draws/(?P<id>[^/]+)/?")


class UnreadableError(Exception):
    """The record could not be read or fetched; the message says why."""


class NoServerError(Exception):
    """A draw id alone does not say whom to ask."""


@dataclass(frozen=True)
class Found:
    """The bytes of a record, and the draw id that was asked for if the source names one."""

    data: bytes
    asked_for: str | None = None


def find(source: str, server: str | None) -> Found:
    """Read `source`: `-`, an http(s) address, a draw id (asked of `server`), or a file path.

    Raises `UnreadableError`, or `NoServerError` for a draw id without a server.
    """
    if source == "-":
        return Found(_limited(sys.stdin.buffer))
    if re.match("https?://", source, re.IGNORECASE):
        try:
            address, draw_id = api_address(source)
        except ValueError as reason:
            raise UnreadableError(f"{source} is no address: {reason}") from reason
        return Found(fetch(address), draw_id)
    if _is_uuid(source):
        if not server:
            raise NoServerError
        return Found(fetch(f"{server.rstrip('/')}/api/draws/{source}"), source)
    return Found(read_file(Path(source)))


def api_address(address: str) -> tuple[str, str | None]:
    """The address of the JSON for a draw's page or API address, and the draw id in it.

    Any other address is taken to serve the record itself. Raises `ValueError` for no address.
    """
    parts = urlsplit(address)
    draw = _DRAW_PATH.fullmatch(parts.path)
    if draw is None:
        return address, None
    path = f"{draw['prefix']}/api/draws/{draw['id']}"
    return parts._replace(path=path, query="", fragment="").geturl(), unquote(draw["id"])


def read_file(path: Path, most: int = MAX_RECORD_BYTES) -> bytes:
    """Contents of a file of at most `most` bytes; raises `UnreadableError`."""
    try:
        with path.open("rb") as file:
            return _limited(file, most)
    except OSError as reason:
        raise UnreadableError(f"cannot read {path}: {reason.strerror or reason}") from reason


def fetch(address: str, most: int = MAX_RECORD_BYTES, longest: float = DOWNLOAD_SECONDS) -> bytes:
    """Body of an address, at most `most` bytes within `longest` seconds.

    Follows up to five redirects. Raises `UnreadableError`.
    """
    try:
        with (
            httpx2.Client(
                timeout=REQUEST_SECONDS, follow_redirects=True, max_redirects=5
            ) as client,
            client.stream("GET", address, headers={"Accept": "application/json"}) as answer,
        ):
            if answer.status_code != httpx2.codes.OK:
                raise UnreadableError(f"{address} answered {answer.status_code}")
            return _collect(answer.iter_bytes(), most, time.monotonic() + longest)
    except (httpx2.HTTPError, httpx2.InvalidURL) as reason:
        why = str(reason).rstrip(".") or "no answer"
        raise UnreadableError(f"cannot fetch {address}: {why}") from reason


def _collect(chunks: Iterable[bytes], most: int, until: float) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > most:
            raise UnreadableError(f"more than {most:,} bytes: too large for a draw record")
        if time.monotonic() > until:
            raise UnreadableError("the server sends too slowly")
    return bytes(data)


def _limited(file: BinaryIO, most: int = MAX_RECORD_BYTES) -> bytes:
    data = file.read(most + 1)
    if len(data) > most:
        raise UnreadableError(f"more than {most:,} bytes: too large for a draw record")
    return data


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
