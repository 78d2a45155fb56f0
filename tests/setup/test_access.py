"""Who may use the set-up page: the broadcaster, or whoever sits at this machine with the code."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from goldomatic.app import build_app, build_service
from goldomatic.setup.desk import COOKIE, Desk, is_this_machine
from goldomatic.setup.steps import Place
from goldomatic.simulation.serving import serve_asgi
from support.accounts import sign_in_directly
from support.service import ANNA, OWNER, settings
from support.twitch import until

FORMS = ("application", "way", "connect", "restart")


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    made = Place(tmp_path / "goldomatic.toml", {"GOLDOMATIC_ENVIRONMENT": "development"})
    made.write(SECRET_KEY="k" * 40)
    return made


class Page:
    """A running service with a set-up page, and a browser without any cookie."""

    def __init__(self, url: str, desk: Desk, http: httpx2.AsyncClient) -> None:
        self.url, self.desk, self.http = url, desk, http
        self.restarts = 0
        desk.restart = self._restart

    def _restart(self) -> None:
        self.restarts += 1

    @property
    def code(self) -> str:
        return self.desk.address("").partition("code=")[2]

    async def get(self, path: str = "/setup", **headers: str) -> httpx2.Response:
        return await self.http.get(self.url + path, headers=headers)

    async def post(self, form: str, **headers: str) -> httpx2.Response:
        given = {"Origin": self.url} | headers
        return await self.http.post(f"{self.url}/setup/{form}", headers=given, data={"role": "bot"})


@pytest.fixture
async def page(tmp_path: Path, place: Place) -> AsyncIterator[Page]:
    service = build_service(settings(tmp_path))
    desk = Desk(place)
    async with (
        serve_asgi(build_app(service, jobs=(), desk=desk), lifespan="on") as url,
        httpx2.AsyncClient(trust_env=False, verify=False) as http,
    ):
        yield Page(url, desk, http)


async def test_nobody_gets_in_without_a_code(page: Page) -> None:
    answer = await page.get()
    assert answer.status_code == 403
    assert "terminal" in answer.text
    assert [(await page.post(form)).status_code for form in FORMS] == [403] * 4
    assert (await page.get("/setup?code=wrong")).status_code == 303
    assert (await page.get()).status_code == 403
    assert page.restarts == 0


async def test_the_code_lets_one_browser_in_once(page: Page) -> None:
    address = f"/setup?code={page.code}"
    answer = await page.get(address)
    assert (answer.status_code, answer.headers["location"]) == (303, "/setup")
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/setup"))
    assert (await page.get()).status_code == 200
    assert (await page.post("restart")).status_code == 200
    await until(lambda: page.restarts == 1)
    page.http.cookies.clear()
    await page.get(address)
    assert (await page.get()).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "gold.example.org"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
    ],
    ids=lambda headers: next(iter(headers)),
)
async def test_what_comes_through_a_proxy_is_not_of_this_machine(
    page: Page, headers: dict[str, str]
) -> None:
    address = f"/setup?code={page.code}"
    assert (await page.get(address, **headers)).status_code == 303
    assert COOKIE not in page.http.cookies
    await page.get(address)
    assert (await page.get()).status_code == 200
    assert (await page.get(**headers)).status_code == 403
    assert (await page.post("restart", **headers)).status_code in (401, 403)
    assert page.restarts == 0


async def test_another_sites_form_is_refused(page: Page) -> None:
    await page.get(f"/setup?code={page.code}")
    foreign = {"Origin": "https://evil.example.org", "Sec-Fetch-Site": "cross-site"}
    assert (await page.post("restart", **foreign)).status_code == 403
    assert page.restarts == 0


@pytest.mark.parametrize(("user", "status"), [(OWNER, 200), (ANNA, 403)])
async def test_the_broadcaster_gets_in_by_signing_in(
    tmp_path: Path, place: Place, user: object, status: int
) -> None:
    service = build_service(settings(tmp_path))
    app = build_app(service, jobs=(), desk=Desk(place))
    async with serve_asgi(app, lifespan="on") as url, httpx2.AsyncClient(verify=False) as http:
        cookies, _ = await sign_in_directly(service, user)  # type: ignore[arg-type]
        pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
        proxied = {"Cookie": pairs, "X-Forwarded-For": "203.0.113.7"}
        answer = await http.get(f"{url}/setup", headers=proxied)
        assert answer.status_code == status
        foreign = proxied | {"Origin": "https://evil.example.org", "Sec-Fetch-Site": "cross-site"}
        assert (await http.post(f"{url}/setup/restart", headers=foreign)).status_code == 403


async def test_a_service_without_a_place_for_settings_has_no_set_up(tmp_path: Path) -> None:
    app = build_app(build_service(settings(tmp_path)), jobs=())
    async with serve_asgi(app, lifespan="on") as url, httpx2.AsyncClient(verify=False) as http:
        assert (await http.get(f"{url}/setup")).status_code == 404


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_this_machine_is_known_by_its_own_names(host: str) -> None:
    assert is_this_machine("127.0.0.1", host, forwarded=False)


@pytest.mark.parametrize(
    ("client", "host"),
    [
        ("192.168.1.5", "127.0.0.1"),
        ("127.0.0.1", "gold.example.org"),
        ("127.0.0.1", "127.0.0.1.evil.example.org"),
        ("127.0.0.1", ""),
        (None, "127.0.0.1"),
    ],
)
def test_others_are_not(client: str | None, host: str) -> None:
    assert not is_this_machine(client, host, forwarded=False)


async def test_a_file_that_somebody_has_broken_is_said(page: Page, place: Place) -> None:
    await page.get(f"/setup?code={page.code}")
    place.path.write_text("port = 'many'\n")
    answer = await page.get()
    assert answer.status_code == 503
