"""The legal texts: the operator's own files, else neutral ones of ours.

A file is plain text: `# ` begins a heading, `- ` an item of a list, blank lines part paragraphs.
`{appName}`, `{channelName}`, `{channelUrl}`, `{operatorName}` and `{contactEmail}` stand for the
settings; a line that names one which is not set is left out, and so is a heading with nothing
below it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Literal

import structlog
from msgspec import Struct

from goldomatic.config import Settings

NAMES = ("rules", "privacy")
SHIPPED = Path(__file__).parent / "legal_texts"
LARGEST = 200_000
"""Bytes of an operator's file."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")

Kind = Literal["heading", "paragraph", "list"]

log = structlog.get_logger()


class Block(Struct, frozen=True):
    """One part of a text: the items of a list, or the lines of a paragraph or heading."""

    kind: Kind
    lines: tuple[str, ...]


def text(settings: Settings, name: str, language: str) -> list[Block]:
    """A legal text (`rules` or `privacy`) in a language, with the operator's data filled in."""
    values = {
        "appName": settings.app_name,
        "channelName": settings.channel_name,
        "channelUrl": settings.channel_url or "",
        "operatorName": settings.operator_name,
        "contactEmail": settings.contact_email,
    }
    return list(_with_content(_filled(_blocks(_source(settings, name, language)), values)))


def _source(settings: Settings, name: str, language: str) -> str:
    if settings.legal_folder:
        for file in (f"{name}.{language}.md", f"{name}.md"):
            found = _read(Path(settings.legal_folder) / file)
            if found is not None:
                return found
    return (SHIPPED / f"{name}.{language}.md").read_text("utf-8")


def _read(file: Path) -> str | None:
    """An operator's file; one that cannot be read is as good as none, and is logged."""
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST).decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        log.warning("legal_text_unreadable", file=file.name, reason=type(error).__name__)
        return None


def _blocks(source: str) -> Iterator[Block]:
    lines = [line.strip() for line in source.replace("\r\n", "\n").split("\n")]
    for kind, group in groupby(lines, key=_kind):
        found = list(group)
        match kind:
            case "heading":
                yield from (Block("heading", (line.lstrip("# "),)) for line in found)
            case "list":
                yield Block("list", tuple(line[2:].strip() for line in found))
            case "paragraph":
                yield Block("paragraph", tuple(found))


def _kind(line: str) -> Kind | None:
    if not line:
        return None
    if line.startswith("#"):
        return "heading"
    return "list" if line.startswith(("- ", "* ")) else "paragraph"


def _filled(blocks: Iterable[Block], values: Mapping[str, str]) -> Iterator[Block]:
    for block in blocks:
        lines = tuple(_fill(line, values) for line in block.lines if _is_known(line, values))
        if lines:
            yield Block(block.kind, lines)


def _is_known(line: str, values: Mapping[str, str]) -> bool:
    """Whether every setting that a line names is set; other words in braces are only words."""
    return all(values.get(name, name) for name in _PLACEHOLDER.findall(line))


def _fill(line: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), line)


def _with_content(blocks: Iterable[Block]) -> Iterator[Block]:
    heading: Block | None = None
    for block in blocks:
        if block.kind == "heading":
            heading = block
            continue
        if heading is not None:
            yield heading
            heading = None
        yield block
