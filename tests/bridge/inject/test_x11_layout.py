"""Which keys are pressed for a text, in whatever layout the operator uses."""

import pytest

from goldomatic.bridge.inject.x11_layout import LayoutError, Stroke, layout_for

CYRILLIC_EF, CYRILLIC_EF_CAPITAL = 0x6C6, 0x6E6
US = {38: (0x61, 0x41), 61: (0x2F, 0x3F), 10: (0x31, 0x21)}
US_AND_RU = {38: (0x61, 0x41, CYRILLIC_EF, CYRILLIC_EF_CAPITAL), 61: (0x2F, 0x3F, 0x2E, 0x2C)}
RU_AND_US = {38: (CYRILLIC_EF, CYRILLIC_EF_CAPITAL, 0x61, 0x41), 61: (0x2E, 0x2C, 0x2F, 0x3F)}
RU = {38: (CYRILLIC_EF, CYRILLIC_EF_CAPITAL), 61: (0x2E, 0x2C), 200: (0, 0), 201: (0, 0, 0, 0)}


def test_a_capital_takes_shift() -> None:
    layout = layout_for("a/A!", US, 0)

    assert (layout.group, layout.lent) == (0, {})
    assert layout.strokes["a"] == Stroke(38, shift=False)
    assert layout.strokes["A"] == Stroke(38, shift=True)
    assert layout.strokes["!"] == Stroke(10, shift=True)


@pytest.mark.parametrize(("keymap", "group"), [(US_AND_RU, 0), (RU_AND_US, 1)])
@pytest.mark.parametrize("present", [0, 1])
def test_the_layout_with_latin_letters_is_taken(
    keymap: dict[int, tuple[int, ...]], group: int, present: int
) -> None:
    assert layout_for("a/", keymap, present).group == group


def test_where_both_layouts_will_do_the_present_one_stays() -> None:
    twice = {38: (0x61, 0x41, 0x61, 0x41)}

    assert layout_for("a", twice, 1).group == 1


def test_spare_keys_are_lent_where_no_layout_has_the_letters() -> None:
    layout = layout_for("/aA.", RU, 0)

    assert layout.lent == {200: (0x2F, 0x2F), 201: (0x61, 0x41)}
    assert layout.strokes["A"] == Stroke(201, shift=True)
    assert layout.strokes["/"] == Stroke(200, shift=False)
    assert layout.strokes["."] == Stroke(61, shift=False)


def test_a_key_with_one_letter_only_makes_its_capital_too() -> None:
    assert layout_for("aA", {38: (0x61,)}, 0).strokes["A"] == Stroke(38, shift=True)


def test_an_empty_second_layout_is_the_first() -> None:
    assert layout_for("a", {38: (0x61, 0x41, 0, 0)}, 1).group == 1


def test_without_a_key_to_lend_it_is_said() -> None:
    with pytest.raises(LayoutError, match="no key for 'a'"):
        layout_for("a", {61: (0x2F, 0x3F)}, 0)
