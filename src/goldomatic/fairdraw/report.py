"""The outcome of a verification: named checks, each with one sentence for people."""

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct


class Outcome(StrEnum):
    OK = "ok"
    FAILED = "failed"
    NOT_YET = "not-yet"
    NOT_OPENED = "not-opened"


class Verdict(StrEnum):
    VERIFIED = "verified"
    FAILED = "failed"
    PENDING = "pending"


class Check(Struct, frozen=True):
    """One thing looked at; `name` is stable, `sentence` is for people."""

    name: str
    outcome: Outcome
    sentence: str


class Report(Struct, frozen=True, rename="camel"):
    """What a verification found, in the order in which it looked."""

    draw_id: str
    status: str
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> Verdict:
        """Failed by one failed check; pending while something is still to come."""
        outcomes = {check.outcome for check in self.checks}
        if Outcome.FAILED in outcomes or not outcomes:
            return Verdict.FAILED
        return Verdict.PENDING if Outcome.NOT_YET in outcomes else Verdict.VERIFIED

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.outcome is Outcome.FAILED)

    def __add__(self, other: "Report") -> "Report":
        """This report with the checks of another one about the same draw behind its own."""
        return Report(self.draw_id, self.status, self.checks + other.checks)


def held(name: str, finding: Callable[[], str]) -> Check:
    """A check from a function that returns what it found or raises `ValueError` with why not."""
    try:
        return Check(name, Outcome.OK, finding())
    except ValueError as reason:
        return failed(name, str(reason))


def failed(name: str, why: str) -> Check:
    return Check(name, Outcome.FAILED, f"{why[:1].upper()}{why[1:]}.")


def not_yet(name: str, sentence: str) -> Check:
    return Check(name, Outcome.NOT_YET, sentence)


def not_opened(name: str, sentence: str) -> Check:
    return Check(name, Outcome.NOT_OPENED, sentence)


def shown(text: str, longest: int = 80) -> str:
    """Foreign text made safe to print: a record could carry terminal commands or be endless."""
    visible = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:longest]
    )
    return f"{visible}…" if len(text) > longest else visible
