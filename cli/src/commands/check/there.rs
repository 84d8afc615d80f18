//! What is there besides flux.toml: the folders of guests, their builds, against what flux.toml calls, and databases.

use std::collections::HashMap;

use flux_host::Hint;
use flux_host::section::{Findings, Mistake};
use flux_runtime::{LoadedBuild, Project};

use crate::build::{Need, Options, Order, of_project};

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
                look(build, order, findings);
            }
        }
    }))
}

fn look(build: &LoadedBuild, order: &Order, findings: &mut Findings<'_>) {
    let handlers = match &build.handlers {
        Ok(handlers) => handlers,
        Err(error) => {
            let code = error.code().map(|code| format!(" ({code})")).unwrap_or_default();
            let why = format!("cannot run here: {error}{code}");
            let path = ["guests", &build.guest, "source"];
            return match build.is_source {
                true => {
                    findings.add(&path, format!("this component {why}"), error.hint().unwrap_or_default())
                }
                false => {
                    let message = format!("the last build of guest '{}' {why}", build.guest);
                    findings.warn(&path, message, "build it again: flux build");
                }
            };
        }
    };
    for need in Need::missing(&order.needs, handlers) {
        let path: Vec<&str> = need.place.iter().map(String::as_str).collect();
        let hint = need.hint(order.language());
        match build.is_source {
            true => findings.add(&path, format!("guest '{}' {}", build.guest, need.lacking()), hint),
            false => {
                let message = format!("guest '{}', as it was last built, {}", build.guest, need.lacking());
                findings.warn(&path, message, hint);
            }
        }
    }
}
