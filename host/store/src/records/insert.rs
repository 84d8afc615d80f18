//! Shipping into the database.

use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use flux_sql::{Dialect, Statement};
use zstd::bulk::Compressor;

use super::select::COLUMNS;
use super::{Records, guests};
use crate::error::StoreError;
use crate::summary::Shipment;

/// How many columns a row has.
const WIDTH: usize = 15;
/// Journals shorter than this are stored as they are. Measured with journals of 700 bytes: zstd at
/// level 1 halves the file, and costs 6 us each where everything else about shipping costs 7 us, on
/// the cores that answer requests.
const WORTH_COMPRESSING: usize = 4096;

/// The numbers of rows that statements have: a few fixed ones, so that each is prepared once.
const ROWS: [usize; 4] = [64, 16, 4, 1];

type Texts = LazyLock<[Arc<str>; ROWS.len()]>;
static SQLITE: Texts = LazyLock::new(|| ROWS.map(|rows| text(Dialect::Sqlite, rows).into()));
static POSTGRES: Texts = LazyLock::new(|| ROWS.map(|rows| text(Dialect::Postgres, rows).into()));

fn text(dialect: Dialect, rows: usize) -> String {
    let number = if dialect == Dialect::Sqlite { "rowid, " } else { "" };
    let mut sql = format!("INSERT INTO executions ({number}{COLUMNS}, codec, journal) VALUES ");
    for row in 0..rows {
        let mut values: Vec<_> =
            (1..=WIDTH).map(|column| dialect.placeholder(row * WIDTH + column)).collect();
        if dialect == Dialect::Sqlite {
            values.insert(0, format!("(SELECT last FROM arrivals) + {}", row + 1));
        }
        // Writing to a string cannot fail.
        write!(sql, "{}({})", if row == 0 { "" } else { "," }, values.join(",")).ok();
    }
    // Only of the same execution: a row whose number is taken must not be lost without a word.
    sql + " ON CONFLICT (id) DO NOTHING"
}

/// Goes on behind the last row. An older Flux, which knows no numbers, may have written meanwhile.
fn find_numbers(dialect: Dialect) -> Option<Statement> {
    static FIND: LazyLock<Arc<str>> = LazyLock::new(|| {
        "UPDATE arrivals SET last = max(last, (SELECT coalesce(max(rowid), 0) FROM executions))".into()
    });
    (dialect == Dialect::Sqlite).then(|| Statement::prepared(FIND.clone()))
}

/// Takes the numbers of so many rows; in PostgreSQL there are none to take.
fn take_numbers(dialect: Dialect, rows: usize) -> Option<Statement> {
    static TAKE: LazyLock<Arc<str>> = LazyLock::new(|| "UPDATE arrivals SET last = last + ?".into());
    (dialect == Dialect::Sqlite).then(|| {
        let mut take = Statement::prepared(TAKE.clone());
        take.push(rows as u64);
        take
    })
}

impl Records {
    /// Stores executions, all or none. What is there already stays as it is: shipping twice is
    /// shipping once.
    pub async fn insert_batch(&self, mut shipments: Vec<Shipment>) -> Result<(), StoreError> {
        let database = self.database();
        // Nodes that ship the same executions must wait for each other in one order.
        shipments.sort_unstable_by_key(|shipment| shipment.summary.id);
        let bytes = shipments.iter().map(|shipment| shipment.journal.len()).sum();
        let named = shipments.iter().map(|shipment| shipment.summary.guest);
        let places = guests::places(database.dialect(), named);
        let inserts = inserts(database.dialect(), shipments);
        database.run_all(places.into_iter().chain(inserts), bytes).await.map_err(self.failed("write to"))
    }
}

/// One statement after the other, so that few rows are there twice.
fn inserts(dialect: Dialect, shipments: Vec<Shipment>) -> impl Iterator<Item = Statement> + Send {
    let texts = match dialect {
        Dialect::Sqlite => &SQLITE,
        Dialect::Postgres => &POSTGRES,
    };
    let mut compressor = Compressor::new(1).ok();
    let mut waiting = shipments.into_iter();
    let mut then = find_numbers(dialect);
    std::iter::from_fn(move || {
        if let Some(take) = then.take() {
            return Some(take);
        }
        let size = ROWS.iter().position(|rows| *rows <= waiting.len())?;
        let mut insert = Statement::prepared(texts[size].clone());
        for shipment in waiting.by_ref().take(ROWS[size]) {
            add(&mut insert, shipment, compressor.as_mut());
        }
        then = take_numbers(dialect, ROWS[size]);
        Some(insert)
    })
}

fn add(insert: &mut Statement, shipment: Shipment, compressor: Option<&mut Compressor<'_>>) {
    let Shipment { summary, journal } = shipment;
    let packed = compressor.filter(|_| journal.len() >= WORTH_COMPRESSING).and_then(|compressor| {
        let packed = compressor.compress(&journal).ok();
        packed.filter(|packed| packed.len() < journal.len())
    });
    insert.push(summary.id);
    insert.push(summary.parent);
    insert.push(summary.kind);
    insert.push(summary.name);
    insert.push(summary.guest.0.to_vec());
    insert.push(summary.started_ns);
    insert.push(summary.elapsed_ns);
    insert.push(summary.outcome);
    insert.push(summary.status);
    insert.push(summary.failed);
    insert.push(summary.calls);
    insert.push(summary.journal_len);
    insert.push(summary.node);
    insert.push(u32::from(packed.is_some()));
    insert.push(packed.unwrap_or(journal));
}
