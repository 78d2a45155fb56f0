"""In-memory state with a draft on top: decisions see the draft, readers only what is durable.

The writer folds the events of a batch into the draft, and after the commit makes the draft the
state; when the commit fails it throws the draft away. So nothing is ever shown that could be
lost, and an optimistic append that lost its race costs nothing but deciding again.
"""

from collections.abc import ItemsView, Iterator, Mapping
from typing import Final, Generic, Protocol, TypeVar, cast

K = TypeVar("K")
V = TypeVar("V")

_GONE: Final = object()


class Draftable(Protocol):
    """A part of the state that can be committed or rolled back."""

    def commit(self) -> None: ...
    def rollback(self) -> None: ...


class Table(Generic[K, V]):
    """A dict whose changes are a draft until `commit`. Values are immutable."""

    __slots__ = ("_draft", "_durable", "_size")

    def __init__(self, rows: Mapping[K, V] | None = None) -> None:
        self._durable: dict[K, V] = dict(rows or {})
        self._draft: dict[K, object] = {}
        self._size = len(self._durable)

    @property
    def durable(self) -> Mapping[K, V]:
        """What is committed: the only view that may be shown outside."""
        return self._durable

    def get(self, key: K) -> V | None:
        """The value as the draft has it, or `None`."""
        value = self._draft.get(key)
        if value is None:
            return self._durable.get(key)
        return None if value is _GONE else cast("V", value)

    def __getitem__(self, key: K) -> V:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: K) -> bool:
        return self.get(key) is not None

    def __len__(self) -> int:
        return self._size

    def __setitem__(self, key: K, value: V) -> None:
        if self.get(key) is None:
            self._size += 1
        self._draft[key] = value

    def discard(self, key: K) -> None:
        """Remove the key if it is there."""
        if self.get(key) is not None:
            self._size -= 1
            self._draft[key] = _GONE

    def values(self) -> Iterator[V]:
        """All values as the draft has them; the order is not defined."""
        if not self._draft:
            yield from self._durable.values()
            return
        draft = self._draft
        yield from (value for key, value in self._durable.items() if key not in draft)
        yield from (cast("V", value) for value in draft.values() if value is not _GONE)

    def commit(self) -> None:
        gone = [key for key, value in self._draft.items() if value is _GONE]
        # In one step, for a draft may hold everything there is while readers wait.
        self._durable.update(cast("dict[K, V]", self._draft))
        for key in gone:
            del self._durable[key]
        self._draft.clear()

    def rollback(self) -> None:
        self._draft.clear()
        self._size = len(self._durable)

    def items(self) -> ItemsView[K, V]:
        """Committed pairs, for snapshots."""
        return self._durable.items()


class Cell(Generic[V]):
    """One value whose change is a draft until `commit`."""

    __slots__ = ("_durable", "value")

    def __init__(self, value: V) -> None:
        self.value = value
        self._durable = value

    @property
    def durable(self) -> V:
        """What is committed: the only value that may be shown outside."""
        return self._durable

    def commit(self) -> None:
        self._durable = self.value

    def rollback(self) -> None:
        self.value = self._durable
