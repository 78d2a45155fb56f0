"""The operator's commands, as processes of their own beside a simulated Twitch."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from goldomatic.ledger.store import Statement
from goldomatic.twitch.subscriptions import KINDS
from support import sign_in
from support.service import ANNA, EVENTSUB_SECRET, OWNER
from support.sign_in import Web


class Done(NamedTuple):
    code: int
    told: str


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """A service with a simulated Twitch, where the broadcaster and Anna have signed in."""
    async with sign_in.web(tmp_path) as made:
        await made.signed_in(OWNER)
        await made.signed_in(ANNA)
        await made.settled()
        yield made


async def run(web: Web, *arguments: str, **changes: str) -> Done:
    """A `goldomatic` command with the settings of the running service."""
    settings = web.stage.service.settings
    given = {
        "ENVIRONMENT": "development",
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key.reveal(),
        "PUBLIC_URL": settings.public_url,
        "TWITCH_BROADCASTER_ID": str(settings.twitch_broadcaster_id),
        "TWITCH_CLIENT_ID": settings.twitch_client_id or "",
        "TWITCH_CLIENT_SECRET": sign_in.APP.secret,
        "TWITCH_EVENTSUB_SECRET": EVENTSUB_SECRET,
        "TWITCH_API_URL": settings.twitch_api_url,
        "TWITCH_AUTH_URL": settings.twitch_auth_url,
        "LOG_LEVEL": "critical",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from goldomatic.cli import main; main()",
        *arguments,
        env={"PATH": os.environ["PATH"]}
        | {f"GOLDOMATIC_{name}": value for name, value in (given | changes).items()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return Done(process.returncode or 0, told.decode())


async def test_subscribe_makes_what_is_missing_and_nothing_twice(web: Web) -> None:
    web.goes_wrong("eventsub/subscriptions", method="POST", status=500)
    first = await run(web, "twitch", "subscribe")
    assert first.code == 2, first.told
    assert first.told.count(" made") == len(KINDS) - 1
    assert first.told.count(" failed: 500") == 1
    second = await run(web, "twitch", "subscribe")
    assert (second.code, second.told.count(" present")) == (0, len(KINDS) - 1)
    kinds = [each.type for each in web.twitch.webhooks.subscriptions.values()]
    assert sorted(kinds) == sorted(KINDS)
    assert EVENTSUB_SECRET not in first.told + second.told
    unset = await run(web, "twitch", "subscribe", TWITCH_EVENTSUB_SECRET="")
    assert unset.code == 1


async def test_recalc_sync_and_check_beside_the_running_service(web: Web) -> None:
    done = await run(web, "raffle", "recalc")
    assert (done.code, done.told) == (0, "Recalculated weights for 2 users.\n"), done.told
    done = await run(web, "raffle", "sync")
    assert (done.code, done.told) == (0, "2 users, 0 of whom Twitch did not say everything.\n")
    done = await run(web, "raffle", "check")
    assert done.code == 0, done.told
    assert "entries left behind in an older session: 0" in done.told
    await web.stage.service.ledger.refresh()
    assert web.stage.service.ledger.position > 0
    await web.stage.service.store.execute(
        Statement("DELETE FROM accounts WHERE viewer_id = ?", (ANNA.id,))
    )
    found = await run(web, "raffle", "check")
    assert found.code == 2
    assert f"...{ANNA.id[-4:]}" in found.told
    assert ANNA.id not in found.told


async def test_settings_that_do_not_work_are_named(web: Web) -> None:
    done = await run(web, "raffle", "check", PENDING_RULE="sometimes")
    assert done.code == 2
    assert "GOLDOMATIC_PENDING_RULE is not one of global, session_only" in done.told
