"""Twitch's rules for the files of an extension, as far as they can be checked without Twitch.

Sources: the guidelines for extensions (2.1 to 2.8: all files in the archive, no inline scripts, no
eval, nothing loaded but the helper, readable code, no markup from data) and the content security
policy that hosted extensions run under.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from urllib.parse import urlsplit

from goldomatic.extension_build.files import DEVELOPMENT_ONLY, HELPER, Build

LONGEST_LINE = 200
LARGEST_FILE = 1_000_000

_FORBIDDEN = {
    r"\beval\s*\(": "eval is not allowed",
    r"\bnew\s+Function\b": "code made from text is not allowed",
    r"\b(?:inner|outer)HTML\b|\binsertAdjacentHTML\b": "markup must not be made from text",
    r"\bdocument\.write\b": "document.write is not allowed",
    r"\bset(?:Timeout|Interval)\s*\(\s*[\"'`]": "code made from text is not allowed",
    r"\bblob:": "blob: addresses are not allowed",
    r"\bimportScripts\b|\bnew\s+Worker\b": "workers are not allowed",
}
_IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)(["'`])([^"'`]+)\1""")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_URL = re.compile(r"""@import|url\(\s*["']?(?!data:)([^"')]+)""")


class _Page(HTMLParser):
    """What a page loads, and what it should not have."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.loaded: list[str] = []
        self.faults: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.faults += [f"inline handler {name}" for name in given if name.startswith("on")]
        if "style" in given:
            self.faults.append("inline style")
        if tag in ("style", "base", "iframe", "object", "embed"):
            self.faults.append(f"<{tag}> is not allowed")
        if tag == "script":
            self._in_script = True
            self.scripts.append(given.get("src", ""))
        address = given.get("src") or (given.get("href", "") if tag == "link" else "")
        if address and address != HELPER:
            self.loaded.append(address)

    def handle_endtag(self, tag: str) -> None:
        self._in_script = self._in_script and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.faults.append("inline script")


def review(files: Mapping[str, bytes], build: Build) -> list[str]:
    """Every rule that is broken, with the file; empty when Twitch should take the archive."""
    found = [f"{name}: {fault}" for name, data in files.items() for fault in _faults(name, data)]
    found += [
        f"{name}: loads {target}, which is not in the archive" for name, target in _missing(files)
    ]
    found += [f"{name}: no page needs it" for name in sorted(files.keys() - reached(files))]
    return found + list(_address_faults(build))


def reached(files: Mapping[str, bytes]) -> set[str]:
    """The files that some page loads, directly or not."""
    return set().union(*(closure(files, name) for name in files if name.endswith(".html")))


def closure(files: Mapping[str, bytes], page: str, *, lazy: bool = True) -> set[str]:
    """A page and what it loads; without `lazy` only what it always loads."""
    waiting, seen = [page], set()
    while waiting:
        name = waiting.pop()
        if name in files and name not in seen:
            seen.add(name)
            waiting += [target for target, is_lazy in _loaded(files, name) if lazy or not is_lazy]
    return seen


def _loaded(files: Mapping[str, bytes], name: str) -> Iterator[tuple[str, bool]]:
    """Paths that a file loads, and whether it does so only on demand."""
    folder, text = posixpath.dirname(name), files[name].decode("utf-8", "replace")
    if name.endswith(".html"):
        page = _page(text)
        for address in page.loaded:
            yield _within(folder, address), False
    elif name.endswith(".js"):
        for found in _IMPORT.finditer(_COMMENT.sub("", text)):
            is_lazy = found.group().startswith("import") and "(" in found.group()
            path = _within(folder, found.group(2))
            yield from ((each, is_lazy) for each in _matching(files, path))


def _matching(files: Mapping[str, bytes], path: str) -> list[str]:
    """A path with `${…}` in it stands for every file that fits."""
    if "${" not in path:
        return [path]
    pattern = re.compile("[^/]+".join(map(re.escape, re.split(r"\$\{[^}]*\}", path))))
    return [name for name in files if pattern.fullmatch(name)]


def _missing(files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    for name in files:
        for target, _ in _loaded(files, name):
            if target not in files and target not in DEVELOPMENT_ONLY:
                yield name, target


def _within(folder: str, address: str) -> str:
    return posixpath.normpath(posixpath.join(folder, address))


def _page(text: str) -> _Page:
    page = _Page()
    page.feed(text)
    page.close()
    return page


def _faults(name: str, data: bytes) -> Iterator[str]:
    if len(data) > LARGEST_FILE:
        yield f"has more than {LARGEST_FILE} bytes"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        if name.endswith((".html", ".css", ".js")):
            yield "is not UTF-8"
        return
    if name.endswith(".html"):
        yield from _page_faults(_page(text))
    elif name.endswith(".js"):
        yield from (wrong for pattern, wrong in _FORBIDDEN.items() if re.search(pattern, text))
        if any(len(line) > LONGEST_LINE for line in text.splitlines()):
            yield f"has lines of more than {LONGEST_LINE} characters, which nobody can review"
    elif name.endswith(".css") and _CSS_URL.search(text):
        yield "loads something from elsewhere"


def _page_faults(page: _Page) -> Iterator[str]:
    yield from page.faults
    if page.scripts[:1] != [HELPER]:
        yield "Twitch's helper must be the first script"
    if "" in page.scripts:
        yield "inline script"
    for address in page.loaded:
        if urlsplit(address).scheme or address.startswith("/"):
            yield f"{address} is not a relative address"


def _address_faults(build: Build) -> Iterator[str]:
    address = urlsplit(build.ebs_url)
    if build.development and not build.ebs_url:
        return
    if address.scheme != "https" or not address.hostname:
        yield "the service's address must begin with https://, as Twitch blocks all others"
    elif address.query or address.fragment or address.path.strip("/"):
        yield "the service's address must be an origin, without a path"
