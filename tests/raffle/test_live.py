"""The live feed of the raffle: what everybody is told, and what only the viewer is."""

import asyncio

from goldomatic.raffle.board import TOLD_EVERY_SECONDS
from support.raffle_stage import RaffleStage
from support.service import viewer
from support.watcher import watching


async def test_everybody_is_told_of_changes_and_the_viewer_of_their_own(
    raffle: RaffleStage,
) -> None:
    person = await raffle.person(viewer(1))
    await raffle.person(viewer(2))
    stage = raffle.stage
    async with watching(stage, cookies=person.cookies) as mine, watching(stage) as public:
        await raffle.start()
        await raffle.entered(1, 2)
        entered = await mine.next("me")
        assert entered.data == {"kind": "raffle", "what": "entered", "entryId": 1}
        await raffle.give(1, "cheer", 500)
        assert (await mine.next("me", 2)).data["weight"] == 1.5
        told = (await public.next("raffle")).data
        while told["status"]["version"] != str(raffle.state.revision.durable):
            told = (await public.next("raffle", len(public.named("raffle")) + 1)).data
        assert told["leaderboard"]["totalEntries"] == 2
        assert told["leaderboard"]["entries"][0]["name"] == "Viewer_1"
        assert told["winner"] is None
        assert told["draw"]["commitment"]
    assert public.named("me") == []


async def test_many_changes_are_told_a_few_times_a_second(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    async with watching(raffle.stage) as public:
        loop = asyncio.get_running_loop()
        before, began = len(public.named("raffle")), loop.time()
        for _ in range(20):
            await raffle.give(1, "cheer", 100)
        newest = str(raffle.state.revision.durable)
        count = before + 1
        while (await public.next("raffle", count)).data["version"] != newest:
            count += 1
        assert count - before <= (loop.time() - began) / TOLD_EVERY_SECONDS + 2


# R-84, W-46
async def test_a_hidden_winner_is_told_at_the_reveal(raffle: RaffleStage) -> None:
    person = await raffle.person(viewer(1))
    await raffle.start()
    await raffle.entered(1)
    async with watching(raffle.stage, cookies=person.cookies) as watcher:
        drawn = await raffle.draw(hideUntilReveal=True)
        raffle.stage.clock.advance(1)
        await raffle.give(1, "gift", 1)
        await watcher.next("state", len(watcher.named("state")) + 1)
        assert watcher.named("raffle-draw") == watcher.named("me") == []
        await raffle.done("POST", f"/api/admin/draws/{drawn['drawId']}/reveal")
        told = (await watcher.next("raffle-draw")).data
        assert told["winner"] == {"id": 1, "name": "Viewer_1"}
        assert (told["drawId"], told["seed"]) == (drawn["drawId"], drawn["seed"])
        assert (await watcher.next("me")).data["what"] == "won"


async def test_who_comes_back_is_told_what_was_missed(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    position = raffle.stage.service.ledger.position
    drawn = await raffle.draw()
    async with watching(raffle.stage, last_event_id=position) as watcher:
        told = (await watcher.next("raffle-draw")).data
        assert told["winner"]["id"] == drawn["winner"]["id"]
