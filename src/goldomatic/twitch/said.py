"""What became of a chat line, by Twitch's answer. Pure.

Rules: 200 does not mean sent; what Twitch may have posted is not asked again.
"""

from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from goldomatic.twitch.http import LONGEST_QUOTE, Answer, NoAnswer
from goldomatic.twitch.wire import delivery

_PASSING_DROPS: Final = frozenset({"msg_ratelimit", "msg_slowmode"})


class WhyNotSent(StrEnum):
    """Why a line is not known to stand in chat."""

    NOT_CONFIGURED = "not_configured"
    UNAUTHORIZED = "unauthorized"
    REJECTED = "rejected"
    DROPPED = "dropped"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    UNREACHABLE = "unreachable"
    UNCLEAR = "unclear"
    """Twitch may have posted it: asking again could post it twice."""


class Sent(msgspec.Struct, frozen=True):
    """The line stands in chat; Twitch's id of it, when the answer named one."""

    message_id: str | None = None


class NotSent(msgspec.Struct, frozen=True):
    """The line is not known to stand in chat, and every attempt that is safe was made."""

    reason: str
    code: WhyNotSent
    retryable: bool = False


class Again(msgspec.Struct):
    """An attempt that may be repeated after `wait` seconds; `outcome` if it is not."""

    outcome: NotSent
    wait: float = 0.0


Attempt: TypeAlias = Sent | NotSent | Again


def judged(answer: Answer | NoAnswer, now: float) -> Attempt:
    """What an answer makes of the attempt, and whether another one is safe."""
    if isinstance(answer, NoAnswer):
        if answer.was_written:
            reason = f"The connection gave no answer ({answer.cause})."
            return NotSent(reason, WhyNotSent.UNCLEAR)
        reason = f"Twitch could not be reached ({answer.cause})."
        return Again(NotSent(reason, WhyNotSent.UNREACHABLE))
    if answer.is_success:
        return _judged_success(answer.body)
    reason = f"Twitch answered {answer.status}. {answer.quote}".rstrip()
    if answer.status == 429:
        limited = NotSent(reason, WhyNotSent.RATE_LIMITED)
        return Again(limited, answer.wait_asked(now))
    if answer.status >= 500:
        return Again(NotSent(reason, WhyNotSent.SERVER_ERROR))
    refused = WhyNotSent.UNAUTHORIZED if answer.status == 401 else WhyNotSent.REJECTED
    return NotSent(reason, refused)


def _judged_success(body: bytes) -> Attempt:
    if not body.strip():
        return Sent()
    told = delivery(body)
    if told is None:
        return NotSent("Twitch's answer does not say whether it was sent.", WhyNotSent.UNCLEAR)
    if told.is_sent:
        return Sent(told.message_id)
    reason = f"Twitch dropped the line: {told.drop_code} {told.drop_text}"[:LONGEST_QUOTE].rstrip()
    dropped = NotSent(reason, WhyNotSent.DROPPED)
    return Again(dropped) if told.drop_code in _PASSING_DROPS else dropped
