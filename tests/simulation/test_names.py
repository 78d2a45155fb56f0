"""Invented names obey the rules of the game and of Twitch, and there are many of them."""

import random
import re

import pytest

from goldomatic.simulation.names import character_name, display_name, login


@pytest.mark.parametrize(("cyrillic", "distinct"), [(False, 5000), (True, 3000)])
def test_character_names_are_valid_and_many(cyrillic: bool, distinct: int) -> None:
    rng = random.Random(1)
    names = {character_name(rng, cyrillic=cyrillic) for _ in range(8000)}
    assert len(names) > distinct
    assert {name.isascii() for name in names} == {not cyrillic}
    assert all(name.istitle() for name in names)


def test_logins_are_twitchs() -> None:
    rng = random.Random(1)
    assert all(re.fullmatch(r"[a-z0-9_]{4,25}", login(rng)) for _ in range(3000))


def test_a_display_name_is_the_login_in_other_capitals_or_localized() -> None:
    rng = random.Random(1)
    shown = {display_name(rng, "some_one") for _ in range(50)}
    assert shown == {"some_one", "Some_one", "Some_One"}
    assert not display_name(rng, "some_one", cyrillic=True).isascii()
