"""The pages of the roulette, over HTTP, in both languages, in every state of a round."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from browser.outline import Outline
from browser.staged_service import START, Stage, staged
from goldomatic import channel
from goldomatic.fairdraw import publish
from goldomatic.payouts.events import PayoutStatus
from goldomatic.roulette import pages
from goldomatic.roulette.pages import DrawView, pool_view, round_view
from goldomatic.values import ViewerId

NAMES = ("Norinn", "Kael", "Ёжик", "Thrumbolt", "Fizzle")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as running:
        yield running


async def outline(stage: Stage, path: str, language: str = "en") -> Outline:
    return Outline(await stage.text(path, language))


def marks(page: Outline) -> list[str]:
    return [e.attributes["data-outcome"] for e in page.all("li") if "data-outcome" in e.attributes]


async def test_before_anybody_is_in_the_pool(stage: Stage) -> None:
    page = await outline(stage, "/roulette")
    assert page.by_id("phase").text == "Waiting for gnomes"
    assert page.by_id("pool-count").text == "0"
    assert page.by_id("pool").text == "Nobody yet. Be the first gnome in."
    assert page.by_id("to-spin").text == "5:00"
    assert page.by_id("to-draw").text == "No draw in this round"
    assert page.by_id("outcome").text == "No round has been played yet."
    assert page.by_id("winners").text == "No winners yet. The vault is full."
    assert page.by_id("commitment").text == stage.cycle.commitment


# G-26
@pytest.mark.parametrize(
    ("seconds", "phase", "to_spin", "to_draw", "percent"),
    [
        (0, "collecting", "5:00", "4:00", "0.0"),
        (90, "collecting", "3:30", "2:30", "30.0"),
        (239.5, "collecting", "1:01", "0:01", "79.8"),
        (240, "spinning", "1:00", "Draw made", "80.0"),
        (269, "spinning", "0:31", "Draw made", "89.7"),
        (270, "verification", "0:30", "Draw made", "90.0"),
        (299, "verification", "0:01", "Draw made", "99.7"),
    ],
)
async def test_phases_of_a_round(
    stage: Stage, seconds: float, phase: str, to_spin: str, to_draw: str, percent: str
) -> None:
    await stage.enrol(*NAMES)
    await stage.next_round()
    if seconds >= 240:
        await stage.draw()
    await stage.at(stage.cycle.start + timedelta(seconds=seconds))
    page = await outline(stage, "/roulette")
    assert page.by_id("round").attributes["data-phase"] == phase
    assert page.by_id("to-spin").text == to_spin
    assert page.by_id("to-draw").text == to_draw
    assert page.by_id("passed").attributes["width"] == percent
    steps = [e for e in page.all("li") if "data-step" in e.attributes]
    assert [e.attributes.get("aria-current") for e in steps] == [
        "step" if e.attributes["data-step"] == phase else None for e in steps
    ]


@pytest.mark.parametrize(
    ("language", "phase", "command", "heading"),
    [
        ("en", "Collecting names", "!twgold Name", "How to join"),
        ("ru", "Принимаем имена", "!twgold Имя", "Как участвовать"),
    ],
)
async def test_the_page_in_both_languages(
    stage: Stage, language: str, phase: str, command: str, heading: str
) -> None:
    await stage.enrol(*NAMES)
    await stage.next_round()
    page = await outline(stage, "/roulette", language)
    (html,) = page.all("html")
    assert html.attributes["lang"] == language
    assert page.by_id("phase").text == phase
    assert page.by_id("command").text == command
    assert page.by_id("join-heading").text == heading
    assert page.by_id("pool-count").text == str(len(NAMES))
    shown = page.by_id("pool").text
    assert all(name in shown for name in NAMES)


async def test_a_large_pool_shows_a_choice_of_names(stage: Stage) -> None:
    letters = "abcdefghij"
    await stage.enrol(*(f"G{first}{second}" for first in letters for second in letters))
    page = await outline(stage, "/roulette")
    assert page.by_id("pool-count").text == "100"
    assert len([e for e in page.all("li") if e.text.startswith("G") and len(e.text) == 3]) == 24
    assert "picked at random" in page.by_id("pool").text
    choices = {tuple(pool_view(stage.service).names) for _ in range(5)}
    assert len(choices) > 1


async def test_a_drawn_candidate_is_shown_to_nobody_before_the_outcome(stage: Stage) -> None:
    await stage.enrol(*NAMES)
    await stage.next_round()
    name = await stage.draw()
    for seconds in (240, 255, 271, 299):
        await stage.at(stage.cycle.start + timedelta(seconds=seconds))
        for path in ("/roulette", "/roulette?view=obs"):
            page = await stage.text(path)
            start, end = page.find('<div id="pool"'), page.find("</div>", page.find('id="pool"'))
            elsewhere = page if start < 0 else page[:start] + page[end:]
            assert name not in elsewhere, (path, seconds)
        assert name not in await stage.text("/roulette?fragment=results")
    await stage.report(name, online=True)
    assert f"{name} wins 1,000 gold!" in await stage.text("/roulette?fragment=results")


async def test_a_frozen_draw_shows_neither_candidate_nor_seed(stage: Stage) -> None:
    await stage.enrol(*NAMES)
    await stage.next_round()
    name = await stage.draw()
    page = await outline(stage, f"/draws/{stage.cycle.spin_cycle_id}")
    everything = page.by_id("content").text
    assert "List fixed" in everything
    assert not any(each in everything for each in NAMES)
    assert name not in everything
    assert "seed" not in page.ids
    assert page.by_id("root").text


# G-31
async def test_a_winner_with_the_status_of_the_payout(stage: Stage) -> None:
    await stage.enrol(*NAMES)
    await stage.next_round()
    name = await stage.draw()
    await stage.stop_wheel()
    payout = await stage.report(name, online=True)
    moves: list[tuple[PayoutStatus | None, str, str]] = [
        (None, "Pending", "Pending"),
        (PayoutStatus.IN_PROGRESS, "InProgress", "In progress"),
        (PayoutStatus.SENT, "Sent", "Sent"),
    ]
    for status, value, shown in moves:
        if status is not None:
            await stage.move(payout, status)
        for path in ("/roulette", "/roulette?fragment=results"):
            page = await outline(stage, path)
            (row,) = (e for e in page.all("li") if e.text.startswith(f"{name} 1,000 g"))
            assert row.text == f"{name} 1,000 g {shown} 2026-02-03 12:09 UTC Proof"
            chips = [e for e in page.of_class("chip") if e.attributes.get("data-status") == value]
            assert len(chips) == 2
            counts = [int(e.text) for e in page.all("dd")]
            assert counts == [
                int(each is (status or PayoutStatus.PENDING)) for each in PayoutStatus
            ]
            assert page.by_id("outcome").text.startswith(f"{name} wins 1,000 gold!")
    links = [e for e in page.all("a") if e.text == "Proof"]
    assert [e.attributes["href"] for e in links] == [f"/draws/{stage.cycle.spin_cycle_id}"]
    assert links[0].attributes["aria-label"] == f"Proof of the draw that {name} won"


# G-32
@pytest.mark.parametrize(
    ("online", "english", "russian"),
    [
        (False, "was not online", "не было в игре"),
        (None, "Nobody reported", "Никто не сообщил"),
    ],
)
async def test_rounds_that_nobody_wins(
    stage: Stage, online: bool | None, english: str, russian: str
) -> None:
    await stage.enrol("Norinn")
    await stage.next_round()
    name = await stage.draw()
    await stage.stop_wheel()
    if online is None:
        deadline = stage.cycle.deadline
        await stage.next_round()
        await stage.at(deadline + timedelta(seconds=1))
    else:
        await stage.report(name, online=online)
    for language, words in (("en", english), ("ru", russian)):
        text = (await outline(stage, "/roulette", language)).by_id("outcome").text
        assert words in text
        assert name not in text


async def test_a_winner_who_was_forgotten_has_no_name(stage: Stage) -> None:
    await stage.enrol("Norinn")
    draw_id, name = await stage.play()
    assert name in (await outline(stage, "/roulette")).by_id("winners").text
    await stage.service.ledger.change(channel.forget_viewer(ViewerId("1001"), "operator"))
    for path in ("/roulette", "/roulette?fragment=results", f"/draws/{draw_id}"):
        assert name not in await stage.text(path)
    assert "Name removed" in (await outline(stage, "/roulette")).by_id("winners").text
    proof = await outline(stage, f"/draws/{draw_id}")
    assert "asked to be forgotten" in proof.by_id("content").text
    assert proof.of_class("verdict")[0].text == "Everything holds."


async def test_parts_follow_what_happens_and_are_made_once(stage: Stage) -> None:
    assert "Nobody yet" in await stage.text("/roulette?fragment=pool")
    await stage.enrol(*NAMES)
    first = await stage.text("/roulette?fragment=pool")
    assert Outline(first).by_id("pool").attributes["data-count"] == "5"
    assert await stage.text("/roulette?fragment=pool") == first
    assert (await stage.page("/roulette?fragment=rest")).status_code == 404
    board = (
        await stage.text("/roulette?fragment=results"),
        await stage.text("/roulette?fragment=results", "ru"),
    )
    assert board[0] != board[1]


async def test_the_obs_view_has_no_navigation(stage: Stage) -> None:
    await stage.enrol(*NAMES)
    await stage.play()
    page = await outline(stage, "/roulette?view=obs")
    (html,) = page.all("html")
    assert html.attributes["data-view"] == "obs"
    assert not page.all("nav")
    assert not page.all("footer")
    assert page.by_id("pool-count").text == "5"
    assert page.by_id("to-spin").text


async def test_the_round_has_the_spin_interval_of_the_settings(tmp_path: Path) -> None:
    async with staged(tmp_path, spin_interval_seconds=600) as stage:
        view = round_view(stage.service, START + timedelta(seconds=60))
        assert (view.seconds_to_spin, view.seconds_to_draw, view.percent) == (540, 420, 10)
        page = await outline(stage, "/roulette")
        assert page.by_id("round").attributes["data-interval"] == "600"


async def test_draws_are_listed_with_their_results(stage: Stage) -> None:
    assert "No draw has been made yet." in await stage.text("/draws")
    await stage.enrol(*NAMES)
    first, _ = await stage.play()
    second, _ = await stage.play(online=False)
    page = await outline(stage, "/draws", "ru")
    links = [e.attributes["href"] for e in page.all("a") if e.text == "Проверить"]
    assert links == [f"/draws/{second}", f"/draws/{first}"]
    assert [e.text for e in page.of_class("chip")][1:] == ["Не в игре", "Есть победитель"]
    assert "goldomatic verify https://gold.example/draws/…" in page.by_id("how").text
    assert page.by_id("commitment").text == stage.cycle.commitment


async def test_a_promised_draw(stage: Stage) -> None:
    await stage.enrol(*NAMES)
    await stage.next_round()
    page = await outline(stage, f"/draws/{stage.cycle.spin_cycle_id}")
    assert page.by_id("commitment").text == stage.cycle.commitment
    assert page.of_class("verdict")[0].text == "Not finished yet."
    outcomes = [
        e.attributes["data-outcome"] for e in page.all("li") if "data-outcome" in e.attributes
    ]
    assert set(outcomes) == {"ok", "not-yet"}
    assert "root" not in page.ids


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_revealed_draw_with_all_of_its_proof(stage: Stage, language: str) -> None:
    await stage.enrol(*NAMES)
    draw_id, name = await stage.play()
    record = (await stage.http.get(f"/api/draws/{draw_id}")).json()
    page = await outline(stage, f"/draws/{draw_id}", language)
    everything = page.by_id("content").text
    for key in ("commitment", "root", "seed"):
        assert page.by_id(key).text == record[key]
    opening = record["winner"]["opening"]
    assert opening["name"] == name
    for shown in (*opening.values(), *record["winner"]["proof"], draw_id):
        assert str(shown) in everything
    assert all(entrant["hash"] in everything for entrant in record["entrants"])
    alternates = [e.text for e in page.all("li") if e.text.split(" ")[0] in ("Entry", "Запись")]
    assert [int(text.split()[1]) for text in alternates[-4:]] == record["order"][1:]
    assert f"goldomatic verify https://gold.example/draws/{draw_id}" in everything
    hrefs = [e.attributes.get("href") for e in page.all("a")]
    assert f"/api/draws/{draw_id}" in hrefs
    assert "/docs/verify_draw.py" in hrefs
    assert marks(page) == ["ok"] * 11
    assert page.of_class("verdict")[0].attributes["data-verdict"] == "verified"


async def test_a_record_that_does_not_hold_says_so(stage: Stage, tmp_path: Path) -> None:
    await stage.enrol(*NAMES)
    draw_id, _ = await stage.play()
    with sqlite3.connect(tmp_path / "ledger.db") as db:
        db.execute(
            'UPDATE events SET data = replace(CAST(data AS TEXT), \'"seed":"\', \'"seed":"00\')'
            " WHERE type = 'DrawRevealed'"
        )
    db.close()
    for language, verdict in (("en", "Something does not hold!"), ("ru", "Что-то не сходится!")):
        page = await outline(stage, f"/draws/{draw_id}", language)
        assert page.of_class("verdict")[0].text == verdict
        failed = [e for e in page.all("li") if e.attributes.get("data-outcome") == "failed"]
        assert failed


@pytest.mark.parametrize(
    ("reason", "english", "russian"),
    [
        ("empty", "The pool was empty.", "Пул был пуст."),
        ("missed", "was not running", "служба не работала"),
        ("nobody_eligible", "could win", "Выиграть было некому"),
    ],
)
async def test_a_draw_that_was_called_off(
    stage: Stage, reason: str, english: str, russian: str
) -> None:
    if reason != "empty":
        await stage.enrol("Norinn")
    if reason == "nobody_eligible":
        await stage.play()
    voided = (await stage.next_round()).spin_cycle_id
    if reason == "nobody_eligible":
        await stage.at(stage.cycle.draw_at)
    await stage.next_round()
    for language, words in (("en", english), ("ru", russian)):
        page = await outline(stage, f"/draws/{voided}", language)
        assert words in page.by_id("content").text
        assert page.by_id("seed").text
        assert page.of_class("verdict")[0].attributes["data-verdict"] == "verified"


async def test_a_long_list_is_cut(stage: Stage) -> None:
    letters = "abcdefghijk"
    await stage.enrol(*(f"G{first}{second}" for first in letters for second in letters))
    draw_id, _ = await stage.play()
    page = await outline(stage, f"/draws/{draw_id}")
    (listed,) = (e for e in page.of_class("entrants") if "start" in e.attributes)
    assert listed.text.count("×") == 100
    assert "The first 100 of 121." in page.by_id("content").text
    assert page.of_class("verdict")


async def test_a_list_that_is_too_long_is_not_checked_on_the_page(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_ENTRANTS_CHECKED", 4)
    await stage.enrol(*NAMES)
    draw_id, _ = await stage.play()
    page = await outline(stage, f"/draws/{draw_id}")
    assert not page.of_class("verdict")
    assert "too long to be checked" in page.by_id("content").text
    assert "goldomatic verify" in page.by_id("content").text


@pytest.mark.parametrize("draw_id", ["00000000-0000-4000-8000-000000000000", "nonsense", "%00"])
async def test_an_unknown_draw(stage: Stage, draw_id: str) -> None:
    answer = await stage.page(f"/draws/{draw_id}", "ru")
    assert answer.status_code == 404
    assert "В этой машине нет такой шестерёнки" in answer.text


async def test_every_check_has_a_sentence_in_both_languages(stage: Stage) -> None:
    await stage.enrol(*NAMES)
    first, _ = await stage.play()
    promised = (await stage.next_round()).spin_cycle_id
    sentences: dict[str, list[str]] = {}
    for language in ("en", "ru"):
        for draw_id in (first, promised):
            page = await outline(stage, f"/draws/{draw_id}", language)
            found = [e.text for e in page.all("li") if "data-outcome" in e.attributes]
            sentences.setdefault(language, []).extend(found)
    assert len(sentences["en"]) == len(sentences["ru"])
    assert not set(sentences["en"]) & set(sentences["ru"])


@pytest.mark.parametrize(("reason", "text"), [("missed", "missed"), ("a storm", "other")])
def test_an_unknown_reason_has_a_text_that_quotes_it(reason: str, text: str) -> None:
    promised = publish.committed("draw", "4242", "roulette", b"c" * 32, START)
    record = publish.void(promised, seed=b"s" * 32, reason=reason, at=START)
    view = DrawView(record=record, at=START, result=None, report=None, page_url="", record_url="")
    assert view.void_text == text
