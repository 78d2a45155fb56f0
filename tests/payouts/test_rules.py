"""The life of a payout: given events, when somebody asks for a change, then events or a refusal."""

from collections.abc import Callable, Sequence
from itertools import product

import pytest

from goldomatic import channel
from goldomatic.ledger.event import Event, ViewerForgotten
from goldomatic.payouts import rules
from goldomatic.payouts.events import (
    HelixRewardSentAnnouncementAttempted,
    HelixRewardSentAnnouncementFailed,
    HelixRewardSentAnnouncementSucceeded,
    PayoutStatus,
    PayoutStatusChanged,
    WinnerAcceptanceRecorded,
)
from goldomatic.roulette.events import PoolMemberRemoved
from goldomatic.values import Code, ViewerId
from support.story import PAYOUT, Story, accepted, created, enrolled, moved, refusal, sent

S = PayoutStatus
ALLOWED = {
    (S.PENDING, S.IN_PROGRESS),
    (S.PENDING, S.CANCELLED),
    (S.PENDING, S.FAILED),
    (S.IN_PROGRESS, S.SENT),
    (S.IN_PROGRESS, S.CANCELLED),
    (S.IN_PROGRESS, S.FAILED),
    (S.IN_PROGRESS, S.PENDING),
}
WAY: dict[PayoutStatus, Sequence[PayoutStatus]] = {
    S.PENDING: [],
    S.IN_PROGRESS: [S.IN_PROGRESS],
    S.SENT: [S.IN_PROGRESS, S.SENT],
    S.FAILED: [S.FAILED],
    S.CANCELLED: [S.CANCELLED],
    S.EXPIRED: [S.EXPIRED],
}
"""How a payout comes to each status."""


def standing_at(status: PayoutStatus) -> Story:
    """A payout of viewer 1, who is in the pool, brought to a status."""
    story = Story().given(enrolled("1", "Norinn"), created("1"))
    present = S.PENDING
    for following in WAY[status]:
        story.given(moved("1", present, following))
        present = following
    return story


# G-38, G-39, G-40: every pair of statuses.
@pytest.mark.parametrize(("before", "after"), list(product(PayoutStatus, repeat=2)))
def test_the_operator_moves_a_payout(before: PayoutStatus, after: PayoutStatus) -> None:
    story = standing_at(before)
    decided = story.when(channel.change_status(PAYOUT, after, "operator"))
    if before is after:
        assert decided == []
    elif (before, after) in ALLOWED:
        assert accepted(decided)[0] == moved("1", before, after)
    else:
        assert refusal(decided) is Code.TERMINAL_STATUS_CHANGE_NOT_ALLOWED


# G-39
@pytest.mark.parametrize("before", [s for s in PayoutStatus if s is not S.EXPIRED])
def test_nobody_but_the_job_lets_a_payout_expire(before: PayoutStatus) -> None:
    decided = standing_at(before).when(channel.change_status(PAYOUT, S.EXPIRED, "operator"))
    assert refusal(decided) is Code.TERMINAL_STATUS_CHANGE_NOT_ALLOWED


def test_a_winner_whose_mail_is_sent_leaves_the_pool_whatever_name_the_row_has() -> None:
    story = Story().given(created("1"), enrolled("1", "Kael"))
    story.given(moved("1", S.PENDING, S.IN_PROGRESS))
    assert story.when(channel.change_status(PAYOUT, S.SENT, "operator")) == [
        moved("1", S.IN_PROGRESS, S.SENT),
        PoolMemberRemoved(viewer_id=ViewerId("1"), reason="sent"),
    ]


def test_a_winner_who_is_in_no_pool_need_not_leave_it() -> None:
    story = Story().given(created("1"), moved("1", S.PENDING, S.IN_PROGRESS))
    decided = story.when(channel.change_status(PAYOUT, S.SENT, "operator"))
    assert decided == [moved("1", S.IN_PROGRESS, S.SENT)]


@pytest.mark.parametrize("after", [S.FAILED, S.CANCELLED])
@pytest.mark.parametrize("before", [S.PENDING, S.IN_PROGRESS])
def test_a_payout_that_fails_keeps_the_pool_row(before: PayoutStatus, after: PayoutStatus) -> None:
    decided = standing_at(before).when(channel.change_status(PAYOUT, after, "operator"))
    assert decided == [moved("1", before, after)]


# G-40
def test_sent_again_changes_nothing_and_announces_nothing() -> None:
    story = standing_at(S.IN_PROGRESS)
    story.then(channel.change_status(PAYOUT, S.SENT, "operator"))
    story.given(enrolled("1", "Norinn"))
    assert story.when(channel.change_status(PAYOUT, S.SENT, "operator")) == []


# G-41
@pytest.mark.parametrize(
    "decision",
    [
        channel.change_status("unknown", S.SENT, "operator"),
        channel.change_status("unknown", S.PENDING, "operator"),
        channel.accept_payout("unknown", "Norinn"),
        channel.cancel_payout("unknown", "broadcaster:1"),
    ],
)
def test_an_unknown_payout_is_not_found(decision: Callable[..., object]) -> None:
    story = standing_at(S.PENDING)
    assert refusal(story.when(decision)) is Code.NOT_FOUND  # type: ignore[arg-type]


# G-42
@pytest.mark.parametrize("status", [S.PENDING, S.IN_PROGRESS])
@pytest.mark.parametrize("name", ["Norinn", "nORINN", "  norinn "])
def test_consent_is_recorded_once(status: PayoutStatus, name: str) -> None:
    story = standing_at(status)
    assert story.then(channel.accept_payout(PAYOUT, name)) == [
        WinnerAcceptanceRecorded(payout_id=PAYOUT, viewer_id=ViewerId("1"))
    ]
    assert story.when(channel.accept_payout(PAYOUT, name)) == []
    payout = story.state.payouts.payouts.durable[PAYOUT]
    assert payout.status is status
    assert payout.accepted_at == story.clock()


# G-42
@pytest.mark.parametrize("name", ["Kael", "", "   ", "Norinnn"])
@pytest.mark.parametrize("status", list(PayoutStatus))
def test_consent_of_another_character_is_refused(status: PayoutStatus, name: str) -> None:
    decided = standing_at(status).when(channel.accept_payout(PAYOUT, name))
    assert refusal(decided) is Code.INVALID_CHARACTER_NAME


# G-42
@pytest.mark.parametrize("status", [s for s in PayoutStatus if not s.active])
def test_consent_after_the_end_counts_only_as_a_repeat(status: PayoutStatus) -> None:
    story = standing_at(status)
    decided = story.when(channel.accept_payout(PAYOUT, "Norinn"))
    assert refusal(decided) is Code.TERMINAL_STATUS_CHANGE_NOT_ALLOWED
    story.given(WinnerAcceptanceRecorded(payout_id=PAYOUT, viewer_id=ViewerId("1")))
    assert story.when(channel.accept_payout(PAYOUT, "Norinn")) == []


# G-52
@pytest.mark.parametrize("status", list(PayoutStatus))
def test_the_broadcaster_cancels_what_is_pending(status: PayoutStatus) -> None:
    decided = standing_at(status).when(channel.cancel_payout(PAYOUT, "broadcaster:9"))
    if status is S.PENDING:
        (event,) = accepted(decided)
        assert (event.status, event.actor) == (S.CANCELLED, "broadcaster:9")
    elif status is S.CANCELLED:
        assert decided == []
    else:
        assert refusal(decided) is Code.TERMINAL_STATUS_CHANGE_NOT_ALLOWED


# G-43
@pytest.mark.parametrize("status", [S.PENDING, S.IN_PROGRESS])
@pytest.mark.parametrize(
    ("age", "expires"),
    [(86_340, False), (86_400, False), (86_400.000001, True), (86_460, True), (864_000, True)],
)
def test_an_active_payout_expires_after_a_day(
    status: PayoutStatus, age: float, expires: bool
) -> None:
    decided = standing_at(status).at(age).when(channel.expire_payouts)
    expired = PayoutStatusChanged(
        payout_id=PAYOUT,
        viewer_id=ViewerId("1"),
        previous=status,
        status=S.EXPIRED,
        actor="expiry",
    )
    assert decided == ([expired] if expires else [])


# G-43
@pytest.mark.parametrize("status", [s for s in PayoutStatus if not s.active])
def test_a_payout_that_has_ended_never_expires(status: PayoutStatus) -> None:
    assert standing_at(status).at(10**7).when(channel.expire_payouts) == []


# G-43
def test_the_age_counts_from_the_creation_and_not_from_the_last_move() -> None:
    story = standing_at(S.IN_PROGRESS).at(80_000).given(moved("1", S.IN_PROGRESS, S.PENDING))
    assert len(accepted(story.at(86_401).when(channel.expire_payouts))) == 1


# G-43
def test_only_the_old_ones_of_several_payouts_expire() -> None:
    story = Story().given(created("1")).at(120).given(created("2", payout="second"))
    (event,) = accepted(story.at(86_460).when(channel.expire_payouts))
    assert event.payout_id == PAYOUT


# G-17
def test_what_counts_for_the_cap_is_what_was_sent() -> None:
    nine = Story().given(*sent("1", 9)).state.payouts
    ten = Story().given(*sent("1", 10)).state.payouts
    assert rules.standing(nine, ViewerId("1")).eligible
    assert not rules.standing(ten, ViewerId("1")).eligible
    assert rules.standing(ten, ViewerId("2")).eligible
    assert (nine.sent_gold.get(ViewerId("1")), ten.sent_gold.get(ViewerId("1"))) == (9000, 10_000)


# The announcement


def attempt(story: Story) -> list[Event]:
    return rules.attempt_announcement(story.state.payouts, PAYOUT)


@pytest.mark.parametrize("status", [s for s in PayoutStatus if s is not S.SENT])
def test_only_what_was_sent_is_announced(status: PayoutStatus) -> None:
    assert attempt(standing_at(status)) == []


# G-40, G-45
@pytest.mark.parametrize(
    "result",
    [
        None,
        HelixRewardSentAnnouncementSucceeded(payout_id=PAYOUT, message_id="m"),
        HelixRewardSentAnnouncementFailed(payout_id=PAYOUT, reason="dropped"),
    ],
)
def test_the_one_attempt_is_claimed_before_it_is_made(result: Event | None) -> None:
    story = standing_at(S.SENT)
    attempted = HelixRewardSentAnnouncementAttempted(payout_id=PAYOUT)
    assert attempt(story) == [attempted]
    story.given(attempted)
    if result is not None:
        story.given(result)
    assert attempt(story) == []


# Forgetting


def test_a_viewer_who_is_forgotten_is_cancelled_removed_and_nameless() -> None:
    story = standing_at(S.IN_PROGRESS)
    decided = accepted(story.then(channel.forget_viewer(ViewerId("1"), "operator")))
    assert [type(event) for event in decided] == [
        PayoutStatusChanged,
        PoolMemberRemoved,
        ViewerForgotten,
    ]
    assert decided[0].status is S.CANCELLED
    payout = story.state.payouts.payouts.durable[PAYOUT]
    assert (payout.display_name, payout.character_name) == ("", "")
    assert len(story.state.roulette.pool) == 0


def test_a_viewer_who_never_came_can_be_forgotten() -> None:
    decided = Story().when(channel.forget_viewer(ViewerId("1"), "operator"))
    assert decided == [ViewerForgotten(viewer_id=ViewerId("1"), actor="operator")]
