"""`!twgift` in chat, and Twitch's word on who subscribes."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from goldomatic.config import Secret
from goldomatic.gifts.events import GiftRequestInitiated, GiftRequestRefused
from goldomatic.gifts.subscribers import KNOWN_SECONDS, MOST_KNOWN, MOST_PER_MINUTE, SubscriberCheck
from goldomatic.schedule import count_requests
from goldomatic.simulation.faults import Fault
from goldomatic.simulation.helix_auth import Client
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.values import Code, Refused, ViewerId
from support.faults import FaultyStore
from support.gifts import GiftStage, code, gift_service
from support.service import ANNA, BORIS, CLARA, OWNER, viewer

STRANGER = viewer(50, tier=None)


@asynccontextmanager
async def on_twitch(directory: Path, **changes: Any) -> AsyncIterator[tuple[GiftStage, FakeTwitch]]:
    """A service that asks a simulated Twitch who subscribes."""
    app = Client("app-client-id", "app-client-secret")
    people = [ANNA, BORIS, CLARA, STRANGER]
    twitch = FakeTwitch(OWNER, people, clients=[app], rng=random.Random(7))
    token = twitch.authorize(app.id, OWNER, ["channel:read:subscriptions"]).access.value
    async with twitch.serve() as url:
        settings: dict[str, Any] = {
            "dev_skip_gift_subscriber_check": False,
            "twitch_api_url": f"{url}/helix",
            "twitch_client_id": app.id,
            "twitch_broadcaster_token": Secret(token),
        }
        async with gift_service(directory, **(settings | changes)) as gifts:
            yield gifts, twitch


#
async def test_a_subscriber_asks_in_chat(tmp_path: Path) -> None:
    async with on_twitch(tmp_path) as (gifts, _):
        for text in ("!twgift", "!twgift A B", "hi !twgift Norinn", "!twgiftNorinn", "!twgifts Ab"):
            assert (await gifts.stage.chat(ANNA, text)).accepted
        assert gifts.position == 0
        assert (await gifts.stage.chat(ANNA, "  !tWgIfT\tNorinn ")).accepted
        (row,) = await gifts.open()
        assert (row["characterName"], row["viewerId"]) == ("Norinn", ANNA.id)
        assert row["viewerDisplayName"] == ANNA.display_name
        assert row["streamerId"] == OWNER.id
        # Badges do not count here: Twitch is asked.
        liar = viewer(50)
        assert (await gifts.stage.chat(liar, "!twgift Kael")).accepted
        assert len(await gifts.open()) == 1
        (refused,) = await gifts.stage.recorded(GiftRequestRefused)
        assert (refused.viewer_id, refused.code) == (STRANGER.id, "not_subscriber")


#
async def test_who_is_not_confirmed_is_no_subscriber(tmp_path: Path) -> None:
    async with on_twitch(tmp_path) as (gifts, twitch):
        refused = await gifts.ask(STRANGER, "Kael")
        assert code(refused) == (403, "not_subscriber")
        assert refused.json()["message"] == "Only subscribers can use !twgift."
        for status in (401, 500, 503):
            twitch.faults.add(Fault(route="subscriptions", status=status))
            assert code(await gifts.ask(ANNA, "Anna")) == (403, "not_subscriber")
            twitch.faults.add(Fault(route="subscriptions", status=status))
            assert (await gifts.stage.chat(BORIS, "!twgift Boris")).statuses == [200]
        assert await gifts.open() == []
        # A 'no' is not kept.
        assert (await gifts.ask(ANNA, "Anna")).status_code == 201


#
@pytest.mark.parametrize("missing", ["twitch_broadcaster_token", "twitch_client_id"])
async def test_without_helix_nobody_is_a_subscriber(tmp_path: Path, missing: str) -> None:
    async with on_twitch(tmp_path, **{missing: None}) as (gifts, _):
        assert code(await gifts.ask(ANNA, "Anna")) == (403, "not_subscriber")
        assert (await gifts.stage.chat(ANNA, "!twgift Anna")).statuses == [200]
        assert await gifts.open() == []


#
async def test_the_switch_for_claims_is_not_extended_to_gifts(tmp_path: Path) -> None:
    switches = {"dev_skip_gift_subscriber_check": False, "dev_skip_subscriber_check": True}
    async with gift_service(tmp_path, **switches) as gifts:
        assert code(await gifts.ask(ANNA, "Anna")) == (403, "not_subscriber")


#
async def test_a_bad_name_asks_twitch_nothing(tmp_path: Path) -> None:
    async with on_twitch(tmp_path) as (gifts, twitch):
        twitch.faults.add(Fault(route="subscriptions", status=500))
        assert code(await gifts.ask(ANNA, "Ab1")) == (400, "invalid_character_name")
        assert (await gifts.stage.chat(ANNA, "!twgift Ab1")).accepted
        # The fault is still there for the first question that is asked.
        assert code(await gifts.ask(ANNA, "Anna")) == (403, "not_subscriber")


#
async def test_a_message_that_comes_twice_counts_once(gifts: GiftStage) -> None:
    await gifts.stage.chat(ANNA, "!twgift Anna", message_id="the-same")
    (row,) = await gifts.open()
    await gifts.stage.chat(ANNA, "!twgift Anna", message_id="the-same")
    await gifts.patch(row["id"], "Failed")
    await gifts.stage.chat(ANNA, "!twgift Anna", message_id="the-same")
    await gifts.stage.chat(ANNA, "!twgold Anna", message_id="the-same")
    assert await gifts.open() == []
    assert gifts.stage.pool() == {}
    assert len(await gifts.stage.recorded(GiftRequestInitiated)) == 1
    # A refusal counts as well.
    await gifts.asked(BORIS, "Boris")
    await gifts.stage.chat(BORIS, "!twgift Kael", message_id="refused")
    await gifts.patch((await gifts.open())[0]["id"], "Failed")
    await gifts.stage.chat(BORIS, "!twgift Kael", message_id="refused")
    assert await gifts.open() == []


async def test_while_the_database_does_not_answer_twitch_delivers_again(gifts: GiftStage) -> None:
    service = gifts.stage.service
    faulty = FaultyStore(service.store)
    service.store = faulty.as_store
    faulty.down = True
    assert (await gifts.stage.chat(ANNA, "!twgift Anna", message_id="again")).statuses == [503]
    faulty.down = False
    assert (await gifts.stage.chat(ANNA, "!twgift Anna", message_id="again")).statuses == [200]
    assert await gifts.states() == {"Anna": "SelectingItem"}


async def test_the_gauge_counts_requests_by_state(gifts: GiftStage) -> None:
    for user in (ANNA, BORIS, CLARA):
        await gifts.asked(user, "Name")
    await count_requests(gifts.stage.service)
    text = (await gifts.stage.request("GET", "/metrics")).text
    assert 'goldomatic_gift_requests{state="Pending"} 2.0' in text
    assert 'goldomatic_gift_requests{state="SelectingItem"} 1.0' in text


#
async def test_gold_and_gifts_do_not_know_each_other(gifts: GiftStage) -> None:
    stage = gifts.stage
    payout = await stage.win(0, (ANNA, "Norinn"))
    request = await gifts.asked(ANNA, "Norinn")
    await stage.chat(BORIS, "!twgold Boris")
    pool = stage.pool()
    await gifts.select(request)
    await gifts.confirm(request)
    assert stage.pool() == pool == {ANNA.id: "Norinn", BORIS.id: "Boris"}
    assert [each["id"] for each in (await stage.operator("GET", "/api/payouts")).json()] == [payout]
    assert (await stage.chat(CLARA, "!twgold Clara")).accepted
    await gifts.asked(CLARA, "Clara")
    assert CLARA.id in stage.pool()


# Asked no more often than it is worth


class Asked:
    """Counts questions, and answers by a list of those who subscribe."""

    def __init__(self, *subscribers: str) -> None:
        self.now = 1000.0
        self.questions: list[str] = []
        self.subscribers = set(subscribers)
        self.check = SubscriberCheck(self.ask, lambda: self.now)

    async def ask(self, viewer_id: ViewerId) -> bool:
        self.questions.append(viewer_id)
        await asyncio.sleep(0)
        return viewer_id in self.subscribers

    async def of(self, viewer_id: str) -> bool:
        return await self.check.is_subscriber(ViewerId(viewer_id))


async def test_a_confirmation_is_believed_for_a_while() -> None:
    asked = Asked("1")
    assert [await asked.of("1") for _ in range(3)] == [True] * 3
    assert asked.questions == ["1"]
    asked.now += KNOWN_SECONDS
    asked.subscribers.clear()
    assert not await asked.of("1")
    asked.subscribers.add("1")
    assert await asked.of("1"), "a 'no' is not kept"
    assert asked.questions == ["1"] * 3


async def test_who_asks_at_the_same_time_shares_the_answer() -> None:
    asked = Asked("1")
    first = asyncio.create_task(asked.of("1"))
    rest = [asyncio.create_task(asked.of("1")) for _ in range(20)]
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.gather(*rest) == [True] * 20
    assert asked.questions == ["1"]


async def test_an_error_is_everybodys_and_is_not_kept() -> None:
    asked = Asked("1")

    async def broken(viewer_id: ViewerId) -> bool:
        raise RuntimeError("out of order")

    check = SubscriberCheck(broken, lambda: asked.now)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await check.is_subscriber(ViewerId("1"))


async def test_no_more_than_so_many_questions_a_minute() -> None:
    asked = Asked("known")
    assert await asked.of("known")
    for number in range(MOST_PER_MINUTE - 1):
        assert not await asked.of(str(number))
    with pytest.raises(Refused) as refused:
        await asked.of("one too many")
    assert refused.value.code is Code.RATE_LIMITED
    assert refused.value.details == {"retryAfter": 61}
    assert await asked.of("known"), "what is known needs no question"
    asked.now += 60
    assert not await asked.of("one too many")


async def test_what_is_known_is_bounded() -> None:
    everybody = [str(number) for number in range(MOST_KNOWN + 1)]
    asked = Asked(*everybody)
    for number in everybody:
        asked.now += 0.01 if int(number) % MOST_PER_MINUTE else 61
        assert await asked.of(number)
    assert len(asked.check._known) == MOST_KNOWN
