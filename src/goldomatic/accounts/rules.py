"""The rules of signing in: how long a session lasts, which requests are our own."""

from datetime import datetime, timedelta
from enum import Enum, auto
from urllib.parse import urlsplit

SESSION_IDLE = timedelta(days=30)
"""A session that nobody has used for so long has ended."""

SESSION_LONGEST = timedelta(days=90)
"""However much it is used, a session ends so long after sign-in."""

SEEN_EVERY = timedelta(hours=1)
"""How exactly the last use of a session is kept."""

SIGN_IN_TAKES = timedelta(minutes=10)
"""Who needs longer at Twitch begins anew."""

VIEWER_REFRESH_BEFORE = timedelta(minutes=5)
BROADCASTER_REFRESH_BEFORE = timedelta(seconds=60)

CHECKED_EVERY = timedelta(hours=1)
"""Twitch wants every token behind a login to be validated once an hour."""

VIEWER_SCOPES = (
    "openid",
    "user:read:email",
    "user:read:follows",
    "moderator:read:followers",
    "channel:read:subscriptions",
)
NEEDED_OF_BROADCASTER = frozenset(
    {"moderator:read:followers", "channel:read:subscriptions", "bits:read"}
)
"""Without these the raffle cannot see who follows, subscribes and cheers."""

BROADCASTER_SCOPES = (
    *VIEWER_SCOPES,
    "bits:read",
    "user:read:chat",
    "user:write:chat",
    "user:bot",
    "channel:bot",
)
"""One consent for all that the service does in the channel: raffle, chat and the reward line."""

BOT_SCOPES = ("user:write:chat",)
"""Of the account that only writes."""

_EMAIL_SCOPE = "user:read:email"
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class Origin(Enum):
    """Where a browser says that a request comes from."""

    OWN = auto()
    FOREIGN = auto()
    UNTOLD = auto()
    """It says nothing: an old browser, or none."""


def session_end(created_at: datetime, seen_at: datetime) -> datetime:
    """The instant from which a session is no longer one."""
    return min(created_at + SESSION_LONGEST, seen_at + SESSION_IDLE)


def origin_of(fetch_site: str | None, origin: str | None, host: str, own: str) -> Origin:
    """What `Sec-Fetch-Site`, or without it `Origin`, tells; `own` is the service's public origin.

    A page of the host that the request was sent to is our own, under whatever address it was
    reached: no other site can choose the `Host` of a request.
    """
    if fetch_site is not None:
        return Origin.OWN if fetch_site.lower() == "same-origin" else Origin.FOREIGN
    if origin is None:
        return Origin.UNTOLD
    is_own = origin.lower() == own or (bool(host) and _authority(origin) == host.lower())
    return Origin.OWN if is_own else Origin.FOREIGN


def is_by_another_name(host: str, own: str) -> bool:
    """Whether a browser of this machine has come by another of this machine's names.

    Twitch would bring it back to ours, where it has not the cookie of its sign-in.
    """
    try:
        given, known = urlsplit(f"//{host}"), urlsplit(own)
        alike = given.port == known.port
    except ValueError:
        return False
    are_local = {given.hostname, known.hostname} <= _THIS_MACHINE
    return alike and are_local and given.hostname != known.hostname


def return_address(wanted: str | None, own: str) -> str:
    """Where to go after sign-in: a path of ours, with its query; everything else leads to `/`."""
    path = wanted or "/"
    if path.startswith(f"{own}/"):
        path = path.removeprefix(own)
    is_path = path.startswith("/") and not path.startswith(("//", "/api/"))
    if not is_path or len(path) > 512 or "\\" in path or not path.isprintable():
        return "/"
    return path if path.isascii() else "/"


def scopes_for(*, broadcaster: bool, store_email: bool) -> tuple[str, ...]:
    """What to ask Twitch for; without stored addresses none is asked for."""
    scopes = BROADCASTER_SCOPES if broadcaster else VIEWER_SCOPES
    return tuple(scope for scope in scopes if store_email or scope != _EMAIL_SCOPE)


def _authority(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
