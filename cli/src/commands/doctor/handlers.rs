//! Builds that cannot run here, or lack a handler that flux.toml calls.

use flux_api::{Check, Health};
use flux_host::Hint;
use flux_runtime::{LoadedBuild, Project, RuntimeError};

use crate::build::{Need, Options, Order, of_project};

/// One check for each thing that is wrong with a build. That of an older source is a warning: a run builds it first.
pub fn check(project: &Project) -> Result<Vec<Check>, RuntimeError> {
    let builds = project.builds()?;
    let orders = of_project(project, &Options::default());
    let order = |build: &LoadedBuild| orders.iter().find(|order| order.name == build.guest);
    Ok(builds.iter().filter_map(|build| Some(of_build(build, order(build)?))).flatten().collect())
}

fn of_build(build: &LoadedBuild, order: &Order) -> Vec<Check> {
    let health = if build.is_source { Health::Failed } else { Health::Warning };
    let check = |detail: String, hint: Option<String>| Check {
        area: "guest".to_owned(),
        name: build.guest.clone(),
        health,
        detail,
        hint,
        latency_ms: None,
    };
    match &build.handlers {
        Err(error) => vec![check(format!("its build cannot run here: {error}"), error.hint())],
        Ok(handlers) => {
            let missing = Need::missing(&order.needs, handlers).into_iter();
            missing
                .map(|need| check(format!("its build {}", need.lacking()), Some(need.hint(order.language()))))
                .collect()
        }
    }
}
