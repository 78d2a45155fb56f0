"""Who stands where in the queue: asked at every answer, so a place costs O(log n). Pure."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence


class Line:
    """Open requests in the order of their numbers, which only ever grow.

    Like all state it has a draft: places are told of what is durable, the next in line is
    sought in the draft.
    """

    def __init__(self, rows: Sequence[tuple[int, str]] = ()) -> None:
        """`rows` are (number, request id) in ascending order."""
        self._numbers = [number for number, _ in rows]
        self._ids = [request_id for _, request_id in rows]
        self._joined: dict[int, str] = {}
        self._left: set[int] = set()

    @property
    def durable(self) -> Sequence[str]:
        """The ids of the committed line, first in line first."""
        return self._ids

    def place(self, number: int) -> int:
        """Place of a number in the committed line, from 1."""
        return bisect_left(self._numbers, number) + 1

    def __iter__(self) -> Iterator[str]:
        """The ids as the draft has them, first in line first."""
        for number, request_id in zip(self._numbers, self._ids, strict=True):
            if number not in self._left:
                yield request_id
        yield from self._joined.values()

    def join(self, number: int, request_id: str) -> None:
        """Stand at the end."""
        self._joined[number] = request_id

    def leave(self, number: int) -> None:
        """Step out, from wherever it stands."""
        if self._joined.pop(number, None) is None:
            self._left.add(number)

    def commit(self) -> None:
        for number in self._left:
            at = bisect_left(self._numbers, number)
            del self._numbers[at], self._ids[at]
        self._left.clear()
        self._numbers.extend(self._joined)
        self._ids.extend(self._joined.values())
        self._joined.clear()

    def rollback(self) -> None:
        self._joined.clear()
        self._left.clear()
