"""What is typed runs in the simulated client, whose chat box behaves as the game's does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goldomatic.bridge import commands
from goldomatic.bridge.inject import InjectionError
from goldomatic.bridge.inject.keys import MAX_LINE
from goldomatic.bridge.inject.typist import Typist
from goldomatic.bridge.settings import BridgeSettings, Injection
from goldomatic.simulation.wow_client import WowClient
from support.user32 import BROWSER, GAME, Call, FakeWindows

KEYS = {0x0D: "ENTER", 0x1B: "ESCAPE", 0xBF: "/"}
KEYEVENTF_KEYUP, KEYEVENTF_UNICODE = 0x0002, 0x0004


class GameOnWindows(FakeWindows):
    """Messages and input reach the client's keyboard; waiting is the client's time."""

    def __init__(self, client: WowClient) -> None:
        super().__init__()
        self.client = client

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        self.client.run_for(seconds)

    def PostMessageW(self, window: int, message: int, word: int, long: int) -> int:  # noqa: N802
        done = super().PostMessageW(window, message, word, long)
        if done and message == 0x0100:
            self._key(word)
        elif done and message == 0x0102:
            self.client.keyboard.char(chr(word))
        return done

    def SendInput(self, count: int, inputs: Any, size: int) -> int:  # noqa: N802
        done = super().SendInput(count, inputs, size)
        for index in range(done):
            key = inputs[index].keyboard
            if self.front != GAME or key.flags & KEYEVENTF_KEYUP:
                continue
            if key.flags & KEYEVENTF_UNICODE:
                self.client.keyboard.char(chr(key.scan))
            else:
                self._key(key.virtual_key)
        return done

    def _key(self, code: int) -> None:
        self.client.keyboard.key_down(KEYS[code])
        if code == 0xBF:
            self.client.keyboard.char("/")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[WowClient]:
    with WowClient(tmp_path) as running:
        running.log_in()
        yield running


async def type_line(windows: GameOnWindows, line: str, settings: BridgeSettings) -> None:
    typist = Typist(windows.screen(), settings, sleep=windows.sleeper())
    window = await typist.foreground()
    assert window is not None
    await typist.type_line(window, line)


@pytest.mark.parametrize("opening", ["enter", "slash"])
@pytest.mark.parametrize("way", ["post_message", "send_input"])
async def test_a_line_with_a_cyrillic_name_runs(
    client: WowClient, way: Injection, opening: Any
) -> None:
    # D-10
    name = commands.quoted("Элриндэль")
    windows = GameOnWindows(client)

    await type_line(
        windows, f'/run heard="{name}"', BridgeSettings(injection=way, open_chat_key=opening)
    )

    client.run_for(0.2)
    assert client.lua("heard") == "Элриндэль"


async def test_the_longest_line_runs(client: WowClient) -> None:
    text = "x" * (MAX_LINE - len('/run heard=""'))

    await type_line(GameOnWindows(client), f'/run heard="{text}"', BridgeSettings())

    client.run_for(0.2)
    assert client.lua("heard") == text


async def test_a_line_broken_off_says_nothing_and_the_next_one_runs(client: WowClient) -> None:
    windows = GameOnWindows(client)

    def switch_away(call: Call) -> None:
        if call[0] == "post" and call[3] == ord("4"):
            windows.front = BROWSER

    windows.before_call = switch_away
    with pytest.raises(InjectionError):
        await type_line(windows, "/run heard=41", BridgeSettings())
    client.run_for(0.2)
    assert client.lua("heard") is None
    windows.front, windows.before_call = GAME, lambda call: None

    await type_line(windows, "/run heard=42", BridgeSettings())

    client.run_for(0.2)
    assert client.lua("heard") == 42
