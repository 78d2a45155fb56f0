"""Real Lua 5.1 with the names that the client's Lua has, and Python functions as its API."""

import operator
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from typing import Any

from lupa.lua51 import LuaError, LuaRuntime, LuaSyntaxError

from goldomatic.simulation.wow_client.faults import FaultBook

Api = Mapping[str, tuple[str, Callable[..., Any]]]
"""Function name -> (signature as in `lua/signatures.lua`, what it does)."""


class ScriptError(Exception):
    """A call that the client refuses with a Lua error."""


def to_text(value: Any) -> Any:
    """Lua's bytes as text; bytes that are no UTF-8 survive the way back."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def to_lua(value: Any) -> Any:
    """A Python value as Lua takes it."""
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value


def bitwise(name: str, first: float, *others: float) -> int:
    """The `bit` library on 32 bits without sign."""
    value, mask = int(first) & 0xFFFF_FFFF, 0xFFFF_FFFF
    if name == "bnot":
        return ~value & mask
    if name == "arshift":
        signed = value - (1 << 32) if value >> 31 else value
        return (signed >> int(others[0])) & mask
    act: Callable[[int, int], int] = {
        "band": operator.and_,
        "bor": operator.or_,
        "bxor": operator.xor,
        "lshift": operator.lshift,
        "rshift": operator.rshift,
        "mod": operator.mod,
    }[name]
    for other in others:
        value = act(value, int(other) & mask) & mask
    return value


class LuaMachine:
    """One Lua state. Its private table `sim` is what the prelude's files share with Python."""

    def __init__(self, faults: FaultBook) -> None:
        self._faults = faults
        self._lua = LuaRuntime(
            encoding=None,
            register_eval=False,
            register_builtins=False,
            unpack_returned_tuples=True,
        )
        self._load = self._lua.globals()[b"loadstring"]
        self.sim = self._lua.table()
        self._bind(
            "record_error",
            lambda message, trace: faults.script_error(_described(message), to_text(trace)),
        )
        self.culprit = "?"
        self._bind("forbidden", lambda name, event: self.fire(to_text(event), self.culprit, name))
        self.offer("bitwise", bitwise)
        self.prelude("sandbox")
        self.prelude("signatures")

    def prelude(self, name: str) -> None:
        """Run one of the package's own Lua files."""
        source = resources.files(f"{__package__}.lua").joinpath(f"{name}.lua").read_bytes()
        chunk = self.compile(source, f"@FrameXML/{name}.lua")
        if isinstance(chunk, str):
            raise RuntimeError(chunk)
        chunk(self.sim)

    def compile(self, source: bytes, chunk_name: str) -> Any:
        """A Lua function, or the message why there is none."""
        loaded = self._load(source, to_lua(chunk_name))
        if isinstance(loaded, tuple):
            return to_text(loaded[1])
        return loaded

    def install(self, api: Api) -> None:
        """Make Python functions global; they return a value, several as a tuple, or None."""
        for name, (signature, function) in api.items():
            self.sim[b"install"](to_lua(name), to_lua(signature), self._adapter(function))

    def offer(self, name: str, function: Callable[..., Any]) -> None:
        """A Python function for the prelude alone; arguments and results are converted."""

        def adapted(*arguments: Any) -> Any:
            return to_lua(function(*map(to_text, arguments)))

        self._bind(name, adapted)

    def offer_many(self, name: str, function: Callable[..., Iterable[Any]]) -> None:
        """As `offer`, for a function whose values become several results."""

        def adapted(*arguments: Any) -> tuple[Any, ...]:
            return tuple(map(to_lua, function(*map(to_text, arguments))))

        self._bind(name, adapted)

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function of the prelude's private table."""
        return to_text(self.sim[to_lua(name)](*map(to_lua, arguments)))

    def guarded(self, function: Any, *arguments: Any) -> bool:
        """Call a Lua function; an error is recorded. Whether it succeeded."""
        done = self.sim[b"guarded"](function, *map(to_lua, arguments))
        return bool(done[0] if isinstance(done, tuple) else done)

    def fire(self, event: str, *arguments: Any) -> None:
        """Deliver an event to the frames that registered for it."""
        self._faults.event(event, tuple(map(to_text, arguments)))
        self.call("fire", event, *arguments)

    def text_call(self, name: str, *arguments: Any) -> str:
        """Call a function of the private table that answers with text."""
        return str(self.call(name, *arguments))

    def flag(self, name: str) -> bool:
        """Whether the private table holds a true value under that name."""
        return bool(self.sim[to_lua(name)])

    def set_private(self, name: str, value: Any) -> None:
        self.sim[to_lua(name)] = to_lua(value)

    def table(self, **fields: Any) -> Any:
        """A Lua table with those fields."""
        made = self._lua.table()
        for name, value in fields.items():
            made[to_lua(name)] = to_lua(value)
        return made

    def raw_global(self, name: str) -> Any:
        """A global with its text as bytes."""
        return self._lua.globals()[to_lua(name)]

    def stock_string(self, name: str) -> str:
        """A global string as the client itself has it, whatever addons did to the variable."""
        return str(to_text(self.sim[b"stock_strings"][to_lua(name)]))

    def global_value(self, name: str) -> Any:
        """A global as the scripts see it now; text is decoded, tables stay Lua's."""
        return to_text(self._lua.globals()[to_lua(name)])

    def global_names(self) -> set[str]:
        return {to_text(name) for name in self._lua.globals()}

    def set_global(self, name: str, value: Any) -> None:
        self._lua.globals()[to_lua(name)] = to_lua(value)

    def ask_widget(self, widget: Any, method: str, *arguments: Any) -> Any:
        """Call a widget's method; text decoded, several results as a tuple."""
        result = widget[to_lua(method)](widget, *map(to_lua, arguments))
        return tuple(map(to_text, result)) if isinstance(result, tuple) else to_text(result)

    def run_script(self, code: str) -> None:
        """Run code as `/run` does; its errors are recorded."""
        self._lua.globals()[b"RunScript"](to_lua(code))

    def evaluate(self, expression: str) -> Any:
        """The value of a Lua expression, several as a tuple; for tests. Raises `LuaError`."""
        chunk = self.compile(to_lua(f"return {expression}"), "=test")
        if isinstance(chunk, str):
            raise LuaSyntaxError(chunk)
        value = chunk()
        if isinstance(value, tuple):
            return tuple(map(to_text, value))
        return to_text(value)

    def _bind(self, name: str, function: Callable[..., Any]) -> None:
        self.sim[to_lua(name)] = function

    def _adapter(self, function: Callable[..., Any]) -> Callable[..., Any]:
        faults = self._faults

        def adapted(*arguments: Any) -> tuple[Any, ...]:
            try:
                result = function(*map(to_text, arguments))
            except ScriptError as refusal:
                return (False, to_lua(str(refusal)))
            except Exception as broken:
                faults.broken(broken)
                raise
            if result is None:
                return (True,)
            values = result if isinstance(result, tuple) else (result,)
            return (True, *map(to_lua, values))

        return adapted


def _described(message: Any) -> str:
    return str(to_text(message))


__all__ = ["Api", "LuaError", "LuaMachine", "ScriptError", "to_lua", "to_text"]
