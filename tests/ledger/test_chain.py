"""Whatever is changed in a log afterwards is found, at its position; erasing is not a change."""

from hashlib import sha256
from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from goldomatic.ledger.chain import BrokenChainError, ChainCheck, first_hash, link
from goldomatic.ledger.event import StoredEvent, ViewerForgotten
from goldomatic.values import ChannelId, ViewerId
from support.ledger import CHANNEL, OTHER_CHANNEL, Counted, Entered, LogBuilder, names


def a_log() -> list[StoredEvent]:
    log, stored = LogBuilder(), []
    for number in range(3):
        viewer = ViewerId(str(number))
        entered = Entered(viewer_id=viewer, source="chat", personal=names("Thrall"))
        forgotten = ViewerForgotten(viewer_id=viewer, actor="operator")
        batch = log.batch(entered, Counted(amount=number), forgotten, cause=f"chat:{number}")
        stored += batch.events
    return stored


LOG = tuple(a_log())

texts = st.none() | st.text(st.characters(exclude_categories=()))
numbers = st.integers() | st.floats() | st.text() | st.none()
blobs = st.none() | st.binary(max_size=40) | st.text()
hashes = blobs | st.just(bytes(32)) | st.binary(min_size=32, max_size=32)
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "position": numbers,
    "at": numbers,
    "type": texts | st.binary(),
    "viewer": texts | st.integers(),
    "cause": texts | st.integers(),
    "data": blobs,
    "personal": blobs,
    "personal_hash": hashes,
    "hash": hashes,
}


@given(st.data())
def test_any_change_of_any_column_is_found_at_its_position(data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(LOG) - 1))
    column = data.draw(st.sampled_from(sorted(COLUMNS)))
    value = data.draw(COLUMNS[column])
    before = getattr(LOG[index], column)
    changed = list(LOG)
    changed[index] = replace(LOG[index], **{column: value})
    check = ChainCheck(CHANNEL)
    if value == before and type(value) is type(before):
        check.follow(changed)
        return
    if column == "personal" and value is None:
        check.follow(changed)
        assert check.erased == 1
        return
    with pytest.raises(BrokenChainError) as broken:
        check.follow(changed)
    assert broken.value.position == index + 1
    assert check.position == index


@given(st.integers(0, len(LOG) - 1), st.integers(0, len(LOG) - 1))
def test_a_missing_or_moved_event_is_found(index: int, other: int) -> None:
    missing = [*LOG[:index], *LOG[index + 1 :]]
    if index < len(LOG) - 1:
        with pytest.raises(BrokenChainError) as broken:
            ChainCheck(CHANNEL).follow(missing)
        assert broken.value.position == index + 1
    swapped = list(LOG)
    swapped[index], swapped[other] = swapped[other], swapped[index]
    if index != other:
        with pytest.raises(BrokenChainError) as broken:
            ChainCheck(CHANNEL).follow(swapped)
        assert broken.value.position == min(index, other) + 1


def test_a_cut_end_shows_only_against_a_head_that_was_written_down() -> None:
    whole, cut = ChainCheck(CHANNEL), ChainCheck(CHANNEL)
    whole.follow(LOG)
    cut.follow(LOG[:-1])
    assert whole.head == LOG[-1].hash
    assert cut.head != whole.head


def test_every_erased_event_is_counted_and_none_breaks_the_chain() -> None:
    check = ChainCheck(CHANNEL)
    check.follow(replace(event, personal=None) for event in LOG)
    assert (check.position, check.erased, check.head) == (len(LOG), 3, LOG[-1].hash)


def test_a_check_can_go_on_from_a_position() -> None:
    check = ChainCheck(CHANNEL, 4, LOG[3].hash)
    check.follow(LOG[4:])
    assert check.head == LOG[-1].hash
    with pytest.raises(BrokenChainError):
        ChainCheck(CHANNEL, 4, LOG[2].hash).follow(LOG[4:])


def test_a_log_belongs_to_its_channel() -> None:
    with pytest.raises(BrokenChainError) as broken:
        ChainCheck(OTHER_CHANNEL).follow(LOG)
    assert broken.value.position == 1


def test_the_bytes_are_those_of_the_document() -> None:
    """The layout of docs/ledger.md, written out once more by hand."""
    event = LOG[0]
    first = sha256(b"goldomatic-ledger/1\x001001").digest()
    assert first_hash(ChannelId("1001")) == first
    covered = b"".join(
        (
            first,
            pack(">Q", 1) + pack(">q", event.at),
            pack(">I", 7) + b"Entered",
            pack(">I", 1) + b"0",
            pack(">I", 6) + b"chat:0",
            pack(">I", len(event.data)) + event.data,
            sha256(event.personal or b"").digest(),
        )
    )
    assert event.hash == sha256(covered).digest()


def test_no_two_contents_have_the_same_bytes() -> None:
    """Lengths stand before texts, so that nothing can slide from one field into the next."""
    first = first_hash(CHANNEL)
    contents = [
        ("ab", "c", "d", b"e", None),
        ("a", "bc", "d", b"e", None),
        ("ab", None, "d", b"e", None),
        ("ab", "", "d", b"e", None),
        ("ab", "c", None, b"e", None),
        ("ab", "c", "d", b"", None),
        ("ab", "c", "d", b"e", b"x" * 32),
    ]
    assert len({link(first, 1, 0, *content) for content in contents}) == len(contents)


def test_the_fixture_is_what_the_tests_think() -> None:
    assert [event.personal is not None for event in LOG] == [True, False, False] * 3
    assert sorted(asdict(LOG[0])) == sorted(COLUMNS)
