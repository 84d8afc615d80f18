"""The host's interfaces, as componentize-py binds them; outside a component, what stands for them.

A handler's module can be imported by any Python, so that a test can call it. A call to the host
then raises `OutsideHost`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from ._errors import HostError

T = TypeVar("T")


class OutsideHost(RuntimeError):
    """The host was called where there is none: in a plain Python, or while a guest is built."""


class _Nobody:
    """Stands for an interface, and all that is in it, where there is no host."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nobody(f"{self._name}.{name}")

    def __call__(self, *_arguments: Any) -> Any:
        raise OutsideHost(f"{self._name} is the host's, and {_why}")


inside = find_spec("wit_world") is not None
"""Whether this is a component, or becomes one."""

Err: Any = import_module("componentize_py_types").Err if inside else type("Err", (Exception,), {})
"""What the bindings raise for an error of the contract."""

exports: Any = import_module("wit_world.exports") if inside else _Nobody("exports")


def _interface(name: str) -> Any:
    return import_module(f"wit_world.imports.{name}") if inside else _Nobody(name)


clock = _interface("clock")
config = _interface("config")
db = _interface("db")
fetch = _interface("fetch")
kv = _interface("kv")
log = _interface("log")
queue = _interface("queue")
random = _interface("random")

building = False
"""Whether a module is imported by `flux build`, to see what it has."""

_why = "this is a plain Python: run the guest with `flux run`"


def begin_build() -> None:
    """From now on a call to the host says that it must not be made at start-up."""
    global building, _why
    building = True
    _why = "the top level of a module runs when the guest is built: make the call in a handler"


def call(errors: type[HostError], function: Callable[..., T], *arguments: Any) -> T:
    """Calls the host, and raises its error as the interface's own."""
    try:
        return function(*arguments)
    except Err as error:
        refused = errors._of(error.value)
    # Out of the except block: the bindings' exception would show as its context.
    raise refused


def bytes_of(value: Any, what: str) -> bytes:
    """Bytes of what is bytes-like or text."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f"{what} must be bytes or str, and is {type(value).__name__}")


def text_of(value: Any, what: str) -> str:
    """Text that is Unicode: the bindings would end the execution without a word."""
    if not isinstance(value, str):
        raise TypeError(f"{what} must be str, and is {type(value).__name__}")
    if not value.isascii():
        value.encode()
    return value


def integer_of(value: Any, what: str, bits: int, *, signed: bool = False) -> int:
    """An integer that fits the contract's type."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{what} must be int, and is {type(value).__name__}")
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if not low <= value <= high:
        raise OverflowError(f"{what} must be from {low} to {high}, and is {value}")
    return value


def optional_integer_of(value: Any, what: str, bits: int) -> int | None:
    """As `integer_of`, or `None`."""
    return None if value is None else integer_of(value, what, bits)
