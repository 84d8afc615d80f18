"""Structured log lines, kept with the execution that wrote them::

    from flux import log

    log.info("order placed", order="o-1", cents=1250)

A field's value is written as `str` does, `True` and `False` as `true` and `false`; a field of
`None` is left out. Outside a component the lines go to stderr, so that a test can see them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from . import _host

__all__ = ["Level", "debug", "error", "info", "trace", "warn", "write"]


class Level(IntEnum):
    """How much a line matters."""

    TRACE = 0
    """Every step."""
    DEBUG = 1
    """What a developer wants to see."""
    INFO = 2
    """What an operator wants to see."""
    WARN = 3
    """Something that should be looked at."""
    ERROR = 4
    """Something went wrong."""


def write(level: Level, message: str, fields: Iterable[tuple[str, str]] = ()) -> None:
    """Writes a line with fields that are pairs: a name may be any text, and come twice."""
    message = _host.text_of(message, "a message")
    lines = [(_host.text_of(n, "a field"), _host.text_of(v, "a field")) for n, v in fields]
    if _host.inside or _host.building:
        _host.log.write(_host.log.Level(level), message, lines)
    else:
        words = [level.name.lower(), message, *(f"{name}={value}" for name, value in lines)]
        print(*words, file=sys.stderr)


def trace(message: str, /, **fields: Any) -> None:
    """Writes a line of level `TRACE`."""
    write(Level.TRACE, message, _texts(fields))


def debug(message: str, /, **fields: Any) -> None:
    """Writes a line of level `DEBUG`."""
    write(Level.DEBUG, message, _texts(fields))


def info(message: str, /, **fields: Any) -> None:
    """Writes a line of level `INFO`."""
    write(Level.INFO, message, _texts(fields))


def warn(message: str, /, **fields: Any) -> None:
    """Writes a line of level `WARN`."""
    write(Level.WARN, message, _texts(fields))


def error(message: str, /, **fields: Any) -> None:
    """Writes a line of level `ERROR`."""
    write(Level.ERROR, message, _texts(fields))


def _texts(fields: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, _text(value)) for name, value in fields.items() if value is not None]


def _text(value: Any) -> str:
    # As the other languages write them.
    return ("false", "true")[value] if isinstance(value, bool) else str(value)
