"""The addon's files, and the zip that an addon manager or a streamer unpacks."""

import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from goldomatic import __version__

NAME = "MimironsGoldOMatic"
TOC = f"{NAME}.toc"

_VERSION_LINE = re.compile(rb"^## Version:.*$", re.MULTILINE)
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_PACKAGED = Path(__file__).parent / NAME
_IN_SOURCE_TREE = Path(__file__).parents[3] / "addon" / NAME


class AddonMissingError(RuntimeError):
    """This installation of goldomatic came without the addon's files."""


@dataclass(frozen=True)
class AddonPackage:
    """File names below the addon's folder, with their bytes, in a fixed order."""

    version: str
    files: tuple[tuple[str, bytes], ...]

    def zip_bytes(self) -> bytes:
        """A zip with the one folder that belongs into `Interface/AddOns`.

        The same files give the same bytes everywhere: entries are sorted, dated 1980-01-01, and not
        compressed, because compressors differ.
        """
        target = BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for name, content in self.files:
                entry = zipfile.ZipInfo(f"{NAME}/{name}", _EARLIEST)
                entry.create_system = 3
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, content)
        return target.getvalue()


def load_package() -> AddonPackage:
    """The addon of this distribution, its `.toc` naming the distribution's version.

    Raises `AddonMissingError`.
    """
    folder = source_folder()
    files = []
    for path in sorted(folder.iterdir(), key=lambda one: one.name):
        content = path.read_bytes()
        if path.name == TOC:
            content = _VERSION_LINE.sub(f"## Version: {__version__}".encode(), content)
        files.append((path.name, content))
    return AddonPackage(__version__, tuple(files))


def source_folder() -> Path:
    """Where the addon's files lie: inside the installed package, or in the source tree.

    Raises `AddonMissingError`.
    """
    for folder in (_PACKAGED, _IN_SOURCE_TREE):
        if (folder / TOC).is_file():
            return folder
    raise AddonMissingError("this installation has no addon in it; install goldomatic again")


def toc_version(toc: bytes) -> str | None:
    """The version that a `.toc` names."""
    found = re.search(rb"^## Version:\s*(\S+)", toc, re.MULTILINE)
    return found[1].decode(errors="replace") if found else None
