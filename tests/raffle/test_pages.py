"""The raffle's pages as a browser without scripts sees them."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from browser.outline import Outline
from goldomatic.config import Secret
from goldomatic.ledger.event import Event
from goldomatic.ledger.store import UnavailableError
from goldomatic.ledger.writer import unavailable
from goldomatic.raffle.events import RaffleEntrant, RaffleEntrySubmitted
from goldomatic.raffle.page_views import REFUSALS
from goldomatic.values import ViewerId
from goldomatic.web.i18n import texts
from support.accounts import Browser
from support.raffle_stage import LINK, RaffleStage, raffle_on
from support.service import running, viewer
from support.viewer_pages import BROWSER, SURFACES, forms, headings, outline, post, shown, text

SECRET = Secret("a secret key of the raffle's tests, long enough")
PROXIES = (ip_network("127.0.0.0/8"),)
EN = texts("en")


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
