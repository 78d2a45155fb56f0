"""Events become bytes and come back, whichever version wrote them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from goldomatic.ledger.event import (
    Codec,
    Event,
    Personal,
    StoredEvent,
    UnknownEventError,
    ViewerForgotten,
    from_micros,
    to_micros,
)
from goldomatic.values import ViewerId
from support.ledger import CODEC, Counted, Entered, Left, LogBuilder, Names, names

VIEWER = ViewerId("42")
ENTERED = Entered(viewer_id=VIEWER, source="chat", personal=names("Зул'джин"))


def stored(event: Event) -> StoredEvent:
    return LogBuilder().batch(event).events[0]


@pytest.mark.parametrize(
    "event",
    [
        ENTERED,
        Entered(viewer_id=VIEWER, source="chat"),
        Left(viewer_id=VIEWER),
        Counted(),
        Counted(amount=-5),
        ViewerForgotten(viewer_id=VIEWER, actor="operator"),
    ],
)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    assert CODEC.decode(stored(event)).event == event


def test_personal_values_are_apart_from_the_others() -> None:
    kind, viewer, data, personal = CODEC.encode(ENTERED)
    assert (kind, viewer) == ("Entered", "42")
    assert data == b'{"viewerId":"42","source":"chat"}'
    assert personal is not None
    assert "Зул" in personal.decode()
    assert b"salt" in personal


def test_an_erased_event_loads_without_its_personal_values() -> None:
    erased = replace(stored(ENTERED), personal=None)
    assert CODEC.decode(erased).event == Entered(viewer_id=VIEWER, source="chat")


def test_an_event_without_a_viewer_has_none() -> None:
    assert CODEC.encode(Counted())[1] is None


def test_an_unknown_type_is_named() -> None:
    newer = replace(stored(Counted()), type="RaffleOpened")
    with pytest.raises(UnknownEventError, match=r"event 1 is of the unknown type 'RaffleOpened'"):
        CODEC.decode(newer)


def test_fields_that_were_added_since_take_their_defaults() -> None:
    """Later versions of the classes, under the names of today's."""

    class NewNames(Personal, frozen=True, kw_only=True):
        display_name: str
        character_name: str
        realm: str = ""

    class NewEntered(Event, frozen=True, kw_only=True):
        viewer_id: ViewerId
        source: str
        months: int = 0
        personal: NewNames | None = None

    NewEntered.__name__ = "Entered"
    event = Codec([NewEntered]).decode(stored(ENTERED)).event
    assert isinstance(event, NewEntered)
    assert (event.viewer_id, event.months) == (VIEWER, 0)
    assert event.personal == NewNames(
        salt=b"0123456789abcdef", display_name="ЗУЛ'ДЖИН", character_name="Зул'джин"
    )


def test_a_default_leaves_no_bytes_so_that_old_and_new_agree() -> None:
    assert CODEC.encode(Counted(amount=1))[2] == b"{}"


def test_a_salt_hides_equal_names() -> None:
    other = Names(salt=b"another salt 16b", display_name="A", character_name="A")
    first = stored(Entered(viewer_id=VIEWER, source="chat", personal=names("A")))
    second = stored(Entered(viewer_id=VIEWER, source="chat", personal=other))
    assert first.personal_hash != second.personal_hash


@given(st.datetimes(datetime(1, 1, 2), datetime(9998, 12, 31)))  # noqa: DTZ001 - given UTC below
def test_instants_are_kept_to_the_microsecond(naive: datetime) -> None:
    instant = naive.replace(tzinfo=UTC)
    assert from_micros(to_micros(instant)) == instant


def test_an_instant_of_another_zone_is_the_same_instant() -> None:
    epoch = datetime(1970, 1, 1, 2, tzinfo=datetime.now().astimezone().tzinfo)
    assert from_micros(to_micros(epoch)) == epoch
    assert to_micros(datetime(1970, 1, 1, tzinfo=UTC) - timedelta(microseconds=1)) == -1
