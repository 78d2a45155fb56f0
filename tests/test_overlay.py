"""The overlay: who may open it, what it shows, and when it is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest

from goldomatic.channel import forget_viewer
from goldomatic.config import Secret
from goldomatic.live import STATE_EVERY_SECONDS
from goldomatic.overlay.events import OverlayLinkRenewed
from goldomatic.overlay.scene import NEWEST_SHOWN
from goldomatic.values import ViewerId
from goldomatic.wheel import MOST_SLICES
from support.answers import code
from support.service import ANNA, BORIS, CLARA, OWNER, Stage, running, viewer
from support.twitch import until
from support.watcher import Watcher, watched

SCENE = "/api/overlay/scene"
LIVE = "/api/overlay/live"
PAGE = {"accept": "text/html"}
REFUSED = (403, "forbidden_link")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as running_stage:
        yield running_stage


async def link(stage: Stage) -> str:
    """The query of the valid link."""
    answer = await stage.as_owner("GET", "/api/broadcaster/overlay")
    assert answer.status_code == 200, answer.text
    return urlsplit(answer.json()["url"]).query


async def scene(stage: Stage) -> dict[str, Any]:
    answer = await stage.request("GET", f"{SCENE}?{await link(stage)}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@asynccontextmanager
async def watching_overlay(stage: Stage) -> AsyncIterator[Watcher]:
    async with watched(stage, f"{LIVE}?{await link(stage)}", first="scene") as watcher:
        yield watcher


# Who may open it


async def test_the_link_opens_page_scene_and_feed(stage: Stage) -> None:
    query = await link(stage)
    page = await stage.request("GET", f"/overlay?{query}", headers=PAGE)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert (await stage.request("HEAD", f"/overlay?{query}", headers=PAGE)).status_code == 200
    assert (await stage.request("GET", f"{SCENE}?{query}")).status_code == 200
    async with watching_overlay(stage):
        pass


@pytest.mark.parametrize("path", ["/overlay", SCENE, LIVE])
async def test_without_the_link_nothing_opens(stage: Stage, path: str) -> None:
    query = await link(stage)
    tampered = query[:-1] + ("A" if query[-1] != "A" else "B")
    for given in ("", "?link=", f"?{tampered}", "?link=%00", "?link=%F0%9F%8E%A1"):
        answer = await stage.request("GET", path + given)
        assert code(answer) == REFUSED, given
    # No other credential opens it.
    for headers in (
        {"Authorization": f"Bearer {stage.token(OWNER, role='broadcaster')}"},
        {"X-MGM-ApiKey": "an-operator-key-of-the-tests"},
    ):
        assert (await stage.request("GET", path, headers=headers)).status_code == 403


async def test_a_browser_is_told_in_words_and_stays_transparent(stage: Stage) -> None:
    for language, words in (("en", "This link opens nothing"), ("ru", "ничего не открывает")):
        headers = PAGE | {"accept-language": language}
        answer = await stage.request("GET", "/overlay?link=old", headers=headers)
        assert answer.status_code == 403
        assert words in answer.text
        assert 'data-view="obs"' in answer.text
        assert "<nav" not in answer.text


async def test_the_link_opens_nothing_else(stage: Stage) -> None:
    payout = await stage.win(0, (ANNA, "Norinn"))
    query = await link(stage)
    for method, path in (
        ("GET", "/api/broadcaster/session"),
        ("GET", "/api/broadcaster/overlay"),
        ("POST", "/api/broadcaster/overlay/renew"),
        ("POST", f"/api/broadcaster/payouts/{payout}/cancel"),
        ("GET", "/api/panel/snapshot"),
        ("GET", "/api/payouts"),
    ):
        answer = await stage.request(method, f"{path}?{query}")
        assert answer.status_code in (401, 403), path
    for path in (SCENE, LIVE, "/overlay"):
        assert (await stage.request("POST", f"{path}?{query}")).status_code == 405


async def test_guessing_links_is_limited(stage: Stage) -> None:
    answers = [await stage.request("GET", f"{SCENE}?link={n}") for n in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {403}
    assert code(answers[60]) == (429, "rate_limited")
    assert int(answers[60].headers["retry-after"]) > 0


async def test_reading_is_limited_and_a_browser_is_told_to_wait(tmp_path: Path) -> None:
    async with running(tmp_path, reads_per_minute=3) as stage:
        query = await link(stage)
        for _ in range(3):
            assert (await stage.request("GET", f"{SCENE}?{query}")).status_code == 200
        answer = await stage.request("GET", f"/overlay?{query}", headers=PAGE)
        assert answer.status_code == 429
        assert 'http-equiv="refresh"' in answer.text
        assert 'data-view="obs"' in answer.text


@pytest.mark.parametrize("role", ["viewer", "moderator"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/broadcaster/overlay"), ("POST", "/api/broadcaster/overlay/renew")],
)
async def test_the_link_is_the_broadcasters(
    stage: Stage, role: Any, method: str, path: str
) -> None:
    answer = await stage.with_token(stage.token(ANNA, role=role), method, path)
    assert code(answer) == (403, "forbidden_role")
    assert "link=" not in answer.text
    assert code(await stage.operator(method, path)) == (401, "unauthorized")
    assert await stage.recorded(OverlayLinkRenewed) == []


async def test_a_renewed_link_voids_the_old_one_at_once(stage: Stage) -> None:
    old = await link(stage)
    async with watched(stage, f"{LIVE}?{old}", first="scene") as watcher:
        answer = await stage.as_owner("POST", "/api/broadcaster/overlay/renew")
        new = urlsplit(answer.json()["url"]).query
        await watcher.end()
    assert new != old
    assert await link(stage) == new
    for path in ("/overlay", SCENE, LIVE):
        assert code(await stage.request("GET", f"{path}?{old}")) == REFUSED
    assert (await stage.request("GET", f"{SCENE}?{new}")).status_code == 200
    (event,) = await stage.recorded(OverlayLinkRenewed)
    assert event == OverlayLinkRenewed(number=2, actor=f"broadcaster:{OWNER.id}")


async def test_a_link_outlives_a_restart_as_long_as_the_secret(tmp_path: Path) -> None:
    secret = {"secret_key": Secret("a secret of at least thirty-two characters")}
    async with running(tmp_path, **secret) as stage:
        await stage.as_owner("POST", "/api/broadcaster/overlay/renew")
        query = await link(stage)
    async with running(tmp_path, **secret) as stage:
        assert await link(stage) == query
        assert (await stage.request("GET", f"{SCENE}?{query}")).status_code == 200
    async with running(tmp_path, secret_key=Secret("another secret, as long as that one")) as stage:
        assert code(await stage.request("GET", f"{SCENE}?{query}")) == REFUSED


async def test_the_broadcaster_is_told_how_many_watch(stage: Stage) -> None:
    told = []
    async with watching_overlay(stage):
        told.append((await stage.as_owner("GET", "/api/broadcaster/overlay")).json()["watchers"])
    await until(lambda: stage.service.overlay_feed.watchers == 0)
    told.append((await stage.as_owner("GET", "/api/broadcaster/overlay")).json()["watchers"])
    assert told == [1, 0]


async def test_the_link_leads_to_the_public_address(tmp_path: Path) -> None:
    async with running(tmp_path, public_url="https://gold.example.org/") as stage:
        answer = await stage.as_owner("GET", "/api/broadcaster/overlay")
        assert answer.json()["url"].startswith("https://gold.example.org/overlay?link=")


# What it shows


async def test_the_scene_has_exactly_these_fields(stage: Stage) -> None:
    shown = await scene(stage)
    assert shown.keys() == {
        "roulette",
        "wheel",
        "candidateCharacterName",
        "outcome",
        "joined",
        "goldPerWin",
    }
    assert shown["wheel"] == {"names": [], "others": 0}
    assert (shown["candidateCharacterName"], shown["outcome"], shown["joined"]) == (None, None, [])
    assert shown["goldPerWin"] == 1000
    state = await stage.as_owner("GET", "/api/roulette/state")
    assert shown["roulette"] == state.json()


async def test_the_drawn_name_is_not_told_before_the_wheel_has_stopped(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.chat(BORIS, "!twgold Kael")
    told = []
    for seconds in (0, 240, 269.999, 270, 299, 300):
        await stage.tick(seconds)
        shown = await scene(stage)
        told.append((shown["roulette"]["spinPhase"], shown["candidateCharacterName"]))
        assert shown["wheel"] == {"names": ["Norinn", "Kael"], "others": 0}
    name = told[3][1]
    assert name in ("Norinn", "Kael")
    assert told == [
        ("collecting", None),
        ("spinning", None),
        ("spinning", None),
        ("verification", name),
        ("verification", name),
        ("collecting", None),
    ]


async def test_the_wheel_holds_the_fixed_list_once_it_is_drawn(stage: Stage) -> None:
    for user, name in ((ANNA, "Norinn"), (BORIS, "Kael")):
        await stage.chat(user, f"!twgold {name}")
    await stage.tick(0)
    await stage.tick(240)
    await stage.chat(CLARA, "!twgold Thrumbolt")
    shown = await scene(stage)
    assert shown["roulette"]["poolParticipantCount"] == 3
    assert shown["wheel"] == {"names": ["Norinn", "Kael"], "others": 0}
    await stage.tick(300)
    assert (await scene(stage))["wheel"]["names"] == ["Norinn", "Kael", "Thrumbolt"]


async def test_a_winner_stays_on_the_wheel_but_not_in_the_next_round(stage: Stage) -> None:
    await stage.chat(BORIS, "!twgold Kael")
    payout = await stage.win(0, (ANNA, "Norinn"))
    shown = await scene(stage)
    winner = shown["candidateCharacterName"]
    assert sorted(shown["wheel"]["names"]) == ["Kael", "Norinn"]
    await stage.tick(300)
    shown = await scene(stage)
    assert winner not in shown["wheel"]["names"]
    assert len(shown["wheel"]["names"]) == 1
    await stage.patch(payout, "Cancelled")
    assert sorted((await scene(stage))["wheel"]["names"]) == ["Kael", "Norinn"]


async def test_of_a_large_pool_as_many_are_named_as_there_are_slices(stage: Stage) -> None:
    def name(number: int) -> str:
        return "Gnome" + chr(97 + number // 26) + chr(97 + number % 26)

    for number in range(MOST_SLICES):
        await stage.chat(viewer(number), f"!twgold {name(number)}")
    full = (await scene(stage))["wheel"]
    assert (len(full["names"]), full["others"]) == (MOST_SLICES, 0)
    for number in range(MOST_SLICES, 100):
        await stage.chat(viewer(number), f"!twgold {name(number)}")
    chosen = []
    for seconds in (0, 60, 240, 269, 270):
        await stage.tick(seconds)
        wheel = (await scene(stage))["wheel"]
        assert wheel["others"] == 100 - (MOST_SLICES - 1)
        chosen.append(wheel["names"])
    assert len(set(chosen[0])) == len(chosen[0]) == MOST_SLICES - 1
    assert all(names == chosen[0] for names in chosen), "the choice is one for the whole cycle"
    await stage.tick(300)
    assert (await scene(stage))["wheel"]["names"] != chosen[0]


async def test_who_is_named_knows_nothing_of_the_result(stage: Stage) -> None:
    """Over many rounds of 100 the drawn one is named no more often than 39 in 100."""
    for number in range(100):
        name = "Gnome" + chr(97 + number // 26) + chr(97 + number % 26)
        await stage.chat(viewer(number), f"!twgold {name}")
    named = 0
    for start in range(0, 60 * 300, 300):
        await stage.tick(start)
        await stage.tick(start + 240)
        shown = await scene(stage)
        await stage.tick(start + 270)
        named += (await scene(stage))["candidateCharacterName"] in shown["wheel"]["names"]
    # 60 rounds, p = 0.39: beyond these by chance less than once in ten thousand.
    assert 9 <= named <= 38


async def test_the_newest_entries_come_first(stage: Stage) -> None:
    for number in range(NEWEST_SHOWN + 2):
        await stage.chat(viewer(number), f"!twgold Gnome{chr(97 + number)}")
    await stage.chat(viewer(5), "!twgold Again")
    joined = (await scene(stage))["joined"]
    assert len(joined) == NEWEST_SHOWN
    assert [each["characterName"] for each in joined][:3] == ["Again", "Gnomej", "Gnomei"]
    positions = [each["position"] for each in joined]
    assert positions == sorted(positions, reverse=True)


async def test_the_outcome_follows_the_payout(stage: Stage) -> None:
    payout = await stage.win(0, (ANNA, "Norinn"))
    seen = []
    for status in (None, "InProgress", "Sent"):
        if status:
            await stage.patch(payout, status)
        outcome = (await scene(stage))["outcome"]
        seen.append((outcome["result"], outcome["characterName"], outcome["status"]))
    assert seen == [("winner", "Norinn", each) for each in ("Pending", "InProgress", "Sent")]


async def test_an_outcome_without_a_winner_names_nobody(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    await stage.tick(240)
    await stage.report(await stage.candidate(), online=False)
    outcome = (await scene(stage))["outcome"]
    assert (outcome["result"], outcome["characterName"], outcome["status"]) == (
        "offline",
        None,
        None,
    )


async def test_a_forgotten_viewer_is_named_nowhere(stage: Stage) -> None:
    await stage.win(0, (ANNA, "Norinn"))
    await stage.chat(BORIS, "!twgold Kael")
    await stage.service.ledger.change(forget_viewer(ViewerId(ANNA.id), "operator"))
    answer = await stage.request("GET", f"{SCENE}?{await link(stage)}")
    assert "Norinn" not in answer.text
    assert answer.json()["wheel"]["names"] == []
    assert [each["characterName"] for each in answer.json()["joined"]] == ["Kael"]


# When it is told


async def test_the_scene_comes_at_once_and_after_changes(stage: Stage) -> None:
    async with watching_overlay(stage) as watcher:
        (first,) = watcher.told
        assert first.name == "scene"
        assert first.data == await scene(stage)
        await stage.chat(ANNA, "!twgold Norinn")
        second = await watcher.next("scene", 2)
        assert second.data["wheel"]["names"] == ["Norinn"]
        assert {each.name for each in watcher.told} == {"scene"}


async def test_many_changes_become_few_scenes(stage: Stage) -> None:
    async with watching_overlay(stage) as watcher:
        began = monotonic()
        for number in range(50):
            await stage.chat(
                viewer(number), f"!twgold Gn{chr(97 + number // 26)}{chr(97 + number % 26)}"
            )
        count = 2
        while (await watcher.next("scene", count)).data["wheel"]["others"] < 11:
            count += 1
        assert len(watcher.named("scene")) <= 3 + (monotonic() - began) / STATE_EVERY_SECONDS


async def test_a_service_that_stops_ends_the_feed(stage: Stage) -> None:
    async with watching_overlay(stage) as watcher:
        stage.service.overlay_feed.close()
        await watcher.end()
    answer = await stage.request("GET", f"{LIVE}?{await link(stage)}")
    assert code(answer) == (503, "service_unavailable")


async def test_both_feeds_count_as_live_connections(stage: Stage) -> None:
    async with watching_overlay(stage), watched(stage, "/api/live", first="state"):
        metrics = (await stage.request("GET", "/metrics")).text
        assert "goldomatic_live_clients 2.0" in metrics


async def test_the_link_is_in_no_log(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    query = await link(stage)
    await stage.request("GET", f"{SCENE}?{query}")
    await stage.request("GET", f"/overlay?{query}", headers=PAGE)
    await stage.as_owner("POST", "/api/broadcaster/overlay/renew")
    await stage.request("GET", f"{SCENE}?{query}")
    printed = "".join(capsys.readouterr())
    assert query.partition("=")[2] not in printed
    events = repr(await stage.events())
    assert query.rpartition(".")[2] not in events
