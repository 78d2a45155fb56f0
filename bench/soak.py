"""The demo for long, killed again and again: `python bench/soak.py [MINUTES]` (10 by default).

Ends with code 1 when payouts stop being sent, memory grows, or the ledger does not check.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

PROGRAM = Path(sys.executable).with_name("goldomatic")
LIFE_SECONDS = 60
MOST_GROWTH_MB = 40


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def start(database: Path, port: int) -> subprocess.Popen[bytes]:
    command = [PROGRAM, "demo", "--interval", "10", "--database", database]
    environment = {**os.environ, "GOLDOMATIC_PORT": str(port)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def sent(port: int) -> int:
    """Payouts in `Sent`, as the metrics count them; 0 while the service starts."""
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        found = re.search(r'goldomatic_payouts\{status="Sent"\} (\d+)', answer.read().decode())
        return int(found[1]) if found else 0
    return 0


def live_once(database: Path, life: int) -> tuple[int, float]:
    """One life of the demo, ended by kill -9: payouts sent in all, growth in megabytes."""
    port = free_port()
    process = start(database, port)
    try:
        time.sleep(20)
        begun = psutil.Process(process.pid).memory_info().rss
        time.sleep(LIFE_SECONDS - 20)
        growth = (psutil.Process(process.pid).memory_info().rss - begun) / 1e6
        count = sent(port)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    print(f"life {life}: {count} payouts sent, {growth:+.1f} MB")
    return count, growth


def main() -> int:
    minutes = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    before, kept = 0, True
    with TemporaryDirectory(prefix="goldomatic-soak-") as directory:
        database = Path(directory) / "soak.db"
        for life in range(1, minutes + 1):
            count, growth = live_once(database, life)
            kept = kept and count > before and growth < MOST_GROWTH_MB
            before = count
        check = subprocess.run(
            [PROGRAM, "ledger", "check", "--database", f"sqlite:///{database}"], check=False
        )
    print("held" if kept and check.returncode == 0 else "did not hold")
    return 0 if kept and check.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
