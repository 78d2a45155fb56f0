"""Finding viewers in what is in memory: a hundred thousand take some tens of milliseconds. Pure."""

import heapq
from collections.abc import Iterable, Mapping

from goldomatic.raffle.state import Entry, Member
from goldomatic.values import ViewerId


def found(members: Iterable[Member], search: str, most: int) -> list[Member]:
    """Viewers whose login or display name contains a text, newest change first."""
    wanted = search.casefold()
    fitting = (
        member
        for member in members
        if wanted in member.login.casefold() or wanted in member.display_name.casefold()
    )
    return heapq.nlargest(most, fitting, key=lambda member: member.updated_at)


def carried(
    entries: Iterable[Entry],
    members: Mapping[ViewerId, Member],
    session_id: str,
    most: int,
) -> list[Member]:
    """Viewers with an entry in a session who carry something over, the most first."""
    there = {entry.viewer_id for entry in entries if entry.session_id == session_id}
    with_some = (m for each in there if (m := members.get(each)) and m.carry > 0)
    return heapq.nlargest(most, with_some, key=lambda m: (m.carry, m.total, m.active_at))
