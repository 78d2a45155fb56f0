"""What the server asks of the system."""

import resource
import subprocess
import sys
from pathlib import Path

from goldomatic import server
from goldomatic.app import build_service
from support.service import settings


def limit_after(soft: int, hard: int) -> int:
    """The limit of open files of a process that began with these and then allows many."""
    program = (
        "import resource\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))\n"
        "from goldomatic.server import allow_many_connections\n"
        "allow_many_connections()\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return int(done.stdout)


def test_a_live_page_more_than_the_usual_limit_is_let_in() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = server.MOST_FILES if hard == resource.RLIM_INFINITY else min(server.MOST_FILES, hard)
    assert limit_after(256, hard) == most
    assert limit_after(256, 1024) == 1024


def test_idle_connections_outlive_those_of_a_reverse_proxy(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert server.server(given, build_service(given)).config.timeout_keep_alive > 60
