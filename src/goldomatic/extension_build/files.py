"""The files of the extension as they are published: for Twitch, and for whoever serves them.

The sources are published as they are, but for two things: `shared/settings.js` is made from what
the build was given, and the comments for the type checker stay at home.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

FOLDERS = (
    Path(__file__).parents[1] / "extension",
    Path(__file__).parents[3] / "extension",
)
"""Where the sources lie in an installed distribution, and in a checkout."""

HELPER = "https://extension-files.twitch.tv/helper/v1/twitch-ext.min.js"
SETTINGS = "shared/settings.js"
DEVELOPMENT_ONLY = frozenset({"panel/claim.js"})
SUFFIXES = frozenset({".html", ".css", ".js", ".svg", ".png"})

_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/\n|/\*\* @type .*?\*/ ", re.MULTILINE | re.DOTALL)
_SETTINGS_TEXT = """export const EBS_URL = {url};
export const VERSION = {version};
export const DEVELOPMENT = {development};
"""


class Build(Struct, frozen=True, kw_only=True):
    """What one build is made for. `ebs_url` "" stands for the server of the files itself."""

    version: str
    ebs_url: str = ""
    development: bool = False


def sources() -> Path:
    """The folder of the sources; raises `FileNotFoundError`."""
    for folder in FOLDERS:
        if (folder / "panel.html").is_file():
            return folder
    raise FileNotFoundError("The files of the extension are not installed.")


def published(build: Build) -> Mapping[str, bytes]:
    """Every file of a build by its path, in the order of the paths."""
    root = sources()
    found = {
        path.relative_to(root).as_posix(): _published(path)
        for path in sorted(root.rglob("*"))
        if path.suffix in SUFFIXES
    }
    found[SETTINGS] = _settings(build)
    if not build.development:
        found = {name: data for name, data in found.items() if name not in DEVELOPMENT_ONLY}
    return dict(sorted(found.items()))


def _published(path: Path) -> bytes:
    if path.suffix not in (".js", ".css"):
        return path.read_bytes()
    return _COMMENT.sub("", path.read_text("utf-8")).lstrip("\n").encode()


def _settings(build: Build) -> bytes:
    return _SETTINGS_TEXT.format(
        url=json.dumps(build.ebs_url.rstrip("/")),
        version=json.dumps(build.version),
        development=json.dumps(build.development),
    ).encode()
