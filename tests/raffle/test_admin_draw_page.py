"""Drawing from the broadcaster's page without scripts: the result, hidden and revealed."""

from datetime import timedelta

from browser.outline import Outline
from support.raffle_pages import HTML, PAGE, html, sent, told
from support.raffle_stage import LINK, RaffleStage
from support.service import viewer

SOME_DRAW = "00000000-0000-4000-8000-000000000000"


def winner_of(page: Outline) -> str:
    (found,) = page.of_class("won-name")
    return found.text


# W-45, and section 6 without scripts
async def test_a_hidden_draw_is_seen_by_the_broadcaster_alone(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2, 3)
    public = await raffle.seen("/api/leaderboard")
    answer, page = await sent(raffle, "draw", back="tab=raffle", hide="on")
    assert answer.headers["location"].endswith("#wheel")
    first = winner_of(page)
    assert "Viewers do not see this yet." in page.by_id("wheel").text
    assert "published together with the result" in page.by_id("wheel").text
    assert (await raffle.seen("/api/leaderboard"))["entries"] == public["entries"]
    assert (await raffle.seen("/api/winner"))["winner"] is None

    draw_id = raffle.state.hidden.durable.draw_id
    waiting = await html(raffle.owner, f"{PAGE}?tab=raffle")
    assert "A draw has been held whose result is still hidden" in waiting.by_id("wheel").text
    assert not waiting.of_class("won-name")
    _, page = await sent(raffle, f"draws/{draw_id}/reveal", back=f"tab=raffle&draw={draw_id}")
    assert told(page, "wheel") == ("good", "Everybody sees the result now.")
    assert winner_of(page) == first
    seed = page.by_id(f"seed-{draw_id}").text
    assert len(bytes.fromhex(seed)) == 32
    assert f"/draws/{draw_id}" in [e.attributes["href"] for e in page.all("a")]
    assert (await raffle.seen("/api/winner"))["winner"]["name"] == first

    _, page = await sent(raffle, "draw", back="tab=raffle", hide="on")
    assert winner_of(page) != first


async def test_a_draw_that_is_not_hidden(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    _, page = await sent(raffle, "draw", back="tab=raffle")
    assert "Viewers do not see this yet." not in page.by_id("wheel").text
    assert (await raffle.seen("/api/winner"))["winner"]["name"] == winner_of(page) == "Viewer_1"
    assert page.by_id("empty-pool").text == "No entries to draw from"
    assert "draw-winner" not in page.ids
    answer, page = await sent(raffle, "draw", back="tab=raffle")
    assert answer.status_code == 400
    assert told(page, "wheel") == ("bad", "No participants available to choose from")


async def test_a_draw_without_a_session(raffle: RaffleStage) -> None:
    answer, page = await sent(raffle, "draw")
    assert (answer.status_code, told(page, "wheel")) == (400, ("bad", "No active session."))


async def test_a_result_that_is_overdue_is_hidden_no_more(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    _, page = await sent(raffle, "draw", hide="on")
    raffle.stage.clock.now += timedelta(seconds=11)
    draw_id = raffle.state.hidden.durable.draw_id
    later = await html(raffle.owner, f"{PAGE}?tab=raffle&draw={draw_id}")
    assert "Viewers do not see this yet." not in later.by_id("wheel").text
    assert winner_of(later) == winner_of(page)


# W-47
async def test_the_winner_dialog(raffle: RaffleStage) -> None:
    long = LINK + "/" + "x" * (99 - len(LINK))
    assert len(long) == 100
    await raffle.start()
    await raffle.enter(viewer(1), displayName="Ada", demoLink=long, notes="first line\nsecond line")
    drawn = await raffle.draw()
    answer = await raffle.owner.get(f"{PAGE}/draws/{drawn['drawId']}", headers=HTML)
    assert "first line\nsecond line" in answer.text
    page = Outline(answer.text)
    (link,) = [e for e in page.all("a") if e.attributes["href"] == long]
    assert link.text == long[:77] + "…"
    assert "@viewer_1" in page.by_id("step").text
    assert "Mark demo as played" in page.by_id("step").text
    unknown = await raffle.owner.get(f"{PAGE}/draws/{SOME_DRAW}", headers=HTML)
    assert unknown.status_code == 404


async def test_a_winner_without_a_link(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    drawn = await raffle.draw()
    page = await html(raffle.owner, f"{PAGE}/draws/{drawn['drawId']}")
    assert "No demo link provided." in page.by_id("step").text


async def test_a_reveal_of_nothing(raffle: RaffleStage) -> None:
    answer, page = await sent(raffle, f"draws/{SOME_DRAW}/reveal")
    assert (answer.status_code, told(page, "wheel")) == (404, ("bad", "Draw not found"))
