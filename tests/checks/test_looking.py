"""The look at everything: what works, what does not, and that it may be shown to everybody."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from goldomatic.checks.findings import Finding, Problem, Row
from goldomatic.checks.looking import has_failed, look
from goldomatic.checks.table import document, lines
from goldomatic.simulation.eventsub_messages import CHAT_MESSAGE
from goldomatic.simulation.faults import Fault
from goldomatic.values import ChannelId
from goldomatic.web.i18n import LANGUAGES, texts
from support.reception import Listening, connect, listening
from support.service import ANNA, OWNER
from support.sign_in import APP
from support.twitch import until

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Listening]:
    async with listening(tmp_path) as made:
        await made.begin()
        yield made


async def problems(live: Listening) -> dict[Row, Problem]:
    found = await look(live.stage.service)
    return {finding.row: finding.problem for finding in found if finding.problem}


async def test_everything_works(live: Listening) -> None:
    found = await look(live.stage.service)
    assert [finding.row for finding in found] == list(Row)
    assert not has_failed(found), found
    assert all(finding.problem is None for finding in found)


async def test_everything_works_by_webhook(tmp_path: Path) -> None:
    async with listening(tmp_path, "webhook") as live:
        await live.begin_webhooks()
        assert await problems(live) == {}
        for one in live.twitch.webhooks.subscriptions.values():
            one.status = "webhook_callback_verification_failed"
        assert await problems(live) == {Row.CHAT: Problem.CHAT_NOT_VERIFIED}


async def test_a_wrong_clock_is_told_by_twitchs_own(live: Listening) -> None:
    service = live.stage.service
    now = live.stage.clock()
    live.twitch.clock = lambda: now  # type: ignore[method-assign, assignment]
    live.stage.clock.advance(90)
    found = {finding.row: finding for finding in await look(service)}
    assert found[Row.CLOCK].problem is Problem.CLOCK_WRONG
    assert found[Row.CLOCK].detail == "+90 s"


@pytest.mark.parametrize(
    ("fault", "row", "problem"),
    [
        ({"route": "oauth2/keys", "close": True}, Row.TWITCH, Problem.TWITCH_UNREACHABLE),
        ({"route": "oauth2/token", "status": 403}, Row.APPLICATION, Problem.APPLICATION_REFUSED),
        ({"route": "oauth2/validate", "status": 503}, Row.BROADCASTER, Problem.TWITCH_IN_TROUBLE),
        ({"route": "subscriptions", "status": 403}, Row.SUBSCRIBERS, Problem.SUBSCRIBERS_REFUSED),
        ({"route": "subscriptions", "status": 503, "times": 9}, Row.SUBSCRIBERS,
         Problem.TWITCH_IN_TROUBLE),
        ({"route": "channels/followers", "status": 401, "times": 2}, Row.FOLLOWERS,
         Problem.FOLLOWERS_REFUSED),
        ({"route": "ws"}, Row.TRANSPORT, Problem.WEBSOCKET_NOT_REACHED),
    ],
)  # fmt: skip
async def test_what_twitch_refuses_is_named(
    live: Listening, fault: dict[str, Any], row: Row, problem: Problem
) -> None:
    live.stage.service.helix._sleep = lambda seconds: _at_once()
    live.twitch.faults.add(Fault(**fault))
    assert (await problems(live))[row] is problem


async def _at_once() -> None:
    return None


async def test_withdrawn_consent_is_named_then_that_nobody_is_connected(live: Listening) -> None:
    # A service that listens would have noticed before.
    await live.stage.service.reception.stop()
    await live.twitch.disconnect(APP.id, OWNER)
    found = await problems(live)
    assert found[Row.CONSENT] is Problem.CONSENT_ENDED
    assert found[Row.GAPS] is Problem.GAP_LASTS
    again = await problems(live)
    assert again[Row.BROADCASTER] is Problem.BROADCASTER_NOT_CONNECTED


async def test_missing_scopes_are_listed(live: Listening) -> None:
    await connect(live.stage, live.twitch, OWNER, "user:read:chat", "channel:read:subscriptions")
    live.stage.service.accounts.broadcaster.forget_copy()
    found = {finding.row: finding for finding in await look(live.stage.service)}
    assert found[Row.CONSENT].problem is Problem.SCOPES_MISSING
    assert found[Row.CONSENT].detail == "user:write:chat moderator:read:followers bits:read"


async def test_a_bot_that_is_not_connected_is_named(tmp_path: Path) -> None:
    async with listening(tmp_path, twitch_bot_id=ChannelId(ANNA.id)) as live:
        await live.begin()
        assert await problems(live) == {Row.BOT: Problem.BOT_NOT_CONNECTED}
        await connect(live.stage, live.twitch, ANNA, "bits:read")
        assert await problems(live) == {Row.BOT: Problem.BOT_SCOPES_MISSING}
        live.stage.service.accounts.bot.forget_copy()
        await connect(live.stage, live.twitch, ANNA, "user:write:chat")
        assert await problems(live) == {}


async def test_a_service_that_does_not_listen_is_named(live: Listening) -> None:
    await live.stage.service.reception.stop()
    await until(lambda: live.twitch.sessions.sessions == {})
    found = await problems(live)
    assert found == {Row.CHAT: Problem.CHAT_NOT_HEARD, Row.GAPS: Problem.GAP_LASTS}


async def test_nothing_is_configured(tmp_path: Path) -> None:
    async with listening(tmp_path, connected=False, twitch_client_id=None) as live:
        found = await problems(live)
        assert found[Row.SETTINGS] is Problem.SETTINGS_MISSING


async def test_the_table_may_be_shown_to_everybody(live: Listening) -> None:
    [chat] = [one for one in live.twitch.sessions.enabled() if one.type == CHAT_MESSAGE]
    live.twitch.faults.add(Fault(route="subscriptions", status=403, message=OWNER.login))
    told = "\n".join(lines(await look(live.stage.service), texts("en")))
    settings = live.stage.service.settings
    hidden = {
        OWNER.id, OWNER.login, OWNER.display_name, settings.public_url, APP.id, chat.session_id,
        *(secret.reveal() for secret in settings.secrets()), *live.twitch.tokens._access,
    }  # fmt: skip
    assert not [each for each in hidden if each and each in told]
    assert "code: subscribers_refused" in told


def test_the_document_is_made_from_the_same_texts() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    assert page == document(texts("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_has_its_words(language: str) -> None:
    told = lines([Finding(Row.CHAT, problem) for problem in Problem], texts(language))
    assert len(told) == 4 * len(Problem)
