"""Renewed tokens outlive a crash, and a database that is away, between Twitch's answer and it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from goldomatic.accounts.journal import DIRECTORY, Entry, TokenJournal
from goldomatic.accounts.records import StoredTokens, Tokens
from goldomatic.accounts.vault import Vault
from goldomatic.ledger.store import UnavailableError
from goldomatic.values import ChannelId, ViewerId
from support import sign_in
from support.clock import NOON
from support.faults import FaultyStore
from support.service import OWNER
from support.sign_in import Web

BROADCASTER = ViewerId(OWNER.id)
LIVES = timedelta(hours=4).total_seconds()
TOKENS = Tokens("access", "refresh", frozenset({"bits:read"}), NOON)


def journal(directory: Path, secret: str = "a" * 40, *former: str) -> TokenJournal:
    return TokenJournal(directory, ChannelId("1"), Vault(secret, former))


@pytest.fixture
def entry() -> Entry:
    return Entry(BROADCASTER, 12, TOKENS)


async def test_an_entry_is_kept_until_it_is_dropped(tmp_path: Path, entry: Entry) -> None:
    kept = journal(tmp_path)
    assert await kept.find(BROADCASTER) == []
    await kept.write(entry)
    await kept.write(Entry(BROADCASTER, 9, TOKENS))
    assert [each.version for each in await journal(tmp_path).find(BROADCASTER)] == [9, 12]
    assert await kept.find(ViewerId("1")) == []
    await kept.drop(entry)
    await kept.drop(entry)
    assert [each.version for each in await kept.find(BROADCASTER)] == [9]


async def test_nothing_can_be_read_without_the_secret(tmp_path: Path, entry: Entry) -> None:
    await journal(tmp_path).write(entry)
    [file] = (tmp_path / DIRECTORY).iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert b"access" not in file.read_bytes()
    assert b"refresh" not in file.read_bytes()
    assert "access" not in repr(entry)
    assert await journal(tmp_path, "b" * 40).find(BROADCASTER) == []
    assert await journal(tmp_path, "b" * 40, "a" * 40).find(BROADCASTER) == [entry]
    file.rename(file.with_name(f"1-{BROADCASTER}-13.sealed"))
    assert await journal(tmp_path).find(BROADCASTER) == []


async def test_a_disk_that_refuses_is_not_the_end(tmp_path: Path, entry: Entry) -> None:
    (tmp_path / DIRECTORY).write_text("in the way")
    await journal(tmp_path).write(entry)


async def stored(web: Web) -> StoredTokens:
    found = await web.stage.service.accounts.token_store.find(BROADCASTER)
    assert found is not None
    return found


@asynccontextmanager
async def cut_off(web: Web) -> AsyncIterator[None]:
    """The database goes away the moment that Twitch has been asked for new tokens."""
    kept = web.stage.service.accounts.token_store
    real = kept._store
    faulty = FaultyStore(real)
    oauth = web.stage.service.accounts.oauth
    assert oauth is not None
    ask = oauth.refresh

    async def refresh(token: str) -> object:
        answer = await ask(token)
        faulty.down = True
        return answer

    kept._store, oauth.refresh = faulty.as_store, refresh  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        kept._store, oauth.refresh = real, ask  # type: ignore[method-assign]


async def test_tokens_that_the_database_could_not_take_are_not_lost(tmp_path: Path) -> None:
    async with sign_in.web(tmp_path) as web:
        await web.signed_in(OWNER)
        tokens = web.stage.service.accounts.tokens
        assert tokens is not None
        before = await stored(web)
        async with cut_off(web):
            renewed = await tokens.renew(BROADCASTER, before)
        assert renewed is not None
        assert (await stored(web)).tokens == before.tokens
        web.calls.clear()
        # Twitch has used up the old refresh token: only the journal knows what follows on it.
        after = await tokens.renew(BROADCASTER, before)
        assert after is not None
        assert after.tokens == renewed.tokens == (await stored(web)).tokens
        assert "POST /oauth2/token" not in web.calls
        assert list((tmp_path / DIRECTORY).iterdir()) == []


async def test_a_service_that_died_before_it_stored_them_starts_with_them(tmp_path: Path) -> None:
    async with sign_in.web(tmp_path) as web:
        await web.signed_in(OWNER)
        tokens, before = web.stage.service.accounts.tokens, await stored(web)
        assert tokens is not None
        async with cut_off(web):
            renewed = await tokens.renew(BROADCASTER, before)
        assert renewed is not None
    async with sign_in.web(tmp_path) as web:
        await web.stage.service.accounts.tend()
        assert (await stored(web)).tokens == renewed.tokens


async def test_newer_tokens_are_not_overwritten(tmp_path: Path) -> None:
    async with sign_in.web(tmp_path) as web:
        await web.signed_in(OWNER)
        tokens, before = web.stage.service.accounts.tokens, await stored(web)
        assert tokens is not None
        async with cut_off(web):
            await tokens.renew(BROADCASTER, before)
        # Meanwhile the broadcaster has signed in anew.
        await web.signed_in(OWNER)
        newest = await stored(web)
        await tokens.recover(BROADCASTER)
        assert (await stored(web)).tokens == newest.tokens
        assert list((tmp_path / DIRECTORY).iterdir()) == []


async def test_a_database_that_stays_away_says_so(tmp_path: Path) -> None:
    async with sign_in.web(tmp_path) as web:
        await web.signed_in(OWNER)
        tokens, before = web.stage.service.accounts.tokens, await stored(web)
        assert tokens is not None
        async with cut_off(web):
            await tokens.renew(BROADCASTER, before)
            with pytest.raises(UnavailableError):
                await tokens.attend(BROADCASTER)
