"""Chat, the log and `/who` as scripts of the client call them (sections 1, 3, 4 and 11)."""

from collections.abc import Callable
from typing import Any, Protocol

from goldomatic.simulation.wow_client.characters import Character
from goldomatic.simulation.wow_client.chat_server import ChatServer
from goldomatic.simulation.wow_client.clock import ClientClock
from goldomatic.simulation.wow_client.log_writer import ChatLogWriter
from goldomatic.simulation.wow_client.machine import Api, LuaMachine, ScriptError
from goldomatic.simulation.wow_client.realm import Realm
from goldomatic.simulation.wow_client.settings import LogSettings
from goldomatic.simulation.wow_client.who_server import WhoServer

CHAT_LINES_AT_MOST = 3
_KINDS = {
    "SAY",
    "YELL",
    "EMOTE",
    "WHISPER",
    "PARTY",
    "RAID",
    "GUILD",
    "OFFICER",
    "CHANNEL",
    "AFK",
    "DND",
}


class Surroundings(Protocol):
    """What the client's functions act upon."""

    machine: LuaMachine
    clock: ClientClock
    realm: Realm
    chat: ChatServer
    who: WhoServer
    log: ChatLogWriter
    log_settings: LogSettings
    player: Character


class ChatApi:
    """Sends what scripts say, logs and delivers what arrives."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._lines = 0
        around.machine.offer("added_message", self._added_message)

    def functions(self) -> Api:
        return {
            "LoggingChat": ("b?", self.logging_chat),
            "LoggingCombat": ("b?", lambda _on: None),
            "SendChatMessage": ("ss?a?a?", self.send_chat_message),
            "SendSystemMessage": ("s", self.send_system_message),
            "SendAddonMessage": ("sss?s?", lambda *_: None),
            "GetDefaultLanguage": ("", lambda: "Common"),
            "GetNumLanguages": ("", lambda: 1),
        }

    def logging_chat(self, on: Any) -> int | None:
        """`LoggingChat([on])`: 1 while the chat is logged."""
        around = self._around
        if on is True:
            around.log.enable(around.clock.local())
        elif on is False:
            around.log.disable()
        return 1 if around.log.enabled else None

    def send_chat_message(self, text: str, kind: str | None, _language: Any, target: Any) -> None:
        kind = (kind or "SAY").upper()
        if kind not in _KINDS:
            raise ScriptError(f'SendChatMessage(): Unknown chat type "{kind}"')
        if kind in ("WHISPER", "CHANNEL") and target is None:
            raise ScriptError("SendChatMessage(): a target is needed")
        around = self._around
        around.chat.say(around.player, kind, text, "" if target is None else str(target))

    def send_system_message(self, text: str) -> None:
        """Local: the event, and a log line where the client logs them (1.4)."""
        self.deliver("SYSTEM", text, None, logged=self._around.log_settings.system_logged)

    def deliver(
        self, kind: str, text: str, sender: Character | None, channel: str = "", logged: bool = True
    ) -> None:
        """A chat message at the client: first the log, then the event (1.3)."""
        around, name = self._around, sender.name if sender else ""
        self._lines += 1
        if logged:
            body = around.machine.call("log_body", kind, text, name, channel)
            around.log.write(around.clock.local(), body)
        flags = "" if sender is None or not sender.game_master else "GM"
        guid = f"0x{sender.guid:016X}" if sender else ""
        around.machine.fire(
            f"CHAT_MSG_{kind}", text, name, "", channel, name, flags, 0, 0, "", 0, self._lines, guid
        )

    def _added_message(self, text: str) -> None:
        around = self._around
        if around.log_settings.add_message_logged and not around.machine.flag("stock_message"):
            body = around.machine.call("log_text", text)
            around.log.write(around.clock.local(), body)


class WhoApi:
    """`SendWho` and its results."""

    def __init__(self, around: Surroundings, chat: ChatApi) -> None:
        self._around, self._chat = around, chat
        self._to_ui = False
        self._rows: list[Character] = []
        self._total = 0

    def functions(self) -> Api:
        return {
            "SendWho": ("s", self.send_who),
            "SetWhoToUI": ("n", self._set_to_ui),
            "GetNumWhoResults": ("", lambda: (len(self._rows), self._total)),
            "GetWhoInfo": ("n", self._info),
            "SortWho": ("s", lambda _column: None),
        }

    def _set_to_ui(self, mode: float) -> None:
        self._to_ui = mode != 0

    def send_who(self, text: str) -> None:
        around = self._around
        tag = around.machine.stock_string("WHO_TAG_NAME")
        around.realm.send(lambda _client: around.who.ask(around.player, tag, text, self._answered))

    def _answered(self, rows: list[Character], total: int) -> None:
        self._around.realm.send(lambda client: client.who_results(rows, total))

    def results(self, rows: list[Character], total: int) -> None:
        """The answer at the client: in the chat, or as WHO_LIST_UPDATE (3.3)."""
        if not self._to_ui and len(rows) <= CHAT_LINES_AT_MOST:
            for row in rows:
                self._chat.deliver("SYSTEM", self._chat_line(row), None)
            total_line = self._around.machine.call("formatted", "WHO_NUM_RESULTS", total)
            self._chat.deliver("SYSTEM", total_line, None)
            return
        self._rows, self._total = rows, total
        if rows or self._around.realm.rules.who_sends_empty:
            self._around.machine.fire("WHO_LIST_UPDATE")

    def _chat_line(self, row: Character) -> str:
        formatted: Callable[..., str] = self._around.machine.text_call
        common = (row.name, row.name, row.level, row.race, row.class_name)
        if row.guild:
            return formatted("formatted", "WHO_LIST_GUILD_FORMAT", *common, row.guild, row.zone)
        return formatted("formatted", "WHO_LIST_FORMAT", *common, row.zone)

    def _info(self, index: float) -> tuple[Any, ...] | None:
        if not 1 <= index <= len(self._rows):
            return None
        row = self._rows[int(index) - 1]
        return (
            row.name, row.guild, row.level, row.race, row.class_name, row.zone,
            row.class_name.upper(), 2,
        )  # fmt: skip
