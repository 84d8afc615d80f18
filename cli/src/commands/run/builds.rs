//! The builds that are served: made anew where the source changed.

use std::collections::BTreeMap;

use flux_runtime::{App, Project};

use crate::build::{Options, Order, Progress, Refreshed, for_each, of_project, refresh};
use crate::errors::{self, CliError};
use crate::printer;
use crate::time::span;

/// What was done for each guest, by its name; none for one that is a component already.
pub type Done = BTreeMap<String, String>;

/// Builds the guests whose source changed. Each is tried: all that is wrong is said at once.
pub fn build(project: &Project, progress: &Progress, as_json: bool) -> anyhow::Result<Done> {
    let orders = of_project(project, &Options::default());
    for order in &orders {
        order.check_source()?;
    }
    let orders: Vec<_> = orders.into_iter().filter(|order| !order.is_built()).collect();
    let results = for_each(&orders, |order| refresh(order, progress));
    let is_there = orders.iter().all(|order| order.out.exists());
    let (mut done, mut failed) = (Done::new(), Vec::new());
    for result in results {
        match result {
            Ok(Refreshed { name, is_new, took_ns }) => {
                let what =
                    if is_new { format!("built in {}", span(took_ns)) } else { "unchanged".to_owned() };
                done.insert(name, what);
            }
            Err(error) => failed.push(error),
        }
    }
    let Some(last) = failed.pop() else {
        return Ok(done);
    };
    failed.iter().for_each(|error| errors::print(error, as_json));
    if is_there && !as_json {
        printer::note("the builds before this one are still there: flux run --no-build serves them");
    }
    Err(last)
}

/// Nothing is built: what is there has to be there.
pub fn keep(project: &Project) -> anyhow::Result<Done> {
    let orders = of_project(project, &Options::default());
    for order in &orders {
        if !order.out.exists() {
            let message =
                format!("guest '{}' is not built: {} does not exist", order.name, order.out.display());
            return Err(CliError::new(message, "build it: flux build, or leave --no-build out").into());
        }
    }
    let built = orders.into_iter().filter(|order| !order.is_built());
    Ok(built.map(|order| (order.name, "not built by this run".to_owned())).collect())
}

/// Whether each guest has the handlers that flux.toml calls: also one that was not built here.
pub fn check_handlers(app: &App) -> Result<(), CliError> {
    let guests = app.guests();
    let orders = of_project(app.project(), &Options::default());
    let handlers = |order: &Order| guests.get(&order.name).map(|guest| guest.handlers().to_vec());
    orders.iter().try_for_each(|order| order.check_handlers(&handlers(order).unwrap_or_default()))
}
