"""The canonical text: one spelling for every value, in which no language's own formatting shows."""

import math
import struct
from collections.abc import Callable
from functools import singledispatch
from typing import Any

import flux
from flux import db

LONGEST = 256
"""What is longer is written as its length and its hash."""


class Ok:
    """A call that answers with nothing. None is an absent value."""


class Null:
    """SQL's NULL."""


class Report:
    """The answers of one path, a line each."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def line(self, call: str, subject: str, answer: Any) -> None:
        """What `call` answered when it was asked for `subject`."""
        self._lines.append(f"{call} {canonical(subject)} = {canonical(answer)}\n")

    def ask(self, call: str, subject: str, ask: Callable[..., Any], *arguments: Any) -> None:
        """As `line`, with the answer or the error of a function."""
        try:
            answer = ask(*arguments)
        except flux.HostError as error:
            answer = error
        self.line(call, subject, answer)

    def respond(self) -> flux.Response:
        """The response that has all lines."""
        return flux.Response.text(200, "".join(self._lines))


@singledispatch
def canonical(value: Any) -> str:
    """The text of a value, without a line's end."""
    raise TypeError(f"{type(value).__name__} has no canonical text")


@canonical.register
def _(value: str) -> str:
    return _quoted(value.encode())


@canonical.register
def _(value: bytes) -> str:
    return f"b{_quoted(value)}"


@canonical.register
def _(value: int) -> str:
    return str(value)


@canonical.register
def _(value: bool) -> str:
    return "true" if value else "false"


@canonical.register
def _(value: float) -> str:
    # Every NaN is one.
    number = math.nan if math.isnan(value) else value
    return f"real:{struct.pack('>d', number).hex()}"


@canonical.register
def _(_: None) -> str:
    return "none"


@canonical.register
def _(_: Ok) -> str:
    return "ok"


@canonical.register
def _(_: Null) -> str:
    return "null"


@canonical.register(list)
def _(values: list[Any]) -> str:
    return f"[{', '.join(map(canonical, values))}]"


@canonical.register(tuple)
def _(pair: tuple[Any, Any]) -> str:
    # A header or a parameter.
    name, value = pair
    return f"{canonical(name)}: {canonical(value)}"


@canonical.register
def _(error: flux.HostError) -> str:
    # Its case, what it carries, and the sentence that the SDK makes of it.
    carried: list[str | None] = [] if error.why is None else [error.why]
    if isinstance(error, (db.Invalid, db.Constraint, db.Conflict)):
        carried.append(error.detail)
    words = "".join(f" {canonical(word)}" for word in carried)
    return f"error {error.code}{words}: {canonical(str(error))}"


def _quoted(data: bytes) -> str:
    """Printable ASCII stands for itself; quote, backslash and all else are `\\x` and two digits."""
    if len(data) > LONGEST:
        return f"<{len(data)} bytes {_fnv1a(data):08x}>"
    return f'"{"".join(map(_spelt, data))}"'


def _spelt(byte: int) -> str:
    plain = 0x20 <= byte <= 0x7E and chr(byte) not in '"\\'
    return chr(byte) if plain else f"\\x{byte:02x}"


def _fnv1a(data: bytes) -> int:
    """FNV-1a of 32 bits: a few lines in every language."""
    hashed = 0x811C9DC5
    for byte in data:
        hashed = (hashed ^ byte) * 0x01000193 & 0xFFFFFFFF
    return hashed
