"""The set-up in a terminal, from an empty directory to a service that hears the chat."""

import asyncio
import tomllib
from asyncio.subprocess import Process
from collections.abc import Iterator
from pathlib import Path

import click
import httpx2
import pytest
from click.testing import CliRunner

from goldomatic.setup import steps, terminal
from goldomatic.setup.steps import Place
from goldomatic.simulation.eventsub_messages import ChatLine
from goldomatic.simulation.faults import Fault
from support.service import ANNA, BORIS, OWNER
from support.setup import Newcomer, newcomer
from support.sign_in import APP
from support.twitch import until


async def test_from_nothing_to_a_service_that_hears_the_chat(tmp_path: Path) -> None:
    async with newcomer(tmp_path) as new:
        setup = await new.start("twitch", "setup")
        await new.until(setup, lambda text: "Client id" in text)
        # A wrong secret is said and asked for again.
        await new.enter(setup, APP.id, "a-wrong-secret")
        told = await new.until(setup, lambda text: text.count("Client id") > 0)
        assert "Twitch refuses the client id or the client secret." in told
        await new.enter(setup, APP.id, APP.secret, "")
        told = await new.until(setup, lambda text: "enter the code" in text)
        # What Twitch's console takes without HTTPS is this name alone.
        assert f"http://localhost:{new.port}/api/auth/callback/twitch" in new.told
        assert "Events come by websocket." in told
        assert "see who cheers, for the raffle" in told
        assert "channel:bot" not in told
        new.confirm(told, OWNER)
        await new.until(setup, lambda text: "another account" in text)
        await new.enter(setup, "y")
        told = await new.until(setup, lambda text: "enter the code" in text)
        new.confirm(told, ANNA)
        told = await new.until(setup, lambda text: "Settings are in" in text)
        assert await setup.wait() == 0
        assert told.count(" works") >= 11
        assert "code: chat_not_heard" in told
        file = tmp_path / "goldomatic.toml"
        kept = tomllib.loads(file.read_text())
        assert file.stat().st_mode & 0o777 == 0o600
        assert (kept["twitch_broadcaster_id"], kept["twitch_bot_id"]) == (OWNER.id, ANNA.id)
        await enter_keeps_everything(new)
        service = await new.start("serve")
        await until(lambda: len(new.twitch.sessions.enabled()) == 7, 20)
        await new.twitch.say(ChatLine(chatter=BORIS, text="!twgold Norinn"))
        look = await new.start("twitch", "diagnose")
        told = await new.until(look, lambda text: False)
        assert await look.wait() == 0, told
        tokens = {*new.twitch.tokens._access, *new.twitch.tokens._renewals}
        shown = await everything_shown(new, service)
        look = await new.start("twitch", "diagnose")
        told = await new.until(look, lambda text: False)
        assert (await look.wait(), "code: application_refused" in told) == (2, True)
        service.terminate()
        await new.until(service, lambda text: False)
        assert await service.wait() == 0
        named = [kept[name] for name in ("secret_key", "api_key", "twitch_eventsub_secret")]
        tokens |= {*new.twitch.tokens._access, *new.twitch.tokens._renewals}
        secrets = [*named, APP.secret, *tokens]
        assert len(tokens) >= 5
        found = [each for each in secrets if each in shown + new.told]
        assert found == []


async def enter_keeps_everything(new: Newcomer) -> None:
    """Once more, as somebody does who only wants to look."""
    file = new.directory / "goldomatic.toml"
    before = file.read_bytes()
    again = await new.start("twitch", "setup")
    await new.enter(again, *[""] * 5)
    told = await new.until(again, lambda text: "Settings are in" in text)
    assert await again.wait() == 0
    assert "enter the code" not in told
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("entered", "meant"), [("", "https://gold.example.org"), ("-", ""), ("https://b.org", None)]
)
def test_a_public_address_stays_unless_it_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entered: str, meant: str | None
) -> None:
    place = Place(tmp_path / "goldomatic.toml", {"GOLDOMATIC_ENVIRONMENT": "development"})
    place.write(
        PUBLIC_URL="https://gold.example.org", TWITCH_EVENTSUB_TRANSPORT="webhook",
        TWITCH_CLIENT_ID="id", TWITCH_CLIENT_SECRET="a client secret",
        TWITCH_EVENTSUB_SECRET="an eventsub secret", TWITCH_BROADCASTER_ID="1",
    )  # fmt: skip
    given: list[str] = []

    async def use(_: Place, address: str) -> str:
        given.append(address)
        return "webhook"

    monkeypatch.setattr(steps, "use_address", use)
    asked = click.command()(lambda: asyncio.run(terminal._address(place)))
    told = CliRunner().invoke(asked, input=f"{entered}\n").output
    assert "Enter keeps https://gold.example.org" in told
    assert given == [entered if meant is None else meant]


PATHS = (
    "/", "/roulette", "/setup", "/setup?code=wrong", "/schema", "/metrics", "/api/health",
    "/api/live", "/nowhere", "/api/auth/callback/twitch?code=x",
)  # fmt: skip


async def everything_shown(new: Newcomer, service: Process) -> str:
    """Pages, answers to what is wrong, file names and contents but the settings, process titles."""
    shown = []
    async with httpx2.AsyncClient(base_url=new.url, trust_env=False, verify=False) as http:
        for path in PATHS:
            async with http.stream("GET", path, headers={"accept": "text/html"}) as answer:
                piece = await anext(answer.aiter_bytes(), b"")
                shown.append(f"{answer.headers} {piece.decode()}")
        new.twitch.tokens.expire_all()
        for route in ("oauth2/token", "oauth2/validate", "subscriptions"):
            new.twitch.faults.add(Fault(route=route, status=400, message="what you sent is wrong"))
        wrong = ("/api/twitch/eventsub", "/api/payouts/claim", "/setup/application")
        shown += [(await http.post(path, content=b"{")).text for path in wrong]
    return "\n".join([*shown, *on_disk(new.directory), title_of(service.pid)])


def on_disk(directory: Path) -> Iterator[str]:
    """What a backup holds and lists, but for the one file that is for secrets."""
    for file in directory.rglob("*"):
        yield str(file)
        if file.is_file() and file.name != "goldomatic.toml":
            yield file.read_bytes().decode("latin-1")


def title_of(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_bytes().decode()


async def test_another_broadcaster_than_before_is_refused(tmp_path: Path) -> None:
    async with newcomer(tmp_path) as new:
        (tmp_path / "goldomatic.toml").write_text(
            f'twitch_client_id = "{APP.id}"\ntwitch_client_secret = "{APP.secret}"\n'
            f'twitch_broadcaster_id = "{OWNER.id}"\n'
        )
        setup = await new.start("twitch", "setup")
        await new.until(setup, lambda text: "Client id" in text)
        await new.enter(setup, "", "", "")
        new.confirm(await new.until(setup, lambda text: "enter the code" in text), BORIS)
        told = await new.until(setup, lambda text: "Try again?" in text)
        assert "another account than the broadcaster" in told
        await new.enter(setup, "n", "n")
        await new.until(setup, lambda text: "Settings are in" in text)
        assert await setup.wait() == 2
