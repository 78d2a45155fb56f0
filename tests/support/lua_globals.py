"""Which globals a Lua 5.1 source reads and writes, from the compiler's own output."""

import struct
from dataclasses import dataclass, field

from lupa.lua51 import LuaRuntime

_GETGLOBAL, _SETGLOBAL = 5, 7
_NIL, _BOOLEAN, _NUMBER, _STRING = 0, 1, 3, 4


@dataclass
class GlobalUse:
    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)


class _Chunk:
    """A binary chunk as `string.dump` makes it on this machine."""

    def __init__(self, data: bytes) -> None:
        assert data[:5] == b"\x1bLua\x51"
        self._data, self._at = data, 12
        self._int, self._size = (f"<{ {4: 'i', 8: 'q'}[data[place]] }" for place in (7, 8))

    def take(self, form: str) -> int:
        value: int = struct.unpack_from(form, self._data, self._at)[0]
        self._at += struct.calcsize(form)
        return value

    def number(self) -> int:
        return self.take(self._int)

    def skip(self, count: int) -> None:
        self._at += count

    def text(self) -> str:
        size = self.take(self._size)
        self._at += size
        return self._data[self._at - size : self._at - 1].decode(errors="replace") if size else ""

    def function(self, use: GlobalUse) -> None:
        self.text()
        self.number(), self.number()
        self.skip(4)
        code = [self.take("<I") for _ in range(self.number())]
        constants = [self._constant() for _ in range(self.number())]
        for instruction in code:
            kind, place = instruction & 0x3F, instruction >> 14
            if kind == _GETGLOBAL:
                use.reads.add(str(constants[place]))
            elif kind == _SETGLOBAL:
                use.writes.add(str(constants[place]))
        for _ in range(self.number()):
            self.function(use)
        self._debug_information()

    def _constant(self) -> str | None:
        kind = self.take("<B")
        if kind == _STRING:
            return self.text()
        self.skip({_NIL: 0, _BOOLEAN: 1, _NUMBER: 8}[kind])
        return None

    def _debug_information(self) -> None:
        for _ in range(self.number()):
            self.number()
        for _ in range(self.number()):
            self.text()
            self.number(), self.number()
        for _ in range(self.number()):
            self.text()


def global_use(source: bytes, name: str) -> GlobalUse:
    """The globals of a source. Raises `AssertionError` when it does not compile."""
    lua = LuaRuntime(encoding=None)
    dump = lua.execute(
        b"return function(source, name)"
        b" local chunk, problem = loadstring(source, name)"
        b" return chunk and string.dump(chunk), problem end"
    )
    code, problem = dump(source, name.encode())
    assert code is not None, problem
    use = GlobalUse()
    _Chunk(code).function(use)
    return use
