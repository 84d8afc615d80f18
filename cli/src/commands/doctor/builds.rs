//! Builds that cannot run here, lack a handler that flux.toml calls, or are older than their source.

use std::path::Path;

use flux_api::{Check, Health};
use flux_runtime::{Project, RuntimeError};

use crate::build::{Flaw, Options, Order, of_project};

/// One check for each thing that is wrong with a build. That of an older source is a warning: a run builds it first.
pub fn check(project: &Project) -> Result<Vec<Check>, RuntimeError> {
    let builds = project.builds()?;
    let orders = of_project(project, &Options::default());
    let flaws = Flaw::all(&builds, &orders).into_iter().map(flawed);
    let stale = orders.iter().filter_map(|order| stale(order, &project.folder));
    Ok(flaws.chain(stale).collect())
}

fn flawed(Flaw { guest, is_source, what, hint, .. }: Flaw) -> Check {
    let health = if is_source { Health::Failed } else { Health::Warning };
    of_guest(guest, health, format!("its build {what}"), hint)
}

fn stale(order: &Order, folder: &Path) -> Option<Check> {
    let newer = order.newer_source()?;
    let folder = folder.canonicalize().unwrap_or_default();
    let newer = newer.strip_prefix(folder).unwrap_or(&newer).display();
    let detail = format!("{newer} is newer than its build");
    Some(of_guest(order.name.clone(), Health::Warning, detail, "build it: flux build".to_owned()))
}

fn of_guest(name: String, health: Health, detail: String, hint: String) -> Check {
    Check { area: "guest".to_owned(), name, health, detail, hint: Some(hint), latency_ms: None }
}
