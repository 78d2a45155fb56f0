"""What all of the raffle's pages share: footer, texts, policy, structure, products."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from browser.outline import Outline
from goldomatic.raffle import legal
from goldomatic.raffle.page_frame import AVATAR_HOST, avatar
from goldomatic.values import ViewerId
from support.accounts import signed_in
from support.raffle_stage import RaffleStage, raffle_on
from support.service import running, viewer
from support.viewer_pages import BROWSER, SURFACES, outline, shown, text


# W-51
async def test_a_footer_without_the_operators_data(raffle: RaffleStage) -> None:
    footer = (await outline(raffle.nobody, "/")).all("footer")[0].text
    assert "Demo Raffle" in footer
    assert "Operated by" not in footer
    for name, gone, there in (
        ("rules", "Contact", "Overview"),
        ("privacy", "Who is responsible", "What is kept"),
    ):
        page = await outline(raffle.nobody, f"/raffle/{name}")
        titles = [e.text for e in page.all("h3")]
        assert there in titles
        assert gone not in titles
        assert "{" not in shown(page)
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
