"""`/db`: databases. The host is scripted: it answers a statement by its text."""

import math
import sys

import flux
from flux import db

from .canonical import Null, Ok, Report, canonical
from .edges import BEYOND_DOUBLE, BYTES, I64_MAX, I64_MIN, TEXT, large_bytes, large_text

FAILING = (
    "denied",
    "invalid",
    "invalid bare",
    "constraint",
    "constraint bare",
    "conflict",
    "conflict bare",
    "timeout",
    "unavailable",
    TEXT,
)
"""Statements that the host answers with an error; `bare` is one without a detail."""


def run() -> flux.Response:
    report = Report()
    report.ask("db.open", "missing", db.open, "missing")
    main = db.open("main")
    _queries(report, main)
    _executes(report, main)
    for sql in FAILING:
        report.ask("db.query", sql, main.query, sql)
        report.ask("db.execute", sql, main.execute, sql)
    _transactions(report, main)
    _ends(report, main)
    return report.respond()


def _queries(report: Report, main: db.Connection) -> None:
    # `echo` is answered with one row: the parameters.
    for params in (_edges(), [large_bytes()], [large_text()]):
        report.ask("db.query", "echo", main.query, "echo", params)
    for sql in ("echo", "nothing", "columns", "empty rows", "rows"):
        report.ask("db.query", sql, main.query, sql)


def _executes(report: Report, main: db.Connection) -> None:
    for changed in (0, 1, BEYOND_DOUBLE, 2**64 - 1):
        sql = f"changed {changed}"
        report.ask("db.execute", sql, main.execute, sql, [TEXT, None])


def _edges() -> list[db.Value]:
    integers = [0, -1, BEYOND_DOUBLE, -BEYOND_DOUBLE, I64_MIN, I64_MAX]
    reals = [0.0, -0.0, 1.0, 0.1, math.nan, math.inf, -math.inf, 5e-324, sys.float_info.max]
    return [None, True, False, *integers, *reals, "", "1", TEXT, b"", BYTES]


def _transactions(report: Report, main: db.Connection) -> None:
    """Committed, undone, two at once, dropped."""
    tx = main.begin()
    report.ask("db.tx.query", "echo", tx.query, "echo", [BEYOND_DOUBLE])
    report.ask("db.tx.execute", "changed 1", tx.execute, "changed 1", [-0.0])
    for sql in FAILING:
        report.ask("db.tx.query", sql, tx.query, sql)
        report.ask("db.tx.execute", sql, tx.execute, sql)
    report.ask("db.tx.commit", "", _commit, tx)
    report.ask("db.tx.rollback", "", _rollback, main.begin())
    first, second = main.begin(), main.begin()
    report.ask("db.tx.execute", "second", second.execute, "changed 2")
    report.ask("db.tx.execute", "first", first.execute, "changed 1")
    report.ask("db.tx.commit", "second", _commit, second)
    del first


def _ends(report: Report, main: db.Connection) -> None:
    """What cannot be begun or ended. `doom` decides how the host answers a transaction's end."""
    refusing = db.open("refusing")
    report.ask("db.begin", "refusing", refusing.begin)
    for doom in ("doom conflict", "doom timeout"):
        tx = main.begin()
        report.ask("db.tx.execute", doom, tx.execute, doom)
        report.ask("db.tx.commit", doom, _commit, tx)
    tx = main.begin()
    report.ask("db.tx.execute", "doom unavailable", tx.execute, "doom unavailable")
    report.ask("db.tx.rollback", "doom unavailable", _rollback, tx)


def _commit(tx: db.Transaction) -> Ok:
    tx.commit()
    return Ok()


def _rollback(tx: db.Transaction) -> Ok:
    tx.rollback()
    return Ok()


@canonical.register
def _(_: db.Connection | db.Transaction) -> str:
    return "ok"


@canonical.register
def _(rows: db.Rows) -> str:
    # What is absent in a row is SQL's NULL.
    values = [[Null() if value is None else value for value in row] for row in rows.rows]
    return f"{canonical(rows.columns)} {canonical(values)}"
