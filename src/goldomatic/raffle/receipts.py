"""A viewer's receipts: the own leaf before the draw, and its proof afterwards."""

from collections.abc import Sequence

from litestar import get
from litestar.handlers import HTTPRouteHandler

from goldomatic.accounts.guard import account_of, viewers_only
from goldomatic.fairdraw.entries import entry_hash
from goldomatic.fairdraw.publish import opening
from goldomatic.fairdraw.record import Opening, Receipt
from goldomatic.raffle import proofs, public, views
from goldomatic.raffle.api import problems
from goldomatic.raffle.breakdowns import Weight
from goldomatic.raffle.drawing import entry_salt
from goldomatic.raffle.weights import number
from goldomatic.raffle.wire import failing
from goldomatic.service import Service, service_of
from goldomatic.values import Code, Refused, ViewerId
from goldomatic.web.wire import Answer, AnyRequest

RECENT = 3
"""How many of the newest draws are looked through for the viewer's entry."""


class Leaf(Answer):
    """The viewer's line of the public list as it would be if the list were frozen now.

    `hash` is the salted hash of `opening`; a greater weight gives another hash.
    """

    draw_id: str
    commitment: str
    hash: str
    opening: Opening
    weight: Weight
    record_url: str


class Receipts(Answer):
    """The own line of the coming draw, and the proofs of the newest draws that were held."""

    coming: Leaf | None
    held: list[Receipt]


@get(
    "/api/raffle/receipts",
    guards=[viewers_only],
    summary="Own line in the draws",
    exception_handlers=failing("Failed to load receipts"),
    responses=problems(401),
)
async def receipts(request: AnyRequest) -> Receipts:
    """Before a draw: commitment, own leaf and weight. After: the proof that it was in the list."""
    return await receipts_view(service_of(request), account_of(request).viewer_id)


async def receipts_view(service: Service, viewer_id: ViewerId) -> Receipts:
    """What a viewer can check about the own entry, for the status card as well."""
    held = []
    for draw_id in await views.recent_draws(service.store, service.channel, "frozen", RECENT):
        try:
            held.append(await proofs.receipt(service, draw_id, viewer_id))
        except Refused as refused:
            if refused.code is not Code.NOT_FOUND:
                raise
    return Receipts(coming=coming(service, viewer_id), held=held)


def coming(service: Service, viewer_id: ViewerId) -> Leaf | None:
    """The viewer's leaf in the draw that is committed; None without an entry or a draw."""
    raffle, now = service.state.raffle, service.clock()
    draw, entry = raffle.draw.durable, public.waiting_entry(raffle, viewer_id, now)
    member = public.member(raffle, viewer_id, now)
    if draw is None or entry is None or member is None:
        return None
    salt = entry_salt(entry.salt, draw.draw_id)
    return Leaf(
        draw_id=draw.draw_id,
        commitment=draw.commitment,
        hash=entry_hash(salt, viewer_id, entry.name, member.weight).hex(),
        opening=opening(salt, viewer_id, entry.name, member.weight),
        weight=number(member.weight),
        record_url=f"/api/draws/{draw.draw_id}",
    )


ROUTES: Sequence[HTTPRouteHandler] = (receipts,)
