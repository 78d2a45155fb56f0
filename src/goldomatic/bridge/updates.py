"""Asks for the newest version, silently or because the operator wants to know."""

from goldomatic import __version__
from goldomatic.bridge import commands, versions
from goldomatic.bridge.desk import Desk
from goldomatic.bridge.service_client import ServiceError, ServiceVersion
from goldomatic.bridge.view import UpdateView


class Updates:
    """The update check."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._own = versions.own_version(__version__)

    async def check(self, *, silent: bool = False) -> UpdateView:
        """Ask, and keep the answer for the window."""
        try:
            answer = await self._desk.client.version()
        except ServiceError as error:
            answer = ServiceVersion()
            if not silent:
                self._desk.events.add(f"Update check failed. {error}", "warning")
        state = versions.judge(self._own, answer.version, answer.minimum_desktop_version)
        found = UpdateView(
            state=state,
            text=versions.status_text(state, self._own, answer.version),
            url=answer.release_notes_url,
            latest=answer.version,
        )
        self._desk.known.update = found
        if not silent:
            self._desk.events.add(found.text)
        self._desk.changed()
        return found

    async def answer_in_game(self) -> None:
        """The reply to `/mgm update`: typed into the game, or shown here if it is not there."""
        found = await self.check(silent=True)
        text = versions.reply_text(found.state, self._own, found.latest, found.url)
        if self._desk.known.window is None:
            self._desk.events.add(f"[MGM_UPDATE_CHECK] {text}")
            return
        self._desk.known.messages += commands.chat_lines(text)
        self._desk.events.add(f"[MGM_UPDATE_CHECK] delivered: {text}", "done")
        self._desk.typing_bell.ring()
