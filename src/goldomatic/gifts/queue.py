"""The gift queue of a running service: what its edges and its clock ask of it."""

from typing import TYPE_CHECKING

import structlog

from goldomatic.fairdraw.commitment import commit
from goldomatic.gifts import rules
from goldomatic.gifts.drawing import draw_item
from goldomatic.gifts.events import GiftState, Item, Source
from goldomatic.gifts.listing import Listing
from goldomatic.gifts.rules import Wish
from goldomatic.gifts.state import GiftsState
from goldomatic.gifts.subscribers import SubscriberCheck
from goldomatic.ledger.change import Cause, Changed
from goldomatic.ledger.store import UnavailableError
from goldomatic.ledger.writer import unavailable
from goldomatic.values import CharacterName, Code, Refused, ViewerId

if TYPE_CHECKING:
    from goldomatic.service import Service

log = structlog.get_logger()

MOST_STREAMER_ID = 64
"""Characters of a channel's id, where none is configured to compare it with."""


class GiftQueue:
    """One channel's gift queue at work. What the rules refuse is raised as `Refused`."""

    def __init__(self, service: "Service") -> None:
        self._service = service
        self._subscribers = SubscriberCheck(service.helix.is_subscriber)
        self.listing = Listing()

    @property
    def state(self) -> GiftsState:
        """The queue's state; show only its durable side."""
        return self._service.state.gifts

    def serves(self, streamer_id: str) -> bool:
        """Whether this is the channel that is served; while none is configured, any is."""
        configured = self._service.settings.twitch_broadcaster_id
        if configured:
            return streamer_id == configured
        return 0 < len(streamer_id.strip()) <= MOST_STREAMER_ID and streamer_id.isprintable()

    def check_channel(self, streamer_id: str) -> None:
        """Raises `wrong_channel` for every channel but the one that is served."""
        if not self.serves(streamer_id):
            raise Refused(Code.WRONG_CHANNEL, "This service serves another channel.")

    async def ask(
        self,
        *,
        streamer_id: str,
        viewer_id: ViewerId,
        display_name: str,
        character_name: str,
        source: Source,
        request_id: str | None = None,
        cause: Cause | None = None,
    ) -> Changed:
        """Ask for a gift; a message that was handled before is not asked about again."""
        self.check_channel(streamer_id)
        is_known = cause is not None and await self._is_known(cause)
        can_ask = not is_known and _is_name(character_name) and await self._subscribes(viewer_id)
        lots, seed = self._service.lots, self._service.lots.seed()
        wish = Wish(
            gift_request_id=request_id or str(lots.uuid()),
            streamer_id=streamer_id,
            viewer_id=viewer_id,
            display_name=display_name,
            character_name=character_name,
            source=source,
            subscriber=can_ask,
            commitment=commit(seed).hex(),
            salt=lots.salt(),
        )
        return await self._service.ledger.change(
            lambda state, now: rules.ask(state.gifts, wish),
            cause=cause,
            keep={_seed_key(wish.gift_request_id): seed},
        )

    async def _is_known(self, cause: Cause) -> bool:
        try:
            known = await self._service.store.known_causes(self._service.channel, [cause.key])
        except UnavailableError:
            raise unavailable() from None
        return bool(known)

    async def _subscribes(self, viewer_id: ViewerId) -> bool:
        if self._service.settings.dev_skip_gift_subscriber_check:
            return True
        return await self._subscribers.is_subscriber(viewer_id)

    async def ask_again(self, failed_id: str) -> tuple[str, bool]:
        """Make a failed request again: the new one's id, and whether it was made before."""
        lots, seed = self._service.lots, self._service.lots.seed()
        wish = Wish(
            gift_request_id=str(lots.uuid()),
            streamer_id="",
            viewer_id=ViewerId(""),
            display_name="",
            character_name="",
            source="retry",
            subscriber=True,
            commitment=commit(seed).hex(),
            salt=lots.salt(),
        )
        changed = await self._service.ledger.change(
            lambda state, now: rules.ask_again(state.gifts, failed_id, wish),
            cause=Cause(f"gift-retry:{failed_id}", remember_refusal=False),
            keep={_seed_key(wish.gift_request_id): seed},
        )
        if changed.repeated_at is None:
            return wish.gift_request_id, False
        (made,) = await self._service.events(changed.repeated_at, 1)
        return made.event.gift_request_id, True

    async def draw(self, request_id: str, items: list[Item]) -> None:
        """Freeze the list and draw an item of it."""
        seed = await self._seed(request_id)
        salt = self._service.lots.salt()
        await self._service.ledger.change(
            lambda state, now: draw_item(state.gifts, request_id, items, seed=seed, salt=salt),
            drop=[_seed_key(request_id)],
        )

    async def select_item(self, request_id: str, item: Item) -> None:
        """Name the gift."""
        await self._service.ledger.change(
            lambda state, now: rules.select_item(state.gifts, request_id, item)
        )

    async def confirm(self, request_id: str, *, confirmed: bool) -> None:
        """Record the recipient's answer."""
        await self._service.ledger.change(
            lambda state, now: rules.confirm(state.gifts, request_id, confirmed=confirmed)
        )

    async def change_state(self, request_id: str, target: GiftState, reason: str | None) -> None:
        """End a request for the operator."""
        salt = self._service.lots.salt()
        await self._service.ledger.change(
            lambda state, now: rules.change_state(state.gifts, request_id, target, reason, salt)
        )

    async def tick(self) -> None:
        """Do what the clock asks for: end what took too long, serve the next, open seeds."""
        state, ledger = self.state, self._service.ledger
        active = state.requests.durable.get(state.active.durable or "")
        if active is not None and rules.is_overdue(active, self._service.clock()):
            await ledger.change(lambda state, now: rules.time_out(state.gifts, now))
        if state.active.durable is None and state.line.durable:
            await ledger.change(lambda state, now: rules.promote(state.gifts))
        for request_id in list(state.unopened.durable):
            await self._open_seed(request_id)

    async def _open_seed(self, request_id: str) -> None:
        seed = await self._seed(request_id)
        if seed is None:
            log.error("draw_seed_lost", draw_id=request_id)
        await self._service.ledger.change(
            lambda state, now: rules.open_seed(state.gifts, request_id, seed),
            drop=[_seed_key(request_id)],
        )

    async def _seed(self, request_id: str) -> bytes | None:
        return await self._service.store.kept(self._service.channel, _seed_key(request_id))


def _seed_key(request_id: str) -> str:
    return f"gift-seed:{request_id}"


def _is_name(text: str) -> bool:
    try:
        CharacterName.parse(text)
    except Refused:
        return False
    return True
