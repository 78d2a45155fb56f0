"""The link that a viewer submits: what it must be. Pure; nobody ever opens it here."""

import re
from collections.abc import Collection
from urllib.parse import unquote, urlsplit

from goldomatic.values import Code, Refused

MAX_LINK = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_UNSAFE = re.compile(r"[\s\\<>\"`{}|^]")


def read_link(text: str, hosts: Collection[str]) -> str | None:
    """The link as it is kept, None for a blank one.

    `hosts` are the hosts that are allowed, each with its subdomains. Raises `Refused` with
    `DEMO_LINK_INVALID` for what is no plain http(s) address and `DEMO_LINK_DOMAIN` for another
    host.
    """
    link = text.strip()
    if not link:
        return None
    host = _host(link)
    if host is None:
        raise Refused(Code.DEMO_LINK_INVALID, "Invalid demo link URL format")
    allowed = next((each for each in hosts if host == each or host.endswith(f".{each}")), None)
    if allowed is None:
        raise Refused(
            Code.DEMO_LINK_DOMAIN, "Demo link must be from SoundCloud, Google Drive, or Dropbox"
        )
    if _redirects(link, host):
        raise Refused(Code.DEMO_LINK_INVALID, "Invalid demo link URL format")
    return link


def _host(link: str) -> str | None:
    """The host in lower case; None unless the link is an ordinary absolute address.

    Whatever two readers of an address could understand differently is refused: user names,
    ports, backslashes, control characters, hosts that are not plain ASCII names.
    """
    if len(link) > MAX_LINK or not link.isprintable() or _UNSAFE.search(link):
        return None
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not link[len(scheme) :].startswith("://"):
        return None
    if set("@%[]").intersection(parts.netloc) or parts.hostname is None:
        return None
    if port not in (None, _DEFAULT_PORTS[scheme]) or parts.netloc.endswith(":"):
        return None
    labels = parts.hostname.lower().split(".")
    return ".".join(labels) if all(map(_LABEL.fullmatch, labels)) else None


def _redirects(link: str, host: str) -> bool:
    """Google's `/url`, `/amp` and `/…/clk` lead anywhere else."""
    if host != "google.com" and not host.endswith(".google.com"):
        return False
    steps: list[str] = []
    for step in unquote(urlsplit(link).path).split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step.partition(";")[0].lower())
    return steps[:1] in (["url"], ["amp"]) or "clk" in steps
