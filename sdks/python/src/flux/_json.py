"""JSON, in the one form that every Flux SDK writes: no spaces, and no escapes but the needed."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

from ._errors import Error, HostError

P = ParamSpec("P")
T = TypeVar("T")

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class JsonError(Error):
    """The value does not fit what is expected, or cannot be written as JSON."""

    def __init__(self) -> None:
        super().__init__("the value and its JSON do not match")


def _fields(value: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_fields
).encode


_TEXT_OR_POWER = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9.]+e[+-][0-9]+')


def _respelt(token: re.Match[str]) -> str:
    """A number with a power of ten as other languages write it; a text as it is."""
    if token[0].startswith('"'):
        return token[0]
    digits, exponent = token[0].split("e")
    if int(exponent) != -5:
        return f"{digits}e{int(exponent)}"
    sign = "-" if digits.startswith("-") else ""
    return f"{sign}0.0000{digits.removeprefix('-').replace('.', '')}"


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0:
        raise ValueError("number out of range")
    return number


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


_decode = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant).decode


def dump(value: Any) -> bytes:
    """A value as JSON: dataclasses are objects of their fields, in their order.

    Raises `JsonError`: it has no JSON, such as NaN or bytes.
    """
    try:
        text = _encode(value)
        if "e-" in text or "e+" in text:
            # Perhaps 1e-07, which is 1e-7 elsewhere.
            text = _TEXT_OR_POWER.sub(_respelt, text)
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise JsonError from error


def load(data: bytes) -> Any:
    """A value of JSON in UTF-8. Raises `JsonError`."""
    try:
        text = data.decode()
        value = _decode(text)
        if _SURROGATE.search(text):
            # Half a character is no text; Python alone would let it in.
            _encode(value).encode()
        return value
    except (ValueError, RecursionError) as error:
        raise JsonError from error


def speaks_json(function: Callable[P, T]) -> Callable[P, T]:
    """For a helper that calls the host and speaks JSON: the log says that the call failed."""

    @wraps(function)
    def calls(*arguments: P.args, **keywords: P.kwargs) -> T:
        try:
            return function(*arguments, **keywords)
        except HostError as error:
            error._before = "the call failed"
            raise

    return calls
