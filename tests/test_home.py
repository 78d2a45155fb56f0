"""What many ask for at the same moment is made once, and never stays old."""

import asyncio

from goldomatic.home import Board, Kept
from goldomatic.ledger.event import Event, Recorded, ViewerForgotten
from goldomatic.payouts.events import PayoutStatus, PayoutStatusChanged
from goldomatic.roulette.events import PoolMemberRemoved, SpinCyclesMissed
from goldomatic.values import ViewerId, utc_now


class Maker:
    """Makes a new value each time, and waits to be let go."""

    def __init__(self) -> None:
        self.made = 0
        self.go = asyncio.Event()

    async def __call__(self) -> bytes:
        self.made += 1
        await self.go.wait()
        return str(self.made).encode()


async def test_a_part_is_made_once_for_all_who_ask() -> None:
    kept, make = Kept(), Maker()
    make.go.set()
    assert set(await asyncio.gather(*(kept.get(make) for _ in range(100)))) == {b"1"}
    kept.forget()
    assert await kept.get(make) == b"2"


async def test_a_part_that_was_made_while_something_happened_is_not_kept() -> None:
    kept, make = Kept(), Maker()
    first = asyncio.create_task(kept.get(make))
    await asyncio.sleep(0)
    kept.forget()
    make.go.set()
    assert await first == b"1"
    assert await kept.get(make) == b"2"


async def test_a_part_that_could_not_be_made_is_tried_again() -> None:
    kept, make = Kept(), Maker()
    make.go.set()

    async def fail() -> bytes:
        raise RuntimeError("not now")

    results = await asyncio.gather(kept.get(fail), kept.get(make), return_exceptions=True)
    assert isinstance(results[0], RuntimeError)
    assert results[1] == b"1"


async def changed(*events: Event) -> set[str]:
    """Which parts of the page are made anew after events."""
    board, made = Board(), set()
    parts = {"pool": board.pool["ru"], "results": board.results["ru"]}

    async def old() -> bytes:
        return b"old"

    for part in parts.values():
        await part.get(old)
    board.after_commit([Recorded(1, utc_now(), event) for event in events], own=False)
    for name, part in parts.items():

        async def new(name: str = name) -> bytes:
            made.add(name)
            return b"new"

        await part.get(new)
    return made


async def test_parts_are_made_anew_when_what_they_show_has_changed() -> None:
    viewer = ViewerId("1001")
    moved = PayoutStatusChanged(
        payout_id="p",
        viewer_id=viewer,
        previous=PayoutStatus.PENDING,
        status=PayoutStatus.IN_PROGRESS,
        actor="operator",
    )
    left = PoolMemberRemoved(viewer_id=viewer, reason="sent")
    assert await changed(moved) == {"results"}
    assert await changed(left) == {"pool"}
    assert await changed(moved, left) == {"pool", "results"}
    assert await changed(ViewerForgotten(viewer_id=viewer, actor="operator")) == {"pool", "results"}
    assert await changed(SpinCyclesMissed(first_start=utc_now(), count=1)) == set()
