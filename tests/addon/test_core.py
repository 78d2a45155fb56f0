"""The pure helpers, in bare Lua 5.1 without any game."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lupa.lua51 import LuaRuntime

from support.addon_files import lua_files

LETTERS = st.characters(codec="utf-8", exclude_characters="\x00")


@pytest.fixture(scope="module", name="core")
def loaded_core() -> Any:
    lua = LuaRuntime()
    lua.execute(lua_files()[0].read_text(encoding="utf-8"))
    return lua.globals().MimironsGoldOMaticCore


def in_lua(values: list[str]) -> tuple[Any, Any]:
    return (lambda: len(values)), (lambda index: values[int(index) - 1])


@pytest.mark.parametrize(
    ("given_name", "short"), [("Norinn", "Norinn"), ("Norinn-Dalaran", "Norinn"), ("", "")]
)
def test_short_names(core: Any, given_name: str, short: str) -> None:
    assert core.ShortName(given_name) == short


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("Winner", "winner-Realm", True),
        ("Норинн", "НОРИНН", True),
        ("Ёжик", "ёЖИК", True),
        ("Ærgo", "ærgo", True),
        ("Þór×", "þÓR×", True),
        ("Hero", "Herox", False),
        ("Норинн", "Норинна", False),
        ("", "", False),
        ("×", "÷", False),
        (None, "Hero", False),
        ("Hero", 5, False),
    ],
)
def test_names_are_compared_without_case_and_realm(
    core: Any, one: Any, other: Any, equal: bool
) -> None:
    assert core.NamesEqual(one, other) is equal


@given(st.text("АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯABCXYZÀÉÖØÞ", min_size=1))
def test_folding_is_lower_case_in_every_alphabet_of_the_realm(core: Any, name: str) -> None:
    assert core.Fold(name) == name.lower()


@pytest.mark.parametrize(
    ("text", "trimmed"),
    [("  a b\t", "a b"), ("\u00a0 !twgold \u00a0", "!twgold"), ("", ""), (" \u00a0 ", "")],
)
def test_blanks_at_the_ends_go(core: Any, text: str, trimmed: str) -> None:
    assert core.Trim(text) == trimmed


@pytest.mark.parametrize("text", ["!twgold", "!!twgold", "twgold", "  !TwGold ", "\u00a0TWGOLD"])
def test_consent_in_all_its_forms(core: Any, text: str) -> None:
    assert core.IsReply(text, "twgold") is True


@pytest.mark.parametrize(
    "text", ["!twgold please", "!!!twgold", "! twgold", "!twgift", "", "twgoldd", None, 7]
)
def test_what_is_no_consent(core: Any, text: Any) -> None:
    assert core.IsReply(text, "twgold") is False


@given(st.integers(0, 4_102_444_800))
def test_instants_are_utc(core: Any, seconds: int) -> None:
    instant = datetime.fromtimestamp(seconds, UTC)
    written = core.UtcIso8601(seconds)
    assert written == instant.strftime("%Y-%m-%dT%H:%M:%SZ")


@given(st.text(LETTERS))
def test_json_texts_survive_and_hold_nothing_that_chat_refuses(core: Any, text: str) -> None:
    escaped = core.JsonEscape(text)
    assert json.loads(f'"{escaped}"') == text
    assert not set(escaped) & set("|%\r\n")
    assert "  " not in escaped


#
def test_a_who_line_with_a_quoted_name_parses(core: Any) -> None:
    line = core.BuildWhoLogLine("c-1", 'N"x', True, "2026-01-02T03:04:05Z")
    assert line == (
        '[MGM_WHO]{"schemaVersion":1,"spinCycleId":"c-1","characterName":"N\\"x",'
        '"online":true,"capturedAt":"2026-01-02T03:04:05Z"}'
    )
    assert json.loads(line.removeprefix("[MGM_WHO]"))["characterName"] == 'N"x'


@pytest.mark.parametrize(
    ("listed", "found"),
    [(["Herox", "Hero"], "Hero"), (["Herox"], None), ([], None), (["HERO-Realm"], "HERO-Realm")],
)
def test_a_listed_name_counts_as_a_whole(core: Any, listed: list[str], found: str | None) -> None:
    assert core.FindMatchingWhoName("Hero", *in_lua(listed)) == found


@pytest.mark.parametrize(
    ("piece", "row"),
    [
        ("a:One:10", ("a", "One", 10, "READY")),
        (" a-1 :One:10", None),
        ("  a-1:Норинн:10000000  ", ("a-1", "Норинн", 10_000_000, "READY")),
        ("a:One:10?", ("a", "One", 10, "DOUBT")),
        ("a:One:0", ("a", "One", 0, "READY")),
        ("x:y", None),
        ("bad", None),
        ("a:One:-5", None),
        ("a:One:99999999999999999999", None),
        ("a: :5", None),
        ("a:One:5:6", None),
    ],
)
def test_pieces_of_gold(core: Any, piece: str, row: tuple[str, str, int, str] | None) -> None:
    parsed = core.ParseGoldSegment(piece)
    found = parsed and (parsed.payoutId, parsed.characterName, parsed.copper, parsed.state)
    assert (found or None) == row


@pytest.mark.parametrize(
    ("form", "line", "captured"),
    [
        ("No player named '%s' is currently playing.",
         "No player named 'Bob' is currently playing.", "Bob"),
        ("Персонаж по имени «%1$s» сейчас не в игре.",
         "Персонаж по имени «Норинн» сейчас не в игре.", "Норинн"),
        ("%d |4player:players; total", "3 players total", "3"),
        ("%d |4player:players; total", "1 |4player:players; total", "1"),
        ("%s is ignoring you.", "Bob is ignoring you!", None),
    ],
)  # fmt: skip
def test_formats_of_the_client_as_patterns(
    core: Any, form: str, line: str, captured: str | None
) -> None:
    lua = LuaRuntime()
    match = lua.eval("function(text, pattern) return (text:match(pattern)) end")
    assert match(line, core.FormatPattern(form)) == captured


def joined(lines: list[str], head: str) -> str:
    parts = []
    for number, line in enumerate(lines, 1):
        prefix = f"{head} {number}/{len(lines)} "
        assert line.startswith(prefix)
        assert len(line.encode()) <= 215
        part = line.removeprefix(prefix)
        assert part == part.strip(" ")
        parts.append(part)
    return "".join(parts)


@given(st.lists(st.text("ab АбЪ€", min_size=1, max_size=12), min_size=30, max_size=90))
def test_long_tags_are_cut_between_letters_and_joined_again(words: list[str]) -> None:
    lua = LuaRuntime()
    lua.execute(lua_files()[0].read_text(encoding="utf-8"))
    core = lua.globals().MimironsGoldOMaticCore
    head = "[MGM_ITEMS:0b0e4f0e-0000-4000-8000-000000000001]"
    body = json.dumps([" ".join(word.split()) for word in words], ensure_ascii=False)
    lines = list(core.Split(head + body).values())
    assert (lines[0] if len(lines) == 1 else head + joined(lines, head)) == head + body


def test_short_tags_stay_whole(core: Any) -> None:
    assert list(core.Split("[MGM_ITEMS:a][]").values()) == ["[MGM_ITEMS:a][]"]
