"""The three requests of the X Keyboard Extension that python-xlib lacks.

They read and set which layout (group) and which locks are in force; the numbers are those of the
extension's protocol, version 1.0.
"""

from dataclasses import dataclass

from Xlib.display import Display
from Xlib.protocol import rq

EXTENSION = "XKEYBOARD"

_CORE_KEYBOARD = 0x0100
_LOCK_BITS = 0xFF
_CAPS_LOCK = 0x02


class _UseExtension(rq.ReplyRequest):
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(0),
        rq.RequestLength(),
        rq.Card16("major"),
        rq.Card16("minor"),
    )
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Card8("supported"),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Card16("server_major"),
        rq.Card16("server_minor"),
        rq.Pad(20),
    )


class _GetState(rq.ReplyRequest):
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(4),
        rq.RequestLength(),
        rq.Card16("device"),
        rq.Pad(2),
    )
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Card8("device"),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Card8("mods"),
        rq.Card8("base_mods"),
        rq.Card8("latched_mods"),
        rq.Card8("locked_mods"),
        rq.Card8("group"),
        rq.Card8("locked_group"),
        rq.Pad(18),
    )


class _LatchLockState(rq.Request):
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(5),
        rq.RequestLength(),
        rq.Card16("device"),
        rq.Card8("affect_mod_locks"),
        rq.Card8("mod_locks"),
        rq.Bool("lock_group"),
        rq.Card8("group_lock"),
        rq.Card8("affect_mod_latches"),
        rq.Card8("mod_latches"),
        rq.Pad(1),
        rq.Bool("latch_group"),
        rq.Int16("group_latch"),
    )


@dataclass(frozen=True)
class State:
    """Of the whole keyboard: the present group, locked modifiers and modifiers held down."""

    group: int
    locked: int
    held: int

    @property
    def without_caps_lock(self) -> int:
        return self.locked & ~_CAPS_LOCK


class Xkb:
    """The extension on one display; raises `OSError` where the server lacks it."""

    def __init__(self, display: Display) -> None:
        self._protocol = display.display
        information = display.query_extension(EXTENSION)
        if information is None or not information.present:
            raise OSError("the X server has no keyboard extension")
        self._opcode = information.major_opcode
        _UseExtension(display=self._protocol, opcode=self._opcode, major=1, minor=0)

    def state(self) -> State:
        reply = _GetState(display=self._protocol, opcode=self._opcode, device=_CORE_KEYBOARD)
        return State(reply.group, reply.locked_mods, reply.base_mods | reply.latched_mods)

    def lock(self, group: int, modifiers: int) -> None:
        """Set the group, and which modifiers are locked."""
        _LatchLockState(
            display=self._protocol,
            opcode=self._opcode,
            device=_CORE_KEYBOARD,
            affect_mod_locks=_LOCK_BITS,
            mod_locks=modifiers,
            lock_group=1,
            group_lock=group,
            affect_mod_latches=0,
            mod_latches=0,
            latch_group=0,
            group_latch=0,
        )
