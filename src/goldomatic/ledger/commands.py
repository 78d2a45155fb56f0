"""`goldomatic ledger`: what an operator does with the log itself."""

from pathlib import Path

import click

from goldomatic.ledger.export import export as exported
from goldomatic.ledger.forget import forget as forgotten
from goldomatic.ledger.rebuild import check_chain, differences
from goldomatic.ledger.rebuild import rebuild as rebuilt
from goldomatic.ledger.store import SCHEMA_VERSION, Store
from goldomatic.ledger.terminal import (
    BrokenLog,
    TablesDiffer,
    bar,
    channel_option,
    database_option,
    hash_of,
    opened,
    opened_at,
    runs,
    target,
)
from goldomatic.ledger.writer import ChannelWriter
from goldomatic.values import ChannelId, ViewerId, utc_now

SHOWN_DIFFERENCES = 10


@click.group()
def ledger() -> None:
    """Check, rebuild and export the log of a channel, or forget a viewer.

    The log is the single source of truth; docs/ledger.md tells what is in it.

    \b
    Examples:
      goldomatic ledger check
      goldomatic ledger check --database postgresql://gold@db/gold --channel 123456789
      goldomatic ledger export --public --output log.jsonl
    """


@ledger.command()
@database_option
@channel_option
@click.option("--head", metavar="HASH", help="A head that was written down: it must be in the log.")
@click.option("--tables", is_flag=True, help="Also compare the read tables with the events.")
@runs
async def check(database: str, channel: str | None, head: str | None, tables: bool) -> None:
    """Walk the hash chain from the first event to the last.

    Write the head down somewhere else: given back with --head, it proves that nothing up to it
    was changed or cut off since.

    \b
    Examples:
      goldomatic ledger check
      goldomatic ledger check --tables
      goldomatic ledger check --head 3f1c…

    \b
    Exit codes: 0 intact, 1 broken (the first wrong position is named), 2 wrong usage,
    3 the database cannot be used, 4 intact but the read tables differ.
    """
    wanted = None if head is None else hash_of(head)
    async with opened(database, channel) as (store, channel_id):
        async with bar(store, channel_id, "checking") as progress:
            result = await check_chain(store, channel_id, progress, look_for=wanted)
        click.echo(f"channel  {channel_id}")
        click.echo(f"events   {result.position}")
        click.echo(f"erased   {result.erased}")
        click.echo(f"head     {result.head.hex()}")
        if wanted is not None and result.found_at is None:
            raise BrokenLog("no event has the given head: the log was cut or written anew.")
        if result.found_at is not None:
            click.echo(f"The given head is that of event {result.found_at}.")
        click.echo("The chain is intact.")
        if tables:
            await _check_tables(store, channel_id)


async def _check_tables(store: Store, channel: ChannelId) -> None:
    from goldomatic.channel import CODEC, TABLES, open_channel_model

    model = open_channel_model(channel)
    async with bar(store, channel, "comparing") as progress:
        found = await differences(store, channel, model, CODEC, TABLES, progress)
    for table, key, expected, stored in found[:SHOWN_DIFFERENCES]:
        kind = "missing" if stored is None else "unexpected" if expected is None else "different"
        click.echo(f"{kind} row in {table.name}: {', '.join(map(str, key[1:]))}")
    if found:
        raise TablesDiffer(
            f"rows that are not what the events give: {len(found)}; "
            "run `goldomatic ledger rebuild`."
        )
    click.echo("The read tables are what the events give.")


@ledger.command()
@database_option
@runs
async def migrate(database: str) -> None:
    """Bring a database of an older version up to date; one of today's stays as it is.

    The service does the same when it starts.

    \b
    Examples:
      goldomatic ledger migrate
      goldomatic ledger migrate --database postgresql://gold@db/gold

    \b
    Exit codes: 0 done, 2 wrong usage, 3 the database cannot be used.
    """
    async with opened_at(database):
        click.echo(f"The database has schema {SCHEMA_VERSION}.")


@ledger.command()
@database_option
@channel_option
@runs
async def rebuild(database: str, channel: str | None) -> None:
    """Make the read tables and the snapshot anew from the events.

    The chain is checked first; a broken one leaves everything as it is. A service may go on
    running: lists are incomplete until the end, and correct then.

    \b
    Examples:
      goldomatic ledger rebuild
      goldomatic ledger rebuild --database sqlite:////var/lib/goldomatic/goldomatic.db

    \b
    Exit codes: 0 done, 1 the chain is broken, 2 wrong usage, 3 the database cannot be used.
    """
    from goldomatic.channel import CODEC, TABLES, open_channel_model

    async with opened(database, channel) as (store, channel_id):
        async with bar(store, channel_id, "checking") as progress:
            await check_chain(store, channel_id, progress)
        model = open_channel_model(channel_id)
        async with bar(store, channel_id, "rebuilding") as progress:
            result = await rebuilt(store, channel_id, model, CODEC, TABLES, progress)
    click.echo(f"Rebuilt {len(TABLES)} tables from {result.position} events.")


@ledger.command()
@database_option
@channel_option
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: stdout.")
@click.option("--after", type=click.IntRange(0), default=0, metavar="N", help="Skip events 1 to N.")
@click.option("--public", is_flag=True, help="Leave out names and other personal values.")
@runs
async def export(
    database: str, channel: str | None, output: Path | None, after: int, public: bool
) -> None:
    """Write the events as JSON Lines, enough to check the chain without this program.

    Without --public the file holds personal values: it is created for its owner only.

    \b
    Examples:
      goldomatic ledger export --public > log.jsonl
      goldomatic ledger export --output log.jsonl
      goldomatic ledger export --after 120000 --output new.jsonl

    \b
    Exit codes: 0 done, 1 an event is damaged, 2 wrong usage, 3 the database cannot be used.
    """
    async with opened(database, channel) as (store, channel_id):
        with target(output) as file:
            async for lines in exported(store, channel_id, after=after, public=public):
                file.write(lines)


@ledger.command()
@click.argument("viewer")
@database_option
@channel_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@runs
async def forget(viewer: str, database: str, channel: str | None, yes: bool) -> None:
    """Erase the personal values of VIEWER (a Twitch user id) from all events, and the account.

    The chain stays intact and every draw verifiable. A service may go on running; whoever was
    signed in there is signed out.

    \b
    Examples:
      goldomatic ledger forget 44322889
      goldomatic ledger forget 44322889 --yes --channel 123456789

    \b
    Exit codes: 0 done, 1 not confirmed or refused, 2 wrong usage,
    3 the database cannot be used.
    """
    from goldomatic.channel import CODEC, forget_viewer, open_channel_model

    if not viewer.isdecimal():
        raise click.BadParameter("a viewer is a Twitch user id: a number", param_hint="VIEWER")
    async with opened(database, channel) as (store, channel_id):
        if not yes:
            question = f"Erase everything personal about viewer {viewer} from {channel_id}?"
            click.confirm(question, abort=True, err=True)
        model = open_channel_model(channel_id)
        writer = ChannelWriter(channel_id, model, store, CODEC, utc_now)
        await writer.start()
        try:
            decision = forget_viewer(ViewerId(viewer), "operator")
            erased, scrubbed = await forgotten(store, writer, ViewerId(viewer), decision)
        finally:
            await writer.stop()
    click.echo(f"Events whose personal values were erased: {erased}")
    if not scrubbed:
        click.echo("Copies may be left in the database's files: run it again.", err=True)
