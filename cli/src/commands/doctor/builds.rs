//! Builds that cannot run here, lack a handler that flux.toml calls, or are older than their source.

use std::path::Path;

use flux_api::{Check, Health};
use flux_runtime::{LoadedBuild, Project, RuntimeError};

use crate::build::{Flaw, Options, Order, of_project};

/// One check for each thing that is wrong with a build. That of an older source is a warning: a run builds it first.
pub fn check(project: &Project) -> Result<Vec<Check>, RuntimeError> {
    let builds = project.builds()?;
    let orders = of_project(project, &Options::default());
    let order = |build: &LoadedBuild| orders.iter().find(|order| order.name == build.guest);
    let flaws = builds.iter().filter_map(|build| Some(of_build(build, order(build)?))).flatten();
    let stale = orders.iter().filter_map(|order| is_stale(order, &project.folder));
    Ok(flaws.chain(stale).collect())
}

fn of_build(build: &LoadedBuild, order: &Order) -> Vec<Check> {
    let health = if build.is_source { Health::Failed } else { Health::Warning };
    let flaws = Flaw::all(build, order).into_iter();
    flaws.map(|flaw| of_guest(order, health, format!("its build {}", flaw.what), flaw.hint)).collect()
}

fn is_stale(order: &Order, folder: &Path) -> Option<Check> {
    let newer = order.newer_source()?;
    let folder = folder.canonicalize().unwrap_or_default();
    let newer = newer.strip_prefix(folder).unwrap_or(&newer).display();
    let hint = "build it: flux build".to_owned();
    Some(of_guest(order, Health::Warning, format!("{newer} is newer than its build"), hint))
}

fn of_guest(order: &Order, health: Health, detail: String, hint: String) -> Check {
    let (area, name, hint) = ("guest".to_owned(), order.name.clone(), Some(hint));
    Check { area, name, health, detail, hint, latency_ms: None }
}
