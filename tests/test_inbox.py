"""What viewers type: who enters, under which name, and who is refused."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from goldomatic import channel
from goldomatic.ledger.event import ViewerForgotten
from goldomatic.payouts.events import PayoutCreated
from goldomatic.roulette.events import EnrolmentRefused
from goldomatic.simulation.eventsub_messages import SharedChatSource
from goldomatic.values import ViewerId
from support.deliveries import chat_body, post_json
from support.service import (
    ANNA,
    BORIS,
    OWNER,
    Stage,
    running,
    viewer,
)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as running_stage:
        yield running_stage


# G-02
async def test_a_subscribers_command_makes_a_pool_row_and_no_payout(stage: Stage) -> None:
    delivery = await stage.chat(ANNA, "!twgold Norinn")
    assert delivery.statuses == [200]
    assert delivery.attempts[0].body == b""
    assert stage.pool() == {ANNA.id: "Norinn"}
    assert await stage.recorded(PayoutCreated) == []
    answer = await stage.as_viewer(ANNA, "GET", "/api/pool/me")
    assert answer.json() == {"isEnrolled": True, "characterName": "Norinn"}


# G-08: the badges `subscriber` and `founder` count, `premium` does not.
@pytest.mark.parametrize(
    ("changes", "enters"),
    [
        ({}, True),
        ({"founder": True}, True),
        ({"tier": None}, False),
        ({"tier": None, "vip": True}, False),
        ({"tier": None, "prime": True}, False),
        ({"tier": None, "moderator": True}, False),
        ({"vip": True, "prime": True}, True),
    ],
)
async def test_badges_decide_who_may_enter(
    stage: Stage, changes: dict[str, Any], enters: bool
) -> None:
    chatter = viewer(77, **changes)
    delivery = await stage.chat(chatter, "!twgold Norinn")
    assert (delivery.statuses, delivery.attempts[0].body) == ([200], b"")
    assert stage.pool() == ({chatter.id: "Norinn"} if enters else {})
    if not enters:
        (refused,) = await stage.recorded(EnrolmentRefused)
        assert refused.code == "not_subscriber"


# G-08
async def test_which_badges_count_is_a_setting(tmp_path: Path) -> None:
    async with running(tmp_path, subscriber_badges=("vip", "premium")) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
        await stage.chat(viewer(77, tier=None, prime=True), "!twgold Kael")
        assert list(stage.pool().values()) == ["Kael"]


# G-09
async def test_the_word_with_one_argument_is_a_command(stage: Stage) -> None:
    for number, (text, name) in enumerate(
        [
            ("  !TwGoLd\tName  ", "Name"),
            ("!twgold Ёжик", "Ёжик"),
            ("!TWGOLD \u00a0 Other", "Other"),
        ]
    ):
        chatter = viewer(number)
        assert (await stage.chat(chatter, text)).statuses == [200]
        assert stage.pool()[chatter.id] == name


# G-09
async def test_what_is_no_command_leaves_no_trace(stage: Stage) -> None:
    for text in (
        "!twgold",
        "!twgold ",
        "!twgold A B",
        "hi !twgold Name",
        "!twgoldName",
        "!twgold2 Name",
        "twgold Name",
        "!twgold\u200bName",
    ):
        assert (await stage.chat(ANNA, text)).statuses == [200]
        assert await stage.events() == [], text


# G-09
async def test_invisible_ends_and_actions_are_cleaned_first(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn", invisible_suffix=True)
    await stage.chat(BORIS, "!twgold Kael", action=True)
    assert stage.pool() == {ANNA.id: "Norinn", BORIS.id: "Kael"}


async def test_a_line_from_another_channel_of_a_shared_chat_is_ignored(stage: Stage) -> None:
    elsewhere = SharedChatSource(broadcaster=viewer(99), message_id="there")
    here = SharedChatSource(broadcaster=OWNER, message_id="here")
    await stage.chat(ANNA, "!twgold Norinn", source=elsewhere)
    await stage.chat(BORIS, "!twgold Kael", source=here)
    assert stage.pool() == {BORIS.id: "Kael"}


async def test_a_line_of_another_broadcaster_is_ignored(stage: Stage) -> None:
    assert await post_json(stage, chat_body(broadcaster_user_id="12345")) == 200
    assert await stage.events() == []


async def test_a_line_without_its_ids_is_ignored(stage: Stage) -> None:
    for field in ("message_id", "chatter_user_id"):
        for value in ("", None):
            changes: dict[str, Any] = {field: value}
            assert await post_json(stage, chat_body(**changes)) == 200
    assert await stage.events() == []


# G-10
async def test_a_name_another_viewer_holds_is_refused_silently(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    delivery = await stage.chat(BORIS, "!twgold norinn")
    assert (delivery.statuses, delivery.attempts[0].body) == ([200], b"")
    assert stage.pool() == {ANNA.id: "Norinn"}
    (refused,) = await stage.recorded(EnrolmentRefused)
    assert (refused.viewer_id, refused.code) == (BORIS.id, "character_name_taken_in_pool")


# G-11
async def test_entering_again_frees_the_old_name(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.chat(ANNA, "!twgold Kael")
    assert stage.pool() == {ANNA.id: "Kael"}
    await stage.chat(BORIS, "!twgold Norinn")
    assert stage.pool() == {ANNA.id: "Kael", BORIS.id: "Norinn"}


# G-12
async def test_a_bad_name_leaves_no_row(stage: Stage) -> None:
    for name in ("A", "Abcdefghijklm", "Bad:Name", "Ab12"):
        assert (await stage.chat(ANNA, f"!twgold {name}")).statuses == [200]
    assert stage.pool() == {}
    refusals = await stage.recorded(EnrolmentRefused)
    assert [refused.code for refused in refusals] == ["invalid_character_name"] * 4


# G-16
async def test_who_has_an_active_payout_is_ignored_until_it_ended(stage: Stage) -> None:
    payout = await stage.win(0, (ANNA, "Norinn"))
    await stage.chat(ANNA, "!twgold Kael")
    assert stage.pool() == {ANNA.id: "Norinn"}
    (refused,) = await stage.recorded(EnrolmentRefused)
    assert refused.code == "active_payout_exists"
    await stage.patch(payout, "Failed")
    await stage.chat(ANNA, "!twgold Kael")
    assert stage.pool() == {ANNA.id: "Kael"}


# G-17
async def test_after_ten_wins_the_cap_is_reached(stage: Stage) -> None:
    for number in range(10):
        payout = await stage.win(number * 300, (ANNA, "Norinn"))
        await stage.patch(payout, "InProgress")
        assert (await stage.patch(payout, "Sent")).status_code == 200
        assert stage.pool() == {}
    await stage.chat(ANNA, "!twgold Norinn")
    assert stage.pool() == {}
    (refused,) = await stage.recorded(EnrolmentRefused)
    assert refused.code == "lifetime_cap_reached"
    answer = await stage.claim(ANNA, "Norinn")
    assert (answer.status_code, answer.json()["code"]) == (409, "lifetime_cap_reached")


# G-44
async def test_a_name_that_does_not_exist_in_the_game_enters_and_can_fail(stage: Stage) -> None:
    payout = await stage.win(0, (ANNA, "Nosuchname"))
    assert (await stage.patch(payout, "Failed")).json()["status"] == "Failed"
    assert stage.pool() == {ANNA.id: "Nosuchname"}


async def test_no_helix_call_is_made_for_a_chat_command(tmp_path: Path) -> None:
    """An address that nobody listens at would cost an error in the log and seconds of time."""
    async with running(tmp_path, twitch_api_url="http://127.0.0.1:9/helix") as stage:
        assert (await stage.chat(ANNA, "!twgold Norinn")).statuses == [200]
        assert stage.pool() == {ANNA.id: "Norinn"}


async def test_a_forgotten_viewer_may_enter_again(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    forget = channel.forget_viewer(ViewerId(ANNA.id), "operator")
    await stage.service.ledger.change(forget)
    assert stage.pool() == {}
    assert len(await stage.recorded(ViewerForgotten)) == 1
    await stage.chat(ANNA, "!twgold Norinn")
    assert stage.pool() == {ANNA.id: "Norinn"}
