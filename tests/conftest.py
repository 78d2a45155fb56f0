"""Fixtures that all tests share: real databases, each test with its own."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.postgres import MissingPostgresError, PostgresServer, cluster, server


def pytest_collection_finish() -> None:
    """Spare every search for garbage the libraries and tests: they live to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Path]:
    """An initialised PostgreSQL cluster to copy, made once per test process."""
    try:
        with cluster() as directory:
            yield directory
    except MissingPostgresError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def postgres_server(postgres_cluster: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL server for all tests of this process."""
    with server(postgres_cluster) as running:
        yield running


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Address of an empty PostgreSQL database of this test's own."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def own_postgres(postgres_cluster: Path) -> Iterator[PostgresServer]:
    """A running PostgreSQL server that the test may stop, start, freeze and crash."""
    with server(postgres_cluster) as running:
        yield running


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Address of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of an empty database, once of each kind."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    url: str = request.getfixturevalue(name)
    return url
