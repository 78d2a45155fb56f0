"""Both languages have every text, and every reader gets the right one."""

import re
from pathlib import Path
from string import Formatter

import pytest
from markupsafe import Markup

from goldomatic.fairdraw.record import Status
from goldomatic.fairdraw.report import Verdict
from goldomatic.payouts.events import PayoutStatus
from goldomatic.roulette.pages import VOID_TEXTS
from goldomatic.web import i18n
from goldomatic.web.i18n import DEFAULT, LANGUAGES, Texts, choose, plural_form, texts
from goldomatic.web.pages import TEMPLATES

EN = texts("en")
OTHERS = [language for language in LANGUAGES if language != DEFAULT]
FORMS = {"en": {"one", "other"}, "ru": {"one", "few", "many"}}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_texts(language: str) -> None:
    assert list(texts(language).keys()) == list(EN.keys())


@pytest.mark.parametrize("language", OTHERS)
def test_the_same_values_stand_in_a_text_of_every_language(language: str) -> None:
    for key in EN.keys():  # noqa: SIM118 - Texts is no mapping
        here = {frozenset(placeholders(text)) for text in texts(language).forms(key).values()}
        assert here == {frozenset(placeholders(text)) for text in EN.forms(key).values()}, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_that_counts_has_every_form_of_its_language(language: str) -> None:
    forms = [set(texts(language).forms(key)) for key in texts(language).keys()]  # noqa: SIM118
    assert all(found in ({"other"}, FORMS[language]) for found in forms)
    assert FORMS[language] in forms


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_has_blanks_at_its_ends(language: str) -> None:
    for key in texts(language).keys():  # noqa: SIM118
        for text in texts(language).forms(key).values():
            assert text == text.strip() != "", key


def test_the_russian_texts_are_russian() -> None:
    same = {"site.name"}
    for key in EN.keys():  # noqa: SIM118
        for text in texts("ru").forms(key).values():
            assert key in same or re.search("[а-яё]", text.lower()), key


# What a template asks for: whole keys, and the beginnings of keys whose rest is a value.
_ASKED = re.compile(r"""\bt(?:\.raw|\.count|\.forms)?\(\s*["']([\w.-]+)["']\s*(~)?""")


def asked() -> tuple[set[str], set[str]]:
    keys: set[str] = set()
    beginnings: set[str] = set()
    for template in sorted(TEMPLATES.rglob("*.html")):
        for found in _ASKED.finditer(template.read_text()):
            (beginnings if found[2] else keys).add(found[1])
    return keys, beginnings


def test_templates_ask_for_texts_that_are_there() -> None:
    keys, beginnings = asked()
    known = set(EN.keys())
    assert keys <= known
    assert all(any(key.startswith(start) for key in known) for start in beginnings)


def test_every_text_is_asked_for() -> None:
    keys, beginnings = asked()
    unused = {key for key in EN.keys() if key not in keys}  # noqa: SIM118
    assert {key for key in unused if not key.startswith(tuple(beginnings))} == set()


def test_every_value_that_completes_a_key_has_its_text() -> None:
    known = set(EN.keys())
    wanted = {f"status.{status}" for status in PayoutStatus}
    wanted |= {f"draw.status.{status}" for status in Status}
    wanted |= {f"draw.state.{status}" for status in Status}
    wanted |= {f"draw.verdict_{verdict}" for verdict in Verdict}
    wanted |= {f"draw.void.{name}" for name in VOID_TEXTS}
    assert wanted <= known


def test_values_are_escaped_and_markup_is_kept() -> None:
    text = Texts("en", {"greet": "<Hello> {name} & {code}"})
    said = text("greet", name="<b>", code=Markup("<code>1</code>"))
    assert said == "&lt;Hello&gt; &lt;b&gt; &amp; <code>1</code>"
    assert isinstance(said, Markup)


def test_a_missing_key_or_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        EN("no.such.text")
    with pytest.raises(KeyError):
        EN("outcome.winner")
    with pytest.raises(KeyError):
        EN.count("outcome.none", 1)
    with pytest.raises(KeyError):
        EN.raw("draw.entries")


def test_numbers_and_plurals() -> None:
    assert EN.number(1234567) == "1,234,567"
    assert texts("ru").number(1234567) == "1\u202f234\u202f567"
    assert EN.count("draw.entries", 1) == "1 entry"
    assert EN.count("draw.entries", 1000) == "1,000 entries"
    counted = [texts("ru").count("draw.entries", number) for number in (1, 3, 5, 11, 21, 112)]
    assert [text.split()[-1] for text in counted] == [
        "запись",
        "записи",
        "записей",
        "записей",
        "запись",
        "записей",
    ]


@pytest.mark.parametrize(
    ("number", "form"),
    [(0, "many"), (1, "one"), (2, "few"), (4, "few"), (5, "many"), (12, "many"), (22, "few")],
)
def test_russian_plural_forms(number: int, form: str) -> None:
    assert plural_form("ru", number) == form


@pytest.mark.parametrize(
    ("asked_for", "remembered", "accepted", "language"),
    [
        ("ru", "en", "en", "ru"),
        (None, "ru", "en", "ru"),
        (None, None, "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        (None, None, "de,en;q=0.3,ru;q=0.7", "ru"),
        (None, None, "ru;q=0, en", "en"),
        (None, None, "de-DE, fr;q=0.9", "en"),
        (None, None, "", "en"),
        ("xx", "yy", "ru", "ru"),
        ("../../etc", None, "ru;q=nonsense,en", "en"),
        (None, None, "ru;q=" + "9" * 5000, "ru"),
        (None, None, "ru;q=nan", "en"),
    ],
)
def test_choice_of_the_language(
    asked_for: str | None, remembered: str | None, accepted: str, language: str
) -> None:
    assert choose(asked_for, remembered, accepted) == language


def test_a_hostile_header_is_read_in_bounded_time() -> None:
    assert choose(None, None, "en;q=0.1," * 1_000_000) == "en"


def test_the_folder_holds_the_languages_and_nothing_else() -> None:
    folder = Path(i18n.__file__).parent / "locale"
    names = {file.name for file in folder.iterdir()}
    parts = {name.removesuffix(f"{DEFAULT}.toml") for name in names if name.endswith("en.toml")}
    assert names == {f"{part}{code}.toml" for part in parts for code in LANGUAGES}
