"""Tokens: renewed in time, by one at a time, and never at the cost of a login."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goldomatic.accounts.records import StoredTokens
from goldomatic.accounts.tokens import AccountTokens
from goldomatic.config import Secret
from goldomatic.values import ViewerId
from support import sign_in
from support.service import ANNA, BORIS, OWNER
from support.sign_in import Visitor, Web
from support.twitch import until

VIEWER, BROADCASTER = ViewerId(ANNA.id), ViewerId(OWNER.id)
LIVES = timedelta(hours=4).total_seconds()


def renewals(web: Web) -> int:
    """How often a token was asked for since the last look."""
    asked = web.calls.count("POST /oauth2/token")
    web.calls.clear()
    return asked


async def stored(web: Web, viewer_id: ViewerId = VIEWER) -> StoredTokens | None:
    return await web.stage.service.accounts.token_store.find(viewer_id)


async def visited(web: Web, browser: Visitor) -> Any:
    """One request by the session, and what the service does beside it."""
    session = await browser.session()
    await web.settled()
    return session


#
async def test_a_viewers_token_is_renewed_before_it_ends(web: Web) -> None:
    anna = await web.signed_in(ANNA)
    first = await stored(web)
    assert first is not None
    # Validated meanwhile, so that the end of the token alone counts.
    web.stage.clock.advance(LIVES - 3600)
    await visited(web, anna)
    renewals(web)
    web.stage.clock.at(LIVES - 6 * 60)
    await visited(web, anna)
    assert renewals(web) == 0
    web.stage.clock.at(LIVES - 4 * 60)
    await visited(web, anna)
    assert renewals(web) == 1
    second = await stored(web)
    assert second is not None
    assert second.tokens.access != first.tokens.access
    assert second.tokens.refresh != first.tokens.refresh
    assert second.tokens.expires_at == web.stage.clock() + timedelta(hours=4)
    for _ in range(3):
        await visited(web, anna)
    assert renewals(web) == 0


async def test_many_requests_at_once_renew_once(web: Web) -> None:
    anna = await web.signed_in(ANNA)
    renewals(web)
    web.stage.clock.at(LIVES - 60)
    await asyncio.gather(*[anna.session() for _ in range(20)])
    await web.settled()
    assert renewals(web) == 1


@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"close": True}, {"status": 200}, {"hang": True}, {"status": 403}]
)
async def test_twitch_down_costs_nobody_the_login(web: Web, fault: dict[str, Any]) -> None:
    oauth = web.stage.service.accounts.oauth
    assert oauth is not None
    oauth._http._deadline = 0.2
    anna = await web.signed_in(ANNA)
    first = await stored(web)
    renewals(web)
    web.stage.clock.at(LIVES - 60)
    web.goes_wrong("oauth2/token", **fault)
    assert await visited(web, anna) is not None
    assert renewals(web) == 1
    # Twitch is left alone for a minute, and asked again then.
    assert await visited(web, anna) is not None
    assert renewals(web) == 0
    web.stage.clock.advance(60)
    assert await visited(web, anna) is not None
    assert renewals(web) == 1
    last = await stored(web)
    assert first is not None
    assert last is not None
    assert last.tokens.access != first.tokens.access


async def test_a_renewal_that_gives_no_new_refresh_token_keeps_the_old(web: Web) -> None:
    web.twitch.tokens._rotates = False
    anna = await web.signed_in(ANNA)
    first = await stored(web)
    web.stage.clock.at(LIVES - 60)
    await visited(web, anna)
    second = await stored(web)
    assert first is not None
    assert second is not None
    assert second.tokens.refresh == first.tokens.refresh
    assert second.tokens.access != first.tokens.access


async def test_tokens_are_validated_once_an_hour(web: Web) -> None:
    anna = await web.signed_in(ANNA)
    for minutes, asked in ((59, 0), (1, 1), (30, 1), (30, 2)):
        web.stage.clock.advance(minutes * 60)
        await visited(web, anna)
        assert web.calls.count("GET /oauth2/validate") == asked


async def test_who_withdraws_consent_is_signed_out_within_the_hour(web: Web) -> None:
    anna, boris = await web.signed_in(ANNA), await web.signed_in(BORIS)
    await web.twitch.disconnect(sign_in.APP.id, ANNA)
    web.stage.clock.advance(3600)
    assert await visited(web, anna) is not None
    assert await visited(web, anna) is None
    assert await visited(web, boris) is not None
    assert await stored(web) is None


async def test_a_token_that_was_revoked_alone_is_renewed(web: Web) -> None:
    anna = await web.signed_in(ANNA)
    web.twitch.tokens.expire_all()
    web.stage.clock.advance(3600)
    await visited(web, anna)
    assert await visited(web, anna) is not None
    assert renewals(web) >= 1


@pytest.mark.parametrize("fault", [{"status": 503}, {"close": True}])
async def test_validation_that_does_not_answer_changes_nothing(
    web: Web, fault: dict[str, Any]
) -> None:
    anna = await web.signed_in(ANNA)
    web.goes_wrong("oauth2/validate", **fault)
    web.stage.clock.advance(3600)
    assert await visited(web, anna) is not None
    assert await visited(web, anna) is not None
    assert web.calls.count("GET /oauth2/validate") == 1
    web.stage.clock.advance(60)
    assert await visited(web, anna) is not None
    assert web.calls.count("GET /oauth2/validate") == 2


#
async def test_the_broadcasters_token_is_renewed_by_one_of_many(web: Web) -> None:
    await web.signed_in(OWNER)
    helix = web.stage.service.helix
    renewals(web)
    web.stage.clock.at(LIVES - 61)
    assert await helix.is_subscriber(ANNA.id)
    assert renewals(web) == 0
    web.stage.clock.at(LIVES - 50)
    assert await asyncio.gather(*[helix.is_subscriber(ANNA.id) for _ in range(20)]) == [True] * 20
    assert renewals(web) == 1


async def test_a_401_renews_once_for_all(web: Web) -> None:
    await web.signed_in(OWNER)
    renewals(web)
    web.twitch.tokens.expire_all()
    helix = web.stage.service.helix
    assert await asyncio.gather(*[helix.is_subscriber(ANNA.id) for _ in range(20)]) == [True] * 20
    assert renewals(web) == 1


@asynccontextmanager
async def two_processes(web: Web, database_url: str) -> AsyncIterator[list[AccountTokens]]:
    """Two of what renews tokens, each with a store of its own on one database."""
    from goldomatic.accounts.store import AccountStore
    from goldomatic.accounts.token_store import TokenStore
    from goldomatic.accounts.vault import Vault
    from support.ledger import opened

    service, made = web.stage.service, []
    oauth = service.accounts.oauth
    assert oauth is not None
    vault = Vault(service.settings.secret_key.reveal())
    async with opened(database_url) as one, opened(database_url) as two:
        for store in (one, two):
            accounts = AccountStore(store, service.channel, service.channel)
            kept = TokenStore(store, service.channel, vault)
            made.append(AccountTokens(kept, accounts, oauth, service.clock))
        yield made


@pytest.mark.postgres
async def test_two_processes_renew_once(tmp_path: Path, postgres_url: str) -> None:
    async with (
        sign_in.web(tmp_path, database_url=postgres_url) as web,
        two_processes(web, postgres_url) as processes,
    ):
        await web.signed_in(OWNER)
        before = await stored(web, BROADCASTER)
        assert before is not None
        renewals(web)
        # Slow enough that both are sure to be at it.
        web.goes_wrong("oauth2/token", delay_seconds=0.3)
        asked = [each.renew(BROADCASTER, before) for each in processes for _ in range(10)]
        after = await asyncio.gather(*asked)
        assert renewals(web) == 1
        assert len({each.tokens.access for each in after if each}) == 1
        assert after[0] is not None
        assert after[0].tokens.access != before.tokens.access


@pytest.mark.postgres
async def test_a_process_that_died_while_renewing_holds_nobody_up(
    tmp_path: Path, postgres_url: str
) -> None:
    async with (
        sign_in.web(tmp_path, database_url=postgres_url) as web,
        two_processes(web, postgres_url) as (dying, other),
    ):
        await web.signed_in(OWNER)
        before = await stored(web, BROADCASTER)
        assert before is not None
        web.calls.clear()
        dying._oauth._http._deadline = 0.5
        web.goes_wrong("oauth2/token", hang=True)
        task = asyncio.create_task(dying.renew(BROADCASTER, before))
        await until(lambda: "POST /oauth2/token" in web.calls)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        web.stage.clock.advance(15)
        after = await other.renew(BROADCASTER, before)
        assert after is not None
        assert after.tokens.access != before.tokens.access
        # The dead one's answer comes too late to do anything.
        await dying.settled()
        current = await stored(web, BROADCASTER)
        assert current is not None
        assert current.tokens == after.tokens


async def test_who_goes_away_while_tokens_are_renewed_loses_none(web: Web) -> None:
    await web.signed_in(OWNER)
    before = await stored(web, BROADCASTER)
    tokens = web.stage.service.accounts.tokens
    assert before is not None
    assert tokens is not None
    web.goes_wrong("oauth2/token", delay_seconds=0.2)
    web.calls.clear()
    task = asyncio.create_task(tokens.renew(BROADCASTER, before))
    await until(lambda: "POST /oauth2/token" in web.calls)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await web.settled()
    after = await stored(web, BROADCASTER)
    assert after is not None
    assert after.version == before.version + 1


async def test_a_new_secret_keeps_the_tokens_where_the_former_is_given(tmp_path: Path) -> None:
    old, new = Secret("a" * 40), Secret("b" * 40)
    async with sign_in.web(tmp_path, secret_key=old) as web:
        await web.signed_in(ANNA)
        before = await stored(web)
    async with sign_in.web(tmp_path, secret_key=new, former_secret_key=old) as web:
        assert await stored(web) == before
    async with sign_in.web(tmp_path, secret_key=new) as web:
        assert await stored(web) == before
    async with sign_in.web(tmp_path, secret_key=Secret("c" * 40)) as web:
        assert await stored(web) is None
        # Whoever signs in again has tokens again.
        await web.signed_in(ANNA)
        assert await stored(web) is not None


async def test_a_new_consent_is_not_buried_with_the_old_one(web: Web) -> None:
    await web.signed_in(OWNER)
    before = await stored(web, BROADCASTER)
    tokens = web.stage.service.accounts.tokens
    assert before is not None
    assert tokens is not None
    web.goes_wrong("oauth2/token", status=400, message="Invalid refresh token", delay_seconds=0.3)
    web.calls.clear()
    renewal = asyncio.create_task(tokens.renew(BROADCASTER, before))
    await until(lambda: "POST /oauth2/token" in web.calls)
    browser = await web.signed_in(OWNER)
    await renewal
    assert await stored(web, BROADCASTER) is not None
    assert await browser.session() is not None
