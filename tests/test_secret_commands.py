"""The secret key is changed without losing what it has encrypted."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from goldomatic.accounts.records import Tokens
from goldomatic.app import build_service
from goldomatic.cli import main
from goldomatic.setup.steps import Place, make_secrets
from goldomatic.values import ViewerId
from support.clock import NOON
from support.service import CHANNEL, OWNER

TOKENS = Tokens("access", "refresh", frozenset({"bits:read"}), NOON + timedelta(hours=4))
VIEWER = ViewerId(OWNER.id)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A set-up service whose broadcaster is connected."""
    monkeypatch.chdir(tmp_path)
    made = Place(tmp_path / "goldomatic.toml")
    make_secrets(made)
    made.write(TWITCH_BROADCASTER_ID=CHANNEL)
    asyncio.run(with_service(made, put=True))
    return made


async def with_service(place: Place, *, put: bool = False) -> Tokens | None:
    """One start of the service, as far as it concerns tokens; those of the broadcaster."""
    service = build_service(place.settings())
    await service.store.open()
    await service.accounts.open()
    kept = service.accounts.token_store
    if put:
        await service.store.execute(kept.put(VIEWER, TOKENS, NOON))
    found = await kept.find(VIEWER)
    await service.accounts.aclose(1)
    await service.helix.aclose()
    await service.store.close()
    return found.tokens if found else None


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["secrets", *arguments])
    return done.exit_code, done.output


def test_the_key_is_changed_and_the_former_forgotten(place: Place) -> None:
    old = place.settings().secret_key.reveal()
    code, told = run("rotate")
    assert code == 0, told
    fresh = place.settings()
    assert fresh.former_secret_key is not None
    assert fresh.former_secret_key.reveal() == old
    assert old not in told
    assert fresh.secret_key.reveal() not in told
    assert place.path.stat().st_mode & 0o777 == 0o600
    # Nothing has been encrypted anew yet: neither a second change nor forgetting is allowed.
    assert run("rotate")[0] == run("forget-former")[0] == 1
    assert asyncio.run(with_service(place)) == TOKENS
    assert run("forget-former")[0] == 0
    assert place.settings().former_secret_key is None
    assert asyncio.run(with_service(place)) == TOKENS
    assert run("rotate")[0] == 0


def test_a_key_that_stands_elsewhere_is_not_changed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDOMATIC_SECRET_KEY", "k" * 40)
    place.write(SECRET_KEY=None)
    code, told = run("rotate")
    assert (code, "does not stand in" in told) == (1, True)
