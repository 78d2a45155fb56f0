"""The demo's evening on a real service: who enters, who gives, what the broadcaster opens."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from goldomatic.simulation import raffle_crowd, support_events
from goldomatic.simulation.browsing import SignInFailedError, SimulatedBrowser
from goldomatic.simulation.eventsub_messages import Subscription
from goldomatic.simulation.raffle_crowd import FIRST, RaffleCrowd
from goldomatic.simulation.support_events import SupportEvent
from goldomatic.simulation.users import population
from goldomatic.twitch.support_wire import VERSIONS, Support, support
from goldomatic.values import ViewerId
from support import sign_in
from support.clock import NOON
from support.service import ANNA, EVENTSUB_SECRET, OWNER
from support.sign_in import APP, Web

SAMPLES = Path(__file__).parents[1] / "samples" / "eventsub"
PEOPLE = population(random.Random(5), 20)


def subscription(kind: str, version: str, callback: str) -> Subscription:
    return Subscription(
        id=kind,
        type=kind,
        version=version,
        condition={"broadcaster_user_id": OWNER.id},
        callback=callback,
        secret=EVENTSUB_SECRET,
        client_id=APP.id,
        created_at="2026-11-20T17:05:41.120934557Z",
        status="enabled",
    )


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    proxies = (ip_network("127.0.0.0/8"),)
    async with sign_in.web(tmp_path, people=[ANNA, *PEOPLE], trusted_proxies=proxies) as made:
        callback = f"{made.stage.url}/api/twitch/eventsub"
        for kind, version in VERSIONS.items():
            made.twitch.webhooks.subscriptions[kind] = subscription(kind, version, callback)
        yield made


async def until_entered(web: Web, crowd: RaffleCrowd, entries: int) -> dict[str, Any]:
    """Let the crowd act until so many wait in the active session; the leaderboard then."""
    stop = asyncio.Event()
    acting = asyncio.create_task(crowd.run(stop))
    visitor = web.browser()
    async with asyncio.timeout(120):
        while True:
            board: dict[str, Any] = (await visitor.get("/api/leaderboard")).json()
            if board["totalEntries"] >= entries:
                break
            assert not acting.done(), acting.exception()
            await asyncio.sleep(0.01)
    stop.set()
    await acting
    return board


async def test_an_evening(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raffle_crowd, "PAUSE", 0.001)
    crowd = RaffleCrowd(web.stage.url, web.twitch, PEOPLE, random.Random(3))
    await until_entered(web, crowd, 2 * FIRST + 2)
    raffle = web.stage.service.state.raffle
    names = [session.name for session in raffle.sessions.durable.values()]
    assert names == ["Warm-up", "Demo night"]
    warm_up, night = raffle.sessions.durable.values()
    assert len(warm_up.wins) == 1
    assert night.id == raffle.active_id.durable
    waiting = [e for e in raffle.entries.durable.values() if e.session_id == night.id]
    assert sum(entry.is_carried for entry in waiting) == FIRST - 1
    assert len({entry.viewer_id for entry in waiting}) == len(waiting)
    assert any((entry.link or "").startswith("https://soundcloud.com/") for entry in waiting)
    members = raffle.members.durable.values()
    assert any(member.bits for member in members)
    assert all(member.is_follower for member in members if member.viewer_id != OWNER.id)
    # Started again on the same ledger, it goes on.
    again = RaffleCrowd(web.stage.url, web.twitch, PEOPLE, random.Random(4))
    await until_entered(web, again, 1)
    assert len(raffle.sessions.durable) == 2


async def test_somebody_follows_on_the_channels_page(web: Web) -> None:
    stranger = next(one for one in PEOPLE if not one.follows)
    visitor = await web.signed_in(stranger)
    await web.settled()
    members = web.stage.service.state.raffle.members
    assert not members.durable[ViewerId(stranger.id)].is_follower
    page = await visitor.http.get(f"{web.twitch_url}/channel")
    assert f'value="{stranger.id}"' in page.text
    answer = await visitor.http.post(f"{web.twitch_url}/channel", data={"user_id": stranger.id})
    assert f"{stranger.display_name} follows now." in answer.text
    assert f'value="{stranger.id}"' not in answer.text
    assert members.durable[ViewerId(stranger.id)].is_follower
    wrong = await visitor.http.post(f"{web.twitch_url}/channel", data={"user_id": "0"})
    assert wrong.status_code == 400


async def test_who_is_not_let_in_says_where_it_led(web: Web) -> None:
    web.goes_wrong("oauth2/token", times=100, status=503)
    async with SimulatedBrowser(web.stage.url, ANNA, "198.51.100.9") as browser:
        with pytest.raises(SignInFailedError, match="TwitchUnavailable"):
            await browser.sign_in()


@pytest.mark.parametrize(
    ("event", "sample", "read"),
    [
        (support_events.cheer(ANNA, OWNER, 500), "channel-cheer", ("cheer", 500, 0)),
        (support_events.gift(ANNA, OWNER, 5), "channel-subscription-gift", ("gift", 5, 0)),
        (support_events.resub(ANNA, OWNER, 7), "channel-subscription-message", ("resub", 0, 7)),
        (support_events.subscribe(ANNA, OWNER), "channel-subscribe", ("subscribe", 0, 0)),
        (support_events.follow(ANNA, OWNER, NOON), "channel-follow-v2", ("follow", 0, 0)),
    ],
)
def test_support_has_twitchs_shape(event: SupportEvent, sample: str, read: Any) -> None:
    real = json.loads((SAMPLES / f"{sample}.json").read_text())
    assert event.kind == real["subscription"]["type"]
    assert set(event.event) == set(real["event"])
    found = support(event.kind, json.dumps(event.event).encode())
    assert found == Support(ViewerId(ANNA.id), *read)
