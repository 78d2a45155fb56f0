"""The exact calls of Windows for a line, on a recorded user32."""

import asyncio
import ctypes

import pytest

from goldomatic.bridge.inject import InjectionError
from goldomatic.bridge.inject.typist import Typist
from goldomatic.bridge.inject.win32_api import Input, WindowsApi
from goldomatic.bridge.settings import BridgeSettings, Injection
from support.user32 import BROWSER, GAME, Call, FakeWindow, FakeWindows

WM_KEYDOWN, WM_KEYUP, WM_CHAR = 0x0100, 0x0101, 0x0102
ENTER_DOWN: Call = ("post", GAME, WM_KEYDOWN, 0x0D, 0x001C_0001)
ENTER_UP: Call = ("post", GAME, WM_KEYUP, 0x0D, 0xC01C_0001)
ESCAPE_DOWN: Call = ("post", GAME, WM_KEYDOWN, 0x1B, 0x0001_0001)
ESCAPE_UP: Call = ("post", GAME, WM_KEYUP, 0x1B, 0xC001_0001)
PROBE: Call = ("post", GAME, WM_KEYUP, 0x87, 0xC000_0001)
UNICODE, KEY_UP = 0x0004, 0x0002


def typist(windows: FakeWindows, settings: BridgeSettings | None = None) -> Typist:
    return Typist(windows.screen(), settings or BridgeSettings(), sleep=windows.sleeper())


async def type_into_front(windows: FakeWindows, line: str, typing: Typist | None = None) -> None:
    typing = typing or typist(windows)
    window = await typing.foreground()
    assert window is not None
    await typing.type_line(window, line)


async def test_post_message_types_the_line_and_enter_into_the_window() -> None:  # D-10
    windows = FakeWindows()

    await type_into_front(windows, "/r")

    assert windows.calls == [
        ("focus", GAME),
        ("wait", 60),
        ENTER_DOWN,
        ("wait", 20),
        ENTER_UP,
        ("wait", 120),
        ("post", GAME, WM_CHAR, ord("/"), 1),
        ("wait", 22),
        ("post", GAME, WM_CHAR, ord("r"), 1),
        ("wait", 22),
        ("wait", 60),
        ENTER_DOWN,
        ("wait", 20),
        ENTER_UP,
        ("wait", 120),
    ]


async def test_send_input_types_each_character_down_and_up() -> None:  # D-10
    windows = FakeWindows()

    await type_into_front(windows, "/r", typist(windows, BridgeSettings(injection="send_input")))

    assert windows.calls == [
        ("focus", GAME),
        PROBE,
        ("wait", 80),
        ("send", [(0x0D, 0, 0)]),
        ("wait", 20),
        ("send", [(0x0D, 0, KEY_UP)]),
        ("wait", 120),
        ("send", [(0, ord("/"), UNICODE), (0, ord("/"), UNICODE | KEY_UP)]),
        ("wait", 18),
        ("send", [(0, ord("r"), UNICODE), (0, ord("r"), UNICODE | KEY_UP)]),
        ("wait", 18),
        ("wait", 60),
        ("send", [(0x0D, 0, 0)]),
        ("wait", 20),
        ("send", [(0x0D, 0, KEY_UP)]),
        ("wait", 120),
    ]


async def test_a_full_line_arrives_whole_and_in_order() -> None:  # D-10
    windows = FakeWindows()
    line = "/run " + "".join(chr(33 + index % 90) for index in range(249))

    await type_into_front(windows, line.replace("|", "!"))

    assert windows.typed() == line.replace("|", "!")


async def test_the_slash_key_and_the_pause_are_settings() -> None:
    windows = FakeWindows()
    settings = BridgeSettings(open_chat_key="slash", character_ms=5)

    await type_into_front(windows, "/r", typist(windows, settings))

    assert ("post", GAME, WM_KEYDOWN, 0xBF, 0x0035_0001) in windows.calls
    assert windows.typed() == "r"
    assert ("wait", 5) in windows.calls
    assert ("wait", 22) not in windows.calls


@pytest.mark.parametrize(
    ("first", "refused", "tried"),
    [("post_message", "post", "send"), ("send_input", "send", "post")],
)
async def test_the_other_way_is_tried_once(first: str, refused: str, tried: str) -> None:  # D-11
    windows = FakeWindows(refuse={refused})
    settings = BridgeSettings(injection="send_input" if first == "send_input" else "post_message")

    await type_into_front(windows, "/r", typist(windows, settings))

    tries = [call for call in windows.calls if call[0] in {"post", "send"} and call != PROBE]
    assert [call[0] for call in tries] == [tried] * 6


@pytest.mark.parametrize("first", ["post_message", "send_input"])
async def test_a_game_with_more_rights_is_said_to_refuse(first: Injection) -> None:
    """Windows lets SendInput succeed and keeps the keys from the game: nothing would be typed."""
    windows = FakeWindows(elevated=True)

    with pytest.raises(InjectionError, match="Windows error 5") as caught:
        await type_into_front(windows, "/r", typist(windows, BridgeSettings(injection=first)))

    assert (caught.value.code, caught.value.system_code) == ("refused", 5)
    assert not [call for call in windows.calls if call[0] in {"post", "send"}]


async def test_when_both_ways_are_refused_the_error_names_the_windows_code() -> None:  # D-11
    windows = FakeWindows(refuse={"post", "send"})
    attempts: list[str] = []
    windows.before_call = lambda call: attempts.append(call[0])

    with pytest.raises(InjectionError, match="Windows error 1816") as caught:
        await type_into_front(windows, "/r")

    assert attempts == ["post", "post", "send"], "a message goes before the input"
    assert (caught.value.code, caught.value.system_code) == ("refused", 1816)
    assert not caught.value.begun


async def test_a_line_that_has_begun_is_withdrawn_and_typed_by_no_other_way() -> None:
    windows = FakeWindows()

    def refuse_from_the_third_character(call: Call) -> None:
        windows.refuse = {"post"} if windows.typed() == "/ru" and call[3] == ord("n") else set()

    windows.before_call = refuse_from_the_third_character
    with pytest.raises(InjectionError) as caught:
        await type_into_front(windows, "/run x")

    assert caught.value.begun
    assert windows.calls[-2:] == [ESCAPE_DOWN, ESCAPE_UP]
    assert windows.calls.count(ENTER_DOWN) == 1


async def test_when_the_game_loses_the_foreground_mid_line_typing_stops() -> None:
    windows = FakeWindows()

    def switch_away(call: Call) -> None:
        if windows.typed() == "/ru":
            windows.front = BROWSER

    windows.before_call = switch_away
    with pytest.raises(InjectionError, match="Foreground WoW window not found") as caught:
        await type_into_front(windows, "/run x")

    assert (caught.value.code, caught.value.begun) == ("window_lost", True)
    assert windows.typed() == "/run", "the character during which it happened is the last"
    assert windows.calls[-2:] == [ESCAPE_DOWN, ESCAPE_UP]
    assert ("focus", GAME) not in windows.calls[1:], "the operator is not dragged back"


async def test_send_input_never_types_into_another_window() -> None:
    windows = FakeWindows()

    def switch_away(call: Call) -> None:
        if call[0] == "send" and call[1][0][1] == ord("u"):
            windows.front = BROWSER

    windows.before_call = switch_away
    with pytest.raises(InjectionError, match="Foreground"):
        await type_into_front(
            windows, "/run x", typist(windows, BridgeSettings(injection="send_input"))
        )

    last_sent = [call for call in windows.calls if call[0] == "send"][-1]
    assert last_sent[1][0][1] == ord("u")
    assert windows.calls[-2:] == [ESCAPE_DOWN, ESCAPE_UP], "messages need no focus"


async def test_a_box_that_could_not_be_closed_is_closed_before_the_next_line() -> None:
    windows = FakeWindows()
    typing = typist(windows, BridgeSettings(injection="send_input"))

    def switch_away(call: Call) -> None:
        if call[0] == "send" and call[1][0][1] == ord("u"):
            windows.front, windows.refuse = BROWSER, {"post"}

    windows.before_call = switch_away
    with pytest.raises(InjectionError):
        await type_into_front(windows, "/run x", typing)
    windows.front, windows.before_call = GAME, lambda call: None
    windows.calls.clear()
    await type_into_front(windows, "/r", typing)

    sent = [call[1][0][0] for call in windows.calls if call[0] == "send"]
    assert sent[:4] == [0x1B, 0x1B, 0x0D, 0x0D]
    assert sent.count(0x1B) == 2


async def test_a_cancelled_line_is_withdrawn_with_no_key_left_down() -> None:
    windows = FakeWindows()
    typing = typist(windows)

    def cancel(call: Call) -> None:
        if call == ENTER_DOWN:
            task.cancel()

    async def real_sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    typing = Typist(windows.screen(), BridgeSettings(), sleep=real_sleep)
    windows.before_call = cancel
    task = asyncio.create_task(type_into_front(windows, "/r", typing))
    with pytest.raises(asyncio.CancelledError):
        await task

    assert windows.calls == [("focus", GAME), ENTER_DOWN, ENTER_UP, ESCAPE_DOWN, ESCAPE_UP]


async def test_nothing_is_typed_without_the_game_in_front() -> None:
    windows = FakeWindows()
    typing = typist(windows)
    window = await typing.foreground()
    assert window is not None
    windows.front = BROWSER

    with pytest.raises(InjectionError, match=r"Foreground WoW window not found\. Focus WoW"):
        await typing.type_line(window, "/r")

    assert windows.calls == []
    assert await typing.foreground() is None


async def test_a_minimised_window_is_restored_and_a_maximised_one_left_alone() -> None:
    windows = FakeWindows()
    await type_into_front(windows, "/r")
    assert not [call for call in windows.calls if call[0] == "show"]

    windows.windows[GAME].minimised = True
    await type_into_front(windows, "/r")
    assert ("show", GAME, 9) in windows.calls


async def test_windows_of_the_game_are_known_by_process_or_class() -> None:
    windows = FakeWindows()
    windows.windows |= {
        3: FakeWindow(5000, r"D:\Realm\wow.EXE", "GxWindowClassOpenGl", "World of Warcraft"),
        4: FakeWindow(5001, r"D:\Realm\Play.exe", "GxWindowClassD3d", "My realm"),
        5: FakeWindow(5002, r"D:\Games\WoWnot.exe"),
        6: FakeWindow(5003, r"D:\Games\WoW.exe", visible=False),
    }

    found = await typist(windows).windows()

    assert [(window.pid, window.process) for window in found] == [
        (4711, "WoW"),
        (5000, "wow"),
        (5001, "Play"),
    ]


async def test_what_we_type_ourselves_does_not_count_as_the_operator() -> None:
    windows = FakeWindows(ticks=600_000, last_input=590_000)
    typing = typist(windows, BridgeSettings(injection="send_input"))
    assert await typing.idle_seconds() == 10

    await type_into_front(windows, "/run x", typing)
    assert await typing.idle_seconds() > 10

    windows.ticks += 5_000
    windows.last_input = windows.ticks
    windows.ticks += 1_500
    assert await typing.idle_seconds() == 1.5


async def test_the_idle_time_survives_the_wrap_of_the_short_counter() -> None:
    windows = FakeWindows(ticks=2**32 + 1_000, last_input=2**32 - 2_000)

    assert await typist(windows).idle_seconds() == 3


def test_the_structures_have_the_size_that_windows_expects() -> None:
    pointer = ctypes.sizeof(ctypes.c_void_p)
    assert ctypes.sizeof(Input) == (40 if pointer == 8 else 28)


def test_elsewhere_windows_is_said_to_be_missing() -> None:
    with pytest.raises(OSError, match="not Windows"):
        WindowsApi.load()
