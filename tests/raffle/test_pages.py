"""The raffle's pages as a browser without scripts sees them."""

import re
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace

from browser.outline import Outline
from goldomatic.config import Secret
from goldomatic.ledger.event import Event
from goldomatic.ledger.store import UnavailableError
from goldomatic.ledger.writer import unavailable
from goldomatic.raffle import legal
from goldomatic.raffle.events import RaffleEntrant, RaffleEntrySubmitted
from goldomatic.raffle.page_frame import AVATAR_HOST, avatar
from goldomatic.raffle.page_views import REFUSALS
from goldomatic.values import ViewerId
from goldomatic.web.i18n import texts
from support.accounts import Browser, signed_in
from support.raffle_stage import LINK, RaffleStage, raffle_on
from support.service import running, viewer

SECRET = Secret("a secret key of the raffle's tests, long enough")
PROXIES = (ip_network("127.0.0.0/8"),)
BROWSER = {"accept": "text/html", "accept-language": "en"}
EN = texts("en")
SURFACES = ("/", "/demo-portal")


@pytest.fixture
async def capped(tmp_path: Path) -> AsyncIterator[RaffleStage]:
    changes: dict[str, Any] = {"weight_profile": "capped", "carry_over_mode": "accumulate"}
    async with running(tmp_path, secret_key=SECRET, trusted_proxies=PROXIES, **changes) as stage:
        yield await raffle_on(stage)


async def text(who: Browser, path: str, language: str = "en") -> str:
    """The HTML of a page that must be there."""
    answer = await who.get(path, headers=BROWSER | {"accept-language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


async def outline(who: Browser, path: str, language: str = "en") -> Outline:
    """What a page shows: what scripts alone may use of it is left out."""
    html = await text(who, path, language)
    return Outline(re.sub(r"<template.*?</template>", "", html, flags=re.S))


def shown(page: Outline) -> str:
    return page.by_id("content").text


def headings(page: Outline) -> list[str]:
    return [e.text for e in page.elements if e.tag in ("h1", "h2")]


def forms(page: Outline) -> list[Any]:
    return [e for e in page.all("form") if "data-enter" in e.attributes]


async def post(who: Browser, path: str, **fields: str) -> httpx2.Response:
    """The form of a page, sent by a browser without scripts."""
    headers = BROWSER | {"X-Forwarded-For": f"198.51.100.{len(fields) + 1}"}
    return await who.post(path, data=fields, headers=headers)


# Who is not signed in


# W-01
async def test_home_for_nobody(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    page = await outline(raffle.nobody, "/")
    assert page.all("h1")[0].text == "Welcome to the raffle! 🎲"
    said = shown(page)
    assert "You must sign in with Twitch and follow the channel to enter" in said
    assert page.by_id("account-heading").text == "Sign in with Twitch (Required)"
    assert "⚠️ Requirements: You must be logged in with Twitch and follow the channel" in said
    assert [e.text for e in page.all("button") if e.text.startswith("Sign")] == [
        "Sign in with Twitch"
    ]
    assert not forms(page)
    assert "Viewer_1" in page.by_id("top").text
    assert page.all("title")[0].text == "Raffle - Enter Now!"


# W-02
async def test_portal_for_nobody(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    page = await outline(raffle.nobody, "/demo-portal")
    assert "Please Sign In" in headings(page)
    assert "Sign in with Twitch to view your status and submit a demo" in shown(page)
    assert page.by_id("switch").text == "🟢 SUBMISSIONS OPEN"
    assert not forms(page)
    assert not page.all("table")
    assert "top" not in page.ids


# W-52
@pytest.mark.parametrize(
    ("error", "more"),
    [
        ("AccessDenied", ""),
        ("TwitchUnavailable", "Twitch does not answer right now."),
        ("RateLimited", "Too many sign-ins"),
        ("SignInClosed", "not set up"),
        ("<script>alert(1)</script>", ""),
    ],
)
async def test_a_sign_in_that_failed(raffle: RaffleStage, error: str, more: str) -> None:
    page = await outline(raffle.nobody, f"/?error={error}")
    told = page.by_id("sign-in-error")
    assert told.text.startswith("Sign-in did not complete. Please try again.")
    assert more in told.text
    assert told.attributes["role"] == "alert"
    assert not [e for e in page.all("button") if "disabled" in e.attributes]
    assert "alert(1)" not in await text(raffle.nobody, f"/?error={error}")


# Session and switch


# W-08
async def test_no_session_with_open_submissions(raffle: RaffleStage) -> None:
    person = await raffle.person(viewer(1))
    page = await outline(person, "/")
    assert page.by_id("switch").text == "🟢 SUBMISSIONS OPEN"
    assert page.by_id("banner").attributes["data-is-open"] == "true"
    inline = page.by_id("inline")
    assert inline.text == "The raffle is not currently running. Please check back later."
    assert "hidden" not in inline.attributes
    assert "The raffle is paused" in headings(page)
    assert EN.raw("raffle.entry.no_session_text") in shown(page)
    assert not forms(page)


# W-09
async def test_no_session_in_the_portal(raffle: RaffleStage) -> None:
    page = await outline(await raffle.person(viewer(1)), "/demo-portal")
    told = "No active session is running right now. Please check back later."
    assert page.by_id("inline").text == told
    assert "No active session" in headings(page)
    assert not forms(page)


# W-10, W-11
@pytest.mark.parametrize("path", SURFACES)
async def test_closed_with_and_without_a_winner(raffle: RaffleStage, path: str) -> None:
    await raffle.start()
    await raffle.submissions(False)
    person = await raffle.person(viewer(1))
    page = await outline(person, path)
    assert page.by_id("switch").text == "🔴 SUBMISSIONS CLOSED"
    assert page.by_id("inline").text == "Submissions are currently closed."
    assert "Submissions are closed" in headings(page)
    assert not forms(page)
    await raffle.submissions(True)
    await raffle.enter(viewer(2), displayName="Ada")
    await raffle.draw()
    await raffle.submissions(False)
    page = await outline(person, path)
    assert page.by_id("inline").text == "Submissions are currently closed. Latest winner: Ada."


# W-12
@pytest.mark.parametrize(
    ("path", "button"), [("/", "Enter Raffle"), ("/demo-portal", "Submit Demo")]
)
async def test_open(raffle: RaffleStage, path: str, button: str) -> None:
    await raffle.start()
    page = await outline(await raffle.person(viewer(1)), path)
    (form,) = forms(page)
    assert button in form.text
    assert not [e for e in page.all("button") if "disabled" in e.attributes]
    assert "hidden" in page.by_id("inline").attributes
    labelled = {e.attributes["for"] for e in page.all("label")}
    fields = [e for e in page.elements if e.tag in ("input", "textarea")]
    seen = {e.attributes["id"] for e in fields if e.attributes.get("type") != "hidden"}
    assert labelled == seen


# Entering


# W-13, W-14
@pytest.mark.parametrize("path", SURFACES)
async def test_a_form_without_scripts(raffle: RaffleStage, path: str) -> None:
    await raffle.start()
    person = await raffle.person(viewer(1))
    done = await post(person, path, displayName="Ada", demoLink=LINK, notes="one\r\ntwo")
    assert (done.status_code, done.headers["location"]) == (303, f"{path}?entered=1")
    page = await outline(person, done.headers["location"])
    assert "✓ Thank you for entering!" in headings(page)
    assert "You are now registered. Good luck! 🍀" in shown(page)
    assert "Ada" in page.by_id("top").text
    again = await outline(person, path)
    assert "You have an active submission" in headings(again)
    assert not forms(again)
    (link,) = [e for e in again.all("a") if e.text == LINK]
    assert link.attributes["target"] == "_blank"
    assert link.attributes["rel"] == "noopener noreferrer"
    assert "one two" in again.by_id("entry").text
    # Nobody else is thanked for it.
    other = await outline(await raffle.person(viewer(2)), f"{path}?entered=1")
    assert "✓ Thank you for entering!" not in headings(other)


CASES: list[tuple[dict[str, str], str, str | None]] = [
    ({"demoLink": "nonsense"}, "Invalid demo link URL format", "demoLink"),
    (
        {"demoLink": "https://evil.example/x"},
        "Demo link must be from SoundCloud, Google Drive, or Dropbox",
        "demoLink",
    ),
    ({"notes": "n" * 501}, "Notes must be 500 characters or fewer.", "notes"),
    ({"displayName": "n" * 61}, "Display name is not valid.", "displayName"),
]


# W-16
@pytest.mark.parametrize(("fields", "told", "field"), CASES)
async def test_what_was_typed_survives_a_refusal(
    raffle: RaffleStage, fields: dict[str, str], told: str, field: str
) -> None:
    await raffle.start()
    person = await raffle.person(viewer(1))
    given = {"displayName": "Ada & <Bo>", "demoLink": LINK, "notes": "first\nsecond"} | fields
    answer = await post(person, "/", **given)
    assert answer.status_code == 400
    page = Outline(answer.text)
    error = page.by_id("entry-error")
    assert error.text == told
    assert error.attributes["role"] == "alert"
    assert "hidden" not in error.attributes
    wrong = [e for e in page.elements if e.attributes.get("aria-invalid") == "true"]
    assert [e.attributes["name"] for e in wrong] == [field]
    assert "entry-error" in wrong[0].attributes["aria-describedby"].split()
    assert page.by_id("displayName").attributes["value"] == given["displayName"]
    assert page.by_id("demoLink").attributes["value"] == given["demoLink"]
    assert page.by_id("notes").text == " ".join(given["notes"].split())
    assert "<Bo>" not in answer.text


# W-16
async def test_refusals_by_what_happened_meanwhile(raffle: RaffleStage) -> None:
    person = await raffle.person(viewer(1))
    typed = {"displayName": "Ada", "demoLink": LINK, "notes": "hello"}

    async def refused(who: Browser, status: int, told: str, *headings_: str) -> None:
        answer = await post(who, "/", **typed)
        assert answer.status_code == status
        page = Outline(re.sub(r"<template.*?</template>", "", answer.text, flags=re.S))
        assert page.by_id("entry-error").text == told
        assert set(headings_) <= set(headings(page))
        kept = page.by_id("typed").text
        assert all(value in kept for value in typed.values())

    running_not = "The raffle is not currently running. Please try again later."
    await refused(person, 400, running_not, "The raffle is paused")
    await raffle.submissions(False)
    closed = "Submissions are currently closed. Please try again later."
    await refused(person, 400, closed, "The raffle is paused")
    await raffle.start()
    await refused(person, 400, closed, "Submissions are closed")
    await raffle.submissions(True)
    nobody = raffle.nobody
    unknown = "You must be logged in with Twitch to enter the raffle"
    await refused(nobody, 401, unknown, "Sign in with Twitch (Required)")
    assert (await raffle.enter(viewer(1))).status_code == 200
    again = "You already have an active submission for this session."
    await refused(person, 400, again, "You have an active submission")


# W-16
async def test_too_many_tries_say_when_to_come_back(raffle: RaffleStage) -> None:
    await raffle.start()
    person = await raffle.person(viewer(1))
    for _ in range(5):
        await post(person, "/", demoLink="nonsense")
    raffle.stage.clock.advance(20 * 60)
    answer = await post(person, "/", demoLink=LINK)
    assert answer.status_code == 429
    told = Outline(answer.text).by_id("entry-error").text
    assert told == "Too many submissions. Please try again later. Try again in 40 min."
    assert 0 < int(answer.headers["retry-after"]) <= 2400


# W-16
@pytest.mark.parametrize("stop", [unavailable(), UnavailableError("down")])
async def test_what_was_typed_survives_a_ledger_that_cannot_write(
    raffle: RaffleStage, stop: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    await raffle.start()
    person = await raffle.person(viewer(1))

    async def fails(*_: Any, **__: Any) -> None:
        raise stop

    monkeypatch.setattr(raffle.stage.service.ledger, "change", fails)
    answer = await post(person, "/", displayName="Ada", demoLink=LINK)
    assert answer.status_code == 503
    page = Outline(answer.text)
    assert page.by_id("entry-error").text == "An error occurred during registration"
    assert page.by_id("demoLink").attributes["value"] == LINK


async def test_a_form_of_another_account_submits_nothing(raffle: RaffleStage) -> None:
    await raffle.start()
    person = await raffle.person(viewer(1))
    answer = await post(person, "/", viewerId=viewer(2).id, displayName="Bo")
    assert "Another account is signed in now. Nothing was submitted." in answer.text
    assert Outline(answer.text).by_id("displayName").attributes["value"] == "Bo"
    assert (await raffle.seen("/api/leaderboard"))["totalEntries"] == 0


async def test_another_sites_form_is_refused(raffle: RaffleStage) -> None:
    await raffle.start()
    person = await raffle.person(viewer(1))
    foreign = BROWSER | {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for path in (*SURFACES, "/raffle/follow"):
        answer = await person.post(path, data={"displayName": "Bo"}, headers=foreign)
        assert answer.status_code == 403, path
    token = {"csrfToken": person.csrf, "displayName": "Ada"}
    answer = await person.post("/", data=token, headers=foreign)
    assert answer.status_code == 303


async def test_a_carried_entry_says_so(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    await raffle.end()
    await raffle.start()
    page = await outline(await raffle.person(viewer(1)), "/")
    assert "Your entry carries over until it is drawn." in page.by_id("entry").text


async def test_every_refusal_has_its_text() -> None:
    for language in ("en", "ru"):
        for code in REFUSALS:
            assert texts(language).raw(f"raffle.refused.{code}")


async def test_other_hosts_are_named(tmp_path: Path) -> None:
    hosts = ("bandcamp.com", "soundcloud.com")
    async with running(
        tmp_path, secret_key=SECRET, trusted_proxies=PROXIES, allowed_link_hosts=hosts,
        demo_link_required=True,
    ) as stage:  # fmt: skip
        raffle = await raffle_on(stage)
        await raffle.start()
        person = await raffle.person(viewer(1))
        answer = await post(person, "/", demoLink="https://dropbox.com/x")
        told = Outline(answer.text).by_id("entry-error").text
        assert told == "Demo link must be from one of: bandcamp.com, soundcloud.com"
        answer = await post(person, "/", notes="no link")
        page = Outline(answer.text)
        assert page.by_id("entry-error").text == "You must add a link to participate."
        assert "required" in page.by_id("demoLink").attributes


# The leaderboard


# W-18, W-20
async def test_the_heaviest_twenty(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(*range(1, 26))
    await raffle.give(7, "cheer", 3_700)
    page = await outline(await raffle.person(viewer(7)), "/")
    rows = page.of_class("rank")
    assert len(rows) == 20
    assert page.by_id("top-heading").text == "📊 Top 20 Leaderboard"
    assert "Win probability based on weights" in page.by_id("top").text
    assert page.by_id("total").text == "25 entries total"
    assert rows[0].text == "#1 Viewer_7 You Weight: 4.70x 16.38%"
    assert ["mine" in e.attributes["class"] for e in rows] == [True] + 19 * [False]
    portal = await outline(await raffle.person(viewer(1)), "/demo-portal")
    assert portal.by_id("top-heading").text == "Top 20 Leaderboard"


# W-19
@pytest.mark.parametrize(
    ("language", "count", "told"),
    [
        ("en", 0, "0 entries total"),
        ("en", 1, "1 entry total"),
        ("ru", 1, "Всего 1 заявка"),
        ("ru", 3, "Всего 3 заявки"),
    ],
)
async def test_how_many(raffle: RaffleStage, language: str, count: int, told: str) -> None:
    await raffle.start()
    await raffle.entered(*range(1, count + 1))
    page = await outline(raffle.nobody, "/", language)
    assert page.by_id("total").text == told
    empty = page.by_id("top-empty")
    assert ("hidden" in empty.attributes) is (count > 0)


async def test_a_hidden_result_is_on_no_page(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2, 3)
    await raffle.draw()
    before = await text(raffle.nobody, "/")
    raffle.stage.clock.advance(1)
    drawn = await raffle.draw(hideUntilReveal=True)
    for number in (1, 2, 3):
        for path in SURFACES:
            page = await outline(await raffle.person(viewer(number)), path)
            assert page.by_id("total").text == "2 entries total"
    hidden = await outline(raffle.nobody, "/")
    assert hidden.by_id("winner").text == Outline(before).by_id("winner").text
    await raffle.done("POST", f"/api/admin/draws/{drawn['drawId']}/reveal")
    told = await outline(raffle.nobody, "/")
    assert told.by_id("winner").text == drawn["winner"]["name"]
    assert told.by_id("winner-link").attributes["href"] == f"/draws/{drawn['drawId']}"


# Status, weights, receipt


async def gives(raffle: RaffleStage) -> None:
    await raffle.give(1, "subscribe")
    await raffle.give(1, "resub", months=6)
    await raffle.give(1, "cheer", 1_000)
    await raffle.give(1, "cheer", 500)
    await raffle.give(1, "gift", 3)


# W-24, W-25
async def test_the_status_card_follows_the_settings(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    await gives(raffle)
    page = await outline(await raffle.person(viewer(1)), "/demo-portal")
    status = page.by_id("status").text
    for told in (
        "Signed in as Viewer_1",
        "Total Weight 3.60x",
        "Current chance 78.3%",
        "Base Weight 1.00x",
        "Subscriber (6/6 months) +0.60x",
        "Resubs (1/1) +0.20x",
        "Cheer Bits (1,500) +1.50x",
        "Gifted Subs (3) +0.30x",
    ):
        assert told in status, told
    table = page.by_id("weights").text
    for told in (
        "Base Fixed 1.0x",
        "Sub Months min(months, 10) × 0.1 1.0x",
        "Resubs min(resubs, 5) × 0.2 1.0x",
        "Cheer Bits min(bits / 1000, 5) 5.0x",
        "Donations min(cents / 1000, 5) 5.0x",
        "Gifted Subs min(count × 0.1, 5) 5.0x",
        "Carry-Over Previous weight × 0.5 Variable",
    ):
        assert told in table, told
    changed = {"cheerBitsDivisor": 250, "cheerBitsCap": 2, "carryOverMaxBonus": 1.5}
    await raffle.done(
        "PUT", "/api/admin/weight-settings", json={"settings": changed, "recalculate": True}
    )
    page = await outline(await raffle.person(viewer(1)), "/demo-portal")
    assert "Cheer Bits (1,500) +2.00x" in page.by_id("status").text
    table = page.by_id("weights").text
    assert "Cheer Bits min(bits / 250, 2) 2.0x" in table
    assert "Carry-Over Previous weight × 0.5, capped at 1.5 1.5x" in table


# W-26
async def test_the_capped_profile(capped: RaffleStage) -> None:
    await capped.start()
    await capped.entered(1)
    await gives(capped)
    person = await capped.person(viewer(1))
    page = await outline(person, "/demo-portal")
    table, status = page.by_id("weights").text, page.by_id("status").text
    assert "Resubs" not in table + status
    assert "Donations" not in table + status
    assert "Subscriber Bonus min(months, 10) × 0.5, at least 1 month if subscribed 5.0x" in table
    assert "Loyalty Cap Subscriber bonuses together 3.0x" in table
    assert "Support Cap Bits and gifted subs together 120.0x" in table
    assert "Total Loyalty Bonus +3.00x" in status
    odds = (await outline(person, "/raffle/odds")).by_id("content").text
    assert "resub" not in odds.lower()
    assert "donation" not in odds.lower()
    assert "Everything from subscriptions together adds 3.00x at most." in odds
    assert "keeps what was carried before" in odds
    account = page.by_id("account").text
    assert "✓ Subscriber" in account
    assert "Resubs" not in account


async def test_odds_in_general_and_of_oneself(raffle: RaffleStage) -> None:
    general = await text(raffle.nobody, "/raffle/odds")
    assert "Bits add weight, up to a cap." in general
    await raffle.start()
    await raffle.entered(1)
    await gives(raffle)
    own = (await outline(await raffle.person(viewer(1)), "/raffle/odds")).by_id("content").text
    assert "You have cheered 1,500, which adds 1.50x." in own
    assert "You are subscribed for 6 months, which adds 0.60x." in own
    assert "Bits and gifted subs count until you win" in own
    part = await text(await raffle.person(viewer(1)), "/raffle/odds?fragment=text")
    assert "<html" not in part
    assert f'data-viewer="{viewer(1).id}"' in part


async def test_the_chance_event_by_event(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    await gives(raffle)
    page = await outline(await raffle.person(viewer(1)), "/demo-portal")
    shares = page.by_id("shares").text
    for told in (
        "Base weight +1.00x",
        "Subscription, 6 months +0.60x",
        "Cheer of 1,000 bits 2026-11-21 12:00 UTC +1.00x",
        "Cheer of 500 bits 2026-11-21 12:00 UTC +0.50x",
        "Gifted subs: 3 2026-11-21 12:00 UTC +0.30x",
        "Together 3.60x",
    ):
        assert told in shares, told


async def test_the_receipt_before_and_after_a_draw(raffle: RaffleStage) -> None:
    person = await raffle.person(viewer(1))
    none = (await outline(person, "/demo-portal")).by_id("receipt").text
    assert "You have no entry in a draw yet." in none
    await raffle.start()
    await raffle.entered(1, 2, 3)
    told = await raffle.mine(1, "/api/raffle/receipts")
    page = await outline(person, "/demo-portal")
    assert page.by_id("coming-commitment").text == told["coming"]["commitment"]
    assert page.by_id("coming-leaf").text == told["coming"]["hash"]
    assert "1000000" in page.by_id("receipt").text
    await raffle.draw()
    held = (await raffle.mine(1, "/api/raffle/receipts"))["held"][0]
    receipt = (await outline(person, "/demo-portal")).by_id("receipt").text
    assert held["root"] in receipt
    assert all(each in receipt for each in held["proof"])
    record = await raffle.seen(f"/api/draws/{held['drawId']}")
    leaf = record["entrants"][held["index"]]["hash"]
    assert leaf in receipt
    # A receipt is its owner's alone.
    other = await text(await raffle.person(viewer(9)), "/demo-portal")
    assert leaf not in other


# Hostile words


HOSTILE = '<img src=x onerror="alert(1)">'


# W-22, W-23
async def test_what_others_wrote_is_text(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    evil = viewer(2, display_name="Ev<b>il")
    await raffle.person(evil)
    session = raffle.state.active_id.durable
    entrant = RaffleEntrant(
        name=HOSTILE, link="javascript:alert(1)", notes=HOSTILE, salt=b"sixteen bytes of"
    )

    def imported(state: Any, now: Any) -> list[Event]:
        return [
            RaffleEntrySubmitted(
                viewer_id=ViewerId(evil.id), entry_id=2, session_id=session, personal=entrant
            )
        ]

    await raffle.stage.service.ledger.change(imported)
    for who in (raffle.nobody, await raffle.person(viewer(1)), await raffle.person(evil)):
        for path in SURFACES:
            html = await text(who, path)
            assert "<img src=x" not in html
            assert "Ev<b>il" not in html
    page = await outline(await raffle.person(evil), "/")
    assert "javascript:alert(1)" in page.by_id("entry").text
    assert not [e for e in page.all("a") if "javascript" in e.attributes.get("href", "")]
    assert HOSTILE in page.by_id("entry").text
    await raffle.draw()
    for path in SURFACES:
        assert "<img src=x" not in await text(raffle.nobody, path)


# Frame


# W-51
async def test_a_footer_without_the_operators_data(raffle: RaffleStage) -> None:
    footer = (await outline(raffle.nobody, "/")).all("footer")[0].text
    assert "Demo Raffle" in footer
    assert "Operated by" not in footer
    for name, gone in (("rules", "# Contact"), ("privacy", "is responsible")):
        page = await outline(raffle.nobody, f"/raffle/{name}")
        said = shown(page)
        assert "{" not in said
        assert gone not in said
        assert "Contact" not in headings(page)
        assert len(said) > 1_000
    assert (await raffle.nobody.get("/raffle/nothing", headers=BROWSER)).status_code == 404


# W-51
async def test_a_footer_with_the_operators_data_and_own_texts(tmp_path: Path) -> None:
    own = tmp_path / "legal"
    own.mkdir()
    (own / "rules.md").write_text("# Mine\n\nOf {appName} <b>by</b> me.\n- one\n- {contactEmail}\n")
    (own / "rules.ru.md").write_text("# Моё\n\nПравила\n")
    async with running(
        tmp_path, operator_name="Norinn Studio", app_name="Friday Demos", legal_folder=str(own)
    ) as stage:
        raffle = await raffle_on(stage)
        footer = (await outline(raffle.nobody, "/demo-portal")).all("footer")[0].text
        assert "Friday Demos" in footer
        assert "Operated by Norinn Studio" in footer
        page = await outline(raffle.nobody, "/raffle/rules")
        assert "Mine Of Friday Demos <b>by</b> me. one" in shown(page)
        assert "contactEmail" not in shown(page)
        assert "Правила" in await text(raffle.nobody, "/raffle/rules", "ru")
        # What the operator has not written, the project's own text stands for.
        assert "Norinn Studio is responsible for Friday Demos." in await text(
            raffle.nobody, "/raffle/privacy"
        )
    assert set(legal.NAMES) == {"rules", "privacy"}


# W-55
async def test_pictures_come_from_one_host_only(raffle: RaffleStage) -> None:
    person = await raffle.person(viewer(1))
    for path in (*SURFACES, "/raffle/rules", "/raffle/odds"):
        answer = await person.get(path, headers=BROWSER)
        policy = answer.headers["content-security-policy"]
        assert f"img-src 'self' data: {AVATAR_HOST};" in policy
        assert "script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        page = Outline(answer.text)
        for element in page.elements:
            assert not {name for name in element.attributes if name.startswith("on")}
            assert "style" not in element.attributes
            for name in set(element.attributes) & {"src", "action"}:
                assert re.match(r"/(?!/)", element.attributes[name]), element
        assert "twitch/sync" not in answer.text
    assert AVATAR_HOST not in (await raffle.nobody.get("/draws")).headers["content-security-policy"]
    account = await raffle.stage.service.accounts.store.find(ViewerId(viewer(1).id))
    assert account is not None
    own = replace(account, image=f"{AVATAR_HOST}/a.png")
    assert avatar(own) == f"{AVATAR_HOST}/a.png"
    for foreign in ("https://evil.example/a.png", f"{AVATAR_HOST}.evil.example/a.png", None):
        assert avatar(replace(account, image=foreign)) is None


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_structure(raffle: RaffleStage, language: str) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    people = [raffle.nobody, await raffle.person(viewer(1)), await raffle.person(viewer(3))]
    for who in people:
        for path in (*SURFACES, "/raffle/odds", "/raffle/privacy"):
            page = await outline(who, path, language)
            assert page.all("html")[0].attributes["lang"] == language
            assert len(page.all("h1")) == len(page.all("main")) == 1, path
            assert set(page.ids.values()) == {1}, path
            for element in page.elements:
                for reference in element.attributes.get("aria-labelledby", "").split():
                    assert page.by_id(reference).text, (path, reference)
            assert all(e.attributes.get("scope") for e in page.all("th"))
            assert all("alt" in e.attributes for e in page.all("img"))


# Parts for scripts


async def test_the_own_part_is_nobody_elses(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    for path in SURFACES:
        mine = await text(await raffle.person(viewer(1)), f"{path}?fragment=mine")
        assert f'data-viewer="{viewer(1).id}"' in mine
        assert "<html" not in mine
        assert "Viewer_1" in mine
        nobodys = await text(raffle.nobody, f"{path}?fragment=mine")
        assert 'data-viewer=""' in nobodys
        assert "Viewer_1" not in nobodys


# Products


async def test_without_the_raffle_the_home_is_the_roulette(tmp_path: Path) -> None:
    async with running(tmp_path, raffle=False) as stage:
        who = (await raffle_on(stage)).nobody
        answer = await who.get("/?view=obs", headers=BROWSER)
        assert (answer.status_code, answer.headers["location"]) == (307, "/roulette?view=obs")
        for path in ("/demo-portal", "/raffle/rules", "/api/leaderboard"):
            assert (await who.get(path, headers=BROWSER)).status_code == 404
        page = await outline(who, "/roulette")
        assert "/demo-portal" not in [e.attributes.get("href") for e in page.all("a")]


async def test_without_the_roulette_there_is_the_raffle_alone(tmp_path: Path) -> None:
    async with running(tmp_path, roulette=False) as stage:
        who = (await raffle_on(stage)).nobody
        assert (await who.get("/roulette", headers=BROWSER)).status_code == 404
        page = await outline(who, "/")
        assert "/roulette" not in [e.attributes.get("href") for e in page.all("a")]
        assert "roulette-card" not in page.ids
        await stage.chat(viewer(1), "!twgold Norinn")
        await stage.tick(0)
        assert stage.pool() == {}
        assert stage.service.state.roulette.current.durable is None
        claimed = await stage.claim(viewer(1), "Norinn")
        assert claimed.status_code == 404


async def test_the_card_of_the_roulette(raffle: RaffleStage) -> None:
    await raffle.stage.tick(0)
    await raffle.stage.chat(viewer(1), "!twgold Norinn")
    card = (await outline(raffle.nobody, "/")).by_id("roulette-card")
    assert "1 gnome in the pool" in card.text
    assert "!twgold Name" in card.text
    assert "Go to the roulette" in card.text


# What does not answer


async def test_a_database_that_does_not_answer(raffle: RaffleStage) -> None:
    person = await raffle.person(viewer(1))
    await raffle.stage.service.store.close()
    for path in SURFACES:
        answer = await person.get(path, headers=BROWSER)
        assert answer.status_code == 503
        assert "Nothing is lost." in answer.text


async def test_a_viewer_signs_out_and_in_with_forms(raffle: RaffleStage) -> None:
    person = await signed_in(raffle.stage, viewer(1))
    page = await outline(person, "/")
    actions = {e.attributes["action"] for e in page.all("form")}
    assert "/api/auth/signout" in actions
    out = await person.post("/api/auth/signout", headers=BROWSER)
    assert (out.status_code, out.headers["location"]) == (303, "/")
    page = await outline(person, "/")
    (form,) = (e for e in page.all("form") if "data-sign-in" in e.attributes)
    assert form.attributes["action"] == "/api/auth/signin/twitch"
