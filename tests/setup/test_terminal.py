"""The set-up in a terminal, from an empty directory to a service that hears the chat."""

import tomllib
from pathlib import Path

from goldomatic.simulation.eventsub_messages import ChatLine
from support.service import ANNA, BORIS, OWNER
from support.setup import newcomer
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
        assert "Events come by websocket." in told
        assert "see who cheers, for the raffle" in told
        assert "channel:bot" not in told
        new.confirm(told, OWNER)
        await new.until(setup, lambda text: "another account" in text)
        await new.enter(setup, "y")
        told = await new.until(setup, lambda text: "enter the code" in text)
        new.confirm(told, ANNA)
        told = await new.until(setup, lambda text: "goldomatic serve" in text)
        assert await setup.wait() == 0
        assert told.count(" works") >= 11
        assert "code: chat_not_heard" in told
        file = tmp_path / "goldomatic.toml"
        kept = tomllib.loads(file.read_text())
        assert file.stat().st_mode & 0o777 == 0o600
        assert (kept["twitch_broadcaster_id"], kept["twitch_bot_id"]) == (OWNER.id, ANNA.id)
        secrets = [kept["secret_key"], kept["api_key"], APP.secret, *new.twitch.tokens._access]
        assert not [each for each in secrets if each in new.told]

        service = await new.start("serve")
        await until(lambda: len(new.twitch.sessions.enabled()) == 7, 20)
        await new.twitch.say(ChatLine(chatter=BORIS, text="!twgold Norinn"))
        look = await new.start("twitch", "diagnose")
        told = await new.until(look, lambda text: False)
        assert await look.wait() == 0, told
        service.terminate()
        assert await service.wait() == 0


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
        await new.until(setup, lambda text: "goldomatic serve" in text)
        assert await setup.wait() == 2
