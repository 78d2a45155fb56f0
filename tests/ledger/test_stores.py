"""A database URL names its store, and says what is wrong with it where it does not."""

import sys
from pathlib import Path

import pytest

from goldomatic.ledger.sqlite import SqliteStore
from goldomatic.ledger.store import UnavailableError
from goldomatic.ledger.stores import MissingDriverError, open_store, sqlite_path
from goldomatic.values import utc_now
from support.ledger import opened


async def test_a_relative_path_is_below_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened("sqlite:///here.db") as store:
        assert isinstance(store, SqliteStore)
    assert (tmp_path / "here.db").is_file()


async def test_an_absolute_path_has_four_slashes(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/a b%20c.db"):
        pass
    assert (tmp_path / "a b%20c.db").is_file()


@pytest.mark.postgres
async def test_postgresql_is_opened_by_its_url(postgres_url: str) -> None:
    async with opened(postgres_url) as store:
        assert store.name == "postgresql"


@pytest.mark.parametrize(
    "url", ["", "ledger.db", "sqlite:ledger.db", "sqlite:///", "sqlite:///:memory:", "mysql://x/y"]
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="begins with sqlite:/// or postgresql://"):
        open_store(url, utc_now)


def test_a_missing_driver_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("goldomatic.ledger.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingDriverError, match=r"pip install goldomatic\[postgres\]"):
        open_store("postgresql://localhost/x", utc_now)


async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("This is not a database, but it is long enough." * 40)
    for name in ("nowhere/ledger.db", "text.db", ""):
        with pytest.raises(UnavailableError):
            async with opened(f"sqlite:///{tmp_path}/{name}"):
                pass


def test_a_path_is_found_in_sqlite_urls_only() -> None:
    assert sqlite_path("sqlite:////srv/ledger.db") == Path("/srv/ledger.db")
    assert sqlite_path("postgresql:///x") is None
