"""Whatever comes, in whatever order: one is served, and nobody is lost or served twice."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from goldomatic import channel
from goldomatic.channel import ChannelState
from goldomatic.gifts import rules
from goldomatic.ledger.change import Decision
from goldomatic.values import ChannelId, ViewerId
from support.gift_story import (
    COMPLETED,
    FAILED,
    ask,
    change,
    confirm,
    draw,
    request_id,
    time_out,
    wish,
)
from support.gifts import an_item
from support.story import Story

MOVES = st.one_of(
    st.tuples(st.just("ask"), st.integers(1, 6)),
    st.tuples(st.just("draw"), st.integers(1, 12)),
    st.tuples(st.just("select"), st.integers(1, 12)),
    st.tuples(st.just("confirm"), st.integers(1, 12)),
    st.tuples(st.just("decline"), st.integers(1, 12)),
    st.tuples(st.just("fail"), st.integers(1, 12)),
    st.tuples(st.just("again"), st.integers(1, 12)),
    st.tuples(st.just("forget"), st.integers(1, 6)),
    st.tuples(st.just("wait"), st.integers(1, 400)),
)


#
@settings(max_examples=150, deadline=None)
@given(st.lists(MOVES, max_size=40))
def test_in_any_order_one_is_served_and_nobody_is_lost(
    moves: list[tuple[str, int]],
) -> None:
    told, made, now = Story(), 0, 0.0
    for move, number in moves:
        if move in ("ask", "again"):
            made += 1
        if move == "wait":
            now += number
            told.at(now).then(time_out)
            continue
        told.then(decision_of(move, number, made))
        agrees(told)
    again = Story()
    for recorded in told.log:
        again.state.evolve(recorded)
    again.state.commit()
    loaded = ChannelState(ChannelId("1001"))
    loaded.load(told.state.dump())
    assert loaded.dump() == told.state.dump() == again.state.dump()
    assert list(loaded.gifts.line.durable) == list(told.state.gifts.line.durable)
    assert loaded.gifts.active.durable == told.state.gifts.active.durable
    for name in ("open", "closed", "used", "unopened"):
        kept = getattr(told.state.gifts, name).durable
        assert getattr(loaded.gifts, name).durable == kept


def decision_of(move: str, number: int, made: int) -> Decision[ChannelState]:
    match move:
        case "ask":
            return ask(made, number)
        case "draw":
            return draw(number)
        case "select":
            return lambda s, now: rules.select_item(
                s.gifts, request_id(number), _drawn_or_any(s, number)
            )
        case "confirm" | "decline":
            return confirm(number, confirmed=move == "confirm")
        case "fail":
            return change(number, FAILED, "words of mine")
        case "again":
            return lambda s, now: rules.ask_again(s.gifts, request_id(number), wish(made))
        case _:
            return channel.forget_viewer(ViewerId(str(number)), "test")


def _drawn_or_any(state: ChannelState, number: int) -> Any:
    request = state.gifts.requests.get(request_id(number))
    return request.drawn if request and request.drawn else an_item()


def agrees(told: Story) -> None:
    """One is served; whoever waits does so behind them; nobody has two, or two gifts."""
    state = told.state.gifts
    requests = list(state.requests.durable.values())
    still_open = sorted((r for r in requests if r.state.open), key=lambda r: r.number)
    assert list(state.line.durable) == [r.gift_request_id for r in still_open]
    active = [r for r in still_open if r.state.active]
    assert [state.active.durable] == [r.gift_request_id for r in active] or not still_open
    assert not still_open or active == still_open[:1], "a free slot while somebody waits"
    assert len({r.viewer_id for r in still_open}) == len(still_open)
    completed = [r.viewer_id for r in requests if r.state is COMPLETED]
    assert len(set(completed)) == len(completed)
    assert set(state.used.durable) == set(completed)
    for request in requests:
        assert (request.timeout_at is not None) is request.state.active
        assert (request.failure_reason is not None) is (request.state is FAILED)
        if request.drawn is not None and request.item is not None:
            assert request.item == request.drawn
