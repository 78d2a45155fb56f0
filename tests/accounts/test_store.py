"""The tables of accounts: one contract for SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from goldomatic.accounts import rules
from goldomatic.accounts.records import Account, Tokens
from goldomatic.accounts.store import AccountStore, StartedSignIn
from goldomatic.accounts.token_store import TokenStore
from goldomatic.accounts.vault import Vault
from goldomatic.channel import CODEC, ChannelState, forget_viewer
from goldomatic.ledger.store import ConflictError, Statement, Store
from goldomatic.ledger.writer import ChannelWriter
from goldomatic.values import ChannelId, ViewerId
from support.clock import NOON
from support.ledger import opened

CHANNEL, OTHER = ChannelId("100"), ChannelId("200")
ANNA = Account(ViewerId("11"), "anna", "Anna")
BORIS = Account(ViewerId("12"), "boris", "Борис", "https://static-cdn.jtvnw.net/b.png")
OWNER = Account(ViewerId("100"), "owner", "Owner", is_broadcaster=True)
SECOND = timedelta(seconds=1)


def tokens(name: str, **changes: object) -> Tokens:
    given = {"scopes": frozenset({"openid", "bits:read"}), "expires_at": NOON + 100 * SECOND}
    return Tokens(f"{name}-access", f"{name}-refresh", **(given | changes))  # type: ignore[arg-type]


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with opened(database_url) as made:
        yield made


@pytest.fixture
def accounts(store: Store) -> AccountStore:
    return AccountStore(store, CHANNEL, CHANNEL)


@pytest.fixture
def kept(store: Store) -> TokenStore:
    return TokenStore(store, CHANNEL, Vault("a secret"))


async def test_accounts(accounts: AccountStore) -> None:
    assert await accounts.find(ANNA.viewer_id) is None
    await accounts.write([accounts.put_account(ANNA, "a@example.test", NOON)])
    await accounts.write([accounts.put_account(BORIS, None, NOON)])
    await accounts.write([accounts.put_account(OWNER, None, NOON)])
    assert await accounts.find(ANNA.viewer_id) == ANNA
    assert await accounts.find(BORIS.viewer_id) == BORIS
    assert await accounts.find(OWNER.viewer_id) == OWNER
    assert await accounts.email(ANNA.viewer_id) == "a@example.test"
    assert await accounts.email(BORIS.viewer_id) is None
    renamed = Account(ANNA.viewer_id, "anna_new", "Anna New")
    await accounts.write([accounts.put_account(renamed, None, NOON + SECOND)])
    assert await accounts.find(ANNA.viewer_id) == renamed
    assert await accounts.email(ANNA.viewer_id) is None


async def test_accounts_that_share_an_address(accounts: AccountStore) -> None:
    given = {"11": "same@example.test", "12": "same@example.test", "13": None, "14": None}
    for viewer_id, email in given.items():
        account = Account(ViewerId(viewer_id), "login", "Name")
        await accounts.write([accounts.put_account(account, email, NOON)])
    assert await accounts.sharing_email(ViewerId("11")) == {"12"}
    assert await accounts.sharing_email(ViewerId("13")) == set()
    assert await accounts.sharing_email(ViewerId("99")) == set()


async def test_channels_are_apart(store: Store, accounts: AccountStore, kept: TokenStore) -> None:
    other, others = AccountStore(store, OTHER, OTHER), TokenStore(store, OTHER, Vault("a secret"))
    await accounts.write(
        [
            accounts.put_account(ANNA, "a@example.test", NOON),
            kept.put(ANNA.viewer_id, tokens("a"), NOON),
            *accounts.add_session(b"h", ANNA.viewer_id, NOON),
        ]
    )
    assert await other.find(ANNA.viewer_id) is None
    assert await other.session(b"h") is None
    assert await others.find(ANNA.viewer_id) is None
    await other.write([other.put_account(ANNA, "a@example.test", NOON)])
    assert await other.sharing_email(ANNA.viewer_id) == set()


async def test_sessions(accounts: AccountStore) -> None:
    await accounts.write([accounts.put_account(ANNA, None, NOON)])
    for name in (b"one", b"two"):
        await accounts.write(accounts.add_session(name, ANNA.viewer_id, NOON))
    await accounts.touch(b"one", NOON + SECOND)
    found = await accounts.session(b"one")
    assert found is not None
    assert (found.account, found.created_at, found.seen_at) == (ANNA, NOON, NOON + SECOND)
    assert await accounts.sessions_of(ANNA.viewer_id) == 2
    with pytest.raises(ConflictError):
        await accounts.write(accounts.add_session(b"one", ANNA.viewer_id, NOON))
    assert await accounts.write([accounts.drop_session(b"one"), accounts.drop_session(b"x")]) == [
        1,
        0,
    ]
    assert await accounts.session(b"one") is None
    await accounts.write([accounts.drop_sessions(ANNA.viewer_id)])
    assert await accounts.sessions_of(ANNA.viewer_id) == 0


async def test_what_is_written_together_is_written_whole_or_not(accounts: AccountStore) -> None:
    session = accounts.add_session(b"one", ANNA.viewer_id, NOON)
    with pytest.raises(ConflictError):
        await accounts.write([accounts.put_account(ANNA, None, NOON), *session, *session])
    assert await accounts.find(ANNA.viewer_id) is None
    assert await accounts.sessions_of(ANNA.viewer_id) == 0


async def test_pruning(accounts: AccountStore) -> None:
    await accounts.write([accounts.put_account(ANNA, None, NOON)])
    ages = {b"new": timedelta(0), b"idle": rules.SESSION_IDLE, b"old": rules.SESSION_LONGEST}
    for name, age in ages.items():
        await accounts.write(accounts.add_session(name, ANNA.viewer_id, NOON - age))
    await accounts.touch(b"old", NOON)
    for name, age in ((b"s1", timedelta(0)), (b"s2", rules.SIGN_IN_TAKES)):
        await accounts.start_sign_in(name, StartedSignIn("/", False, NOON - age))
    assert await accounts.prune(NOON) == 3
    assert await accounts.session(b"new") is not None
    assert await accounts.take_sign_in(b"s1") is not None


async def test_a_sign_in_comes_back_once(accounts: AccountStore) -> None:
    started = StartedSignIn("/demo-portal", True, NOON)
    await accounts.start_sign_in(b"one", started)
    taken = await asyncio.gather(*[accounts.take_sign_in(b"one") for _ in range(10)])
    assert [each for each in taken if each is not None] == [started]
    assert await accounts.take_sign_in(b"one") is None


async def test_tokens(accounts: AccountStore, kept: TokenStore) -> None:
    assert await kept.find(ANNA.viewer_id) is None
    await accounts.write([kept.put(ANNA.viewer_id, tokens("a"), NOON)])
    stored = await kept.find(ANNA.viewer_id)
    assert stored is not None
    assert (stored.tokens, stored.checked_at, stored.version) == (tokens("a"), NOON, 1)
    await kept.checked(ANNA.viewer_id, 1, NOON + SECOND)
    again = tokens("b", scopes=frozenset())
    await accounts.write([kept.put(ANNA.viewer_id, again, NOON + 2 * SECOND)])
    stored = await kept.find(ANNA.viewer_id)
    assert stored is not None
    assert (stored.tokens, stored.version) == (again, 2)
    await accounts.write([kept.drop(ANNA.viewer_id)])
    assert await kept.find(ANNA.viewer_id) is None
    assert "access" not in repr(stored)


async def test_only_one_renews(accounts: AccountStore, kept: TokenStore) -> None:
    viewer, until = ANNA.viewer_id, NOON + 15 * SECOND
    await accounts.write([kept.put(viewer, tokens("a"), NOON)])
    asked = [kept.lease(viewer, 1, NOON, until) for _ in range(10)]
    assert sorted(await asyncio.gather(*asked)) == [False] * 9 + [True]
    assert not await kept.lease(viewer, 1, until - SECOND, until + SECOND)
    # Whoever held it is taken for dead.
    assert await kept.lease(viewer, 1, until, until + 15 * SECOND)
    assert await kept.replace(viewer, 1, tokens("b"), NOON)
    assert not await kept.replace(viewer, 1, tokens("c"), NOON)
    assert not await kept.lease(viewer, 1, until, until + SECOND)
    stored = await kept.find(viewer)
    assert stored is not None
    assert (stored.tokens.access, stored.version) == ("b-access", 2)
    assert await kept.lease(viewer, 2, NOON, until)
    await kept.release(viewer, 2)
    assert await kept.lease(viewer, 2, NOON, until)


async def test_tokens_are_sealed_and_bound_to_their_row(
    store: Store, accounts: AccountStore, kept: TokenStore
) -> None:
    for account in (ANNA, BORIS):
        await accounts.write([kept.put(account.viewer_id, tokens("a"), NOON)])
    rows = await store.query("SELECT sealed FROM account_tokens ORDER BY viewer_id")
    assert not [row for row in rows if b"access" in row[0] or b"refresh" in row[0]]
    other = TokenStore(store, CHANNEL, Vault("another secret"))
    assert await other.find(ANNA.viewer_id) is None
    move = "UPDATE account_tokens SET sealed = ? WHERE viewer_id = ?"
    await store.execute(Statement(move, (rows[0][0], BORIS.viewer_id)))
    assert await kept.find(BORIS.viewer_id) is None
    assert await kept.find(ANNA.viewer_id) is not None


async def test_a_new_secret_reads_what_the_former_sealed_and_seals_it_anew(
    store: Store, accounts: AccountStore
) -> None:
    old = TokenStore(store, CHANNEL, Vault("old"))
    await accounts.write([old.put(ANNA.viewer_id, tokens("a"), NOON)])
    both = TokenStore(store, CHANNEL, Vault("new", ["old"]))
    assert await both.reseal() == 1
    assert await both.reseal() == 0
    stored = await TokenStore(store, CHANNEL, Vault("new")).find(ANNA.viewer_id)
    assert stored is not None
    assert stored.tokens == tokens("a")
    assert await old.find(ANNA.viewer_id) is None


async def test_tokens_on_which_no_login_stands_are_dropped(
    accounts: AccountStore, kept: TokenStore
) -> None:
    for account in (ANNA, BORIS, OWNER):
        await accounts.write([kept.put(account.viewer_id, tokens("a"), NOON)])
    await accounts.write(accounts.add_session(b"one", ANNA.viewer_id, NOON))
    assert await kept.drop_unused(OWNER.viewer_id) == 1
    assert await kept.find(BORIS.viewer_id) is None
    assert await kept.find(ANNA.viewer_id) is not None
    assert await kept.find(OWNER.viewer_id) is not None
    assert await kept.drop_unused() == 1


async def test_forgetting_a_viewer_erases_the_account(
    store: Store, accounts: AccountStore, kept: TokenStore
) -> None:
    for account in (ANNA, BORIS):
        await accounts.write(
            [
                accounts.put_account(account, f"{account.login}@example.test", NOON),
                kept.put(account.viewer_id, tokens("a"), NOON),
                *accounts.add_session(account.login.encode(), account.viewer_id, NOON),
            ]
        )
    writer = ChannelWriter(CHANNEL, ChannelState(CHANNEL), store, CODEC, lambda: NOON)
    await writer.start()
    await writer.change(forget_viewer(ANNA.viewer_id, "operator"))
    await writer.stop()
    for table in ("accounts", "account_tokens", "login_sessions"):
        rows = await store.query(f"SELECT viewer_id FROM {table}")  # noqa: S608
        assert rows == [(BORIS.viewer_id,)], table
    assert await accounts.session(b"anna") is None
    assert await store.scrub()
