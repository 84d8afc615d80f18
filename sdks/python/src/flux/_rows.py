"""Rows, and how they become the guest's own types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from ._errors import Error

Value = None | bool | int | float | str | bytes
"""One value of a row or a parameter.

An `int` is exact, from -2**63 to 2**63 - 1. SQLite has no booleans and returns integers. Other
exact types (numeric, uuid, timestamps) travel as `str`.
"""

T = TypeVar("T")
V = TypeVar("V", bool, int, float, str, bytes)

_EXPECTED: dict[type, str] = {
    bool: "a boolean",
    int: "an integer that fits i64",
    float: "a number",
    str: "text",
    bytes: "bytes",
}
_FOUND: dict[type, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "an integer",
    float: "a real",
    str: "text",
    bytes: "bytes",
}


class DecodeError(Error):
    """A row does not have what was asked of it."""


@dataclass(frozen=True)
class Row:
    """One row."""

    columns: list[str]
    """The names of the columns."""
    values: list[Value]
    """The values, in the order of the columns."""

    def __getitem__(self, column: str) -> Value:
        """The value of a column as it is. Raises `DecodeError`: there is no such column."""
        try:
            return self.values[self.columns.index(column)]
        except ValueError:
            raise DecodeError(f"the query returned no column `{column}`") from None

    def get(self, column: str, kind: type[V]) -> V:
        """The value of a column, which must be of this type.

        0 and 1 are read as `bool` too, an integer as `float` too. NULL is none of the types; see
        `optional`. Raises `DecodeError`.
        """
        value = self[column]
        if type(value) is kind:
            return value
        if type(value) is int and (kind is float or (kind is bool and value in (0, 1))):
            return kind(value)
        found = _FOUND[type(value)]
        raise DecodeError(f"column `{column}` should be {_EXPECTED[kind]}, and is {found}")

    def optional(self, column: str, kind: type[V]) -> V | None:
        """As `get`, or `None` for NULL."""
        return None if self[column] is None else self.get(column, kind)


@dataclass
class Rows:
    """The rows of a query, in the order of the database."""

    columns: list[str]
    """The names of the columns."""
    rows: list[list[Any]]
    """The values; every row has one for each column."""

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return (Row(self.columns, values) for values in self.rows)

    def first(self) -> Row | None:
        """The first row, if there is one."""
        return Row(self.columns, self.rows[0]) if self.rows else None

    def decode(self, make: Callable[[Row], T]) -> list[T]:
        """All rows as the guest's own type."""
        return [make(row) for row in self]

    def decode_first(self, make: Callable[[Row], T]) -> T | None:
        """The first row as the guest's own type, if there is one."""
        return make(Row(self.columns, self.rows[0])) if self.rows else None
