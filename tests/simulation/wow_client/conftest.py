"""A client with a small addon of the test's own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from goldomatic.simulation.wow_client import ClientSettings, WowClient

TOC = "## Interface: 30300\n## Title: Probe\n## SavedVariables: ProbeDB\nProbe.lua\n"
LISTENER = """
heard = {}
local listener = CreateFrame("Frame")
for _, event in ipairs({ %s }) do listener:RegisterEvent(event) end
listener:SetScript("OnEvent", function(_, event, ...)
  heard[#heard + 1] = strjoin(" ", event, ...)
end)
"""


def listening_to(*events: str) -> str:
    """An addon that writes down those events in the global `heard`."""
    return LISTENER % ", ".join(f'"{event}"' for event in events)


def heard(client: WowClient) -> list[str]:
    """What such an addon has written down."""
    return [client.lua(f"heard[{i}]") for i in range(1, int(client.lua("#heard")) + 1)]


def addon(folder: Path, source: str, toc: str = TOC) -> Path:
    """An addon called Probe."""
    place = folder / "Interface" / "AddOns" / "Probe"
    place.mkdir(parents=True, exist_ok=True)
    (place / "Probe.toc").write_text(toc, encoding="utf-8")
    (place / "Probe.lua").write_text(source, encoding="utf-8")
    return place


@pytest.fixture
def game(tmp_path: Path) -> Iterator[Callable[..., WowClient]]:
    """Makes a logged-in client that runs the given source as its addon; faults fail the test."""
    with ExitStack() as stack:

        def make(source: str = "", **settings: Any) -> WowClient:
            client = WowClient(
                tmp_path, addons=[addon(tmp_path, source)], settings=ClientSettings(**settings)
            )
            stack.enter_context(client)
            client.log_in()
            return client

        yield make
