"""`goldomatic overlay link` from the command line, beside a running service and without one."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner, Result

from goldomatic.cli import main
from support.answers import code
from support.process import ServeProcess
from support.service import CHANNEL, running

SECRET = "a secret of at least thirty-two characters"


def link(*options: str, folder: Path, **environment: str) -> Result:
    settings = {
        "GOLDOMATIC_DATABASE_URL": f"sqlite:///{folder}/goldomatic.db",
        "GOLDOMATIC_ENVIRONMENT": "development",
        "GOLDOMATIC_TWITCH_BROADCASTER_ID": CHANNEL,
        "GOLDOMATIC_SECRET_KEY": SECRET,
        "GOLDOMATIC_PUBLIC_URL": "https://gold.example.org",
        **environment,
    }
    given: dict[str, Any] = {name: value or None for name, value in settings.items()}
    config = str(folder / "goldomatic.toml")
    return CliRunner().invoke(main, ["overlay", "link", "--config", config, *options], env=given)


async def used(folder: Path) -> None:
    """A ledger in which something has happened."""
    async with running(folder) as stage:
        await stage.tick(0)


def test_the_link_is_printed_alone_and_the_same_each_time(tmp_path: Path) -> None:
    asyncio.run(used(tmp_path))
    first = link(folder=tmp_path)
    assert first.exit_code == 0, first.output
    assert first.stdout.startswith(f"https://gold.example.org/overlay?link={CHANNEL}.1.")
    assert first.stdout.count("\n") == 1
    assert link(folder=tmp_path).stdout == first.stdout
    assert SECRET not in first.output


def test_a_renewed_link_is_another_one_and_stays(tmp_path: Path) -> None:
    asyncio.run(used(tmp_path))
    first = link(folder=tmp_path).stdout
    renewed = link("--renew", folder=tmp_path).stdout
    assert renewed.startswith(f"https://gold.example.org/overlay?link={CHANNEL}.2.")
    assert renewed != first
    assert link(folder=tmp_path).stdout == renewed


def test_a_secret_that_is_made_up_signs_nothing(tmp_path: Path) -> None:
    asyncio.run(used(tmp_path))
    answer = link(folder=tmp_path, GOLDOMATIC_SECRET_KEY="")
    assert answer.exit_code == 2
    assert "GOLDOMATIC_SECRET_KEY is not set" in answer.output
    assert "/overlay?link=" not in answer.output


def test_in_production_a_missing_or_weak_secret_stops_it(tmp_path: Path) -> None:
    for secret in ("", "short"):
        environment = {"GOLDOMATIC_SECRET_KEY": secret, "GOLDOMATIC_ENVIRONMENT": "production"}
        answer = link(folder=tmp_path, **environment)
        assert answer.exit_code == 2
        assert "GOLDOMATIC_SECRET_KEY" in answer.output
        assert "/overlay?link=" not in answer.output


@pytest.mark.parametrize("option", [(), ("--renew",)])
def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, option: tuple[str, ...]) -> None:
    answer = link(*option, folder=tmp_path)
    assert answer.exit_code == 3
    assert "there is no database file" in answer.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_running_service_takes_the_new_link_and_drops_the_old(tmp_path: Path) -> None:
    service = ServeProcess(tmp_path, SECRET_KEY=SECRET)
    service.start()
    try:
        environment = {"GOLDOMATIC_PUBLIC_URL": service.url}
        old = link(folder=tmp_path, **environment).stdout.strip()
        with httpx2.Client(trust_env=False, verify=False) as http:
            scene = old.replace("/overlay?", "/api/overlay/scene?")
            assert http.get(scene).status_code == 200
            with http.stream("GET", old.replace("/overlay?", "/api/overlay/live?")) as feed:
                assert feed.status_code == 200
                new = link("--renew", folder=tmp_path, **environment).stdout.strip()
                for _ in feed.iter_raw():  # ends by itself
                    pass
            assert code(http.get(scene)) == (403, "forbidden_link")
            assert http.get(new.replace("/overlay?", "/api/overlay/scene?")).status_code == 200
    finally:
        service.stop()
