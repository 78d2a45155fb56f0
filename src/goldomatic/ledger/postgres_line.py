"""A connection to PostgreSQL that mends itself and never waits for a server that is not there.

A frozen or unreachable server cannot be told from a slow one by its silence, server-side
time-outs do not help against it, and cancelling a call asks that same server. So when a call
takes long, a second connection is tried beside it: if nobody answers that one either, the socket
is shut down, and the call ends at once with an ordinary connection error.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from psycopg import AsyncConnection, Error, InterfaceError, InternalError, OperationalError, errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from goldomatic.ledger.store import ConflictError, UnavailableError

CONNECT_SECONDS = 2
# The server's own limits come first, so that a slow statement ends in good order.
SERVER_SHARE = 0.75

_DEFAULTS: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    "client_encoding": "UTF8",
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 6_000,
    "fallback_application_name": "goldomatic",
}

# A synchronous_commit that loses answered changes is put right; a stricter one is left alone.
# The keepalives are the server's: they free the locks of a client that was cut off. Before a table
# has statistics a bitmap scan looks cheap, and each page of the log would read all that follow.
_PREPARE = """
    SELECT set_config('statement_timeout', %(statement)s, false),
           set_config('lock_timeout', %(lock)s, false),
           set_config('idle_in_transaction_session_timeout', %(statement)s, false),
           set_config('tcp_keepalives_idle', '5', false),
           set_config('tcp_keepalives_interval', '2', false),
           set_config('tcp_keepalives_count', '3', false),
           set_config('enable_bitmapscan', 'off', false),
           CASE WHEN current_setting('synchronous_commit') = 'off'
             THEN set_config('synchronous_commit', 'on', false) END"""


class Line:
    """One connection, made when it is first needed, used by one caller at a time."""

    def __init__(self, url: str, patience: float, limit: float) -> None:
        given = conninfo_to_dict(url)
        missing = {key: value for key, value in _DEFAULTS.items() if key not in given}
        self._conninfo = make_conninfo(url, **missing)
        self._patience, self._limit = patience, limit
        self._turn = asyncio.Lock()
        self._connection: AsyncConnection[Any] | None = None
        self._closed = False

    @asynccontextmanager
    async def use(self, seconds: float | None = None) -> AsyncIterator[AsyncConnection[Any]]:
        """The connection for this caller alone, in autocommit mode, for `seconds` at most.

        Without `seconds` the limit of ordinary calls holds. A server that does not answer at
        all is given up after the time of its patience.

        Raises `ConflictError` for a lost race, `UnavailableError` for everything that the
        database or the way to it failed to do. What was left open is rolled back.
        """
        with translated():
            async with asyncio.timeout(self._patience):
                await self._turn.acquire()
            try:
                async with asyncio.timeout(CONNECT_SECONDS + self._patience):
                    connection = await self._connected()
                with self._watched(connection, seconds or self._limit):
                    try:
                        await self._allow(connection, seconds)
                        yield connection
                    finally:
                        await self._tidy(connection, seconds)
            finally:
                self._turn.release()

    async def close(self) -> None:
        """Close for good."""
        self._closed = True
        await self._drop()

    async def _connected(self) -> AsyncConnection[Any]:
        if self._closed:
            raise OperationalError("the database is closed")
        if self._connection is not None and _is_stale(self._connection):
            await self._drop()
        if self._connection is None:
            # Plans are made for each batch: a plan that was kept from an empty table scans it
            # whole ever after, and a statement whose preparation was skipped in a failed
            # pipeline would be taken for prepared.
            self._connection = await AsyncConnection.connect(
                self._conninfo, autocommit=True, prepare_threshold=None
            )
            try:
                await self._connection.execute(_PREPARE, self._limits(self._limit))
            except BaseException:
                await self._drop()
                raise
        return self._connection

    async def _allow(self, connection: AsyncConnection[Any], seconds: float | None) -> None:
        if seconds is not None:
            await connection.execute(_PREPARE, self._limits(seconds))

    async def _tidy(self, connection: AsyncConnection[Any], seconds: float | None) -> None:
        try:
            if connection.info.transaction_status is not TransactionStatus.IDLE:
                await connection.rollback()
            await self._allow(connection, None if seconds is None else self._limit)
        except Error:
            await self._drop()

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def _limits(self, seconds: float) -> dict[str, str]:
        return {
            "statement": f"{round(seconds * SERVER_SHARE * 1000)}ms",
            "lock": f"{round(self._patience * SERVER_SHARE * 1000)}ms",
        }

    @contextmanager
    def _watched(self, connection: AsyncConnection[Any], limit: float) -> Iterator[None]:
        watch: asyncio.Task[str] | None = None

        def begin() -> None:
            nonlocal watch
            watch = asyncio.create_task(self._watch(connection, limit))

        timer = asyncio.get_running_loop().call_later(self._patience / 2, begin)
        try:
            yield
        except Error as error:
            if watch is not None and watch.done():
                raise TimeoutError(watch.result()) from error
            raise
        finally:
            timer.cancel()
            if watch is not None:
                watch.cancel()

    async def _watch(self, connection: AsyncConnection[Any], limit: float) -> str:
        """Wait beside a call that takes long; hang up when it is hopeless, and say why."""
        end = asyncio.get_running_loop().time() + limit - self._patience / 2
        while await self._is_alive():
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                _hang_up(connection)
                return f"the database took longer than {limit:g} s"
            await asyncio.sleep(min(left, self._patience))
        _hang_up(connection)
        return "the database does not answer"

    async def _is_alive(self) -> bool:
        try:
            async with asyncio.timeout(self._patience / 2):
                probe = await AsyncConnection.connect(self._conninfo)
                await probe.close()
        except (TimeoutError, errors.ConnectionTimeout):
            return False
        except Error:
            # Refused, for example because there are too many clients: somebody is there, and
            # where nobody is the connection itself will break.
            pass
        return True


@contextmanager
def translated() -> Iterator[None]:
    """PostgreSQL's errors as the ledger's; mistakes in a statement stay what they are."""
    try:
        yield
    except (
        errors.UniqueViolation,
        errors.SerializationFailure,
        errors.DeadlockDetected,
    ) as error:
        raise ConflictError(str(error)) from error
    except (OperationalError, InterfaceError, InternalError, TimeoutError) as error:
        raise UnavailableError(str(error) or "the database did not answer in time") from error


def _is_stale(connection: AsyncConnection[Any]) -> bool:
    """Whether the server has hung up since the last call."""
    try:
        # The first reading may bring the server's last words, the second one then the end.
        connection.pgconn.consume_input()
        connection.pgconn.consume_input()
    except Error:
        return True
    return connection.closed


@asynccontextmanager
async def pipelined(connection: AsyncConnection[Any]) -> AsyncIterator[None]:
    """Send everything in the block at once; raises the first error, quietly.

    Left to itself psycopg logs a warning for each failed pipeline, and a lost race is ordinary.
    """
    first: Error | None = None
    try:
        async with connection.pipeline():
            try:
                yield
            except Error as error:
                first = error
    except Error as error:
        raise (first or error) from None
    if first is not None:
        raise first


def _hang_up(connection: AsyncConnection[Any]) -> None:
    # A copy of the descriptor: psycopg closes its own when it has seen the end.
    with suppress(OSError, Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
