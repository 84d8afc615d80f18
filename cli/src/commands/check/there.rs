//! What is there besides flux.toml: the folders of guests, their builds, against what flux.toml calls, and databases.

use flux_host::Hint;
use flux_host::section::{Findings, Mistake};
use flux_runtime::Project;

use crate::build::{Flaw, Options, of_project};

/// Looks into every build that is there. What a newer source may change is a warning: a run builds it first.
pub fn check(project: &Project) -> anyhow::Result<(Vec<Mistake>, Vec<Mistake>)> {
    let builds = project.builds()?;
    let orders = of_project(project, &Options::default());
    let folders = orders.iter().filter(|order| !order.is_built());
    let folders = folders.filter_map(|order| Some((order.name.as_str(), order.check_project().err()?)));
    let folders: Vec<_> = folders.collect();
    Ok(project.found(|findings| {
        project.check_databases(findings);
        for (guest, error) in &folders {
            findings.add(&["guests", guest, "source"], error.to_string(), error.hint().unwrap_or_default());
        }
        Flaw::all(&builds, &orders).into_iter().for_each(|flaw| say(flaw, findings));
    }))
}

fn say(Flaw { guest, is_source, place, what, hint }: Flaw, findings: &mut Findings<'_>) {
    let place: Vec<&str> = place.iter().map(String::as_str).collect();
    match is_source {
        true => findings.add(&place, format!("guest '{guest}' {what}"), hint),
        false => findings.warn(&place, format!("guest '{guest}', as it was last built, {what}"), hint),
    }
}
