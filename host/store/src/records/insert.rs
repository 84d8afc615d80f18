//! Shipping into the database.

use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Sqlite};

use super::select::COLUMNS;
use super::{Records, Shipment};
use crate::error::StoreError;

/// How many columns a row has.
const WIDTH: usize = 14;
/// Journals shorter than this are stored as they are. Measured with journals of 700 bytes: zstd at
/// level 1 halves the file, and costs 6 us each where everything else about shipping costs 7 us, on
/// the cores that answer requests.
const WORTH_COMPRESSING: usize = 4096;

/// Statements by the number of their rows. A few fixed sizes, so that each is prepared once.
static STATEMENTS: LazyLock<[(usize, Arc<str>); 4]> =
    LazyLock::new(|| [64, 16, 4, 1].map(|rows| (rows, statement(rows).into())));

fn statement(rows: usize) -> String {
    let row = format!("({}?)", "?,".repeat(WIDTH - 1));
    let mut sql = format!("INSERT OR IGNORE INTO executions ({COLUMNS}, codec, journal) VALUES {row}");
    for _ in 1..rows {
        // Writing to a string cannot fail.
        write!(sql, ",{row}").ok();
    }
    sql
}

impl Records {
    /// Stores executions, all or none. What is there already stays as it is: shipping twice is
    /// shipping once.
    pub async fn insert_batch(&self, shipments: Vec<Shipment>) -> Result<(), StoreError> {
        let failed = || self.failed("write to");
        let mut compressor = zstd::bulk::Compressor::new(1).ok();
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed())?;
        let mut waiting = shipments.into_iter();
        while waiting.len() > 0 {
            let (rows, sql) =
                STATEMENTS.iter().find(|(rows, _)| *rows <= waiting.len()).unwrap_or(&STATEMENTS[3]);
            let mut query = sqlx::query(AssertSqlSafe(sql.clone()));
            for shipment in waiting.by_ref().take(*rows) {
                query = bind(query, shipment, compressor.as_mut());
            }
            query.execute(&mut *transaction).await.map_err(failed())?;
        }
        transaction.commit().await.map_err(failed())
    }
}

type Insert<'q> = Query<'q, Sqlite, SqliteArguments>;

fn bind<'q>(
    query: Insert<'q>,
    shipment: Shipment,
    compressor: Option<&mut zstd::bulk::Compressor<'_>>,
) -> Insert<'q> {
    let Shipment { summary, journal } = shipment;
    let packed = compressor.filter(|_| journal.len() >= WORTH_COMPRESSING).and_then(|compressor| {
        let packed = compressor.compress(&journal).ok();
        packed.filter(|packed| packed.len() < journal.len())
    });
    let codec = i32::from(packed.is_some());
    query
        .bind(summary.id.as_bytes().to_vec())
        .bind(summary.parent.map(|parent| parent.as_bytes().to_vec()))
        .bind(summary.kind)
        .bind(summary.name)
        .bind(summary.guest.0.to_vec())
        .bind(summary.started_ns.cast_signed())
        .bind(summary.elapsed_ns.cast_signed())
        .bind(summary.outcome)
        .bind(summary.status.map(i32::from))
        .bind(summary.failed)
        .bind(summary.calls.cast_signed())
        .bind(summary.journal_len.cast_signed())
        .bind(codec)
        .bind(packed.unwrap_or(journal))
}
