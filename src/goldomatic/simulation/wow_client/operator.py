"""The streamer at the keyboard: opens the mailbox, clicks, types, gets into fights."""

from goldomatic.simulation.wow_client.client import WowClient
from goldomatic.simulation.wow_client.frame_view import CannotTouchError, FrameView


class Operator:
    """Acts on a client as a person does: only what is visible and enabled can be clicked."""

    def __init__(self, client: WowClient) -> None:
        self._client = client

    def open_mailbox(self) -> None:
        """Right-click a mailbox; its window opens when the realm has answered."""
        self._client.realm.send(lambda client: client.mailbox())

    def close_mailbox(self) -> None:
        """Close the window while standing at the mailbox: a sent mail still gets through."""
        self._client.run_lua("HideUIPanel(MailFrame)")

    def walk_away(self) -> None:
        """Leave the mailbox: the window closes, and what has not reached the realm is lost."""
        self._client.session.mail_api.walk_away()

    def click(self, frame: str, text: str | None = None) -> None:
        """Click a named widget, or what shows `text` in it. Raises `CannotTouchError`."""
        view = self._client.frame(frame)
        (view if text is None else view.find(text)).click()

    def press_send(self) -> None:
        """First of the two clicks of a mail with money (5.1)."""
        self.click("SendMailMailButton")

    def accept(self) -> None:
        """Second click: the confirmation's Accept."""
        self._popup("SEND_MONEY").find_named("Button1").click()

    def cancel(self) -> None:
        self._popup("SEND_MONEY").find_named("Button2").click()

    def write_mail(self, to: str, subject: str, gold: int) -> None:
        """Fill the form by hand for a mail of the streamer's own; nothing is sent yet."""
        for line in (
            "MailFrameTab_OnClick(nil, 2)",
            "SendMailRadioButton_OnClick(1)",
            f"SendMailNameEditBox:SetText({_quoted(to)})",
            f"SendMailSubjectEditBox:SetText({_quoted(subject)})",
            f"MoneyInputFrame_SetCopper(SendMailMoney, {gold * 10_000})",
        ):
            self._client.run_lua(line)

    def mail_item(self, to: str, subject: str, bag: int, slot: int) -> None:
        """Put a stack of the bags into a mail by hand, and send it."""
        self._client.keyboard.touch()
        for line in (
            "MailFrameTab_OnClick(nil, 2)",
            f"PickupContainerItem({bag}, {slot})",
            "ClickSendMailItemButton(1)",
            f"SendMailNameEditBox:SetText({_quoted(to)})",
            f"SendMailSubjectEditBox:SetText({_quoted(subject)})",
        ):
            self._client.run_lua(line)
        self.press_send()

    def type_draft(self, text: str) -> None:
        """Open the chat box and begin a message, without sending it (8.4)."""
        self._client.keyboard.operator_presses("ENTER")
        self._client.run_for(0.15)
        self._client.keyboard.operator_types(text)

    def press(self, key: str) -> None:
        self._client.keyboard.operator_presses(key)

    def start_fight(self) -> None:
        """The event comes first, then frames are locked."""
        machine = self._client.session.machine
        machine.fire("PLAYER_REGEN_DISABLED")
        machine.set_private("combat", True)

    def end_fight(self) -> None:
        machine = self._client.session.machine
        machine.set_private("combat", False)
        machine.fire("PLAYER_REGEN_ENABLED")

    def search_who(self, text: str) -> None:
        """`/who` by the operator or another addon, as nobody can tell apart (3.12)."""
        self._client.session.who_api.send_who(text)

    def _popup(self, which: str) -> FrameView:
        for number in range(1, 5):
            view = self._client.frame(f"StaticPopup{number}")
            if view.visible and view.field("which") == which:
                return view
        raise CannotTouchError(f"no {which} window is open")


def _quoted(text: str) -> str:
    return '"' + "".join(f"\\{byte:03}" for byte in text.encode()) + '"'
