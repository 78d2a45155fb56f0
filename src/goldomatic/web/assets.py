"""Files for browsers: style, scripts and pictures under /static, documents under /docs.

They are read once and kept in memory, plain and compressed. An address that carries the hash of
the content is cached for ever; any other is asked for again each time, and answered with 304.
"""

import gzip
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from goldomatic.extension_build.files import sources
from goldomatic.values import Code, Refused
from goldomatic.web.routes import browser_route
from goldomatic.web.wire import AnyRequest

STATIC = Path(__file__).parent / "static"
DOCUMENT_FOLDERS = (
    Path(__file__).parents[1] / "docs",
    Path(__file__).parents[3] / "docs",
)
"""Where the documents lie in an installed distribution, and in a checkout."""

DOCUMENTS = ("fair-draw.md", "streamers.md", "verify_draw.py")

SHARED = ("wheel.css", "wheel.js")
"""What the overlay shares with the extension."""

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_TEXT = "text/plain"
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


class Asset(Struct, frozen=True):
    """One file as it is sent."""

    media_type: str
    content: bytes
    compressed: bytes
    version: str


def _asset(path: Path, media_type: str) -> Asset:
    content = path.read_bytes()
    compressed = gzip.compress(content, 9, mtime=0)
    return Asset(media_type, content, compressed, sha256(content).hexdigest()[:12])


@cache
def static_files() -> Mapping[str, Asset]:
    """Every file under /static by its name, with the folder for those of a feature."""
    files = {p.relative_to(STATIC).as_posix(): p for p in STATIC.rglob("*") if p.suffix in _TYPES}
    files |= {name: sources() / "shared" / name for name in SHARED}
    return MappingProxyType(
        {name: _asset(path, _TYPES[path.suffix]) for name, path in sorted(files.items())}
    )


@cache
def documents() -> Mapping[str, Asset]:
    """Every document that is there, by its name."""
    found = {name: _first(DOCUMENT_FOLDERS, name) for name in DOCUMENTS}
    return MappingProxyType({name: _asset(path, _TEXT) for name, path in found.items() if path})


def _first(folders: Iterable[Path], name: str) -> Path | None:
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def asset_url(name: str) -> str:
    """Address of a static file; it changes with the content, so that it may be kept for ever."""
    return f"/static/{name}?v={static_files()[name].version}"


def document_url(name: str) -> str | None:
    """Address of a document, if this installation has it."""
    return f"/docs/{name}" if name in documents() else None


@browser_route("/static/{name:path}")
async def static_file(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """A file that pages are made of."""
    return _answer(request, static_files().get(name.removeprefix("/")))


@browser_route("/docs/{name:str}")
async def document(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """A document about the draw, as text."""
    return _answer(request, documents().get(name))


def _answer(request: AnyRequest, asset: Asset | None) -> Response[bytes]:
    if asset is None:
        raise Refused(Code.NOT_FOUND, "Not found.")
    is_versioned = request.query_params.get("v") == asset.version
    headers = {
        # Weak, because the plain and the compressed answer share it.
        "etag": f'W/"{asset.version}"',
        "cache-control": _FOR_EVER if is_versioned else _ASK_AGAIN,
        "vary": "accept-encoding",
    }
    if asset.version in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    content = asset.content
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers["content-encoding"] = asset.compressed, "gzip"
    return Response(content, headers=headers, media_type=asset.media_type)


ROUTES: Sequence[HTTPRouteHandler] = (static_file, document)
