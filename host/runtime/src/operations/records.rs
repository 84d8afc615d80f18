//! Recordings as files, and retention.

use std::path::Path;

use flux_host::{Environment, System};
use flux_store::{Retention, private};

pub use flux_store::Pruned;

use super::{OperationError, Operations};
use crate::record_store::open_records;
use crate::walk::Query;

/// What was exported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// How many recordings.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Operations {
    /// Writes the recordings of a query to a folder, a file each (`ID.fluj`) that only its owner can read. `progress` is
    /// told how many were looked at, and of how many.
    pub async fn export(
        &self,
        query: &Query,
        to: &Path,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Exported, OperationError> {
        let archive = self.archive().await?;
        let found = archive.list(query).await?;
        private::make_folder(to).map_err(|source| failed("make", to, source))?;
        let mut exported = Exported::default();
        // One at a time: of a million recordings, one is in memory.
        for (looked, summary) in (1..).zip(&found) {
            if summary.outcome != "running"
                && let Some(journal) = archive.journal(summary.id).await?
            {
                let file = to.join(format!("{}.fluj", summary.id));
                private::write(&file, &journal).map_err(|source| failed("write", &file, source))?;
                exported.count += 1;
                exported.bytes += journal.len() as u64;
            }
            progress(looked, found.len() as u64);
        }
        Ok(exported)
    }

    /// Deletes what `retention` does not keep, or what `[record.retention]` does not if it says nothing.
    pub async fn prune(&self, retention: Retention) -> Result<Pruned, OperationError> {
        let retention = self.retention(retention)?;
        Ok(open_records(&self.project).await?.prune(&retention, System::new().now_ns()).await?)
    }

    /// What [`prune`](Self::prune) would delete.
    pub async fn prunable(&self, retention: Retention) -> Result<Pruned, OperationError> {
        let retention = self.retention(retention)?;
        Ok(open_records(&self.project).await?.prunable(&retention, System::new().now_ns()).await?)
    }

    fn retention(&self, retention: Retention) -> Result<Retention, OperationError> {
        let retention = match retention == Retention::default() {
            true => self.project.config.record.retention.retention(),
            false => retention,
        };
        if retention == Retention::default() { Err(OperationError::NoRetention) } else { Ok(retention) }
    }
}

fn failed(step: &'static str, path: &Path, source: std::io::Error) -> OperationError {
    OperationError::File { step, path: path.display().to_string(), source }
}
