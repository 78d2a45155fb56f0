"""The people of the simulated channel, their names and badges."""

import random
from typing import Any

import pytest

from goldomatic.simulation.users import SimulatedUser, bot_account, channel_owner, population

BADGES = [
    ({"tier": "1000", "months": 1}, [("subscriber", "0", "1")]),
    ({"tier": "1000", "months": 5}, [("subscriber", "3", "5")]),
    ({"tier": "1000", "months": 14}, [("subscriber", "12", "14")]),
    ({"tier": "2000", "months": 2}, [("subscriber", "2002", "2")]),
    ({"tier": "3000", "months": 17}, [("subscriber", "3012", "17")]),
    ({"tier": "3000", "months": 99}, [("subscriber", "3060", "99")]),
    ({"tier": "1000", "months": 41, "founder": True}, [("founder", "0", "41")]),
    ({"prime": True}, [("premium", "1", "")]),
    ({"vip": True}, [("vip", "1", "")]),
    ({"vip": True, "moderator": True}, [("moderator", "1", "")]),
    (
        {"vip": True, "tier": "1000", "months": 14, "prime": True},
        [("vip", "1", ""), ("subscriber", "12", "14"), ("premium", "1", "")],
    ),
    (
        {"broadcaster": True, "tier": "3000", "months": 36},
        [("broadcaster", "1", ""), ("subscriber", "3036", "36")],
    ),
    ({}, []),
]


def user(**fields: Any) -> SimulatedUser:
    return SimulatedUser(**{"id": "12345678", "login": "someone", "display_name": "S", **fields})


@pytest.mark.parametrize(("fields", "expected"), BADGES)
def test_badges(fields: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    badges = user(**fields).badges
    assert [(badge["set_id"], badge["id"], badge["info"]) for badge in badges] == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "u1"},
        {"id": "١٢٣"},
        {"login": "Some_One"},
        {"login": "ёжик"},
        {"login": "ab"},
        {"founder": True},
        {"founder": True, "tier": "1000", "gifted": True},
    ],
)
def test_impossible_accounts(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"Twitch|founder"):
        user(**fields)


def test_the_same_seed_makes_the_same_people() -> None:
    first = population(random.Random(11), 300)
    assert first == population(random.Random(11), 300)
    assert first != population(random.Random(12), 300)


def test_a_population_is_mixed() -> None:
    people = population(random.Random(11), 600, subscriber_share=0.4)
    assert len({one.id for one in people}) == len({one.login for one in people}) == 600
    assert 0.3 < sum(one.is_subscriber for one in people) / 600 < 0.5
    assert 3 <= sum(one.founder for one in people) <= 10
    assert {one.tier for one in people} == {None, "1000", "2000", "3000"}
    assert any(one.vip for one in people)
    assert any(one.moderator for one in people)
    assert any(one.gifted for one in people)
    assert 0.08 < sum(not one.display_name.isascii() for one in people) / 600 < 0.25
    latin = [one for one in people if one.display_name.isascii()]
    assert all(one.display_name.lower() == one.login for one in latin)


def test_the_owner_and_the_bot() -> None:
    assert [badge["set_id"] for badge in channel_owner(random.Random(1)).badges] == [
        "broadcaster",
        "subscriber",
    ]
    assert bot_account(random.Random(1)).moderator
