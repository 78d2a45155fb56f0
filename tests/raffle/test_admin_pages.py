"""The broadcaster's dashboard over HTTP, without scripts: what it shows, and what forms do."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest

from browser.outline import Element, Outline
from goldomatic.accounts.broadcaster import NOT_CONNECTED, TwitchHealth
from goldomatic.channel import record
from goldomatic.ledger.store import UnavailableError
from goldomatic.raffle import admin_view
from goldomatic.raffle.events import RaffleEntrant, RaffleEntrySubmitted
from goldomatic.values import ViewerId
from support import sign_in
from support.raffle_pages import HTML, PAGE, html, sent, told
from support.raffle_stage import LINK, RaffleStage
from support.service import OWNER, viewer

XSS = "<img src=x onerror=alert(1)>"


def buttons(page: Outline) -> dict[str, bool]:
    """Which buttons with an id can be pressed."""
    found = (each for each in page.all("button") if "id" in each.attributes)
    return {each.attributes["id"]: "disabled" not in each.attributes for each in found}


def rows(page: Outline) -> list[str]:
    """The names of the list of entries, from above."""
    return [each.text for each in page.of_class("name") if each.tag == "strong"]


# W-03
async def test_strangers_get_a_card_and_no_data(raffle: RaffleStage) -> None:
    await raffle.start(name="Secret session")
    await raffle.entered(1, 2)
    pages = ["", "?tab=weights", "/history", "/bonus", "/session/end", "/entries/1/remove"]
    for browser in (raffle.nobody, raffle.browsers[viewer(1).id]):
        for path in pages:
            answer = await browser.get(PAGE + path, headers=HTML)
            page = Outline(answer.text)
            assert answer.status_code == 401
            assert page.all("h1")[0].text == "Admin Access Required"
            for word in ("Viewer_", "viewer_", "Secret", "baseWeight", "csrfToken", LINK):
                assert word not in answer.text, (path, word)
            (form,) = page.all("form")
            assert form.attributes["action"] == "/api/auth/signin/twitch"
            back = next(e for e in page.all("input") if e.attributes["name"] == "callbackUrl")
            assert back.attributes["value"] == PAGE


# W-04
async def test_the_first_page_has_entries_and_settings(raffle: RaffleStage) -> None:
    await raffle.start(name="Friday")
    await raffle.entered(1, 2)
    await raffle.give(1, "cheer", 2500)
    page = await html(raffle.owner)
    assert rows(page) == ["Friday", "Viewer_1", "Viewer_2"]
    assert page.by_id("entries-heading").text == "Active Entries (2)"
    assert page.by_id("baseWeight").attributes["value"] == "1"
    assert page.by_id("cheerBitsDivisor").attributes["value"] == "1000"
    assert "3.50x" in page.by_id("entry-1").text
    assert "Sub: 0mo · Bits: 2,500 · Gifts: 0" in page.by_id("entry-1").text
    assert "@viewer_1" in page.by_id("entry-1").text
    assert "500 bits+0.50x" in page.by_id("values").text
    assert len(page.all("title")) == len(page.all("main")) == 1
    assert set(page.ids.values()) == {1}


# W-32, W-33, W-34
async def test_a_session_from_start_to_end(raffle: RaffleStage) -> None:
    page = await html(raffle.owner)
    assert "No active session" in page.by_id("session").text
    assert "Start a session to begin accepting entries." in page.by_id("session").text
    assert buttons(page)["start-session"] is True
    assert buttons(page)["end-session"] is False
    switch = page.by_id("submissions").text

    answer, page = await sent(raffle, "session/start", back="tab=weights", name="  Friday ")
    assert answer.headers["location"].startswith(f"{PAGE}?tab=weights&")
    assert told(page, "session") == ("good", "Session started successfully.")
    assert re.search(r"Active session Started .*• Friday", page.by_id("session").text)
    assert (buttons(page)["start-session"], buttons(page)["end-session"]) == (False, True)

    answer, page = await sent(raffle, "session/start", name="Saturday")
    assert answer.status_code == 400
    assert told(page, "session") == ("bad", "A session is already active.")

    await raffle.entered(1, 2, 3)
    question = await html(raffle.owner, f"{PAGE}/session/end?back=tab%3Dweights")
    assert question.all("h1")[0].text == "End the session?"
    assert "3 entries have not been drawn." in question.by_id("step").text
    assert "Reset weights instead of carrying over" in question.by_id("step").text
    assert raffle.state.active_id.durable is not None, "asking ends nothing"
    cancel = next(e for e in question.all("a") if "data-close" in e.attributes)
    assert cancel.attributes["href"] == f"{PAGE}?tab=weights"

    _, page = await sent(raffle, "session/end")
    applied = "Session ended. Carry-over applied to pending entries."
    assert told(page, "session") == ("good", applied)
    assert "Last session ended" in page.by_id("session").text
    assert page.by_id("submissions").text == switch
    assert {m.carry for m in raffle.state.members.durable.values()} == {500_000}
    answer, page = await sent(raffle, "session/end")
    assert (answer.status_code, told(page, "session")[0]) == (400, "bad")


async def test_ending_with_reset_carries_nothing_over(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    await sent(raffle, "session/end", reset="on")
    assert {m.carry for m in raffle.state.members.durable.values()} == {0}


# W-35
async def test_the_switch_works_without_a_session(raffle: RaffleStage) -> None:
    for action, shown, usable in (("false", "Closed", "open"), ("true", "Open", "close")):
        _, page = await sent(raffle, "submissions", open=action)
        assert shown in page.by_id("submissions").text
        for name in ("open", "close"):
            assert buttons(page)[f"{name}-submissions"] is (name == usable)


# W-36
async def test_a_switch_that_fails_stays_as_it_was(
    raffle: RaffleStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> None:
        raise UnavailableError("the disk is gone")

    monkeypatch.setattr(raffle.stage.service.store, "append", broken)
    answer, page = await sent(raffle, "submissions", open="false")
    assert answer.status_code == 503
    assert told(page, "submissions") == ("bad", "Failed to update submissions state")
    assert page.by_id("submissions").text.startswith("Submissions Status Open")


# W-37
async def test_the_list_searches_sorts_and_pages(raffle: RaffleStage) -> None:
    await raffle.start()
    for number, name in enumerate(("Ada", "Brad", "Zoë", "ada2", "Norinn"), 1):
        assert (await raffle.enter(viewer(number), displayName=name)).status_code == 200
    page = await html(raffle.owner, f"{PAGE}?q=AD&sort=name&dir=asc")
    assert rows(page) == ["Ada", "ada2", "Brad"]
    assert page.by_id("entries-heading").text == "Active Entries (3)"
    chosen = [e.attributes["value"] for e in page.all("option") if "selected" in e.attributes]
    assert chosen == ["name", "asc"]
    assert page.by_id("q").attributes["value"] == "AD"
    assert rows(await html(raffle.owner, f"{PAGE}?q=viewer_5")) == ["Norinn"]
    nobody = await html(raffle.owner, f"{PAGE}?q=nobody%25")
    assert "No entries match this search." in nobody.by_id("entries").text

    for number in range(10, 61):
        await raffle.entered(number)
    page = await html(raffle.owner, f"{PAGE}?sort=age&dir=asc&page=2")
    assert (len(rows(page)), rows(page)[-1]) == (6, "Viewer_60")
    assert "Page 2 of 2" in page.by_id("entries").text
    beyond = await html(raffle.owner, f"{PAGE}?sort=age&dir=asc&page=99")
    assert rows(beyond) == rows(page)
    previous = next(e for e in page.all("a") if e.attributes.get("rel") == "prev")
    assert previous.attributes["href"] == f"{PAGE}?sort=age&dir=asc#entries"


# W-38
async def test_an_entry_is_removed_after_a_question(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    question = await html(raffle.owner, f"{PAGE}/entries/1/remove?back=q%3Dview")
    assert "Are you sure you want to remove this entry?" in question.by_id("step").text
    assert "@viewer_1" in question.by_id("step").text
    cancelled = await html(raffle.owner, f"{PAGE}?q=view")
    assert rows(cancelled) == ["Viewer_2", "Viewer_1"]
    answer, page = await sent(raffle, "entries/1/remove", back="q=view&sort=name")
    assert answer.headers["location"] == f"{PAGE}?q=view&sort=name&done=removed#entries"
    assert rows(page) == ["Viewer_2"]
    assert page.by_id("entries-heading").text == "Active Entries (1)"
    assert told(page, "entries") == ("good", "Entry removed successfully")
    answer, page = await sent(raffle, "entries/1/remove")
    assert (answer.status_code, told(page, "entries")) == (404, ("bad", "Entry not found"))
    answer, _ = await sent(raffle, "entries/x/remove")
    assert answer.status_code == 400


async def test_a_demo_that_was_played_uses_up_the_support(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    await raffle.give(1, "cheer", 1500)
    question = await html(raffle.owner, f"{PAGE}/entries/1/played")
    assert "cannot be undone" in question.by_id("step").text
    _, page = await sent(raffle, "entries/1/played")
    assert told(page, "entries")[1] == "Demo played: bits and gifted subs of Viewer_1 are used up."
    assert "1.00x" in page.by_id("entry-1").text


# W-39
async def test_without_a_session_the_carry_over_is_listed(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    await raffle.give(2, "cheer", 3000)
    await raffle.end()
    page = await html(raffle.owner)
    part = page.by_id("entries").text
    assert "Carry-over for next session" in part
    assert "will start the next session with a buff." in part
    assert rows(page) == ["Viewer_2", "Viewer_1"]
    assert "2.00x" in part
    await raffle.start()
    assert "Carried over" in (await html(raffle.owner)).by_id("entry-1").text


async def test_nobody_with_a_carry_over(raffle: RaffleStage) -> None:
    page = await html(raffle.owner)
    assert "No users currently have carry-over weight." in page.by_id("entries").text


# W-48
@pytest.mark.parametrize("typed", ["-1", "abc", "", "1e99"])
async def test_a_bonus_that_is_no_number(raffle: RaffleStage, typed: str) -> None:
    await raffle.person(viewer(1))
    answer, page = await sent(raffle, "bonus", who="view", id=viewer(1).id, bonus=typed)
    assert answer.status_code == 400
    assert told(page, "step") == ("bad", "Enter a valid non-negative bonus")
    field = page.by_id(f"bonus-{viewer(1).id}")
    assert field.attributes["value"] == typed
    assert field.attributes["aria-describedby"] == "told-step"
    assert page.by_id("who").attributes["value"] == "view"
    assert raffle.state.members.durable[ViewerId(viewer(1).id)].bonus == 0


# W-48
async def test_a_bonus_is_set(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    found = await html(raffle.owner, f"{PAGE}/bonus?who=VIEWER_1")
    assert "Viewer_1 @viewer_1 No sub · Follow" in found.by_id("step").text
    _, page = await sent(raffle, "bonus", who="view", id=viewer(1).id, bonus="2.5")
    assert told(page, "step") == ("good", "Bonus updated for Viewer_1")
    assert page.by_id(f"bonus-{viewer(1).id}").attributes["value"] == "2.5"
    assert "Session bonus+2.50x" in (await html(raffle.owner)).by_id("entry-1").text
    _, page = await sent(raffle, "bonus", id="nobody", bonus="1")
    assert told(page, "step") == ("bad", "User not found")
    none = await html(raffle.owner, f"{PAGE}/bonus?who=zzz")
    assert "No matches" in none.by_id("step").text


# W-22, W-23
async def test_what_viewers_write_is_text(raffle: RaffleStage) -> None:
    await raffle.start(name=XSS)
    assert (await raffle.enter(viewer(1), displayName=XSS, notes="a&lt;b")).status_code == 200
    imported = RaffleEntrySubmitted(
        viewer_id=ViewerId(viewer(1).id),
        entry_id=7,
        session_id=raffle.state.active_id.durable,
        personal=RaffleEntrant(name=XSS, link="javascript:alert(1)", notes=XSS, salt=b"s" * 16),
    )
    await raffle.stage.service.ledger.change(record(imported))
    for path in ("", "/history", "/bonus", "/entries/7/remove", "?tab=raffle"):
        page = await html(raffle.owner, PAGE + path)
        assert not [e for e in page.all("img") if e.attributes.get("src") == "x"], path
        assert not [e for e in page.all("a") if "javascript" in e.attributes.get("href", "")], path
    page = await html(raffle.owner)
    assert "javascript:alert(1)" in page.by_id("entry-7").text
    assert XSS in page.by_id("entry-7").text
    for typed in ('"><script>', "' onfocus='x", XSS):
        found = await html(raffle.owner, PAGE, params={"q": typed})
        assert found.by_id("q").attributes["value"] == typed
        assert not [e for e in found.all("script") if e.text]
        _, again = await sent(raffle, "session/start", name=typed)
        assert told(again, "session")[0] == "bad"


async def test_links_lead_out_without_telling_from_where(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.enter(viewer(1), demoLink=LINK)
    page = await html(raffle.owner)
    (link,) = [e for e in page.all("a") if e.attributes["href"] == LINK]
    assert link.attributes["target"] == "_blank"
    assert link.attributes["rel"] == "noopener noreferrer"


# W-50
@pytest.mark.parametrize("path", ["/admin", f"{PAGE}/weights", f"{PAGE}/session/start"])
async def test_old_addresses_lead_to_the_dashboard(raffle: RaffleStage, path: str) -> None:
    answer = await raffle.nobody.get(path, headers=HTML)
    assert answer.status_code in (303, 308)
    assert answer.headers["location"] == PAGE


async def test_winners_and_sessions_can_be_printed_with_their_proofs(raffle: RaffleStage) -> None:
    empty = await html(raffle.owner, f"{PAGE}/history")
    assert "Nobody has won yet." in empty.by_id("content").text
    friday = await raffle.start(name="Friday")
    await raffle.entered(1, 2, 3)
    drawn = [await raffle.draw() for _ in range(2)]
    await raffle.end()
    await raffle.start()
    drawn.append(await raffle.draw())
    page = await html(raffle.owner, f"{PAGE}/history")
    assert "Winners (3)" in page.by_id("winners-heading").text
    proofs = [e.attributes["href"] for e in page.all("a") if e.text == "Proof"]
    assert proofs == [f"/draws/{each['drawId']}" for each in reversed(drawn)]
    printed = [e.text for e in page.of_class("printed")]
    origin = raffle.stage.service.settings.public_url.rstrip("/")
    assert printed == [origin + path for path in proofs]
    assert "Running" in page.by_id("content").text
    only = await html(raffle.owner, f"{PAGE}/history?session={friday}")
    assert len(only.of_class("printed")) == 2
    assert only.by_id("winners-heading").text == "Winners of Friday"


async def test_exports_are_offered(raffle: RaffleStage) -> None:
    page = await html(raffle.owner)
    links = {e.attributes["href"] for e in page.all("a") if "download" in e.attributes}
    assert links == {f"/api/admin/export/{what}.csv" for what in ("entries", "winners")}
    for link in links:
        assert (await raffle.owner.get(link)).headers["content-type"].startswith("text/csv")


async def test_a_form_of_another_site_is_refused(raffle: RaffleStage) -> None:
    headers = {**HTML, "Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}
    answer = await raffle.owner.post(f"{PAGE}/session/start", headers=headers, data={"name": "x"})
    assert answer.status_code == 403
    token = {"csrfToken": raffle.owner.csrf, "name": "x"}
    answer = await raffle.owner.post(f"{PAGE}/session/start", headers=headers, data=token)
    assert answer.status_code == 303


async def test_every_form_carries_the_token(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    for path in ("", "/session/end", "/entries/1/remove", "/bonus", "/recalculate"):
        page = await html(raffle.owner, PAGE + path)
        posts = [e for e in page.all("form") if e.attributes.get("method") == "post"]
        tokens = [e for e in page.all("input") if e.attributes.get("name") == "csrfToken"]
        assert len(posts) == len(tokens) > 0
        assert {e.attributes["value"] for e in tokens} == {raffle.owner.csrf}


def current(page: Outline) -> list[Element]:
    return [
        e for e in page.all("a") if "data-tab" in e.attributes and "aria-current" in e.attributes
    ]


@pytest.mark.parametrize("tab", ["users", "weights", "raffle"])
async def test_tabs_are_addresses(raffle: RaffleStage, tab: str) -> None:
    page = await html(raffle.owner, f"{PAGE}?tab={tab}")
    assert [e.attributes["data-tab"] for e in current(page)] == [tab]
    shown = [e.attributes["id"] for e in page.of_class("tab") if "hidden" not in e.attributes]
    assert shown == [f"tab-{tab}"]


async def test_the_page_speaks_russian(raffle: RaffleStage) -> None:
    answer = await raffle.owner.get(PAGE, headers={**HTML, "Accept-Language": "ru"})
    page = Outline(answer.text)
    assert page.all("h1")[0].text == "Панель управления"


# W-49
async def test_a_missing_scope_asks_for_another_sign_in(tmp_path: Path) -> None:
    async with sign_in.web(tmp_path) as web:
        browser = web.browser()
        answer = await browser.come_back(await browser.decide(await browser.begin(), OWNER))
        # At Twitch the broadcaster consents to less than was asked for.
        less = answer.headers["location"].replace("bits%3Aread", "")
        await browser.come_back(await browser.decide(less, OWNER))
        banner = Outline((await browser.get(PAGE, headers=HTML)).text).by_id("banner").text
        assert "Twitch authorization needs to be renewed." in banner
        assert "Reason: missing_scopes" in banner
        assert "Missing scopes: bits:read" in banner
        assert "Sign in as the broadcaster again to restore" in banner
        russian = Outline((await browser.get(f"{PAGE}?lang=ru", headers=HTML)).text)
        assert "Причина: missing_scopes (Twitch дал меньше" in russian.by_id("banner").text
        await web.signed_in(OWNER)
        again = await web.signed_in(OWNER)
        page = Outline((await again.get(PAGE, headers=HTML)).text)
        assert page.by_id("banner").text == ""


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (NOT_CONNECTED, "Причина: Учётная запись стримера не подключена к Twitch."),
        ("validate_401", "Причина: validate_401 (Twitch больше не принимает"),
    ],
)
async def test_the_reason_is_told_in_the_readers_language(
    raffle: RaffleStage, monkeypatch: pytest.MonkeyPatch, reason: str, told: str
) -> None:
    async def dead() -> TwitchHealth:
        return TwitchHealth("reauth_required", reason)

    monkeypatch.setattr(raffle.stage.service.accounts.broadcaster, "health", dead)
    answer = await raffle.owner.get(f"{PAGE}?lang=ru", headers=HTML)
    assert told in Outline(answer.text).by_id("banner").text


async def test_a_twitch_that_hangs_holds_no_page_up(
    raffle: RaffleStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_view, "PATIENCE", timedelta(seconds=0.05))
    never = asyncio.Event()

    async def hangs() -> TwitchHealth:
        await never.wait()
        return TwitchHealth("ok")

    monkeypatch.setattr(raffle.stage.service.accounts.broadcaster, "health", hangs)
    page = await html(raffle.owner)
    assert "Twitch does not say at the moment" in page.by_id("banner").text
    never.set()
