import pytest

from goldomatic.fairdraw.report import (
    Check,
    Outcome,
    Report,
    Verdict,
    failed,
    held,
    not_opened,
    not_yet,
    shown,
)

GOOD = held("good", lambda: "All is well.")
LATER = not_yet("later", "Not told yet.")
CLOSED = not_opened("closed", "Removed.")
BAD = failed("bad", "it is wrong")


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ((GOOD,), Verdict.VERIFIED),
        ((GOOD, CLOSED), Verdict.VERIFIED),
        ((GOOD, LATER, CLOSED), Verdict.PENDING),
        ((GOOD, LATER, BAD), Verdict.FAILED),
        ((), Verdict.FAILED),
    ],
)
def test_verdict_follows_from_the_checks(checks: tuple[Check, ...], verdict: Verdict) -> None:
    assert Report("d", "revealed", checks).verdict is verdict


def test_reports_add_up() -> None:
    both = Report("d", "revealed", (GOOD,)) + Report("d", "revealed", (BAD, LATER))
    assert both.checks == (GOOD, BAD, LATER)
    assert both.failed == (BAD,)


def test_a_check_holds_or_says_why_not() -> None:
    def refuse() -> str:
        raise ValueError("the sky is green")

    assert held("sky", refuse) == Check("sky", Outcome.FAILED, "The sky is green.")
    assert Check("good", Outcome.OK, "All is well.") == GOOD


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Ясень 🎲", "Ясень 🎲"),
        ("\x1b[2Jgone\x9b1m", "�[2Jgone�1m"),
        ("a\nb\u202ec", "a�b�c"),
        ("x" * 81, "x" * 80 + "…"),
    ],
)
def test_foreign_text_is_made_safe_to_print(text: str, safe: str) -> None:
    assert shown(text) == safe
