"""A real PostgreSQL server from Debian's binaries, in a directory of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import psycopg

from support.ports import free_port

MISSING = "PostgreSQL's server binaries are missing: install them with `scripts/need postgresql`"
START_SECONDS = 90.0

INITDB = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]

# Small buffers start faster; fsync and full_page_writes stay on, as they are in production.
CONFIG = """
listen_addresses = '127.0.0.1'
fsync = on
shared_buffers = 32MB
max_connections = 60
logging_collector = off
log_min_messages = warning
autovacuum = off
"""


class MissingPostgresError(Exception):
    """The machine has no PostgreSQL server binaries."""


def binary(name: str) -> Path:
    """Path of `initdb`, `postgres`, `psql` or `pg_dump`, of the newest installed version."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4])
    )
    if not found:
        raise MissingPostgresError(MISSING)
    return found[-1]


class PostgresServer:
    """One cluster on a unix socket and a free loopback port, started and stopped at will."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._names = (f"test_{number}" for number in count(1))

    def url(self, database: str = "postgres") -> str:
        """Address of a database on the loopback port."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def socket_url(self, database: str = "postgres") -> str:
        """Address of a database on the unix socket."""
        return f"postgresql://postgres@/{database}?host={self.directory}&port={self.port}"

    def create_database(self) -> str:
        """Make an empty database and give its address."""
        name = next(self._names)
        with closing(psycopg.connect(self.url(), autocommit=True)) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database, with whoever is still connected to it."""
        name = url.rpartition("/")[2]
        with closing(psycopg.connect(self.url(), autocommit=True)) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def start(self) -> None:
        """Start the server and wait until it answers."""
        # The server must not outlive a killed test run.
        command = ["/usr/bin/setpriv", *_identity(), "--pdeathsig", "INT", str(binary("postgres"))]
        options = ["-D", f"{self.directory}/data", "-k", f"{self.directory}", "-p", f"{self.port}"]
        with (self.directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *options], stdout=log, stderr=log, cwd=self.directory
            )
        self._await_answer()

    def _await_answer(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
                return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log = (self.directory / "server.log").read_text(errors="replace")
                    raise RuntimeError(f"PostgreSQL did not start: {error}\n{log}") from error
                time.sleep(0.02)

    def stop(self) -> None:
        """Shut down in order: connections are closed, everything is written."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """End at once, without a word to anybody, as if the power failed."""
        self._end(signal.SIGQUIT)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


@contextmanager
def cluster() -> Iterator[Path]:
    """An initialised cluster that is not running, to be copied; removed at the end."""
    with _directory() as directory:
        _as_server([binary("initdb"), *INITDB, "--no-sync", "-D", directory / "data"], directory)
        (directory / "data" / "postgresql.auto.conf").write_text(CONFIG)
        yield directory / "data"


@contextmanager
def server(template: Path) -> Iterator[PostgresServer]:
    """A running server on a copy of an initialised cluster; ended and removed at the end."""
    with _directory() as directory:
        _as_server(["/bin/cp", "-a", template, directory / "data"], directory)
        running = PostgresServer(directory)
        running.start()
        try:
            yield running
        finally:
            # What it holds is thrown away: nothing needs to be written in order.
            running.crash()


@contextmanager
def _directory() -> Iterator[Path]:
    # Not below pytest's directory: the socket's path must be short, and the server's user
    # must be able to reach it.
    directory = Path(tempfile.mkdtemp(prefix="goldomatic-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres", "postgres")
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _identity() -> list[str]:
    # PostgreSQL refuses to run as root.
    if os.geteuid() != 0:
        return []
    return ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]


def _as_server(command: list[str | Path], directory: Path) -> None:
    done = subprocess.run(
        ["/usr/bin/setpriv", *_identity(), "--pdeathsig", "KILL", *command],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")
