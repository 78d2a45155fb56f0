"""The game window's input: key events and character events, each in its own kind (section 8)."""

from collections import deque

from goldomatic.simulation.wow_client.clock import ClientClock
from goldomatic.simulation.wow_client.machine import LuaMachine


class Keyboard:
    """Where the operator's keyboard and the bridge's injection end up.

    Keys are named as bindings are: "ENTER", "ESCAPE", "/", "A". Everything is handled at the next
    screen frame, in order. `foreground` says whether the window has the keyboard.
    """

    def __init__(self, clock: ClientClock, above_127: str) -> None:
        self._clock, self._above_127 = clock, above_127
        self._queue: deque[tuple[str, str]] = deque()
        self.foreground = True
        self.touched_at = float("-inf")

    def key_down(self, key: str) -> None:
        self._queue.append(("key", key.upper()))

    def key_up(self, key: str) -> None:
        """The stock bindings act on the press; a release means nothing."""

    def press(self, key: str) -> None:
        self.key_down(key)
        self.key_up(key)

    def char(self, letter: str) -> None:
        """A character event, as WM_CHAR: below 32 ignored, above 127 garbled (8.2, 8.5)."""
        if len(letter) != 1:
            raise ValueError("one character at a time")
        if letter >= " ":
            self._queue.append(("char", letter if letter <= "\x7f" else self._above_127))

    def touch(self) -> None:
        """The operator has used mouse or keyboard."""
        self.touched_at = self._clock.seconds

    def operator_types(self, text: str) -> None:
        """The operator's own hands: key and character each; their layout makes any letter."""
        self.touch()
        for letter in text:
            self._queue.append(("key", letter.upper()))
            self._queue.append(("char", letter))

    def operator_presses(self, key: str) -> None:
        self.touch()
        self.press(key)

    @property
    def idle_seconds(self) -> float:
        """How long ago the operator last touched keyboard or mouse."""
        return self._clock.seconds - self.touched_at

    @property
    def waiting(self) -> int:
        """Events that no frame has handled yet."""
        return len(self._queue)

    def clear(self) -> None:
        self._queue.clear()

    def deliver(self, machine: LuaMachine) -> None:
        """Hand the waiting events to the focused box or the bindings."""
        for _ in range(len(self._queue)):
            kind, value = self._queue.popleft()
            if kind == "key":
                machine.call("key_down", value)
            else:
                machine.call("typed", value)
