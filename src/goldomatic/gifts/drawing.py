"""Which item it is: the list is fixed, one is drawn by the fair draw, the seed is opened. Pure."""

from collections.abc import Sequence

from goldomatic.fairdraw.commitment import commit
from goldomatic.fairdraw.draw import draw
from goldomatic.fairdraw.entries import entry_hash
from goldomatic.fairdraw.frozen import Frozen
from goldomatic.gifts.events import GiftItemsDrawn, GiftState, Item
from goldomatic.gifts.rules import Decided, not_found, not_selecting, seed_lost
from goldomatic.gifts.state import GiftsState, hash_of
from goldomatic.values import Code, Refused

WEIGHT = 1
ALTERNATES = 9
"""How many items after the drawn one the record names. A gift is never drawn again."""


def entry_of(item: Item) -> tuple[str, str]:
    """What stands for an item in the list of a draw: what it is and where it lies, and its name."""
    return f"item:{item.id}:{item.count}:{item.bag_id}:{item.slot_id}", item.name


def frozen_list(items: Sequence[Item], salt: bytes) -> Frozen:
    """The list of a draw; every item has the same chance, whatever the size of its stack."""
    hashes = [entry_hash(salt, *entry_of(item), WEIGHT) for item in items]
    return Frozen(hashes, [WEIGHT] * len(hashes))


def draw_item(
    state: GiftsState, request_id: str, items: list[Item], *, seed: bytes | None, salt: bytes
) -> Decided:
    """Freeze the list and draw; nothing when this list is frozen already, refused for another.

    `items` are checked: at least one, and none lies where another does. A seed that is lost or
    is not the committed one fails the request.
    """
    request = state.requests.get(request_id)
    if request is None:
        return not_found()
    if request.list_hash is not None:
        if request.list_hash == hash_of(items):
            return []
        return Refused(Code.ITEMS_ALREADY_FROZEN, "Another list of items is frozen already.")
    if request.state is not GiftState.SELECTING_ITEM:
        return not_selecting()
    if seed is None or commit(seed).hex() != request.commitment:
        return seed_lost(state, request)
    frozen = frozen_list(items, salt)
    return [
        GiftItemsDrawn(
            gift_request_id=request_id,
            viewer_id=request.viewer_id,
            items=items,
            salt=salt,
            root=frozen.root.hex(),
            order=draw(seed, request_id, frozen, alternates=ALTERNATES),
            seed=seed.hex(),
        )
    ]
