//! A capability's part of flux.toml: its types, the check of what they cannot say, and the opening of its back ends.
//!
//! A [`Section`] is a struct whose fields are tables of flux.toml, read by serde: `struct DbSection { db: … }` is
//! `[db.<label>]`. [`Findings`] reads it and collects every mistake at once; [`Opening`] is what back ends are opened
//! with. `flux-runtime` holds the list of all sections in its `Catalog`.

mod backend;
mod document;
mod findings;
mod mistake;
mod opening;
mod places;
mod reader;
#[cfg(test)]
mod tests;
mod words;

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use futures_util::future::BoxFuture;

pub use backend::{Backend, BackendPlace};
pub use document::Document;
pub use findings::Findings;
pub use mistake::Mistake;
pub use opening::{OpenError, Opening};
pub use places::{Address, AppConfig, POSTGRES, Place, SecretConfig, UrlKind};
pub use words::nearest;

/// What flux.toml says of one capability.
pub trait Section: Any + fmt::Debug + Send + Sync {
    /// Opens the back ends that it names, and adds the capability to those of the app.
    fn open<'a>(&'a self, opening: &'a mut Opening<'_>) -> BoxFuture<'a, Result<(), OpenError>>;

    /// Reports what the types cannot say. A mistake in a value that has one already is not reported again.
    fn check(&self, _project: &Checking<'_>, _findings: &mut Findings<'_>) {}

    /// Which guests it calls, and when.
    fn triggers(&self) -> Vec<Trigger> {
        Vec::new()
    }

    /// What its tables lead to.
    fn backends(&self) -> Vec<Backend> {
        Vec::new()
    }
}

/// What flux.toml is read for. Each checks all that the ones before it do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Looking at records, or replaying them: what flux.toml says by itself.
    Read,
    /// Building: the folders of the guests are there.
    Build,
    /// Serving: everything that flux.toml names is there, such as secrets and migrations.
    Run,
}

/// What a section is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Checking<'a> {
    /// The folder that flux.toml stands in.
    pub folder: &'a Path,
    /// What it is read for.
    pub purpose: Purpose,
    /// `[app]`.
    pub app: &'a AppConfig,
    /// `[secrets]`.
    pub secrets: &'a BTreeMap<String, SecretConfig>,
}

impl Checking<'_> {
    /// Whether all that a run needs must be there.
    pub fn is_for_run(&self) -> bool {
        self.purpose == Purpose::Run
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
