"""Ports of the loopback interface for servers that are started, stopped and started again."""

import os
from contextlib import suppress
from itertools import cycle
from socket import create_server

# Below what the system gives to connections, so that none takes a port between two starts.
LOWEST, BLOCKS, BLOCK = 12_000, 20, 1_000


def _own_ports() -> range:
    """Ports that no other worker of this test run takes."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    run = os.getppid()
    first = LOWEST + (run * 7 + worker) % BLOCKS * BLOCK
    return range(first, first + BLOCK)


_candidates = cycle(_own_ports())


def free_port() -> int:
    """A port that nobody listens on, another one each time."""
    for _ in range(BLOCK):
        port = next(_candidates)
        with suppress(OSError), create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError(f"all ports of this worker are taken: {_own_ports()}")
