"""Both languages say the same things."""

import re
from pathlib import Path
from string import Formatter

import pytest

import goldomatic.bridge.desktop
from goldomatic.bridge.desktop.texts import choose, texts

SOURCES = sorted(Path(goldomatic.bridge.desktop.__file__).parent.glob("*.py"))


def placeholders(language: str, key: str) -> set[str | None]:
    raw = texts(language).get(key, "")
    return {name for _, name, _, _ in Formatter().parse(raw) if name is not None}


def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    english, russian = list(texts("en")), list(texts("ru"))

    assert english == russian
    for key in english:
        assert placeholders("en", key) == placeholders("ru", key), key


def test_every_text_is_used_somewhere() -> None:
    code = "".join(file.read_text() for file in SOURCES)

    def used(key: str) -> bool:
        group, _, name = key.partition(".")
        return key in code or f'"{name}"' in code or f"{group}.{{" in code or f"{group}_" in code

    assert [key for key in texts("en") if not used(key)] == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_mnemonic_is_given_once_in_each_place(language: str) -> None:
    places = {
        "file": ["menu.settings_item", "menu.connection_item", "menu.wizard_item", "menu.exit"],
        "window": [
            *("menu.file", "menu.settings", "menu.log", "menu.help"),
            *(f"action.{name}" for name in ("mark_sent", "mark_failed", "cancel")),
            *(f"action.{name}" for name in ("unlock", "renotify", "reinject")),
            *(f"gift_action.{name}" for name in ("decline", "fail", "renotify")),
            *(f"gift_action.{name}" for name in ("mailed", "retry")),
            "sync.button",
            "sync.detect",
            "sync.without_consent",
            "queue.filter",
        ],
        "settings": [
            *(f"settings.{name}" for name in ("poll", "injection", "retries", "game_folder")),
            *(f"settings.{name}" for name in ("chat_log", "open_chat_key", "character_ms")),
            *(
                f"settings.{name}"
                for name in ("idle", "auto_sync", "tags", "own_character", "motion")
            ),
            "settings.language",
        ],
    }
    for place, keys in places.items():
        letters = []
        for key in keys:
            found = re.search("&(.)", texts(language).get(key, ""))
            assert found, f"{key} has no mnemonic"
            letters.append(found[1].lower())
        doubled = {letter for letter in letters if letters.count(letter) > 1}
        assert not doubled, (place, doubled)


@pytest.mark.parametrize(
    ("wanted", "system", "language"),
    [("", "ru_RU", "ru"), ("", "de_DE", "en"), ("en", "ru_RU", "en"), ("xx", "C", "en")],
)
def test_the_language_is_the_settings_or_the_systems(
    wanted: str, system: str, language: str
) -> None:
    assert choose(wanted, system) == language
