"""SQL databases, opened by the label they have in `flux.toml`::

    from flux import db

    def rename(id: str, name: str | None) -> bool:
        with db.open("main").begin() as tx:
            return tx.execute("UPDATE users SET name = $1 WHERE id = $2", [name, id]) == 1

Parameters are written `$1`, `$2`, …: both SQLite and PostgreSQL take them.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from . import _host
from ._errors import HostError
from ._rows import DecodeError, Row, Rows, Value

__all__ = [
    "Conflict",
    "Connection",
    "Constraint",
    "DecodeError",
    "Denied",
    "Error",
    "Invalid",
    "Row",
    "Rows",
    "Timeout",
    "Transaction",
    "Unavailable",
    "Value",
    "open",
]


class Error(HostError):
    """Why a statement did not run."""


class _Failed(Error):
    """The database said why; `why` has its own words."""

    detail: str | None
    """The constraint's name in `Constraint`."""

    def __init__(self, message: str, detail: str | None = None) -> None:
        super().__init__(message)
        self.detail = detail

    @classmethod
    def _from(cls, payload: Any) -> HostError:
        return cls(payload.message, payload.detail)


class Denied(Error):
    """Not allowed by flux.toml, or by a policy."""

    code = "denied"
    _text = "the database is denied: {}"


class Invalid(_Failed):
    """Does not parse, or names what does not exist."""

    code = "invalid"
    _text = "the statement is invalid: {}"


class Constraint(_Failed):
    """Unique, foreign key, check or not null; `detail` is the constraint's name."""

    code = "constraint"
    _text = "a constraint failed: {}"


class Conflict(_Failed):
    """A serialisation failure or a deadlock: safe to run again."""

    code = "conflict"
    _text = "a conflict: {}"


class Timeout(Error):
    """The statement ran longer than its limit."""

    code = "timeout"
    _text = "the statement ran too long"


class Unavailable(Error):
    """The database cannot be reached."""

    code = "unavailable"
    _text = "the database is unavailable: {}"


def open(name: str) -> Connection:
    """Opens the database with this label."""
    name = _host.text_of(name, "a label")
    return Connection(_host.call(Error, _host.db.Connection.open, name))


class _Statements:
    """What a connection and a transaction have in common."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def query(self, sql: str, params: Sequence[Value] = ()) -> Rows:
        """Runs a statement and returns its rows."""
        rows = _host.call(Error, self._handle.query, _host.text_of(sql, "SQL"), _values(params))
        # The cases of a value but `null` have the Python value as theirs.
        return Rows(rows.columns, [[getattr(v, "value", None) for v in row] for row in rows.rows])

    def execute(self, sql: str, params: Sequence[Value] = ()) -> int:
        """Runs a statement and returns the number of rows it changed."""
        return _host.call(Error, self._handle.execute, _host.text_of(sql, "SQL"), _values(params))


class Connection(_Statements):
    """An open database."""

    def begin(self) -> Transaction:
        """Begins a transaction."""
        return Transaction(_host.call(Error, self._handle.begin))


class Transaction(_Statements):
    """An open transaction. One that is dropped without a commit is undone.

    In a `with` statement it is committed at the end, and undone if the end is an exception.
    """

    _open = True

    def commit(self) -> None:
        """Makes the changes permanent. No other call may follow."""
        self._finish(_host.db.Transaction.commit)

    def rollback(self) -> None:
        """Undoes the changes. No other call may follow."""
        self._finish(_host.db.Transaction.rollback)

    def _finish(self, how: Any) -> None:
        if not self._open:
            raise RuntimeError("the transaction has ended already")
        self._open = False
        _host.call(Error, how, self._handle)

    def __enter__(self) -> Transaction:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        frames: TracebackType | None,
    ) -> None:
        if not self._open:
            return
        if error is None:
            self.commit()
            return
        try:
            self.rollback()
        except Error:
            # The first error is the one to tell; a transaction that cannot be undone by hand is
            # undone by the host.
            return


def _values(params: Sequence[Value]) -> list[Any]:
    return [_value(param) for param in params]


def _value(param: Value) -> Any:
    # bool before int, which it is one of.
    if param is None:
        return _host.db.Value_Null()
    if isinstance(param, bool):
        return _host.db.Value_Boolean(param)
    if isinstance(param, int):
        return _host.db.Value_Integer(_host.integer_of(param, "a parameter", 64, signed=True))
    if isinstance(param, float):
        return _host.db.Value_Real(param)
    if isinstance(param, str):
        return _host.db.Value_Text(_host.text_of(param, "a parameter"))
    if isinstance(param, (bytes, bytearray, memoryview)):
        return _host.db.Value_Bytes(bytes(param))
    kind = type(param).__name__
    raise TypeError(f"a parameter is None, bool, int, float, str or bytes, and not {kind}")
