"""What the realm does with words: drops, commands, mutes, whispers (sections 1.6-1.8 and 4)."""

import re

from goldomatic.simulation.wow_client.characters import Character
from goldomatic.simulation.wow_client.realm import Realm
from goldomatic.simulation.wow_client.settings import CommandParser, LongMessage

MAX_BYTES = 255
UNKNOWN_COMMAND = "There is no such command."
MUTED = "You must wait {seconds:.0f} second(s) before speaking again."
_LINK = re.compile(r"\|c[0-9a-fA-F]{8}\|H[^|]+\|h\[[^|]+\]\|h\|r")
_PLAYER_COMMANDS = {".help", ".commands", ".server info", ".account", ".save"}


class _Flood:
    """Ten messages within one whole second mute for a while (1.8)."""

    def __init__(self) -> None:
        self.second = -1
        self.count = 0
        self.muted_until = -1.0


class ChatServer:
    """Carries everybody's words, also those of the operator's character."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm
        self._floods: dict[str, _Flood] = {}

    def say(self, sender: Character, kind: str, text: str, target: str = "") -> None:
        """Someone's chat message as it reaches the realm; `target` of a whisper or channel."""
        accepted = self._accepted(sender, text)
        if accepted is None or self._muted(sender, accepted):
            return
        if kind == "WHISPER":
            self._whisper(sender, accepted, target)
        else:
            self._realm.send(lambda client: client.chat(kind, accepted, sender, target))

    def _accepted(self, sender: Character, text: str) -> str | None:
        """The text as it is passed on, or None when nothing is."""
        rules, realm = self._realm.rules, self._realm
        text = re.split(r"[\r\n]", text, maxsplit=1)[0]
        size = len(text.encode(errors="surrogateescape"))
        if size > MAX_BYTES:
            if rules.long_message is LongMessage.DISCONNECT and sender is realm.player:
                realm.send(lambda client: client.disconnected())
            if rules.long_message is not LongMessage.TRUNCATE:
                realm.drop(sender, text, f"{size} bytes")
                return None
            text = text.encode(errors="surrogateescape")[:MAX_BYTES].decode(errors="ignore")
        if not text.strip():
            realm.drop(sender, text, "empty")
            return None
        if any(letter < " " and letter != "\t" for letter in text):
            realm.drop(sender, text, "control character")
            return None
        if "|" in _LINK.sub("", text):
            realm.drop(sender, text, "no valid link")
            return None
        if self._command(sender, text):
            return None
        return re.sub(r" {2,}", " ", text)

    def _command(self, sender: Character, text: str) -> bool:
        """Whether the realm took the text for a command (4.5)."""
        if text[0] not in ".!" or len(text) < 2 or text[1] in ".! ":
            return False
        known = text.lower() in _PLAYER_COMMANDS
        if (
            self._realm.rules.parser is CommandParser.TRINITY
            and not known
            and not sender.game_master
        ):
            return False
        self._realm.drop(sender, text, "command")
        if sender is self._realm.player and not known:
            self._realm.send(lambda client: client.chat("SYSTEM", UNKNOWN_COMMAND, None))
        return True

    def _muted(self, sender: Character, text: str) -> bool:
        rules, now = self._realm.rules, self._realm.timeline.clock.seconds
        flood = self._floods.setdefault(sender.name, _Flood())
        if now < flood.muted_until:
            self._realm.drop(sender, text, "muted")
            if sender is self._realm.player:
                notice = MUTED.format(seconds=flood.muted_until - now)
                self._realm.send(lambda client: client.chat("SYSTEM", notice, None))
            return True
        if sender.game_master or rules.flood_messages == 0:
            return False
        if int(now) == flood.second:
            flood.count += 1
        else:
            flood.second, flood.count = int(now), 1
        if flood.count >= rules.flood_messages:
            flood.muted_until, flood.count = now + rules.flood_mute, 0
        return False

    def _whisper(self, sender: Character, text: str, typed: str) -> None:
        realm = self._realm
        mine = sender is realm.player
        target = realm.online(typed)
        if target is None:
            realm.drop(sender, text, "offline")
            if mine:
                name = realm.written(typed)
                realm.send(lambda client: client.notice("ERR_CHAT_PLAYER_NOT_FOUND_S", name))
            return
        if target.faction != sender.faction and not sender.game_master:
            realm.drop(sender, text, "other faction")
            if mine:
                realm.send(lambda client: client.notice("ERR_CHAT_WRONG_FACTION"))
            return
        if sender.name in target.ignores:
            realm.drop(sender, text, "ignored")
            if mine:
                realm.send(lambda client: client.chat("IGNORED", text, target))
            return
        self._deliver(sender, target, text)

    def _deliver(self, sender: Character, target: Character, text: str) -> None:
        realm = self._realm
        target.heard.append((sender.name, text))
        if target is realm.player:
            realm.send(lambda client: client.chat("WHISPER", text, sender))
        if sender is realm.player:
            realm.send(lambda client: client.chat("WHISPER_INFORM", text, target))
            for kind, excuse in (("AFK", target.away), ("DND", target.busy)):
                if excuse:
                    self._excuse(kind, excuse, target)
        if target is not realm.player and target.answer:
            for reply in target.answer(text, sender.name):
                self._reply(target, reply.text, sender.name, reply.after)

    def _excuse(self, kind: str, excuse: str, target: Character) -> None:
        self._realm.send(lambda client: client.chat(kind, excuse, target))

    def _reply(self, speaker: Character, text: str, to: str, after: float) -> None:
        def speak() -> None:
            if speaker.online:
                self.say(speaker, "WHISPER", text, to)

        self._realm.timeline.after(after, speak)
