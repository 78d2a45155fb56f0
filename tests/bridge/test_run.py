"""The running bridge: loops, latency, a process that is killed, and the command."""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keyring
import pytest
from click.testing import CliRunner, Result
from keyring.backends.fail import Keyring

from goldomatic.bridge.bridge import Bridge
from goldomatic.bridge.inject.recording import RecordingInjector
from goldomatic.bridge.settings import BridgeSettings
from goldomatic.bridge.timing import ScaledTime, SystemTime, Timing
from goldomatic.cli import main
from goldomatic.setting_texts import Secret
from goldomatic.values import utc_now
from support.bridge_game import Game, status, winners
from support.clock import FakeClock
from support.gate import gate
from support.ports import free_port
from support.process import ServeProcess
from support.service import API_KEY, Stage, running

QUICK = Timing(tail=0.02, window=0.05, candidate=0.1, typing=0.01, ack=0.1, hello=1, answer=2)


async def until(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait for a condition of the running bridge."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.01)


async def test_a_story_runs_by_itself(tmp_path: Path) -> None:
    clock = FakeClock(utc_now())
    async with running(tmp_path, clock, e2e_harness=True) as stage, gate(stage.url) as way:
        game = Game(tmp_path / "game")
        game.consents = game.mails = True
        settings = BridgeSettings(service_url=way.url, game_folder=str(game.folder), auto_sync=True)
        bridge = Bridge(
            settings,
            Secret(API_KEY),
            game.injector,
            tmp_path / "bridge",
            time=SystemTime(),
            timing=QUICK,
        )
        pictures = []
        bridge.subscribe(pictures.append)
        task = asyncio.create_task(bridge.run())
        await until(lambda: bridge.view.api == "online" and game.nonce)
        ids = await winners(stage, 3)
        await bridge.refresh()
        await until(lambda: set(game.mailed) == set(ids))
        await until(lambda: len(way.to("/status", "PATCH")) == 6)
        await until(lambda: bridge.view.rows == ())
        assert [await status(stage, each) for each in ids] == ["Sent"] * 3
        await until(lambda: game.seq in game.acknowledged)
        bridge.stop()
        await asyncio.wait_for(task, 30)
        assert pictures
        assert not any(API_KEY in str(each) for each in bridge.events.entries)


async def test_settings_take_effect_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as stage, gate(stage.url) as way:
        game = Game(tmp_path / "game")
        bridge = Bridge(
            BridgeSettings(poll_seconds=600),
            Secret(API_KEY),
            game.injector,
            tmp_path / "bridge",
            time=ScaledTime(20),
            timing=QUICK,
        )
        task = asyncio.create_task(bridge.run())
        await until(lambda: bridge.view.api == "degraded")
        await bridge.apply(
            BridgeSettings(service_url=way.url, poll_seconds=1, game_folder=str(game.folder)),
            Secret(API_KEY),
        )
        await until(lambda: len(way.to("/api/payouts")) >= 3)
        assert bridge.view.log.path == str(game.log)
        bridge.stop()
        await asyncio.wait_for(task, 30)


async def test_a_bridge_that_is_cancelled_gives_its_memory_back(tmp_path: Path) -> None:
    async def begun() -> Bridge:
        settings = BridgeSettings(service_url=f"http://127.0.0.1:{free_port()}")
        return Bridge(settings, Secret(API_KEY), RecordingInjector(), tmp_path)

    for _ in range(2):
        bridge = await begun()
        task = asyncio.create_task(bridge.run())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_line_becomes_a_request_within_a_quarter_of_a_second(tmp_path: Path) -> None:
    async with running(tmp_path) as stage, gate(stage.url) as way:
        log = tmp_path / "WoWChatLog.txt"
        log.touch()
        bridge = Bridge(
            BridgeSettings(service_url=way.url, chat_log=str(log), tag_match="anywhere"),
            Secret(API_KEY),
            RecordingInjector(None),
            tmp_path / "bridge",
        )
        task = asyncio.create_task(bridge.run())
        await until(lambda: way.to("/api/payouts"))
        took: list[float] = []
        # Other work may have the machine for a while; `bench/bridge.py` measures it alone.
        while len(took) < 15 and (not took or statistics.median(took[-5:]) >= 0.25):
            for _ in range(5):
                before = time.perf_counter()
                with log.open("a") as file:
                    file.write(f"[MGM_CONFIRM:{len(took):08d}-d9cb-469f-a165-70867728950e]\n")
                await until(lambda: len(way.to("/status")) > len(took))
                took.append(time.perf_counter() - before)
        bridge.stop()
        await asyncio.wait_for(task, 30)
        assert statistics.median(took[-5:]) < 0.25, took


# The command


def test_the_command_explains_itself() -> None:
    shown = CliRunner().invoke(main, ["bridge", "--help"])
    assert shown.exit_code == 0
    for word in ("--dry-run", "--save-key", "--check", "Examples:", "Exit codes:"):
        assert word in shown.output


def invoke(folder: Path, *arguments: str, key: str | None = API_KEY, **more: str) -> Result:
    environment = {name: "" for name in os.environ if name.startswith("GOLDOMATIC_")}
    environment |= more | ({"GOLDOMATIC_BRIDGE_API_KEY": key} if key else {})
    return CliRunner().invoke(
        main, ["bridge", "--folder", str(folder), *arguments], env=environment, input="the-key\n"
    )


def test_without_a_key_it_says_how_to_give_one(tmp_path: Path) -> None:
    shown = invoke(tmp_path, "--dry-run", key=None)
    assert shown.exit_code == 2
    assert "--save-key" in shown.output


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    shown = invoke(tmp_path, GOLDOMATIC_BRIDGE_TAG_MATCH="maybe")
    assert shown.exit_code == 2
    assert "GOLDOMATIC_BRIDGE_TAG_MATCH" in shown.output


# D-01, D-02
def test_the_connection_can_be_checked(tmp_path: Path) -> None:
    service = ServeProcess(tmp_path)
    service.start()
    try:
        good = invoke(tmp_path / "b", "--check", "--service", service.url)
        assert (good.exit_code, good.output) == (0, f"Connected to {service.url}.\n")
        bad = invoke(tmp_path / "b", "--check", "--service", service.url, key="wrong")
        assert bad.exit_code == 1
        assert "forbidden_apikey" in bad.output
    finally:
        service.stop()


# D-28
def test_the_key_is_kept_and_shown_nowhere(tmp_path: Path) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        shown = invoke(tmp_path, "--save-key", key=None)
    finally:
        keyring.set_keyring(before)
    assert shown.exit_code == 0
    assert shown.output == "The key is kept in a file that only you may read.\n"
    assert (tmp_path / "api-key").read_text() == "the-key"


# D-22: as a process of its own, killed while the service is down
async def test_the_process_is_killed_and_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "WoWChatLog.txt"
    log.touch()
    async with running(tmp_path, e2e_harness=True) as stage, gate(stage.url) as way:
        payout_id = await begun(stage)
        way.down = True
        with bridge_process(tmp_path, way.url, log) as first:
            await until(lambda: way.to("/api/payouts"))
            with log.open("a") as file:
                file.write(f"11/21 12:00:00.123  [MGM_CONFIRM:{payout_id}]\r\n")
            await until(lambda: way.to("/status", "PATCH"))
            first.kill()
            first.wait()
        way.down = False
        with bridge_process(tmp_path, way.url, log) as second:
            await until(lambda: [c for c in way.to("/status", "PATCH") if c.status == 200])
            second.send_signal(signal.SIGTERM)
            out = (await asyncio.to_thread(second.communicate))[0].decode()
            assert second.returncode == 0
        assert await status(stage, payout_id) == "Sent"
        assert f"[MGM_CONFIRM] PATCH Sent OK {payout_id}" in out
        assert "status  service online" in out
        kept = b"".join(file.read_bytes() for file in (tmp_path / "bridge").iterdir())
        assert API_KEY not in out
        assert API_KEY.encode() not in kept


async def begun(stage: Stage) -> str:
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    return payout_id


def bridge_process(folder: Path, url: str, log: Path) -> subprocess.Popen[bytes]:
    program = str(Path(sys.executable).with_name("goldomatic"))
    return subprocess.Popen(
        # It must not outlive a test run that is killed.
        ["/usr/bin/setpriv", "--pdeathsig", "KILL", program, "bridge", "--dry-run", "--no-sync"],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "GOLDOMATIC_BRIDGE_FOLDER": str(folder / "bridge"),
            "GOLDOMATIC_BRIDGE_API_KEY": API_KEY,
            "GOLDOMATIC_BRIDGE_SERVICE_URL": url,
            "GOLDOMATIC_BRIDGE_CHAT_LOG": str(log),
            "GOLDOMATIC_BRIDGE_TAG_MATCH": "strict",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def test_a_bridge_does_not_load_what_only_the_service_needs() -> None:
    """It would take a third more memory beside the game."""
    code = "import goldomatic.cli, sys; print({'litestar', 'PySide6', 'lupa'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
