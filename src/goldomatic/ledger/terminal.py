"""What the commands of `goldomatic ledger` share: options, exit codes, opening, progress."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import wraps
from pathlib import Path
from typing import IO, Any, ParamSpec

import click

from goldomatic.ledger.chain import BrokenChainError
from goldomatic.ledger.event import UnknownEventError
from goldomatic.ledger.export import DamagedEventError
from goldomatic.ledger.rebuild import Progress
from goldomatic.ledger.store import SchemaError, Store, UnavailableError
from goldomatic.ledger.stores import MissingDriverError, open_store, sqlite_path
from goldomatic.values import ChannelId, Code, Refused, utc_now

P = ParamSpec("P")


class BrokenLog(click.ClickException):
    """The log is not what it was, or the command was refused."""

    exit_code = 1


class NoDatabase(click.ClickException):
    """The database cannot be opened, or stopped to answer."""

    exit_code = 3


class TablesDiffer(click.ClickException):
    """The log is intact, but the read tables are not what it gives."""

    exit_code = 4


def runs(work: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A command from a coroutine function; the ledger's errors become exit codes."""

    @wraps(work)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        with exit_codes():
            asyncio.run(work(*arguments, **options))

    return run


@contextmanager
def exit_codes() -> Iterator[None]:
    """Errors of the ledger and refusals as a sentence and an exit code."""
    try:
        yield
    except (BrokenChainError, DamagedEventError) as error:
        raise BrokenLog(f"{error}.") from error
    except (SchemaError, MissingDriverError, UnknownEventError, UnavailableError) as error:
        raise NoDatabase(f"{error}.") from error
    except Refused as refused:
        kind = NoDatabase if refused.code is Code.SERVICE_UNAVAILABLE else BrokenLog
        raise kind(refused.message) from refused


database_option = click.option(
    "--database",
    metavar="URL",
    envvar="GOLDOMATIC_DATABASE_URL",
    default="sqlite:///goldomatic.db",
    show_default=True,
    show_envvar=True,
    help="sqlite:///PATH or postgresql://….",
)
channel_option = click.option(
    "--channel", metavar="ID", help="Twitch user id of the broadcaster. Default: the only one."
)


@asynccontextmanager
async def opened(database: str, channel: str | None) -> AsyncIterator[tuple[Store, ChannelId]]:
    """The store of a URL, which must be there already, and the channel to work on."""
    async with opened_at(database) as store:
        yield store, _choose(await store.channels(), channel)


@asynccontextmanager
async def opened_at(database: str) -> AsyncIterator[Store]:
    """The store of a URL, which must be there already, brought up to date."""
    try:
        store = open_store(database, utc_now)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--database") from error
    path = sqlite_path(database)
    if path is not None and not path.is_file():
        raise NoDatabase(f"there is no database file {path}.")
    try:
        await store.open()
        yield store
    finally:
        await store.close()


def _choose(present: list[ChannelId], channel: str | None) -> ChannelId:
    if channel is None and len(present) == 1:
        return present[0]
    if channel in present:
        return ChannelId(channel)
    those = f"there are: {', '.join(present)}" if present else "the database has no log yet"
    problem = f"no log of channel {channel}" if channel else "say which channel"
    raise click.BadParameter(f"{problem}; {those}", param_hint="--channel")


@asynccontextmanager
async def bar(store: Store, channel: ChannelId, label: str) -> AsyncIterator[Progress]:
    """A progress bar over the log, on stderr if that is a terminal."""
    length, done = await store.position(channel), 0

    def advance(position: int) -> None:
        nonlocal done
        shown.update(position - done)
        done = position

    with click.progressbar(
        length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as shown:
        yield advance


@contextmanager
def target(output: Path | None) -> Iterator[IO[bytes]]:
    """The file to write to, readable by its owner only, or stdout."""
    if output is None:
        yield sys.stdout.buffer
        return

    def private(path: str, flags: int) -> int:
        return os.open(path, flags, 0o600)

    try:
        file = open(output, "wb", opener=private)  # noqa: SIM115 - Path has no opener
    except OSError as error:
        raise click.BadParameter(str(error), param_hint="--output") from error
    with file:
        yield file


def hash_of(text: str) -> bytes:
    """The 32 bytes of a hash in hexadecimal."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != 32:
        raise click.BadParameter("a head is 64 hexadecimal digits", param_hint="--head")
    return value
