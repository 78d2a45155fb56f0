"""The real `goldomatic serve` in a process of its own, to be stopped and killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx2

from support.ports import free_port
from support.service import API_KEY, CHANNEL, EVENTSUB_SECRET, EXTENSION_SECRET

START_SECONDS = 60.0
STOP_SECONDS = 30.0


class ServeProcess:
    """One `goldomatic serve` on loopback; ended by its own process id."""

    def __init__(self, directory: Path, database_url: str = "", **settings: str) -> None:
        self.directory = directory
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            "PATH": os.environ["PATH"],
            "GOLDOMATIC_DATABASE_URL": database_url or f"sqlite:///{directory}/goldomatic.db",
            "GOLDOMATIC_PORT": str(self.port),
            "GOLDOMATIC_ENVIRONMENT": "development",
            "GOLDOMATIC_DEV_SKIP_SUBSCRIBER_CHECK": "true",
            "GOLDOMATIC_API_KEY": API_KEY,
            "GOLDOMATIC_TWITCH_BROADCASTER_ID": CHANNEL,
            "GOLDOMATIC_TWITCH_EVENTSUB_SECRET": EVENTSUB_SECRET,
            "GOLDOMATIC_TWITCH_EXTENSION_SECRET": EXTENSION_SECRET,
            "GOLDOMATIC_LOG_FORMAT": "json",
            "GOLDOMATIC_OPERATOR_PER_MINUTE": "1000000",
            "GOLDOMATIC_READS_PER_MINUTE": "1000000",
            "GOLDOMATIC_WRITES_PER_MINUTE": "1000000",
            **{f"GOLDOMATIC_{name}": value for name, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return (self.directory / f"serve-{self.port}.log").read_text(errors="replace")

    def start(self, **more: str) -> None:
        """Start it and wait until it answers."""
        environment: Mapping[str, str] = self._environment | {
            f"GOLDOMATIC_{name}": value for name, value in more.items()
        }
        program = str(Path(sys.executable).with_name("goldomatic"))
        with (self.directory / f"serve-{self.port}.log").open("ab") as log:
            self._process = subprocess.Popen(
                # It must not outlive a test run that is killed.
                ["/usr/bin/setpriv", "--pdeathsig", "KILL", program, "serve"],
                env=dict(environment),
                cwd=self.directory,
                stdout=log,
                stderr=log,
            )
        self._await_answer()

    def _await_answer(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        with httpx2.Client(trust_env=False, verify=False) as http:
            while True:
                try:
                    if http.get(f"{self.url}/api/health").status_code == 200:
                        return
                except httpx2.TransportError:
                    pass
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the service did not start:\n{self.log}")
                time.sleep(0.02)

    def kill(self) -> None:
        """End it at once, as a power failure would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to stop, and give back its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(number)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
