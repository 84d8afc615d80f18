//! A capability's part of flux.toml: its types, the check of what they cannot say, and the opening of its back ends.
//!
//! A [`Section`] is a struct whose fields are tables of flux.toml, read by serde: `struct DbSection { db: … }` is
//! `[db.<label>]`. [`Findings`] reads it and collects every mistake at once; [`Opening`] is what back ends are opened
//! with. `flux-runtime` holds the list of all sections in its `Catalog`.

mod backend;
mod checking;
mod document;
mod files;
mod findings;
mod gaps;
mod lines;
mod mistake;
mod opening;
mod places;
mod reader;
#[cfg(test)]
mod tests;
mod words;

use std::any::Any;
use std::fmt;
use std::path::PathBuf;

use futures_util::future::BoxFuture;

pub use backend::{Backend, BackendPlace};
pub use checking::{Checking, Purpose};
pub use document::Document;
pub use files::resolved;
pub use findings::Findings;
pub use mistake::Mistake;
pub use opening::{OpenError, Opening};
pub use places::{Address, AppConfig, Origin, SecretConfig, UrlKind, fill};
pub use words::nearest;

/// What flux.toml says of one capability.
pub trait Section: Any + fmt::Debug + Send + Sync {
    /// Opens the back ends that it names, and adds the capability to those of the app.
    fn open<'a>(&'a self, opening: &'a mut Opening<'_>) -> BoxFuture<'a, Result<(), OpenError>>;

    /// Brings what it names up to date, beside an app that has it open, and opens nothing: what cannot be brought up to
    /// date is no reason to end that app.
    fn migrate<'a>(&'a self, _opening: &'a Opening<'_>) -> BoxFuture<'a, Result<(), OpenError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Reports what the types cannot say. A mistake in a value that has one already is not reported again.
    fn check(&self, _project: &Checking<'_>, _findings: &mut Findings<'_>) {}

    /// Which guests it calls, and when.
    fn triggers(&self) -> Vec<Trigger> {
        Vec::new()
    }

    /// Files and folders that its tables name, relative to flux.toml: what changes in them is taken in by a watch.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// What its tables lead to.
    fn backends(&self) -> Vec<Backend> {
        Vec::new()
    }
}

/// When a guest is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// As the records name it: `http`, `job`, `cron`.
    pub kind: &'static str,
    /// The route, or the name of the queue or schedule.
    pub name: String,
    /// The guest that is called.
    pub guest: String,
    /// Where flux.toml has the guest's name: table, key and so on.
    pub place: Vec<String>,
}
