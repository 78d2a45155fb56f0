"""`/who` at the realm: its cache, its throttle, its filters (section 3)."""

import re
from collections.abc import Callable

from goldomatic.simulation.wow_client.characters import Character
from goldomatic.simulation.wow_client.realm import Realm

_PIECE = re.compile(r'(?:(?P<tag>\S+?-))?"(?P<quoted>[^"]*)"|(?P<bare>\S+)')


class WhoServer:
    """Answers from a list of who was online when it was last made."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm
        self._last: dict[str, float] = {}
        self._snapshot: list[Character] = []
        self.ignored = 0
        self._rebuild()

    def _rebuild(self) -> None:
        self.refresh()
        if self._realm.rules.who_cache > 0:
            self._realm.timeline.after(self._realm.rules.who_cache, self._rebuild)

    def refresh(self) -> None:
        """Make the list now, as the realm does every few seconds."""
        self._snapshot = [one for one in self._realm.people.values() if one.online]

    def ask(
        self,
        asker: Character,
        name_tag: str,
        text: str,
        answer: Callable[[list[Character], int], None],
    ) -> None:
        """A query; `answer` gets rows and total, or is never called when throttled (3.9)."""
        now = self._realm.timeline.clock.seconds
        throttle = self._realm.rules.who_throttle
        if not asker.game_master and now - self._last.get(asker.name, -throttle) < throttle:
            self.ignored += 1
            return
        self._last[asker.name] = now
        if self._realm.rules.who_cache == 0:
            self.refresh()
        found = [one for one in self._snapshot if self._shown(asker, one)]
        for piece in _PIECE.finditer(text):
            found = [one for one in found if _matches(one, piece, name_tag)]
        answer(found[: self._realm.rules.who_limit], len(found))

    def _shown(self, asker: Character, one: Character) -> bool:
        if not one.visible or (one.game_master and one is not asker):
            return False
        return one.faction == asker.faction or self._realm.rules.two_side_who


def _matches(one: Character, piece: re.Match[str], name_tag: str) -> bool:
    """Substring, whatever the case: of the name after its tag, else of name, guild or zone."""
    word = piece["quoted"] if piece["quoted"] is not None else piece["bare"]
    tag = piece["tag"] or ""
    if not tag and word.lower().startswith(name_tag.lower()):
        tag, word = name_tag, word[len(name_tag) :].strip('"')
    if tag.lower() == name_tag.lower():
        return word.lower() in one.name.lower()
    if tag:
        word = tag + word
    return any(word.lower() in field.lower() for field in (one.name, one.guild, one.zone))
