"""The operator's list: ten thousand requests as bytes in a few milliseconds.

A request's own JSON changes seldom, its place with every step of the queue. So the JSON is kept in
two pieces, before and after place and wait; and as long as the queue only grows, so is the list.
"""

from collections.abc import Sequence

import msgspec

from goldomatic.gifts.state import GiftRequest
from goldomatic.gifts.wire import gift_request_dto, wait_at

Pieces = tuple[GiftRequest, bytes, bytes]

MOST_KEPT = 20_000
_PLACE = b'"queuePosition":1,"estimatedWaitSeconds":0'


class Listing:
    """Encodes lists of open requests, and keeps of them what the next list needs again."""

    def __init__(self) -> None:
        self._pieces: dict[str, Pieces] = {}
        self._places: list[bytes] = []
        self._told: Sequence[GiftRequest] = ()
        self._text = b"[]"

    def encode(self, requests: Sequence[GiftRequest]) -> bytes:
        """The JSON array of requests in queue order, the first in line first."""
        known = len(self._told)
        # Requests are immutable: the same object has the same JSON.
        if known > len(requests) or requests[:known] != self._told:
            known = 0
        if not known or known < len(requests):
            parts = self._parts(requests[known:], known)
            # Four megabytes are copied once, not once for each end of the array.
            begun: bytes | memoryview = memoryview(self._text)[:-1] if known else b"["
            self._text = b"".join((begun, *parts, b"]"))
            self._told = requests
        return self._text

    def _parts(self, requests: Sequence[GiftRequest], first: int) -> list[bytes]:
        """The pieces of requests from a place on."""
        kept, places = self._pieces, self._places
        if len(kept) > MOST_KEPT:
            kept.clear()
        while len(places) < first + len(requests):
            place = len(places) + 1
            told = f'"queuePosition":{place},"estimatedWaitSeconds":{wait_at(place)}'
            places.append(told.encode())
        parts: list[bytes] = []
        for request, place_text in zip(requests, places[first:], strict=False):
            pieces = kept.get(request.gift_request_id)
            if pieces is None or pieces[0] is not request:
                pieces = kept[request.gift_request_id] = _pieces(request)
            parts += (b",", pieces[1], place_text, pieces[2])
        return parts[1:] if first == 0 else parts


def _pieces(request: GiftRequest) -> Pieces:
    text = msgspec.json.encode(gift_request_dto(request, 1))
    before, _, after = text.rpartition(_PLACE)
    return request, before, after
