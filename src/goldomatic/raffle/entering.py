"""Entering the raffle, whichever way it was asked for: by a script's JSON or by a page's form."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from goldomatic.accounts.records import Account
from goldomatic.raffle import acting, asking, limits, public, rules
from goldomatic.raffle.events import RaffleEntrySubmitted
from goldomatic.raffle.rules import Submission
from goldomatic.service import Service
from goldomatic.values import Code, Refused

ReadBody = Callable[[], Awaitable[Mapping[str, Any]]]


async def enter(service: Service, scope: object, account: Account | None, read: ReadBody) -> int:
    """Submit what `read` gives to the active session: the number of the entry.

    Raises `Refused` with the first refusal in the order of the contract: address, switch, login,
    follow, body, viewer, standing, fields.
    """
    await limits.count_address(service, scope)
    if not public.submissions_open(service.state.raffle):
        raise rules.submissions_closed()
    if account is None:
        raise Refused(Code.UNAUTHENTICATED, "You must be logged in with Twitch to enter the raffle")
    viewer_id = account.viewer_id
    await asking.join(service, account)
    await asking.require_follower(service, viewer_id)
    body = await read()
    await limits.count_viewer(service, viewer_id)
    wish = Submission(
        viewer_id=viewer_id,
        body=body,
        salt=service.lots.salt(),
        same_email=await service.accounts.store.sharing_email(viewer_id),
    )
    options = acting.options(service)
    changed = await service.ledger.change(
        lambda state, now: rules.enter(state.raffle, wish, now, options)
    )
    event: RaffleEntrySubmitted = changed.events[0].event
    return event.entry_id
