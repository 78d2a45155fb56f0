"""What goes wrong in the middle of the set-up is said by its own name, and costs no typing."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from goldomatic.app import build_app, build_service
from goldomatic.checks.findings import Problem
from goldomatic.setup.desk import Desk
from goldomatic.setup.steps import Place
from goldomatic.simulation.faults import Fault
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.twitch import FakeTwitch
from support.service import ANNA, OWNER, settings
from support.sign_in import APP
from support.twitch import until

ENTERED = {"client_id": APP.id, "client_secret": APP.secret}


@dataclass
class Newcomer:
    """The set-up page of a running service, and the Twitch that it asks."""

    desk: Desk
    twitch: FakeTwitch
    http: httpx2.AsyncClient
    url: str

    async def post(self, form: str, **fields: str) -> httpx2.Response:
        """Send a form, and follow to the page that it leads to."""
        headers = {"Origin": self.url}
        answer = await self.http.post(f"{self.url}/setup/{form}", headers=headers, data=fields)
        assert answer.status_code == 303
        return await self.http.get(httpx2.URL(self.url).join(answer.headers["location"]))


@asynccontextmanager
async def begun(tmp_path: Path) -> AsyncIterator[Newcomer]:
    twitch = FakeTwitch(OWNER, [ANNA], clients=[APP], rng=random.Random(5))
    twitch.device_interval = 1
    async with serve_asgi(twitch) as twitch_url:
        env = {
            "GOLDOMATIC_ENVIRONMENT": "development",
            "GOLDOMATIC_TWITCH_AUTH_URL": f"{twitch_url}/oauth2",
            "GOLDOMATIC_TWITCH_API_URL": f"{twitch_url}/helix",
        }
        place = Place(tmp_path / "goldomatic.toml", env)
        place.write(SECRET_KEY="k" * 40)
        desk = Desk(place)
        service = build_service(settings(tmp_path))
        async with (
            serve_asgi(build_app(service, jobs=(), desk=desk), lifespan="on") as url,
            httpx2.AsyncClient(trust_env=False, verify=False) as http,
        ):
            await http.get(desk.address(url))
            yield Newcomer(desk, twitch, http, url)
    await twitch.aclose()


def said(problem: Problem, page: httpx2.Response) -> bool:
    """Whether the page was led to by this problem, and shows one."""
    return f"problem={problem}" in str(page.url) and 'role="alert"' in page.text


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({"status": 503}, Problem.TWITCH_IN_TROUBLE),
        ({"status": 429}, Problem.TWITCH_IN_TROUBLE),
        ({"close": True}, Problem.TWITCH_UNREACHABLE),
        ({"status": 403, "message": "invalid client secret"}, Problem.APPLICATION_REFUSED),
    ],
)
async def test_an_application_that_cannot_be_checked_is_not_kept_but_stays_typed(
    tmp_path: Path, fault: dict[str, object], problem: Problem
) -> None:
    async with begun(tmp_path) as new:
        new.twitch.faults.add(Fault(route="oauth2/token", **fault))  # type: ignore[arg-type]
        page = await new.post("application", **ENTERED)
        assert said(problem, page)
        assert f'value="{APP.id}"' in page.text
        assert APP.secret not in page.text + str(page.url)
        assert new.desk.place.settings().twitch_client_id is None
        page = await new.post("application", **ENTERED)
        assert 'role="alert"' not in page.text
        assert new.desk.place.settings().twitch_client_id == APP.id


async def test_an_address_that_does_not_answer_stays_typed(tmp_path: Path) -> None:
    async with begun(tmp_path) as new:
        page = await new.post("way", way="webhook", public_url="https://192.168.1.2")
        assert said(Problem.ADDRESS_NOT_REACHED, page)
        assert 'value="https://192.168.1.2"' in page.text
        assert 'value="webhook" checked' in page.text
        assert not new.desk.place.settings().public_url.startswith("https")


@pytest.mark.parametrize(
    ("fault", "problem"),
    [({"status": 500}, Problem.TWITCH_IN_TROUBLE), ({"close": True}, Problem.TWITCH_UNREACHABLE)],
)
async def test_without_twitch_no_code_is_shown_and_the_next_try_shows_one(
    tmp_path: Path, fault: dict[str, object], problem: Problem
) -> None:
    async with begun(tmp_path) as new:
        await new.post("application", **ENTERED)
        new.twitch.faults.add(Fault(route="oauth2/device", **fault))  # type: ignore[arg-type]
        assert said(problem, await new.post("connect", role="broadcaster"))
        page = await new.post("connect", role="broadcaster")
        assert new.desk.waiting["broadcaster"].code.user_code in page.text
        # Somebody who has closed the browser comes back: the code waits still.
        again = await new.http.get(f"{new.url}/setup")
        assert new.desk.waiting["broadcaster"].code.user_code in again.text


@pytest.mark.parametrize(
    ("role", "problem"),
    [
        ("broadcaster", Problem.BROADCASTER_NOT_CONNECTED),
        ("bot", Problem.BOT_NOT_CONNECTED),
    ],
)
async def test_a_code_that_twitch_no_longer_knows_is_said_of_its_account(
    tmp_path: Path, role: str, problem: Problem
) -> None:
    async with begun(tmp_path) as new:
        await new.post("application", **ENTERED)
        new.desk.place.write(TWITCH_BROADCASTER_ID=OWNER.id)
        await new.post("connect", role=role)
        new.twitch.devices._waiting.clear()
        await until(lambda: list(new.desk.problems.values()) == [problem])
        page = await new.http.get(f"{new.url}/setup")
        assert 'role="alert"' in page.text
        # What went wrong before a new start says nothing about the time after it.
        await new.desk.aclose()
        assert 'role="alert"' not in (await new.http.get(f"{new.url}/setup")).text
