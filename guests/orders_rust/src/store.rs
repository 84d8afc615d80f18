//! The table `orders`.

use flux_sdk::db::{Connection, DecodeError, Error, FromRow, Row, Rows, params};
use serde::Serialize;

/// An order, in the order its fields are written.
#[derive(Serialize)]
pub struct Order {
    pub id: String,
    pub sku: String,
    pub quantity: i64,
    pub email: String,
    pub amount_cents: i64,
    pub status: String,
    pub created_at: String,
}

impl FromRow for Order {
    fn from_row(row: &Row<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            id: row.get("id")?,
            sku: row.get("sku")?,
            quantity: row.get("quantity")?,
            email: row.get("email")?,
            amount_cents: row.get("amount_cents")?,
            status: row.get("status")?,
            created_at: row.get("created_at")?,
        })
    }
}

const INSERT: &str = "INSERT INTO orders \
    (id, sku, quantity, email, amount_cents, status, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const BY_ID: &str = "SELECT id, sku, quantity, email, amount_cents, status, created_at \
    FROM orders WHERE id = $1";
const AFTER: &str = "SELECT id, sku, quantity, email, amount_cents, status, created_at \
    FROM orders WHERE id > $1 ORDER BY id LIMIT $2";
const MAILED: &str = "UPDATE orders SET status = 'mailed' WHERE id = $1";

pub fn open() -> Result<Connection, Error> {
    Connection::open("main")
}

pub fn insert(order: &Order) -> Result<(), Error> {
    let tx = open()?.begin()?;
    let values = params![
        &order.id,
        &order.sku,
        order.quantity,
        &order.email,
        order.amount_cents,
        &order.status,
        &order.created_at,
    ];
    tx.execute(INSERT, values)?;
    tx.commit()
}

pub fn by_id(db: &Connection, id: &str) -> Result<Rows, Error> {
    db.query(BY_ID, params![id])
}

/// At most `limit` orders whose ids come after `cursor`.
pub fn after(db: &Connection, cursor: &str, limit: u32) -> Result<Rows, Error> {
    db.query(AFTER, params![cursor, limit])
}

pub fn mark_mailed(db: &Connection, id: &str) -> Result<(), Error> {
    db.execute(MAILED, params![id]).map(drop)
}
