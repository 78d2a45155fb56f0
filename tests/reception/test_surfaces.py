"""A lost connection and a withdrawn consent are said wherever somebody looks."""

import asyncio
from pathlib import Path
from typing import Any

from goldomatic.simulation.eventsub_messages import ChatLine
from goldomatic.web.i18n import texts
from support.accounts import signed_in
from support.reception import connect, listening
from support.service import ANNA, OWNER
from support.sign_in import APP
from support.twitch import until

DEAF = texts("en").raw("join.deaf")


async def test_a_gap_is_said_while_it_lasts_and_listed_afterwards(tmp_path: Path) -> None:
    async with listening(tmp_path) as live:
        stage = live.stage
        await live.begin()
        await live.twitch.say(ChatLine(chatter=ANNA, text="hello"))
        await until(lambda: stage.service.seen.eventsub_at is not None)

        async def session() -> Any:
            return (await stage.as_owner("GET", "/api/broadcaster/session")).json()

        async def said() -> tuple[bool, bool, bool]:
            page = await stage.request("GET", "/roulette")
            shown = await session()
            await stage.service.reception.tend()
            metrics = (await stage.request("GET", "/metrics")).text
            return (
                DEAF in page.text,
                shown["setup"]["eventSubLastEventAt"] is None,
                "goldomatic_hears_chat 0.0" in metrics,
            )

        assert await said() == (False, False, False)
        await live.twitch.disconnect(APP.id, OWNER)
        await until(lambda: live.gaps != ())
        assert await said() == (True, True, True)
        async with asyncio.timeout(20):
            # What waits for the token's end has no event to give.
            while (await session())["setup"]["helixConfigured"]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await connect(stage, live.twitch, OWNER)
        stage.service.accounts.broadcaster.forget_copy()
        stage.clock.advance(301)
        await stage.service.reception.tend()
        await until(lambda: live.gaps[-1].until is not None)
        assert await said() == (False, False, False)
        owner = await signed_in(stage, OWNER)
        told = (await owner.get("/api/admin/diagnostics")).json()
        assert told["gaps"][0]["reason"] == "authorization_revoked"
        assert told["gaps"][0]["until"] is not None
