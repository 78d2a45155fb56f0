"""What the tests of the window share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from support.payout_service import PayoutService, payout_service
from support.windows import Desk, desk, until


@pytest.fixture
def service() -> Iterator[PayoutService]:
    with payout_service() as running:
        yield running


OpenDesk = Callable[..., Desk]


@pytest.fixture
def open_desk(service: PayoutService, tmp_path: Path) -> Iterator[OpenDesk]:
    """Starts a program, and waits until its window shows what the bridge knows."""
    with ExitStack() as stack:

        def start(folder: Path = tmp_path / "own", **options: Any) -> Desk:
            opened = stack.enter_context(desk(folder, service, **options))
            until(lambda: opened.window.view is not None, "the first picture")
            return opened

        yield start
