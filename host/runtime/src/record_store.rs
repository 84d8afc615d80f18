//! The record store as `[record]` has it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use flux_host::Environment;
use flux_host::section::OpenError;
use flux_store::{
    Access, Clock, Pruning, Records, RecordsOptions, Retention, SpoolOptions, StoreOptions, Target,
};

use crate::config::{Durability, SpoolFull};
use crate::error::RuntimeError;
use crate::project::Project;

/// How often retention is looked at.
const PRUNE: Duration = Duration::from_secs(60);

/// Spool, record store and retention.
pub(crate) fn store_options(
    project: &Project,
    environment: &Arc<dyn Environment>,
) -> Result<StoreOptions, RuntimeError> {
    let record = &project.config.record;
    let durability = match record.durability {
        Durability::Process => flux_store::Durability::Process,
        Durability::Power => flux_store::Durability::Power,
        Durability::Relaxed => flux_store::Durability::Relaxed,
    };
    let full = match record.spool_full {
        SpoolFull::Refuse => flux_store::Full::Refuse,
        SpoolFull::DropOldest => flux_store::Full::DropOldest,
    };
    let spool = SpoolOptions { max_bytes: record.spool_max, durability, full, ..SpoolOptions::default() };
    let usual = StoreOptions::default();
    let retention = record.retention.retention();
    let clock = environment.clone();
    let pruning = (retention != Retention::default()).then(|| Pruning {
        retention,
        every: PRUNE,
        clock: Clock::new(move || clock.now_ns()),
    });
    let target = postgres(project)?;
    Ok(StoreOptions {
        spool,
        target,
        node: record.node.clone().unwrap_or(usual.node.clone()),
        pruning,
        ..usual
    })
}

/// The shared record store; none: a file in the data folder.
fn postgres(project: &Project) -> Result<Option<Target>, RuntimeError> {
    let Some(address) = &project.config.record.postgres else {
        return Ok(None);
    };
    let missing = |place| OpenError::Address { what: "[record] postgres".to_owned(), place };
    let url = address.read(&project.folder).map_err(missing)?;
    Ok(Some(Target::postgres(&url)?))
}

fn file(project: &Project) -> PathBuf {
    project.data().join(flux_store::RECORDS)
}

/// The record store for reading; none: this project never ran.
pub(crate) fn reading(project: &Project) -> Result<Option<Records>, RuntimeError> {
    let target = match postgres(project)? {
        Some(target) => target,
        None if file(project).exists() => Target::from(&file(project)),
        None => return Ok(None),
    };
    let options = RecordsOptions { access: Access::Read, ..RecordsOptions::default() };
    Ok(Some(Records::at(target, options)))
}

/// The record store for deleting from it, beside a `flux run`.
pub async fn open_records(project: &Project) -> Result<Records, RuntimeError> {
    let target = postgres(project)?.unwrap_or_else(|| Target::from(&file(project)));
    Ok(Records::open(target).await?)
}
