//! Whether an app can run here: what flux.toml names, looked at one by one. Nothing is made, migrated or sent.

mod found;
mod guests;
mod machine;
mod ports;
mod promises;
mod services;

use flux_api::{Check, Diagnosis, Health};
use flux_host::section::{Backend, BackendPlace, Section};

use super::Operations;
use crate::project::Project;

impl Operations {
    /// Looks at everything that the app needs. `more` are checks that only the caller can make, such as the tools of
    /// the languages that it builds.
    pub async fn diagnose(&self, more: Vec<Check>) -> Diagnosis {
        let project = &self.project;
        let backends = backends(project);
        let mut checks = machine::versions();
        checks.extend(more);
        checks.extend(guests::check(project));
        checks.extend(machine::secrets(project));
        checks.extend(ports::check(project));
        checks.extend(services::check(project, &backends).await);
        checks.extend(machine::disk(project));
        let ok = checks.iter().all(|check| check.health != Health::Failed);
        Diagnosis { ok, checks, promises: promises::of(project, &backends) }
    }
}

/// What every table of flux.toml leads to.
fn backends(project: &Project) -> Vec<Backend> {
    let config = &project.config;
    let mut all: Vec<_> = config.sections.iter().flat_map(Section::backends).collect();
    let file = || BackendPlace::Sqlite(format!("../{}", flux_store::RECORDS));
    let place = config.record.postgres.clone().map_or_else(file, BackendPlace::Postgres);
    all.push(Backend::new("[record]".to_owned(), place));
    all
}
