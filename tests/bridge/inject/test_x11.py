"""Typing into a real window on a real X server."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from Xlib.display import Display

from goldomatic.bridge.inject import InjectionError
from goldomatic.bridge.inject.typist import Typist
from goldomatic.bridge.inject.x11 import X11Screen
from goldomatic.bridge.inject.xkb import Xkb
from goldomatic.bridge.settings import BridgeSettings
from support.waiting import until
from support.xserver import ESCAPE, RETURN, RecordingWindow, set_layout, x_server

# Норинн, as the bridge writes names: the letters of every layout are out of the game's reach.
LINE = (
    '/run NotifyWinnerWhisper("2b9f1c9e-54c1-4b8e-9f0a-3d2f6f0c7a11",'
    '"\\208\\157\\208\\190\\209\\128\\208\\184\\208\\189\\208\\189")'
)


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with x_server() as name:
        yield name


@pytest.fixture
def game(display: str) -> Iterator[RecordingWindow]:
    set_layout(display, "us")
    window = RecordingWindow(display)
    window.focus()
    yield window
    window.close()


@pytest.fixture
def injector(display: str, game: RecordingWindow) -> Iterator[Typist]:
    screen = X11Screen.open(display)
    yield Typist(screen, BridgeSettings(character_ms=0), sleep=short)
    screen.close()


async def short(seconds: float) -> None:
    """Pauses are for the game's frames; the recording window needs none."""
    await asyncio.sleep(seconds / 50)


async def type_line(injector: Typist, line: str) -> None:
    window = await injector.foreground()
    assert window is not None
    await injector.type_line(window, line)


async def test_a_line_with_a_cyrillic_name_arrives_key_by_key(
    injector: Typist, game: RecordingWindow
) -> None:
    await type_line(injector, LINE)

    game.has_typed(RETURN + LINE + RETURN)


async def test_every_printable_character_arrives(injector: Typist, game: RecordingWindow) -> None:
    line = "/" + "".join(chr(code) for code in range(32, 127) if chr(code) != "|")

    await type_line(injector, line)

    game.has_typed(RETURN + line + RETURN)


@pytest.mark.parametrize("layout", ["us,ru", "ru,us", "ru", "de", "fr"])
async def test_the_operators_layout_is_borrowed_and_given_back(
    injector: Typist, game: RecordingWindow, display: str, layout: str
) -> None:
    set_layout(display, layout)
    watching = Display(display)
    xkb = Xkb(watching)
    xkb.lock(1 if layout == "us,ru" else 0, modifiers=0)
    before, keymap = xkb.state(), watching.get_keyboard_mapping(8, 248)

    await type_line(injector, LINE)

    game.has_typed(RETURN + LINE + RETURN)
    assert xkb.state() == before
    assert watching.get_keyboard_mapping(8, 248) == keymap
    watching.close()


async def test_caps_lock_does_not_turn_the_letters_round(
    injector: Typist, game: RecordingWindow, display: str
) -> None:
    watching = Display(display)
    xkb = Xkb(watching)
    xkb.lock(0, modifiers=0x02)
    xkb.state()

    await type_line(injector, "/run Abc")

    game.has_typed(f"{RETURN}/run Abc{RETURN}")
    assert xkb.state().locked == 0x02
    xkb.lock(0, modifiers=0)
    xkb.state()
    watching.close()


async def test_the_game_is_known_by_its_class_or_wines(
    injector: Typist, game: RecordingWindow, display: str
) -> None:
    others = [
        RecordingWindow(display, ("WoW.exe", "Wine"), "World of Warcraft"),
        RecordingWindow(display, ("steam_app_0", "steam_app_0"), "World of Warcraft"),
        RecordingWindow(display, ("Navigator", "firefox"), "World of Warcraft"),
        RecordingWindow(display, ("explorer.exe", "Wine"), "Desktop"),
    ]

    found = {window.handle for window in await injector.windows()}

    assert found == {game.handle, others[0].handle, others[1].handle}
    for window in others:
        window.close()


async def test_without_the_game_in_front_nothing_is_typed(
    injector: Typist, game: RecordingWindow, display: str
) -> None:
    window = await injector.foreground()
    assert window is not None
    other = RecordingWindow(display, ("xterm", "XTerm"), "shell")
    other.focus()
    until(lambda: not injector._screen.has_focus(window), "the other window has the keyboard")

    with pytest.raises(InjectionError, match="Foreground WoW window not found") as caught:
        await injector.type_line(window, "/run x")

    assert caught.value.code == "window_lost"
    assert await injector.foreground() is None
    assert (game.text, other.text) == ("", "")
    other.close()


async def test_when_the_front_changes_mid_line_typing_stops_and_is_tidied_up_later(
    game: RecordingWindow, display: str
) -> None:
    other = RecordingWindow(display, ("xterm", "XTerm"), "shell")

    async def switch_away(seconds: float) -> None:
        await asyncio.sleep(0.02)
        if "/ru" in game.text and not other.had_focus:
            other.focus()
            until(lambda: not screen.has_focus(window), "the other window has the keyboard")

    screen = X11Screen.open(display)
    injector = Typist(screen, BridgeSettings(), sleep=switch_away)
    window = await injector.foreground()
    assert window is not None
    with pytest.raises(InjectionError) as caught:
        await injector.type_line(window, "/run x")

    assert caught.value.begun
    assert other.text == "", "not a key went to the other program"
    typed = game.text
    assert typed.startswith(f"{RETURN}/ru")
    assert RETURN not in typed[len(RETURN) :], "the line was not sent"

    game.focus()
    until(lambda: screen.has_focus(window), "the game has the keyboard again")
    await injector.type_line(window, "/run y")
    game.has_typed(f"{typed}{ESCAPE}{RETURN}/run y{RETURN}")
    other.close()
    screen.close()


async def test_the_game_gets_the_keyboard_back_when_asked(
    injector: Typist, game: RecordingWindow, display: str
) -> None:
    window = await injector.foreground()
    assert window is not None
    other = RecordingWindow(display, ("goldomatic", "goldomatic"), "ours")
    other.focus()
    until(lambda: not injector._screen.has_focus(window), "the other window has the keyboard")

    await injector.bring_to_front(window)

    assert await injector.foreground() == window
    other.close()


async def test_our_own_keys_are_not_taken_for_the_operators(injector: Typist, display: str) -> None:
    before = await injector.idle_seconds()

    await type_line(injector, "/run x")

    assert await injector.idle_seconds() >= before
    person = Display(display)
    person.xtest_fake_input(6, 0, x=5, y=5)
    person.sync()
    await asyncio.sleep(0.15)
    moved_at = time.monotonic()
    person.xtest_fake_input(6, 0, x=9, y=9)
    person.sync()
    idle = await injector.idle_seconds()
    assert idle <= time.monotonic() - moved_at + 0.01, "counted from the second movement"
    person.close()


async def test_a_display_that_is_gone_is_said_in_one_way(display: str) -> None:
    with pytest.raises(OSError, match="X11"):
        X11Screen.open(":7999")
    screen = X11Screen.open(display)
    screen.close()
    with pytest.raises(InjectionError) as caught:
        await Typist(screen, BridgeSettings()).foreground()
    assert caught.value.code == "unavailable"
