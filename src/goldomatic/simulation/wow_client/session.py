"""One life of the interface: from login or reload to the next reload or logout."""

from collections.abc import Callable, Sequence
from pathlib import Path

from goldomatic.simulation.wow_client import saved_variables
from goldomatic.simulation.wow_client.addon_files import Addon
from goldomatic.simulation.wow_client.bag_api import BagApi
from goldomatic.simulation.wow_client.characters import Character
from goldomatic.simulation.wow_client.chat_api import ChatApi, WhoApi
from goldomatic.simulation.wow_client.chat_server import ChatServer
from goldomatic.simulation.wow_client.clock import ClientClock
from goldomatic.simulation.wow_client.faults import FaultBook
from goldomatic.simulation.wow_client.items import Bags
from goldomatic.simulation.wow_client.log_writer import ChatLogWriter
from goldomatic.simulation.wow_client.machine import LuaMachine
from goldomatic.simulation.wow_client.mail_api import MailApi
from goldomatic.simulation.wow_client.mail_server import MailServer
from goldomatic.simulation.wow_client.realm import Realm
from goldomatic.simulation.wow_client.settings import ClientSettings
from goldomatic.simulation.wow_client.system_api import SystemApi
from goldomatic.simulation.wow_client.who_server import WhoServer

STOCK_FILES = (
    "events", "widgets", "regions", "frames", "texts", "buttons", "edit_box", "panes",
    "tooltip_class", "templates", "ui_parent", "tooltips", "static_popup", "money_frame",
    "chat_frame", "friends_frame", "mail_frame",
)  # fmt: skip


class World:
    """What outlives a session: the computer, the realm, the servers."""

    def __init__(
        self,
        folder: Path,
        clock: ClientClock,
        realm: Realm,
        settings: ClientSettings,
        faults: FaultBook,
    ) -> None:
        self.folder, self.clock, self.realm = folder, clock, realm
        self.settings, self.faults = settings, faults
        self.chat = ChatServer(realm)
        self.who = WhoServer(realm)
        self.post = MailServer(realm)
        self.bags = Bags()
        self.variables = {"profanityfilter": "1", "locale": settings.locale, "chatstyle": "classic"}

    def account_folder(self) -> Path:
        return self.folder / "WTF" / "Account" / "STREAMER"


class Session:
    """The Lua state with the stock interface and the addons in it."""

    def __init__(
        self,
        world: World,
        player: Character,
        log: ChatLogWriter,
        request: Callable[[str], None],
    ) -> None:
        self.world, self.player, self.log = world, player, log
        self.clock, self.realm, self.chat, self.who = (
            world.clock,
            world.realm,
            world.chat,
            world.who,
        )
        self.log_settings = world.settings.log
        self.addons: list[Addon] = []
        self.machine = LuaMachine(world.faults)
        self.system = SystemApi(
            self.machine, world.clock, player, realm_name="Dalaran",
            locale=world.settings.locale, variables=world.variables, request=request,
        )  # fmt: skip
        self.machine.install(self.system.functions())
        self.machine.prelude(f"strings_{world.settings.locale}")
        self.machine.prelude("strings")
        self.chat_api = ChatApi(self)
        self.who_api = WhoApi(self, self.chat_api)
        self.bag_api = BagApi(self.machine, world.bags)
        self.mail_api = MailApi(self.machine, world.realm, world.post, player, self.bag_api)
        for part in (self.chat_api, self.who_api, self.bag_api, self.mail_api):
            self.machine.install(part.functions())
        for name in STOCK_FILES:
            self.machine.prelude(name)
        self.stock_globals = self.machine.global_names()

    def load(self, addons: Sequence[Addon]) -> None:
        """Each addon's files in order, then its saved variables, then ADDON_LOADED (7.6)."""
        for addon in addons:
            self._load(addon)
        if self.world.settings.stock_mail_handler_last:
            self.machine.call("stock_mail_handler_last")
        self.machine.fire("VARIABLES_LOADED")
        self.machine.fire("PLAYER_LOGIN")
        self.machine.fire("PLAYER_ENTERING_WORLD")

    def _load(self, addon: Addon) -> None:
        self.machine.culprit = addon.name
        private = self.machine.table()
        for name in addon.files:
            path = addon.folder / name.replace("\\", "/")
            if not path.is_file():
                self._refuse(addon, f"Couldn't open {addon.name}\\{name}")
                continue
            if path.suffix.lower() != ".lua":
                self._refuse(addon, f"{name}: the simulation loads Lua files only")
                continue
            chunk = self.machine.compile(
                path.read_bytes(), f"@Interface\\AddOns\\{addon.name}\\{name}"
            )
            if isinstance(chunk, str):
                self._refuse(addon, chunk)
            else:
                self.machine.guarded(chunk, addon.name, private)
        for _names, path in self._saved(addon):
            saved_variables.load(self.machine, path)
        self.addons.append(addon)
        self.system.loaded(addon)
        self.machine.fire("ADDON_LOADED", addon.name)

    def _refuse(self, addon: Addon, message: str) -> None:
        self.world.faults.script_error(message, f"while {addon.name} was loaded")

    def _saved(self, addon: Addon) -> list[tuple[list[str], Path]]:
        account = self.world.account_folder()
        own = account / "Dalaran" / self.player.name
        places = ((addon.saved_variables, account), (addon.saved_per_character, own))
        return [
            (names, folder / "SavedVariables" / f"{addon.name}.lua")
            for names, folder in places
            if names
        ]

    def end(self) -> None:
        """A reload or logout: the last event, then the saved variables are written."""
        self.machine.fire("PLAYER_LEAVING_WORLD")
        self.machine.fire("PLAYER_LOGOUT")
        for addon in self.addons:
            for names, path in self._saved(addon):
                saved_variables.save(self.machine, names, path)

    def update(self, elapsed: float) -> None:
        self.machine.call("update", elapsed)
