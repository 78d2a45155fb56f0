"""What every page has: language, headers, structure, colours that can be read, small files."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from browser.outline import Outline
from browser.staged_service import Stage, staged
from goldomatic.extension_build.files import sources
from goldomatic.web.assets import DOCUMENTS, SHARED, STATIC, asset_url, documents, static_files
from goldomatic.web.pages import clock_text, utc_text

LARGEST_TRANSFER = 30_000
"""Bytes, compressed, of a page with everything that it loads."""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as running:
        yield running


async def pages(stage: Stage) -> list[str]:
    """One address of every kind of page, with something to show on it."""
    await stage.enrol("Norinn", "Kael", "Ёжик")
    draw_id, _ = await stage.play()
    await stage.next_round()
    return ["/roulette", "/roulette?view=obs", "/draws", f"/draws/{draw_id}", "/no-such-page"]


# Language


async def test_the_language_that_is_asked_for_is_remembered(stage: Stage) -> None:
    asked = await stage.page("/?lang=ru", "en")
    assert '<html lang="ru"' in asked.text
    cookie = asked.headers["set-cookie"].lower()
    assert cookie.startswith("lang=ru;")
    assert all(word in cookie for word in ("path=/", "httponly", "samesite=lax", "secure"))
    remembered = await stage.page("/draws", "en", cookie="lang=ru")
    assert '<html lang="ru"' in remembered.text
    assert "set-cookie" not in remembered.headers


async def test_an_unknown_language_is_not_remembered(stage: Stage) -> None:
    answer = await stage.page("/?lang=de", "ru")
    assert '<html lang="ru"' in answer.text
    assert "set-cookie" not in answer.headers


async def test_an_obs_source_does_not_change_the_language_of_the_browser(stage: Stage) -> None:
    assert "set-cookie" not in (await stage.page("/?view=obs&lang=ru")).headers


async def test_without_https_the_cookie_is_not_secure(tmp_path: Path) -> None:
    async with staged(tmp_path, public_url="http://127.0.0.1:8000") as stage:
        cookie = (await stage.page("/?lang=ru")).headers["set-cookie"].lower()
    assert "secure" not in cookie


async def test_the_switch_keeps_the_rest_of_the_address(stage: Stage) -> None:
    page = Outline(await stage.text("/draws?a=1&lang=en&b=%22%3E%3Cscript%3E", "en"))
    links = [e for e in page.all("a") if "hreflang" in e.attributes]
    assert [e.attributes["href"] for e in links] == [
        "?a=1&b=%22%3E%3Cscript%3E&lang=en",
        "?a=1&b=%22%3E%3Cscript%3E&lang=ru",
    ]
    assert [e.attributes.get("aria-current") for e in links] == ["true", None]
    assert [e.text for e in links] == ["ENEnglish", "RUРусский"]


async def test_the_switch_of_a_foreign_path_leads_nowhere_else(stage: Stage) -> None:
    answer = await stage.page("//evil.example/x")
    assert answer.status_code == 404
    assert "evil.example" not in answer.text


# Headers


async def test_pages_are_compressed_and_asked_for_again(stage: Stage) -> None:
    answer = await stage.page("/", **{"accept-encoding": "gzip"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "private, no-cache"
    varies = ",".join(answer.headers.get_list("vary")).lower()
    assert all(word in varies for word in ("accept-encoding", "accept-language", "cookie"))
    plain = await stage.page("/", **{"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text.startswith("<!doctype html>")


async def test_head_has_the_headers_and_no_body(stage: Stage) -> None:
    for path in ("/", "/draws", asset_url("page.css")):
        answer = await stage.http.head(path)
        assert answer.status_code == 200
        assert answer.content == b""
        assert int(answer.headers["content-length"]) > 0


async def test_nothing_is_inline_and_nothing_comes_from_elsewhere(stage: Stage) -> None:
    for path in await pages(stage):
        answer = await stage.page(path)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        page = Outline(answer.text)
        assert all(e.attributes.get("src") and not e.text for e in page.all("script")), path
        assert not page.all("style")
        for element in page.elements:
            names = set(element.attributes)
            assert not {name for name in names if name.startswith("on") or name == "style"}
            for name in names & {"src", "href"}:
                assert re.match(r"[/#?](?!/)", element.attributes[name]), element


# Structure


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_structure_of_every_page(stage: Stage, language: str) -> None:
    for path in await pages(stage):
        page = Outline((await stage.page(path, language)).text)
        where = f"{path} {language}"
        assert len(page.all("title")) == len(page.all("main")) == len(page.all("h1")) == 1, where
        assert set(page.ids.values()) == {1}, where
        assert "content" in page.ids
        for element in page.elements:
            for reference in element.attributes.get("aria-labelledby", "").split():
                assert page.by_id(reference).text, where
        assert all("aria-labelledby" in e.attributes for e in page.all("section"))
        assert all("alt" in e.attributes for e in page.all("img")), where
        assert all(e.attributes.get("aria-label") for e in page.all("nav")), where
        assert all(e.text or e.attributes.get("aria-label") for e in page.all("a")), where
        named = [e for e in page.all("a") if "aria-label" in e.attributes]
        assert all(e.text in e.attributes["aria-label"] for e in named), where


async def test_navigation_says_where_one_is(stage: Stage) -> None:
    for path, name in (("/roulette", "Roulette"), ("/draws", "Draws")):
        page = Outline(await stage.text(path))
        current = [e.text for e in page.all("a") if e.attributes.get("aria-current") == "page"]
        assert current == [name]
        skip = page.of_class("skip")[0]
        assert skip.attributes["href"] == "#content"


async def test_without_scripts_the_page_comes_again(stage: Stage) -> None:
    html = await stage.text("/roulette")
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in html


# Errors


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "No such cog in this machine"), ("ru", "В этой машине нет такой шестерёнки")],
)
async def test_a_page_that_is_not_there(stage: Stage, language: str, title: str) -> None:
    answer = await stage.page("/no-such-page", language)
    assert answer.status_code == 404
    page = Outline(answer.text)
    assert page.all("h1")[0].text == title
    assert "not_found" in page.by_id("content").text
    assert "/" in [e.attributes.get("href") for e in page.all("a")]


async def test_a_program_gets_json(stage: Stage) -> None:
    assert (await stage.http.get("/no-such-page")).json()["code"] == "not_found"
    api = await stage.page("/api/no-such-route")
    assert api.json()["code"] == "not_found"


# G-23
async def test_too_many_requests_of_one_address(tmp_path: Path) -> None:
    async with staged(tmp_path, reads_per_minute=3) as stage:
        for _ in range(3):
            assert (await stage.page("/")).status_code == 200
        answer = await stage.page("/", "ru")
        assert answer.status_code == 429
        assert "Полегче с рычагами!" in answer.text
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        wait = re.search(r'http-equiv="refresh" content="(\d+)"', answer.text)
        assert wait is not None
        assert int(wait[1]) >= int(answer.headers["retry-after"])
        assert (await stage.http.get(asset_url("page.css"))).status_code == 200


async def test_a_database_that_does_not_answer(stage: Stage) -> None:
    await stage.service.store.close()
    for path in ("/roulette", "/roulette?fragment=results", "/draws", "/draws/" + "0" * 32):
        answer = await stage.page(path, "ru")
        assert answer.status_code == 503, path
        assert "Машину смазывают" in answer.text
        assert 'http-equiv="refresh" content="5"' in answer.text


async def test_an_error_of_ours(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldomatic.home.round_view", lambda *_: 1 / 0)
    answer = await stage.page("/roulette")
    assert answer.status_code == 500
    assert "Gnomish machinery has jammed!" in answer.text
    assert "division" not in answer.text


# Files


async def test_every_file_has_a_version_and_is_kept_for_ever(stage: Stage) -> None:
    for name, file in static_files().items():
        url = asset_url(name)
        answer = await stage.http.get(url)
        folder = sources() / "shared" if name in SHARED else STATIC
        assert answer.content == (folder / name).read_bytes()
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        old = await stage.http.get(url.replace(file.version, "0" * 12))
        assert old.headers["cache-control"] == "no-cache"
        again = await stage.http.get(url, headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("page.css", "text/css; charset=utf-8"),
        ("roulette.js", "text/javascript; charset=utf-8"),
        ("wheel.svg", "image/svg+xml"),
    ],
)
async def test_types_of_files(stage: Stage, name: str, media_type: str) -> None:
    answer = await stage.http.get(f"/static/{name}")
    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/static/nothing.css", "/static/..%2Fpages.py", "/static/", "/docs/settings.md"]
)
async def test_other_files_are_not_given_away(stage: Stage, path: str) -> None:
    assert (await stage.http.get(path)).status_code == 404


async def test_the_checker_is_given_away_as_text(stage: Stage) -> None:
    assert "verify_draw.py" in documents()
    for name in documents():
        assert name in DOCUMENTS
        answer = await stage.http.get(f"/docs/{name}")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.content == (Path(__file__).parents[2] / "docs" / name).read_bytes()


async def test_a_page_with_all_of_its_files_is_small(stage: Stage) -> None:
    letters = "abcde"
    await stage.enrol(*(f"Gnomegear{first}{second}" for first in letters for second in letters))
    for _ in range(12):
        await stage.play()
    html = (await stage.page("/roulette", "ru")).text
    names = set(re.findall(r"/static/([\w.]+)\?v=", html))
    imported = {
        found
        for name in names
        if name.endswith(".js")
        for found in re.findall(r'from "\./([\w.]+)"', (STATIC / name).read_text())
    }
    sizes = {name: len(static_files()[name].compressed) for name in names | imported}
    sizes["html"] = len(gzip.compress(html.encode(), 6))
    assert set(sizes) >= {"roulette.js", "feed.js", "clock.js", "times.js", "wheel.svg"}
    assert sum(sizes.values()) < LARGEST_TRANSFER, sizes


# Colours

_TOKENS = (STATIC / "tokens.css").read_text()
_DARK, _LIGHT = _TOKENS.split("@media (prefers-color-scheme: light)")

# What is written on what, in page.css.
WRITTEN_ON = [
    ("text", "ground"),
    ("text", "glow"),
    ("text", "plate"),
    ("text", "well"),
    ("quiet", "ground"),
    ("quiet", "glow"),
    ("quiet", "plate"),
    ("gold", "ground"),
    ("gold", "glow"),
    ("gold", "plate"),
    ("gold", "well"),
    ("on-gold", "gold"),
    ("link", "ground"),
    ("link", "glow"),
    ("link", "plate"),
    ("good", "plate"),
    ("good", "good-plate"),
    ("busy", "busy-plate"),
    ("wait", "wait-plate"),
    ("bad", "plate"),
    ("bad", "bad-plate"),
    ("done", "done-plate"),
]


def colours(theme: str) -> dict[str, str]:
    dark = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", _DARK))
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", _LIGHT))
    return dark if theme == "dark" else dark | light


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("text", "ground"), WRITTEN_ON)
def test_text_can_be_read(theme: str, text: str, ground: str) -> None:
    here = colours(theme)
    assert contrast(here[text], here[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_progress_can_be_told_from_its_ground(theme: str) -> None:
    here = colours(theme)
    assert contrast(here["gold"], here["part"]) >= 3


def test_both_themes_have_the_same_colours() -> None:
    light = set(re.findall(r"--([\w-]+):", _LIGHT))
    assert light == set(re.findall(r"--([\w-]+): (?:#|rgb)", _DARK))


def test_colours_stand_in_one_file_only() -> None:
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgb\(", (STATIC / "page.css").read_text())


# Words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(300, "5:00"), (299.2, "5:00"), (60, "1:00"), (59.001, "1:00"), (0.1, "0:01"), (-3, "0:00")],
)
def test_countdown(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


def test_instants_are_shown_in_utc() -> None:
    assert utc_text("2026-02-03T12:04:05.678Z") == "2026-02-03 12:04 UTC"
