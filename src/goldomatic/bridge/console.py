"""The bridge on a terminal: a line for each thing that happens, and a compact status."""

import sys
from typing import TextIO

import click

from goldomatic.bridge.bridge import Bridge
from goldomatic.bridge.event_log import Entry, Level
from goldomatic.bridge.view import GiftRow, View

_COLOURS: dict[Level, str | None] = {
    "info": None,
    "done": "green",
    "warning": "yellow",
    "error": "red",
}
_ACTIVE = ("SelectingItem", "WaitingConfirmation")


class Console:
    """Prints a bridge's events. On a terminal the last line is the status, kept up to date;
    elsewhere the status is a line of its own whenever it changes."""

    def __init__(self, bridge: Bridge, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._status = ""
        bridge.events.subscribe(self._event)
        bridge.subscribe(self._view)

    def _event(self, entry: Entry) -> None:
        self._erase()
        label = click.style(f"{entry.level:>7}", fg=_COLOURS[entry.level])
        self._print(f"{entry.at.astimezone():%H:%M:%S} {label}  {entry.text}")
        if self._live and self._status:
            click.echo(self._status, file=self._out, nl=False)

    def _view(self, view: View) -> None:
        status = status_line(view)
        if status == self._status:
            return
        self._erase()
        self._status = status
        if self._live:
            click.echo(status, file=self._out, nl=False)
        else:
            self._print(f"{'':8} {'status':>7}  {status}")

    def _print(self, text: str) -> None:
        click.echo(text, file=self._out)

    def _erase(self) -> None:
        if self._live and self._status:
            click.echo("\r\x1b[2K", file=self._out, nl=False)


def status_line(view: View) -> str:
    """The picture in one line."""
    window = "in front" if view.in_front else "not in front"
    parts = [
        f"service {view.api}",
        "game not seen" if view.window is None else f"game {window}",
        f"addon {view.addon or 'silent'}",
        f"{view.pending} pending, {view.in_progress} in progress",
    ]
    parts += [_gift(row) for row in view.gifts if row.state in _ACTIVE]
    if waiting := sum(row.state == "Pending" for row in view.gifts):
        parts.append(f"{waiting} gift(s) waiting")
    if due := [row for row in view.gifts if row.step == "to_mail"]:
        parts.append("to mail: " + ", ".join(f"{_item(row)} to {row.recipient}" for row in due[:3]))
    if view.log.path is None:
        parts.append("no chat log: set the game's folder")
    elif not view.log.exists:
        parts.append("chat log not written yet")
    if view.waiting_lines:
        parts.append(f"{view.waiting_lines} line(s) to type")
    if view.log.ignored:
        parts.append(f"{view.log.ignored} foreign tag(s)")
    return " · ".join(parts)


def _gift(row: GiftRow) -> str:
    until = f" until {row.timeout_at.astimezone():%H:%M:%S}" if row.timeout_at else ""
    item = f", {_item(row)}" if row.item else ""
    return f"gift for {row.recipient}{item}: {row.step}{until}"


def _item(row: GiftRow) -> str:
    many = f"{row.count} x " if row.count > 1 else ""
    return f"{many}{row.item} (bag {row.place})"
