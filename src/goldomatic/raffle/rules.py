"""Entering the raffle and leaving it: who may, with what. Pure."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal
from unicodedata import category

import msgspec

from goldomatic.ledger.event import Event
from goldomatic.raffle.drawing import is_hidden
from goldomatic.raffle.events import (
    RaffleEntrant,
    RaffleEntryRefused,
    RaffleEntryRemoved,
    RaffleEntrySubmitted,
    RaffleSubmissionsSet,
)
from goldomatic.raffle.fold import entries_of
from goldomatic.raffle.links import read_link
from goldomatic.raffle.options import Options
from goldomatic.raffle.state import Member, RaffleState
from goldomatic.values import Code, Refused, ViewerId

MAX_NAME = 60
MAX_NOTES = 500

Standing = Literal[
    "NO_SESSION",
    "HAS_WON_THIS_SESSION",
    "HAS_ENTRY_THIS_SESSION",
    "HAS_PENDING_FROM_PREVIOUS_SESSION",
    "CAN_SUBMIT",
]


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A viewer's wish to enter.

    `body` is what they sent; `same_email` are the other viewers with their e-mail address.
    """

    viewer_id: ViewerId
    body: Mapping[str, Any]
    salt: bytes
    same_email: Collection[ViewerId] = ()


class Fields(msgspec.Struct, frozen=True):
    """What was submitted, read and cleaned."""

    name: str
    link: str | None
    notes: str | None


def standing(state: RaffleState, viewer_id: ViewerId, options: Options) -> Standing:
    """Whether a viewer may enter now, and if not, why: the first that holds."""
    session = state.active
    if session is None:
        return "NO_SESSION"
    for entry_id in session.wins:
        entry = state.entries.get(entry_id)
        if entry is not None and entry.viewer_id == viewer_id:
            return "HAS_WON_THIS_SESSION"
    pending = state.pending.get(viewer_id) or ()
    if any(state.entries[entry_id].session_id == session.id for entry_id in pending):
        return "HAS_ENTRY_THIS_SESSION"
    if pending and options.pending_rule == "global":
        return "HAS_PENDING_FROM_PREVIOUS_SESSION"
    return "CAN_SUBMIT"


_LEFT_BEHIND = (
    "You already have a pending submission with accumulated weight."
    " It must be drawn before you can submit again."
)
_REFUSALS: Mapping[Standing, tuple[Code, str]] = {
    "NO_SESSION": (
        Code.NO_ACTIVE_SESSION,
        "The raffle is not currently running. Please try again later.",
    ),
    "HAS_WON_THIS_SESSION": (
        Code.ALREADY_WON_THIS_SESSION,
        "You have already won this session. You’ll be eligible again in the next session.",
    ),
    "HAS_ENTRY_THIS_SESSION": (
        Code.ALREADY_SUBMITTED_THIS_SESSION,
        "You already have an active submission for this session.",
    ),
    "HAS_PENDING_FROM_PREVIOUS_SESSION": (
        Code.PENDING_ENTRY_FROM_PREVIOUS_SESSION,
        _LEFT_BEHIND,
    ),
}


def submissions_closed() -> Refused:
    """The switch is off."""
    return Refused(
        Code.SUBMISSIONS_CLOSED, "Submissions are currently closed. Please try again later."
    )


def user_not_found() -> Refused:
    """Signed in, but not known to the raffle."""
    return Refused(Code.USER_NOT_FOUND, "User not found. Please try logging in again.")


def enter(
    state: RaffleState, wish: Submission, now: datetime, options: Options
) -> list[Event] | Refused:
    """Enter the active session; the first refusal wins, and is recorded."""
    member = state.members.get(wish.viewer_id)
    if member is None:
        return user_not_found()
    refused = _refusal(state, wish, now, options)
    if refused is None:
        try:
            fields = read_fields(wish.body, member, options)
        except Refused as wrong:
            refused = wrong
    if refused is None and _is_email_taken(state, wish):
        refused = Refused(Code.EMAIL_ALREADY_REGISTERED, "This email is already registered")
    session = state.active
    if refused is not None or session is None:
        return _recorded(refused or submissions_closed(), wish, session.id if session else None)
    return [
        RaffleEntrySubmitted(
            viewer_id=wish.viewer_id,
            entry_id=state.last_entry.value + 1,
            session_id=session.id,
            personal=RaffleEntrant(
                name=fields.name,
                link=fields.link,
                notes=fields.notes,
                salt=wish.salt,
            ),
        )
    ]


def _refusal(
    state: RaffleState, wish: Submission, now: datetime, options: Options
) -> Refused | None:
    if not state.submissions_open:
        return submissions_closed()
    found = standing(state, wish.viewer_id, options)
    if found == "CAN_SUBMIT":
        return None
    session, hidden = state.active, state.hidden.value
    entry = state.pending_in(session.id, wish.viewer_id) if session else None
    if (
        found == "HAS_WON_THIS_SESSION"
        and hidden is not None
        and hidden.entry.viewer_id == wish.viewer_id
        and is_hidden(hidden, now)
    ):
        # A refusal must not tell who was drawn before the result is shown.
        found, entry = "HAS_ENTRY_THIS_SESSION", hidden.entry
    details = {"carriedOver": entry.is_carried} if entry else {}
    return Refused(*_REFUSALS[found], details=details)


def _is_email_taken(state: RaffleState, wish: Submission) -> bool:
    """Whether another viewer with the same address has an entry in the session, won or not."""
    session = state.active
    if session is None or not wish.same_email:
        return False
    won = {entry.viewer_id for i in session.wins if (entry := state.entries.get(i))}
    return any(
        viewer_id in won or state.pending_in(session.id, viewer_id) for viewer_id in wish.same_email
    )


def _recorded(refused: Refused, wish: Submission, session_id: str | None) -> Refused:
    event = RaffleEntryRefused(
        viewer_id=wish.viewer_id, code=refused.code.value, session_id=session_id
    )
    return Refused(refused.code, refused.message, details=refused.details, events=(event,))


def read_fields(body: Mapping[str, Any], member: Member, options: Options) -> Fields:
    """Name, link and notes of a submission; raises `Refused` with the code of the first fault."""
    name = _name(body) or member.shown_name
    link = body.get("demoLink")
    if link is not None and not isinstance(link, str):
        raise Refused(Code.DEMO_LINK_INVALID, "Invalid demo link URL format")
    if options.demo_link_required and not (link or "").strip():
        raise Refused(Code.DEMO_LINK_REQUIRED, "You must add a link to participate.")
    return Fields(name, read_link(link or "", options.allowed_link_hosts), _notes(body))


def _name(body: Mapping[str, Any]) -> str:
    chosen = body.get("displayName")
    if chosen is None:
        chosen = body.get("name")
    if chosen is None:
        return ""
    if not isinstance(chosen, str):
        raise Refused(Code.NAME_INVALID, "Display name is not valid.")
    name = "".join(letter for letter in chosen if not _disguises(letter)).strip()
    if len(name) > MAX_NAME:
        raise Refused(Code.NAME_INVALID, "Display name is not valid.")
    return name


def _disguises(letter: str) -> bool:
    """Control characters, direction marks, lone surrogates: nothing that is to be read."""
    return category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") and letter != "\u200d"


def _notes(body: Mapping[str, Any]) -> str | None:
    notes = body.get("notes")
    if notes is None:
        return None
    if not isinstance(notes, str):
        raise Refused(Code.NOTES_INVALID, "Notes must be text.")
    text = notes.strip().replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"<[^<>]*>", "", text)
    text = "".join(c for c in text if c in "\n\t" or category(c) not in ("Cc", "Cs"))
    if len(text) > MAX_NOTES:
        raise Refused(Code.NOTES_TOO_LONG, "Notes must be 500 characters or fewer.")
    return text.strip() or None


def set_submissions(state: RaffleState, *, is_open: bool, actor: str) -> list[Event]:
    """Turn the switch; the only rule that does."""
    flag = state.flag.value
    if flag is not None and flag.is_open == is_open:
        return []
    return [RaffleSubmissionsSet(is_open=is_open, actor=actor)]


def remove_entry(state: RaffleState, entry_id: int, actor: str) -> list[Event] | Refused:
    """Take an entry out of whatever session it is in, also one that has won."""
    entry = state.entries.get(entry_id)
    if entry is None:
        return Refused(Code.ENTRY_NOT_FOUND, "Entry not found")
    return [RaffleEntryRemoved(viewer_id=entry.viewer_id, entry_id=entry_id, actor=actor)]


def forget(state: RaffleState, viewer_id: ViewerId, actor: str) -> list[Event]:
    """A viewer who is forgotten cannot win: pending entries are taken out."""
    return [
        RaffleEntryRemoved(viewer_id=viewer_id, entry_id=entry.id, actor=actor)
        for entry in entries_of(state, viewer_id)
        if entry.is_pending
    ]
