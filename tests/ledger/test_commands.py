"""`goldomatic ledger …`: what it prints and with which exit code it ends."""

import asyncio
import json
import sqlite3
import stat
import sys
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from goldomatic.ledger.change import Decision
from goldomatic.ledger.commands import ledger
from goldomatic.ledger.event import Codec
from goldomatic.ledger.store import Delete, Store
from goldomatic.ledger.stores import sqlite_path
from goldomatic.values import ChannelId, Code, Refused, ViewerId
from support.ledger import (
    CHANNEL,
    CODEC,
    OTHER_CHANNEL,
    POOL,
    Circle,
    Counted,
    count,
    enter,
    opened,
    pool,
    started,
    whole_log,
)
from support.ledger import forget as forget_viewer
from support.workers import answers, worker


@pytest.fixture(autouse=True)
def channel_module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tests' small channel in the place of the service's."""
    module = ModuleType("goldomatic.channel")
    module.CODEC, module.TABLES = CODEC, (POOL,)  # type: ignore[attr-defined]
    module.open_channel_model = Circle  # type: ignore[attr-defined]
    module.forget_viewer = forget_viewer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "goldomatic.channel", module)
    return module


def run(database_url: str, *arguments: str, **options: Any) -> Result:
    """The command, with its database last."""
    return CliRunner().invoke(ledger, [*arguments, "--database", database_url], **options)


def on_store(url: str, work: Callable[[Store], Coroutine[Any, Any, Any]]) -> Any:
    """What `work` gives on the open store."""

    async def call() -> Any:
        async with opened(url) as store:
            return await work(store)

    return asyncio.run(call())


def fill(url: str, channel: ChannelId = CHANNEL, viewers: str = "123") -> str:
    """Three viewers and a count; gives the head as it would be written down."""

    async def work(store: Store) -> str:
        async with started(store, channel=channel) as writer:
            for viewer in viewers:
                await writer.change(enter(viewer, f"Secretname{viewer}"))
            await writer.change(count(5))
        return (await whole_log(store, channel))[-1].hash.hex()

    head: str = on_store(url, work)
    return head


def tamper(url: str, statement: str) -> None:
    """Change the database behind the ledger's back."""
    path = sqlite_path(url)
    if path is None:
        with psycopg.connect(url) as connection:
            connection.execute(statement.encode())
    else:
        with closing(sqlite3.connect(path)) as file, file:
            file.execute(statement)


def test_an_intact_log_is_described(database_url: str) -> None:
    head = fill(database_url)
    result = run(database_url, "check")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "channel  1001",
        "events   4",
        "erased   0",
        f"head     {head}",
        "The chain is intact.",
    ]
    assert result.stderr == ""


@pytest.mark.parametrize(
    "change",
    [
        "type = 'Left'",
        "viewer = '9'",
        "cause = 'x'",
        "at = at + 1",
        "personal = data",
        "hash = personal_hash",
    ],
)
def test_a_changed_event_is_named(database_url: str, change: str) -> None:
    fill(database_url)
    tamper(database_url, f"UPDATE events SET {change} WHERE position = 2")  # noqa: S608
    result = run(database_url, "check")
    assert result.exit_code == 1
    assert "chain broken at position 2" in result.stderr
    assert "intact" not in result.stdout


def test_a_removed_event_is_named_and_a_cut_end_needs_the_head(database_url: str) -> None:
    head = fill(database_url)
    tamper(database_url, "DELETE FROM events WHERE position = 4")
    assert run(database_url, "check").exit_code == 0
    result = run(database_url, "check", "--head", head)
    assert result.exit_code == 1
    assert "no event has the given head" in result.stderr
    tamper(database_url, "DELETE FROM events WHERE position = 1")
    result = run(database_url, "check")
    assert result.exit_code == 1
    assert "position 1" in result.stderr


def test_a_head_is_found_after_the_log_has_grown(database_url: str) -> None:
    head = fill(database_url)
    fill(database_url, viewers="456")
    result = run(database_url, "check", "--head", head.upper())
    assert result.exit_code == 0
    assert "The given head is that of event 4." in result.stdout


def test_tables_that_differ_are_named_and_rebuilt(database_url: str) -> None:
    fill(database_url)
    assert run(database_url, "check", "--tables").exit_code == 0
    on_store(database_url, lambda store: store.write_rows([Delete(POOL, (CHANNEL, "2"))]))
    result = run(database_url, "check", "--tables")
    assert result.exit_code == 4
    assert "The chain is intact." in result.stdout
    assert "missing row in pool_members: 2" in result.stdout
    assert "what the events give: 1;" in result.stderr
    assert "goldomatic ledger rebuild" in result.stderr
    result = run(database_url, "rebuild")
    assert result.exit_code == 0
    assert result.stdout == "Rebuilt 1 tables from 4 events.\n"
    assert run(database_url, "check", "--tables").exit_code == 0


def test_a_broken_log_is_not_rebuilt_from(database_url: str) -> None:
    fill(database_url)
    tamper(database_url, "UPDATE events SET at = 0 WHERE position = 3")
    result = run(database_url, "rebuild")
    assert result.exit_code == 1
    assert "position 3" in result.stderr
    assert len(on_store(database_url, pool)) == 3


def test_an_export_goes_to_a_private_file(database_url: str, tmp_path: Path) -> None:
    fill(database_url)
    file = tmp_path / "log.jsonl"
    assert run(database_url, "export", "--output", str(file)).exit_code == 0
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["position"] for line in lines] == [1, 2, 3, 4]
    assert "Secretname1" in lines[0]["personal"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    result = run(database_url, "export", "--public", "--after", "3")
    assert result.exit_code == 0
    [line] = [json.loads(text) for text in result.stdout.splitlines()]
    assert (line["position"], line["personal"]) == (4, None)


def test_forgetting_asks_first(database_url: str) -> None:
    fill(database_url)
    result = run(database_url, "forget", "2", input="n\n")
    assert result.exit_code == 1
    assert "viewer 2" in result.stderr
    assert len(on_store(database_url, whole_log)) == 4
    result = run(database_url, "forget", "2", input="y\n")
    assert result.exit_code == 0
    assert result.stdout == "Events whose personal values were erased: 1\n"


def test_forgetting_erases_and_leaves_the_chain_intact(database_url: str) -> None:
    fill(database_url)
    result = run(database_url, "forget", "2", "--yes")
    assert (result.exit_code, result.stderr) == (0, "")
    events = on_store(database_url, whole_log)
    assert [event.personal is None for event in events] == [False, True, False, True, True]
    assert b'"actor":"operator"' in events[-1].data
    assert dict(on_store(database_url, pool)).keys() == {"1", "3"}
    result = run(database_url, "check", "--tables")
    assert result.exit_code == 0
    assert "erased   1\n" in result.stdout
    assert "erased: 0" in run(database_url, "forget", "77", "--yes").stdout


def test_a_forgotten_name_is_in_no_file(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url)
    # As long as a service has the file open, its write-ahead log stays beside it.
    service = sqlite3.connect(sqlite_path(sqlite_url) or "")
    service.execute("SELECT count(*) FROM events").fetchall()
    fill(sqlite_url, viewers="89")

    def in_files(name: bytes) -> bool:
        return any(name in file.read_bytes() for file in tmp_path.iterdir())

    assert any(file.name.endswith("-wal") for file in tmp_path.iterdir())
    for viewer in "28":
        assert in_files(f"Secretname{viewer}".encode())
        assert in_files(f"SECRETNAME{viewer}".encode())
        assert run(sqlite_url, "forget", viewer, "--yes").exit_code == 0
        assert not in_files(f"Secretname{viewer}".encode())
        assert not in_files(f"SECRETNAME{viewer}".encode())
    assert in_files(b"Secretname1")
    service.close()


async def test_forgetting_works_while_a_service_writes(database_url: str) -> None:
    async with opened(database_url) as store, started(store) as writer:
        await writer.change(enter("7", "Secretname7"))
        async with worker(database_url, "a") as process:
            told = answers(process)
            await anext(told)
            forgetting = asyncio.to_thread(run, database_url, "forget", "7", "--yes")
            result = await forgetting
            assert (result.exit_code, result.stderr) == (0, "")
            await anext(told)
        await writer.refresh()
        assert ViewerId("7") not in writer.model.members
        events = await whole_log(store)
        assert [e.type for e in events].count("ViewerForgotten") == 1
        assert all(e.personal is None for e in events if e.viewer == "7")
        assert any(e.personal is not None for e in events)


def test_a_refused_forgetting_says_why(database_url: str, channel_module: ModuleType) -> None:
    def refuse(viewer: ViewerId, actor: str) -> Decision[Circle]:
        return lambda state, now: Refused(Code.NOT_FOUND, "Nobody has that id.")

    channel_module.forget_viewer = refuse  # type: ignore[attr-defined]
    fill(database_url)
    result = run(database_url, "forget", "2", "--yes")
    assert result.exit_code == 1
    assert result.stderr == "Error: Nobody has that id.\n"


def test_the_channel_must_be_clear(database_url: str) -> None:
    with_none = run(database_url, "check")
    fill(database_url)
    fill(database_url, OTHER_CHANNEL)
    unclear, wrong = run(database_url, "check"), run(database_url, "check", "--channel", "3003")
    for result in (unclear, wrong):
        assert result.exit_code == 2
        assert "there are: 1001, 2002" in result.stderr
    assert with_none.exit_code in (2, 3)
    assert "channel  2002" in run(database_url, "check", "--channel", "2002").stdout


def test_a_database_without_a_log_says_so(database_url: str) -> None:
    on_store(database_url, lambda store: store.channels())
    result = run(database_url, "check")
    assert result.exit_code == 2
    assert "the database has no log yet" in result.stderr


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "goldomatic.db"
    for words in (["check"], ["rebuild"], ["export"], ["forget", "1"]):
        result = run(f"sqlite:///{path}", *words)
        assert result.exit_code == 3
        assert f"there is no database file {path}" in result.stderr
    assert not path.exists()


def test_a_database_that_cannot_be_used_is_told_apart(database_url: str, tmp_path: Path) -> None:
    fill(database_url)
    newer = "INSERT INTO schema_version SELECT 99"
    tamper(database_url, "PRAGMA user_version = 99" if sqlite_path(database_url) else newer)
    (tmp_path / "text.db").write_text("Not a database at all, but long enough. " * 30)
    for url in (database_url, f"sqlite:///{tmp_path}/text.db", "postgresql://127.0.0.1:1/x"):
        result = run(url, "check")
        assert result.exit_code == 3, result.output
        assert result.stderr.startswith("Error: ")


def test_events_of_a_newer_version_are_told_apart(
    database_url: str, channel_module: ModuleType
) -> None:
    fill(database_url)
    channel_module.CODEC = Codec([Counted])  # type: ignore[attr-defined]
    assert run(database_url, "check").exit_code == 0
    tamper(database_url, "DELETE FROM snapshots")
    for words in (["check", "--tables"], ["rebuild"], ["forget", "1", "--yes"]):
        result = run(database_url, *words)
        assert result.exit_code == 3
        assert "written by a newer version" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["check", "--head", "xyz"],
        ["check", "--head", "abcd"],
        ["forget", "Thrall", "--yes"],
        ["forget"],
        ["export", "--after", "-1"],
        ["export", "--output", "/proc/nowhere/log.jsonl"],
        ["check", "--nonsense"],
    ],
)
def test_wrong_usage_is_told_apart(sqlite_url: str, words: list[str]) -> None:
    fill(sqlite_url)
    result = run(sqlite_url, *words)
    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: ")


def test_the_database_comes_from_the_environment_too(sqlite_url: str) -> None:
    fill(sqlite_url)
    result = CliRunner(env={"GOLDOMATIC_DATABASE_URL": sqlite_url}).invoke(ledger, ["check"])
    assert result.exit_code == 0
    result = CliRunner(env={"GOLDOMATIC_DATABASE_URL": "redis://x"}).invoke(ledger, ["check"])
    assert result.exit_code == 2
    assert "sqlite:/// or postgresql://" in result.stderr


@pytest.mark.parametrize("name", sorted(ledger.commands))
def test_every_help_has_examples_and_exit_codes(name: str) -> None:
    result = CliRunner().invoke(ledger, [name, "--help"])
    assert result.exit_code == 0
    assert f"goldomatic ledger {name}" in result.stdout
    assert "Exit codes: 0 " in result.stdout
