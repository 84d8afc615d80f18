//! What is there besides flux.toml: the folders of guests, their builds, against what flux.toml calls, and databases.

use std::collections::HashMap;

use flux_host::Hint;
use flux_host::section::{Findings, Mistake};
use flux_runtime::{LoadedBuild, Project};

use crate::build::{Flaw, Options, Order, of_project};

/// Looks into every build that is there. What a newer source may change is a warning: a run builds it first.
pub fn check(project: &Project) -> anyhow::Result<(Vec<Mistake>, Vec<Mistake>)> {
    let builds = project.builds()?;
    let orders = of_project(project, &Options::default());
    let folders = orders.iter().filter(|order| !order.is_built());
    let folders = folders.filter_map(|order| Some((order.name.as_str(), order.check_project().err()?)));
    let folders: Vec<_> = folders.collect();
    let orders: HashMap<&str, &Order> = orders.iter().map(|order| (order.name.as_str(), order)).collect();
    Ok(project.found(|findings| {
        project.check_databases(findings);
        for (guest, error) in &folders {
            findings.add(&["guests", guest, "source"], error.to_string(), error.hint().unwrap_or_default());
        }
        for build in &builds {
            if let Some(order) = orders.get(build.guest.as_str()) {
                Flaw::all(build, order).into_iter().for_each(|flaw| say(build, flaw, findings));
            }
        }
    }))
}

fn say(build: &LoadedBuild, Flaw { place, what, hint }: Flaw, findings: &mut Findings<'_>) {
    let place: Vec<&str> = place.iter().map(String::as_str).collect();
    let guest = &build.guest;
    match build.is_source {
        true => findings.add(&place, format!("guest '{guest}' {what}"), hint),
        false => findings.warn(&place, format!("guest '{guest}', as it was last built, {what}"), hint),
    }
}
