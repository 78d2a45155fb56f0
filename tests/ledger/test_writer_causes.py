"""A cause counts once: in one batch, in memory, after a restart, after an unclear commit."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest

from goldomatic.ledger import causes as causes_module
from goldomatic.ledger.change import Cause, Changed
from goldomatic.ledger.event import Event
from goldomatic.ledger.store import Store, UnavailableError
from goldomatic.values import Code, Refused
from support.faults import FaultyStore
from support.ledger import CHANNEL, Circle, Counted, count, enter, opened, started, whole_log

CHAT = Cause("chat:1")
CLAIM = Cause("claim:1", remember_refusal=False)


async def test_a_repeated_cause_tells_where_it_happened(store: Store) -> None:
    async with started(store) as writer:
        await writer.change(count())
        first = await writer.change(count(5), cause=CHAT)
        again = await writer.change(count(5), cause=CHAT)
        assert not first.repeated
        assert again == Changed((), 2)
        assert again.repeated
        assert writer.model.count.durable == 6
    assert [event.cause for event in await whole_log(store)] == [None, "chat:1"]


async def test_a_cause_counts_once_in_one_batch(store: Store) -> None:
    async with started(store) as writer:
        answers = await asyncio.gather(*[writer.change(count(), cause=CHAT) for _ in range(5)])
    assert [answer.repeated_at for answer in answers] == [None, 1, 1, 1, 1]
    assert len(await whole_log(store)) == 1


async def test_a_cause_counts_once_after_a_restart(database_url: str) -> None:
    async with opened(database_url) as store, started(store) as writer:
        await writer.change(count(), cause=CHAT)
        await writer.change(count(), cause=CLAIM)
    async with opened(database_url) as store:
        async with started(store) as writer:
            assert (await writer.change(count(), cause=CLAIM)).repeated_at == 2
            assert (await writer.change(count(), cause=CHAT)).repeated_at == 1
            assert writer.model.count.durable == 2
        assert len(await whole_log(store)) == 2


async def test_a_success_stays_one_when_asking_again_would_be_refused(database_url: str) -> None:
    """The viewer is in already, because the first attempt succeeded: that is not a refusal."""
    async with opened(database_url) as store, started(store) as writer:
        await writer.change(enter("1", "Thrall"), cause=CLAIM)
    async with opened(database_url) as store, started(store) as writer:
        again = await writer.change(enter("1", "Thrall"), cause=CLAIM)
        assert again.repeated_at == 1
        with pytest.raises(Refused):
            await writer.change(enter("1", "Thrall"), cause=Cause("claim:2", False))


async def test_a_success_stays_one_when_asking_again_would_break(database_url: str) -> None:
    def breaks_the_second_time(state: Circle, now: datetime) -> Sequence[Event]:
        return [Counted(amount=1 // (1 - state.count.value))]

    async with opened(database_url) as store, started(store) as writer:
        await writer.change(breaks_the_second_time, cause=CHAT)
    async with opened(database_url) as store, started(store) as writer:
        assert (await writer.change(breaks_the_second_time, cause=CHAT)).repeated_at == 1


async def test_a_remembered_refusal_is_not_decided_again(database_url: str) -> None:
    async with opened(database_url) as store, started(store) as writer:
        await writer.change(enter("1", "Thrall"))
        with pytest.raises(Refused):
            await writer.change(enter("2", "Thrall"), cause=CHAT)
        assert await writer.change(enter("2", "Jaina"), cause=CHAT) == Changed((), 0)
    async with opened(database_url) as store, started(store) as writer:
        assert await writer.change(enter("2", "Jaina"), cause=CHAT) == Changed((), 0)
        assert writer.model.members.durable.keys() == {"1"}


async def test_a_refusal_with_events_points_at_them(store: Store) -> None:
    async with started(store) as writer:
        await writer.change(enter("1", "Thrall"))
        refused = enter("2", "Thrall", record_refusal=True)
        with pytest.raises(Refused):
            await writer.change(refused, cause=CHAT)
        assert await writer.change(refused, cause=CHAT) == Changed((), 2)


async def test_a_refusal_that_is_not_remembered_may_succeed_later(store: Store) -> None:
    async with started(store) as writer:
        await writer.change(enter("1", "Thrall"))
        with pytest.raises(Refused):
            await writer.change(enter("2", "Thrall"), cause=CLAIM)
        changed = await writer.change(enter("2", "Jaina"), cause=CLAIM)
        assert not changed.repeated
        assert writer.model.members.durable.keys() == {"1", "2"}


async def test_a_cause_that_left_memory_is_still_known(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(causes_module, "IN_MEMORY", 3)
    async with started(store) as writer:
        for number in range(10):
            await writer.change(count(), cause=Cause(f"chat:{number}"))
        for number in range(10):
            answer = await writer.change(count(), cause=Cause(f"chat:{number}"))
            assert answer.repeated_at == number + 1
        assert writer.model.count.durable == 10


async def test_memory_keeps_the_newest_causes_only(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(causes_module, "IN_MEMORY", 3)
    known = causes_module.KnownCauses(CHANNEL, store)
    known.remember((f"chat:{number}", number) for number in range(10))
    assert [known.get(f"chat:{number}") for number in (0, 6, 7, 9)] == [None, None, 7, 9]


async def test_an_empty_key_is_a_key_like_any_other(store: Store) -> None:
    async with started(store) as writer:
        await writer.change(count(), cause=Cause(""))
        assert (await writer.change(count(), cause=Cause(""))).repeated
        assert not (await writer.change(count())).repeated
        assert not (await writer.change(count())).repeated


async def test_secrets_come_and_go_with_the_events(store: Store) -> None:
    async with started(store) as writer:
        channel = writer.channel
        await writer.change(count(), keep={"seed": b"first"})
        assert await store.kept(channel, "seed") == b"first"
        await asyncio.gather(
            writer.change(lambda state, now: (), keep={"other": b"no"}, drop=["seed"]),
            writer.change(count()),
        )
        assert await store.kept(channel, "seed") == b"first"
        assert await store.kept(channel, "other") is None
        await asyncio.gather(
            writer.change(count(), drop=["seed"]),
            writer.change(count(), keep={"seed": b"second"}),
        )
        assert await store.kept(channel, "seed") == b"second"
        await asyncio.gather(
            writer.change(count(), keep={"seed": b"third"}),
            writer.change(count(), drop=["seed"]),
        )
        assert await store.kept(channel, "seed") is None


@pytest.mark.parametrize("cause", [CHAT, CLAIM])
async def test_a_commit_whose_answer_was_lost_counts_once(store: Store, cause: Cause) -> None:
    faulty = FaultyStore(store)
    async with started(faulty.as_store) as writer:
        faulty.fail_after = [UnavailableError("connection lost")]
        with pytest.raises(Refused) as refusal:
            await writer.change(enter("1", "Thrall"), cause=cause)
        assert refusal.value.code is Code.SERVICE_UNAVAILABLE
        assert (await writer.change(enter("1", "Thrall"), cause=cause)).repeated_at == 1
        assert (await writer.change(enter("2", "Jaina"))).events[0].position == 2
        assert writer.model.members.durable.keys() == {"1", "2"}
    assert len(await whole_log(store)) == 2


async def test_a_batch_whose_answer_was_lost_counts_once(store: Store) -> None:
    faulty = FaultyStore(store)
    keys = [Cause(f"chat:{number}") for number in range(20)]
    async with started(faulty.as_store) as writer:
        faulty.fail_after = [UnavailableError("connection lost")]
        changes = [writer.change(count(), cause=key) for key in keys]
        lost = await asyncio.gather(*changes, return_exceptions=True)
        assert all(isinstance(answer, Refused) for answer in lost)
        again = await asyncio.gather(*[writer.change(count(), cause=key) for key in keys])
        assert [answer.repeated_at for answer in again] == list(range(1, 21))
        assert writer.model.count.durable == 20
