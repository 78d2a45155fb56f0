"""Tables and cells against a plain dict and a plain variable."""

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from goldomatic.ledger.state import Cell, Table

keys = st.integers(0, 7)
values = st.integers() | st.text() | st.booleans()


class TableMachine(RuleBasedStateMachine):
    """The draft is one dict, what is durable another; commit copies, rollback copies back."""

    def __init__(self) -> None:
        super().__init__()
        self.durable: dict[int, Any] = {1: "a", 2: 0}
        self.draft = dict(self.durable)
        self.table: Table[int, Any] = Table(self.durable)
        self.cell: Cell[Any] = Cell(0)
        self.value: Any = 0
        self.durable_value: Any = 0

    @rule(key=keys, value=values)
    def put(self, key: int, value: Any) -> None:
        self.table[key] = value
        self.draft[key] = value

    @rule(key=keys)
    def discard(self, key: int) -> None:
        self.table.discard(key)
        self.draft.pop(key, None)

    @rule(value=values)
    def set_cell(self, value: Any) -> None:
        self.cell.value = self.value = value

    @rule()
    def commit(self) -> None:
        self.table.commit()
        self.cell.commit()
        self.durable, self.durable_value = dict(self.draft), self.value

    @rule()
    def rollback(self) -> None:
        self.table.rollback()
        self.cell.rollback()
        self.draft, self.value = dict(self.durable), self.durable_value

    @rule(key=keys)
    def look_up(self, key: int) -> None:
        assert self.table.get(key) == self.draft.get(key)
        assert (key in self.table) == (key in self.draft)
        if key in self.draft:
            assert self.table[key] == self.draft[key]
        else:
            with pytest.raises(KeyError):
                self.table[key]

    @invariant()
    def draft_is_the_draft(self) -> None:
        assert len(self.table) == len(self.draft)
        assert sorted(map(repr, self.table.values())) == sorted(map(repr, self.draft.values()))
        assert self.cell.value == self.value

    @invariant()
    def durable_is_durable(self) -> None:
        assert dict(self.table.durable) == self.durable
        assert dict(self.table.items()) == self.durable
        assert self.cell.durable == self.durable_value


TestTable = TableMachine.TestCase


def test_a_table_does_not_share_the_dict_it_was_made_from() -> None:
    rows = {"a": 1}
    table = Table(rows)
    table["b"] = 2
    table.commit()
    assert rows == {"a": 1}
