"""The table `orders`."""

from __future__ import annotations

from dataclasses import dataclass

from flux import db

_INSERT = (
    "INSERT INTO orders (id, sku, quantity, email, amount_cents, status, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)"
)
_BY_ID = (
    "SELECT id, sku, quantity, email, amount_cents, status, created_at FROM orders WHERE id = $1"
)
_AFTER = (
    "SELECT id, sku, quantity, email, amount_cents, status, created_at "
    "FROM orders WHERE id > $1 ORDER BY id LIMIT $2"
)
_MAILED = "UPDATE orders SET status = 'mailed' WHERE id = $1"


@dataclass
class Order:
    """An order, in the order its fields are written."""

    id: str
    sku: str
    quantity: int
    email: str
    amount_cents: int
    status: str
    created_at: str

    @classmethod
    def from_row(cls, row: db.Row) -> Order:
        return cls(
            id=row.get("id", str),
            sku=row.get("sku", str),
            quantity=row.get("quantity", int),
            email=row.get("email", str),
            amount_cents=row.get("amount_cents", int),
            status=row.get("status", str),
            created_at=row.get("created_at", str),
        )


def open() -> db.Connection:
    return db.open("main")


def insert(order: Order) -> None:
    tx = open().begin()
    values: list[db.Value] = [
        order.id,
        order.sku,
        order.quantity,
        order.email,
        order.amount_cents,
        order.status,
        order.created_at,
    ]
    tx.execute(_INSERT, values)
    tx.commit()


def by_id(connection: db.Connection, id: str) -> db.Rows:
    return connection.query(_BY_ID, [id])


def after(connection: db.Connection, cursor: str, limit: int) -> db.Rows:
    """At most `limit` orders whose ids come after `cursor`."""
    return connection.query(_AFTER, [cursor, limit])


def mark_mailed(connection: db.Connection, id: str) -> None:
    connection.execute(_MAILED, [id])
