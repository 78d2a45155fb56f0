"""EventSub subscriptions of our webhook: which there are, and making those that are missing."""

import msgspec

from goldomatic.twitch.helix import Helix
from goldomatic.twitch.http import Answer
from goldomatic.twitch.support_wire import VERSIONS
from goldomatic.twitch.tokens import Bearer, StaticToken

PATH = "/eventsub/subscriptions"
MOST_PAGES = 100
_PRESENT = ("enabled", "webhook_callback_verification_pending")


class ListingError(Exception):
    """The subscriptions could not be listed; the text says why."""


class _Transport(msgspec.Struct, frozen=True):
    callback: str = ""


class _Subscription(msgspec.Struct, frozen=True):
    type: str = ""
    status: str = ""
    transport: _Transport = _Transport()


class _Paging(msgspec.Struct, frozen=True):
    cursor: str | None = None


class _Listing(msgspec.Struct):
    data: list[_Subscription]
    pagination: _Paging = _Paging()


async def present(helix: Helix, app_token: str, callback: str) -> set[str]:
    """Types that Twitch sends, or is about to send, to an address; raises `ListingError`."""
    bearer, found, cursor = Bearer(app_token, StaticToken(None)), set[str](), ""
    for _ in range(MOST_PAGES):
        answer = await helix.read(bearer, PATH, {"after": cursor} if cursor else None)
        if not isinstance(answer, Answer) or not answer.is_success:
            raise ListingError(_why(answer))
        try:
            page = msgspec.json.decode(answer.body, type=_Listing)
        except (ValueError, RecursionError):
            raise ListingError("the answer cannot be read") from None
        found |= {
            each.type
            for each in page.data
            if each.transport.callback == callback and each.status in _PRESENT
        }
        cursor = page.pagination.cursor or ""
        if not cursor:
            return found
    raise ListingError(f"more than {MOST_PAGES} pages")


async def subscribe(
    helix: Helix, app_token: str, kind: str, callback: str, secret: str
) -> str | None:
    """Ask for one type to be sent to an address; None when it is done, else why it is not."""
    condition = {"broadcaster_user_id": helix.broadcaster_id}
    if kind == "channel.follow":
        condition["moderator_user_id"] = helix.broadcaster_id
    wanted = {
        "type": kind,
        "version": VERSIONS[kind],
        "condition": condition,
        "transport": {"method": "webhook", "callback": callback, "secret": secret},
    }
    bearer = Bearer(app_token, StaticToken(None))
    answer = await helix.create(bearer, PATH, msgspec.json.encode(wanted))
    if isinstance(answer, Answer) and (answer.is_success or answer.status == 409):
        return None
    return _why(answer).replace(secret, "[secret]")


def _why(answer: object) -> str:
    if isinstance(answer, Answer):
        return f"{answer.status} {answer.quote}".strip()
    return "no answer"
